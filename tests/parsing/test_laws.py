"""What holds for every document, found by generation and mutation."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.parsing import assembly, mojibake, plaintext, reader
from warehouse.model import Document, Entry, NotAFeed

GOLDEN = [
    path.read_bytes() for path in sorted((Path(__file__).parent / "golden").iterdir()) if "expected" not in path.name
]
URL = "https://host.example/feed"

# Words that are their own plain text: composed, visible, free of markup, each separated by one space.
words = st.text(
    st.characters(categories=("L", "N", "P", "S"), exclude_characters="<>&\ufffc\ufffd", max_codepoint=0xFFFF),
    min_size=1,
    max_size=12,
).filter(
    lambda word: unicodedata.is_normalized("NFC", word) and word.split() == [word] and plaintext.visible(word) == word
)
lines = (
    st.lists(words, min_size=1, max_size=8)
    .map(" ".join)
    .filter(lambda text: unicodedata.is_normalized("NFC", text) and mojibake.repair(text) == text)
)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda m: m.replace(microsecond=0, tzinfo=UTC))
paths = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_/", min_size=1, max_size=40).map(
    lambda path: path.lstrip("/") or "a"
)
entries = st.builds(
    Entry,
    guid=st.uuids().map(str),
    link=paths.map(lambda path: f"https://site.example/{path}"),
    title=lines,
    summary_text=lines,
    authors=st.just(("A. Writer",)),
    published_at=moments,
    language=st.just("es"),
)


def survives_latin1(text: str) -> bool:
    """Whether feedparser leaves the text alone, which it decodes again where that is possible."""
    try:
        return text.isascii() or text.encode("latin-1").decode("utf-8") == text
    except UnicodeError:
        return not any(0x80 <= ord(character) < 0xA0 for character in text)


def as_rss(items: list[Entry]) -> bytes:
    def element(entry: Entry) -> str:
        assert entry.published_at
        return (
            f'<item><guid isPermaLink="false">{entry.guid}</guid><link>{entry.link}</link>'
            f"<title>{escape(entry.title)}</title><description>{escape(entry.summary_text)}</description>"
            f"<author>{entry.authors[0]}</author><pubDate>{format_datetime(entry.published_at)}</pubDate></item>"
        )

    return (
        '<rss version="2.0"><channel><link>https://site.example/</link><language>es</language>'
        f"{''.join(map(element, items))}</channel></rss>"
    ).encode()


def as_json_feed(items: list[Entry]) -> bytes:
    def value(entry: Entry) -> dict[str, object]:
        assert entry.published_at
        return {
            "id": entry.guid,
            "url": entry.link,
            "title": entry.title,
            "summary": entry.summary_text,
            "authors": [{"name": name} for name in entry.authors],
            "date_published": entry.published_at.isoformat(),
        }

    feed = {"version": "https://jsonfeed.org/version/1.1", "language": "es", "items": list(map(value, items))}
    return json.dumps(feed, ensure_ascii=False).encode()


def parsed(body: bytes) -> Document | NotAFeed:
    return reader.parse(body, url=URL)


def assert_in_order(answer: Document | NotAFeed) -> None:
    """The promises of `Entry`: bounded plain text, web addresses, aware times."""
    if isinstance(answer, NotAFeed):
        assert answer.kind
        assert answer.reason.endswith(".")
        return
    for entry in answer.entries:
        texts = (entry.title, entry.summary_text, entry.content_text, *entry.authors, *entry.categories)
        assert all(plaintext.visible(text) == text and text.strip() == text for text in texts)
        assert "\n" not in entry.title
        assert len(entry.title) <= assembly.MAX_TITLE
        assert entry.link is None or assembly.is_web_address(entry.link)
        assert all(moment is None or moment.tzinfo for moment in (entry.published_at, entry.updated_at))
    "".join(f"{entry}" for entry in answer.entries).encode()


@given(st.lists(entries.filter(lambda e: survives_latin1(e.title) and survives_latin1(e.summary_text)), max_size=4))
def test_rss_that_was_written_is_read_back(items: list[Entry]) -> None:
    answer = parsed(as_rss(items))
    assert isinstance(answer, Document)
    assert answer.entries == tuple(items)


@given(st.lists(entries, max_size=4))
def test_json_feed_that_was_written_is_read_back(items: list[Entry]) -> None:
    answer = parsed(as_json_feed(items))
    assert isinstance(answer, Document)
    assert answer.entries == tuple(items)


@given(st.binary(max_size=2_000))
@example(b"\xff\xfe")
@example(b"\x00<\x00")
@example(b"<?xml version='1.0' encoding='idna'?><rss>\xff</rss>")
def test_any_bytes_are_answered(body: bytes) -> None:
    assert_in_order(parsed(body))


@given(
    st.text(max_size=500),
    st.sampled_from(["<rss version='2.0'><channel><item><title>", "<feed><entry><title>", '{"items":[{"title":"']),
)
def test_any_text_within_a_feed_is_answered(text: str, start: str) -> None:
    assert_in_order(parsed((start + text).encode("utf-8", "surrogatepass")))


@settings(max_examples=300)
@given(st.data())
def test_a_feed_with_a_part_changed_is_answered(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(GOLDEN))
    start = data.draw(st.integers(0, len(body)))
    length = data.draw(st.integers(0, 60))
    piece = data.draw(
        st.binary(max_size=20)
        | st.sampled_from([b"<", b"&", b"]]>", b"<![CDATA[", b"<!--", b"</item>", b"<item>", b'"'])
    )
    assert_in_order(parsed(body[:start] + piece + body[start + length :]))


@settings(max_examples=200)
@given(st.sampled_from(GOLDEN), st.floats(0, 1))
def test_a_feed_that_breaks_off_is_answered(body: bytes, share: float) -> None:
    assert_in_order(parsed(body[: int(len(body) * share)]))


@pytest.mark.parametrize("body", GOLDEN)
def test_reading_twice_gives_the_same(body: bytes) -> None:
    assert parsed(body) == parsed(body)


@given(st.text(max_size=300))
def test_plain_text_of_plain_text_is_itself(text: str) -> None:
    once = plaintext.line(text.replace("<", "").replace("&", ""))
    assert plaintext.line(once) == once


@given(lines)
def test_what_was_encoded_twice_is_repaired_or_left_alone(text: str) -> None:
    try:
        twice = text.encode().decode("cp1252")
    except UnicodeDecodeError:
        return
    assert mojibake.repair(twice) in (text, twice)
