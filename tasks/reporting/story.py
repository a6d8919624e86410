"""The page of a story: its reports in order, the words their labels rest on, and the headlines that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tasks.reporting import highlight, pages, text
from tasks.reporting.figures import Row
from tasks.reporting.highlight import Mark, Segment
from tasks.reporting.pages import Names, Place

_SUMMARY_LIMIT = 800
_EXCERPT_LIMIT = 6
_EXCERPT_LEAD = 80
"""Characters before the evidence in the excerpts that `warehouse/queries/reports.sql` takes."""


def render(place: Place, names: Names, reports: Sequence[Row], changes: Sequence[Row]) -> str:
    """The page from the story's rows of `warehouse/queries/reports.sql` and `warehouse/queries/changes.sql`."""
    relevant = [report for report in reports if report["is_relevant"]]
    outlets = {report["article_id"]: report["outlet"] for report in reports}
    return pages.render(
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


def _report(report: Row, changes: Iterable[Row], outlets: Mapping[str, str]) -> Row:
    by_field: dict[str, list[Mark]] = {"title": [], "summary": [], "text": []}
    for mark in report["marks"]:
        by_field[mark["field"]].append(Mark(mark["start"], mark["text"], mark["kind"], mark["code"]))
    return report | {
        "title_segments": highlight.split(report["title"], by_field["title"]),
        "summary_segments": _cut(highlight.split(report["summary"] or "", by_field["summary"]), _SUMMARY_LIMIT),
        "excerpts": _excerpts(report["marks"]),
        "copied_from": outlets.get(report["copy_of_article_id"]),
        "changes": [highlight.with_wordings(c) for c in changes if c["article_id"] == report["article_id"]],
    }


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
