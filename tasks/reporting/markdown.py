"""Markdown for the operator's console. Text from feeds stays text: whatever a headline contains, it cannot become
a link, a table cell, code or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from tasks.reporting import text
from tasks.reporting.figures import Row
from warehouse import rows

# CommonMark lets a backslash stand before any ASCII punctuation (https://spec.commonmark.org/0.31.2/#backslash-escapes);
# what ends a table cell or begins HTML is written as an entity, which no renderer takes for syntax.
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+\-.!~:@=$^]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"})
_URL_SIGNS = "/:?#@!$&'*+,;=%~-._"
_SPACE = re.compile(r"\s+")
_TITLE_LIMIT = 160
_MESSAGE_LIMIT = 240
_SAFE_IN_LINKS = "/:?#@!$&'*+,;=%~-._"


def escape(content: str) -> str:
    """Text as one line of Markdown that shows just that text."""
    line = _SPACE.sub(" ", text.printable(content)).strip()
    return _SPECIAL.sub(r"\\\g<0>", line).translate(_ENTITIES)


def link(content: str, url: str | None) -> str:
    """A link with the text, or the escaped text alone where the address is not one of the web."""
    address = text.web_url(url)
    if address is None:
        return escape(content)
    target = quote(address, safe=_SAFE_IN_LINKS)
    return f"[{escape(content)}](<{target}>)"


def run_summary(
    run: rows.Run,
    *,
    politeness: Mapping[str, str | int | float],
    slowest: Sequence[rows.Fetch] = (),
    failing: Sequence[rows.Fetch] = (),
) -> str:
    """What a run did: its counts, how politely it asked, and the feeds to look at."""
    sections = [
        f"# {escape(run.flow)} {run.started_at:%Y-%m-%d %H:%M} UTC",
        escape(run.message),
        _table(("Feeds", "Count"), _feed_counts(run)),
        _table(("Found", "Count"), _found_counts(run)),
    ]
    if politeness:
        sections.append(_table(("Politeness", ""), ((escape(k), escape(_number(v))) for k, v in politeness.items())))
    if slowest:
        sections += ["## Slowest feeds", _slowest_table(slowest)]
    if failing:
        sections += ["## Failing feeds", failures_table(failing)]
    return "\n\n".join(section for section in sections if section) + "\n"


def failures_table(fetches: Iterable[rows.Fetch]) -> str:
    """Fetches that failed, with what can be done about each."""
    return _table(
        ("Feed", "What failed", "HTTP", "Why, and what to do"),
        (
            (
                escape(fetch.feed_id),
                escape(fetch.error_kind or ""),
                str(fetch.http_status or "–"),
                escape(text.clip(fetch.error_message or "", _MESSAGE_LIMIT)),
            )
            for fetch in fetches
        ),
    )


def stories_table(stories: Iterable[Row]) -> str:
    """Stories with links: rows of `warehouse/queries/newest.sql`, or of `mart.stories`."""
    return _table(
        ("Reported (UTC)", "Story", "Outlets", "Topics"),
        (
            (
                f"{story['last_reported_at']:%Y-%m-%d %H:%M}",
                link(text.clip(story["headline"], _TITLE_LIMIT), story["url"]),
                escape(_publishers(story["first_outlet"], story["outlet_count"])),
                escape(", ".join(story["topics"])),
            )
            for story in stories
        ),
    )


def alerts_table(alerts: Iterable[rows.Alert], failures: Sequence[str] = ()) -> str:
    """Alerts with links, and why messages were not delivered."""
    table = _table(
        ("Rule", "Alert"), ((escape(a.rule), link(text.clip(a.text, _MESSAGE_LIMIT), a.url)) for a in alerts)
    )
    undelivered = ["## Not delivered", *(f"- {escape(failure)}" for failure in failures)] if failures else []
    return "\n\n".join([table, "\n".join(undelivered)]).strip() + "\n"


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


def _slowest_table(fetches: Iterable[rows.Fetch]) -> str:
    return _table(
        ("Feed", "Seconds", "Outcome", "Bytes"),
        ((escape(f.feed_id), f"{f.seconds:.1f}", escape(f.outcome), f"{f.bytes_received:,}") for f in fetches),
    )


def _publishers(first: str, count: int) -> str:
    return first if count <= 1 else f"{first} and {count - 1} more"


def _number(value: str | int | float) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def _table(header: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [header, ["---"] * len(header), *body]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
