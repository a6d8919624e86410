"""Connections to checked addresses, kept open for the next request to the same origin.

No proxy is ever used, whatever the environment says: it would connect in our place, past the check of addresses.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import certifi
import h11

from tasks.fetching.addresses import Policy
from tasks.fetching.failures import Failure
from tasks.fetching.masking import mask
from tasks.fetching.targets import Target

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""From a host name to its numeric addresses, best first. Raises OSError."""

HEAD_BYTES = 64 * 1024
"""Largest status line and headers of one answer, interim answers included."""
READ_BYTES = 64 * 1024
BUFFER_BYTES = 256 * 1024
"""What may wait unread in a connection before the sender is held back."""
ADDRESSES_TRIED = 4
ATTEMPT_SECONDS = 10.0
"""Patience with one address of several: a host with a dead IPv6 route is still reached by its next address."""
SHUTDOWN_SECONDS = 1.0

_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class Wire(asyncio.Protocol):
    """The two ends of a connection's bytes: what has come in is read, or waited for."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._is_paused = False
        self._error: Exception | None = None
        self.is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP and TLS transports both are
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > BUFFER_BYTES and self._transport and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self.is_closed = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_closed = True
        self._error = exc
        self._wake()

    @property
    def is_quiet(self) -> bool:
        """Whether the connection is open and nothing unasked has come: fit for another request."""
        return not self.is_closed and not self._buffer

    async def read(self) -> bytes:
        """The next bytes; b"" at the end.

        Raises:
            OSError: the connection broke.
        """
        while not self._buffer:
            if self._error:
                raise self._error
            if self.is_closed:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._taken()

    def write(self, data: bytes) -> None:
        if self._transport:
            self._transport.write(data)

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Agree on TLS with `host`.

        Raises:
            OSError: it could not be agreed (ssl.SSLError among them).
        """
        loop = asyncio.get_running_loop()
        if self._transport:
            self._transport = await loop.start_tls(
                self._transport, self, context, server_hostname=host, ssl_shutdown_timeout=SHUTDOWN_SECONDS
            )

    def abort(self) -> None:
        """Close at once, without the farewell that a hostile peer could draw out."""
        self.is_closed = True
        if self._transport:
            self._transport.abort()

    def _taken(self) -> bytes:
        data = bytes(self._buffer[:READ_BYTES])
        del self._buffer[:READ_BYTES]
        if self._is_paused and self._transport and len(self._buffer) < BUFFER_BYTES:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


class Connection:
    """A wire and the state of HTTP on it. `received_bytes` counts since the last request began."""

    def __init__(self, wire: Wire, origin: tuple[str, str, int]) -> None:
        self.wire = wire
        self.origin = origin
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
        self.is_reused = False
        self.is_ended = False
        self.received_bytes = 0

    def made_ready(self) -> bool:
        """Whether another request can follow: the last answer is complete and nothing came after it."""
        if not self._is_done() or not self.wire.is_quiet:
            return False
        self.http.start_next_cycle()
        self.is_reused = True
        return True

    def _is_done(self) -> bool:
        done = self.http.our_state is h11.DONE and self.http.their_state is h11.DONE
        return done and not self.http.trailing_data[0]


