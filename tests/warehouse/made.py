"""Rows made by hand: reports that hold together, and what is in a warehouse as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from warehouse import migrate, rows
from warehouse.database import Connection
from warehouse.store import Store

T0 = datetime(2026, 1, 3, 6, tzinfo=UTC)


def after(**units: float) -> datetime:
    """A time after T0, as `timedelta` takes it."""
    return T0 + timedelta(**units)


@dataclass(frozen=True, slots=True)
class Report:
    """An article with its one entry, relevant unless its topic is None; the topic rests on the title's first word."""

    name: str
    title: str = "Sanctions on Caracas eased"
    feed_id: str = "uno"
    outlet_id: str = "uno"
    language: str | None = "en"
    at: datetime = T0
    seen_at: datetime | None = None
    story_id: str | None = None
    copy_of: str | None = None
    agency: str | None = None
    topic: str | None = "sanctions"
    actor: str | None = None
    summary: str = ""
    level: int = 2

    @property
    def entry(self) -> rows.Entry:
        seen_at = self.seen_at or self.at
        return rows.Entry(
            entry_id=f"e-{self.name}",
            feed_id=self.feed_id,
            guid=self.name,
            link=f"https://{self.outlet_id}.example/{self.name}",
            article_id=f"a-{self.name}",
            title=self.title,
            priority=0 if self.summary else 1,
            first_seen_at=seen_at,
            last_seen_at=seen_at,
            revision_count=1,
            wording_sha256=f"w-{self.title}",
            identity_reason="same guid",
            article_reason="same page by its link",
        )

    @property
    def revision(self) -> rows.Revision:
        return rows.Revision(
            entry_id=f"e-{self.name}",
            revision_number=1,
            title=self.title,
            summary_text=self.summary,
            content_text="",
            authors=("A. Author",),
            categories=(),
            language=self.language,
            published_at=self.at,
            updated_at=None,
            seen_at=self.seen_at or self.at,
            body_sha256="body",
            wording_sha256=f"w-{self.title}",
        )

    @property
    def article(self) -> rows.Article:
        return rows.Article(
            article_id=f"a-{self.name}",
            canonical_url=f"https://{self.outlet_id}.example/{self.name}",
            outlet_id=self.outlet_id,
            language=self.language,
            title=self.title,
            summary_text=self.summary,
            full_text=None,
            full_text_source=None,
            published_at=self.at,
            first_seen_at=self.seen_at or self.at,
            reported_at=self.at,
            date_quality="published",
            story_id=self.story_id or f"s-{self.name}",
            copy_of_article_id=f"a-{self.copy_of}" if self.copy_of else None,
            agency=self.agency,
            shown_entry_id=f"e-{self.name}",
            shown_priority=0 if self.summary else 1,
            relevance_level=self.level if self.topic else 0,
            relevance_score=0.9 if self.topic else 0.1,
            is_relevant=self.topic is not None,
            relevance_evidence=(self._first_word,) if self.topic else (),
            rules_version="1",
        )

    @property
    def topics(self) -> tuple[rows.ArticleTopic, ...]:
        return (rows.ArticleTopic(f"a-{self.name}", self.topic, (self._first_word,), "1"),) if self.topic else ()

    @property
    def actors(self) -> tuple[rows.ArticleActor, ...]:
        if not self.actor:
            return ()
        word = self._first_word["text"]
        return (rows.ArticleActor(f"a-{self.name}", self.actor, "", word, "title", 0, "1"),)

    @property
    def address(self) -> rows.ArticleAddress:
        return rows.ArticleAddress(f"a-{self.name}", self.article.canonical_url, "canonical")

    @property
    def _first_word(self) -> dict[str, Any]:
        return {"term": "first", "field": "title", "start_offset": 0, "text": self.title.split()[0]}


def batch(*reports: Report, batch_id: str = "20260103T060000-ab-0001", **values: Any) -> rows.Batch:
    """The reports as one batch; any part of it can be given by name."""
    made = rows.Batch(
        batch_id=batch_id,
        run_id="20260103T060000-ab",
        loaded_at=after(hours=9),
        entries=tuple(report.entry for report in reports),
        revisions=tuple(report.revision for report in reports),
        articles=tuple(report.article for report in reports),
        addresses=tuple(report.address for report in reports),
        topics=tuple(topic for report in reports for topic in report.topics),
        actors=tuple(actor for report in reports for actor in report.actors),
        entry_count=len(reports),
    )
    return replace(made, **values)


def load(connection: Connection, *reports: Report) -> None:
    """Load the reports as one batch."""
    Store(connection).load(batch(*reports))


@contextmanager
def in_memory() -> Iterator[Connection]:
    """A warehouse in memory."""
    with duckdb.connect(":memory:") as connection:
        for migration in migrate.migrations():
            connection.execute(migration.sql)
        connection.execute(migrate.marts())
        yield connection


def empty(connection: Connection) -> None:
    """Take all rows out of a warehouse."""
    for table in tables(connection):
        connection.execute(f"DELETE FROM {table}")


def tables(connection: Connection) -> list[str]:
    """The names of all tables."""
    found = connection.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name IN ('raw', 'core') ORDER BY ALL"
    )
    return [name for (name,) in found.fetchall()]


def content(connection: Connection, *, without: Sequence[str] = (), apart: Iterable[str] = ()) -> dict[str, Any]:
    """All rows of all tables, in an order of their own, some columns and tables left out."""
    return {
        table: connection.execute(
            f"SELECT COLUMNS(lambda c: NOT list_contains($1, c)) FROM {table} ORDER BY ALL", [list(without)]
        ).fetchall()
        for table in tables(connection)
        if table not in apart
    }
