"""Markdown for the operator's console. Text from feeds stays text: whatever a headline contains, it cannot become
a link, a table cell, code or HTML.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from tasks.reporting import text
from tasks.reporting.figures import Row
from warehouse import rows

# CommonMark lets a backslash stand before any ASCII punctuation (https://spec.commonmark.org/0.31.2/#backslash-escapes);
# what ends a table cell or begins HTML is written as an entity, which no renderer takes for syntax.
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+\-.!~:@=$^]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"})
_SPACE = re.compile(r"\s+")
_NOT_OF_A_HOST = re.compile(r"[^a-z0-9.-]")
_TITLE_LIMIT = 160
_WIDE, _NARROW = 76, 56
_MESSAGE_LIMIT = 240
_BAR_WIDTH = 32
_SAFE_IN_LINKS = "/:?#@!$&'*+,;=%~-._"


def escape(content: str) -> str:
    """Text as one line of Markdown that shows just that text."""
    line = _SPACE.sub(" ", text.printable(content)).strip()
    return _SPECIAL.sub(r"\\\g<0>", line).translate(_ENTITIES)


def link(url: str | None) -> str:
    """A link that is called by its host, or nothing where the address is not one of the web.

    Outside text is no name for a link: Prefect's pages show escapes in it as they stand.
    """
    address = text.web_url(url)
    host = urlsplit(address).hostname if address else None
    if address is None or host is None:
        return ""
    return f"[{_NOT_OF_A_HOST.sub('', host)}](<{quote(address, safe=_SAFE_IN_LINKS)}>)"


def lines(content: str, width: int) -> str:
    """Text as a table's cell of several lines: Prefect's pages neither wrap a cell nor let it be scrolled."""
    return "<br>".join(map(escape, textwrap.wrap(text.printable(content), width))) or escape(content)


def run_summary(
    run: rows.Run,
    *,
    politeness: Mapping[str, str | int | float],
    slowest: Sequence[rows.Fetch] = (),
    failing: Sequence[rows.Fetch] = (),
    tension: Sequence[Mapping[str, Any]] = (),
    days: Sequence[Row] = (),
) -> str:
    """What a run did: its counts, how politely it asked, the feeds to look at, and the last days."""
    sections = [
        f"# {escape(run.flow)} {run.started_at:%Y-%m-%d %H:%M} UTC",
        escape(run.message),
        _table(("Feeds", "Count"), _feed_counts(run)),
        _table(("Found", "Count"), _found_counts(run)),
    ]
    if politeness:
        sections.append(_table(("Politeness", ""), ((escape(k), escape(_number(v))) for k, v in politeness.items())))
    if tension:
        sections.append(_table(("Tension (below 0: hostile)", "Today", "A day in the week before"), _tension(tension)))
    if slowest:
        sections += ["## Slowest feeds", _slowest_table(slowest)]
    if failing:
        sections += ["## Failing feeds", failures_table(failing)]
    if days:
        sections += ["## The last days", _days_chart(days)]
    return "\n\n".join(section for section in sections if section) + "\n"


def failures_table(fetches: Iterable[rows.Fetch]) -> str:
    """Fetches that failed, with what can be done about each."""
    return _table(
        ("Feed", "What failed", "Why, and what to do"),
        (
            (
                lines(fetch.feed_id, 28),
                escape(fetch.error_kind or ""),
                lines(text.clip(fetch.error_message or "", _MESSAGE_LIMIT), _NARROW),
            )
            for fetch in fetches
        ),
    )


def stories_table(stories: Iterable[Row]) -> str:
    """Stories with links: rows of `warehouse/queries/newest.sql`, or such as `warehouse.status` has."""
    return _table(
        ("Reported (UTC)", "Story"),
        (
            (
                f"{story['last_reported_at']:%Y-%m-%d %H:%M}",
                f"{lines(text.clip(story['headline'], _TITLE_LIMIT), _WIDE)}<br>{_beneath(story)}",
            )
            for story in stories
        ),
    )


def alerts_table(alerts: Iterable[rows.Alert], failures: Sequence[str] = ()) -> str:
    """Alerts with links, and why messages were not delivered."""
    cells = ((escape(a.rule), f"{lines(text.clip(a.text, _MESSAGE_LIMIT), _WIDE)} {link(a.url)}") for a in alerts)
    undelivered = ["## Not delivered", *(f"- {escape(failure)}" for failure in failures)] if failures else []
    return "\n\n".join([_table(("Rule", "Alert"), cells), "\n".join(undelivered)]).strip() + "\n"


def freshness(state: Mapping[str, Any]) -> str:
    """How fresh the warehouse is and what it holds: the state as `warehouse.status` reads it."""
    fresh, counts, warehouse = state["freshness"], state["counts"], state["warehouse"]
    facts = (
        ("Last answer of a feed (UTC)", fresh["last_success_at"] or "never"),
        ("Last new entry (UTC)", fresh["last_new_entry_at"] or "never"),
        ("Entries", f"{counts['entries']:,}"),
        ("Articles", f"{counts['articles']:,}, of them {counts['relevant_articles']:,} relevant"),
        ("Relevant stories", f"{counts['relevant_stories']:,}"),
        ("Warehouse", f"{warehouse['bytes'] / 1e6:,.1f} MB, schema {warehouse['schema']}"),
    )
    return _table(("", ""), ((name, escape(value)) for name, value in facts)) + "\n"


def feed_health(state: Mapping[str, Any]) -> str:
    """How many feeds are in which state, and those that fail longest: the state as `warehouse.status` reads it."""
    counts = _table(("Feeds", "Count"), ((escape(status), str(count)) for status, count in state["feeds"].items()))
    failing = _table(
        ("Feed", "Failures", "Why"),
        (
            (lines(f["feed_id"], 28), str(f["failures"]), lines(text.clip(f["reason"] or "", _MESSAGE_LIMIT), _NARROW))
            for f in state["failing"]
        ),
    )
    return "\n\n".join([counts, "## Failing longest", failing] if state["failing"] else [counts]) + "\n"


def _feed_counts(run: rows.Run) -> Iterable[tuple[str, str]]:
    yield "Due", str(run.due_count)
    yield "Fetched", str(run.fetched_count)
    yield "Not modified (304)", str(run.not_modified_count)
    yield "Unchanged", str(run.unchanged_count)
    yield "Failed", str(run.failed_count)


def _found_counts(run: rows.Run) -> Iterable[tuple[str, str]]:
    yield "Entries seen", str(run.entries_seen_count)
    yield "New entries", str(run.entries_new_count)
    yield "Revised entries", str(run.entries_revised_count)
    yield "New articles", str(run.articles_new_count)
    yield "New relevant articles", str(run.relevant_new_count)
    yield "New stories", str(run.stories_new_count)


def _tension(directions: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str, str]]:
    for one in directions:
        yield escape(one["direction"]), f"{one['today']:+.1f}", f"{one['before']:+.1f}"


def _days_chart(days: Sequence[Row]) -> str:
    """A bar a day. A day whose feeds did not answer had no chance to bring a story, so the answers stand beside."""
    highest = max(row["story_count"] for row in days) or 1
    return _table(
        ("Day (UTC)", "Relevant stories", "", "Answers of feeds"),
        (
            (f"{row['day']}", f"{row['story_count']:,}", _bar(row["story_count"] / highest), f"{row['answer_count']:,}")
            for row in days
        ),
    )


def _bar(share: float) -> str:
    """A bar of text, the only chart that Prefect's pages show in the theme's own colour."""
    eighths = round(share * _BAR_WIDTH * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _slowest_table(fetches: Iterable[rows.Fetch]) -> str:
    return _table(
        ("Feed", "Seconds", "Outcome", "Bytes"),
        ((escape(f.feed_id), f"{f.seconds:.1f}", escape(f.outcome), f"{f.bytes_received:,}") for f in fetches),
    )


def _beneath(story: Row) -> str:
    """What stands below a headline: where to read it, who else reports it, and what it is about."""
    others = escape(_publishers(story["first_outlet"], story["outlet_count"]))
    readable = " · ".join(part for part in (link(story["url"]), others) if part)
    return "<br>".join(part for part in (readable, lines(", ".join(story["topics"]), _WIDE)) if part)


def _publishers(first: str, count: int) -> str:
    return first if count <= 1 else f"{first} and {count - 1} more"


def _number(value: str | int | float) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def _table(header: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [header, ["---"] * len(header), *body]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
