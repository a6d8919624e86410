"""The site: front page, a page for each story, an archive by month, the statements behind the figures, and feeds.

Pages are plain files that need no server and load nothing. Each is written whole under another name and then put
in place, stories before the pages that lead to them, so that a reader meets only finished pages.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from tasks.reporting import brief, channels, charts, figures, front, interface, pages, story
from tasks.reporting.feeds import Channel
from tasks.reporting.figures import Figure, Row
from tasks.reporting.folder import Folder
from tasks.reporting.front import Spans
from tasks.reporting.pages import Names, Place
from tasks.reporting.story import Dossier
from warehouse import database
from warehouse.database import Connection
from warehouse.location import Warehouse
from warehouse.times import naive

FRONT_STORIES = {"days": 7, "newest_day": 12, "per_day": 6}
FRONT_HEADLINES = 12
FRONT_FEEDS = 60
"""What the front page holds at most, so that its weight does not grow with the warehouse."""
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """What was written. `index` is the page to open; unchanged pages count neither as written nor as removed."""

    index: Path
    story_count: int
    written_count: int
    removed_count: int
    index_bytes: int
    problems: tuple[str, ...]
    """What was wrong with saved queries, in words."""


def write_site(
    published: Warehouse,
    out: Path,
    *,
    now: datetime,
    as_of: datetime | None = None,
    queries: Path | None = None,
    site_url: str = "",
) -> SiteSummary:
    """Write the site of what a published warehouse held at `as_of` (by default `now`) into the folder `out`.

    `queries` is a folder of saved queries (`tasks.reporting.queries`), `site_url` the address that `out` will have.
    A page of a story whose rows have not changed since the last time is left as it is. The state of the feeds is
    that of the present, so a report of the past leaves it out.

    Raises:
        WarehouseError: there is no published warehouse, or it cannot be opened.
    """
    moment = naive(as_of or now)
    folder = Folder(out)
    with database.reading(published) as connection:
        answers, spans = _ask_all(connection, moment, with_health=as_of is None)
        chosen = channels.choose(connection, queries)
        story_count = _write_stories(connection, folder, answers, moment)
    publisher = channels.Publisher(folder, now=moment, site_url=site_url)
    _write_feeds_page(folder, answers, publisher.publish(answers["newest"].rows, _names(answers, "en"), chosen))
    _write_archive(folder, answers)
    _write_queries(folder, answers)
    for language in interface.LANGUAGES:
        place = Place(language, "index.html")
        names, brief_day = _names(answers, language), brief.latest(out)
        folder.put(place.file, front.render(place, names, answers, spans, as_of=moment, brief_day=brief_day))
    folder.finish()
    index = out / "index.html"
    counts = (story_count, folder.written_count, folder.removed_count)
    return SiteSummary(index, *counts, index.stat().st_size, tuple(chosen.problems.values()))


# --- asking ------------------------------------------------------------------------------------


def _ask_all(connection: Connection, moment: datetime, *, with_health: bool) -> tuple[dict[str, Figure], Spans]:
    """Every figure but the reports of the stories' pages, by name, and the days that the front page looks at."""
    summary = figures.ask(connection, "summary", as_of=moment)
    spans = _spans(summary.rows[0], moment)
    asked = [
        summary,
        figures.ask(connection, "stories", as_of=moment, **FRONT_STORIES),
        figures.ask(connection, "headlines", as_of=moment, limit=FRONT_HEADLINES),
        figures.ask(connection, "names"),
    ]
    asked += [
        figures.ask(connection, name, as_of=moment) for name in ("newest", "months", "archive", "changes", "events")
    ]
    asked += [
        figures.ask(connection, name, as_of=moment, **_period(spans.chart))
        for name in ("daily", "tension", "topics", "actors", "pairs", "balance", "outlets")
    ]
    asked += [figures.ask(connection, name, as_of=moment, **_period(spans.year)) for name in ("coverage", "weeks")]
    if with_health:
        asked += [
            figures.ask(connection, "feed_status"),
            figures.ask(connection, "feed_problems", limit=FRONT_FEEDS),
        ]
    return {figure.name: figure for figure in asked}, spans


def _spans(summary: Row, moment: datetime) -> Spans:
    first, last = summary["first_reported_at"], summary["last_reported_at"]
    chart = charts.window(first and first.date(), last and last.date(), moment.date())
    begin = max(first.date(), chart.last - timedelta(days=YEAR_DAYS - 1)) if first else chart.first
    monday = min(begin, chart.first)
    monday -= timedelta(days=monday.weekday())
    return Spans(chart, charts.Window(monday, chart.last))


def _period(span: charts.Window) -> dict[str, datetime]:
    return {"since": _midnight(span.first), "until": _midnight(span.last + timedelta(days=1))}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _names(answers: Mapping[str, Figure], language: str) -> Names:
    return Names.read(answers["names"].rows, language)


# --- writing -----------------------------------------------------------------------------------


def _write_stories(connection: Connection, folder: Folder, answers: dict[str, Figure], moment: datetime) -> int:
    """The pages of all stories; how many stories there are. Rows are read as pages are written: they are many."""
    names = {language: _names(answers, language) for language in interface.LANGUAGES}
    changes = _group(answers["changes"].rows, _story_id)
    events = _group(answers["events"].rows, _story_id)
    maker = _digest(pages.fingerprint(), answers["names"].rows)
    sql = figures.statement("reports", as_of=moment)
    answers["reports"] = Figure("reports", sql, ())
    count = 0
    for story_id, rows in itertools.groupby(figures.stream(connection, sql), key=_story_id):
        dossier = Dossier(tuple(rows), tuple(changes.get(story_id, ())), tuple(events.get(story_id, ())))
        state = _digest(maker, dossier)
        count += 1
        for language in interface.LANGUAGES:
            place = Place(language, f"stories/{story_id}.html")
            if not folder.has(place.file, state):
                folder.put(place.file, story.render(place, names[language], dossier), state=state)
    return count


def _write_archive(folder: Folder, answers: Mapping[str, Figure]) -> None:
    for name, rows in _group(answers["archive"].rows, lambda row: f"{row['day']:%Y-%m}").items():
        for language in interface.LANGUAGES:
            place = Place(language, f"archive/{name}.html")
            folder.put(place.file, pages.month(place, _names(answers, language), name, rows))


def _write_feeds_page(folder: Folder, answers: Mapping[str, Figure], found: Sequence[Channel]) -> None:
    for language in interface.LANGUAGES:
        place = Place(language, "feeds.html")
        folder.put(place.file, pages.feeds(place, _names(answers, language), found))


def _write_queries(folder: Folder, answers: Mapping[str, Figure]) -> None:
    statements = {name: figure.sql for name, figure in answers.items()}
    for language in interface.LANGUAGES:
        place = Place(language, "queries.html")
        folder.put(place.file, pages.queries(place, statements))


def _group(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Rows that lie together by their key, in order."""
    return {name: list(found) for name, found in itertools.groupby(rows, key=key)}


def _story_id(row: Row) -> str:
    return str(row["story_id"])


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
