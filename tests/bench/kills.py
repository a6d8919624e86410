"""`kill -9` at points spread over the whole of a real `usven run`, each followed by a normal run, and what holds then.

A quarter of the points lie evenly over the whole run, most of which is the start of the program; a quarter between its
first request and the journal of its batch; a quarter between that and the load; a quarter after it. They are
measured in the processor time of the program, which a busy machine does not stretch, the last from when the journal is
seen.

    python -m tests.bench.kills [KILLS] [--folder DIR]

Generated feeds are served on loopback: each round brings new items, new words for old ones, and items that several
feeds share. A killed run and the normal one after it see the same documents. Then every item must be there once, with
every wording once and in order, all laws must hold, and no feed may have remembered, right after the kill, what was
not loaded. At the end the warehouse is rebuilt from the raw archive and compared (law 5). Prints a table of where
the kills hit.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from flows import checking, passes, rebuilding
from tests.publisher import Publisher, rss
from warehouse import database, laws
from warehouse.archive import Archive
from warehouse.settings import Settings

STAGES = (
    "before the run was recorded",
    "recorded, nothing received in full",
    "journal written, not loaded",
    "loaded, not finished",
    "finished, not published",
    "published",
)
Mark = Literal["start", "journal", "load"]
_PROGRAM = "from flows.cli import main; main()"


@dataclass(slots=True)
class Press:
    """Feeds that move on by a round, and what each item has been called so far."""

    publisher: Publisher
    feed_count: int = 12
    round_number: int = 0
    wordings: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def move_on(self) -> None:
        """Publish the next round."""
        self.round_number += 1
        for feed in range(self.feed_count):
            items = [self._item(feed, n) for n in range(max(0, 4 * self.round_number - 12), 4 * self.round_number)]
            self.publisher.documents[f"{feed}.xml"] = rss(items)
            for guid, title in items:
                said = self.wordings.setdefault((self.publisher.url(f"{feed}.xml"), guid), [])
                if not said or said[-1] != title:
                    said.append(title)

    def _item(self, feed: int, n: int) -> tuple[str, str]:
        guid = f"shared-{n}" if n % 7 == 0 else f"{feed}-{n}"
        is_old = self.round_number > n // 4 + 1
        subject = "US imposes sanctions on Venezuelan oil company" if n % 3 == 0 else "Rain is expected in the valley"
        return guid, f"{subject}, report {guid}{', corrected' if is_old and n % 5 == 0 else ''}"


@dataclass(frozen=True, slots=True)
class Kill:
    """Where a kill hit, and what was wrong afterwards."""

    stage: str
    seconds: float
    faults: tuple[str, ...]


def start(settings: Settings, feeds: Path) -> subprocess.Popen[bytes]:
    """A real `usven run` over the feeds of a file, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "run", "--feeds", feeds, "--all", "--data", settings.data],
        env=os.environ | _environment(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "USVEN_ALLOW_ADDRESSES": ",".join(settings.allow_addresses),
        "USVEN_HOST_DELAY_SECONDS": str(settings.host_delay_seconds),
        "USVEN_PER_HOST": str(settings.per_host),
        "PREFECT_API_URL": "",
    }


def kill_when(is_time: Callable[[int], bool], settings: Settings, feeds: Path) -> bool:
    """Start a run and kill it, with all its processes, when it is time, asked with its id; whether it was going on."""
    process = start(settings, feeds)
    while process.poll() is None and not is_time(process.pid):
        time.sleep(0.002)
    is_killed = process.poll() is None
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return is_killed


def look_after_kill(settings: Settings) -> tuple[str, list[str]]:
    """How far the run had come, and which feeds remember what was not loaded."""
    with tempfile.TemporaryDirectory() as folder:
        for file in settings.data.glob("usven.duckdb*"):
            shutil.copy(file, folder)
        copy = Path(folder) / "usven.duckdb"
        if not copy.exists():
            return STAGES[0], []
        with database.writing(copy) as connection:
            if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'runs'").fetchone():
                return STAGES[0], []
            law = next(law for law in laws.LAWS if law.name == "feed-state-behind-entries")
            ahead = [str(row) for row in connection.execute(law.sql).fetchall()]
            newest = connection.execute("SELECT run_id, status FROM raw.runs ORDER BY run_id DESC LIMIT 1").fetchone()
            loaded = {name for (name,) in connection.execute("SELECT batch_id FROM raw.batches").fetchall()}
    return _stage(settings, newest, loaded), ahead


