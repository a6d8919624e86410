from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from tasks.reporting import feeds
from tests.reporting.press import NOW, Press

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"


def story(**values: Any) -> dict[str, Any]:
    return {
        "story_id": "s1",
        "headline": "A headline",
        "summary": "A summary.",
        "url": "https://example.org/1",
        "outlets": ["The Gazette"],
        "languages": ["en"],
        "topics": ["energy"],
        "first_reported_at": AT,
        "last_reported_at": AT + timedelta(hours=1),
    } | values


def entry(**values: Any) -> Any:
    parsed = feedparser.parse(feeds.atom([story(**values)], now=AT).encode())
    assert not parsed.bozo
    return parsed.entries[0]


def test_an_atom_entry_comes_back_as_it_went_in() -> None:
    found = entry(headline="Tom & Jerry <b>“meet”</b>")
    assert (found.id, found.title) == ("urn:usven:story:s1", "Tom & Jerry <b>“meet”</b>")
    assert found.link == "https://example.org/1"
    assert found.published == "2026-11-20T09:30:00Z"
    assert found.updated == "2026-11-20T10:30:00Z"
    assert found.tags[0].term == "energy"


def test_both_feeds_agree_on_ids_and_times() -> None:
    item = json.loads(feeds.json_feed([story()]))["items"][0]
    assert (item["id"], item["date_modified"]) == (entry().id, entry().updated)


def test_a_growing_story_keeps_its_id_and_is_updated() -> None:
    grown = entry(last_reported_at=AT + timedelta(days=1))
    assert grown.id == entry().id
    assert grown.updated > entry().updated


def test_atom_has_what_the_standard_demands() -> None:
    root = fromstring(feeds.atom([story(), story(story_id="s2", url="urn:x:y", summary=None)], now=AT))
    for element in [root, *root.iter(f"{ATOM}entry")]:
        assert [len(element.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    for found in root.iter(f"{ATOM}entry"):
        assert found.find(f"{ATOM}link[@rel='alternate']") is not None or found.find(f"{ATOM}content") is not None


def test_a_feed_of_nothing_is_still_a_feed() -> None:
    assert not feedparser.parse(feeds.atom([], now=AT).encode()).bozo
    assert json.loads(feeds.json_feed([]))["items"] == []


def test_json_feed_has_what_the_standard_demands() -> None:
    feed = json.loads(feeds.json_feed([story(), story(story_id="s2", url=None, languages=["en", "es"])]))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_text"]
        assert None not in item.values()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "urn:usven:entry:1", "ftp://example.org/", None])
def test_an_address_that_is_not_of_the_web_is_left_out(url: str | None) -> None:
    root = fromstring(feeds.atom([story(url=url)], now=AT))
    assert root.find(f"{ATOM}entry/{ATOM}link") is None
    assert "url" not in json.loads(feeds.json_feed([story(url=url)]))["items"][0]


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=80))
def test_any_text_gives_well_formed_feeds(text: str) -> None:
    given_story = story(headline=text, summary=text, outlets=[text], topics=["energy"])
    root = fromstring(feeds.atom([given_story], now=AT).encode())
    item = json.loads(feeds.json_feed([given_story]).encode())["items"][0]
    title = root.findtext(f"{ATOM}entry/{ATOM}title")
    assert title is not None
    assert title.splitlines() == item["title"].splitlines()


def test_the_site_carries_the_newest_hundred_stories(press: Press) -> None:
    for n in range(103):
        press.article(f"a{n}", f"Headline {n}", at=NOW - timedelta(hours=n))
    press.site()
    found = feedparser.parse(press.read("feed.atom.xml").encode())
    assert len(found.entries) == len(json.loads(press.read("feed.json"))["items"]) == 100
    assert found.entries[0].id == "urn:usven:story:s-a0"


def test_a_feed_does_not_change_because_time_passes(press: Press) -> None:
    press.article("a", "A headline")
    press.site()
    before = press.read("feed.atom.xml")
    press.site(now=datetime(2026, 11, 21, tzinfo=UTC))
    assert press.read("feed.atom.xml") == before
