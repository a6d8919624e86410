"""A run that is killed loses nothing and doubles nothing; `tests/bench/kills.py` does it a hundred times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flows import rebuilding
from tests.bench import kills
from tests.bench.kills import STAGES, Press
from tests.publisher import Publisher
from warehouse.archive import Archive
from warehouse.settings import Settings


@pytest.fixture
def press(publisher: Publisher) -> Press:
    press = Press(publisher, feed_count=2)
    press.move_on()
    return press


def test_runs_that_are_killed_on_their_way_lose_and_double_nothing(
    press: Press, settings: Settings, tmp_path: Path
) -> None:
    feeds = tmp_path / "feeds.txt"
    feeds.write_text(press.publisher.urls())
    moments: dict[str, Callable[[int], bool]] = {
        "recorded": lambda _: bool(press.publisher.requests),
        "journaled": lambda _: _batch_count(settings) == 2,
    }
    for is_time in moments.values():
        kill = kills.kill_once(is_time, settings, press, feeds)
        assert kill is not None
        assert kill.stage in STAGES
        assert kill.faults == ()
        press.publisher.requests.clear()
        press.move_on()
    assert rebuilding.rebuild(settings).is_equal


def _batch_count(settings: Settings) -> int:
    return sum(1 for _ in Archive(settings.archive_url).batch_ids())
