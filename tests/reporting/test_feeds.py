from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import jsonfeedvalidator
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tasks.reporting import feeds
from tasks.reporting.feeds import Channel, Ledger
from tests.reporting.press import NOW, Press
from warehouse import catalogue

AT = datetime(2026, 11, 20, 9, 30)
ATOM = "{http://www.w3.org/2005/Atom}"
GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))


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
        "last_seen_at": AT + timedelta(hours=1),
        "updated_at": AT + timedelta(hours=1),
    } | values


def channel(*stories: dict[str, Any], site_url: str = "") -> Channel:
    return Channel("all", "", "", stories, len(stories), AT, site_url)


def entry(**values: Any) -> Any:
    parsed = feedparser.parse(feeds.atom(channel(story(**values))).encode())
    assert not parsed.bozo
    return parsed.entries[0]


def assert_valid(atom: str, json_feed: str) -> None:
    """Against a grammar of RFC 4287 and what it says beside it, and by a validator of JSON Feed."""
    root = etree.fromstring(atom.encode())
    GRAMMAR.assertValid(root)
    for found in root.iter(f"{ATOM}entry"):
        assert found.find(f"{ATOM}link[@rel='alternate']") is not None or found.find(f"{ATOM}content") is not None
    feed = json.loads(json_feed)
    # The validator knows version 1; 1.1 added these two.
    for part in (feed, *feed["items"]):
        assert all(author["name"] is not None for author in part.pop("authors"))
        assert part.pop("language", "en")
    assert jsonfeedvalidator.validate_feed(feed) == []


# --- what a feed says --------------------------------------------------------------------------


def test_an_atom_entry_comes_back_as_it_went_in() -> None:
    found = entry(headline="Tom & Jerry <b>“meet”</b>")
    assert (found.id, found.title) == ("urn:usven:story:s1", "Tom & Jerry <b>“meet”</b>")
    assert found.link == "https://example.org/1"
    assert found.published == "2026-11-20T09:30:00Z"
    assert found.updated == "2026-11-20T10:30:00Z"
    assert found.tags[0].term == "energy"


def test_both_feeds_agree_on_ids_and_times() -> None:
    item = json.loads(feeds.json_feed(channel(story())))["items"][0]
    assert (item["id"], item["date_modified"]) == (entry().id, entry().updated)


@pytest.mark.parametrize("site_url", ["", "https://example.org/usven/"])
@pytest.mark.parametrize("stories", [(), (story(), story(story_id="s2", url="urn:x:y", summary=None, languages=[]))])
def test_feeds_are_valid(stories: tuple[dict[str, Any], ...], site_url: str) -> None:
    made = channel(*stories, site_url=site_url)
    assert_valid(feeds.atom(made), feeds.json_feed(made))


def test_the_grammar_and_the_validator_see_what_is_wrong() -> None:
    atom, json_feed = feeds.atom(channel(story())), feeds.json_feed(channel(story()))
    for broken in (
        atom.replace("<updated>2026", "<updated>26"),
        atom.replace("<author>\n<name>usven</name>\n</author>", ""),
    ):
        with pytest.raises(etree.DocumentInvalid):
            assert_valid(broken, json_feed)
    with pytest.raises(AssertionError):
        assert_valid(atom, json_feed.replace('"id"', '"identity"'))


def test_with_the_address_of_the_site_feeds_say_where_they_are() -> None:
    made = channel(story(), site_url="https://example.org/usven/")
    parsed = feedparser.parse(feeds.atom(made).encode())
    assert {link.rel: link.href for link in parsed.feed.links}["self"] == "https://example.org/usven/feed.atom.xml"
    assert parsed.entries[0].links[1].href == "https://example.org/usven/stories/s1.html"
    assert json.loads(feeds.json_feed(made))["feed_url"] == "https://example.org/usven/feed.json"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "urn:usven:entry:1", "ftp://example.org/", None])
