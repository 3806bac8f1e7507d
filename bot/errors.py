"""Errors of the Bot Framework edge. The docstring is the message, and the only part a caller is shown."""

from __future__ import annotations

from typing import ClassVar


class BotError(Exception):
    """The Bot Framework edge could not do what was asked."""

    status: ClassVar[int] = 500
    """The HTTP status that answers a request refused for this."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        """A few fixed words for the log; never anything that came with the request."""

    def __str__(self) -> str:
        return f"{self.message()} ({self.reason})" if self.reason else self.message()

    @classmethod
    def message(cls) -> str:
        """What may be shown to whoever sent the request."""
        return (cls.__doc__ or "").strip()


class BadActivity(BotError):
    """The body is not an activity; send one JSON object as the Bot Framework protocol describes it."""

    status = 400


class NotAuthenticated(BotError):
    """A valid Bot Connector token is needed: send `Authorization: Bearer <token>`."""

    status = 401


class NotAuthorized(BotError):
    """The token does not allow this activity; channel and service URL must be those the token was made for."""

    status = 403


class ServiceUrlRefused(BotError):
    """The service URL is not one this bot answers to; add its host to the allowed service hosts if it should be."""

    status = 403


class BadQuery(BotError):
    """The search is not of a kind that this bot's app has; install the current app package."""

    status = 400


class BodyTooLarge(BotError):
    """The body is larger than this endpoint reads; send less."""

    status = 413


class UnsupportedBody(BotError):
    """Only uncompressed `application/json` is read here."""

    status = 415


class KeysUnavailable(BotError):
    """The Bot Connector's signing keys cannot be fetched; try again in a minute, and check outbound network access."""

    status = 503


class CredentialsRefused(BotError):
    """No token for replies; check MicrosoftAppId, MicrosoftAppPassword, MicrosoftAppType and MicrosoftAppTenantId."""
