"""A publisher, settings that may fetch from it, and a catalogue file of its documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import passes
from flows.passes import Pass
from tests import objects
from tests.publisher import Publisher
from warehouse import database
from warehouse.settings import Settings


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher().running() as running:
        yield running


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with objects.bucket(monkeypatch) as address:
        yield address


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", allow_addresses=("127.0.0.1",), host_delay_seconds=0.0, per_host=8)


@pytest.fixture
def poll(settings: Settings, publisher: Publisher, tmp_path: Path) -> Callable[..., Pass]:
    """One pass over all documents of the publisher, without Prefect."""

    def run(**arguments: Any) -> Pass:
        feeds = tmp_path / "feeds.txt"
        feeds.write_text(publisher.urls())
        return passes.monitor(settings, feeds_file=feeds, everything=True, **arguments)

    return run


@pytest.fixture
def ask(settings: Settings) -> Callable[[str], list[tuple[Any, ...]]]:
    """A query on the published copy."""

    def query(sql: str) -> list[tuple[Any, ...]]:
        with database.reading(settings.published_path) as connection:
            return connection.execute(sql).fetchall()

    return query
