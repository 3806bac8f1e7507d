"""Microsoft's Web Chat, one file that set-up has fetched: checked, compressed and kept in memory."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from pathlib import Path

from channels.webchat.files import ServedFile, served

NAME = "webchat-4.18.1.js"
DIGEST = "AHFvk4Hi30kPlGug5u1RCA9gNO18GRKqhYcFtulI9sUUUp3HBpyjyTUf2/GVUHHb"
"""SHA-384 in base64, as published with the package; browsers check it as well."""


class BundleUnusable(Exception):
    """The page cannot show the chat. Run `python3 start.py setup`."""

    def __str__(self) -> str:
        return (self.__doc__ or "").strip()


class BundleMissing(BundleUnusable):
    """Web Chat has not been fetched: run `python3 start.py setup`."""


class BundleChanged(BundleUnusable):
    """Web Chat is not the file that was published: delete it and run `python3 start.py setup`."""


class Bundle:
    """Reads the file when it is first asked for, again only after it could not be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: ServedFile | None = None
        self._reading = asyncio.Lock()

    async def file(self) -> ServedFile:
        """The file. Raises `BundleMissing` or `BundleChanged`."""
        async with self._reading:
            if self._file is None:
                self._file = await asyncio.to_thread(self._read)
        return self._file

    def _read(self) -> ServedFile:
        try:
            body = self._path.read_bytes()
        except OSError:
            raise BundleMissing from None
        if base64.b64encode(hashlib.sha384(body).digest()).decode() != DIGEST:
            raise BundleChanged
        return served(body, ".js")
