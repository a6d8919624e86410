"""What publishing costs, by size of the warehouse and by way of publishing.

    python -m tests.bench.publishing SIZE_IN_GB... [--folder DIR]

Each warehouse is generated, loaded once the size of a real run (300 new entries, 3,000 seen again, 100 articles in new
words), and published by each way. Printed are seconds and megabytes written; `publish` itself is measured too. Ways on
XFS need root and mkfs.xfs, for a file system of their own. The folder needs about six times the largest size.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import fsync, geteuid
from pathlib import Path

from tests.bench import large
from tests.warehouse import made
from warehouse import copying, database, publish, rows
from warehouse.store import Store

ARTICLES_A_GB = 1_870_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way took."""

    way: str
    seconds: float
    written_mb: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sizes", nargs="+", type=float)
    arguments.add_argument("--folder", type=Path)
    given = arguments.parse_args()
    print("|   GB | way | seconds | MB written |\n| ---: | --- | ---: | ---: |")
    for size in given.sizes:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            warehouse = Path(folder) / "usven.duckdb"
            large.make(warehouse, int(size * ARTICLES_A_GB))
            for cost in measure(warehouse):
                gigabytes = warehouse.stat().st_size / 1e9
                print(f"| {gigabytes:.2f} | {cost.way} | {cost.seconds:.2f} | {cost.written_mb:.1f} |", flush=True)


def measure(warehouse: Path) -> Iterator[Cost]:
    """Every way for one warehouse, which is loaded before each."""
    copy = warehouse.with_name("copy")
    yield _timed("read and written in Python", warehouse, lambda: _whole_by_python(warehouse, copy))
    yield _timed("copy_file_range", warehouse, lambda: _whole(warehouse, copy))
    yield _timed("changed blocks", warehouse, lambda: _changed(warehouse, copy))
    yield _timed("changed blocks, nothing changed", None, lambda: _changed(warehouse, copy))
    copy.unlink()
    published = warehouse.with_name("usven-read.duckdb")
    for turn in ("first copy", "second copy", "third copy, the first is taken up"):
        yield _timed(f"publish: {turn}", warehouse, lambda: _bytes_changed(warehouse, published))
    yield _timed("is_current, and nothing is done", None, lambda: _asked(warehouse, published))
    yield _timed("COPY FROM DATABASE", warehouse, lambda: _anew(warehouse, copy))
    copy.unlink()
    parts = warehouse.with_name("parts")
    yield _timed("Parquet by month, all of it", warehouse, lambda: _parquet(warehouse, parts, "true"))
    yield _timed("Parquet by month, the newest", warehouse, lambda: _parquet(warehouse, parts, "newest"))
    shutil.rmtree(parts)
    with _xfs(warehouse) as moved:
        if moved:
            yield _timed("clone on XFS", moved, lambda: _cloned(moved, moved.with_name("copy")))


def _timed(way: str, warehouse: Path | None, publish_by: Callable[[], float]) -> Cost:
    if warehouse:
        load(warehouse)
    started = time.perf_counter()
    written = publish_by()
    return Cost(way, time.perf_counter() - started, written / 1e6)


def load(warehouse: Path) -> None:
    """What a run brings: one batch through the store."""
    with database.writing(warehouse) as connection:
        newest, turn = connection.execute("SELECT max(first_seen_at), count(*) FROM raw.entries").fetchone()
        seen = connection.execute(
            "SELECT entry_id, revision_count, wording_sha256 FROM raw.entries "
            "WHERE first_seen_at > $1 - INTERVAL 2 DAY ORDER BY hash(entry_id) LIMIT 3000",
            [newest],
        ).fetchall()
        reports = [made.Report(f"{turn}-{n}", at=made.T0, topic=None if n % 20 else "sanctions") for n in range(300)]
        revised = [made.Report(f"revised-{n}", title=f"New words {turn}", at=made.T0) for n in range(100)]
        Store(connection).load(
            made.batch(
                *reports,
                batch_id=f"bench-{turn}",
                articles=tuple(report.article for report in (*reports, *revised)),
                seen_again=tuple(rows.SeenAgain(id_, made.T0, count, sha256) for id_, count, sha256 in seen),
            )
        )


def _whole_by_python(warehouse: Path, copy: Path) -> float:
    with database.held(warehouse) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, 16_000_000)
        fsync(target.fileno())
    return copy.stat().st_size


def _whole(warehouse: Path, copy: Path) -> float:
    with database.held(warehouse) as source, copy.open("wb") as target:
        copying.copy(source, target)
        fsync(target.fileno())
    return copy.stat().st_size


def _changed(warehouse: Path, copy: Path) -> float:
    with database.held(warehouse) as source, copy.open("r+b") as target:
        written = copying.update(source, target)
        fsync(target.fileno())
    return written


def _cloned(warehouse: Path, copy: Path) -> float:
    with database.held(warehouse) as source, copy.open("wb") as target:
        assert copying.clone(source, target)
        fsync(target.fileno())
    return 0


def _bytes_changed(warehouse: Path, published: Path) -> float:
    """Publish; what the process wrote meanwhile, as the system counts it."""
    before = _written()
    publish.publish(warehouse, published)
    return _written() - before


def _written() -> float:
    counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return float(counts["wchar"])


def _asked(warehouse: Path, published: Path) -> float:
    assert publish.is_current(warehouse, published)
    return 0


def _anew(warehouse: Path, copy: Path) -> float:
    with database.writing(copy, create=True) as connection:
        connection.execute(f"ATTACH '{warehouse}' AS source (READ_ONLY)")
        connection.execute('COPY FROM DATABASE source TO "copy"')
    return copy.stat().st_size


_TIMES = {
    "raw.entries": "first_seen_at",
    "raw.entry_revisions": "seen_at",
    "raw.fetches": "started_at",
    "core.articles": "reported_at",
    "core.stories": "first_reported_at",
    "core.article_bands": "reported_at",
    "core.article_vectors": "reported_at",
}


def _parquet(warehouse: Path, folder: Path, which: str) -> float:
    """The tables that have a time of their own, by month: all months, or those that the newest rows are of."""
    folder.mkdir(exist_ok=True)
    started = time.time()
    with database.writing(warehouse) as connection:
        for table, column in _TIMES.items():
            month = f"strftime({column}, '%Y-%m')"
            only = "true" if which == "true" else f"{month} = (SELECT max({month}) FROM {table})"
            connection.execute(
                f"COPY (SELECT *, {month} AS month FROM {table} WHERE {only}) TO '{folder / table}' "
                "(FORMAT parquet, PARTITION_BY (month), OVERWRITE_OR_IGNORE)"
            )
    return sum(file.stat().st_size for file in folder.rglob("*.parquet") if file.stat().st_mtime >= started - 1)


@contextmanager
def _xfs(warehouse: Path) -> Iterator[Path | None]:
    """The warehouse moved to an XFS of its own; None where that cannot be made."""
    if geteuid() != 0 or not shutil.which("mkfs.xfs"):
        print("|  | clone on XFS | not measured: needs root and mkfs.xfs | |")
        yield None
        return
    image, mount = warehouse.with_name("xfs.img"), warehouse.with_name("xfs")
    with image.open("wb") as file:
        file.truncate(int(warehouse.stat().st_size * 1.3) + 400_000_000)
    mount.mkdir()
    subprocess.run(["mkfs.xfs", "-q", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, mount], check=True)
    try:
        shutil.copyfile(warehouse, mount / warehouse.name)
        yield mount / warehouse.name
    finally:
        subprocess.run(["umount", mount], check=True)


if __name__ == "__main__":
    main()
