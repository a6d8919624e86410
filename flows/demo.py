"""`usven demo`: the real flows on the bundled sample feeds, served over loopback, with a Prefect server of its own."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from flows import service
from flows.service import Server
from warehouse import database
from warehouse.rows import Run
from warehouse.settings import Settings

Say = Callable[[str], None]

_TYPES = {".xml": "application/xml", ".rdf": "application/rdf+xml", ".json": "application/feed+json"}
_STORIES = """
    SELECT headline, first_outlet, languages, topics FROM mart.stories
    ORDER BY relevance_level DESC, article_count DESC, last_reported_at DESC LIMIT 12
"""
QUERIES = (
    "SELECT report_date, headline, first_outlet, topics FROM mart.stories ORDER BY first_reported_at",
    "SELECT topic, sum(article_count) AS articles FROM mart.daily_topics GROUP BY topic ORDER BY articles DESC",
    "SELECT outlet, old_title, new_title FROM mart.headline_changes",
)


def run(settings: Settings, *, say: Say) -> None:
    """Run `monitor` and `report` twice on the sample feeds, and show what they found.

    The demo has a data folder of its own, `demo` in the given one, which is made anew each time; its runs go to the
    Prefect server that `usven up` would start.

    Raises:
        ServiceError: the Prefect server cannot be started.
    """
    own = _own_settings(settings)
    with ExitStack() as stack:
        feeds = stack.enter_context(_served_feeds(own))
        running = service.find_server(settings)
        if running is None:
            say("Starting a Prefect server …")
            running = stack.enter_context(service.server(settings, port=service.free_port()))
        os.environ.update(_environment(settings, own, running, feeds))
        first = _pass(feeds.catalogue_path)
        say(f"First pass:  {first.message}.")
        feeds.advance()
        second = _pass(feeds.catalogue_path)
        say(f"Second pass: {second.message}.")
        index = _report()
    _show(own, index, settings, say)


def _pass(catalogue_path: Path) -> Run:
    from flows.monitor import monitor

    done = monitor(feeds=catalogue_path, everything=True)
    assert isinstance(done, Run)  # noqa: S101 - the flow's own type
    return done


def _report() -> Path:
    from flows.report import report
    from tasks.reporting.site import SiteSummary

    written = report(brief=True)
    assert isinstance(written, SiteSummary)  # noqa: S101 - the flow's own type
    return written.index


def _own_settings(settings: Settings) -> Settings:
    folder = settings.data.resolve() / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return replace(settings, data=folder, warehouse="", archive="")


def _environment(settings: Settings, own: Settings, running: Server, feeds: _Feeds) -> dict[str, str]:
    return service.client_environment(settings, running.api_url) | {
        "USVEN_DATA": str(own.data),
        "USVEN_WAREHOUSE": "",
        "USVEN_ARCHIVE": "",
        "USVEN_ALLOW_ADDRESSES": f"{service.HOST}:{feeds.port}",
        "USVEN_HOST_DELAY_SECONDS": "0",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "ERROR",
    }


def _show(own: Settings, index: Path, settings: Settings, say: Say) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Story", "First reported by", "Languages", "Topics", header_style="bold", expand=True)
    with database.reading(own.published_path) as connection:
        for headline, outlet, languages, topics in connection.execute(_STORIES).fetchall():
            table.add_row(Text(headline), Text(outlet), ", ".join(languages), ", ".join(topics))
    Console().print(table)
    say(f"\nReport:      {index}")
    say(f"Warehouse:   {own.published_path}")
    say(f"Runs:        {_runs_page(settings)}")
    say("\nThree queries to try:")
    for query in QUERIES:
        say(f'  {_program()} sql --data {_short(own.data)} "{query}"')


def _runs_page(settings: Settings) -> str:
    """Where the runs of the demo can be looked at: its own server, if it started one, ends with it."""
    running = service.find_server(settings)
    if running:
        return f"{running.ui_url}/runs"
    data = "" if settings.data == Settings().data else f" --data {_short(settings.data)}"
    return f"`{_program()} up{data}`, then http://{service.HOST}:{service.PORT}/runs"


def _program() -> str:
    """How the user started us, to be typed again."""
    started = Path(sys.argv[0])
    return "usven" if started.name != "usven" or shutil.which("usven") == str(started) else _short(started.absolute())


def _short(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


class _Feeds:
    """The sample feeds behind a loopback address, as they are at first and as they are later."""

    def __init__(self, folder: Path) -> None:
        self._sample = files("seeds.sample")
        self._is_later = False
        self._server = ThreadingHTTPServer((service.HOST, 0), _handler(self.document))
        self.port = int(self._server.server_address[1])
        self.catalogue_path = self._write_catalogue(folder)

    def advance(self) -> None:
        """Serve the later documents from now on."""
        self._is_later = True

    def document(self, name: str) -> bytes | None:
        """A feed's document as it is now."""
        later = self._sample.joinpath("second", name)
        return _content(later) if self._is_later and later.is_file() else _content(self._sample.joinpath("first", name))

    @contextmanager
    def serving(self) -> Iterator[None]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            self._server.server_close()

    def _write_catalogue(self, folder: Path) -> Path:
        for name in ("feeds.csv", "outlets.csv"):
            text = self._sample.joinpath(name).read_text("utf-8")
            (folder / name).write_text(
                text.replace(f"http://{service.HOST}/", f"http://{service.HOST}:{self.port}/"), encoding="utf-8"
            )
        return folder / "feeds.csv"


@contextmanager
def _served_feeds(own: Settings) -> Iterator[_Feeds]:
    feeds = _Feeds(own.data)
    with feeds.serving():
        yield feeds


def _content(file: Traversable) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _handler(document: Callable[[str], bytes | None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.lstrip("/")
            body = document(name) if "/" not in name else None
            # The tag is the body's length and a checksum: enough for a server that has a document in two states.
            tag = f'"{len(body)}-{hash(body) & 0xFFFFFFFF:x}"' if body else ""
            if body is None:
                self._answer(404, b"")
            elif self.headers.get("If-None-Match") == tag:
                self._answer(304, b"", ETag=tag)
            else:
                self._answer(200, body, ETag=tag, **{"Content-Type": _TYPES.get(Path(name).suffix, "text/plain")})

        def _answer(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The passes tell what was asked for."""

    return Handler
