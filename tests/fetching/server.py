"""A loopback server in a thread of its own, which plays the cases of `hostile` and remembers what it was asked."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Peer:
    """One request as the server sees it, and the means to answer it."""

    path: str
    head: str
    writer: asyncio.StreamWriter
    port: int

    def header(self, name: str) -> str | None:
        lines = (line.partition(":") for line in self.head.splitlines()[1:])
        return next((value.strip() for key, _, value in lines if key.lower() == name.lower()), None)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()


Behaviour = Callable[[Peer], Awaitable[None]]


@dataclass
class Server:
    """`behaviours` by path; a request for another path is answered with 404. A behaviour's end closes its connection.

    With an `opening` it sends that as soon as someone connects, and closes.
    """

    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    opening: bytes | None = None
    keeps_alive: bool = False
    port: int = 0
    requests: list[Peer] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    connection_count: int = 0
    most_at_once: int = 0
    _at_once: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def heads(self, path: str) -> list[Peer]:
        return [peer for peer in self.requests if peer.path.partition("?")[0] == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connection_count += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._answer(reader, writer) and self.keeps_alive:
                    pass
        finally:
            self._at_once -= 1
            await self._close(writer)

    async def _close(self, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError, TimeoutError):
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), 0.5)
        writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if self.opening is not None:
            writer.write(self.opening)
            return False
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        peer = Peer(head.split()[1], head, writer, writer.get_extra_info("sockname")[1])
        self.requests.append(peer)
        self.arrivals.append(asyncio.get_running_loop().time())
        behaviour = self.behaviours.get(peer.path.partition("?")[0])
        if behaviour is None:
            await peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        else:
            await behaviour(peer)
        return not writer.is_closing()


@contextmanager
def running(*servers: tuple[Server, ssl.SSLContext | None]) -> Iterator[None]:
    """The servers, each on a port of its own, until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        starts = [asyncio.run_coroutine_threadsafe(_start(*each), loop) for each in servers]
        listeners = [start.result(10) for start in starts]
        yield
        asyncio.run_coroutine_threadsafe(_stop(listeners), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(server: Server, context: ssl.SSLContext | None) -> asyncio.Server:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", server.port, ssl=context)
    server.port = listener.sockets[0].getsockname()[1]
    return listener


async def _stop(listeners: list[asyncio.Server]) -> None:
    for listener in listeners:
        listener.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.01)  # closed transports let go of their sockets in the loop's next rounds


# --- certificates ------------------------------------------------------------------------------


@dataclass
class Authority:
    """A certificate authority of one test run; `certificate_file` is what a client has to trust."""

    folder: Path

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("Harbour authority")
        signed = _certificate(self._name, self._key, self._name, self._key, None, days=1, is_authority=True)
        self.certificate_file = self.folder / "authority.pem"
        self.certificate_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str, *, days: int = 1, is_self_signed: bool = False) -> ssl.SSLContext:
        """The TLS side of a server for `host`; a certificate for a negative number of days has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer, issuer_key = (_named(host), key) if is_self_signed else (self._name, self._key)
        signed = _certificate(_named(host), key, issuer, issuer_key, host, days=days)
        pem = self.folder / f"{host}-{days}-{is_self_signed}.pem"
        pem.write_bytes(
            signed.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    host: str | None,
    *,
    days: int,
    is_authority: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
