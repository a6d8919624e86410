"""Whole passes over a loopback publisher into real warehouses."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from flows import checking, passes, rebuilding
from flows.passes import Pass
from flows.way import Steps
from tasks.loading import loader
from tasks.tagging import labelling
from tasks.tagging.labelling import Text, Verdict
from tasks.workers import Workers
from tests.publisher import Publisher, rss
from warehouse import database, lock, rows
from warehouse.errors import CatalogueError, InputError, WarehouseBusy
from warehouse.settings import Settings
from warehouse.store import Store

Poll = Callable[..., Pass]
Ask = Callable[[str], list[tuple[Any, ...]]]

CALL = ("call", "Trump and Maduro speak by phone")
STRIKE = ("strike", "US strikes boat off Venezuela")
WEATHER = ("weather", "Rain expected in Lisbon")


def test_a_pass_brings_entries_into_the_warehouse_and_publishes_them(
    publisher: Publisher, poll: Poll, ask: Ask
) -> None:
    publisher.documents["a.xml"] = rss([CALL, WEATHER])
    run = poll().run
    assert (run.entries_new_count, run.articles_new_count, run.relevant_new_count) == (2, 2, 1)
    assert ask("SELECT title FROM core.articles WHERE is_relevant") == [(CALL[1],)]
    assert ask("SELECT headline FROM mart.stories") == [(CALL[1],)]


def test_a_second_pass_over_unchanged_feeds_adds_nothing(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["a.xml"] = rss([CALL, WEATHER])
    poll()
    before = ask("FROM core.articles ORDER BY ALL"), ask("FROM raw.entries ORDER BY ALL")
    run = poll().run
    assert (run.not_modified_count, run.entries_new_count, run.articles_new_count) == (1, 0, 0)
    assert (ask("FROM core.articles ORDER BY ALL"), ask("FROM raw.entries ORDER BY ALL")) == before


def test_a_body_that_is_known_is_unchanged_even_when_its_etag_is_gone(
    publisher: Publisher, poll: Poll, settings: Settings
) -> None:
    publisher.documents["a.xml"] = rss([CALL])
    poll()
    publisher.documents["a.xml"] += b"\n"
    poll()
    publisher.documents["a.xml"] = publisher.documents["a.xml"].rstrip()
    first = poll().run
    assert first.fetched_count == 1
    assert first.entries_new_count == first.entries_revised_count == 0


def test_a_changed_headline_is_a_revision_and_the_article_shows_it(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["a.xml"] = rss([CALL])
    poll()
    publisher.documents["a.xml"] = rss([("call", "Trump confirms call with Maduro")])
    run = poll().run
    assert (run.entries_new_count, run.entries_revised_count, run.articles_new_count) == (0, 1, 0)
    assert ask("SELECT title FROM core.articles") == [("Trump confirms call with Maduro",)]
    assert ask("SELECT old_title, new_title FROM mart.headline_changes") == [
        (CALL[1], "Trump confirms call with Maduro")
    ]


def test_a_feed_that_fails_costs_no_other_feed_its_entries(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["good.xml"] = rss([CALL])
    publisher.documents["page.xml"] = b"<!doctype html><html><head><title>Sorry</title></head><body></body></html>"
    publisher.statuses["broken.xml"] = 500
    run = poll().run
    assert (run.fetched_count, run.failed_count, run.entries_new_count) == (1, 2, 1)
    kinds = ask("SELECT error_kind FROM raw.fetches WHERE outcome = 'failed' ORDER BY ALL")
    assert kinds == [("html",), ("http_500",)]
    assert not passes.all_failed(run)


def test_a_pass_in_which_each_feed_failed_leads_to_the_cause_they_share(publisher: Publisher, poll: Poll) -> None:
    publisher.statuses |= {"one.xml": 500, "two.xml": 500}
    run = poll().run
    assert passes.all_failed(run)
    assert run.message.endswith(
        "2 failed. `usven status` says why; where no host was found, this machine may be offline"
    )


def test_an_article_in_two_feeds_is_one_article_with_a_link_for_each_entry(
    publisher: Publisher, poll: Poll, ask: Ask
) -> None:
    publisher.documents["a.xml"] = rss([CALL])
    publisher.documents["b.xml"] = rss([CALL]).replace(b"/call<", b"/call?utm_source=rss<")
    run = poll().run
    assert (run.entries_new_count, run.articles_new_count) == (2, 1)
    assert ask("SELECT count(*) FROM core.duplicate_links WHERE level = 'url'") == [(2,)]


def test_an_event_is_stored_with_its_words_and_moves_the_days_tension(
    publisher: Publisher, poll: Poll, ask: Ask
) -> None:
    publisher.documents["a.xml"] = rss([("pdvsa", "US imposes sanctions on Venezuelan oil company PDVSA"), WEATHER])
    assert poll().run.events_new_count == 1
    events = ask("SELECT source_side, event_type, target_side, weight < 0 FROM core.events WHERE is_counted")
    assert events == [("US", "SANCTION", "VE", True)]
    tension = "SELECT event_date::VARCHAR, source_side, target_side, story_count FROM mart.daily_tension"
    assert ask(tension) == [("2025-11-24", "US", "VE", 1)]


def test_every_law_holds_after_passes_with_news_revisions_and_failures(
    publisher: Publisher, poll: Poll, settings: Settings
) -> None:
    publisher.documents["a.xml"] = rss([CALL, WEATHER])
    publisher.documents["b.xml"] = rss([CALL, STRIKE])
    publisher.statuses["broken.xml"] = 404
    poll()
    publisher.documents["a.xml"] = rss([STRIKE, ("call", "Trump: I spoke to Maduro of Venezuela")])
    poll()
    assert [finding.law.name for finding in checking.check(settings) if not finding.holds] == []


def test_what_a_crash_kept_out_of_the_warehouse_is_loaded_by_the_next_pass(
    publisher: Publisher, poll: Poll, ask: Ask
) -> None:
    class Crash(BaseException):
        pass

    def crash(_: Settings, __: rows.Batch) -> None:
        raise Crash

    publisher.documents["a.xml"] = rss([CALL])
    with pytest.raises(Crash):
        poll(steps=replace(Steps(), load=crash))
    # The feed has moved on meanwhile: only the archive still has the entry.
    publisher.documents["a.xml"] = rss([STRIKE])
    poll()
    assert ask("SELECT title FROM core.articles ORDER BY title") == [(CALL[1],), (STRIKE[1],)]
    assert ask("SELECT status FROM raw.runs ORDER BY run_id") == [("failed",), ("completed",)]


def test_an_etag_is_not_kept_when_its_entries_were_not(publisher: Publisher, poll: Poll) -> None:
    def crash(_: Settings, __: rows.Batch) -> None:
        raise MemoryError

    publisher.documents["a.xml"] = rss([CALL])
    with pytest.raises(MemoryError):
        poll(steps=replace(Steps(), load=crash))
    poll()
    assert publisher.requests == [("a.xml", 200), ("a.xml", 200)]


def test_loading_stops_between_batches_without_losing_the_earlier_ones(
    publisher: Publisher, poll: Poll, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.gathering.BATCH_BYTES", 1)
    loads = []

    def load_once(settings: Settings, batch: rows.Batch) -> None:
        if loads:
            raise OSError("disk is gone")
        loads.append(batch)
        loader.load(settings, batch)

    publisher.documents["a.xml"] = rss([CALL])
    publisher.documents["b.xml"] = rss([STRIKE])
    with pytest.raises(OSError, match="disk is gone"):
        poll(steps=replace(Steps(), load=load_once))
    poll()
    assert ask("SELECT count(*) FROM core.articles") == [(2,)]


def test_documents_that_are_mostly_known_are_loaded_more_at_a_time(
    publisher: Publisher, poll: Poll, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.documents |= {f"{name}.xml": rss([CALL]) for name in "abc"}
    # Each counts as more than it has, or all three would be one batch from the start.
    monkeypatch.setattr("flows.gathering.DOCUMENT_BYTES", 10_000)
    monkeypatch.setattr("flows.gathering.BATCH_BYTES", 2 * (len(rss([CALL])) + 10_000))
    poll()
    later = [(CALL[0], f"{CALL[1]}!")]
    publisher.documents |= {f"{name}.xml": rss(later) for name in "abc"}
    poll()
    batches = ask("SELECT count(*) FROM raw.batches GROUP BY run_id ORDER BY run_id")
    assert batches == [(2,), (1,)]


def test_a_pass_that_fails_does_not_wait_for_the_feeds_that_have_not_answered(
    publisher: Publisher, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.gathering.BATCH_BYTES", 1)

    def fail(settings: Settings, batch: rows.Batch) -> None:
        raise OSError("disk is gone")

    publisher.documents |= {"a.xml": rss([CALL]), "b.xml": rss([STRIKE])}
    publisher.delays["b.xml"] = 15.0
    with pytest.raises(OSError, match="disk is gone"):
        poll(steps=replace(Steps(), load=fail))
    assert publisher.requests == [("a.xml", 200)], "b.xml had not been answered"


def test_an_interrupted_pass_does_not_wait_for_what_is_foreseen(
    publisher: Publisher, poll: Poll, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.gathering.WORTH_WORKERS", 1)
    slow = Workers(1, preparations=(partial(time.sleep, 60),))
    monkeypatch.setattr("flows.way.foreseers", lambda _: slow)
    publisher.documents["a.xml"] = rss([CALL])

    def interrupt() -> None:
        deadline = time.monotonic() + 60
        while not slow.are_started and time.monotonic() < deadline:
            time.sleep(0.05)
        # For the thread that foresees to have begun to wait.
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGUSR1)

    # As Ctrl-C, which whoever started the tests in the background may have had ignored.
    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    began = time.monotonic()
    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            poll()
    finally:
        interrupter.join()
        signal.signal(signal.SIGUSR1, before)
    assert time.monotonic() - began < 30
    with database.writing(settings.warehouse_path) as connection:
        assert connection.execute("SELECT status FROM raw.runs").fetchall() == [("cancelled",)]


@pytest.mark.parametrize("processors", [1, 2])
def test_much_that_is_new_is_labelled_by_processes_where_there_are_processors_for_them(
    publisher: Publisher, poll: Poll, ask: Ask, monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr("flows.gathering.WORTH_WORKERS", 1)
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    labelled_by = []

    def tag(texts: Sequence[Text], workers: Workers) -> tuple[Verdict, ...]:
        labelled_by.append(workers.call(os.getpid))
        return labelling.label(texts, workers)

    publisher.documents["a.xml"] = rss([CALL])
    poll(steps=replace(Steps(), tag=tag))
    assert [pid == os.getpid() for pid in labelled_by] == [processors == 1]
    assert ask("SELECT count(*) FROM core.articles WHERE is_relevant") == [(1,)]


def test_labels_are_foreseen_while_the_batch_before_is_loaded_and_not_made_twice(
    publisher: Publisher, poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.gathering.WORTH_WORKERS", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    labelled = []

    def tag(texts: Sequence[Text], workers: Workers) -> tuple[Verdict, ...]:
        labelled.append({text.title for text in texts})
        return labelling.label(texts, workers)

    publisher.documents["a.xml"] = rss([CALL, WEATHER])
    poll(steps=replace(Steps(), tag=tag))
    assert labelled == [{CALL[1], WEATHER[1]}]
    publisher.documents["a.xml"] = rss([STRIKE, CALL, WEATHER])
    publisher.documents["b.xml"] = rss([("own", "Goats win a prize")])
    poll(steps=replace(Steps(), tag=tag))
    assert labelled[1:] == [{"Goats win a prize"}, {STRIKE[1]}], "what is new in a feed that is remembered comes later"


def test_what_was_foreseen_gives_what_a_rebuild_gives_which_foresees_nothing(
    publisher: Publisher, poll: Poll, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.gathering.WORTH_WORKERS", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    # Feeds tell one article in different words, within a batch and in several.
    monkeypatch.setattr("flows.gathering.DOCUMENT_BYTES", 0)
    monkeypatch.setattr("flows.gathering.BATCH_BYTES", 2 * len(rss([CALL, STRIKE])))
    for number, name in enumerate("abcdef"):
        other = (CALL[0], f"{CALL[1]}, part {number}")
        publisher.documents[f"{name}.xml"] = rss([other, STRIKE, (f"own-{name}", f"{STRIKE[1]}: {number} dead")])
    poll()
    rebuilt = rebuilding.rebuild(settings)
    assert [table for table in rebuilt.differences if not table.is_equal] == []
    assert {t.table: t.row_count for t in rebuilt.differences}["core.articles"] == 8


def test_two_passes_at_once_are_refused(poll: Poll, publisher: Publisher, settings: Settings) -> None:
    publisher.documents["a.xml"] = rss([CALL])
    with (
        lock.exclusive(settings.data / "usven.lock", "a pass of monitor"),
        pytest.raises(WarehouseBusy, match="monitor"),
    ):
        poll()


def test_feeds_run_from_a_file_stay_out_of_the_schedule(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["a.xml"] = rss([CALL])
    poll()
    assert ask("SELECT origin FROM raw.feeds WHERE url LIKE 'http://127%'") == [("file",)]


def test_a_pass_with_nothing_due_copies_nothing_unless_there_is_something_to_tell(
    publisher: Publisher, poll: Poll, settings: Settings, tmp_path: Path
) -> None:
    publisher.documents["a.xml"] = rss([CALL])
    poll()
    before = settings.published_path.readlink()
    assert passes.monitor(settings, feeds_file=tmp_path / "feeds.txt").run.due_count == 0
    assert settings.published_path.readlink() == before
    with database.writing(settings.warehouse_path) as connection:
        Store(connection).begin_run(rows.Run("0", "monitor", datetime(2026, 1, 3, tzinfo=UTC)))
    passes.monitor(settings, feeds_file=tmp_path / "feeds.txt")
    assert settings.published_path.readlink() != before


def test_a_file_that_is_no_catalogue_is_refused_before_anything_is_fetched(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "feeds.txt"
    path.write_text("not an address\n")
    with pytest.raises(CatalogueError, match="line 1"):
        passes.monitor(settings, feeds_file=path)
    assert not settings.warehouse_path.exists()


def test_an_import_takes_items_by_the_same_way_and_twice_adds_nothing(
    settings: Settings, ask: Ask, tmp_path: Path
) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(
        '{"id": "1", "title": "Trump and Maduro speak by phone", "url": "https://www.reuters.com/1", '
        '"source": "Reuters", "published": "2025-11-28", "lang": "en"}\n'
        '{"id": "2", "title": "Rain in Lisbon", "url": "https://www.reuters.com/2", "source": "Reuters"}\n'
    )
    first, second = passes.import_files(settings, [path]).run, passes.import_files(settings, [path]).run
    assert (first.entries_new_count, first.relevant_new_count, second.entries_new_count) == (2, 1, 0)
    assert ask("SELECT outlet_id, reported_at::DATE::VARCHAR FROM core.articles WHERE is_relevant") == [
        ("reuters", "2025-11-28")
    ]


def test_an_import_of_a_missing_file_says_which(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.jsonl"):
        passes.import_files(settings, [tmp_path / "nothing.jsonl"])
