"""The network below httpx: names are looked up, addresses checked, and those very addresses connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import httpcore

from tasks.fetching.addresses import Policy
from tasks.fetching.failures import Failure

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""From a host name to its numeric addresses, best first. Raises OSError."""
Stage = Literal["connect", "answer", "body"]

HEAD_BYTES = 64 * 1024
"""Largest status line and headers of one answer, interim answers included."""
ADDRESSES_TRIED = 4
ATTEMPT_SECONDS = 10.0
"""Patience with one address of several: a host with a dead IPv6 route is still reached by its next address."""

_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class HeadTooLarge(Exception):
    """A server sends more before its answer's body than an honest one would."""


@dataclass(slots=True)
class Traffic:
    """What a connection saw of one request, which httpx does not tell when the request fails."""

    stage: Stage = "connect"
    is_reused: bool = False
    is_ended: bool = False
    received_bytes: int = 0


_traffic: ContextVar[Traffic] = ContextVar("traffic")


def watch() -> Traffic:
    """The traffic of the next request of the running task."""
    traffic = Traffic()
    _traffic.set(traffic)
    return traffic


class Backend(httpcore.AsyncNetworkBackend):
    """Connects to the very addresses that the policy has admitted."""

    def __init__(self, policy: Policy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        """A connection to the host by its first address that answers.

        Raises:
            Failure: the name is unknown, its addresses are refused, or none answers.
        """
        addresses = self._policy.admit(host, port, await self._addresses(host))[:ADDRESSES_TRIED]
        complaint = ""
        for number, address in enumerate(addresses, start=1):
            patience = ATTEMPT_SECONDS if number < len(addresses) else timeout
            try:
                return Stream(await self._network.connect_tcp(address, port, patience, local_address, socket_options))
            except httpcore.ConnectTimeout:
                complaint = f"{address} does not answer"
            except httpcore.ConnectError as error:
                complaint = f"{address}: {_told(_root(error))}"
        raise Failure("connect", f"No connection to {host}:{port} ({complaint}). Is the server up?")

    async def _addresses(self, host: str) -> Sequence[str]:
        try:
            addresses = await self._resolve(host)
        except OSError as error:
            raise _unresolved(host, error) from error
        if not addresses:
            raise Failure("dns_unknown", f"{host} has no address. Check the feed's address for a slip.")
        return addresses


class Stream(httpcore.AsyncNetworkStream):
    """A connection that counts what it receives, and receives no more than a head's worth before the answer."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._traffic = Traffic()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        traffic = self._traffic
        if traffic.stage == "answer":
            max_bytes = min(max_bytes, HEAD_BYTES - traffic.received_bytes)
        if not max_bytes:
            raise HeadTooLarge(f"more than {HEAD_BYTES:,} bytes")
        data = await self._stream.read(max_bytes, timeout)
        traffic.received_bytes += len(data)
        traffic.is_ended = not data
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if buffer:
            before, self._traffic = self._traffic, _traffic.get()
            self._traffic.is_reused = before.stage != "connect"
            self._traffic.stage = "answer"
            await self._stream.write(buffer, timeout)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Stream:
        """The connection with TLS.

        Raises:
            Failure: it could not be agreed, or the certificate is not valid for the host.
        """
        try:
            return Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except httpcore.ConnectError as error:
            raise _insecure(server_hostname or "The server", _root(error)) from error
        except BaseException:
            # httpcore leaves a connection open when its handshake is cancelled.
            await self.aclose()
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


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


def _unresolved(host: str, error: OSError) -> Failure:
    if error.errno in _NO_SUCH_NAME:
        return Failure("dns_unknown", f"There is no host {host}. Check the feed's address for a slip.")
    return Failure("dns", f"{host} could not be looked up: {_told(error)}. Check this machine's name server.")


def _insecure(host: str, error: BaseException) -> Failure:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(
            "certificate",
            f"The certificate of {host} is not valid: {error.verify_message or error}. "
            "The publisher must renew it; it is not fetched unverified.",
        )
    return Failure("tls", f"{host}: no secure connection ({_told(error)}).")


def _root(error: BaseException) -> BaseException:
    """What an exception was raised from, in the end: httpcore's own words say less than the system's."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _told(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
