"""Undoes the compression of a body without ever making more of it than a ceiling allows."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import zstandard

from tasks.fetching.failures import Failure

ACCEPTED = "gzip, deflate, br, zstd"
MOST_CODINGS = 3
"""Codings stacked on one body; honest servers use one."""
MOST_MEMBERS = 100
"""Members of one gzip or zstd body; honest ones have one, and empty ones cost time without adding bytes."""
LARGEST_WINDOW = 8 << 20
"""Bytes a zstd frame may ask us to keep (RFC 9659, section 3)."""
ZSTD_SLICE = 64
"""Bytes handed to zstd at once: four can expand to 128 KiB, so a slice makes 2 MiB at most."""
BROTLI_STEP = 256 * 1024
"""Bytes of output that brotli may make before it is looked at."""

_NO_CODING = frozenset({"", "identity", "none"})
_GZIP_MAGIC = b"\x1f\x8b"


class Ceiling(Exception):
    """More would come out than the ceiling allows."""


class Damaged(Exception):
    """The bytes are not of their coding, or end too early."""


def decode(body: bytes, content_encoding: str, ceiling: int, *, source: str) -> bytes:
    """The body as it was before the codings of its `Content-Encoding` header (comma-separated, outermost last).

    A body that plainly is text was never compressed, whatever the header says, and one with gzip's mark was,
    even with no header: both are common mistakes of servers. `source` names the body in messages.

    Raises:
        Failure: `decoded_too_large` or `encoding`.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in codings if coding not in _NO_CODING]
    if len(codings) > MOST_CODINGS:
        raise Failure("encoding", f"{source} is compressed {len(codings)} times over, which no honest feed is.")
    try:
        for coding in reversed(codings):
            body = _undo(coding, body, ceiling, source)
        return gunzip(body, ceiling) if body.startswith(_GZIP_MAGIC) else body
    except Ceiling as error:
        raise Failure(
            "decoded_too_large",
            f"{source} grows beyond {ceiling:,} bytes when decompressed. If it is honest, raise USVEN_MAX_BODY_BYTES.",
        ) from error
    except Damaged as error:
        raise Failure("encoding", f"{source} cannot be decompressed: {error}.") from error


def _undo(coding: str, body: bytes, ceiling: int, source: str) -> bytes:
    try:
        decoder = _DECODERS[coding]
    except KeyError as error:
        if _is_text(body):
            return body
        raise Failure("encoding", f"{source} is compressed as {coding[:40]!r}, which was not asked for.") from error
    try:
        return decoder(body, ceiling)
    except Damaged:
        if _is_text(body):
            return body
        raise


def gunzip(body: bytes, ceiling: int) -> bytes:
    """One or more gzip members (RFC 1952); what follows the last is padding."""
    out = bytearray()
    for _ in range(MOST_MEMBERS):
        body = _inflate_into(out, body, 31, ceiling)
        if not body.startswith(_GZIP_MAGIC):
            return bytes(out)
    raise Damaged(f"it has more than {MOST_MEMBERS} gzip members")


def inflate(body: bytes, ceiling: int) -> bytes:
    """`deflate` as the standard means it (zlib), or as some servers do (without zlib's frame)."""
    for wbits in (15, -15):
        out = bytearray()
        try:
            _inflate_into(out, body, wbits, ceiling)
        except Damaged:
            if wbits < 0:
                raise
        else:
            break
    return bytes(out)


def _inflate_into(out: bytearray, body: bytes, wbits: int, ceiling: int) -> bytes:
    decoder = zlib.decompressobj(wbits)
    try:
        out += decoder.decompress(body, ceiling - len(out) + 1)
    except zlib.error as error:
        raise Damaged(str(error)) from error
    if len(out) > ceiling:
        raise Ceiling
    if not decoder.eof:
        raise Damaged("it breaks off")
    return decoder.unused_data


def unbrotli(body: bytes, ceiling: int) -> bytes:
    """Brotli (RFC 7932)."""
    decoder, out, given = brotli.Decompressor(), bytearray(), body
    try:
        while not decoder.is_finished():
            step = decoder.process(given, output_buffer_limit=BROTLI_STEP)
            out += step
            if len(out) > ceiling:
                raise Ceiling
            if not step and not given and decoder.can_accept_more_data():
                raise Damaged("it breaks off")
            given = b""
    except brotli.error as error:
        raise Damaged("it is not brotli") from error
    return bytes(out)


def unzstd(body: bytes, ceiling: int) -> bytes:
    """One or more zstd frames (RFC 8878)."""
    out, rest = bytearray(), memoryview(body)
    for _ in range(MOST_MEMBERS):
        rest = _unzstd_into(out, rest, ceiling)
        if not rest:
            return bytes(out)
    raise Damaged(f"it has more than {MOST_MEMBERS} zstd frames")


def _unzstd_into(out: bytearray, body: memoryview, ceiling: int) -> memoryview:
    decoder = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW).decompressobj()
    try:
        for start in range(0, len(body), ZSTD_SLICE):
            out += decoder.decompress(body[start : start + ZSTD_SLICE])
            if len(out) > ceiling:
                raise Ceiling
            if decoder.eof:
                return body[min(start + ZSTD_SLICE, len(body)) - len(decoder.unused_data) :]
    except zstandard.ZstdError as error:
        raise Damaged(str(error)) from error
    raise Damaged("it breaks off")


def _is_text(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith((b"<", b"{"))


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": gunzip,
    "x-gzip": gunzip,
    "deflate": inflate,
    "br": unbrotli,
    "zstd": unzstd,
}
