"""The edge to the warehouse for labelling anew: articles are read from the published copy and written to the original.

Reading the copy costs no writer a wait; while nobody else writes, it is equal to what is written to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

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
    if not (labels.evidence or labels.topics or labels.actors):
        return not (article.evidence or article.topics or article.actors)
    labelled = [Labelled(article.draft, labels, language)]
    topics = sorted((row.topic, list(row.evidence)) for row in assembly.topic_rows(labelled))
    actors = sorted(_place(row) for row in assembly.actor_rows(labelled))
    return (
        article.evidence == list(assembly.article_rows(labelled)[0].relevance_evidence)
        and [(topic["topic"], topic["evidence"]) for topic in article.topics] == topics
        and sorted(_place(rows.ArticleActor("", **actor, rules_version="")) for actor in article.actors) == actors
    )


@contextmanager
def storing(settings: Settings) -> Iterator[Store]:
    """The warehouse, open for all portions: closing it after each would write it out as often."""
    with database.writing(settings.warehouse_path) as connection:
        yield Store(connection)


def write(
    store: Store,
    changed: Sequence[Labelled],
    confirmed: Sequence[str],
    *,
    run_id: str,
    rules_version: str,
    now: datetime,
) -> None:
    """Store the new labels of a portion in one transaction; of the confirmed articles, the version of the rules."""
    batch = rows.Batch(
        batch_id=run_id,
        run_id=run_id,
        loaded_at=now,
        articles=assembly.article_rows(changed),
        topics=assembly.topic_rows(changed),
        actors=assembly.actor_rows(changed),
    )
    store.relabel(batch, confirmed=confirmed, rules_version=rules_version)


def _place(row: rows.ArticleActor) -> tuple[str, int, str, str, str]:
    return row.field, row.start_offset, row.actor_id, row.role, row.matched_text
