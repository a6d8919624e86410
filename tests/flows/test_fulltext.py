"""Passes of `fulltext` after passes of `monitor`, over a loopback publisher of feeds and pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from flows import checking, pages, passes, tour
from flows.passes import PagePass, Pass
from flows.way import Steps
from tasks.loading import loader
from tasks.parsing import worker
from tests import pages as web
from tests.publisher import Publisher, rss
from warehouse import rows
from warehouse.archive import Archive, Record
from warehouse.model import Page
from warehouse.pages import Candidate
from warehouse.settings import Settings

Ask = Callable[[str], list[tuple[Any, ...]]]
Monitor = Callable[[], Pass]
FullText = Callable[..., PagePass]

OIL = ("oil", web.TITLE)
RAIN = ("rain", "Rain expected in Lisbon")


def feed(publisher: Publisher, *items: tuple[str, str], site: str = "") -> bytes:
    """A feed of today whose items lead to pages of the publisher."""
    document = rss(items, site=site or publisher.url("").rstrip("/"))
    return document.replace(b"Mon, 24 Nov 2025 10:00:00 GMT", format_datetime(datetime.now(UTC)).encode())


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, allow_addresses=("127.0.0.0/8", "::1"))


@pytest.fixture
def monitor(settings: Settings, publisher: Publisher, tmp_path: Path) -> Monitor:
    """A pass over the feed `a.xml`, whose outlet is an aggregator where a test wrote `outlets.csv`."""
    feeds = tmp_path / "feeds.csv"
    feeds.write_text(f"feed_id,url,outlet_id\na,{publisher.url('a.xml')},courier\n")
    return lambda: passes.monitor(settings, feeds_file=feeds, everything=True)


@pytest.fixture
def fulltext(settings: Settings) -> FullText:
    here = replace(Steps(), read_pages=read_here)
    return lambda **arguments: passes.fulltext(settings, **({"steps": here} | arguments))


def read_here(records: Sequence[Record], archive: Archive) -> tuple[Page, ...]:
    """Pages read in this process: starting another for each test takes a second."""
    return tuple(worker.read_page(record, archive) for record in records)


@pytest.fixture
def article(publisher: Publisher, monitor: Monitor) -> None:
    """A relevant article and another one are known; their pages have not been asked for."""
    publisher.documents["a.xml"] = feed(publisher, OIL, RAIN)
    publisher.documents["oil"] = publisher.documents["rain"] = web.article()
    monitor()
    publisher.requests.clear()


def broken_laws(settings: Settings) -> list[str]:
    return [finding.law.name for finding in checking.check(settings) if not finding.holds]


# --- text --------------------------------------------------------------------------------------


def test_a_relevant_article_has_the_text_of_its_page(article: None, fulltext: FullText, ask: Ask) -> None:
    done = fulltext()
    assert done.run.message == "1 pages: 1 with text"
    found = ask("SELECT full_text, full_text_source, title FROM core.articles WHERE is_relevant")
    assert found == [(web.TEXT, "page", web.TITLE)]
    assert ask("SELECT outcome, method LIKE 'trafilatura %', http_status, attempt_number FROM raw.pages") == [
        ("text", True, 200, 1)
    ]


def test_labels_rest_on_the_text_once_it_is_there(
    article: None, fulltext: FullText, ask: Ask, settings: Settings
) -> None:
    fulltext()
    assert ask("SELECT count(*) > 0 FROM core.article_actors WHERE field = 'text'") == [(True,)]
    assert broken_laws(settings) == []


def test_pages_of_irrelevant_articles_are_not_asked_for(
    article: None, fulltext: FullText, publisher: Publisher
) -> None:
    fulltext()
    assert publisher.requests == [("robots.txt", 404), ("oil", 200)]


def test_a_second_run_asks_nothing_again(article: None, fulltext: FullText, publisher: Publisher) -> None:
    fulltext()
    publisher.requests.clear()
    assert fulltext().run.message == "No article wants its page"
    assert publisher.requests == []


def test_a_new_wording_of_the_feed_keeps_the_text_of_the_page(
    article: None, fulltext: FullText, monitor: Monitor, publisher: Publisher, ask: Ask, settings: Settings
) -> None:
    fulltext()
    publisher.documents["a.xml"] = feed(publisher, ("oil", "US lifts some sanctions on Venezuela's oil"), RAIN)
    assert monitor().run.entries_revised_count == 1
    found = ask("SELECT title, full_text, full_text_source FROM core.articles WHERE is_relevant")
    assert found == [("US lifts some sanctions on Venezuela's oil", web.TEXT, "page")]
    assert broken_laws(settings) == []


def test_an_article_whose_feed_carries_the_text_needs_no_page(
    fulltext: FullText, monitor: Monitor, publisher: Publisher
) -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in web.PARAGRAPHS * 2)
    whole = f"<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'><![CDATA[{body}]]></content:encoded></item>"
    publisher.documents["a.xml"] = feed(publisher, OIL).replace(b"</item>", whole.encode())
    monitor()
    assert fulltext().run.due_count == 0


def test_an_old_article_is_left_alone(fulltext: FullText, monitor: Monitor, publisher: Publisher) -> None:
    publisher.documents["a.xml"] = rss([OIL], site=publisher.url("").rstrip("/"))
    monitor()
    assert fulltext().run.due_count == 0


def test_full_text_can_be_switched_off(article: None, settings: Settings, publisher: Publisher) -> None:
    done = passes.fulltext(replace(settings, full_text=False))
    assert (done.run.message, publisher.requests) == ("Full text is off (USVEN_FULL_TEXT)", [])


# --- robots ------------------------------------------------------------------------------------


def test_a_host_whose_robots_txt_disallows_it_is_not_asked(
    article: None, fulltext: FullText, publisher: Publisher, ask: Ask
) -> None:
    publisher.documents["robots.txt"] = b"User-agent: *\nDisallow: /oil\n"
    fulltext()
    assert publisher.requests == [("robots.txt", 200)]
    assert ask("SELECT outcome, kind, http_status FROM raw.pages") == [("disallowed", "robots_txt", None)]


def test_the_rules_of_a_host_are_asked_for_once_a_day(
    article: None, fulltext: FullText, monitor: Monitor, publisher: Publisher
) -> None:
    publisher.documents["robots.txt"] = b"User-agent: *\nDisallow: /private\n"
    fulltext()
    publisher.documents["a.xml"] = feed(publisher, OIL, ("ship", "US seizes tanker with Venezuela oil"))
    monitor()
    fulltext()
    assert [path for path, _ in publisher.requests if path != "a.xml"] == ["robots.txt", "oil", "ship"]


def test_no_page_is_asked_for_while_the_rules_cannot_be_had(
    article: None, fulltext: FullText, publisher: Publisher, ask: Ask
) -> None:
    publisher.statuses["robots.txt"] = 500
    assert fulltext().run.message == "1 pages: 1 left for later"
    assert fulltext().run.due_count == 0
    assert publisher.requests == [("robots.txt", 500)]
    assert ask("SELECT standing, http_status FROM raw.robots") == [("closed", 500)]
    assert ask("FROM raw.pages") == []


def test_a_host_with_a_crawl_delay_is_asked_for_one_page_a_run(
    fulltext: FullText, monitor: Monitor, publisher: Publisher, ask: Ask
) -> None:
    publisher.documents["a.xml"] = feed(publisher, OIL, ("ship", "US seizes tanker with Venezuela oil"))
    publisher.documents["oil"] = publisher.documents["ship"] = web.article()
    publisher.documents["robots.txt"] = b"User-agent: *\nCrawl-delay: 1\n"
    monitor()
    assert fulltext().run.message.endswith("1 left for later")
    assert ask("SELECT p.fetched_at - r.fetched_at >= INTERVAL 1 SECOND FROM raw.pages p, raw.robots r") == [(True,)]
    assert fulltext().run.due_count == 1


def test_a_host_that_wants_a_long_delay_has_its_turn_in_a_later_run(
    article: None, fulltext: FullText, publisher: Publisher
) -> None:
    publisher.documents["robots.txt"] = b"User-agent: *\nCrawl-delay: 600\n"
    assert fulltext().run.message == "1 pages: 1 left for later"
    later = datetime.now(UTC) + timedelta(seconds=700)
    assert fulltext(clock=lambda: later).run.message == "1 pages: 1 with text"


# --- walls, opt-outs, failures -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "kind"), [(web.paywall(), "paywall"), (web.consent(), "consent"), (web.bot_wall(), "bot_wall")]
)
def test_an_article_behind_a_wall_keeps_its_summary_and_says_so(
    article: None, fulltext: FullText, publisher: Publisher, ask: Ask, settings: Settings, page: bytes, kind: str
) -> None:
    publisher.documents["oil"] = page
    fulltext()
    assert ask("SELECT full_text, summary_text FROM core.articles WHERE is_relevant") == [(None, f"About: {web.TITLE}")]
    assert ask("SELECT outcome, kind, retry_at FROM raw.pages") == [("wall", kind, None)]
    assert broken_laws(settings) == []


@pytest.mark.parametrize(
    ("status", "outcome", "is_retried"),
    [(403, "wall", False), (404, "no_text", False), (500, "failed", True), (429, "failed", True)],
)
def test_a_refusal_is_final_and_a_failure_is_tried_again_later(
    article: None, fulltext: FullText, publisher: Publisher, ask: Ask, status: int, outcome: str, is_retried: bool
) -> None:
    publisher.statuses["oil"] = status
    fulltext()
    assert ask("SELECT outcome, kind, retry_at IS NOT NULL FROM raw.pages") == [(outcome, f"http_{status}", is_retried)]
    assert fulltext().run.due_count == 0
    later = datetime.now(UTC) + pages.FIRST_RETRY
    assert fulltext(clock=lambda: later).run.due_count == is_retried


def test_a_page_is_tried_so_many_times_and_no_more(article: None, fulltext: FullText, publisher: Publisher) -> None:
    publisher.statuses["oil"] = 500
    for days in range(pages.TRIES + 2):
        at = datetime.now(UTC) + timedelta(hours=12 * days)
        fulltext(clock=lambda at=at: at)
    assert publisher.requests.count(("oil", 500)) == pages.TRIES


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        ('<meta name="robots" content="noarchive">', {}),
        ("", {"X-Robots-Tag": "noai"}),
        ("", {"TDM-Reservation": "1"}),
    ],
)
def test_a_host_that_opts_out_is_left_alone_from_then_on(
    fulltext: FullText, monitor: Monitor, publisher: Publisher, ask: Ask, head: str, headers: dict[str, str]
) -> None:
    publisher.documents["a.xml"] = feed(publisher, OIL, ("ship", "US seizes tanker with Venezuela oil"))
    publisher.documents["oil"] = publisher.documents["ship"] = web.article(head=head)
    publisher.headers["oil"] = publisher.headers["ship"] = headers
    monitor()
    assert fulltext().run.message == "2 pages: 1 opted out, 1 left for later"
    assert fulltext().run.due_count == 0
    assert ask("SELECT outcome FROM raw.pages") == [("opted_out",)]
    assert ask("SELECT full_text FROM core.articles") == [(None,), (None,)]


# --- redirects ---------------------------------------------------------------------------------


def elsewhere(publisher: Publisher, path: str) -> str:
    """The same publisher under another host's name."""
    return f"http://localhost:{publisher.port}/{path}"


