"""JSON Feed, and items of archives as JSON Lines and CSV."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.parsing import reader
from warehouse.model import Document, Entry

URL = "https://host.example/feed.json"


def read(text: str, **arguments: Any) -> Document:
    document = reader.parse(text.encode(), url=URL, **arguments)
    assert isinstance(document, Document), document
    return document


def only(item: dict[str, Any]) -> Entry:
    (entry,) = read(json.dumps({"version": "https://jsonfeed.org/version/1", "items": [item]})).entries
    return entry


def test_a_feed_on_one_line_is_no_list_of_items() -> None:
    text = '{"version":"https://jsonfeed.org/version/1","title":"T","items":[{"id":"1","title":"x"}]}'
    assert [entry.title for entry in read(text).entries] == ["x"]


def test_the_first_versions_single_author_is_read() -> None:
    assert only({"title": "x", "author": {"name": "Ana"}}).authors == ("Ana",)


def test_fields_of_the_wrong_kind_are_passed_over() -> None:
    item = {"title": "x", "url": 7, "tags": "a", "authors": {"name": 1}, "date_published": [], "summary": None}
    assert only(item) == Entry(guid=None, link=None, title="x")


def test_half_characters_are_left_out() -> None:
    assert only({"title": "a\ud800b"}).title == "ab"


def test_control_characters_within_strings_do_no_harm() -> None:
    assert read('{"items":[{"title":"a\tb\x01"}]}').entries[0].title == "a b"


def test_a_feed_that_breaks_off_keeps_what_came_before() -> None:
    document = read('{"title":"T","items":[{"title":"one"},{"title":"two"},{"title":"thr')
    assert [entry.title for entry in document.entries] == ["one", "two"]
    assert document.problems == ("The JSON breaks off or is broken; the items before were taken.",)


def test_items_are_recognised_by_themselves() -> None:
    assert (
        read('{"title":"x","url":"https://a.example/1"}\n{"title":"y","url":"https://a.example/2"}\n').format == "jsonl"
    )


def test_a_table_is_recognised_by_its_heading() -> None:
    assert read("Title,Link\nx,https://a.example/1\n").entries[0].link == "https://a.example/1"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_may_be_divided_in_four_ways(delimiter: str) -> None:
    rows = [["title", "url", "lang"], ["x", "https://a.example/1", "pt-BR"]]
    (entry,) = read("\n".join(delimiter.join(row) for row in rows)).entries
    assert (entry.title, entry.language) == ("x", "pt")


def test_a_field_of_a_table_may_hold_lines() -> None:
    text = 'title,url,text\nx,https://a.example/1,"One.\n\nTwo."\ny,https://a.example/2,\n'
    document = read(text, format="csv")
    assert [entry.content_text for entry in document.entries] == ["One.\nTwo.", ""]


def test_a_row_without_a_title_is_left_out_by_its_line() -> None:
    text = 'title,url\n"x\ny",https://a.example/1\n,https://a.example/2\n'
    assert read(text, format="csv").problems == ("Line 4 was left out: it has no title.",)


def test_a_row_with_an_id_needs_no_address() -> None:
    document = read('{"id":"7","title":"x","url":"javascript:x"}', format="jsonl")
    assert document.entries == (Entry(guid="7", link=None, title="x"),)
    assert document.problems == ("Line 1: the url is no web address and was left out.",)


def test_the_outlet_at_the_end_of_an_items_title_goes() -> None:
    line = '{"id":"7","title":"Talks resume - Coast Daily","source":"Coast Daily"}'
    assert read(line, format="jsonl").entries[0].title == "Talks resume"


def test_a_long_archive_is_read_whole() -> None:
    text = "".join(f'{{"id":"{n}","title":"Item {n}","url":"https://a.example/{n}"}}\n' for n in range(40_000))
    assert len(read(text, format="jsonl", max_entries=100_000).entries) == 40_000


def test_a_limit_holds_for_items_too() -> None:
    document = read('{"id":"1","title":"x"}\n' * 5, format="jsonl", max_entries=2)
    assert (len(document.entries), document.problems) == (2, ("Only the first 2 entries were taken.",))


def test_a_file_that_holds_no_item_is_a_document_that_says_so() -> None:
    document = read("<rss/>", format="jsonl")
    assert document.entries == ()
    assert document.problems[0].startswith("Line 1 was left out: it is not JSON")
