"""The page of a story: its reports in order, copies folded, with the words that labels and events rest on, and what
their publishers changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.reporting import highlight, pages, text
from tasks.reporting.figures import Row
from tasks.reporting.highlight import Mark, Segment
from tasks.reporting.pages import Names, Place

_SUMMARY_LIMIT = 800
_EXCERPT_LIMIT = 6
_EXCERPT_LEAD = 80
"""Characters before the evidence in the excerpts that `warehouse/queries/reports.sql` takes."""
_EVENT_COLUMNS = (
    "source_actor_id", "source_side", "event_type", "target_actor_id", "target_side", "is_reciprocal", "is_counted",
    "status", "guard",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dossier:
    """The rows of a story: of `warehouse/queries/reports.sql`, `changes.sql` and `events.sql`."""

    reports: tuple[Row, ...]
    changes: tuple[Row, ...]
    events: tuple[Row, ...]


def render(place: Place, names: Names, dossier: Dossier) -> str:
    """The page of a story. Copies are folded under the report that they copy, if it is one of the story's."""
    reports = dossier.reports
    return pages.render(
        "story.html.j2",
        place,
        names=names,
        headline=reports[0]["title"],
        language=reports[0]["language"],
        languages=sorted({report["language"] for report in reports if report["language"]}),
        outlet_count=len({report["outlet_id"] for report in reports}),
        level=max(report["relevance_level"] for report in reports if report["is_relevant"]),
        topics=_codes(reports, "topic"),
        actors=_codes(reports, "actor"),
        first=reports[0],
        last=reports[-1],
        report_count=len(reports),
        reports=_folded([_report(report, dossier) for report in reports]),
        events=_events(dossier.events),
    )


def _report(report: Row, dossier: Dossier) -> Row:
    by_field: dict[str, list[Mark]] = {"title": [], "summary": [], "text": []}
    for mark in report["marks"]:
        by_field[mark["field"]].append(Mark(mark["start"], mark["text"], mark["kind"], mark["code"]))
    outlets = {found["article_id"]: found["outlet"] for found in dossier.reports}
    changes = [change for change in dossier.changes if change["article_id"] == report["article_id"]]
    return report | {
        "title_segments": highlight.split(report["title"], by_field["title"]),
        "summary_segments": _cut(highlight.split(report["summary"] or "", by_field["summary"]), _SUMMARY_LIMIT),
        "excerpts": _excerpts(report["marks"]),
        "copied_from": outlets.get(report["copy_of_article_id"]),
        "changes": [highlight.with_wordings(change) for change in changes],
    }


def _folded(reports: Sequence[Row]) -> list[Row]:
    """The reports that are no copy of another one here, each with its copies."""
    shown = {report["article_id"] for report in reports if report["copied_from"] is None}
    copies: dict[str, list[Row]] = {}
    for report in reports:
        if report["copy_of_article_id"] in shown:
            copies.setdefault(report["copy_of_article_id"], []).append(report)
    folded = {copy["article_id"] for found in copies.values() for copy in found}
    return [r | {"copies": copies.get(r["article_id"], [])} for r in reports if r["article_id"] not in folded]


def _events(rows: Iterable[Row]) -> list[Row]:
    """What is done, by whom, to whom: once each, with the reports that state it and the words of each."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[column] for column in _EVENT_COLUMNS), []).append(row | {"words": _words(row)})
    return [dict(zip(_EVENT_COLUMNS, key, strict=True)) | {"statements": group} for key, group in found.items()]


def _words(event: Row) -> list[str]:
    """The words that an event rests on, in the order of the text, titles before summaries before full text."""
    fields = ("title", "summary", "text")
    pieces = sorted(event["evidence"], key=lambda piece: (fields.index(piece["field"]), piece["start_offset"]))
    return list(dict.fromkeys(piece["text"] for piece in pieces))


def _cut(segments: Iterable[Segment], limit: int) -> list[Segment]:
    """The first segments, of about `limit` characters together."""
    kept: list[Segment] = []
    for segment in segments:
        if limit <= 0:
            break
        kept.append(segment if segment.marks else Segment(text.clip(segment.text, max(limit, 2))))
        limit -= len(segment.text)
    return kept


def _excerpts(marks: Iterable[Row]) -> list[tuple[Segment, ...]]:
    """The words around evidence in a full text; evidence within an excerpt already shown gets none of its own."""
    found: list[tuple[Segment, ...]] = []
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
