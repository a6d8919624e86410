"""The data's way from documents made by hand into a warehouse in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from flows import way
from flows.way import Context, Steps
from tasks.grouping import batch as grouping
from tasks.loading.loader import Known
from tasks.parsing.pool import Parsers
from tasks.workers import Workers
from tests.loading.made import FEEDS, OUTLETS, after
from warehouse import rows
from warehouse.archive import Archive, Record
from warehouse.catalogue import Catalogue
from warehouse.database import Connection
from warehouse.model import Document, Entry, KnownArticle, Mark, Neighbours
from warehouse.settings import Settings
from warehouse.store import Store


@dataclass(slots=True)
class Press:
    """Takes documents the data's way into a warehouse, each as a batch of its own or several in one."""

    connection: Connection
    batches: int = 0
    _documents: dict[str, Document] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Store(self.connection).apply_catalogue(
            Catalogue(tuple(FEEDS.values()), tuple(OUTLETS.values())), origin="catalogue"
        )

    def ingest(self, *documents: tuple[str, datetime, Sequence[Entry]]) -> way.Tally:
        """Documents, each with the feed it comes from and the time it was seen, as one batch."""
        self.batches += 1
        records = [self._record(*document) for document in documents]
        return way.ingest_records(records, f"20260103T060000-ab-{self.batches:04}", self._context())

    def _record(self, feed_id: str, seen_at: datetime, entries: Sequence[Entry]) -> Record:
        sha256 = f"{feed_id} {seen_at.isoformat()}"
        self._documents[sha256] = Document("rss20", feed_id, "es", tuple(entries))
        feed = FEEDS[feed_id]
        return Record(feed_id, feed.url, feed.outlet_id, feed.language, seen_at, sha256, feed.url)

    def _context(self) -> Context:
        # Stories are not the subject here, and making vectors one document at a time would take a minute.
        steps = Steps(
            parse=self._parse,
            look_up=self._look_up,
            find_articles=self._find_articles,
            load=self._load,
            prints=lambda words, _: (Mark((), "none", bytes(512)),) * len(words),
            find_neighbours=lambda *_, **__: Neighbours(),
            group=lambda *_: grouping.NOTHING,
        )
        archive, now = Archive("memory://"), after(days=1)
        parsers = Parsers(archive, max_entries=1, workers=1)
        return Context(Settings(), archive, parsers, Workers(0), steps, "20260103T060000-ab", lambda: now, Random(0))

    def _parse(self, records: Iterable[Record], _: Parsers) -> tuple[Document, ...]:
        return tuple(self._documents[record.body_sha256] for record in records)

    def _look_up(self, settings: Settings, entry_ids: Iterable[str], article_ids: Iterable[str]) -> Known:
        store = Store(self.connection)
        return Known(store.known_entries(entry_ids, article_ids), store.outlets())

    def _find_articles(self, settings: Settings, article_ids: Iterable[str]) -> dict[str, KnownArticle]:
        return Store(self.connection).known_articles(article_ids)

    def _load(self, settings: Settings, batch: rows.Batch) -> None:
        Store(self.connection).load(batch)
