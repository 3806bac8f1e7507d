"""Errors of storage. The docstring is the message."""

from __future__ import annotations

from sqlalchemy.exc import DontWrapMixin


class StorageError(DontWrapMixin, Exception):
    """The database could not do what was asked."""

    def __init__(self, detail: str = "") -> None:
        message = (self.__doc__ or "").strip()
        super().__init__(f"{message} ({detail})" if detail else message)


class UnknownDatabase(StorageError):
    """This kind of database is not known; use sqlite:///path/to/file.db or postgresql://user@host/name."""


class DatabaseUnreachable(StorageError):
    """The database cannot be opened; check that the address is right, the server runs and the folder is writable."""


class ConnectionLost(StorageError):
    """The connection to the database broke; it is made again by itself, check the server when this goes on."""


class DatabaseTooNew(StorageError):
    """The database was written by a newer version of the bot; update this process."""


class TooLarge(StorageError):
    """A value is larger than what is stored; shorten it."""


class NotJson(StorageError):
    """A value cannot be written as JSON; store plain text, numbers, lists and objects only."""


class Unreadable(StorageError):
    """A stored value is not the JSON that was written; restore the row from a backup or delete it."""


class NaiveTime(StorageError):
    """A time has no time zone; pass UTC."""


class PostExists(StorageError):
    """A post with this id is in the outbox already; give every post an id of its own."""


class NoDatabase(StorageError):
    """There is nothing of the bot in this database; check the address."""


class NotEmpty(StorageError):
    """The target holds rows already; name an empty database, nothing was changed."""


class InUse(StorageError):
    """Another process has this database open; stop the bot first, or what it writes now would be left behind."""


class FileTaken(StorageError):
    """There is such a file already; choose another name, or move it away."""


class FileUnusable(StorageError):
    """The file cannot be read or written; check its path, its folder and their permissions."""


class NotABackup(StorageError):
    """This is not a complete backup of the bot; use another one."""


class CopyDiffers(StorageError):
    """What arrived is not what was sent; nothing was kept, try again and check the disk when it happens twice."""


class RowRefused(StorageError):
    """The target does not take a row of the source; nothing was kept."""