def test_an_address_that_is_not_of_the_web_is_left_out(url: str | None) -> None:
    root = fromstring(feeds.atom(channel(story(url=url))))
    assert root.find(f"{ATOM}entry/{ATOM}link") is None
    assert "url" not in json.loads(feeds.json_feed(channel(story(url=url))))["items"][0]


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=80))
def test_any_text_gives_valid_feeds(text: str) -> None:
    made = channel(story(headline=text, summary=text, outlets=[text], topics=["energy"]))
    atom, json_feed = feeds.atom(made), feeds.json_feed(made)
    assert_valid(atom, json_feed)
    title = fromstring(atom.encode()).findtext(f"{ATOM}entry/{ATOM}title")
    assert title is not None
    assert title.splitlines() == json.loads(json_feed)["items"][0]["title"].splitlines()


# --- updates -----------------------------------------------------------------------------------


def stamps(*looks: tuple[dict[str, Any], datetime]) -> list[datetime]:
    """The time of update of a story at each of several looks."""
    known: dict[str, Any] = {}
    found = []
    for values, now in looks:
        ledger = Ledger(known, now=now)
        found.append(ledger.stamp(story(**values))["updated_at"])
        known = json.loads(json.dumps(ledger.current))
    return found


def test_a_new_story_is_as_old_as_its_latest_report() -> None:
    assert stamps(({}, AT + timedelta(days=3))) == [AT + timedelta(hours=1)]


def test_an_entry_is_updated_when_another_outlet_reports_the_story() -> None:
    later = AT + timedelta(hours=5)
    assert stamps(({}, AT), ({"outlets": ["The Gazette", "Second"]}, later))[1] == later


def test_an_entry_that_says_the_same_is_not_updated() -> None:
    more = {"last_reported_at": AT + timedelta(hours=4), "last_seen_at": AT + timedelta(hours=4), "report_count": 2}
    assert len(set(stamps(({}, AT), (more, AT + timedelta(hours=5)), (more, AT + timedelta(hours=6))))) == 1


def test_a_growing_story_is_updated_in_place(press: Press) -> None:
    press.outlet("second")
    press.article("a", "A headline")
    press.site()
    (before,) = feedparser.parse(press.read("feed.atom.xml").encode()).entries
    press.article("b", "Another", story="s-a", outlet_id="second", at=NOW)
    press.site(now=NOW + timedelta(hours=1))
    (after,) = feedparser.parse(press.read("feed.atom.xml").encode()).entries
    assert after.id == before.id
    assert after.updated == "2026-11-20T13:00:00Z" > before.updated


def test_a_feed_does_not_change_because_time_passes(press: Press) -> None:
    press.article("a", "A headline", actors={"pdvsa": {"field": "title", "start_offset": 0, "text": "A"}})
    press.save_query("empty", "SELECT story_id FROM mart.stories WHERE false")
    press.site()
    names = ["feed.atom.xml", "feeds/topic/diplomacy.json", "feeds/actor/pdvsa.atom.xml", "feeds/query/empty.atom.xml"]
    before = [press.read(name) for name in names]
    press.site(now=datetime(2026, 11, 21, tzinfo=UTC))
    assert [press.read(name) for name in names] == before


def test_a_damaged_ledger_of_updates_costs_no_report(press: Press) -> None:
    press.article("a", "A headline")
    press.site()
    before = press.read("feed.atom.xml")
    for damage in ("{", "[]", '{"s-a": 7}', '{"s-a": ["x", "yesterday"]}'):
        (press.folder / "report/.feeds.json").write_text(damage)
        press.site()
        assert press.read("feed.atom.xml") == before


# --- which feeds there are ---------------------------------------------------------------------


def test_the_site_carries_the_newest_hundred_stories(press: Press) -> None:
    for n in range(103):
        press.article(f"a{n}", f"Headline {n}", at=NOW - timedelta(hours=n))
    press.site()
    found = feedparser.parse(press.read("feed.atom.xml").encode())
    assert len(found.entries) == len(json.loads(press.read("feed.json"))["items"]) == 100
    assert found.entries[0].id == "urn:usven:story:s-a0"


