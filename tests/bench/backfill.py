"""What Dask workers do for a back-fill: `python -m tests.bench.backfill --items 20000 --reps 3`.

Generated items (`tests.bench.farm`), one in twenty of them relevant, are imported into new warehouses by turns: by the
machine's own processes, and on clusters of one and of two worker processes. Each time the same has to be stored.
Printed are medians: seconds on the clock, processor seconds, and how many times as fast as one worker. Each import has
a cluster of its own, which stands when the clock starts, but whose workers load rules and encoder when they are given
work; the start of the command is in it, too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from flows import service
from tests.bench import farm
from tests.bench.contestants import Spent, command, measured
from warehouse import database
from warehouse.settings import Settings

FEEDS = 30
"""As many bring the 2,700 articles a day of a real catalogue."""
LABELLED = (
    "SELECT article_id, title, language, relevance_score, relevance_evidence FROM core.articles ORDER BY ALL",
    "FROM core.article_topics ORDER BY ALL",
    "FROM core.article_actors ORDER BY ALL",
    "SELECT article_id, band FROM core.article_bands ORDER BY ALL",
    "SELECT story_id, headline, article_count, independent_count FROM core.stories ORDER BY ALL",
)
"""What workers tell of articles, and what follows from it."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What the command spent, its own processes included, what Dask's workers did, and what came to be stored."""

    spent: Spent
    workers: Spent
    rows: list[list[tuple[Any, ...]]]


def items() -> Iterator[dict[str, str]]:
    """News without end, the oldest first, as `usven import` reads it."""
    number = 0
    while True:
        for feed in range(FEEDS):
            item = farm.item(feed, number)
            yield {
                "title": item.title,
                "summary": item.summary,
                "url": item.link,
                "published": item.published_at.isoformat(),
                "language": farm.language_of(feed),
            }
        number += 1


def labelled(data: Path) -> list[list[tuple[Any, ...]]]:
    """The rows of a data folder's warehouse that workers have a part in."""
    with database.reading(data / "usven-read.duckdb") as connection:
        return [connection.execute(query).fetchall() for query in LABELLED]


def run(file: Path, data: Path, environment: dict[str, str], workers: int) -> Imported:
    """One import on a cluster of so many worker processes, or by the machine's own where that is none."""
    asked = command("import", str(file), "--data", str(data), "--json")

    def ask(*options: str) -> Spent:
        return measured(lambda: subprocess.run([*asked, *options], env=environment, check=True, capture_output=True))

    if not workers:
        return Imported(ask(), Spent(), labelled(data))
    from distributed import LocalCluster

    cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0")
    spent = ask("--cluster", cluster.scheduler_address)
    # What processes took is known once they have ended.
    return Imported(spent, measured(cluster.close), labelled(data))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[1, 2], help="sizes of clusters, the first the measure"
    )
    parser.add_argument("--reps", type=int, default=3)
    given = parser.parse_args()
    found: dict[int, list[Imported]] = {workers: [] for workers in (0, *given.workers)}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        file = folder / "items.jsonl"
        file.write_text("".join(json.dumps(item) + "\n" for item in islice(items(), given.items)))
        with service.server(Settings(data=folder / "server"), port=service.free_port()) as server:
            environment = {**os.environ, "PREFECT_API_URL": server.api_url}
            for rep in range(given.reps):
                for workers, runs in found.items():
                    runs.append(run(file, folder / f"{rep}-{workers}", environment, workers))
    rows = [one.rows for runs in found.values() for one in runs]
    if any(other != rows[0] for other in rows):
        raise SystemExit("What was stored is not the same each time.")
    counts = [len(table) for table in rows[0]]
    print(f"{given.items:,} items; {counts[0]:,} articles, {counts[4]:,} stories, the same each time\n")
    print("| workers | seconds | times as fast | of processors | of these the workers' |", "|---" * 5 + "|", sep="\n")
    measure = statistics.median(one.spent.wall for one in found[given.workers[0]])
    for workers, runs in found.items():
        wall, cpu, theirs = (
            statistics.median(of)
            for of in zip(*((one.spent.wall, one.spent.cpu, one.workers.cpu) for one in runs), strict=True)
        )
        name = f"{workers} of Dask" if workers else "the machine's own"
        print(f"| {name} | {wall:.1f} | {measure / wall:.2f} | {cpu + theirs:.1f} | {theirs:.1f} |")


if __name__ == "__main__":
    main()
