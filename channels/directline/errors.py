"""Refusals of Direct Line. The docstring is what the client is told; nothing of its input is repeated."""

from __future__ import annotations

import math


class DirectLineError(Exception):
    """The request cannot be served."""

    status = 400
    code = "BadArgument"

    retry_after = 0.0
    """Seconds; 0 when waiting does not help."""

    def __str__(self) -> str:
        return super().__str__() or (self.__doc__ or "").strip()

    def headers(self) -> dict[str, str]:
        """Of the answer."""
        return {"Retry-After": str(math.ceil(self.retry_after))} if self.retry_after else {}


class Unauthorized(DirectLineError):
    """Send a valid token as 'Authorization: Bearer'."""

    status = 401
    code = "Unauthorized"


class TokenExpired(DirectLineError):
    """The token has expired; ask for a new one."""

    # Clients know an expired token by 403, and stop reconnecting for good on any other 4xx.
    status = 403
    code = "TokenExpired"


class Forbidden(DirectLineError):
    """This token does not open that conversation."""

    status = 403
    code = "Forbidden"


class OriginRefused(DirectLineError):
    """Pages of this origin may not use the bot; its operator can allow the origin."""

    status = 403
    code = "OriginRefused"


class SecretInBrowser(DirectLineError):
    """The secret belongs on a server, never into a browser; replace it, and make tokens on the server."""

    status = 403
    code = "SecretInBrowser"


class BadArgument(DirectLineError):
    """The request is not well formed."""


class NotSocket(DirectLineError):
    """Open this address as a WebSocket."""

    status = 426
    code = "UpgradeRequired"


class TooLarge(DirectLineError):
    """The request is too large."""

    status = 413
    code = "TooLarge"


class NotMultipart(DirectLineError):
    """Send uploads as multipart/form-data."""

    status = 415
    code = "UnsupportedMediaType"


class ReusedClientActivity(DirectLineError):
    """Another activity was sent with this clientActivityID; choose a new one."""

    status = 409
    code = "Conflict"


class TooManySockets(DirectLineError):
    """This conversation has as many sockets open as it may; close one first."""

    status = 429
    code = "TooManySockets"


class TooSlow(DirectLineError):
    """The bot is too busy to answer in time; send it again in a moment."""

    status = 503
    code = "ServiceUnavailable"
    retry_after = 1.0


class TooManyRequests(DirectLineError):
    """Too many requests from your network; wait a moment, then go on more slowly."""

    status = 429
    code = "TooManyRequests"

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


class TooFast(TooManyRequests):
    """You are sending faster than the bot answers; wait a moment, then send it again."""

    code = "TooManyMessages"