@pytest.fixture
def aggregated(publisher: Publisher, monitor: Monitor, tmp_path: Path) -> None:
    """The feed is an aggregator's, and its item leads on to another host's page."""
    (tmp_path / "outlets.csv").write_text(
        "outlet_id,name,country,kind,state_affiliated,home_url,hosts\ncourier,Courier,US,aggregator,,,127.0.0.1\n"
    )
    publisher.documents["a.xml"] = feed(publisher, ("go", web.TITLE))
    publisher.redirects["go"] = (302, elsewhere(publisher, "oil"))
    publisher.documents["oil"] = web.article()
    monitor()
    publisher.requests.clear()


def test_the_publishers_address_behind_an_aggregator_becomes_known(
    aggregated: None, fulltext: FullText, publisher: Publisher, ask: Ask, settings: Settings
) -> None:
    fulltext()
    target = elsewhere(publisher, "oil")
    assert ask("SELECT outcome, led_to_url FROM raw.pages") == [("text", target)]
    assert (target, "redirect") in ask("SELECT url, kind FROM core.article_urls")
    assert ask("SELECT full_text FROM core.articles") == [(web.TEXT,)]
    assert broken_laws(settings) == []


def test_the_rules_of_the_host_behind_a_redirect_hold_too(
    aggregated: None, fulltext: FullText, publisher: Publisher, ask: Ask
) -> None:
    publisher.documents["robots.txt"] = b"User-agent: *\nDisallow: /oil\n"
    fulltext()
    assert ("oil", 200) not in publisher.requests
    assert ask("SELECT outcome, led_to_url FROM raw.pages") == [("disallowed", elsewhere(publisher, "oil"))]


