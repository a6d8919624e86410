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
    """What the warehouse holds of the things a batch may be about."""

    entries: tuple[KnownEntry, ...]
    articles: dict[str, KnownArticle]
    outlets: tuple[Outlet, ...]


NOTHING = Known((), {}, ())
"""Where nothing was asked about."""


def look_up(settings: Settings, entry_ids: Iterable[str], article_ids: Iterable[str]) -> Known:
    """What is stored of some entries and articles, with all outlets."""
    with database.writing(settings.warehouse_path) as connection:
        return known(Store(connection), entry_ids, article_ids)


def known(store: Store, entry_ids: Iterable[str], article_ids: Iterable[str]) -> Known:
    """The same of a warehouse that is open already."""
    wanted = frozenset(article_ids)
    entries = store.known_entries(entry_ids, wanted)
    articles = store.known_articles(wanted | {entry.article_id for entry in entries})
    return Known(entries, articles, store.outlets())


def find_neighbours(
    settings: Settings, prints: Sequence[Prints], *, copy_window: timedelta, story_window: timedelta
) -> Neighbours:
    """The stored articles that new ones may be copies of, or may report one event with."""
    with database.writing(settings.warehouse_path) as connection:
        return Store(connection).neighbours(prints, copy_window=copy_window, story_window=story_window)


def load(settings: Settings, batch: rows.Batch) -> None:
    """Load a batch in one transaction, feed states and all."""
    with database.writing(settings.warehouse_path) as connection:
        Store(connection).load(batch, search=settings.search)


def publish_copy(settings: Settings) -> None:
    """Lead readers to a new copy of the warehouse."""
    publish.publish(settings.warehouse_path, settings.published_path)
