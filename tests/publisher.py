"""A publisher on loopback: documents by path, served with an ETag, and a record of what was asked for."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Publisher:
    """`documents` may change while it runs; a path in `statuses` is answered with that status and no document.

    A path in `redirects` is answered with a status and the path, or address, to go to; `headers` has further ones.
    A path in `delays` is answered after so many seconds. Of an `address` 0.0.0.0, each of 127.0.0.0/8 is a host.
    """

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.documents: dict[str, bytes] = {}
        self.statuses: dict[str, int] = {}
        self.redirects: dict[str, tuple[int, str]] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.delays: dict[str, float] = {}
        self.requests: list[tuple[str, int]] = []
        self._server = ThreadingHTTPServer((address, 0), self._handler())
        self.port = int(self._server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{path}"

    def urls(self) -> str:
        """The catalogue of all documents, as a list of addresses."""
        return "".join(self.url(path) + "\n" for path in sorted({*self.documents, *self.statuses, *self.redirects}))

    @contextmanager
    def running(self) -> Iterator[Publisher]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.lstrip("/")
                time.sleep(publisher.delays.get(path, 0.0))
                body = publisher.documents.get(path)
                tag = f'"{hashlib.md5(body or b"", usedforsecurity=False).hexdigest()}"'
                if path in publisher.redirects:
                    status, target = publisher.redirects[path]
                    self._answer(path, status, b"", tag, Location=target if "://" in target else publisher.url(target))
                elif path in publisher.statuses:
                    self._answer(path, publisher.statuses[path], b"", tag)
                elif body is None:
                    self._answer(path, 404, b"", tag)
                elif self.headers.get("If-None-Match") == tag:
                    self._answer(path, 304, b"", tag)
                else:
                    self._answer(path, 200, body, tag, **publisher.headers.get(path, {}))

            def _answer(self, path: str, status: int, body: bytes, tag: str, **headers: str) -> None:
                publisher.requests.append((path, status))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def rss(items: Sequence[tuple[str, str]], *, site: str = "https://courier.example") -> bytes:
    """An RSS document of items, each a guid and a title."""
    body = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title><link>{site}/{guid}</link>"
        f"<description>About: {title}</description><pubDate>Mon, 24 Nov 2025 10:00:00 GMT</pubDate></item>"
        for guid, title in items
    )
    return f"<rss version='2.0'><channel><title>Courier</title><link>{site}/</link>{body}</channel></rss>".encode()
