"""Law 5: the raw archive alone gives the same tables again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from flows import checking, passes, rebuilding
from flows.passes import Pass
from flows.way import Steps
from tests import pages as web
from tests.publisher import Publisher, rss
from warehouse import database, rows
from warehouse.archive import Archive
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

Poll = Callable[..., Pass]
Ask = Callable[[str], list[tuple[Any, ...]]]

CALL = ("call", "Trump and Maduro speak by phone")
STRIKE = ("strike", "US strikes boat off Venezuela")
WEATHER = ("weather", "Rain expected in Lisbon")
ITEM = (
    '{"id": "7", "title": "Washington eases sanctions on PDVSA", "url": "https://www.reuters.com/7", '
    '"source": "Reuters", "published": "2025-11-28", "lang": "en"}\n'
)


@pytest.fixture
def lived(publisher: Publisher, poll: Poll, settings: Settings, tmp_path: Path) -> None:
    """Passes with news and without, revisions, duplicates, failures, redirects, a crash, an import, a document that is
    no feed."""

    def crash(_: Settings, __: rows.Batch) -> None:
        raise MemoryError

    publisher.documents["a.xml"] = rss([CALL, WEATHER])
    publisher.documents["b.xml"] = rss([CALL]).replace(b"/call<", b"/call?utm_source=rss<")
    publisher.documents["page.xml"] = b"<!doctype html><html><head><title>Sorry</title></head><body></body></html>"
    publisher.statuses["broken.xml"] = 500
    publisher.redirects = {"moved.xml": (308, "b.xml"), "detour.xml": (302, "a.xml")}
    poll()
    publisher.documents["a.xml"] = rss([("call", "Trump: I spoke to Maduro of Venezuela"), WEATHER])
    poll()
    publisher.documents["b.xml"] = rss([STRIKE, CALL])
    with pytest.raises(MemoryError):
        poll(steps=replace(Steps(), load=crash))
    publisher.documents["b.xml"] = rss([STRIKE, ("call", "Maduro and Trump talked")])
    poll()
    poll()
    path = tmp_path / "items.jsonl"
    path.write_text(ITEM)
    passes.import_files(settings, [path])


@pytest.mark.usefixtures("lived")
def test_what_the_raw_archive_gives_again_is_equal_to_what_passes_made_of_it(settings: Settings) -> None:
    found = rebuilding.rebuild(settings)
    assert [table for table in found.differences if not table.is_equal] == []
    assert {t.table: t.row_count for t in found.differences}["raw.entry_revisions"] == 13
    assert found.missing_count == 0


@pytest.mark.usefixtures("lived")
def test_a_rebuild_that_is_not_applied_leaves_nothing_behind(settings: Settings) -> None:
    before = sorted(path.name for path in settings.data.iterdir())
    rebuilding.rebuild(settings)
    assert sorted(path.name for path in settings.data.iterdir()) == before


@pytest.mark.usefixtures("lived")
def test_a_difference_is_told_by_table_with_the_rows(settings: Settings) -> None:
    with database.writing(settings.warehouse_path) as connection:
        connection.execute("UPDATE core.articles SET title = 'Never said' WHERE title LIKE 'Rain%'")
    passes.PLAIN.publish(settings)
    different = [table for table in rebuilding.rebuild(settings).differences if not table.is_equal]
    assert [(t.table, t.only_here_count, t.only_there_count) for t in different] == [("core.articles", 1, 1)]
    assert "Never said" in different[0].only_there[0]


@pytest.mark.usefixtures("lived")
def test_applying_puts_the_rebuilt_one_in_place_and_keeps_runs_and_poll_state(
    settings: Settings, ask: Ask, poll: Poll
) -> None:
    before = ask("SELECT feed_id, etag FROM raw.feeds ORDER BY ALL"), ask("FROM raw.fetches ORDER BY ALL")
    with database.writing(settings.warehouse_path) as connection:
        connection.execute("UPDATE core.articles SET title = 'Never said' WHERE title LIKE 'Rain%'")
    found = rebuilding.rebuild(settings, apply=True)
    assert not found.is_equal
    assert (ask("SELECT feed_id, etag FROM raw.feeds ORDER BY ALL"), ask("FROM raw.fetches ORDER BY ALL")) == before
    assert ask("SELECT count(*) FROM core.articles WHERE title = 'Never said'") == [(0,)]
    assert ask("SELECT status FROM raw.runs WHERE flow = 'replay'") == [("completed",)]
    assert [finding.law.name for finding in checking.check(settings) if not finding.holds] == []
    assert found.kept is not None
    with database.reading(found.kept) as connection:
        assert connection.execute("SELECT count(*) FROM core.articles WHERE title = 'Never said'").fetchone() == (1,)
    assert poll().run.entries_new_count == 0


@pytest.mark.usefixtures("lived")
def test_nothing_is_replaced_where_the_archive_no_longer_holds_a_document(settings: Settings, ask: Ask) -> None:
    (sha256,) = ask("SELECT min(body_sha256) FROM raw.entry_revisions WHERE revision_number = 1")[0]
    Archive(settings.archive_url).drop([sha256])
    assert rebuilding.rebuild(settings).missing_count == 2
    with pytest.raises(WarehouseError, match=r"no longer holds 2 .*Nothing was replaced.*usven replay --apply"):
        rebuilding.rebuild(settings, apply=True)
    assert ask("SELECT count(*) FROM raw.entry_revisions") == [(13,)]


@pytest.mark.usefixtures("lived")
def test_a_journal_that_is_missing_is_named(settings: Settings) -> None:
    newest = max(Path(settings.archive_url).rglob("*.jsonl"))
    newest.unlink()
    with pytest.raises(WarehouseError, match=f"no journal of batch {newest.stem}"):
        rebuilding.rebuild(settings)


def test_where_there_is_no_warehouse_a_pass_is_what_rebuilds_it(settings: Settings) -> None:
    with pytest.raises(WarehouseError, match="usven run"):
        rebuilding.rebuild(settings)


@pytest.fixture
def with_pages(publisher: Publisher, settings: Settings, tmp_path: Path) -> Settings:
    """A pass of `fulltext` brought the text of one page, was kept from another, and found a third gone."""
    settings = replace(settings, allow_addresses=("127.0.0.0/8", "::1"))
    items = [("oil", web.TITLE), ("wall", "Trump lifts sanctions on Venezuela"), ("gone", "Maduro answers Trump")]
    document = rss(items, site=publisher.url("").rstrip("/"))
    today = format_datetime(datetime.now(UTC)).encode()
    publisher.documents["a.xml"] = document.replace(b"Mon, 24 Nov 2025 10:00:00 GMT", today)
    publisher.documents["oil"] = web.article()
    publisher.statuses["wall"] = 403
    feeds = tmp_path / "feeds.txt"
    feeds.write_text(publisher.url("a.xml") + "\n")
    passes.monitor(settings, feeds_file=feeds, everything=True)
    assert passes.fulltext(settings).run.fetched_count == 1
    return settings


def test_the_texts_of_pages_come_again_too(with_pages: Settings, ask: Ask) -> None:
    pages = ask("FROM raw.pages ORDER BY ALL")
    assert len(pages) == 3
    assert rebuilding.rebuild(with_pages).is_equal
    rebuilding.rebuild(with_pages, apply=True)
    assert ask("FROM raw.pages ORDER BY ALL") == pages
    assert ask("SELECT count(*) FROM core.articles WHERE full_text_source = 'page'") == [(1,)]
    assert [finding.law.name for finding in checking.check(with_pages) if not finding.holds] == []
