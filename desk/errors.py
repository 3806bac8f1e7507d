"""Errors of the desk. The docstring is the message."""

from __future__ import annotations


class DeskError(Exception):
    """This cannot be done in the console."""

    def __init__(self, detail: str = "") -> None:
        message = (self.__doc__ or "").strip()
        super().__init__(f"{message} ({detail})" if detail else message)


class NameTaken(DeskError):
    """There is an account of this name already; choose another name."""


class BadName(DeskError):
    """A name has 2 to 40 lower-case letters, digits, dots, hyphens and underscores, and begins with a letter."""


class UnknownAccount(DeskError):
    """There is no account of this name; check it, or add one."""


class AccountChanged(DeskError):
    """Somebody else changed the account meanwhile; look at it again, then decide."""


class LastAdmin(DeskError):
    """This is the last admin; give another account the role first."""


class NoRole(DeskError):
    """An account needs a role; choose at least one."""


class NotLocal(DeskError):
    """The identity provider looks after this account; change it there."""


class BatchChanged(DeskError):
    """Somebody else changed the batch meanwhile; look at it again, then decide."""


class BatchSent(DeskError):
    """The batch of this month was sent already; what is ready now goes with the next one."""


class BatchOver(DeskError):
    """A batch is frozen and sent while its month lasts; take the one of this month."""


class BatchEmpty(DeskError):
    """Nothing in this batch is ready to go; freeze it with at least one request that is."""


class QuestionDecided(DeskError):
    """Somebody else decided about this question meanwhile; look at what was decided."""


class QuestionGone(DeskError):
    """These questions are not kept any more; there is nothing to decide."""


class ContentMoved(DeskError):
    """The content files were changed meanwhile; look at the effect again, then decide."""


class ContentLocked(DeskError):
    """The content files cannot be written from here; take the patch."""


class BadPress(DeskError):
    """No card of the operators' channel has such a button; press one of the newest card."""


class BadTeamsUser(DeskError):
    """A Teams user is named by their object id in Entra ID: 32 hexadecimal digits in groups of 8-4-4-4-12."""


class TeamsUserTaken(DeskError):
    """Another account is linked to this Teams user already; take the link away there first."""
