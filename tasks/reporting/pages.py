"""Pages of the site: what the figures found, arranged for a reader in one language, and rendered with escaping on."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from tasks.reporting import charts, highlight, interface, text
from tasks.reporting.figures import Figure, Row
from tasks.reporting.highlight import Mark
from tasks.reporting.interface import Interface

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath d='M1 15V9h4v6zM6 15V5h4v10zM11 15V1h4v14z' fill='%23a4452c'/%3E%3C/svg%3E"
)
_SUMMARY_LIMIT = 1_500
_EXCERPT_LIMIT = 6
_EXCERPT_LEAD = 80
"""Characters before the evidence in the excerpts that `queries/reports.sql` takes."""


@dataclass(frozen=True, slots=True)
class Names:
    """What readers call topics and actors in one language."""

    by_code: Mapping[tuple[str, str], str]

    @classmethod
    def read(cls, rows: Iterable[Row], language: str) -> Names:
        return cls({(row["kind"], row["code"]): row[f"name_{language}"] or row["name_en"] for row in rows})

    def topic(self, code: str) -> str:
        return self.by_code.get(("topic", code)) or code.replace("_", " ")

    def actor(self, code: str) -> str:
        return self.by_code.get(("actor", code)) or code


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page lies: its path below the folder of its language. English lies at the root, the rest below it."""

    language: str
    path: str

    @property
    def file(self) -> str:
        return self.path if self.language == interface.LANGUAGES[0] else f"{self.language}/{self.path}"

    @property
    def root(self) -> str:
        """The way up to the folder of the site."""
        return "../" * self.file.count("/")

    @property
    def home(self) -> str:
        """The way up to the folder of the language."""
        return "../" * self.path.count("/")

    def to(self, other: Place) -> str:
        return self.root + other.file


# --- rendering ---------------------------------------------------------------------------------


def front(place: Place, names: Names, figures: Mapping[str, Figure], span: charts.Window, as_of: datetime) -> str:
    """The front page: one view of the affair."""
    say = interface.speak(place.language)
    sights = charts.judge(span, figures["coverage"].rows)
    summary = figures["summary"].rows[0]
    status = {row["status"]: row["feed_count"] for row in figures["feed_status"].rows} if "feed_status" in figures else {}
    return _render(
        "index.html.j2",
        place,
        names=names,
        as_of=as_of,
        summary=summary if summary["story_count"] else None,
        feeds_ok=status.get("ok", 0),
        feeds_on=sum(status.values()) - status.get("disabled", 0),
        chart=_chart(figures, span, sights) if summary["story_count"] else None,
        sights=sights,
        pulse_note=_pulse_note(say, summary, span, as_of),
        days=_days(figures["stories"].rows),
        topic_rows=_topic_rows(figures["topics"].rows, span),
        span_days=len(span.days),
        actors=_with_share(figures["actors"].rows, "story_count", of_total=False),
        balance=[
            (dimension, _with_share(list(rows), "report_count", of_total=True))
            for dimension, rows in _balance(figures["balance"].rows)
        ],
        outlets=[row | {"ownership": _ownership(row["state_affiliated"])} for row in figures["outlets"].rows],
        headlines=[_with_wordings(row) for row in figures["headlines"].rows],
        feed_status=figures["feed_status"].rows if "feed_status" in figures else (),
        feed_problems=figures["feed_problems"].rows if "feed_problems" in figures else (),
        months=[row | {"date": _first_of(row["month"])} for row in figures["months"].rows],
    )


def story(place: Place, names: Names, reports: Sequence[Row], changes: Sequence[Row]) -> str:
    """The page of a story: its reports in order, their evidence, and the headlines that changed."""
    relevant = [report for report in reports if report["is_relevant"]]
    outlets = {report["article_id"]: report["outlet"] for report in reports}
    return _render(
        "story.html.j2",
        place,
        names=names,
        headline=reports[0]["title"],
        language=reports[0]["language"],
        languages=sorted({report["language"] for report in reports if report["language"]}),
        outlet_count=len({report["outlet_id"] for report in reports}),
        level=max(report["relevance_level"] for report in relevant),
        topics=_codes(reports, "topic"),
        actors=_codes(reports, "actor"),
        reports=[_report(report, changes, outlets) for report in reports],
    )


def month(place: Place, names: Names, name: str, stories: Sequence[Row]) -> str:
    """The page of a month of the archive: its stories by day."""
    days = [(day, list(rows)) for day, rows in itertools.groupby(stories, key=lambda row: row["day"])]
    return _render("month.html.j2", place, names=names, month=_first_of(name), days=days)


def queries(place: Place, statements: Mapping[str, str]) -> str:
    """The page of the statements behind the figures."""
    return _render("queries.html.j2", place, statements=sorted(statements.items()))


@cache
def fingerprint() -> str:
    """Changes with anything that shapes a page but the data: templates, words, style and this program's modules."""
    names = ("tasks.reporting", "tasks.reporting.templates", "tasks.reporting.queries")
    sources = sorted((e.name, e.read_bytes()) for name in names for e in files(name).iterdir() if e.is_file())
    return hashlib.sha256(repr(sources).encode()).hexdigest()


