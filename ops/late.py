"""What is made after serving has begun: what takes long to import and not every minute needs.

The first who needs it waits for it, or nobody does when it was made at leisure before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, NoReturn, TypeVar

from aiohttp import web
from aiohttp.web_urldispatcher import AbstractRoute, PrefixResource

_T = TypeVar("_T")


class Late(Generic[_T]):
    """Something that is made once, in a thread, so that the loop goes on."""

    def __init__(self, make: Callable[[], _T]) -> None:
        """``make`` may import what it needs. When it fails, whoever asks next tries again."""
        self._make = make
        self._making: asyncio.Task[_T] | None = None

    async def __call__(self) -> _T:
        """It; whoever asks while it is being made waits for the same one."""
        if self._making is None or (self._making.done() and self._failed(self._making)):
            self._making = asyncio.create_task(asyncio.to_thread(self._make))
        # One who goes away must not take it from the others.
        return await asyncio.shield(self._making)

    @property
    def made(self) -> _T | None:
        """It, if it is there already."""
        making = self._making
        return making.result() if making and making.done() and not self._failed(making) else None

    @staticmethod
    def _failed(making: asyncio.Task[_T]) -> bool:
        return making.cancelled() or making.exception() is not None


class LatePages(PrefixResource):
    """The pages under an address, of an application that is made late."""

    def __init__(self, prefix: str, pages: Late[web.Application]) -> None:
        super().__init__(prefix)
        self._pages = pages
        self._opening = asyncio.Lock()
        self._open: web.Application | None = None

    async def opened(self) -> web.Application:
        """The application, started."""
        async with self._opening:
            if self._open is None:
                pages = await self._pages()
                pages.freeze()
                await pages.startup()
                self._open = pages
        return self._open

    async def resolve(self, request: web.Request) -> tuple[web.UrlMappingMatchInfo, set[str]]:
        """The page that is asked for."""
        return await (await self.opened()).router.resolve(request), set()

    async def closing(self, _: web.Application) -> AsyncIterator[None]:
        """A cleanup context: closes what was opened."""
        yield
        if self._open:
            await self._open.cleanup()

    def __iter__(self) -> Iterator[AbstractRoute]:
        return iter(self._open.router.routes() if self._open else ())

    def __len__(self) -> int:
        return len(self._open.router.routes()) if self._open else 0

    def get_info(self) -> Any:
        """For aiohttp's own listing."""
        return {"prefix": self._prefix}

    def url_for(self, **_: str) -> NoReturn:
        """Nobody asks for an address by name."""
        raise NotImplementedError