def _stage(settings: Settings, newest: tuple[str, str] | None, loaded: set[str]) -> str:
    journaled = set(Archive(settings.archive_url).batch_ids())
    if newest is None:
        return STAGES[0]
    run_id, status = newest
    if status == "running":
        if journaled - loaded:
            return STAGES[2]
        return STAGES[3] if any(name.startswith(run_id) for name in loaded) else STAGES[1]
    if not settings.published_path.exists():
        return STAGES[4]
    with database.reading(settings.published_path) as connection:
        published = connection.execute("SELECT max(run_id) FROM raw.runs").fetchone()
    # What was published last is either of this run, or of the normal one before it that this one never came to follow.
    return STAGES[0] if published == (run_id,) else STAGES[4]


def faults_after_run(settings: Settings, press: Press) -> list[str]:
    """What is wrong in the published copy: entries lost or doubled, wordings, laws."""
    with database.reading(settings.published_path) as connection:
        found = connection.execute(
            "SELECT f.url, e.guid, list(r.title ORDER BY r.revision_number) FROM raw.entries e JOIN raw.feeds f "
            "USING (feed_id) JOIN raw.entry_revisions r USING (entry_id) GROUP BY f.url, e.guid, e.entry_id"
        ).fetchall()
    keys = Counter((url, guid) for url, guid, _ in found)
    said = {(url, guid): titles for url, guid, titles in found}
    faults = [f"{key} is there {count} times" for key, count in keys.items() if count > 1]
    faults += [f"{key} is lost" for key in press.wordings.keys() - said.keys()]
    faults += [f"{key} said {said[key]}" for key, titles in press.wordings.items() if said.get(key, titles) != titles]
    broken = [finding.law.name for finding in checking.check(settings) if not finding.holds]
    return faults + [f"{name} is broken" for name in broken]


def kill_once(is_time: Callable[[int], bool], settings: Settings, press: Press, feeds: Path) -> Kill | None:
    """A killed run and a normal one after it; None where the run ended before it could be killed."""
    began = time.monotonic()
    published = settings.published_path.exists() and settings.published_path.readlink()
    if not kill_when(is_time, settings, feeds):
        return None
    seconds = time.monotonic() - began
    stage, ahead = look_after_kill(settings)
    if stage == STAGES[0] and published and settings.published_path.readlink() != published:
        stage = STAGES[5]
    passes.monitor(settings, feeds_file=feeds, everything=True)
    return Kill(stage, seconds, (*ahead, *faults_after_run(settings, press)))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("kills", nargs="?", type=int, default=100)
    arguments.add_argument("--folder", type=Path)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder, Publisher().running() as publisher:
        press = Press(publisher)
        press.move_on()
        feeds = Path(folder) / "feeds.txt"
        feeds.write_text(publisher.urls())
        settings = Settings(
            data=Path(folder) / "data", allow_addresses=("127.0.0.1",), host_delay_seconds=0.0, per_host=8
        )
        drill(settings, press, feeds, given.kills)