class Resolver:
    """The system's resolver, in threads of its own: a name server that hangs holds up no other host's work."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    async def __call__(self, host: str) -> tuple[str, ...]:
        """The numeric addresses of a host.

        Raises:
            OSError: there are none (socket.gaierror).
        """
        try:
            return (str(ipaddress.ip_address(host)),)
        except ValueError:
            # As bytes, because Python's own treatment of names refuses some that exist.
            lookup = asyncio.get_running_loop().run_in_executor(self._executor, _look_up, host.encode("ascii"))
            return await lookup

    def close(self) -> None:
        if "_executor" in self.__dict__:
            self._executor.shutdown(wait=False, cancel_futures=True)

    @cached_property
    def _executor(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="resolver")


def _look_up(host: bytes) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class Connections:
    """Opens connections, and keeps those that can serve again, the longest idle going first."""

    def __init__(self, *, policy: Policy, resolve: Resolve, most_idle: int) -> None:
        self._policy = policy
        self._resolve = resolve
        self._most_idle = most_idle
        self._idle: OrderedDict[int, Connection] = OrderedDict()
        self._by_origin: dict[tuple[str, str, int], list[Connection]] = {}

    def reuse(self, target: Target) -> Connection | None:
        """An idle connection to the target's origin that the server has left open."""
        waiting = self._by_origin.get(target.origin, [])
        while waiting:
            connection = waiting.pop()
            del self._idle[id(connection)]
            if connection.wire.is_quiet:
                return connection
            connection.wire.abort()
        return None

    async def open(self, target: Target) -> Connection:
        """A new connection to the target's origin, by way of the policy.

        Raises:
            Failure: the name is unknown, its addresses are refused, none answers, or TLS fails.
        """
        addresses = self._policy.admit(target.host, target.port, await self._addresses(target))
        wire = await _connected(target, addresses[:ADDRESSES_TRIED])
        try:
            if target.scheme == "https":
                await _secured(wire, self._context, target)
        except BaseException:
            wire.abort()
            raise
        return Connection(wire, target.origin)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next request, or close it if it cannot serve one."""
        if not connection.made_ready():
            connection.wire.abort()
            return
        self._idle[id(connection)] = connection
        self._by_origin.setdefault(connection.origin, []).append(connection)
        if len(self._idle) > self._most_idle:
            _, oldest = self._idle.popitem(last=False)
            self._by_origin[oldest.origin].remove(oldest)
            oldest.wire.abort()

    def close(self) -> None:
        for connection in self._idle.values():
            connection.wire.abort()
        self._idle.clear()
        self._by_origin.clear()

    @cached_property
    def _context(self) -> ssl.SSLContext:
        # Made for the first https feed only: reading the certificates takes 50 ms. The machine's own store comes on
        # top of certifi's, for the sake of those behind a company's authority (SSL_CERT_FILE is heeded).
        context = ssl.create_default_context(cafile=certifi.where())
        context.load_default_certs()
        context.set_alpn_protocols(["http/1.1"])
        return context

    async def _addresses(self, target: Target) -> Sequence[str]:
        try:
            addresses = await self._resolve(target.host)
        except socket.gaierror as error:
            raise _unresolved(target, error) from error
        except OSError as error:
            raise Failure("dns", f"{target.host} could not be looked up: {error}.") from error
        if not addresses:
            raise Failure("dns_unknown", f"{target.host} has no address. Check the feed's address for a slip.")
        return addresses


def _unresolved(target: Target, error: socket.gaierror) -> Failure:
    if error.errno in _NO_SUCH_NAME:
        return Failure("dns_unknown", f"There is no host {target.host}. Check the feed's address for a slip.")
    return Failure("dns", f"{target.host} could not be looked up: {error.strerror}. Check this machine's name server.")


async def _connected(target: Target, addresses: Sequence[str]) -> Wire:
    loop, complaint = asyncio.get_running_loop(), "it has no address"
    for number, address in enumerate(addresses, start=1):
        patience = ATTEMPT_SECONDS if number < len(addresses) else None
        try:
            async with asyncio.timeout(patience):
                _, wire = await loop.create_connection(Wire, address, target.port)
                return wire
        except TimeoutError:
            complaint = f"{address} does not answer"
        except OSError as error:
            complaint = f"{address}: {error.strerror or error}"
    raise Failure("connect", f"No connection to {target.host}:{target.port} ({complaint}). Is the server up?")


async def _secured(wire: Wire, context: ssl.SSLContext, target: Target) -> None:
    try:
        await wire.secure(context, target.host)
    except ssl.SSLCertVerificationError as error:
        raise Failure(
            "certificate",
            f"The certificate of {target.host} is not valid: {error.verify_message or error}. "
            "The publisher must renew it; it is not fetched unverified.",
        ) from error
    except OSError as error:
        raise Failure("tls", f"{mask(target.url)}: no secure connection ({error.strerror or error}).") from error
