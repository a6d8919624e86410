"""A loopback server that does everything wrong that a server can, as a table of cases, healthy ones among them.

Each case has a name, which is its path on the server too, what the server does, and what must come of it: the
`kind` of the failure and words its reason has to hold, or `fetched`.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
import zstandard

from tests.fetching.server import Behaviour, Peer

FEED = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>Harbour news</title>'
    b"<item><guid>1</guid><title>A ship has come in</title></item></channel></rss>\n"
)
RETRY_AT = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
PAUSE = 0.05
"""Seconds between the bytes of a drip: many within the time a feed has, and never enough."""


@dataclass(frozen=True)
class Case:
    """`url` replaces the server's own address; `{port}`, `{closed}`, `{full}` and the like in it are ports."""

    name: str
    expected: str
    says: str = ""
    does: Behaviour | None = None
    url: str | None = None
    retry_after: tuple[float, float] | None = None


# --- behaviours --------------------------------------------------------------------------------


def sends(*parts: bytes, then: Behaviour | None = None) -> Behaviour:
    async def behave(peer: Peer) -> None:
        for part in parts:
            await peer.send(part)
        if then:
            await then(peer)

    return behave


def answers(body: bytes = FEED, *headers: str, status: str = "200 OK") -> Behaviour:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return sends("\r\n".join(lines).encode("latin-1") + body)


def redirects(location: str, status: str = "302 Found", *headers: str) -> Behaviour:
    async def behave(peer: Peer) -> None:
        target = location.replace("{port}", str(peer.port))
        await answers(b"", f"Location: {target}", *headers, status=status)(peer)

    return behave


def encoded(body: bytes, coding: str) -> Behaviour:
    return answers(body, f"Content-Encoding: {coding}")


def drips(head: bytes, drop: bytes) -> Behaviour:
    async def behave(peer: Peer) -> None:
        await peer.send(head)
        await _repeat(peer, drop, PAUSE)

    return behave


def floods(head: bytes, wave: bytes) -> Behaviour:
    async def behave(peer: Peer) -> None:
        await peer.send(head)
        await _repeat(peer, wave, 0)

    return behave


async def _repeat(peer: Peer, data: bytes, pause: float) -> None:
    while True:
        await peer.send(data)
        await asyncio.sleep(pause)


async def hangs(peer: Peer) -> None:
    await asyncio.sleep(3_600)


async def resets(peer: Peer) -> None:
    peer.reset()


async def closes(peer: Peer) -> None:
    return


async def leads_on(peer: Peer) -> None:
    """Redirects to an address of its own that it has not given before."""
    path, _, number = peer.path.partition("?")
    await redirects(f"{path}?{int(number or 0) + 1}")(peer)


async def leads_on_slowly(peer: Peer) -> None:
    await asyncio.sleep(1.5)
    await leads_on(peer)


# --- bodies ------------------------------------------------------------------------------------