def test_an_item_that_leads_to_a_known_article_is_kept_and_linked_and_its_page_not_asked_again(
    aggregated: None, fulltext: FullText, monitor: Monitor, publisher: Publisher, ask: Ask, settings: Settings
) -> None:
    publisher.documents["a.xml"] = feed(publisher, ("go", web.TITLE)) + b" "
    other = feed(publisher, OIL, site=elsewhere(publisher, "").rstrip("/"))
    publisher.documents["a.xml"] = publisher.documents["a.xml"].replace(
        b"</channel>", other[other.index(b"<item>") : other.index(b"</item>")] + b"</item></channel>"
    )
    monitor()
    publisher.requests.clear()
    fulltext()
    assert publisher.requests.count(("oil", 200)) == 1
    assert sorted(ask("SELECT outcome FROM raw.pages")) == [("merged",), ("text",)]
    assert ask("""
        SELECT l.canonical_url, r.canonical_url FROM core.duplicate_links
        JOIN core.articles l ON l.article_id = left_id JOIN core.articles r ON r.article_id = right_id
        WHERE level = 'url'
    """) == [(publisher.url("go"), elsewhere(publisher, "oil"))]
    assert broken_laws(settings) == []


def test_an_article_that_comes_after_its_address_was_known_is_linked_as_well(
    aggregated: None, fulltext: FullText, monitor: Monitor, publisher: Publisher, ask: Ask
) -> None:
    fulltext()
    publisher.documents["a.xml"] = feed(publisher, OIL, site=elsewhere(publisher, "").rstrip("/"))
    monitor()
    assert ask("SELECT level, reason FROM core.duplicate_links WHERE level = 'url'") == [
        ("url", f"its address led to {elsewhere(publisher, 'oil')}")
    ]


