"""`usven search`: stories by their words, the words set off where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.text import Text

from tasks.tagging import folding
from warehouse import database, search
from warehouse.errors import SettingsError
from warehouse.location import Warehouse
from warehouse.search import Filters, Found, Hit, Term

SNIPPET = 220
"""Characters shown of an article around the first word found."""
_BEFORE = 70


def find(
    published: Warehouse, words: Sequence[str], filters: Filters, *, without: Sequence[str] = (), limit: int
) -> Found:
    """The stories that match on the published copy.

    Raises:
        WarehouseError: there is none.
        SettingsError: there is nothing to look for, or a filter names what is not there.
    """
    terms = search.parse(words)
    if not terms and filters == Filters():
        raise SettingsError("Give words to look for, or a filter.")
    with database.reading(published) as connection:
        return search.search(connection, terms, filters, without=search.parse(without), limit=limit)


def day_after(until: datetime | None) -> datetime | None:
    """The end of a period: a day that is given without a time counts whole."""
    return until + timedelta(days=1) if until and until == datetime.combine(until, datetime.min.time()) else until


def as_json(found: Found) -> dict[str, Any]:
    """What was found as `--json` prints it."""
    return {"story_count": found.story_count, "stories": [_plain(hit) for hit in found.hits]}


def _plain(hit: Hit) -> dict[str, Any]:
    values = asdict(hit)
    del values["full_text"]
    times = ("first_reported_at", "last_reported_at", "reported_at")
    return values | {"score": round(hit.score, 3)} | {name: _time(values[name]) for name in times}


def _time(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=UTC):%Y-%m-%dT%H:%M:%SZ}"


def show(found: Found, words: Sequence[str]) -> None:
    """Print the stories for a person."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    marks = _pattern(search.parse(words))
    for hit in found.hits:
        for line in _lines(hit, marks):
            console.print(line)
        console.print()
    rest = found.story_count - len(found.hits)
    more = f"the best {len(found.hits)} of {found.story_count} stories; --limit shows more" if rest else ""
    console.print(more or ("1 story" if found.story_count == 1 else f"{found.story_count} stories"))
    if not found.story_count and any(" " in word for word in words):
        console.print("Words given as one argument must stand together; given apart, they may stand anywhere.")


def _lines(hit: Hit, marks: re.Pattern[str] | None) -> Iterator[Text]:
    """A story: headline, facts, where the words stand, and the address to read on."""
    yield Text.assemble(_marked(hit.title, marks, "bold"))
    days = f"{hit.first_reported_at:%Y-%m-%d}"
    if hit.last_reported_at.date() > hit.first_reported_at.date():
        days += f" to {hit.last_reported_at:%Y-%m-%d}"
    counts = f"{hit.article_count} articles of {hit.outlet_count} outlets" if hit.article_count > 1 else hit.outlet
    yield Text(" · ".join(filter(None, (days, counts, ", ".join(hit.languages), ", ".join(hit.topics)))), "dim")
    snippet = _snippet(hit, marks)
    if snippet:
        yield _marked(snippet, marks)
    yield Text(hit.url, "dim")


def _snippet(hit: Hit, marks: re.Pattern[str] | None) -> str:
    """The part of summary or full text where the first word stands; the summary's beginning if the title has all."""
    for text in (hit.summary, hit.full_text):
        spans = _spans(text, marks)
        if spans:
            return _cut(text, max(0, spans[0][0] - _BEFORE))
    return _cut(hit.summary, 0)


def _cut(text: str, start: int) -> str:
    start = text.find(" ", start) + 1 if start else 0
    end = len(text) if len(text) <= start + SNIPPET else text.rfind(" ", start, start + SNIPPET)
    piece = " ".join(text[start : max(end, start)].split())
    return ("… " if start else "") + piece + (" …" if end < len(text) else "")


def _marked(text: str, marks: re.Pattern[str] | None, style: str = "") -> Text:
    shown = Text(text, style)
    for start, end in _spans(text, marks):
        shown.stylize("bold yellow", start, end)
    return shown


def _spans(text: str, marks: re.Pattern[str] | None) -> list[tuple[int, int]]:
    folded = folding.fold(text)
    found = marks.finditer(folded.text) if marks else ()
    return [folded.span(*match.span()) for match in found]


def _pattern(terms: Sequence[Term]) -> re.Pattern[str] | None:
    """The terms in folded text, their words with anything but letters and digits between them."""
    found = [
        r"[\W_]+".join(map(re.escape, words)) + ("" if term.is_prefix else r"(?![^\W_])")
        for term in terms
        if (words := re.findall(r"[^\W_]+", folding.fold_term(term.text)))
    ]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(found)})") if found else None
