"""One request and its answer over HTTP/1.1, every part of the answer bounded.

h11 speaks the protocol; HTTP/2 is left out on purpose: with a request or two per host it saves nothing, and its
framing gives a hostile server more to play with.
"""

from __future__ import annotations

from dataclasses import dataclass

import h11

from tasks.fetching.connections import HEAD_BYTES, Connection
from tasks.fetching.failures import Failure
from tasks.fetching.masking import mask

Headers = list[tuple[bytes, bytes]]

MOST_HEADERS = 200
MOST_INTERIM = 20
"""Answers of the 100s before the real one; one is usual."""
MOST_PIECES = 20_000
LEAST_PIECE = 256
"""A body may come in many pieces or in small ones, not both: in chunks of a byte it costs a thousand times its size."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers, names in lower case, all as text that encodes back to the same bytes (latin-1)."""

    status: int
    headers: tuple[tuple[str, str], ...]

    def first(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def joined(self, name: str) -> str:
        """All values of a header that is a list, as one."""
        return ", ".join(value for key, value in self.headers if key == name)


class Stale(Exception):
    """A kept connection turned out to have been closed by the server before it saw the request."""


async def ask(connection: Connection, path: str, headers: Headers, *, source: str) -> Head:
    """Send a GET and read the head of its answer. `source` is the address, for messages.

    Raises:
        Failure: `no_answer`, `reset`, `protocol` or `headers_too_large`.
        Stale: the connection had been used before and is closed now.
    """
    connection.received_bytes = 0
    http = connection.http
    connection.wire.write(http.send(h11.Request(method=b"GET", target=path, headers=headers)) or b"")
    connection.wire.write(http.send(h11.EndOfMessage()) or b"")
    for _ in range(MOST_INTERIM + 1):
        event = await _next(connection, source, limit=HEAD_BYTES)
        if isinstance(event, h11.Response):
            return _head(event, source)
    raise Failure("protocol", f"{mask(source)} sends interim answers without end.")


async def body(connection: Connection, limit: int, *, source: str) -> bytes:
    """The body of the answer whose head was read, as it was sent, compression and all.

    Raises:
        Failure: `body_too_large`, `truncated`, `reset` or `protocol`.
    """
    pieces: list[bytes] = []
    size = 0
    while isinstance(event := await _next(connection, source), h11.Data):
        pieces.append(bytes(event.data))
        size += len(event.data)
        if size > limit:
            raise too_large(source, limit)
        if len(pieces) > MOST_PIECES and size < LEAST_PIECE * len(pieces):
            raise Failure("protocol", f"{mask(source)} sends its body in crumbs: {len(pieces):,} for {size:,} bytes.")
    return b"".join(pieces)


def skip(connection: Connection) -> None:
    """Pass over as much of an unwanted body as is here already: often all of it, and the connection serves again."""
    try:
        while isinstance(connection.http.next_event(), h11.Data):
            pass
    except h11.RemoteProtocolError:
        connection.wire.abort()


def too_large(source: str, limit: int) -> Failure:
    """The failure of a body that is, or says it is, beyond the limit."""
    return Failure(
        "body_too_large",
        f"{mask(source)} sends more than {limit:,} bytes. If it is honest, raise USVEN_MAX_BODY_BYTES.",
    )


async def _next(connection: Connection, source: str, *, limit: int | None = None) -> object:
    while True:
        try:
            event = connection.http.next_event()
        except h11.RemoteProtocolError as error:
            raise _violation(connection, error, source, limit) from error
        if event is not h11.NEED_DATA:
            return event
        if limit is not None and connection.received_bytes > limit:
            raise _headers_too_large(source)
        connection.http.receive_data(await _read(connection, source))


async def _read(connection: Connection, source: str) -> bytes:
    try:
        data = await connection.wire.read()
    except OSError as error:
        raise _broken(connection, f"{mask(source)}: the connection broke ({error.strerror or error}).") from error
    connection.received_bytes += len(data)
    connection.is_ended = not data
    if not data and connection.http.their_state is h11.SEND_RESPONSE:
        raise _unanswered(connection, source)
    return data


def _broken(connection: Connection, reason: str) -> Exception:
    is_stale = connection.is_reused and not connection.received_bytes
    return Stale() if is_stale else Failure("reset", reason)


def _unanswered(connection: Connection, source: str) -> Exception:
    if connection.is_reused and not connection.received_bytes:
        return Stale()
    begun = connection.http.trailing_data[0]
    if begun and not begun.startswith(b"HTTP/"):
        return Failure("protocol", f"{mask(source)} does not answer in HTTP/1: {begun[:40]!r}.")
    if begun:
        return Failure("no_answer", f"{mask(source)} closed the connection in the middle of its headers.")
    return Failure("no_answer", f"{mask(source)} closed the connection without an answer.")


def _violation(connection: Connection, error: h11.RemoteProtocolError, source: str, limit: int | None) -> Failure:
    if error.error_status_hint == 431 and limit is not None:
        return _headers_too_large(source)
    if error.error_status_hint == 431:
        return Failure("protocol", f"{mask(source)} sends its body in a frame beyond {HEAD_BYTES:,} bytes.")
    if connection.is_ended:
        return Failure("truncated", f"{mask(source)} ends before the end it announced ({error}).")
    return Failure("protocol", f"{mask(source)} does not speak HTTP as it should: {str(error)[:200]}.")


def _headers_too_large(source: str) -> Failure:
    return Failure(
        "headers_too_large", f"{mask(source)} sends headers beyond {HEAD_BYTES:,} bytes or {MOST_HEADERS} lines."
    )


def _head(response: h11.Response, source: str) -> Head:
    if len(response.headers) > MOST_HEADERS:
        raise _headers_too_large(source)
    return Head(
        response.status_code,
        tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers),
    )
