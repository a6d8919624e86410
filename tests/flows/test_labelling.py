"""`usven tag`: what comes out for what goes in, and what is said of lines that are no items."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import labelling
from tasks import jsonlines
from warehouse.errors import InputError

WORDS = ("US", "Venezuela", "EE. UU.", "sanções", "\ud800", "\u0000", "Read also:", "Citgo", " - ", "ñ", "\u200b", "\n")
texts = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=12).map(" ".join)
json_values = st.one_of(st.none(), st.integers(), texts, st.lists(st.integers(), max_size=2))


def label(*items: dict[str, Any]) -> list[dict[str, Any]]:
    lines = [json.dumps(item).encode() for item in items]
    return [json.loads(line) for line in labelling.label_items(jsonlines.parse(lines, "test"))]


def test_an_item_gets_what_the_interface_promises() -> None:
    (found,) = label({"id": 7, "title": "US lifts sanctions on Venezuela", "published": "2026-02-01"})
    assert found.keys() == {"id", "level", "score", "topics", "actors", "events", "evidence"}
    assert (found["id"], found["level"], found["topics"]) == (7, 2, ["sanctions"])
    assert ["US", "RETREAT", "VE"] in found["events"]


@settings(max_examples=200, deadline=None)
@given(texts, texts)
def test_every_word_of_evidence_stands_where_it_says(title: str, summary: str) -> None:
    item = {"id": "x", "title": title, "summary": summary}
    (found,) = label(item)
    assert all(item[e["field"]][e["start"] :].startswith(e["text"]) and e["text"] for e in found["evidence"])


@pytest.mark.parametrize("item", [{}, {"id": "a"}, {"title": None, "summary": None, "published": None, "source": None}])
def test_what_an_item_lacks_counts_as_empty(item: dict[str, Any]) -> None:
    (found,) = label(item)
    assert (found["level"], found["topics"], found["evidence"]) == (0, [], [])


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["id", "title", "summary", "text", "published", "source"]), json_values))
def test_an_odd_item_is_labelled_or_refused_in_words(item: dict[str, Any]) -> None:
    values = [item.get(name) if item.get(name) is not None else "" for name in ("title", "summary", "text", "source")]
    is_dated = isinstance(item.get("published"), int | str | None)
    if is_dated and all(isinstance(value, str) for value in values):
        assert len(label(item)) == 1
    else:
        with pytest.raises(InputError, match="line 1: .* is not text"):
            label(item)


def test_half_a_surrogate_pair_passes_through_as_json_spells_it() -> None:
    (found,) = label({"id": "\ud800", "title": "Trump \ud800 Venezuela"})
    assert (found["id"], found["level"]) == ("\ud800", 2)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{bad", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"id": NaN}', "NaN"),
        (b'\xff{"id": 1}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"title": ["US"]}', "title is not text"),
    ],
)
def test_a_bad_line_is_named_by_its_number(line: bytes, words: str) -> None:
    items = jsonlines.parse([b'{"id": 1}', b"  ", line], "items.jsonl")
    with pytest.raises(InputError, match=f"items.jsonl, line 3: .*{words}"):
        list(labelling.label_items(items))


def test_a_gzipped_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl.gz"
    path.write_bytes(gzip.compress(b'\xef\xbb\xbf{"id": 1}\n\n{"id": 2}\n'))
    assert [item["id"] for _, item in jsonlines.read(path)] == [1, 2]


@pytest.mark.parametrize("content", [None, b"no gzip"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "items.jsonl.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        list(jsonlines.read(path))
