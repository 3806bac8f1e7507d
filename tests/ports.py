"""Ports that somebody keeps between one life and the next, or that have to be known before anybody listens.

Whoever can, listens on port 0. A port that the system gave and that was closed again may be somebody else's a moment
later: another worker's server, or the near end of any connection. These are below those that the system gives out.
"""

from __future__ import annotations

import os
import socket
from itertools import count

FIRST, MANY = 12_000, 20_000
_numbers = count(os.getpid() * 127)
"""Every process begins elsewhere."""


def own_port() -> int:
    """A port on 127.0.0.1 that nobody listens on, and that this process gives out once."""
    for number in _numbers:
        port = FIRST + number % MANY
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("numbers do not end")
