"""A writer that loads and publishes each second, and eight readers at once: nobody fails, nobody waits.

    python -m tests.bench.readers [SECONDS] [--folder DIR]

Each load writes a batch of ten entries in one transaction, so that a reader who saw a number of entries that is not a
multiple of ten, or another number of batches, has seen half a batch. Four readers open, ask and close again and again;
three hold what they opened for as long as the drill goes on, asking; one is another program that tries to open the
published copy for writing, as a user without the right to write it. Prints a table.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.warehouse import made
from warehouse import database, migrate, publish
from warehouse.database import Connection
from warehouse.store import Store

ENTRIES = 10
_COUNTS = """
    SELECT (SELECT count(*) FROM raw.entries), (SELECT count(*) FROM core.articles), (SELECT count(*) FROM raw.batches)
"""
# Tries for as long as the drill goes on; prints how often it was refused, and how often it was let in.
_INTRUDER = """
import duckdb, os, sys, time
if os.geteuid() == 0:
    os.setuid(65534)
refused = let_in = 0
slowest = 0.0
ends = time.monotonic() + float(sys.argv[2])
while time.monotonic() < ends:
    began = time.monotonic()
    try:
        duckdb.connect(sys.argv[1]).close()
        let_in += 1
    except duckdb.Error:
        refused += 1
    slowest = max(slowest, time.monotonic() - began)
    time.sleep(0.1)
print(refused, let_in, slowest)
"""


@dataclass(slots=True)
class Log:
    """What one of them did: times of its turns, what failed, and half batches it saw."""

    name: str
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    half_batches: int = 0

    def turn(self, do: Callable[[], None]) -> None:
        began = time.monotonic()
        try:
            do()
        except Exception as error:  # noqa: BLE001 - whatever fails is what the drill looks for
            self.failures.append(str(error))
        self.seconds.append(time.monotonic() - began)

    def look(self, connection: Connection) -> None:
        entries, articles, batches = connection.execute(_COUNTS).fetchone() or (0, 0, 0)
        self.half_batches += not entries == articles == batches * ENTRIES


def drill(folder: Path, seconds: float, *, pause_seconds: float = 1.0) -> list[Log]:
    """Let all of them run for so long; what each did, the writer first."""
    warehouse, published = folder / "usven.duckdb", folder / "usven-read.duckdb"
    migrate.ensure(warehouse)
    publish.publish(warehouse, published)
    folder.chmod(0o755)
    ends = time.monotonic() + seconds
    writer = Log("loads a batch and publishes")
    openers = [Log("opens, asks, closes") for _ in range(4)]
    holders = [Log("holds its connection, asks") for _ in range(3)]
    intruder = subprocess.Popen(
        [sys.executable, "-c", _INTRUDER, published, str(seconds)], stdout=subprocess.PIPE, text=True
    )
    threads = [threading.Thread(target=_write, args=(writer, warehouse, published, ends, pause_seconds))]
    threads += [threading.Thread(target=_open_again, args=(log, published, ends)) for log in openers]
    threads += [threading.Thread(target=_hold, args=(log, published, ends)) for log in holders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [writer, *openers, *holders, _told(intruder.communicate()[0])]


def _write(log: Log, warehouse: Path, published: Path, ends: float, pause_seconds: float) -> None:
    number = 0
    while time.monotonic() < ends:
        number += 1
        reports = [made.Report(f"{number}-{n}", at=made.T0 + timedelta(minutes=number)) for n in range(ENTRIES)]

        def load(reports: list[made.Report] = reports, batch_id: str = f"b{number:06}") -> None:
            with database.writing(warehouse, patience_seconds=0.0) as connection:
                Store(connection).load(made.batch(*reports, batch_id=batch_id))
            publish.publish(warehouse, published)

        log.turn(load)
        time.sleep(max(0.0, pause_seconds - log.seconds[-1]))


def _open_again(log: Log, published: Path, ends: float) -> None:
    def look() -> None:
        with database.reading(published) as connection:
            log.look(connection)

    while time.monotonic() < ends:
        log.turn(look)
        time.sleep(0.05)


def _hold(log: Log, published: Path, ends: float) -> None:
    with database.reading(published) as connection:
        first = connection.execute(_COUNTS).fetchone()

        def look() -> None:
            log.look(connection)
            assert connection.execute(_COUNTS).fetchone() == first, "what is held open has changed"

        while time.monotonic() < ends:
            log.turn(look)
            time.sleep(0.05)


def _told(output: str) -> Log:
    refused, let_in, slowest = output.split()
    log = Log("another program, opens for writing", [float(slowest)] * int(refused))
    log.failures += ["it was let in"] * int(let_in)
    return log


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("seconds", nargs="?", type=float, default=60.0)
    arguments.add_argument("--folder", type=Path)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        logs = drill(Path(folder), given.seconds)
    print("| who | turns | median ms | slowest ms | failures | half batches seen |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for log in logs:
        times = sorted(log.seconds)
        median, slowest = times[len(times) // 2] * 1e3, times[-1] * 1e3
        print(
            f"| {log.name} | {len(times)} | {median:.0f} | {slowest:.0f} | {len(log.failures)} | {log.half_batches} |"
        )
    for log in logs:
        for failure in log.failures[:3]:
            print(f"{log.name}: {failure}")
    print(f"on {os.cpu_count()} cores with a load of {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
