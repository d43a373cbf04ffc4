"""A file that somebody brings in a form: fetched from the chat that has it while they wait, read, and let go."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import aiohttp
import structlog

from cohorts.evidence.documents import MOST_BYTES, Read, check_document, read_document

log = structlog.get_logger()

SECONDS = 1.8
"""Chats give three to answer a form."""
PIECE = 64 * 1024


class Brought(NamedTuple):
    """What a chat says of a file. `url` is "" where it says none that may be asked."""

    name: str
    length: int
    url: str


async def read_brought(file: Brought, headers: Mapping[str, str] | None = None) -> Read:
    """Its words, or what is wrong with it. One whose kind or length is wrong is not fetched at all."""
    if problem := check_document(file.name, file.length):
        return Read(problem=problem)
    content = await _fetch(file.url, headers or {}) if file.url else None
    return Read(problem="unfetched") if content is None else await read_content(file.name, content)


async def read_content(name: str, content: bytes) -> Read:
    """Beside the loop: a large document takes a moment."""
    return await asyncio.to_thread(read_document, name, content)


async def _fetch(url: str, headers: Mapping[str, str]) -> bytes | None:
    """None when it did not come. Nothing is followed elsewhere: what is sent along is for this address alone."""
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                log.warning("file_not_fetched", status=answer.status)
                return None
            content = bytearray()
            async for piece in answer.content.iter_chunked(PIECE):
                content += piece
                if len(content) > MOST_BYTES:
                    break  # it is longer than the chat said, and found too large when it is read
            return bytes(content)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        log.warning("file_not_fetched", error=type(error).__name__)
        return None
