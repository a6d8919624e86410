"""One contestant against one farm, in one JSON line: `python -m tests.bench.contestants usven --farm URL --tick`.

Polls every feed three times: all new, nothing new, and after `/tick` a few new items. Wall and processor seconds are of
the poll alone. `usven` is the real command, a process a poll, through a Prefect server that stands ready; its start-up,
measured by runs with nothing to poll, is taken off each poll and told apart. Peak memory is of the largest process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

SERVER_PORT = 4297
SHARE, NEW = 0.15, 2
"""What a tick brings: two new items in 15 % of the feeds."""


class Missing(Exception):
    """A contestant is not installed; the message says how to have it."""


class Contestant(Protocol):
    """What polls the feeds it was made with."""

    start: Spent
    """What of each poll is the start of a process, and of none where there is none."""

    def poll(self) -> None: ...

    def rows(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds, on the clock and of processors."""

    wall: float = 0.0
    cpu: float = 0.0

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.wall - other.wall, self.cpu - other.cpu)


def measured(work: Callable[[], object]) -> Spent:
    """What some work takes, with that of processes it waits for."""
    before, began = _cpu(), time.perf_counter()
    work()
    return Spent(time.perf_counter() - began, _cpu() - before)


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _peak_mb() -> float:
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


class Usven:
    """`usven run` as a user types it, each poll a process."""

    has_server = True

    def __init__(self, urls: Sequence[str], folder: Path, workers: int, stack: ExitStack) -> None:
        self._feeds, self._empty = folder / "feeds.txt", folder / "empty.txt"
        self._feeds.write_text("\n".join(urls) + "\n")
        self._empty.touch()
        self.environment = {
            **os.environ,
            "USVEN_DATA": str(folder / "data"),
            "USVEN_ALLOW_ADDRESSES": "127.0.0.0/8",
            "USVEN_CONCURRENCY": str(workers),
            "USVEN_PER_HOST": "8",
            "USVEN_HOST_DELAY_SECONDS": "0",
            "USVEN_CONTACT": "bench@example.org",
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{SERVER_PORT}/api",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }
        if self.has_server:
            _start_server(self.environment, stack)
        self._run(self._empty)
        starts = [measured(lambda: self._run(self._empty)) for _ in range(3)]
        self.start = Spent(min(start.wall for start in starts), min(start.cpu for start in starts))

    def poll(self) -> None:
        self._run(self._feeds)

    def rows(self) -> int:
        query = ("sql", "--json", "SELECT count(*) AS n FROM raw.entries")
        out = subprocess.run(command(*query), env=self.environment, check=True, capture_output=True, text=True).stdout
        found = json.loads(out)
        return int((found["rows"] if isinstance(found, dict) else found)[0]["n"])

    def _run(self, feeds: Path) -> None:
        run = command("run", "--feeds", str(feeds), "--all", "--json")
        subprocess.run(run, env=self.environment, check=True, stdout=subprocess.DEVNULL)


def command(*arguments: str) -> list[str]:
    """A command of usven, by this interpreter."""
    return [sys.executable, "-m", "flows.cli", *arguments]


def _start_server(environment: dict[str, str], stack: ExitStack) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(SERVER_PORT)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(server.wait)
    stack.callback(server.terminate)
    for _ in range(1_000):
        try:
            urllib.request.urlopen(f"{environment['PREFECT_API_URL']}/health", timeout=2).close()
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise SystemExit("The Prefect server did not start.")


class UsvenAlone(Usven):
    """The same where no Prefect server answers."""

    has_server = False


class Httpx:
    """httpx alone: receives the answers, and does nothing with them."""

    start = Spent()

    def __init__(self, urls: Sequence[str], folder: Path, workers: int, stack: ExitStack) -> None:
        del folder, stack
        self._urls, self._workers = urls, workers
        self._etags: dict[str, str] = {}

    def poll(self) -> None:
        asyncio.run(self._poll())

    def rows(self) -> int:
        return 0

    async def _poll(self) -> None:
        import httpx

        limits = httpx.Limits(max_connections=self._workers, max_keepalive_connections=self._workers)
        async with httpx.AsyncClient(timeout=60, limits=limits) as client:
            places = asyncio.Semaphore(self._workers)

            async def ask(url: str) -> None:
                known = self._etags.get(url)
                async with places:
                    answer = await client.get(url, headers={"If-None-Match": known} if known else {})
                if answer.status_code == 200:
                    self._etags[url] = answer.headers["etag"]

            await asyncio.gather(*map(ask, self._urls))


class Reader:
    """lemon24/reader, `update_feeds` into its SQLite store."""

    start = Spent()

    def __init__(self, urls: Sequence[str], folder: Path, workers: int, stack: ExitStack) -> None:
        try:
            import reader
        except ImportError as error:
            raise Missing(
                "run this file by an interpreter with reader and sgmllib3k, as tests.bench.polls does"
            ) from error
        self._path, self._workers = folder / "reader.sqlite", workers
        self._reader = stack.enter_context(reader.make_reader(str(self._path)))
        for url in urls:
            self._reader.add_feed(url)

    def poll(self) -> None:
        self._reader.update_feeds(workers=self._workers, scheduled=False)

    def rows(self) -> int:
        with sqlite3.connect(self._path) as database:
            return int(database.execute("SELECT count(*) FROM entries").fetchone()[0])


class Newsboat:
    """newsboat, `-x reload` into its SQLite cache: a process a poll, which starts in no time."""

    start = Spent()

    def __init__(self, urls: Sequence[str], folder: Path, workers: int, stack: ExitStack) -> None:
        del stack
        program = shutil.which("newsboat")
        if not program:
            raise Missing("apt-get install newsboat")
        self._cache = folder / "cache.db"
        (folder / "urls").write_text("\n".join(urls) + "\n")
        (folder / "config").write_text(f"reload-threads {workers}\nmax-items 0\ndownload-retries 1\n")
        files = ("-C", folder / "config", "-u", folder / "urls", "-c", self._cache)
        self._reload = [program, "-q", *map(str, files), "-x", "reload"]
        self._environment = {**os.environ, "HOME": str(folder), "TERM": "dumb"}

    def poll(self) -> None:
        subprocess.run(self._reload, env=self._environment, check=True, stdout=subprocess.DEVNULL)

    def rows(self) -> int:
        with sqlite3.connect(self._cache) as database:
            return int(database.execute("SELECT count(*) FROM rss_item").fetchone()[0])


CONTESTANTS: dict[str, Callable[..., Contestant]] = {
    "usven": Usven,
    "usven-alone": UsvenAlone,
    "httpx": Httpx,
    "reader": Reader,
    "newsboat": Newsboat,
}


def contest(name: str, farm: str, *, workers: int, with_tick: bool) -> dict[str, Any]:
    """The figures of one contestant."""
    urls = _get(f"{farm}/feeds.txt").decode().split()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        one = CONTESTANTS[name](urls, folder, workers, stack)
        cold = measured(one.poll) - one.start
        if name == "newsboat":
            one.poll()  # it stores validators from its second poll on
        found = {"peer": name, "feeds": len(urls), "entries": one.rows(), "start_s": one.start.wall}
        _get(f"{farm}/stats")
        again = measured(one.poll) - one.start
        found["again_304"] = json.loads(_get(f"{farm}/stats")).get("304", 0)
        found |= _named("cold", cold) | _named("again", again) | {"start_cpu_s": one.start.cpu}
        if with_tick:
            _get(f"{farm}/tick?share={SHARE}&new={NEW}&k={NEW}")
            found |= _named("tick", measured(one.poll) - one.start) | {"tick_rows": one.rows() - found["entries"]}
        return found | {"peak_mb": _peak_mb()}


def _named(what: str, spent: Spent) -> dict[str, float]:
    return {f"{what}_s": round(spent.wall, 3), f"{what}_cpu_s": round(spent.cpu, 3)}


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=120) as answer:
        return bytes(answer.read())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contestant", choices=CONTESTANTS)
    parser.add_argument("--farm", required=True, help="address of a farm: its own, or another with the same paths")
    parser.add_argument("--workers", type=int, default=32, help="requests under way at once")
    parser.add_argument("--tick", action="store_true", help="poll a third time, after a few new items")
    given = parser.parse_args()
    try:
        print(json.dumps(contest(given.contestant, given.farm, workers=given.workers, with_tick=given.tick)))
    except Missing as missing:
        raise SystemExit(f"{given.contestant} is not installed: {missing}") from None


if __name__ == "__main__":
    main()
