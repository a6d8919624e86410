"""Items that the feed's last document had are not parsed again, and nothing comes out differently for that."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.parsing import charset, reader, reuse
from tasks.parsing.memories import Memories
from tasks.parsing.remarks import Remarks
from tasks.parsing.reuse import Past, Recall
from warehouse.errors import WarehouseError
from warehouse.model import Document

URL = "https://host.example/feed"
GOLDEN = [
    path.read_bytes()
    for path in sorted((Path(__file__).parent / "golden").iterdir())
    if path.suffix in (".xml", ".json")
]
HEAD = '<rss version="2.0"><channel><title>Port</title><lastBuildDate>{built}</lastBuildDate>'


def feed(*titles: str, head: str = HEAD.format(built="Mon, 02 Feb 2026 10:00:00 GMT"), before: str = "") -> bytes:
    items = "".join(f"<item><title>{title}</title><link>/{title}</link></item>\n" for title in titles)
    return f"{head}{before}{items}</channel></rss>".encode()


def learnt(body: bytes) -> Past | None:
    recall = Recall()
    reader.parse(body, url=URL, recall=recall)
    return recall.learnt


def doctored(body: bytes) -> Recall:
    """A memory of a document in which each title is another: what is recalled shows, and what is parsed does too."""
    past = learnt(body)
    assert past is not None
    return Recall(
        replace(past, entries={key: replace(e, title=f"recalled {e.title}") for key, e in past.entries.items()})
    )


def titles(body: bytes, recall: Recall) -> list[str]:
    document = reader.parse(body, url=URL, recall=recall)
    assert isinstance(document, Document)
    return [entry.title for entry in document.entries]


def test_only_what_is_new_is_parsed() -> None:
    assert titles(feed("new", "b", "a"), doctored(feed("b", "a", "old"))) == ["new", "recalled b", "recalled a"]


def test_a_publishers_clock_is_no_change_of_context() -> None:
    later = HEAD.format(built="Tue, 03 Feb 2026 10:00:00 GMT")
    assert titles(feed("a", head=later), doctored(feed("a"))) == ["recalled a"]


@pytest.mark.parametrize(
    ("head", "before"),
    [
        ('<rss version="2.0" xml:base="https://other.example/"><channel><title>Port</title>', ""),
        ('<rss version="2.0" xml:lang="es"><channel><title>Port</title>', ""),
        ('<rss version="2.0" xmlns="http://example.org/"><channel><title>Port</title>', ""),
        ('<!DOCTYPE rss [<!ENTITY x "y">]><rss version="2.0"><channel><title>Port</title>', ""),
        (HEAD, "<link>https://moved.example/</link>"),
        (HEAD, "<language>pt</language>"),
    ],
)
def test_items_in_another_context_are_parsed_again(head: str, before: str) -> None:
    assert titles(feed("a", head=head, before=before), doctored(feed("a"))) == ["a"]


def test_items_of_another_address_are_parsed_again() -> None:
    recall = doctored(feed("a"))
    document = reader.parse(feed("a"), url="https://other.example/feed", recall=recall)
    assert isinstance(document, Document)
    assert document.entries[0].title == "a"


@pytest.mark.parametrize(
    "body",
    [
        b"<rss version='2.0'><channel><item><title>a & b</title></item></channel></rss>",
        b"<rss version='2.0'><channel><item><title>a</title><link>javascript:x</link></item></channel></rss>",
        b"<rss version='2.0'><channel><item><title>a</title><item><title>b</title></item></item></channel></rss>",
        b"<rss version='2.0'><channel><!-- <item><title>a</title></item> --></channel></rss>",
        b"<rss version='2.0'><channel><item><title>a</title></channel></rss>",
    ],
)
def test_nothing_is_learnt_of_a_document_that_had_to_be_repaired_or_hides_its_items(body: bytes) -> None:
    past = learnt(body)
    assert past is None or not past.entries


def test_text_that_looks_like_an_items_tag_is_text() -> None:
    body = feed("<![CDATA[</item><item>]]>", "b")
    recall = Recall(learnt(body))
    assert reader.parse(body, url=URL, recall=recall) == reader.parse(body, url=URL)
    assert len(learnt(body).entries) == 2  # type: ignore[union-attr]


@settings(max_examples=60)
@given(st.sampled_from(GOLDEN), st.randoms(use_true_random=False))
def test_what_is_recalled_changes_nothing(body: bytes, dice: random.Random) -> None:
    text = charset.decode(body, None, Remarks())
    layout = reuse.layout(text)
    positions = range(len(layout.items)) if layout else ()
    earlier = layout.with_items([i for i in positions if dice.random() < 0.7]).encode() if layout else body
    assert reader.parse(body, url=URL, recall=Recall(learnt(earlier))) == reader.parse(body, url=URL)


def test_a_memory_is_kept_whole(tmp_path: Path) -> None:
    past = learnt(next(body for body in GOLDEN if b"<feed" in body))
    assert past is not None
    memories = Memories(tmp_path)
    memories.put("feed", past)
    assert (memories.get("feed"), memories.get("other")) == (past, None)


def test_a_damaged_memory_is_none(tmp_path: Path) -> None:
    memories = Memories(tmp_path)
    memories.put("feed", Past("c", {}))
    (file,) = tmp_path.iterdir()
    for content in (b"", file.read_bytes()[:-5], b"{}"):
        file.write_bytes(content)
        assert memories.get("feed") is None


def test_what_another_version_of_the_parser_remembers_is_not_recalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Memories(tmp_path).put("feed", Past("c", {}))
    monkeypatch.setattr("tasks.parsing.memories._code", lambda: "another")
    assert Memories(tmp_path).get("feed") is None


def test_a_folder_that_takes_no_memory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WarehouseError, match="file"):
        Memories(tmp_path / "file").put("feed", Past("c", {}))