def _render(template: str, place: Place, **values: Any) -> str:
    other = Place(next(code for code in interface.LANGUAGES if code != place.language), place.path)
    return _environment().get_template(template).render(
        say=interface.speak(place.language),
        other=interface.speak(other.language),
        other_page=place.to(other),
        root=place.root,
        home=place.home,
        icon=_ICON,
        style=_style(),
        policy=_policy(),
        **values,
    )


@cache
def _environment() -> jinja2.Environment:
    templates = {
        entry.name: entry.read_text("utf-8")
        for entry in files("tasks.reporting.templates").iterdir()
        if entry.name.endswith(".j2")
    }
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.DictLoader(templates),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "plain": text.printable,
        "web": text.web_url,
        "clip": text.clip,
        "tongue": lambda code, say: say.tongue(code),
        "label": _label,
    }
    return environment


@cache
def _style() -> Markup:
    """Our own style sheet, without comments and needless space."""
    source = (files("tasks.reporting.templates") / "style.css").read_text("utf-8")
    squeezed = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL))
    return Markup(squeezed.replace(";}", "}").strip())  # noqa: S704 - a file of ours, the one text that is no data


@cache
def _policy() -> str:
    """Nothing is loaded and nothing runs: one style sheet, known by its hash, and the icon."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


# --- the front page ----------------------------------------------------------------------------


def _chart(figures: Mapping[str, Figure], span: charts.Window, sights: Mapping[date, charts.Sight]) -> charts.Chart:
    return charts.draw(span, {row["day"]: row["story_count"] for row in figures["daily"].rows}, sights)


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


def _balance(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    titles = {"ownership": "ownership", "home": "home_of_outlet", "kind": "kind_of_outlet"}
    by_dimension: dict[str, list[Row]] = {dimension: [] for dimension in titles}
    for row in rows:
        by_dimension[row["dimension"]].append(row)
    return [(titles[dimension], found) for dimension, found in by_dimension.items() if found]


def _with_share(rows: Sequence[Row], column: str, *, of_total: bool) -> list[Row]:
    """The rows with their share, in percent, of the total or of the largest."""
    counts = [row[column] for row in rows]
    whole = (sum(counts) if of_total else max(counts, default=0)) or 1
    return [row | {"share": round(100 * row[column] / whole, 2)} for row in rows]


def _ownership(is_state_affiliated: bool | None) -> str:
    return {True: "state", False: "not_state", None: "unknown"}[is_state_affiliated]


def _first_of(month_name: str) -> date:
    return date.fromisoformat(f"{month_name}-01")


def _with_wordings(change: Row) -> Row:
    old, new = highlight.compare(change["old_title"] or "", change["new_title"] or "")
    return change | {"old": old, "new": new}


# --- the page of a story -----------------------------------------------------------------------


def _report(report: Row, changes: Iterable[Row], outlets: Mapping[str, str]) -> Row:
    by_field: dict[str, list[Mark]] = {"title": [], "summary": [], "text": []}
    for mark in report["marks"]:
        by_field[mark["field"]].append(Mark(mark["start"], mark["text"], mark["kind"], mark["code"]))
    return report | {
        "title_segments": highlight.split(report["title"], by_field["title"]),
        "summary_segments": _cut(highlight.split(report["summary"] or "", by_field["summary"]), _SUMMARY_LIMIT),
        "excerpts": _excerpts(report["marks"]),
        "copied_from": outlets.get(report["copy_of_article_id"]),
        "changes": [_with_wordings(c) for c in changes if c["article_id"] == report["article_id"]],
    }


def _cut(segments: Iterable[highlight.Segment], limit: int) -> list[highlight.Segment]:
    """The first segments, of about `limit` characters together."""
    kept: list[highlight.Segment] = []
    for segment in segments:
        if limit <= 0:
            break
        kept.append(segment if segment.marks else highlight.Segment(text.clip(segment.text, max(limit, 2))))
        limit -= len(segment.text)
    return kept


def _excerpts(marks: Iterable[Row]) -> list[tuple[highlight.Segment, ...]]:
    """The words around evidence in a full text; evidence within an excerpt already shown gets none of its own."""
    found: list[tuple[highlight.Segment, ...]] = []
    shown_to = -1
    for mark in marks:
        if mark["field"] == "text" and mark["context"] and mark["start"] >= shown_to and len(found) < _EXCERPT_LIMIT:
            lead = min(mark["start"], _EXCERPT_LEAD)
            found.append(highlight.split(mark["context"], [Mark(lead, mark["text"], mark["kind"], mark["code"])]))
            shown_to = mark["start"] - lead + len(mark["context"])
    return found


def _codes(reports: Iterable[Row], kind: str) -> list[str]:
    """Topics or actors of the reports, those of most reports first."""
    found = [{mark["code"] for mark in report["marks"] if mark["kind"] == kind} for report in reports]
    counts = {code: sum(code in codes for codes in found) for code in set().union(*found)}
    return sorted(counts, key=lambda code: (-counts[code], code))


def _label(mark: Mark, names: Names, say: Interface) -> str:
    match mark.kind:
        case "topic":
            return names.topic(mark.code)
        case "actor":
            return names.actor(mark.code)
        case _:
            return say("mark_relevance")
