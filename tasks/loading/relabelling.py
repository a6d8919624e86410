"""The edge to the warehouse for labelling anew: articles are read from the published copy and written to the original.

Reading the copy costs no writer a wait; while nobody else writes, it is equal to what is written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from tasks.loading import assembly
from warehouse import database, relabelling, rows
from warehouse.model import Labelled, Labels
from warehouse.relabelling import Stored
from warehouse.settings import Settings
from warehouse.store import Store


@contextmanager
def opened(settings: Settings, since: datetime | None) -> Iterator[tuple[int, Iterator[list[Stored]]]]:
    """How many articles were reported since a time, and those articles in portions.

    Raises:
        WarehouseError: there is no published copy.
    """
    with database.reading(settings.published_path) as connection:
        yield relabelling.count(connection, since), relabelling.stored(connection, since)


def is_confirmed(article: Stored, labels: Labels, language: str | None) -> bool:
    """Whether labels say the same of an article as those that are stored, words of evidence included."""
    if (article.level, article.score, article.language) != (labels.level, labels.score, language):
        return False
    if not (labels.evidence or labels.topics or labels.actors or labels.events):
        return not (article.evidence or article.topics or article.actors or article.events)
    labelled = [Labelled(article.draft, labels, language)]
    return (
        article.evidence == list(assembly.article_rows(labelled)[0].relevance_evidence)
        and _said(article.topics) == _said(map(_plain, assembly.topic_rows(labelled)))
        and _said(article.actors) == _said(map(_plain, assembly.actor_rows(labelled)))
        and _said(article.events) == _said(map(_plain, assembly.event_rows(labelled)))
    )


@contextmanager
def storing(settings: Settings) -> Iterator[Store]:
    """The warehouse, open for all portions: closing it after each would write it out as often."""
    with database.writing(settings.warehouse_path) as connection:
        yield Store(connection)


def _plain(row: rows.ArticleTopic | rows.ArticleActor | rows.ArticleEvent) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in relabelling.columns(type(row))}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _said(labels: Iterable[dict[str, Any]]) -> list[str]:
    """Labels in an order of their own: that of rows means nothing."""
    return sorted(map(repr, labels))