def test_an_address_that_leads_nowhere_loses_no_item(
    aggregated: None, fulltext: FullText, publisher: Publisher, ask: Ask, settings: Settings
) -> None:
    publisher.redirects["go"] = (302, publisher.url("go"))
    fulltext()
    assert ask("SELECT title, full_text FROM core.articles") == [(web.TITLE, None)]
    assert ask("SELECT outcome, kind FROM raw.pages") == [("failed", "redirect_loop")]
    assert broken_laws(settings) == []


def test_redirects_are_followed_so_far_and_no_further(
    aggregated: None, fulltext: FullText, publisher: Publisher, ask: Ask, settings: Settings
) -> None:
    for step in range(20):
        publisher.redirects[f"step{step}"] = (302, f"step{step + 1}")
    publisher.redirects["go"] = (302, "step0")
    fulltext()
    assert ask("SELECT outcome, kind FROM raw.pages") == [("failed", "redirect_limit")]
    assert len(publisher.requests) == settings.max_redirects + 2


# --- crashes and order -------------------------------------------------------------------------


@pytest.mark.parametrize("is_led_to_a_wall", [False, True])
def test_a_page_that_a_crash_kept_out_of_the_warehouse_is_loaded_by_the_next_pass(
    aggregated: None,
    fulltext: FullText,
    monitor: Monitor,
    publisher: Publisher,
    ask: Ask,
    settings: Settings,
    is_led_to_a_wall: bool,
) -> None:
    class Crash(BaseException):
        pass

    def crash(settings: Settings, batch: rows.Batch) -> None:
        if batch.pages:
            raise Crash
        loader.load(settings, batch)

    if is_led_to_a_wall:
        publisher.statuses["oil"] = 403
    with pytest.raises(Crash):
        fulltext(steps=replace(Steps(), load=crash, read_pages=read_here))
    publisher.requests.clear()
    monitor()
    assert [path for path, _ in publisher.requests] == ["a.xml"]
    assert ask("SELECT full_text FROM core.articles") == [(None if is_led_to_a_wall else web.TEXT,)]
    assert (elsewhere(publisher, "oil"), "redirect") in ask("SELECT url, kind FROM core.article_urls")
    assert broken_laws(settings) == []


def candidates(*urls: str) -> list[Candidate]:
    return [Candidate(url, url, "courier", "", "", 0) for url in urls]


def test_a_plan_is_spread_over_hosts_newest_first() -> None:
    wanted = candidates("https://a.example/1", "https://a.example/2", "https://b.example/3", "https://a.example/4")
    planned = tour.plan(wanted, resting=(), limit=3)
    assert [visit.url for visit in planned] == ["https://a.example/1", "https://b.example/3", "https://a.example/2"]


def test_a_plan_leaves_out_hosts_that_rest_and_asks_none_for_too_much() -> None:
    many = [f"https://a.example/{n}" for n in range(tour.PER_HOST + 3)]
    planned = tour.plan(candidates("https://b.example/1", *many), resting=["https://b.example/other"], limit=60)
    assert [visit.url for visit in planned] == many[: tour.PER_HOST]
