"""Many hosts on loopback, each with some feeds: for drills of several machines."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.publisher import rss


class Hosts:
    """Hosts 127.1.0.1, 127.1.0.2, … (Linux answers on all of 127.0.0.0/8), whose feeds grow by a batch of news."""

    def __init__(self, count: int, feeds: int, items: int) -> None:
        self.addresses = [f"127.1.0.{n + 1}" for n in range(count)]
        self.feeds, self.items, self.batches = feeds, items, 1
        self._server = ThreadingHTTPServer(("0.0.0.0", 0), self._handler())
        self._port = int(self._server.server_address[1])

    @property
    def item_count(self) -> int:
        return len(self.addresses) * self.feeds * self.items * self.batches

    def add_news(self) -> None:
        self.batches += 1

    def feeds_file(self, folder: Path) -> Path:
        path = folder / "feeds.txt"
        urls = [f"http://{host}:{self._port}/{n}.xml" for host in self.addresses for n in range(self.feeds)]
        path.write_text("".join(f"{url}\n" for url in urls))
        return path

    @contextmanager
    def running(self) -> Iterator[Hosts]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def _document(self, host: str, path: str) -> bytes:
        numbers = range(self.items * self.batches)
        items = [(f"{host}{path}-{n}", f"US sanctions on Venezuela, report {n} of {host}{path}") for n in numbers]
        return rss(items, site=f"http://{host}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hosts = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host = self.headers["Host"].partition(":")[0]
                body = hosts._document(host, self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
