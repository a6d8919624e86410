"""The step's edge: the warehouse is opened briefly and closed again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.loading import loader
from tests.loading.made import T0
from tests.warehouse.made import Report, batch
from warehouse import database, migrate
from warehouse.model import Outlet
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(data=tmp_path)
    migrate.ensure(settings.warehouse_path)
    return settings


def test_what_is_loaded_is_found_again(settings: Settings) -> None:
    outlet = Outlet("uno", "Uno", None, "unknown")
    loader.load(settings, batch(Report("one"), Report("two"), outlets=(outlet,)))
    known = loader.look_up(settings, ["e-one", "e-none"], [])
    assert [entry.entry_id for entry in known.entries] == ["e-one"]
    assert loader.find_articles(settings, ["a-one", "a-none"])["a-one"].first_seen_at == T0
    assert known.outlets == (outlet,)


def test_all_entries_of_an_article_are_found(settings: Settings) -> None:
    loader.load(settings, batch(Report("one")))
    assert [entry.entry_id for entry in loader.look_up(settings, [], iter(["a-one"])).entries] == ["e-one"]


def test_what_is_published_is_what_was_loaded(settings: Settings) -> None:
    loader.load(settings, batch(Report("one")))
    loader.publish_copy(settings)
    with database.reading(settings.published_path) as connection:
        assert connection.execute("SELECT story_id FROM mart.stories").fetchall() == [("s-one",)]
