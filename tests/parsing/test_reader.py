"""What the reader promises for whole documents: every format, every encoding, and what is no feed."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tasks.parsing import reader
from warehouse.model import Document, Entry, NotAFeed

GOLDEN = Path(__file__).parent / "golden"
DOCUMENTS = sorted(path for path in GOLDEN.iterdir() if not path.name.endswith(".expected.json"))
URL = "https://host.example/feed"


def read(text: str | bytes, **arguments: Any) -> Document:
    document = reader.parse(text if isinstance(text, bytes) else text.encode(), url=URL, **arguments)
    assert isinstance(document, Document), document
    return document


def refuse(text: str | bytes, **arguments: Any) -> NotAFeed:
    refusal = reader.parse(text if isinstance(text, bytes) else text.encode(), url=URL, **arguments)
    assert isinstance(refusal, NotAFeed), refusal
    return refusal


def rss(items: str, channel: str = "") -> str:
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>https://site.example/</link>'
        f"{channel}{items}</channel></rss>"
    )


def only(text: str | bytes, **arguments: Any) -> Entry:
    (entry,) = read(text, **arguments).entries
    return entry


def as_json(document: Document) -> Any:
    """A document as its golden file writes it: times in ISO 8601, sets sorted, empty fields left out."""
    text = json.dumps(
        dataclasses.asdict(document), default=lambda v: sorted(v) if isinstance(v, frozenset) else v.isoformat()
    )
    return without_empty(json.loads(text))


def without_empty(value: Any) -> Any:
    if isinstance(value, list):
        return [without_empty(part) for part in value]
    if not isinstance(value, dict):
        return value
    fields = {key: without_empty(part) for key, part in value.items()}
    return {key: part for key, part in fields.items() if part not in (None, "", [], {})}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_reads_as_its_golden_file_says(path: Path) -> None:
    expected = json.loads(path.with_name(f"{path.name}.expected.json").read_text(encoding="utf-8"))
    assert as_json(read(path.read_bytes())) == expected


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>wait</body></html>", "html"),
        (b"<html><body><h1>502 Bad Gateway</h1></body></html>", "html"),
        (b"Service unavailable", "text"),
        (b'{"error": "not found"}', "json"),
        (b"{broken", "json"),
        (b"[1, 2]", "json"),
        (b"<note><to>x</to></note>", "xml"),
        (b'<opml version="2.0"><body><outline xmlUrl="https://x.example/"/></body></opml>', "opml"),
        (b"<sitemapindex><sitemap><loc>https://x.example/s.xml</loc></sitemap></sitemapindex>", "sitemap"),
        (b"<urlset><url><loc>https://x.example/</loc></url></urlset>", "sitemap"),
        (b"\x1f\x8b\x08\x00\x00", "text"),
        (b"%PDF-1.7\n\x00\x01", "text"),
    ],
)
def test_what_is_no_feed_is_refused_by_kind(body: bytes, kind: str) -> None:
    assert refuse(body).kind == kind


def test_the_title_of_a_web_page_is_part_of_the_reason() -> None:
    page = "<html><head><title>Attention Required! | Shield</title></head></html>"
    assert "“Attention Required! | Shield”" in refuse(page).reason


def test_a_feed_without_items_is_a_document() -> None:
    assert read(rss("")).entries == ()


def test_a_feed_that_speaks_of_html_is_no_web_page() -> None:
    assert only(rss("<item><title>x</title><description>&lt;html&gt; &lt;head&gt;</description></item>")).title == "x"


def test_a_feed_in_the_wrong_content_type_is_read() -> None:
    assert only(rss("<item><title>x</title></item>"), content_type="text/html; charset=utf-8").title == "x"


def test_the_content_language_header_serves_where_the_document_names_none() -> None:
    assert only(rss("<item><title>x</title></item>"), content_language="pt-BR").language == "pt"


def test_the_documents_language_goes_before_the_header() -> None:
    document = read(rss("<item><title>x</title></item>", "<language>es-ve</language>"), content_language="en")
    assert (document.language, document.entries[0].language) == ("es", "es")


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "iso-8859-1", "windows-1252", "cp037"]
)
def test_an_encoding_that_shows_or_is_declared_is_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig").removesuffix("-le")
    text = rss("<item><title>Añadió: “no” — Maduro</title></item>").replace("1.0", f'1.0" encoding="{declared}', 1)
    if encoding in ("iso-8859-1", "cp037"):
        text = text.replace("“no” —", '"no" -')
    title = only(text.encode(encoding)).title
    assert title in ("Añadió: “no” — Maduro", 'Añadió: "no" - Maduro')


def test_utf8_is_read_as_utf8_whatever_is_declared() -> None:
    text = rss("<item><title>Señal</title></item>").replace("1.0", '1.0" encoding="iso-8859-1', 1)
    assert only(text, content_type="text/xml; charset=us-ascii").title == "Señal"


def test_text_encoded_twice_is_repaired() -> None:
    assert only(rss("<item><title>El venezolÃ¡n dijo â€œnoâ€\u009d</title></item>")).title == "El venezolán dijo “no”"


def test_the_charset_of_the_header_is_used() -> None:
    body = rss("<item><title>São Paulo</title></item>").encode("iso-8859-1")
    assert only(body, content_type="application/rss+xml; charset=ISO-8859-1").title == "São Paulo"


def test_a_document_cut_within_a_letter_keeps_its_other_letters() -> None:
    body = rss("<item><title>Señal</title><description>ñ").encode()
    cut = body[: body.rindex("ñ".encode()) + 1]
    assert only(cut).title == "Señal"


def test_a_relative_link_is_resolved_against_the_feeds_site() -> None:
    assert only(rss("<item><title>x</title><link>a/b?c=1</link></item>")).link == "https://site.example/a/b?c=1"


def test_without_a_site_a_relative_link_is_resolved_against_the_address_that_answered() -> None:
    text = '<rss version="2.0"><channel><item><title>x</title><link>/a</link></item></channel></rss>'
    assert only(text).link == "https://host.example/a"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "ftp://x.example/", "http://", "mailto:a@b.example"]
)
def test_a_link_that_is_no_web_address_is_none(link: str) -> None:
    assert only(rss(f"<item><title>x</title><link>{link}</link></item>")).link is None


def test_a_guid_stays_as_it_was_written_wherever_the_feed_lives() -> None:
    assert only(rss("<item><title>x</title><guid>post-17</guid></item>")).guid == "post-17"


def test_a_guid_that_is_no_address_is_no_link() -> None:
    assert only(rss("<item><title>x</title><guid>post-17</guid></item>")).link is None


def test_a_guid_that_says_it_is_no_permalink_is_no_link() -> None:
    item = '<item><title>x</title><guid isPermaLink="false">https://site.example/?p=1</guid></item>'
    assert only(rss(item)).link is None


def test_an_escaped_ampersand_in_a_link_is_unescaped() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>x</title>'
        '<link href="https://a.example/?x=1&amp;amp;y=2"/></entry></feed>'
    )
    assert only(atom).link == "https://a.example/?x=1&y=2"


def test_the_outlet_at_the_end_of_an_aggregators_title_becomes_the_source() -> None:
    item = (
        '<item><title>Talks resume - Coast Daily</title><source url="https://coast.example">Coast Daily</source></item>'
    )
    entry = only(rss(item))
    assert (entry.title, entry.source_name, entry.source_url) == (
        "Talks resume",
        "Coast Daily",
        "https://coast.example",
    )


def test_google_news_names_the_outlet_in_the_title_alone() -> None:
    body = rss("<item><title>Talks resume - Coast Daily</title></item>").encode()
    document = reader.parse(body, url="https://news.google.com/rss/search?q=venezuela")
    assert isinstance(document, Document)
    assert (document.entries[0].title, document.entries[0].source_name) == ("Talks resume", "Coast Daily")


def test_a_dash_in_another_feeds_title_stays() -> None:
    assert only(rss("<item><title>Talks resume - Coast Daily</title></item>")).title == "Talks resume - Coast Daily"


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("ana@site.example (Ana Rojas)", "Ana Rojas"),
        ("Ana Rojas &lt;ana@site.example&gt;", "Ana Rojas"),
        ("Ana Rojas (ana@site.example)", "Ana Rojas"),
        ("ana@site.example", "ana@site.example"),
        ("Ana Rojas", "Ana Rojas"),
    ],
)
def test_an_author_is_the_name_without_the_address(author: str, name: str) -> None:
    assert only(rss(f"<item><title>x</title><author>{author}</author></item>")).authors == (name,)


def test_the_date_of_dublin_core_is_that_of_publication() -> None:
    text = (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        "<item><title>x</title><dc:date>2026-01-05</dc:date></item></channel></rss>"
    )
    entry = only(text)
    assert (entry.published_at, entry.updated_at) == (datetime(2026, 1, 5, tzinfo=UTC), None)


def test_a_day_that_could_be_a_month_is_read_by_the_feeds_language() -> None:
    item = "<item><title>x</title><pubDate>05/01/2026 10:00</pubDate></item>"
    assert only(rss(item, "<language>es</language>")).published_at == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert only(rss(item, "<language>en</language>")).published_at is None


def test_content_is_not_repeated_as_summary() -> None:
    text = (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        "<item><title>x</title><content:encoded>All of it</content:encoded></item></channel></rss>"
    )
    entry = only(text)
    assert (entry.summary_text, entry.content_text) == ("", "All of it")


def test_entries_beyond_the_limit_are_left_out_and_remarked_on() -> None:
    document = read(rss("<item><title>x</title></item>" * 5), max_entries=3)
    assert len(document.entries) == 3
    assert document.problems == ("Only the first 3 entries were taken.",)


def test_long_fields_are_cut_and_remarked_on() -> None:
    item = f"<item><title>{'t' * 1_500}</title><description>{'s' * 30_000}</description></item>"
    document = read(rss(item))
    (entry,) = document.entries
    assert (len(entry.title), len(entry.summary_text)) == (1_000, 20_000)
    assert document.problems == ("A title was cut to 1,000 characters.", "A summary was cut to 20,000 characters.")


def test_labels_are_few_short_and_different() -> None:
    categories = "".join(f"<category>{n}</category>" for n in [*range(80), "z" * 300, 3])
    entry = only(rss(f"<item><title>x</title>{categories}</item>"))
    assert len(entry.categories) == 50
    assert len(set(entry.categories)) == 50


def test_a_sequence_of_codes_for_one_sign_becomes_the_sign() -> None:
    assert only(rss("<item><title>Calma &#55357;&#56832;</title></item>")).title == "Calma 😀"


@pytest.mark.parametrize(
    "reference", ["&#xD800;", "&#0;", "&#x1F;", "&#1114112;", "&#99999999999999999999;", "&#xFFFF;"]
)
def test_a_reference_to_no_character_is_left_out(reference: str) -> None:
    assert only(rss(f"<item><title>a{reference}b</title></item>")).title == "ab"


def test_control_characters_are_left_out() -> None:
    document = read(rss("<item><title>a\x00b\x1b[31mc\x08</title></item>"))
    assert document.entries[0].title == "ab[31mc"
    assert "Control characters were left out." in document.problems


def test_invisible_signs_that_reorder_text_are_left_out() -> None:
    assert only(rss("<item><title>a\u202eb\u200bc\ufeff</title></item>")).title == "abc"


def test_text_is_composed() -> None:
    assert only(rss("<item><title>Ame\u0301rica</title></item>")).title == "América"


@pytest.mark.parametrize(
    "stumble",
    [
        "</width>",
        "<height>tall</height>",
        "</textinput><link>a",
        '<a xmlns="one two three four"/>',
        "</category></tags>",
    ],
)
def test_an_element_that_feedparser_stumbles_over_costs_itself_alone(stumble: str) -> None:
    items = f"<item><title>x</title>{stumble}</item><item><title>y</title></item>"
    assert [entry.title for entry in read(rss(items)).entries] == ["x", "y"]


def test_signs_of_windows_1252_that_were_declared_as_latin_1_are_read_as_meant() -> None:
    items = "".join(f"<item><title>{title}</title></item>" for title in ("Crisis \x96 señal \x93sí\x94", "Señal"))
    document = reader.parse(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode(), url="https://h.example/f")
    assert isinstance(document, Document)
    assert [entry.title for entry in document.entries] == ["Crisis – señal “sí”", "Señal"]
