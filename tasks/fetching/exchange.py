"""One request and its answer by way of httpx, every part of the answer bounded, every exception made a failure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import MappingProxyType

import httpcore
import httpx

from tasks.fetching.failures import Failure
from tasks.fetching.masking import mask
from tasks.fetching.network import HeadTooLarge, Stage, Traffic

Headers = list[tuple[bytes, bytes]]

MOST_HEADERS = 200
MOST_PIECES = 20_000
LEAST_PIECE = 256
"""A body may come in many pieces or in small ones, not both: in chunks of a byte it costs a thousand times its size."""


class Stale(Exception):
    """A kept connection turned out not to be fit for another request."""


@asynccontextmanager
async def answered(
    client: httpx.AsyncClient, url: str, headers: Headers, traffic: Traffic, *, sent: bytes | None = None
) -> AsyncIterator[httpx.Response]:
    """Ask for an address, or send a body there: the answer, with its own body still to come.

    In the block, httpx's exceptions become failures.

    Raises:
        Failure: one of the kinds of reaching a server, of its answer or of its body.
        Stale: the connection had been used before, and the server did not answer this request on it.
    """
    with _translated(url, traffic):
        # Not made by the client: it would look up its own headers, cookies and parameters for every request.
        request = httpx.Request("GET" if sent is None else "POST", url, headers=headers, content=sent)
        response = await client.send(request, stream=True)
        # So that every byte is a character, and a validator goes back as the bytes it came as.
        response.headers.encoding = "latin-1"
        try:
            _check_head(response, traffic)
            traffic.stage = "body"
            yield response
        finally:
            await response.aclose()


async def body(response: httpx.Response, limit: int, *, source: str) -> bytes:
    """The body as it was sent, compression and all.

    Raises:
        Failure: `body_too_large` or `protocol`.
    """
    pieces: list[bytes] = []
    size = 0
    # h11 has made sure that it is a number.
    if int(response.headers.get("content-length", 0)) > limit:
        raise _too_large(source, limit)
    async for piece in response.aiter_raw():
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise _too_large(source, limit)
        if len(pieces) > MOST_PIECES and size < LEAST_PIECE * len(pieces):
            raise Failure("protocol", f"{mask(source)} sends its body in crumbs: {len(pieces):,} for {size:,} bytes.")
    return b"".join(pieces)


async def finish(response: httpx.Response) -> None:
    """Come to the end of an answer without a body, so that its connection serves again; others are cut off."""
    if response.status_code in (204, 304) or response.headers.get("content-length") == "0":
        async for _ in response.aiter_raw():
            pass


def _check_head(response: httpx.Response, traffic: Traffic) -> None:
    if not traffic.received_bytes:
        # It had come before it was asked for, on the tail of another feed's.
        raise Stale
    if len(response.headers.raw) > MOST_HEADERS:
        raise HeadTooLarge(f"more than {MOST_HEADERS} lines")


def _too_large(source: str, limit: int) -> Failure:
    return Failure(
        "body_too_large",
        f"{mask(source)} sends more than {limit:,} bytes. If it is honest, raise USVEN_MAX_BODY_BYTES.",
    )


@contextmanager
def _translated(url: str, traffic: Traffic) -> Iterator[None]:
    try:
        yield
    except Failure:
        raise
    except Exception as error:
        kind = _kind(error, traffic)
        if kind is None:
            raise
        if kind in _SIGNS_OF_STALENESS and traffic.is_reused and traffic.stage == "answer":
            raise Stale from error
        words = str(error)[:200] or type(error).__name__
        raise Failure(kind, f"{mask(url)} {_WORDS[kind]} ({words}).") from error


def _kind(error: Exception, traffic: Traffic) -> str | None:
    for known, stage, is_ended, kind in _KINDS:
        if isinstance(error, known) and stage in (None, traffic.stage) and is_ended in (None, traffic.is_ended):
            return kind
    return None


_KINDS: tuple[tuple[type[Exception], Stage | None, bool | None, str], ...] = (
    (httpx.InvalidURL, "connect", None, "url"),
    # The client reads the target of a redirect too, and before we do.
    (httpx.InvalidURL, "answer", None, "redirect_target"),
    (httpx.RemoteProtocolError, "answer", None, "redirect_target"),
    (UnicodeError, "answer", None, "redirect_target"),
    (HeadTooLarge, None, None, "headers_too_large"),
    (httpcore.NetworkError, None, None, "reset"),
    (httpcore.RemoteProtocolError, "answer", True, "no_answer"),
    (httpcore.RemoteProtocolError, "body", True, "truncated"),
    (httpcore.RemoteProtocolError, None, None, "protocol"),
)
"""What an exception stands for, by the request's stage and whether the server has closed; the first row that fits."""

_SIGNS_OF_STALENESS = frozenset({"reset", "no_answer", "protocol"})

_WORDS = MappingProxyType(
    {
        "url": "has a host that cannot be looked up; correct the feed's address",
        "redirect_target": "redirects to what is not an address",
        "headers_too_large": "sends headers beyond all measure",
        "reset": "broke the connection",
        "no_answer": "closed the connection without an answer in HTTP",
        "truncated": "ends before the end it announced",
        "protocol": "does not speak HTTP as it should",
    }
)
