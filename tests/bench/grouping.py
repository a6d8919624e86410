"""What grouping 1,000 new articles costs, by what is stored: `python -m tests.bench.grouping 10000 100000 1000000`.

Each warehouse is generated (`tests.bench.large`), and every article of it is grouped, as with USVEN_GROUP=all. The new
ones come within the hours after the newest stored one. Printed are processor seconds, medians of `--reps`, and their
ratios to the smallest warehouse.
"""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tasks.grouping import batch, copies, likeness, meaning
from tasks.workers import Workers
from tests.bench import large
from tests.bench.contestants import measured
from warehouse import database
from warehouse.model import Neighbours, Prints, Report
from warehouse.store import Store

NEW = 1_000
ALONE = Workers(0)
STEPS = ("take prints", "find neighbours", "group", "all")

_GROUPED = (
    "DELETE FROM core.article_bands",
    "DELETE FROM core.article_vectors",
    """INSERT INTO core.article_bands SELECT article_id, (hash(article_id, b) >> 1)::BIGINT, reported_at
       FROM core.articles, range(32) bands(b)""",
    f"""INSERT INTO core.article_vectors
        SELECT article_id, reported_at, '{meaning.model()}', unhex(string_agg(md5(article_id || '-' || v), ''))
        FROM core.articles, range(32) parts(v) GROUP BY ALL""",
)


def costs(warehouse: Path, reps: int) -> dict[str, float]:
    """Median processor seconds of each step."""
    with database.writing(warehouse) as connection:
        for sql in _GROUPED:
            connection.execute(sql)
    taken: dict[str, list[float]] = {name: [] for name in STEPS}
    for turn in range(reps):
        seconds = _once(warehouse, _reports(warehouse, turn))
        for name, value in zip(STEPS, (*seconds, sum(seconds)), strict=True):
            taken[name].append(value)
    return {name: statistics.median(of) for name, of in taken.items()}


def _once(warehouse: Path, reports: list[Report]) -> tuple[float, float, float]:
    made: list[tuple[Prints, ...]] = []
    near: list[Neighbours] = []
    return (
        measured(lambda: made.append(_prints(reports))).cpu,
        measured(lambda: near.append(_neighbours(warehouse, made[0]))).cpu,
        measured(lambda: batch.group(reports, made[0], near[0], ALONE)).cpu,
    )


def _prints(reports: list[Report]) -> tuple[Prints, ...]:
    marks = batch.prints([report.words for report in reports], ALONE)
    return tuple(Prints.of(report, mark) for report, mark in zip(reports, marks, strict=True))


def _neighbours(warehouse: Path, marks: tuple[Prints, ...]) -> Neighbours:
    with database.writing(warehouse) as connection:
        return Store(connection).neighbours(marks, copy_window=copies.WINDOW, story_window=likeness.WINDOW)


def _reports(warehouse: Path, turn: int) -> list[Report]:
    """New articles in words of stored ones, so that some are alike."""
    with database.writing(warehouse) as connection:
        newest: datetime = connection.execute("SELECT max(reported_at) FROM core.articles").fetchone()[0]
        texts = connection.execute(
            "SELECT title, summary_text FROM core.articles ORDER BY hash(article_id, $1) LIMIT $2", [turn, NEW]
        ).fetchall()
    return [
        Report(
            f"n{turn}-{n}", title, text, "en", "outlet-1", "", newest.replace(tzinfo=UTC) + timedelta(seconds=10 * n)
        )
        for n, (title, text) in enumerate(texts)
    ]


def main() -> None:
    batch.prepare()
    large.compare(__doc__, costs)


if __name__ == "__main__":
    main()
