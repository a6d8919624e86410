"""Upkeep on real warehouses, without Prefect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import housekeeping, rebuilding
from flows.passes import Pass
from tests.publisher import Publisher, rss
from warehouse import backup, database, lock
from warehouse.archive import Archive
from warehouse.errors import WarehouseBusy
from warehouse.settings import Settings

Poll = Callable[..., Pass]
Ask = Callable[[str], list[tuple[Any, ...]]]

CALL = ("call", "Trump and Maduro speak by phone")


@pytest.fixture
def filled(publisher: Publisher, poll: Poll) -> None:
    """An entry with two wordings, each from a document of its own."""
    publisher.documents["a.xml"] = rss([CALL])
    poll()
    publisher.documents["a.xml"] = rss([("call", "Trump confirms call with Maduro")])
    poll()


def _later(days: int) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(days=days)


@pytest.mark.usefixtures("filled")
def test_upkeep_checks_backs_up_and_is_recorded_as_a_run(settings: Settings, ask: Ask) -> None:
    done = housekeeping.keep(settings)
    assert done.broken == ()
    assert done.backup is not None
    backup.verify(done.backup)
    ((status, message),) = ask("SELECT status, message FROM raw.runs WHERE flow = 'upkeep'")
    assert (status, "laws hold" in message, "0 documents dropped" in message) == ("completed", True, True)


@pytest.mark.usefixtures("filled")
def test_after_the_days_of_the_archive_only_what_current_wordings_rest_on_is_left(settings: Settings, ask: Ask) -> None:
    done = housekeeping.keep(settings, clock=_later(366))
    assert (done.retained.kept_count, done.retained.dropped_count) == (1, 1)
    newest = ask("SELECT body_sha256 FROM raw.entry_revisions WHERE revision_number = 2")
    assert [(sha256,) for sha256, _ in Archive(settings.archive_url).bodies()] == newest
    assert rebuilding.rebuild(settings).missing_count == 1


@pytest.mark.usefixtures("filled")
def test_a_broken_law_is_told_and_nothing_is_dropped(settings: Settings) -> None:
    with database.writing(settings.warehouse_path) as connection:
        connection.execute("DELETE FROM core.stories")
    done = housekeeping.keep(settings, clock=_later(366))
    assert [finding.law.name for finding in done.broken] == ["article-has-story"]
    assert done.retained.dropped_count == 0
    assert done.backup is not None
    assert done.backup.manifest.laws_broken == ("article-has-story",)
    assert "**broken, 1 rows**" in housekeeping.markdown(done)


@pytest.mark.usefixtures("filled")
def test_so_many_backups_are_kept_as_are_wanted(settings: Settings) -> None:
    for day in range(4):
        housekeeping.keep(replace(settings, backups_kept=2), clock=_later(day))
    assert len(list(settings.backup_dir.iterdir())) == 2
    assert housekeeping.keep(replace(settings, backups_kept=0)).backup is None


@pytest.mark.usefixtures("filled")
def test_backups_in_a_folder_of_their_own_hold_the_raw_archive(settings: Settings, tmp_path: Path) -> None:
    housekeeping.keep(settings)
    assert not (settings.backup_dir / "archive").exists()
    elsewhere = replace(settings, backup=str(tmp_path / "elsewhere"))
    housekeeping.keep(elsewhere)
    saved = Archive(str(tmp_path / "elsewhere" / "archive"))
    assert sorted(saved.bodies()) == sorted(Archive(settings.archive_url).bodies())


@pytest.mark.usefixtures("filled")
def test_upkeep_waits_for_no_pass_but_says_which_is_going_on(settings: Settings) -> None:
    with (
        lock.exclusive(settings.data / "usven.lock", "a pass of monitor"),
        pytest.raises(WarehouseBusy, match="monitor"),
    ):
        housekeeping.keep(settings)


def test_upkeep_of_a_fresh_installation_finds_nothing_to_do(settings: Settings) -> None:
    done = housekeeping.keep(settings)
    assert (done.broken, done.retained.kept_count, done.space.bytes_before) == ((), 0, None)
