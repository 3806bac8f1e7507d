"""Limits and addresses of Direct Line."""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "/v3/directline"
UPLOAD_LIMIT = 5 * 1024 * 1024
"""Bytes of one upload, all parts together. A guard in front of us must let ``…/upload`` have this much."""


@dataclass(frozen=True, slots=True)
class DirectLineSettings:
    """What may differ between installations; times are in seconds, sizes in bytes."""

    secret: str = ""
    """``directline_secret``: lets a web site's server make tokens. Empty: nobody can."""
    origins: frozenset[str] = frozenset()
    """Origins (``https://www.example.com``) of the pages that may use the bot, our own public one included.
    Without any, only our own pages opened on this machine can."""
    public_url: str = ""
    """Our address as browsers see it, ``https://bot.example.com``; empty: as the request names it."""
    token_life: int = 30 * 60
    resume_life: int = 30 * 24 * 3600
    ticket_life: int = 60
    """How long a ``streamUrl`` may be opened after it was given out."""
    body_limit: int = 64 * 1024
    upload_files: int = 10
    frame_limit: int = 64 * 1024
    frames_per_second: float = 10.0
    heartbeat: float = 25.0
    """Between pings to a socket; one that does not answer within half of it is closed."""
