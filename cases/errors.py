"""Errors of requests. The docstring is the message."""

from __future__ import annotations

from collections.abc import Iterable


class CaseError(Exception):
    """The request cannot be changed like this."""

    def __init__(self, detail: str = "") -> None:
        message = (self.__doc__ or "").strip()
        super().__init__(f"{message} ({detail})" if detail else message)


class IllegalTransition(CaseError):
    """The request cannot go to this state from where it stands; choose one that it can go to."""

    def __init__(self, source: str, target: str, possible: Iterable[str]) -> None:
        names = ", ".join(sorted(possible)) or "none"
        super().__init__(f"{source} to {target}; possible: {names}")


class NotAllowed(CaseError):
    """Somebody else has to do this; ask an operator or the partner who owns the request."""


class NotEditable(CaseError):
    """The request can no longer be edited; start a new one, or ask an operator."""


class NotWaiting(CaseError):
    """The request waits for nothing from the partner; edit it instead."""


class UnknownField(CaseError):
    """The request has no such field; name one that it has."""


class WordsMissing(CaseError):
    """The partner must be told why, or what the answer is; give words for the partner."""


class WordsTooLong(CaseError):
    """The words are too long; use at most 4,000 characters."""


class NoFreeReference(CaseError):
    """No reference is free for this request; start the dialog again."""


class CaseChanged(CaseError):
    """Somebody else changed the request meanwhile; look at it again, then decide."""


class OwnerBusy(CaseError):
    """A message to the partner is being sent this moment, nothing was erased; try again in a minute."""


class AlreadyErased(CaseError):
    """The owner of this request is forgotten already; nothing is left to erase."""


class UnknownCase(CaseError):
    """There is no request with this reference; check it character by character."""


class MistypedReference(CaseError):
    """This reference has a typing mistake (its last character does not fit the others); check every character."""
