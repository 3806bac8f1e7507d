"""What is read of a stream: all of it, or nothing of what is too long."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol

from bot.errors import BodyTooLarge
from bot.http import read_capped

LIMIT = 10


async def _stream(*chunks: bytes, ended: bool) -> StreamReader:
    loop = asyncio.get_running_loop()
    protocol = BaseProtocol(loop)
    protocol.connection_made(asyncio.Transport())
    stream = StreamReader(protocol, 2**16, loop=loop)
    for chunk in chunks:
        stream.feed_data(chunk)
    if ended:
        stream.feed_eof()
    else:
        loop.call_soon(stream.feed_eof)
    return stream


@pytest.mark.parametrize("ended", [True, False], ids=["here already", "still coming"])
@pytest.mark.parametrize("chunks", [(), (b"a",), (b"a" * LIMIT,), (b"a", b"b" * (LIMIT - 1))])
async def test_all_is_read(chunks: tuple[bytes, ...], ended: bool) -> None:
    assert await read_capped(await _stream(*chunks, ended=ended), LIMIT) == b"".join(chunks)


@pytest.mark.parametrize("ended", [True, False], ids=["here already", "still coming"])
@pytest.mark.parametrize("chunks", [(b"a" * (LIMIT + 1),), (b"a", b"b" * LIMIT)])
async def test_what_is_too_long_is_refused(chunks: tuple[bytes, ...], ended: bool) -> None:
    with pytest.raises(BodyTooLarge):
        await read_capped(await _stream(*chunks, ended=ended), LIMIT)


@pytest.mark.parametrize("broken", [ConnectionResetError(), OSError()])
async def test_what_broke_off_is_not_taken_for_a_body(broken: OSError) -> None:
    stream = await _stream(b"a", ended=True)
    stream.set_exception(broken)
    with pytest.raises(type(broken)):
        await read_capped(stream, LIMIT)