def _zeros(size: int) -> Iterator[bytes]:
    block = bytes(1_000_000)
    return (block for _ in range(size // len(block)))


def gzip_bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(map(packer.compress, _zeros(size))) + packer.flush()


def zlib_bomb(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(map(packer.compress, _zeros(size))) + packer.flush()


def brotli_bomb(size: int) -> bytes:
    packer = brotli.Compressor(quality=5)
    return b"".join(map(packer.process, _zeros(size))) + packer.finish()


def zstd_bomb(size: int) -> bytes:
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join(map(packer.compress, _zeros(size))) + packer.flush()


def zstd_of_wide_window() -> bytes:
    """A frame that asks its reader to keep 2 GiB: magic, descriptor, window of 2^31, one empty last block."""
    return b"\x28\xb5\x2f\xfd" + bytes([0x00, (31 - 10) << 3]) + b"\x01\x00\x00"


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
SIZE = 30_000_000

# --- the table ---------------------------------------------------------------------------------

CONNECTIONS = [
    Case("nothing listens", "connect", "No connection to 127.0.0.1", url="http://127.0.0.1:{closed}/"),
    Case("never accepts", "timeout_connect", "was not connected to", url="http://127.0.0.1:{full}/"),
    Case("closes at once", "no_answer", "without an answer", closes),
    Case("resets at once", "reset", "broke", resets),
    Case("never answers", "timeout_answer", "did not answer within", hangs),
    Case("closes within the headers", "no_answer", "without an answer", sends(OK + b"Content-Ty")),
    Case("resets within the headers", "reset", "broke", sends(OK + b"Content-Ty", then=resets)),
    Case("unknown name", "dns_unknown", "no host unknown.test", url="http://unknown.test/"),
    Case("name server fails", "dns", "could not be looked up", url="http://flaky.test/"),
    Case("name server hangs", "timeout_connect", "was not connected to", url="http://hanging.test/"),
    Case("name without address", "dns_unknown", "has no address", url="http://void.test/"),
]

HEADERS = [
    Case("drips headers", "timeout_answer", "did not answer within", drips(OK, b"A: b\r\n")),
    Case("drips one header", "timeout_answer", "did not answer within", drips(OK + b"A: ", b"b")),
    Case("endless headers", "headers_too_large", "headers beyond", floods(OK, b"A: bcdefgh\r\n" * 1_000)),
    Case("endless header", "headers_too_large", "headers beyond", floods(OK + b"A: ", b"b" * 10_000)),
    Case("one huge header", "headers_too_large", "headers beyond", answers(FEED, "A: " + "b" * 1_000_000)),
    Case("too many headers", "headers_too_large", "headers beyond", answers(FEED, *["A: b"] * 300)),
    Case("garbage for a status", "protocol", "does not speak HTTP", sends(b"Good day\r\n\r\n")),
    Case("binary garbage", "no_answer", "without an answer in HTTP", sends(bytes(range(128, 256)))),
    Case("http 0.9", "no_answer", "without an answer in HTTP", sends(b"<rss></rss>")),
    Case("http 2 unasked", "protocol", "", sends(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18))),
    Case("shoutcast", "protocol", "ICY", sends(b"ICY 200 OK\r\n\r\n" + FEED)),
    Case("newline first", "protocol", "", sends(b"\r\n\r\n" + OK + b"\r\n" + FEED)),
    Case("NUL in a header", "protocol", "illegal header line", answers(FEED, "A: b\x00c")),
    Case("header without colon", "protocol", "illegal header line", answers(FEED, "nonsense")),
    Case("space in a header's name", "protocol", "illegal header line", answers(FEED, "A b: c")),
    Case("folded header", "fetched", does=answers(FEED, "A: b\r\n c")),
    Case("headers in broken UTF-8", "fetched", does=answers(FEED, 'ETag: "\xff\xc3\x28"', "Server: \xe9")),
    Case("enormous ETag", "fetched", does=answers(FEED, f'ETag: "{"e" * 30_000}"')),
    Case("bare newlines", "fetched", does=sends(b"HTTP/1.1 200 OK\nContent-Length: %d\n\n" % len(FEED) + FEED)),
    Case(
        "storm of interim answers",
        "headers_too_large",
        "headers beyond",
        floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    ),
    Case("early hints", "fetched", does=sends(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", then=answers())),
    Case("switching protocols", "protocol", "", sends(b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n")),
    Case("conflicting lengths", "protocol", "conflicting Content-Length", answers(FEED, "Content-Length: 7")),
    Case("negative length", "protocol", "bad Content-Length", sends(OK + b"Content-Length: -5\r\n\r\n" + FEED)),
    Case(
        "length of many digits",
        "protocol",
        "bad Content-Length",
        sends(OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n"),
    ),
    Case("unknown transfer coding", "protocol", "", sends(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n")),
]

BODIES = [
    Case("drips a body", "timeout_body", "not the whole body", drips(OK + b"Content-Length: 5000\r\n\r\n", b"<")),
    Case("drips chunks", "timeout_body", "not the whole body", drips(CHUNKED, b"1\r\n<\r\n")),
    Case(
        "endless chunks",
        "body_too_large",
        "USVEN_MAX_BODY_BYTES",
        floods(CHUNKED, b"2710\r\n" + b"<" * 10_000 + b"\r\n"),
    ),
    Case("endless body", "body_too_large", "USVEN_MAX_BODY_BYTES", floods(OK + b"\r\n", b"<a/>" * 10_000)),
    Case("endless crumbs", "protocol", "in crumbs", floods(CHUNKED, b"1\r\n<\r\n" * 5_000)),
    Case("endless chunk extension", "protocol", "too long", floods(CHUNKED, b"1;" + b"x" * 10_000)),
    Case("endless trailers", "protocol", "too long", floods(CHUNKED + b"0\r\n", b"A: " + b"b" * 10_000)),
    Case(
        "announces a terabyte",
        "body_too_large",
        "USVEN_MAX_BODY_BYTES",
        sends(OK + b"Content-Length: 1000000000000\r\n\r\n", then=hangs),
    ),
    Case("ends before its length", "truncated", "before the end", sends(OK + b"Content-Length: 5000\r\n\r\n" + FEED)),
    Case("stops before its length", "timeout_body", "", sends(OK + b"Content-Length: 5000\r\n\r\n" + FEED, then=hangs)),
    Case("goes on after its length", "fetched", does=sends(OK + b"Content-Length: 10\r\n\r\n" + FEED)),
    Case("chunks break off", "truncated", "before the end", sends(CHUNKED + b"ff\r\n<rss>")),
    Case("garbage chunk size", "protocol", "", sends(CHUNKED + b"zz\r\n<rss>\r\n")),
    Case("chunk of too many digits", "protocol", "", sends(CHUNKED + b"1" + b"0" * 20 + b"\r\n<rss>")),
    Case(
        "length and chunks",
        "fetched",
        does=sends(OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n0\r\n\r\n"),
    ),
    Case("resets within the body", "reset", "broke", sends(OK + b"Content-Length: 5000\r\n\r\n" + FEED, then=resets)),
    Case("empty body", "empty", "without a body", answers(b"")),
    Case("empty body in gzip", "empty", "without a body", encoded(gzip.compress(b""), "gzip")),
    Case("no content", "empty", "204", sends(b"HTTP/1.1 204 No Content\r\n\r\n")),
    Case("reset content", "empty", "205", answers(b"", status="205 Reset Content")),
    Case(
        "partial content", "partial", "206", answers(FEED, "Content-Range: bytes 0-9/100", status="206 Partial Content")
    ),
]

CODINGS = [
    Case("gzip bomb", "decoded_too_large", "when decompressed", encoded(gzip_bomb(SIZE), "gzip")),
    Case("deflate bomb", "decoded_too_large", "when decompressed", encoded(zlib_bomb(SIZE), "deflate")),
    Case("brotli bomb", "decoded_too_large", "when decompressed", encoded(brotli_bomb(SIZE), "br")),
    Case("zstd bomb", "decoded_too_large", "when decompressed", encoded(zstd_bomb(SIZE), "zstd")),
    Case(
        "bomb in a bomb",
        "decoded_too_large",
        "when decompressed",
        encoded(gzip.compress(gzip_bomb(SIZE * 10)), "gzip, gzip"),
    ),
    Case(
        "brotli in gzip bomb",
        "decoded_too_large",
        "when decompressed",
        encoded(gzip.compress(brotli_bomb(SIZE)), "br, gzip"),
    ),
    Case("bomb without a label", "decoded_too_large", "when decompressed", answers(gzip_bomb(SIZE))),
    Case(
        "bomb in many members",
        "decoded_too_large",
        "when decompressed",
        encoded(gzip.compress(bytes(20_000)) * 50, "gzip"),
    ),
    Case("thousands of empty members", "encoding", "members", encoded(gzip.compress(b"") * 5_000, "gzip")),
    Case("thousands of empty frames", "encoding", "frames", encoded(zstandard.compress(b"") * 5_000, "zstd")),
    Case("compressed ten times", "encoding", "10 times over", encoded(FEED, ", ".join(["gzip"] * 10))),
    Case("zstd of a wide window", "encoding", "cannot be decompressed", encoded(zstd_of_wide_window(), "zstd")),
    Case("gzip breaks off", "encoding", "breaks off", encoded(gzip.compress(FEED)[:-20], "gzip")),
    Case("brotli breaks off", "encoding", "breaks off", encoded(brotli.compress(FEED)[:-10], "br")),
    Case("zstd breaks off", "encoding", "breaks off", encoded(zstandard.compress(FEED)[:-10], "zstd")),
    Case(
        "gzip with a wrong sum",
        "encoding",
        "cannot be decompressed",
        encoded(gzip.compress(FEED)[:-8] + bytes(8), "gzip"),
    ),
    Case("brotli that is gzip", "encoding", "not brotli", encoded(gzip.compress(FEED), "br")),
    Case("unknown coding", "encoding", "'exi'", encoded(b"\x80\x81\x82", "exi")),
    Case("unknown coding on plain text", "fetched", does=encoded(FEED, "utf-8")),
    Case("gzip that is plain text", "fetched", does=encoded(FEED, "gzip")),
    Case("padding after gzip", "fetched", does=encoded(gzip.compress(FEED) + bytes(100), "gzip")),
    Case("stacked codings", "fetched", does=encoded(brotli.compress(gzip.compress(FEED)), "gzip, br")),
]

STATUSES = [
    Case("unauthorised", "http_401", "login", answers(b"no", status="401 Unauthorized")),
    Case("forbidden", "http_403", "refuses", answers(b"no", status="403 Forbidden")),
    Case("not found", "http_404", "not found", answers(b"no", status="404 Not Found")),
    Case("not found, endlessly", "http_404", "not found", floods(b"HTTP/1.1 404 No\r\n\r\n", b"no" * 10_000)),
    Case("gone", "http_410", "ended", answers(b"", status="410 Gone")),
    Case("teapot", "http_418", "418", answers(b"", status="418 I'm a teapot")),
    Case("legal reasons", "http_451", "451", answers(b"", status="451 Unavailable")),
    Case(
        "too many requests",
        "http_429",
        "too many",
        answers(b"", "Retry-After: 120", status="429 Slow"),
        retry_after=(120, 120),
    ),
    Case(
        "busy until a date",
        "http_503",
        "unavailable",
        answers(b"", f"Retry-After: {format_datetime(RETRY_AT, usegmt=True)}", status="503 Busy"),
        retry_after=(7_000, 7_200),
    ),
    Case(
        "busy until yesterday",
        "http_503",
        "",
        answers(b"", "Retry-After: Sat, 01 Jan 2000 00:00:00 GMT", status="503 Busy"),
        retry_after=(0, 0),
    ),
    Case("busy for garbage", "http_503", "", answers(b"", "Retry-After: a while", status="503 Busy")),
    Case(
        "busy for ever",
        "http_429",
        "",
        answers(b"", "Retry-After: " + "9" * 1_900, status="429 Slow"),
        retry_after=(1e8, 1e9),
    ),
    Case("busy for a negative time", "http_429", "", answers(b"", "Retry-After: -5", status="429 Slow")),
    Case("server error", "http_500", "error of the server", answers(b"oops", status="500 Oops")),
    Case("status 999", "http_999", "999", answers(b"", status="999 Request denied")),
    Case("not modified, unasked", "http_304", "asked for the whole", sends(b"HTTP/1.1 304 Not Modified\r\n\r\n")),
    Case("multiple choices", "http_300", "300", answers(b"", status="300 Multiple Choices")),
]

REDIRECTS = [
    Case("redirects to itself", "redirect_loop", "in a circle", redirects("/redirects-to-itself")),
    Case("endless redirects", "redirect_limit", "redirects again", leads_on),
    Case("slow redirects", "timeout_answer", "did not answer within", leads_on_slowly),
    Case("redirects nowhere", "redirect_target", "without saying where", answers(b"", status="302 Found")),
    Case("redirects to an empty address", "redirect_target", "without saying where", redirects("")),
    Case("redirects to garbage", "redirect_target", "is not an address", redirects("http://[::1")),
    Case("redirects to a bad port", "redirect_target", "is not an address", redirects("http://a.test:99999/")),
    Case("redirects to a long address", "redirect_target", "too long", redirects("/" + "a" * 20_000)),
    Case("redirects to an impossible name", "redirect_target", "not an address", redirects("http://xn--a/")),
    Case("redirects to an octal address", "redirect_target", "not an address", redirects("http://0177.0.0.1:1/")),
    Case("redirects to a file", "scheme", "neither http nor https", redirects("file:///etc/passwd")),
    Case("redirects to ftp", "scheme", "neither http nor https", redirects("ftp://127.0.0.1/feed")),
    Case("redirects to gopher", "scheme", "neither http nor https", redirects("gopher://127.0.0.1:25/1HELO")),
    Case("redirects to script", "redirect_target", "not an address", redirects("javascript:alert(1)")),
    Case("redirects to data", "redirect_target", "not an address", redirects("data:text/xml,<rss/>")),
    Case("redirects with a line break", "protocol", "", redirects("http://a.test/\rX-Evil: 1")),
    Case("redirects to a private network", "address", "is private", redirects("http://10.0.0.1/feed")),
    Case("redirects to another port here", "address", "is loopback", redirects("http://127.0.0.1:1/feed")),
    Case("redirects to the metadata service", "address", "metadata", redirects("http://169.254.169.254/latest/")),
    Case("redirects to an inward name", "address", "leads to 10.1.2.3", redirects("http://inward.test/")),
    Case("redirects to a decimal address", "address", "is loopback", redirects("http://2130706433:1/")),
    Case("redirects to mapped IPv6", "address", "is loopback", redirects("http://[::ffff:127.0.0.1]:1/")),
    Case(
        "redirects with an endless body",
        "fetched",
        does=floods(b"HTTP/1.1 302 Found\r\nLocation: /plain\r\n\r\n", b"x" * 10_000),
    ),
    Case("redirects with a login", "fetched", does=redirects("http://eve:secret@127.0.0.1:{port}/plain")),
    Case(
        "redirects with UTF-8",
        "fetched",
        does=sends(b"HTTP/1.1 302 Found\r\nLocation: /plain?\xc3\xb1\r\nContent-Length: 0\r\n\r\n"),
    ),
    Case(
        "redirects with a cookie",
        "fetched",
        does=redirects("/plain", "302 Found", "Set-Cookie: id=1; Path=/; Domain=127.0.0.1"),
    ),
    Case("see other", "fetched", does=redirects("/plain", "303 See Other")),
]

ADDRESSES = [
    Case(f"asks {spelling}", "address", words, url=f"http://{spelling}/")
    for spelling, words in (
        ("127.0.0.1:1", "is loopback"),
        ("localhost:1", "is loopback"),
        ("2130706433:1", "is loopback"),
        ("0x7f.0.0.1:1", "is loopback"),
        ("0x7f000001:1", "is loopback"),
        ("127.1:1", "is loopback"),
        ("①②⑦.⓪.⓪.①:1", "is loopback"),
        ("0.0.0.0:1", "this host itself"),
        ("[::1]:1", "is loopback"),
        ("[::]:1", "this host itself"),
        ("[::ffff:7f00:1]:1", "is loopback"),
        ("[::127.0.0.1]:1", "is loopback"),
        ("[64:ff9b::7f00:1]:1", "is loopback"),
        ("[64:ff9b:1::1]", "not a public address"),
        ("[2002:7f00:1::]", "6to4"),
        ("[2001:0:1:2::3]", "Teredo"),
        ("[fe80::1]", "link-local"),
        ("[fd00:ec2::254]", "metadata"),
        ("[ff02::1]", "multicast"),
        ("10.0.0.1", "is private"),
        ("172.31.255.255", "is private"),
        ("192.168.1.1", "is private"),
        ("100.64.0.1", "shared"),
        ("169.254.169.254", "metadata"),
        ("168.63.129.16", "metadata"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("inward.test", "leads to 10.1.2.3"),
        ("inward6.test", "is private"),
    )
] + [
    Case("asks 0177.0.0.1:1", "url", "Invalid IPv4 address", url="http://0177.0.0.1:1/"),
    Case("address of a file", "scheme", "neither http nor https", url="file:///etc/passwd"),
    Case("address without host", "url", "no host name", url="http:///feed"),
    Case("address with a blank", "url", "no host name", url="http://exa mple.test/feed"),
    Case("address with a backslash", "url", "no host name", url="http://10.0.0.1\\@feeds.test/"),
    Case("address with a bad port", "url", "not an address", url="http://feeds.test:123456/"),
    Case("address with an endless name", "url", "no host name", url=f"http://{'a' * 300}.test/"),
    Case("address with an escaped host", "url", "no host name", url="http://%31%32%37.0.0.1/"),
    Case("name that is an address too", "fetched", url="http://both.test:{port}/plain"),
]

SECURE = [
    Case("self-signed certificate", "certificate", "self-signed", url="https://localhost:{self_signed}/plain"),
    Case("expired certificate", "certificate", "expired", url="https://localhost:{expired}/plain"),
    Case("certificate of another", "certificate", "not valid", url="https://localhost:{misnamed}/plain"),
    Case("TLS without TLS", "tls", "no secure connection", url="https://127.0.0.1:{plaintext}/"),
    Case("TLS that closes", "tls", "no secure connection", url="https://127.0.0.1:{shut}/"),
    Case("TLS that never shakes hands", "timeout_connect", "was not connected to", url="https://127.0.0.1:{mute}/"),
    Case("HTTP to a TLS port", "no_answer", "", url="http://127.0.0.1:{trusted}/"),
]

HOSTILE = [*CONNECTIONS, *HEADERS, *BODIES, *CODINGS, *STATUSES, *REDIRECTS, *ADDRESSES, *SECURE]

HEALTHY = [
    Case("plain", "fetched", does=answers()),
    Case("in gzip", "fetched", does=encoded(gzip.compress(FEED), "gzip")),
    Case("in deflate", "fetched", does=encoded(zlib.compress(FEED), "deflate")),
    Case("in raw deflate", "fetched", does=encoded(zlib.compress(FEED)[2:-4], "deflate")),
    Case("in brotli", "fetched", does=encoded(brotli.compress(FEED), "br")),
    Case("in zstd", "fetched", does=encoded(zstandard.compress(FEED), "zstd")),
    Case("in chunks", "fetched", does=sends(CHUNKED, b"%x\r\n" % len(FEED) + FEED + b"\r\n0\r\n\r\n")),
    Case("without a length", "fetched", does=sends(b"HTTP/1.0 200 OK\r\n\r\n" + FEED)),
    Case("moved", "fetched", does=redirects("/plain", "301 Moved")),
    Case("over TLS", "fetched", url="https://localhost:{trusted}/plain"),
]

CASES = {case.name.replace(" ", "-"): case for case in [*HEALTHY, *HOSTILE]}