def test_each_topic_and_actor_has_feeds_of_its_own(busy: Press) -> None:
    for name, title in (("topic/energy", "Energy"), ("actor/pdvsa", "PDVSA")):
        found = feedparser.parse(busy.read(f"feeds/{name}.atom.xml").encode())
        assert found.feed.title == f"{feeds.TITLE} · {title}"
        assert found.feed.id == "urn:usven:feed:" + name.replace("/", ":")
        assert len(found.entries) == len(json.loads(busy.read(f"feeds/{name}.json"))["items"]) == 40


def test_every_feed_of_a_site_is_valid(busy: Press) -> None:
    found = sorted((busy.folder / "report").rglob("*.atom.xml"))
    assert len(found) == 4
    for path in found:
        assert_valid(path.read_text("utf-8"), Path(str(path).replace(".atom.xml", ".json")).read_text("utf-8"))


def test_the_list_of_feeds_can_be_imported(press: Press) -> None:
    press.article("a", "A headline")
    press.site(site_url="https://example.org/usven")
    listed = catalogue.read(press.folder / "report/feeds.opml")
    addresses = {feed.url for feed in listed.feeds}
    assert addresses == {
        f"https://example.org/usven/{name}" for name in ("feed.atom.xml", "feeds/topic/diplomacy.atom.xml")
    }


def test_a_saved_query_makes_a_feed_of_the_stories_it_chooses(press: Press) -> None:
    press.article("a", "Oil licence renewed")
    press.article("b", "Talks go on")
    press.save_query(
        "oil", "-- Oil & licences\nSELECT story_id, headline FROM mart.stories WHERE headline ILIKE '%oil%';"
    )
    assert press.site().problems == ()
    found = feedparser.parse(press.read("feeds/query/oil.atom.xml").encode())
    assert (found.feed.title, [e.title for e in found.entries]) == (
        f"{feeds.TITLE} · Oil & licences",
        ["Oil licence renewed"],
    )
    assert "Oil &amp; licences" in press.read("feeds.html")


@pytest.mark.parametrize(
    ("name", "sql", "problem"),
    [
        ("oil", "SELECT headline FROM mart.stories", "no column story_id"),
        ("oil", "SELECT story_id FROM mart.storys", "the query failed"),
        ("oil", "COPY (SELECT 1 AS story_id) TO 'out.csv'", "the query failed"),
        ("oil", "DELETE FROM core.stories", "the query failed"),
        ("Oil and gas", "SELECT story_id FROM mart.stories", "name it in lower-case letters"),
    ],
)
def test_a_saved_query_that_fails_is_told_and_costs_nothing_else(
    press: Press, name: str, sql: str, problem: str
) -> None:
    press.article("a", "A headline")
    press.save_query("good", "SELECT story_id FROM mart.stories")
    press.save_query(name, sql)
    (told,) = press.site().problems
    assert problem in told
    assert f"{name}.sql" in told
    assert len(feedparser.parse(press.read("feeds/query/good.atom.xml").encode()).entries) == 1


def test_the_feed_of_a_query_that_begins_to_fail_stays_as_it_was(press: Press) -> None:
    press.article("a", "A headline")
    press.save_query("oil", "SELECT story_id FROM mart.stories")
    press.site()
    before = press.read("feeds/query/oil.atom.xml")
    press.save_query("oil", "SELECT")
    press.site()
    assert press.read("feeds/query/oil.atom.xml") == before


def test_a_query_that_takes_too_long_is_given_up(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.reporting.queries.PATIENCE_SECONDS", 0.2)
    press.article("a", "A headline")
    press.save_query(
        "slow", "SELECT count(*)::VARCHAR AS story_id FROM range(1000000) a, range(1000000) b WHERE a.range <> b.range"
    )
    (told,) = press.site().problems
    assert "Make it simpler" in told
