"""Drill of several machines, with real servers: `python -m tests.bench.machines`.

A Prefect server on PostgreSQL with Redis messaging, a lake with its catalog in PostgreSQL, two workers with data
folders of their own, and a publisher on loopback whose hosts are shared out. A run is killed, then the Prefect server
is started anew in the middle of another; each line says what was seen.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from flows import checking, service
from tests import postgres
from tests.publisher import Publisher, rss
from warehouse import database, settings
from warehouse.settings import Settings

REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/7")
PREFECT = service.PROJECT / "deploy" / "machines" / "prefect.yaml"
HOSTS, FEEDS_A_HOST, ITEMS = 10, 4, 10
_GAPS = """
    SELECT min(gap) FROM (
        SELECT started_at - lag(started_at) OVER (PARTITION BY split_part(url, ':', 2) ORDER BY started_at) AS gap
        FROM raw.fetches JOIN raw.feeds USING (feed_id) WHERE url LIKE 'http://127.%'
    )
"""
PATIENCE_SECONDS = 600.0


def main() -> None:
    with (
        postgres.database() as lake,
        postgres.database() as orchestration,
        Publisher("0.0.0.0").running() as publisher,
        tempfile.TemporaryDirectory() as folder,
    ):
        Drill(Path(folder), lake, orchestration, Hosts(publisher, HOSTS, FEEDS_A_HOST, ITEMS)).run()


class Hosts:
    """Hosts 127.1.0.1, 127.1.0.2, … (Linux answers on all of 127.0.0.0/8), whose feeds grow by a batch of news."""

    def __init__(self, publisher: Publisher, count: int, feeds: int, items: int) -> None:
        self.publisher, self.items, self.item_count = publisher, items, 0
        self.feeds = {f"{n}-{feed}.xml": f"127.1.0.{n + 1}" for n in range(count) for feed in range(feeds)}
        self.add_news()

    def add_news(self) -> None:
        self.item_count += self.items * len(self.feeds)
        for path, host in self.feeds.items():
            numbers = range(self.item_count // len(self.feeds))
            items = [(f"{path}-{n}", f"US sanctions on Venezuela, report {n} of {path}") for n in numbers]
            self.publisher.documents[path] = rss(items, site=f"http://{host}")

    def feeds_file(self, folder: Path) -> Path:
        urls = [self.publisher.url(path, host) for path, host in self.feeds.items()]
        (folder / "feeds.txt").write_text("".join(f"{url}\n" for url in urls))
        return folder / "feeds.txt"


class Drill:
    """The machines and what is asked of them."""

    def __init__(self, folder: Path, lake: str, orchestration: str, hosts: Hosts) -> None:
        self.folder, self.hosts = folder, hosts
        self.port = service.free_port()
        self.api = f"http://127.0.0.1:{self.port}/api"
        self.shared = {
            "USVEN_WAREHOUSE": f"ducklake:postgres:{postgres.catalog(lake)}",
            "USVEN_LAKE": str(folder / "lake"),
            "USVEN_ARCHIVE": str(folder / "archive"),
            "USVEN_ALLOW_ADDRESSES": "127.0.0.0/8",
            "USVEN_FULL_TEXT": "off",
        }
        self.settings: Settings = settings.load(self.shared, data=folder / "looker")
        self.server_environment = {
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": self.api,
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": _asynchronous(orchestration),
            "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
            "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
            "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
            "PREFECT_REDIS_MESSAGING_URL": REDIS,
            "PREFECT_SERVER_DOCKET_URL": REDIS,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }

    def run(self) -> None:
        """A run that is killed, then a server that is started anew in a run."""
        with self._server() as server:
            self._deploy()
            with self._worker("one"), self._worker("two"):
                self._say("both shares polled", *self._both())
                self._check()
                self.hosts.add_news()
                self._say("a run was killed", self._ended(self._begun(kill=True)))
                self._say("and both shares polled", *self._both())
                self._check()
                self.hosts.add_news()
                runs = self._begun()
                _end(server)
                with self._server():
                    self._say("server started anew in a run", self._ended(runs))
                    self._say("and both shares polled", *self._both())
                    self._check()

    def run_once(self) -> None:
        """Both at once."""
        with self._server() as server:
            self._deploy()
            with self._worker("one"), self._worker("two"):
                # So that a run is still at it when it is killed.
                self.hosts.publisher.delays = dict.fromkeys(self.hosts.feeds, 3.0)
                runs = self._begun(kill=True)
                self.hosts.publisher.delays = {}
                _end(server)
                with self._server():
                    self._say("a run was killed, and the server started anew", self._ended(runs))
                    self._say("and both shares polled", *self._both())
                    self._check()

    def _deploy(self) -> None:
        self._prefect("work-pool", "create", "usven", "--type", "process")
        self._prefect("--no-prompt", "deploy", "--all", "--prefect-file", str(PREFECT))
        for share in ("1", "2"):
            self._prefect("deployment", "schedule", "clear", f"monitor/monitor-{share}-of-2", "--accept-yes")

    def _begun(self, *, kill: bool = False) -> list[str]:
        """Runs of both shares of which one at least has begun, or was killed then."""
        runs = self._start()
        self._until(lambda: self._states(runs) & {"RUNNING"}, "a run")
        if kill:
            self._until(self._kill_a_run, "a run to kill")
        return runs

    # --- what machines do ------------------------------------------------------------------------

    def _both(self) -> tuple[set[str], str]:
        began = time.monotonic()
        states = self._ended(self._start())
        return states, f"{time.monotonic() - began:.0f} s"

    def _start(self) -> list[str]:
        """A run over all feeds of the list for each share; their ids."""
        found = self._ask("deployments/filter", {"flows": {"name": {"any_": ["monitor"]}}})
        parameters = {"feeds": str(self.hosts.feeds_file(self.folder)), "everything": True}
        return [
            self._ask(
                f"deployments/{each['id']}/create_flow_run", {"parameters": {**each["parameters"], **parameters}}
            )["id"]
            for each in found
        ]

    def _ended(self, runs: list[str]) -> set[str]:
        ended = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
        self._until(lambda: self._states(runs) <= ended, "the end of all runs")
        return self._states(runs)

    def _states(self, runs: list[str]) -> set[str]:
        found = self._ask("flow_runs/filter", {"flow_runs": {"id": {"any_": runs}}})
        return {run["state_type"] for run in found}

    def _kill_a_run(self) -> bool:
        """Kill the process of a run, found by the data folder in its environment, if there is one."""
        for path in Path("/proc").glob("[0-9]*"):
            try:
                environment, command = (path / "environ").read_bytes(), (path / "cmdline").read_bytes()
            except OSError:
                continue
            is_ours = any(f"USVEN_DATA={self.folder / name}\0".encode() in environment for name in ("one", "two"))
            if is_ours and b"\0worker\0" not in command and b"prefect" in command:
                os.kill(int(path.name), signal.SIGKILL)
                return True
        return False

    def _check(self) -> None:
        """That everything that was published is there once, and no host was asked more often than it allows."""
        with database.reading(self.settings.published_path) as connection:
            counts = connection.execute(
                "SELECT (SELECT count(*) FROM raw.entries), (SELECT count(DISTINCT guid || feed_id) FROM raw.entries), "
                f"(SELECT list(DISTINCT status) FROM raw.runs), ({_GAPS})"
            ).fetchone()
        broken = [finding.law.name for finding in checking.check(self.settings) if not finding.holds]
        assert counts is not None
        assert counts[0] == counts[1] == self.hosts.item_count, (counts, self.hosts.item_count)
        assert not broken, broken
        # There is no gap where the server's end took the other run along before it had asked anybody.
        assert counts[3] is None or counts[3] >= timedelta(seconds=1), (
            "two requests to a host were closer than its delay"
        )
        self._say("entries, each once; laws hold", *counts)

    # --- processes -------------------------------------------------------------------------------

    @contextmanager
    def _server(self) -> Iterator[subprocess.Popen[bytes]]:
        command = ["server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        with self._process("server", command, self.server_environment) as process:
            self._until(lambda: service.answers(self.api), "the server")
            yield process

    @contextmanager
    def _worker(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        command = ["worker", "start", "--pool", "usven", "--type", "process", "--name", name]
        environment = self._client() | self.shared | {"USVEN_DATA": str(self.folder / name)}
        with self._process(f"worker-{name}", command, environment) as process:
            yield process

    @contextmanager
    def _process(
        self, name: str, command: list[str], environment: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[bytes]]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "prefect", *command],
                env={**_plain(), **environment},
                stdout=log,
                stderr=log,
                cwd=service.PROJECT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            _end(process)

    def _client(self) -> dict[str, str]:
        return service.client_environment(self.settings, self.api) | {"PREFECT_HOME": str(self.folder / "client")}

    def _prefect(self, *command: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "prefect", *command],
            env={**_plain(), **self._client()},
            cwd=service.PROJECT,
            capture_output=True,
            check=True,
        )

    def _ask(self, path: str, body: Any) -> Any:
        request = urllib.request.Request(
            f"{self.api}/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def _until(self, is_so: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if is_so():
                    return
            except OSError:
                pass
            time.sleep(0.3)
        raise AssertionError(f"{what}: not within {PATIENCE_SECONDS:.0f} seconds; logs are in {self.folder}")

    def _say(self, *words: object) -> None:
        print(*words, sep=" | ", flush=True)


def _asynchronous(name: str) -> str:
    server = dict(part.split("=", 1) for part in postgres.SERVER.split())
    return f"postgresql+asyncpg://{server.get('user', 'postgres')}@{server.get('host', '127.0.0.1')}/{name}"


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("USVEN_", "PREFECT_"))}


def _end(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(15)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


if __name__ == "__main__":
    main()
