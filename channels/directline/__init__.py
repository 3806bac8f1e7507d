"""Self-hosted Direct Line 3.0 under ``/v3/directline``: what Web Chat and DirectLineJS talk to.

A local connector, not a second engine: a checked activity becomes an `Incoming`, the turn commits the echo and its
replies to the conversation's log, and sockets and polls read that log.
"""

from __future__ import annotations

from channels.directline.channel import DirectLine
from channels.directline.hub import StreamHub
from channels.directline.limits import Limits
from channels.directline.settings import DirectLineSettings

__all__ = ["DirectLine", "DirectLineSettings", "Limits", "StreamHub"]
