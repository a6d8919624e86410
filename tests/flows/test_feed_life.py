"""What becomes of a feed over many polls: moves, deaths, failures and recoveries, through whole passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows import passes
from flows.passes import Pass
from tasks.fetching import pacing
from tests.publisher import Publisher, rss
from warehouse.settings import Settings

Ask = Callable[[str], list[tuple[Any, ...]]]
ITEMS = [("call", "Trump and Maduro speak by phone")]


@pytest.fixture
def poll_old(settings: Settings, publisher: Publisher, tmp_path: Path) -> Callable[[], Pass]:
    """A pass over the one feed whose address was `old.xml`, wherever it is now."""
    feeds = tmp_path / "feeds.csv"
    feeds.write_text(f"feed_id,url\none,{publisher.url('old.xml')}\n")

    def run() -> Pass:
        return passes.monitor(settings, feeds_file=feeds, everything=True)

    return run


def test_a_permanent_redirect_is_adopted_after_several_same_answers_and_recorded(
    publisher: Publisher, poll_old: Callable[[], Pass], ask: Ask
) -> None:
    publisher.documents["old.xml"] = rss(ITEMS)
    poll_old()
    publisher.documents["new.xml"] = publisher.documents.pop("old.xml")
    publisher.redirects["old.xml"] = (301, "new.xml")
    for _ in range(pacing.ADOPT_AFTER - 1):
        poll_old()
    assert ask("SELECT url FROM raw.feeds WHERE origin = 'file'") == [(publisher.url("old.xml"),)]
    publisher.documents["new.xml"] = rss([*ITEMS, ("strike", "US strikes boat off Venezuela")])
    poll_old()
    assert ask("SELECT url FROM raw.feeds WHERE origin = 'file'") == [(publisher.url("new.xml"),)]
    assert ask("SELECT from_url, to_url FROM raw.feed_moves") == [(publisher.url("old.xml"), publisher.url("new.xml"))]


def test_a_redirect_to_something_else_is_never_adopted(
    publisher: Publisher, poll_old: Callable[[], Pass], ask: Ask
) -> None:
    publisher.documents["old.xml"] = rss(ITEMS)
    poll_old()
    publisher.redirects["old.xml"] = (301, "maintenance")
    publisher.documents["maintenance"] = b"<!doctype html><html><head><title>Back soon</title></head></html>"
    for _ in range(pacing.ADOPT_AFTER + 1):
        poll_old()
    assert ask("SELECT url, status FROM raw.feeds WHERE origin = 'file'") == [(publisher.url("old.xml"), "failing")]
    assert ask("FROM raw.feed_moves") == []


def test_a_temporary_redirect_is_followed_and_never_adopted(
    publisher: Publisher, poll_old: Callable[[], Pass], ask: Ask
) -> None:
    publisher.documents["new.xml"] = rss(ITEMS)
    publisher.redirects["old.xml"] = (302, "new.xml")
    for _ in range(pacing.ADOPT_AFTER + 1):
        poll_old()
    assert ask("SELECT url FROM raw.feeds WHERE origin = 'file'") == [(publisher.url("old.xml"),)]


def test_a_feed_that_is_gone_is_not_asked_again(publisher: Publisher, poll_old: Callable[[], Pass], ask: Ask) -> None:
    publisher.statuses["old.xml"] = 410
    poll_old()
    assert poll_old().run.due_count == 0
    assert ask("SELECT status FROM raw.feeds WHERE origin = 'file'") == [("gone",)]
    assert len(publisher.requests) == 1


def test_a_failing_feed_recovers_at_once(publisher: Publisher, poll_old: Callable[[], Pass], ask: Ask) -> None:
    publisher.statuses["old.xml"] = 503
    poll_old()
    poll_old()
    state = "SELECT status, consecutive_failures FROM raw.feeds WHERE origin = 'file'"
    assert ask(state) == [("failing", 2)]
    publisher.documents["old.xml"] = rss(ITEMS)
    publisher.statuses.clear()
    poll_old()
    assert ask(state) == [("ok", 0)]
    assert ask("SELECT next_poll_at IS NOT NULL FROM raw.feeds WHERE origin = 'file'") == [(True,)]


def test_a_feed_that_is_not_due_is_not_asked(
    publisher: Publisher, settings: Settings, poll_old: Callable[[], Pass], tmp_path: Path
) -> None:
    publisher.documents["old.xml"] = rss(ITEMS)
    poll_old()
    assert passes.monitor(settings, feeds_file=tmp_path / "feeds.csv").run.due_count == 0
    assert len(publisher.requests) == 1
