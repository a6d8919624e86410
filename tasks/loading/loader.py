"""The step's edge to the warehouse: each function opens it briefly, does one thing and closes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from warehouse import database, publish, rows
from warehouse.model import KnownArticle, KnownEntry, Neighbours, Outlet, Prints
from warehouse.settings import Settings
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class Known:
    """The stored entries that a batch may be about, and all outlets."""

    entries: tuple[KnownEntry, ...]
    outlets: tuple[Outlet, ...]


NOTHING = Known((), ())
"""Where nothing was asked about."""


def look_up(settings: Settings, entry_ids: Iterable[str], article_ids: Iterable[str]) -> Known:
    """The stored entries with one of some ids, or that stand for one of some articles, and all outlets."""
    with database.writing(settings.warehouse_path) as connection:
        store = Store(connection)
        return Known(store.known_entries(entry_ids, article_ids), store.outlets())


def find_articles(settings: Settings, article_ids: Iterable[str]) -> dict[str, KnownArticle]:
    """Those of some articles that are stored."""
    with database.writing(settings.warehouse_path) as connection:
        return Store(connection).known_articles(article_ids)


def find_neighbours(
    settings: Settings, prints: Sequence[Prints], *, copy_window: timedelta, story_window: timedelta
) -> Neighbours:
    """The stored articles that new ones may be copies of, or may report one event with."""
    with database.writing(settings.warehouse_path) as connection:
        return Store(connection).neighbours(prints, copy_window=copy_window, story_window=story_window)


def load(settings: Settings, batch: rows.Batch) -> None:
    """Load a batch in one transaction, feed states and all."""
    database.give_back_memory(settings.warehouse_path)
    with database.writing(settings.warehouse_path) as connection:
        Store(connection).load(batch, search=settings.search)
    database.give_back_memory(settings.warehouse_path)


def publish_copy(settings: Settings) -> None:
    """Lead readers to a new copy of the warehouse."""
    publish.publish(settings.warehouse_path, settings.published_path)
