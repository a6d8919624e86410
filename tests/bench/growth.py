"""What steps of a run, marts and laws cost by what is stored: `python -m tests.bench.growth 100000 1000000 10000000`.

Each warehouse is generated (`tests.bench.large`). A batch is 2,000 sightings of the newest time, of which 1,500 are of
stored entries, a hundred in other words, and one in twenty is relevant. Every step opens the warehouse as a run does;
marts, search and check read the published copy. Printed are processor seconds, medians of `--reps`, and their ratios to
the smallest warehouse.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows import alerts as checking
from tasks.grouping import copies, likeness
from tests.bench import large
from tests.bench.contestants import measured
from tests.warehouse import made
from warehouse import alerts, database, laws, migrate, publish, rows, search, status
from warehouse.database import Connection
from warehouse.model import Prints
from warehouse.store import Store

NEW, SEEN, REVISED = 500, 1_500, 100


class Batch:
    """A batch for a warehouse, and the questions that a run asks before it is loaded."""

    def __init__(self, warehouse: Path, turn: int) -> None:
        with database.writing(warehouse) as connection:
            self.now: datetime = connection.execute("SELECT max(last_seen_at) FROM raw.entries").fetchone()[0]
            self.seen = connection.execute(
                "SELECT entry_id, article_id, wording_sha256 FROM raw.entries ORDER BY first_seen_at DESC, entry_id "
                f"LIMIT {SEEN}"
            ).fetchall()
        self.now = self.now.replace(tzinfo=UTC) + timedelta(minutes=10)
        self.reports = [
            made.Report(f"{turn}-{n}", f"Port {n} opens", at=self.now, topic=None if n % 20 else "sanctions")
            for n in range(NEW)
        ]
        self.turn = turn

    def look_up(self, store: Store) -> None:
        entry_ids = [entry_id for entry_id, _, _ in self.seen] + [report.entry.entry_id for report in self.reports]
        article_ids = [id_ for _, id_, _ in self.seen] + [report.article.article_id for report in self.reports]
        store.known_entries(entry_ids, article_ids)
        store.outlets()
        # Those of entries that are new or in other words.
        store.known_articles([id_ for _, id_, _ in self.seen[:REVISED]] + article_ids[SEEN:])

    def neighbours(self, store: Store) -> None:
        prints = [
            Prints(report.article.article_id, self.now, tuple(range(n, n + 32)), "m", bytes(512))
            for n, report in enumerate(self.reports[::20])
        ]
        store.neighbours(prints, copy_window=copies.WINDOW, story_window=likeness.WINDOW)

    def load(self, store: Store) -> None:
        again = tuple(rows.SeenAgain(entry_id, self.now, 1, sha256) for entry_id, _, sha256 in self.seen)
        revised = [
            replace(made.Report(f"r{n}", f"Words {self.turn}", at=self.now, topic=None).article, article_id=article_id)
            for n, (_, article_id, _) in enumerate(self.seen[:REVISED])
        ]
        new = [report.article for report in self.reports]
        batch = made.batch(*self.reports, batch_id=f"bench-{self.turn}", articles=(*new, *revised), seen_again=again)
        store.load(batch)


def plan(store: Store, batch: Batch) -> None:
    store.polls()
    store.last_starts(batch.now - timedelta(seconds=1))


def begin(store: Store, batch: Batch) -> None:
    store.last_rules_version()
    store.last_batch()
    store.begin_run(rows.Run(f"run-{batch.turn}", "monitor", batch.now))


def finish(store: Store, batch: Batch) -> None:
    store.finish_run(rows.Run(f"run-{batch.turn}", "monitor", batch.now, batch.now, "completed"))


STEPS: dict[str, Callable[[Store, Batch], None]] = {
    "begin a run": begin,
    "plan the polls": plan,
    "look 2,000 sightings up": lambda store, batch: batch.look_up(store),
    "find neighbours of 25 relevant": lambda store, batch: batch.neighbours(store),
    "load the batch": lambda store, batch: batch.load(store),
    "finish the run": finish,
}


def costs(warehouse: Path, reps: int) -> dict[str, float]:
    """Median processor seconds of each step, of migrating, which finds nothing to do, of publishing and of reading."""
    published = warehouse.with_name("usven-read.duckdb")
    taken: dict[str, list[float]] = {name: [] for name in ("open and migrate", *STEPS, "publish")}
    publish.publish(warehouse, published)
    # The first turn does not count: publishing makes the second of two copies then, the others take one up again.
    for turn in range(reps + 1):
        batch = Batch(warehouse, turn)
        taken["open and migrate"].append(measured(lambda: migrate.ensure(warehouse)).cpu)
        for name, step in STEPS.items():
            taken[name].append(measured(lambda step=step, batch=batch: _opened(warehouse, step, batch)).cpu)
        taken["publish"].append(measured(lambda: publish.publish(warehouse, published)).cpu)
    for name, query in _questions(published).items():
        taken[name] = [measured(lambda query=query: _asked(published, query)).cpu for _ in range(reps)]
    return {name: statistics.median(of[-reps:]) for name, of in taken.items()}


def _questions(published: Path) -> dict[str, Callable[[Connection], object]]:
    """What a run asks of what it published, every mart with all its columns, two searches, and the laws."""

    def read(mart: str) -> Callable[[Connection], object]:
        return lambda connection: connection.execute(f"SELECT bit_xor(hash(m)) FROM {mart} m").fetchall()

    def look(*words: str) -> Callable[[Connection], object]:
        return lambda connection: search.search(connection, search.parse(words), search.Filters(), limit=20)

    with database.reading(published) as connection:
        found = connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE schema_name = 'mart' ORDER BY 1"
        ).fetchall()
    return {
        "what a run's page tells": _page,
        "what rules of alerts are judged by": _judged_by,
        **{f"mart.{name}": read(f"mart.{name}") for (name,) in found},
        "search for a word of every article": look("sanctions"),
        "search for a phrase": look("tanker envoy", "harvest"),
        "check all laws": laws.check,
    }


def _page(connection: Connection) -> None:
    [(run_id, ended_at)] = connection.execute(
        "SELECT run_id, loaded_at FROM raw.batches WHERE batch_id LIKE 'b%' ORDER BY loaded_at DESC LIMIT 1"
    ).fetchall()
    status.run_details(connection, rows.Run(run_id, "monitor", ended_at.replace(tzinfo=UTC) - timedelta(hours=1)))


def _judged_by(connection: Connection) -> None:
    [(now,)] = connection.execute("SELECT max(first_seen_at) FROM core.articles").fetchall()
    now = now.replace(tzinfo=UTC)
    alerts.stories(
        connection,
        since=now - checking.FRESH,
        reported_since=now - checking.REPORTED_WITHIN,
        everything=False,
    )
    alerts.changes(connection, since=now - checking.FRESH)
    alerts.pulse(connection, now=now, days=28, topic=None, actor=None)
    alerts.silences(connection)


def _asked(published: Path, query: Callable[[Connection], object]) -> None:
    with database.reading(published) as connection:
        query(connection)


def _opened(warehouse: Path, step: Callable[[Store, Batch], None], batch: Batch) -> None:
    with database.writing(warehouse) as connection:
        step(Store(connection), batch)


if __name__ == "__main__":
    large.compare(__doc__, costs)
