"""What the bundled sample promises: real feed formats, invented outlets, and a truth that covers every item."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from importlib import resources
from urllib.parse import urlsplit

import feedparser
import pytest

Rows = list[dict[str, str]]
TOPICS = {
    "diplomacy",
    "military",
    "sanctions",
    "energy",
    "narcotics_terrorism",
    "migration",
    "detainees",
    "politics",
    "human_rights",
    "justice",
    "economy",
    "region",
}
FORMATS = {"rss20", "rss10", "atom10", "json"}
BROKEN = "eco-guaire"
NAMESPACES = {"purl.org", "www.w3.org", "jsonfeed.org"}


@dataclass(frozen=True)
class Item:
    """An item as its document shows it; `raw` is its own part of the document."""

    guid: str
    link: str
    title: str
    has_summary: bool
    raw: str


def names(folder: str) -> list[str]:
    return sorted(path.name for path in resources.files("seeds").joinpath("sample", folder).iterdir())


def document(folder: str, name: str) -> bytes:
    return resources.files("seeds").joinpath("sample", folder, name).read_bytes()


def document_format(name: str) -> str:
    body = document("first", name)
    return "json" if name.endswith(".json") else str(feedparser.parse(body).version)


def items(folder: str, name: str) -> list[Item]:
    body = document(folder, name)
    return json_items(body) if name.endswith(".json") else xml_items(body)


def json_items(body: bytes) -> list[Item]:
    return [
        Item(i["id"], i["url"], i["title"], "summary" in i, json.dumps(i, sort_keys=True))
        for i in json.loads(body)["items"]
    ]


def xml_items(body: bytes) -> list[Item]:
    parsed = feedparser.parse(body)
    text = body.decode(parsed.encoding)
    raw = [match.group() for match in re.finditer(r"<(item|entry)[ >].*?</\1>", text, re.DOTALL)]
    return [
        Item(e.id, e.link, e.title, bool(re.search(r"<(description|summary)", r)), r)
        for e, r in zip(parsed.entries, raw, strict=True)
    ]


def feed_id(name: str) -> str:
    return name.rsplit(".", 1)[0]


def seen(folder: str) -> dict[tuple[str, str], Item]:
    return {(feed_id(name), item.guid): item for name in names(folder) for item in items(folder, name)}


FIRST, SECOND = seen("first"), seen("second")


def of_article(truth: Rows, article: str) -> list[dict[str, str]]:
    return [row for row in truth if row["article"] == article]


# --- the documents -----------------------------------------------------------------------------


def test_every_feed_of_the_sample_has_a_document_and_every_document_a_feed(sample_feeds: Rows) -> None:
    assert sorted(row["url"].removeprefix("http://127.0.0.1/") for row in sample_feeds) == names("first")


def test_a_feed_is_named_after_its_document(sample_feeds: Rows) -> None:
    assert [row["feed_id"] for row in sample_feeds if row["feed_id"] != feed_id(row["url"].rsplit("/", 1)[1])] == []


@pytest.mark.parametrize("folder", ["first", "second"])
def test_every_document_but_the_broken_one_is_a_well_formed_feed(folder: str) -> None:
    for name in names(folder):
        body = document(folder, name)
        if name.endswith(".json"):
            assert json.loads(body)["version"] == "https://jsonfeed.org/version/1.1"
        elif feed_id(name) != BROKEN:
            assert not feedparser.parse(body).bozo, name


def test_the_broken_feed_is_an_error_page_that_yields_nothing() -> None:
    parsed = feedparser.parse(document("first", f"{BROKEN}.xml"))
    assert (parsed.version, parsed.entries) == ("", [])


def test_the_sample_speaks_four_formats() -> None:
    assert {document_format(name) for name in names("first") if feed_id(name) != BROKEN} == FORMATS


def test_each_language_has_at_least_two_working_feeds(sample_feeds: Rows) -> None:
    counts = Counter(row["language"] for row in sample_feeds if row["feed_id"] != BROKEN)
    assert {language: count >= 2 for language, count in counts.items()} == {"en": True, "es": True, "pt": True}


def test_one_feed_is_in_latin_1_and_says_so() -> None:
    body = document("first", "faro-orinoco.xml")
    assert feedparser.parse(body).encoding == "iso-8859-1"
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_the_sample_holds_about_sixty_items() -> None:
    assert 55 <= len(FIRST | SECOND) <= 70


def test_no_address_in_the_sample_leads_to_a_real_publisher() -> None:
    text = b"".join(document(folder, name) for folder in ("first", "second") for name in names(folder))
    hosts = {urlsplit(url).hostname or "" for url in re.findall(r"https?://[^\s\"'<>]+", text.decode("latin-1"))}
    assert {host for host in hosts if not host.endswith(".example")} == NAMESPACES


def test_every_link_is_on_a_host_of_the_feeds_outlet(sample_feeds: Rows) -> None:
    text = resources.files("seeds").joinpath("sample/outlets.csv").read_text(encoding="utf-8")
    hosts = {row.split(",")[0]: row.rsplit(",", 1)[1] for row in text.splitlines()}
    outlet = {row["feed_id"]: row["outlet_id"] for row in sample_feeds}
    for (feed, _), item in (FIRST | SECOND).items():
        assert (urlsplit(item.link).hostname or "").endswith(hosts[outlet[feed]])


# --- the second pass ---------------------------------------------------------------------------


def test_two_or_three_feeds_change_in_the_second_pass() -> None:
    assert 2 <= len(names("second")) <= 3


def test_the_second_pass_puts_new_items_on_top_and_drops_none() -> None:
    for name in names("second"):
        before, after = [[item.guid for item in items(folder, name)] for folder in ("first", "second")]
        assert len(after) > len(before)
        assert after[-len(before) :] == before


def test_exactly_one_headline_changes_under_its_guid_and_link() -> None:
    changed = [key for key in FIRST.keys() & SECOND.keys() if FIRST[key].raw != SECOND[key].raw]
    assert changed == [("courier-americas", "cc-1105")]
    before, after = FIRST[changed[0]], SECOND[changed[0]]
    assert before.link == after.link
    assert before.title != after.title
    assert before.raw.replace(before.title, after.title) == after.raw


# --- the truth ---------------------------------------------------------------------------------


def test_the_truth_has_one_row_for_every_item_and_for_nothing_else(truth: Rows) -> None:
    rows = [(row["feed"], row["guid"]) for row in truth]
    assert len(rows) == len(set(rows))
    assert set(rows) == FIRST.keys() | SECOND.keys()


def test_the_truth_says_in_which_pass_an_item_appears(truth: Rows) -> None:
    passes = {(row["feed"], row["guid"]): row["pass"] for row in truth}
    assert passes == dict.fromkeys(SECOND, "second") | dict.fromkeys(FIRST, "first")


def test_relevant_items_have_topics_of_the_codebook_and_others_none(truth: Rows) -> None:
    for row in truth:
        topics = set(filter(None, row["topics"].split(";")))
        assert topics <= TOPICS, row
        assert bool(topics) == (row["level"] in {"1", "2"}), row


def test_all_three_levels_and_most_topics_occur(truth: Rows) -> None:
    assert {row["level"] for row in truth} == {"0", "1", "2"}
    assert len({topic for row in truth for topic in row["topics"].split(";") if topic}) >= 10


def test_an_article_has_one_story_one_level_and_one_set_of_topics(truth: Rows) -> None:
    labels = defaultdict(set)
    for row in truth:
        labels[row["article"]].add((row["story"], row["level"], row["topics"]))
    assert [article for article, found in labels.items() if len(found) > 1] == []


def test_a_story_has_one_level(truth: Rows) -> None:
    levels = defaultdict(set)
    for row in truth:
        levels[row["story"]].add(row["level"])
    assert [story for story, found in levels.items() if len(found) > 1] == []


@pytest.mark.parametrize("story", ["designation", "strike-paria", "strike-paraguana", "airspace-closed"])
def test_events_are_reported_in_three_languages(story: str, truth: Rows, sample_feeds: Rows) -> None:
    language = {row["feed_id"]: row["language"] for row in sample_feeds}
    assert {language[row["feed"]] for row in truth if row["story"] == story} == {"en", "es", "pt"}


def test_the_two_strikes_share_no_article(truth: Rows) -> None:
    first, second = ({r["article"] for r in truth if r["story"] == s} for s in ("strike-paria", "strike-paraguana"))
    assert first
    assert second
    assert first.isdisjoint(second)


def test_an_agency_text_is_carried_by_four_outlets_under_headlines_of_their_own(
    truth: Rows, sample_feeds: Rows
) -> None:
    outlet = {row["feed_id"]: row["outlet_id"] for row in sample_feeds}
    copies = [r for r in truth if r["story"] == "designation" and r["note"].startswith("Caribe Press text")]
    assert len({outlet[row["feed"]] for row in copies}) >= 4
    assert len({FIRST[row["feed"], row["guid"]].title for row in copies}) == len(copies)


@pytest.mark.parametrize(("article", "sign"), [("cc-radar", "fbclid="), ("cc-airspace", "/amp/"), ("cc-call", "//m.")])
def test_an_article_stands_in_two_feeds_under_another_address(article: str, sign: str, truth: Rows) -> None:
    links = [FIRST[row["feed"], row["guid"]].link for row in of_article(truth, article)]
    assert len(links) == 2
    assert sum(sign in link for link in links) == 1


def test_the_hostile_title_is_plain_text_in_its_document() -> None:
    item = next(item for item in FIRST.values() if "alert(1)" in item.title)
    assert item.title.startswith("<script>alert(1)</script>")
    assert "[map](javascript:alert(2))" in item.title


def test_some_items_lack_a_summary_and_one_a_date() -> None:
    dated = re.compile(r"pubDate|published|dc:date")
    assert sum(not item.has_summary for item in FIRST.values()) >= 3
    assert [key for key, item in FIRST.items() if not dated.search(item.raw)] == [("faro-orinoco", "faro-3301")]


def test_one_item_is_dated_in_the_far_future() -> None:
    assert [key for key, item in FIRST.items() if "2052-" in item.raw] == [("voz-caribe", "voz-821")]
