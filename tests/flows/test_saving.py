"""Backup, restore and export through whole passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows import checking, passes, saving
from flows.passes import Pass
from tests.publisher import Publisher, rss
from warehouse import database, export, lock
from warehouse.errors import WarehouseBusy
from warehouse.settings import Settings

Poll = Callable[..., Pass]
Ask = Callable[[str], list[tuple[Any, ...]]]

CALL = ("call", "Trump and Maduro speak by phone")
STRIKE = ("strike", "US strikes boat off Venezuela")


def test_the_pass_after_a_restore_loads_what_came_since_the_backup(
    publisher: Publisher, poll: Poll, settings: Settings, ask: Ask, tmp_path: Path
) -> None:
    publisher.documents["a.xml"] = rss([CALL])
    poll()
    saving.back_up(settings, tmp_path / "saved", with_archive=True)
    publisher.documents["a.xml"] = rss([STRIKE])
    poll()
    saving.restore(settings, tmp_path / "saved")
    assert ask("SELECT title FROM core.articles") == [(CALL[1],)]
    # The feed has moved on: only the raw archive still has what came since.
    publisher.documents["a.xml"] = rss([])
    poll()
    assert ask("SELECT title FROM core.articles ORDER BY title") == [(CALL[1],), (STRIKE[1],)]
    assert [finding.law.name for finding in checking.check(settings) if not finding.holds] == []


def test_a_backup_brings_everything_to_another_machine(
    publisher: Publisher, poll: Poll, settings: Settings, ask: Ask, tmp_path: Path
) -> None:
    publisher.documents["a.xml"] = rss([CALL, STRIKE])
    poll()
    saving.back_up(settings, tmp_path / "saved", with_archive=True)
    elsewhere = replace(settings, data=tmp_path / "elsewhere")
    assert saving.restore(elsewhere, tmp_path / "saved").kept is None
    with database.reading(elsewhere.published_path) as connection:
        assert connection.execute("FROM core.articles ORDER BY ALL").fetchall() == ask(
            "FROM core.articles ORDER BY ALL"
        )


def test_nothing_is_restored_under_a_pass(publisher: Publisher, poll: Poll, settings: Settings, tmp_path: Path) -> None:
    poll()
    saving.back_up(settings, tmp_path / "saved", with_archive=True)
    with lock.exclusive(settings.data / "usven.lock", "a pass of monitor"), pytest.raises(WarehouseBusy):
        saving.restore(settings, tmp_path / "saved")


def test_a_backup_is_taken_under_a_pass(poll: Poll, settings: Settings, tmp_path: Path) -> None:
    poll()
    with lock.exclusive(settings.data / "usven.lock", "a pass of monitor"):
        assert saving.back_up(settings, tmp_path / "saved", with_archive=True).manifest.bytes > 0


def test_an_import_of_an_export_gives_the_same_stories_with_the_same_labels(
    publisher: Publisher, poll: Poll, settings: Settings, ask: Ask, tmp_path: Path
) -> None:
    publisher.documents["a.xml"] = rss([CALL, STRIKE, ("rain", "Rain in Lisbon")])
    poll()
    written = export.write(settings.published_path, tmp_path / "out", now=datetime.now(UTC))
    elsewhere = replace(settings, data=tmp_path / "elsewhere")
    passes.import_files(elsewhere, [written.folder / export.ITEMS])
    for query in (
        "SELECT article_id, canonical_url, title, summary_text, language, reported_at, story_id, relevance_level, "
        "relevance_score, relevance_evidence FROM core.articles ORDER BY ALL",
        "FROM core.article_topics ORDER BY ALL",
        "FROM core.article_actors ORDER BY ALL",
        "FROM core.stories ORDER BY ALL",
    ):
        with database.reading(elsewhere.published_path) as connection:
            assert connection.execute(query).fetchall() == ask(query)
