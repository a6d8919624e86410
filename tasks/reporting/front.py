"""The front page: one view of the affair."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tasks.reporting import charts, highlight, interface, pages
from tasks.reporting.figures import Figure, Row
from tasks.reporting.interface import Interface
from tasks.reporting.pages import Names, Place

_BALANCE = {"voice": "voice", "kind": "kind_of_outlet"}
"""Dimensions of `warehouse/queries/balance.sql` and what the interface calls each."""


@dataclass(frozen=True, slots=True)
class Spans:
    """The days that the page looks at: those of the charts, and the weeks of the timeline."""

    chart: charts.Window
    year: charts.Window


def render(
    place: Place,
    names: Names,
    figures: Mapping[str, Figure],
    spans: Spans,
    *,
    as_of: datetime,
    brief_day: date | None = None,
) -> str:
    """The page from its figures by name; without the two of the feeds' state, that section is left out.

    `brief_day` is the day of the newest daily brief, if there is one.
    """
    span = spans.chart
    say = interface.speak(place.language)
    rows = {name: figure.rows for name, figure in figures.items()}
    summary = rows["summary"][0]
    sights = charts.judge(spans.year, rows["coverage"])
    feeds = rows.get("feed_status", ())
    states = {row["state"]: row["feed_count"] for row in feeds}
    return pages.render(
        "index.html.j2",
        place,
        names=names,
        as_of=as_of,
        brief_day=brief_day,
        summary=summary,
        collected_at=max((row["last_success_at"] for row in feeds if row["last_success_at"]), default=None),
        feeds_ok=states.get("ok", 0),
        feeds_on=sum(states.values()) - states.get("disabled", 0) - states.get("waiting", 0),
        chart=charts.draw(span, {row["day"]: row["story_count"] for row in rows["daily"]}, sights),
        sights=sights,
        tension=charts.draw_tension(span, rows["tension"], {day: sights[day] for day in span.days}),
        tension_rows=sorted(rows["tension"], key=lambda row: row["day"], reverse=True),
        pulse_note=_pulse_note(say, summary, span, as_of),
        days=_days(rows["stories"]),
        topic_rows=_topic_rows(rows["topics"], span),
        span_days=len(span.days),
        actors=_with_share(rows["actors"], "story_count", of_total=False),
        pairs=_with_share(rows["pairs"], "event_count", of_total=False),
        weeks=_weeks(rows["weeks"], spans.year, sights),
        balance=_balance(rows["balance"]),
        outlets=[row | {"ownership": _ownership(row["state_affiliated"])} for row in rows["outlets"]],
        headlines=[highlight.with_wordings(row) for row in rows["headlines"]],
        feed_status=feeds,
        feed_problems=rows.get("feed_problems", ()),
        months=[row | {"date": pages.first_of(row["month"])} for row in rows["months"]],
    )


def _pulse_note(say: Interface, summary: Row, span: charts.Window, as_of: datetime) -> str:
    if not summary["story_count"]:
        return say("pulse_none")
    note = say("pulse_note", first=say.time("date", span.first), last=say.time("date", span.last))
    if span.last < as_of.date():
        note += " " + say("pulse_past", last=say.time("date", span.last))
    return note


def _days(stories: Iterable[Row]) -> list[Row]:
    grouped = [(day, list(rows)) for day, rows in itertools.groupby(stories, key=lambda row: row["day"])]
    return [
        {
            "date": day,
            "month": f"{day:%Y-%m}",
            "stories": rows,
            "more": rows[0]["day_story_count"] - len(rows),
            "is_newest": n == 0,
        }
        for n, (day, rows) in enumerate(grouped)
    ]


def _topic_rows(topics: Sequence[Row], span: charts.Window) -> list[Row]:
    """The topics, those of most stories first, each with its course as a path."""
    courses: dict[str, dict[date, int]] = {}
    for row in topics:
        if row["day"] is not None:
            courses.setdefault(row["topic"], {})[row["day"]] = row["story_count"]
    highest = max((count for course in courses.values() for count in course.values()), default=1)
    totals = [row for row in topics if row["day"] is None]
    return [row | {"path": charts.sparkline(span, courses[row["topic"]], highest)} for row in totals]


def _weeks(rows: Sequence[Row], year: charts.Window, sights: Mapping[date, charts.Sight]) -> list[Row]:
    """Every week of the year, the latest first: its story if it has one, and how much of it was seen."""
    known = {row["week"]: row for row in rows}
    hostile = max((-row["hostile_weight"] for row in rows), default=0)
    scale = (hostile + max((row["cooperative_weight"] for row in rows), default=0)) or 1
    weeks = [_week(known.get(day), day, hostile, scale) for day in year.days if day.weekday() == 0]
    return [week | {"sight": charts.worst(sights, week["first"], 7)} for week in reversed(weeks)]


def _week(row: Row | None, first: date, hostile: float, scale: float) -> Row:
    """A week with its bars in percent: hostile weight to the left of `zero`, cooperative to the right."""
    bars = {
        "zero": round(100 * hostile / scale, 2),
        "hostile": round(100 * -row["hostile_weight"] / scale, 2) if row else 0,
        "cooperative": round(100 * row["cooperative_weight"] / scale, 2) if row else 0,
    }
    return {"first": first, "last": first + timedelta(days=6), "story": row} | bars


def _balance(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    by_dimension: dict[str, list[Row]] = {dimension: [] for dimension in _BALANCE}
    for row in rows:
        by_dimension[row["dimension"]].append(row)
    return [
        (_BALANCE[dimension], _with_share(found, "report_count", of_total=True))
        for dimension, found in by_dimension.items()
        if found
    ]


def _with_share(rows: Sequence[Row], column: str, *, of_total: bool) -> list[Row]:
    """The rows with their share, in percent, of the total or of the largest."""
    counts = [row[column] for row in rows]
    whole = (sum(counts) if of_total else max(counts, default=0)) or 1
    return [row | {"share": round(100 * row[column] / whole, 2)} for row in rows]


def _ownership(is_state_affiliated: bool | None) -> str:
    return {True: "state", False: "not_state", None: "unknown"}[is_state_affiliated]
