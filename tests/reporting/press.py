"""A press of its own: a warehouse filled by SQL with just the reports that a test needs."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.reporting.site import SiteSummary, write_site
from warehouse import database, migrate, publish

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_DEFAULTS: dict[str, Any] = {
    "summary_text": "",
    "outlet_id": "gazette",
    "language": "en",
    "date_quality": "published",
    "relevance_level": 2,
    "relevance_score": 0.9,
    "relevance_evidence": [],
    "rules_version": "1",
}


def evidence(text: str, words: str, field: str = "title") -> dict[str, Any]:
    """The words as evidence, at their place in the text."""
    return {"term": words.lower(), "field": field, "start_offset": text.index(words), "text": words}


@cache
def _empty_warehouse() -> Path:
    """Made once: a schema takes longer than the rows of most tests."""
    path = Path(tempfile.mkdtemp()) / "empty.duckdb"
    migrate.ensure(path)
    return path


def _insert(connection: database.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    schema = connection.execute(f"FROM {table} LIMIT 0").to_arrow_table().schema
    used = pa.schema([field for field in schema if any(field.name in row for row in rows)])
    connection.register("given", pa.Table.from_pylist(rows, schema=used))
    connection.execute(f"INSERT INTO {table} BY NAME FROM given")


class Press:
    """Builds a warehouse row by row; `site` publishes it and writes the report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "usven.duckdb"
        self._tables: dict[str, list[dict[str, Any]]] = {}
        self.outlet("gazette", name="The Gazette", country="GB", kind="newspaper", state_affiliated=False)

    def add(self, table: str, **values: Any) -> None:
        """A row; times may be aware."""
        plain = {
            key: value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
            for key, value in values.items()
        }
        self._tables.setdefault(table, []).append(plain)

    def outlet(self, outlet_id: str, **values: Any) -> None:
        self.add("core.outlets", **({"outlet_id": outlet_id, "name": outlet_id, "kind": "newspaper"} | values))

    def article(
        self,
        article_id: str,
        title: str,
        *,
        at: datetime = NOW - timedelta(hours=2),
        story: str | None = None,
        topics: dict[str, list[dict[str, Any]]] | None = None,
        actors: dict[str, dict[str, Any]] | None = None,
        **values: Any,
    ) -> None:
        """A relevant article, seen when it was reported; any column can be given by name."""
        row = _DEFAULTS | {"canonical_url": f"https://example.org/{article_id}", "first_seen_at": at} | values
        story_id = story or f"s-{article_id}"
        self.add(
            "core.articles",
            article_id=article_id,
            title=title,
            story_id=story_id,
            reported_at=at,
            published_at=at,
            is_relevant=row["relevance_level"] > 0,
            shown_entry_id=f"e-{article_id}",
            **row,
        )
        self.add("raw.entries", entry_id=f"e-{article_id}", feed_id="wire", article_id=article_id, first_seen_at=at)
        self.wording(article_id, 1, title, at, summary_text=row["summary_text"])
        for topic, found in (topics or {"diplomacy": []}).items():
            self.add("core.article_topics", article_id=article_id, topic=topic, evidence=found, rules_version="1")
        for actor_id, found in (actors or {}).items():
            place = {"field": found["field"], "start_offset": found["start_offset"], "matched_text": found["text"]}
            self.add("core.article_actors", article_id=article_id, actor_id=actor_id, role="", **place)

    def wording(self, article_id: str, number: int, title: str, at: datetime, **values: Any) -> None:
        row = {"entry_id": f"e-{article_id}", "revision_number": number, "title": title, "seen_at": at}
        self.add("raw.entry_revisions", **row, **values)

    def event(self, article_id: str, source: str, kind: str, target: str, **values: Any) -> None:
        """An event that counts; any column can be given by name."""
        row = {"event_date": NOW.date(), "weight": 1.0, "is_reciprocal": False, "confidence": 0.9, "pattern_id": "p"}
        row |= {"status": "asserted", "guard": "", "is_counted": True, "evidence": [], "rules_version": "1"}
        sides = {"source_side": source, "event_type": kind, "target_side": target}
        self.add("core.events", article_id=article_id, **(row | sides | values))

    def feed(self, feed_id: str, *, outlet_id: str = "gazette", status: str = "ok", **values: Any) -> None:
        origin = {"origin": "catalogue", "is_enabled": True, "consecutive_failures": 0, "status_reason": ""}
        self.add("raw.feeds", feed_id=feed_id, outlet_id=outlet_id, status=status, **(origin | values))

    def polls(self, feed_id: str, first: datetime, last: datetime, *, outcome: str = "fetched") -> None:
        """A poll every hour, both ends included."""
        for hours in range(int((last - first).total_seconds() // 3600) + 1):
            at = first + timedelta(hours=hours)
            self.add("raw.fetches", run_id="r", feed_id=feed_id, started_at=at, seconds=0.1, outcome=outcome)

    def publish(self) -> Path:
        """Write what was added since, and the stories it makes; the published copy."""
        if not self._path.exists():
            shutil.copyfile(_empty_warehouse(), self._path)
        with database.writing(self._path) as connection:
            for table, rows in self._tables.items():
                _insert(connection, table, rows)
            connection.execute("DELETE FROM core.stories")
            connection.execute("""
                INSERT INTO core.stories BY NAME
                SELECT story_id, arg_min(title, (reported_at, article_id)) AS headline,
                       min(reported_at) AS first_reported_at, max(reported_at) AS last_reported_at,
                       count(*) AS article_count, count(DISTINCT outlet_id) AS outlet_count,
                       bool_or(is_relevant) AS is_relevant
                FROM core.articles GROUP BY story_id
            """)
        self._tables.clear()
        published = self.folder / "usven-read.duckdb"
        publish.publish(self._path, published)
        return published

    def save_query(self, name: str, sql: str) -> None:
        folder = self.folder / "queries"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.sql").write_text(sql)

    def site(self, *, now: datetime = NOW, as_of: datetime | None = None, site_url: str = "") -> SiteSummary:
        out, queries = self.folder / "report", self.folder / "queries"
        return write_site(self.publish(), out, now=now, as_of=as_of, queries=queries, site_url=site_url)

    def read(self, page: str = "index.html") -> str:
        return (self.folder / "report" / page).read_text("utf-8")
