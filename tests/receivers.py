"""Servers on loopback that take messages: one for mail, one for webhooks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Mailbox:
    """Mails as they came; while `refusal` is set, each is refused with it. `on_arrival` is called before the answer."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refusal: str = ""
    on_arrival: Callable[[], None] = lambda: None

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusal:
            return self.refusal
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        self.on_arrival()
        return "250 taken"


@dataclass
class Hook:
    """Requests as they came, headers in lower case; each is answered with `status`, after `on_arrival` is called."""

    port: int = 0
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    on_arrival: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


def _any_login(*_: object) -> AuthResult:
    return AuthResult(success=True)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    # The controller connects to the port that it is told, so that the system cannot choose one.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box = Mailbox(probe.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=box.port, authenticator=_any_login, auth_require_tls=False)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@contextmanager
def hook() -> Iterator[Hook]:
    got = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            got.on_arrival()
            self.send_response(got.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    got.port = int(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield got
    finally:
        server.shutdown()
        server.server_close()
