"""Every captured feed document is answered, and each difference from feedparser alone has a reason."""

from __future__ import annotations

import calendar
import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tasks.parsing import assembly, dates, mojibake, plaintext, pool, reader
from tasks.parsing.memories import Memories
from tasks.parsing.reuse import Past, Recall
from warehouse.archive import Archive, Record
from warehouse.model import Document, Entry, NotAFeed

HOST = "https://host.example"
URL = f"{HOST}/feed.xml"
READ_BY_US_ALONE = ("jsonfeed", "jsonl", "csv", "sitemap")


@dataclass(frozen=True)
class Pair:
    """One captured document as we and as feedparser read it, and what we remember of it."""

    name: str
    body: bytes
    past: Past | None
    ours: Document | NotAFeed
    theirs: Any

    def entries(self) -> Iterator[tuple[Entry, Any]]:
        if isinstance(self.ours, Document) and len(self.ours.entries) == len(self.theirs.entries):
            yield from zip(self.ours.entries, self.theirs.entries, strict=True)


@pytest.fixture(scope="module")
def pairs(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    folder = shared_data / "feeds"
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    archive, memories = Archive(str(tmp_path_factory.mktemp("archive"))), tmp_path_factory.mktemp("memories")
    bodies = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
    records = [Record(name, URL, "o", None, datetime.now(UTC), archive.put(body), URL) for name, body in bodies.items()]
    with pool.Parsers(archive, max_entries=reader.MAX_ENTRIES, workers=2, memories=memories) as parsers:
        outcomes = list(parsers.parse(records))
    return [
        Pair(name, body, Memories(memories).get(name), ours, read_alone(body))
        for (name, body), ours in zip(bodies.items(), outcomes, strict=True)
    ]


def read_alone(body: bytes) -> Any:
    headers = {"content-location": URL, "content-type": "application/xml"}
    return feedparser.parse(body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def unexplained(reasons: Iterator[tuple[str | None, object]]) -> list[object]:
    """What has no reason; the reasons are counted for whoever looks at the test's output."""
    counts: Counter[str | None] = Counter()
    left = []
    for reason, what in reasons:
        counts[reason] += 1
        if reason is None:
            left.append(what)
    print(*(f"{count:6} {reason}" for reason, count in counts.most_common()), sep="\n")
    return left[:20]


def test_every_document_is_answered_and_nearly_all_feeds_yield_entries(pairs: list[Pair]) -> None:
    kinds = Counter(p.ours.kind if isinstance(p.ours, NotAFeed) else "feed" for p in pairs)
    full = [p for p in pairs if isinstance(p.ours, Document) and p.ours.entries]
    print(kinds, len(full), sum(len(p.ours.entries) for p in full if isinstance(p.ours, Document)))
    assert not kinds.keys() & {"unreadable", "hostile"}
    assert [p.name for p in pairs if has_words(p.theirs.entries) and p not in full] == []


def has_words(entries: list[Any]) -> bool:
    return any(plaintext.line(entry.get("title") or entry.get("summary") or "") for entry in entries)


def test_no_document_with_entries_for_feedparser_is_refused(pairs: list[Pair]) -> None:
    assert [p.name for p in pairs if isinstance(p.ours, NotAFeed) and (p.theirs.entries or p.theirs.version)] == []


def test_each_difference_in_the_number_of_entries_has_a_reason(pairs: list[Pair]) -> None:
    assert unexplained((count_reason(p), p.name) for p in pairs if isinstance(p.ours, Document)) == []


def count_reason(pair: Pair) -> str | None:
    assert isinstance(pair.ours, Document)
    missing = len(pair.theirs.entries) - len(pair.ours.entries)
    if missing == 0:
        return "same number"
    if pair.ours.format.startswith(READ_BY_US_ALONE):
        return "no format of feedparser's"
    if not pair.theirs.entries and pair.name.endswith("utf16le.xml"):
        return "UTF-16 shows itself without a mark or a declaration"
    empty = next((problem for problem in pair.ours.problems if "had no title, link or text" in problem), "")
    return "items that say nothing are left out" if empty.startswith(f"{missing} of ") else None


def test_each_difference_in_a_title_has_a_reason(pairs: list[Pair]) -> None:
    found = ((title_reason(ours, theirs), (p.name, ours.title)) for p in pairs for ours, theirs in p.entries())
    assert unexplained(found) == []


def title_reason(ours: Entry, theirs: Any) -> str | None:
    title = theirs.get("title", "")
    if ours.title == plaintext.line(title):
        return "same title"
    if ours.title == plaintext.line(title, is_markup=False):
        return "declared plain text keeps its angle brackets"
    if ours.title == plaintext.line(mojibake.repair(title)):
        return "double encoding is repaired"
    # What feedparser decodes as Windows-1252 by the declaration; it cuts a trailing no-break space in two.
    if ours.title == plaintext.line(title.encode("cp1252", "replace").decode("utf-8", "ignore")):
        return "UTF-8 is read as UTF-8, whatever is declared"
    if any(sign in title for sign in ("Â", "Ã", "â€", "Ð")):
        return "UTF-8 is read as UTF-8, whatever is declared"
    return None


def test_each_difference_in_a_link_has_a_reason(pairs: list[Pair]) -> None:
    found = ((link_reason(ours, theirs), (p.name, ours.link)) for p in pairs for ours, theirs in p.entries())
    assert unexplained(found) == []


def link_reason(ours: Entry, theirs: Any) -> str | None:
    link = theirs.get("link") or None
    if ours.link == link:
        return "same link"
    if ours.link and ours.link == theirs.get("feedburner_origlink"):
        return "the publisher's address goes before the redirect"
    if link and ours.link is None and not assembly.is_web_address(link):
        return "what is no web address is no link"
    if link and link.startswith(HOST):
        return "relative links belong to the feed's site, not to its address"
    return "white space is cut" if link and ours.link == link.strip() else None


def test_each_difference_in_a_guid_has_a_reason(pairs: list[Pair]) -> None:
    found = ((guid_reason(ours, theirs), (p.name, ours.guid)) for p in pairs for ours, theirs in p.entries())
    assert unexplained(found) == []


def guid_reason(ours: Entry, theirs: Any) -> str | None:
    guid = theirs.get("id") or None
    if ours.guid == guid:
        return "same guid"
    return "a guid stays as it was written" if guid and guid.startswith(HOST) else None


def test_each_difference_in_a_date_has_a_reason(pairs: list[Pair]) -> None:
    found = ((date_reason(p, ours, theirs), (p.name, ours.published_at)) for p in pairs for ours, theirs in p.entries())
    assert unexplained(found) == []


def date_reason(pair: Pair, ours: Entry, theirs: Any) -> str | None:
    assert isinstance(pair.ours, Document)
    parsed = dict.get(theirs, "published_parsed")
    text = dict.get(theirs, "published")
    if pair.ours.format.startswith("rss") and not parsed and not ours.updated_at:
        parsed, text = parsed or dict.get(theirs, "updated_parsed"), text or dict.get(theirs, "updated")
    moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    published_at = ours.published_at.replace(microsecond=0) if ours.published_at else None
    if published_at == moment:
        return "same date"
    if moment is None:
        return "feedparser does not know the form"
    if published_at is None and not dates.FIRST_YEAR <= moment.year <= dates.LAST_YEAR:
        return "an absurd year is no date"
    return "the afternoon is not the morning" if text and " pm" in text.lower() else None


def test_no_text_of_an_entry_holds_markup(pairs: list[Pair]) -> None:
    texts = [
        (p.name, text)
        for p in pairs
        if isinstance(p.ours, Document)
        for entry in p.ours.entries
        for text in (entry.title, entry.summary_text, entry.content_text)
    ]
    assert [
        found for found in texts if any(tag in found[1] for tag in ("</p>", "<br", "</a>", "&nbsp;", "&amp;amp;"))
    ] == []


def test_items_that_are_recalled_are_as_if_they_were_parsed_again(pairs: list[Pair]) -> None:
    recalled = [p for p in pairs if p.past and len(p.past.entries) > 1]
    print(f"{len(recalled)} documents, {sum(len(p.past.entries) for p in recalled if p.past)} items")
    assert [p.name for p in recalled if reader.parse(p.body, url=URL, recall=recall_most(p)) != p.ours] == []


def recall_most(pair: Pair) -> Recall:
    """What would be known of the document if every fourth item were new."""
    assert pair.past is not None
    known = [item for number, item in enumerate(pair.past.entries.items()) if number % 4]
    return Recall(replace(pair.past, entries=dict(known)))


def test_the_news_of_archives_is_read_row_by_row(shared_data: Path) -> None:
    lines = gzip.decompress((shared_data / "news" / "venezuela.jsonl.gz").read_bytes())
    document = reader.parse(lines, url="file.jsonl", format="jsonl", max_entries=100_000)
    assert isinstance(document, Document)
    assert (len(document.entries), document.problems) == (lines.count(b"\n"), ())