def drill(settings: Settings, press: Press, feeds: Path, wanted: int) -> None:
    """Kill so many runs, at points in a random order."""
    first_request, journaled, loaded, whole = _calibrated(settings, press, feeds)
    dice = random.Random(7)
    points = [
        *_spread(dice, 0.0, whole, wanted // 4),
        *_spread(dice, first_request, journaled, wanted // 4),
        *_spread(dice, 0.0, loaded - journaled, wanted // 4, after="journal"),
        *_spread(dice, 0.0, whole - loaded, wanted - wanted // 4 * 3, after="load"),
    ]
    dice.shuffle(points)
    kills: list[Kill] = []
    too_late = 0
    while points:
        point = points.pop()
        press.move_on()
        kill = kill_once(point.watch(settings), settings, press, feeds)
        if kill is None:
            too_late += 1
            points.append(replace(point, seconds=point.seconds * 0.95))
        else:
            kills.append(kill)
            print(f"{len(kills)}: {kill.seconds:.2f} s, {kill.stage}", file=sys.stderr, flush=True)
            for fault in kill.faults:
                print(f"FAULT after {kill.seconds:.2f} s ({kill.stage}): {fault}", flush=True)
    _tell(kills, whole, too_late)
    print("rebuilt from the raw archive:", rebuilding.describe(rebuilding.rebuild(settings)))


@dataclass(frozen=True, slots=True)
class Point:
    """When to kill: after so many processor seconds of the run, or of what follows the journal or the load."""

    seconds: float
    after: Mark = "start"

    def watch(self, settings: Settings) -> Callable[[int], bool]:
        """Whether it is time, asked with the process id again and again."""
        marks = Marks(settings)

        def is_time(pid: int) -> bool:
            marks.look(processor_seconds(pid))
            return self.after in marks.seen and processor_seconds(pid) >= marks.seen[self.after] + self.seconds

        return is_time


@dataclass(slots=True)
class Marks:
    """The processor seconds at which a run was seen to have written its journal, and to have loaded it."""

    settings: Settings
    seen: dict[Mark, float] = field(default_factory=lambda: {"start": 0.0})
    journals: int = field(init=False)
    written_ns: int = 0

    def __post_init__(self) -> None:
        self.journals = _journals(self.settings)

    def look(self, seconds: float) -> None:
        """Note what has happened by now. The loader's connection writes the warehouse's file as it is closed."""
        if "load" in self.seen:
            return
        if "journal" not in self.seen:
            if _journals(self.settings) > self.journals:
                self.seen["journal"], self.written_ns = seconds, _written_ns(self.settings)
        elif _written_ns(self.settings) != self.written_ns:
            self.seen["load"] = seconds


def _written_ns(settings: Settings) -> int:
    path = settings.data / "usven.duckdb"
    return path.stat().st_mtime_ns if path.exists() else 0


def _spread(dice: random.Random, first: float, last: float, count: int, *, after: Mark = "start") -> list[Point]:
    """So many points, evenly but for chance."""
    return [Point(first + (last - first) * (n + dice.random()) / count, after) for n in range(count)]


def _journals(settings: Settings) -> int:
    return sum(1 for _ in Archive(settings.archive_url).batch_ids())


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _calibrated(settings: Settings, press: Press, feeds: Path) -> tuple[float, float, float, float]:
    """Processor seconds of a run that nobody kills: at its first request, its journal, its load and its end; of three
    the one in the middle."""
    found = []
    for number in range(3):
        if number:
            press.move_on()
        press.publisher.requests.clear()
        marks, process = Marks(settings), start(settings, feeds)
        first = last = 0.0
        while process.poll() is None:
            last = processor_seconds(process.pid) or last
            first = first or (last if press.publisher.requests else 0.0)
            marks.look(last)
            time.sleep(0.005)
        found.append((first, marks.seen["journal"], marks.seen.get("load", last), last))
    return sorted(found, key=lambda one: one[3])[1]


def _tell(kills: list[Kill], whole: float, too_late: int) -> None:
    print(
        f"{len(kills)} kills over {whole:.1f} processor seconds; {too_late} runs ended before theirs and were repeated"
    )
    print("| killed | kills | seconds into the run | entries lost, doubled or ahead, laws broken |")
    print("| --- | ---: | --- | ---: |")
    for stage in STAGES:
        hit = [kill for kill in kills if kill.stage == stage]
        span = f"{min(k.seconds for k in hit):.2f} to {max(k.seconds for k in hit):.2f}" if hit else "–"
        print(f"| {stage} | {len(hit)} | {span} | {sum(len(kill.faults) for kill in hit)} |")
    print(json.dumps({"kills": len(kills), "faulty": sum(bool(kill.faults) for kill in kills)}))


if __name__ == "__main__":
    main()
