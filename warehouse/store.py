"""What flows ask of the open warehouse, each question and each write with its SQL beside it.

Rows are written so that repeating a batch changes nothing: what is new is told by an anti-join in the transaction
that inserts it. Values go in as Arrow tables, a hundred times faster than row by row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from warehouse import catalogue, rows
from warehouse.catalogue import Catalogue
from warehouse.database import Connection, transaction
from warehouse.model import (
    Feed,
    FeedState,
    KnownArticle,
    KnownEntry,
    Neighbours,
    Outlet,
    Poll,
    Prints,
    Report,
)
from warehouse.settings import Articles

_STATE_COLUMNS = tuple(f.name for f in fields(FeedState))
# Columns of a table that a value of the model names otherwise.
_ATTRIBUTES = {"state_affiliated": "is_state_affiliated"}


class Store:
    """The warehouse behind an open connection."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # --- catalogue ---------------------------------------------------------------------------

    def apply_catalogue(self, given: Catalogue, *, origin: str) -> None:
        """Add feeds and outlets, and apply the rows that were edited since they were last applied.

        What polls have learnt of a feed stays, unless its address is another; a feed that a user switched off stays
        off until its row is edited. A feed run from a file that the catalogue already has, by its address or by one
        it has moved from, stays the catalogue's; one that was run from a file becomes the catalogue's.
        """
        feeds = [
            {name: getattr(feed, name) for name in catalogue.FEED_COLUMNS}
            | {"origin": origin, "catalogue_sha256": catalogue.fingerprint(feed)}
            for feed in given.feeds
        ]
        known = {outlet.outlet_id for outlet in given.outlets} | {outlet.outlet_id for outlet in self.outlets()}
        strays = {f.outlet_id: catalogue.outlet_for(f) for f in given.feeds if f.outlet_id not in known}
        with transaction(self._db):
            self._upsert_outlets([*given.outlets, *strays.values()])
            self._stage_dicts("given_feeds", "raw.feeds", feeds)
            if origin == "file":
                self._db.execute("""
                    DELETE FROM given_feeds
                    WHERE url IN (SELECT url FROM raw.feeds UNION SELECT from_url FROM raw.feed_moves)
                """)
            else:
                self._take_over_from_files()
            self._db.execute("""
                UPDATE raw.feeds SET
                    url = g.url, outlet_id = g.outlet_id, language = g.language, origin = g.origin,
                    is_enabled = g.is_enabled, catalogue_sha256 = g.catalogue_sha256, next_poll_at = NULL,
                    status = CASE WHEN g.is_enabled THEN 'ok' ELSE 'disabled' END, status_reason = g.status_reason,
                    consecutive_failures = 0, redirect_url = NULL, redirect_count = 0,
                    etag = CASE WHEN feeds.url = g.url THEN feeds.etag END,
                    last_modified = CASE WHEN feeds.url = g.url THEN feeds.last_modified END
                FROM given_feeds g
                WHERE feeds.feed_id = g.feed_id AND feeds.catalogue_sha256 IS DISTINCT FROM g.catalogue_sha256
            """)
            self._db.execute("""
                INSERT INTO raw.feeds BY NAME
                SELECT feed_id, url, outlet_id, language, origin, is_enabled, catalogue_sha256, status_reason,
                       0 AS consecutive_failures, 0 AS redirect_count,
                       CASE WHEN is_enabled THEN 'ok' ELSE 'disabled' END AS status
                FROM given_feeds ANTI JOIN raw.feeds USING (feed_id)
            """)

    def _take_over_from_files(self) -> None:
        """What was run from a file and is given now belongs to the giver, under the id that is given."""
        self._db.execute("""
            UPDATE raw.feeds SET origin = coalesce(
                (SELECT any_value(g.origin) FROM given_feeds g WHERE g.feed_id = feeds.feed_id), 'removed'
            )
            WHERE origin = 'file' AND (
                feed_id IN (SELECT feed_id FROM given_feeds) OR url IN (SELECT url FROM given_feeds)
            )
        """)

    def outlets(self) -> tuple[Outlet, ...]:
        """All publishers."""
        found = self._db.execute(
            "SELECT outlet_id, name, country, kind, state_affiliated, home_url, hosts, exile_url, aliases "
            "FROM core.outlets ORDER BY ALL"
        ).fetchall()
        return tuple(
            Outlet(*row[:6], hosts=tuple(row[6] or ()), exile_url=row[7], aliases=tuple(row[8] or ()))  # type: ignore[misc]
            for row in found
        )

    def feeds(self) -> tuple[Feed, ...]:
        """All feeds of the catalogue, disabled ones included."""
        return tuple(poll.feed for poll in self._polls("origin = 'catalogue'", []))

    def polls(self, urls: Collection[str] | None = None) -> tuple[Poll, ...]:
        """The catalogue's feeds, or those that are or were at the given addresses, each with its poll state.

        Of several feeds at one address only one is taken, the catalogue's before another.
        """
        if urls is None:
            return self._polls("origin = 'catalogue'", [])
        moved = "SELECT feed_id FROM raw.feed_moves WHERE from_url IN (SELECT unnest($1))"
        return self._polls(
            f"url IN (SELECT unnest($1)) OR feed_id IN ({moved}) "
            "QUALIFY row_number() OVER (PARTITION BY url ORDER BY origin = 'removed', origin, feed_id) = 1",
            [list(urls)],
        )

    def _polls(self, condition: str, parameters: list[Any]) -> tuple[Poll, ...]:
        columns = ", ".join(("url", "outlet_id", "language", "is_enabled", *_STATE_COLUMNS))
        found = self._db.execute(
            f"SELECT {columns} FROM raw.feeds WHERE {condition} ORDER BY feed_id",  # noqa: S608 - our own words
            parameters,
        ).fetchall()
        return tuple(_poll(row) for row in found)

    def switch_feed(self, feed_id: str, *, is_enabled: bool, reason: str) -> None:
        """Enable a feed, due at once, or disable it."""
        self._db.execute(
            "UPDATE raw.feeds SET is_enabled = $2, status = CASE WHEN $2 THEN 'ok' ELSE 'disabled' END, "
            "status_reason = $3, next_poll_at = NULL, consecutive_failures = 0 WHERE feed_id = $1",
            [feed_id, is_enabled, reason],
        )

    def readmit_feeds(self, urls: Collection[str]) -> None:
        """Let removed feeds be applied to the catalogue again."""
        self._db.execute(
            "UPDATE raw.feeds SET catalogue_sha256 = NULL WHERE origin = 'removed' AND url IN (SELECT unnest(?))",
            [list(urls)],
        )

    def remove_feed(self, feed_id: str) -> None:
        """Take a feed out of the catalogue; the row stays, for what it brought refers to it."""
        self._db.execute("UPDATE raw.feeds SET origin = 'removed' WHERE feed_id = ?", [feed_id])

    def last_starts(self, since: datetime) -> dict[str, datetime]:
        """Address of each feed, page and robots.txt that was asked since a time, with the start of its last request."""
        found = self._db.execute(
            """
            SELECT url, max(started_at) FROM (
                SELECT url, started_at FROM raw.fetches JOIN raw.feeds USING (feed_id)
                UNION ALL SELECT url, fetched_at FROM raw.pages WHERE seconds IS NOT NULL
                UNION ALL SELECT robots_url, fetched_at FROM raw.robots
            ) WHERE started_at >= ? GROUP BY url
            """,
            [_naive(since)],
        ).fetchall()
        return {url: started_at.replace(tzinfo=UTC) for url, started_at in found}

    def last_body_bytes(self, since: datetime) -> dict[str, int]:
        """Size on the wire of the last body of each feed that sent one since a time."""
        found = self._db.execute(
            "SELECT feed_id, arg_max(bytes_received, started_at) FROM raw.fetches "
            "WHERE started_at >= ? AND outcome IN ('fetched', 'unchanged') GROUP BY feed_id",
            [_naive(since)],
        ).fetchall()
        return dict(found)

    # --- runs --------------------------------------------------------------------------------

    def unfinished_runs(self) -> frozenset[str]:
        """The runs that have begun and not ended, as far as is known."""
        found = self._db.execute("SELECT run_id FROM raw.runs WHERE status = 'running'").fetchall()
        return frozenset(run_id for (run_id,) in found)

    def begin_run(self, run: rows.Run, *, crashed: Collection[str] = ()) -> None:
        """Record that a run has begun, and that others were left unfinished by a crash."""
        with transaction(self._db):
            self._db.execute(
                "UPDATE raw.runs SET status = 'crashed', finished_at = $1, message = 'ended without a word; "
                "the next run finished its work' WHERE run_id IN (SELECT unnest($2))",
                [_naive(run.started_at), list(crashed)],
            )
            self._insert("raw.runs", [run])

    def finish_run(self, run: rows.Run) -> None:
        """Record how a run ended."""
        with transaction(self._db):
            self._db.execute("DELETE FROM raw.runs WHERE run_id = ?", [run.run_id])
            self._insert("raw.runs", [run])

    def loaded_batches(self, since: str) -> frozenset[str]:
        """Names of the loaded batches that sort after `since`."""
        found = self._db.execute("SELECT batch_id FROM raw.batches WHERE batch_id > ?", [since]).fetchall()
        return frozenset(batch_id for (batch_id,) in found)

    def last_rules_version(self) -> str | None:
        """Version of the tagging rules of the newest finished run."""
        found = self._db.execute("SELECT arg_max(rules_version, run_id) FROM raw.runs WHERE finished_at IS NOT NULL")
        row = found.fetchone()
        return row[0] if row else None

    def last_batch(self) -> str | None:
        """Name of the newest loaded batch."""
        found = self._db.execute("SELECT max(batch_id) FROM raw.batches").fetchone()
        return found[0] if found else None

    # --- what is known -----------------------------------------------------------------------

    def known_entries(self, entry_ids: Iterable[str], article_ids: Iterable[str]) -> tuple[KnownEntry, ...]:
        """The stored entries with one of the entry ids, or that stand for one of the articles."""
        self._stage_ids("wanted_entries", entry_ids)
        self._stage_ids("wanted_articles", article_ids)
        names = ", ".join(f.name for f in fields(KnownEntry))
        found = self._db.execute(
            # By way of rowid, so that of rows which do not count no more is read than their ids.
            f"SELECT {names} FROM raw.entries WHERE rowid IN ("  # noqa: S608 - our own words
            "SELECT rowid FROM raw.entries "
            "WHERE entry_id IN (FROM wanted_entries) OR article_id IN (FROM wanted_articles))"
        ).fetchall()
        return tuple(KnownEntry(*(_aware(value) for value in row)) for row in found)

    def known_articles(self, article_ids: Iterable[str]) -> dict[str, KnownArticle]:
        """Those of the articles that are stored."""
        self._stage_ids("wanted", article_ids)
        page_text = "CASE WHEN full_text_source = 'page' THEN full_text END AS page_text"
        names = ", ".join(page_text if f.name == "page_text" else f.name for f in fields(KnownArticle))
        found = self._db.execute(
            f"SELECT {names} FROM core.articles "  # noqa: S608 - our own words
            "WHERE rowid IN (SELECT rowid FROM core.articles WHERE article_id IN (FROM wanted))"
        ).fetchall()
        return {row[0]: KnownArticle(*(_aware(value) for value in row)) for row in found}

    def neighbours(self, prints: Sequence[Prints], *, copy_window: timedelta, story_window: timedelta) -> Neighbours:
        """Stored articles near new ones: those that share a band, those of the days around, and these' vectors."""
        first = min(mark.reported_at for mark in prints)
        last = max(mark.reported_at for mark in prints)
        self._stage_ids("grouped", [mark.article_id for mark in prints])
        bands = sorted({band for mark in prints for band in mark.bands})
        self._db.register("wanted_bands", pa.table({"band": pa.array(bands, pa.int64())}))
        sharing = self._reports(
            "article_id IN (SELECT article_id FROM core.article_bands SEMI JOIN wanted_bands USING (band) "
            "WHERE reported_at BETWEEN $1 AND $2)",
            [_naive(first - copy_window), _naive(last + copy_window)],
        )
        span = [_naive(first - story_window), _naive(last + story_window)]
        around = self._reports(
            "article_id IN (SELECT article_id FROM core.article_vectors WHERE reported_at BETWEEN $1 AND $2)", span
        )
        vectors = self._db.execute(
            "SELECT article_id, vector FROM core.article_vectors "
            "WHERE (reported_at BETWEEN $1 AND $2 OR list_contains($4, article_id)) AND model = $3",
            [*span, prints[0].model, [report.article_id for report in sharing]],
        ).fetchall()
        return Neighbours(sharing, _distinct(around, sharing), dict(vectors))

    def _reports(self, condition: str, span: list[datetime]) -> tuple[Report, ...]:
        """Stored articles of a span of time as grouping sees them, those that are given anew left out."""
        found = self._db.execute(
            "SELECT a.article_id, a.title, coalesce(a.full_text, a.summary_text), a.language, a.outlet_id, "  # noqa: S608
            "coalesce(o.name, ''), a.reported_at, a.story_id, s.first_reported_at, a.copy_of_article_id "
            "FROM core.articles a "
            "LEFT JOIN core.outlets o USING (outlet_id) LEFT JOIN core.stories s ON s.story_id = a.story_id "
            f"WHERE a.{condition} AND a.reported_at BETWEEN $1 AND $2 AND a.article_id NOT IN (FROM grouped) "
            "ORDER BY a.article_id",
            span,
        ).fetchall()
        return tuple(Report(*(_aware(value) for value in row)) for row in found)

    # --- load --------------------------------------------------------------------------------

    def load(self, batch: rows.Batch, *, search: Articles = "relevant") -> None:
        """Write a batch in one transaction, feed states and all; a batch that was loaded before changes nothing.

        `search` says which of its articles can be searched.
        """
        with transaction(self._db):
            if self._is_loaded(batch.batch_id):
                return
            self._upsert_outlets(batch.outlets)
            self._load_entries(batch)
            self._load_articles(batch)
            self._index_words(search)
            self._link_duplicates(batch)
            self._load_groups(batch)
            self._load_pages(batch)
            self._refresh_stories()
            self._insert("raw.fetches", batch.fetches, key=("run_id", "feed_id", "started_at"))
            self._update_states(batch.states)
            self._move_feeds(batch.moves)
            self._db.execute(
                "INSERT INTO raw.batches VALUES (?, ?, ?, ?)",
                [batch.batch_id, batch.run_id, _naive(batch.loaded_at), batch.entry_count],
            )

    def relabel(
        self, batch: rows.Batch, *, confirmed: Collection[str], rules_version: str, search: Articles = "relevant"
    ) -> None:
        """Write articles that were labelled anew, with their labels, in one transaction that is safe to repeat.

        Of the `confirmed` articles, whose labels are the same by these rules, only the version of the rules is new.
        """
        with transaction(self._db):
            self._load_articles(batch)
            self._index_words(search)
            self._load_groups(batch)
            self._refresh_stories()
            self._stage_ids("confirmed", confirmed)
            for table in ("core.articles", "core.article_topics", "core.article_actors", "core.events"):
                self._db.execute(
                    f"UPDATE {table} SET rules_version = $1 "  # noqa: S608 - a name of ours
                    "WHERE article_id IN (FROM confirmed) AND rules_version <> $1",
                    [rules_version],
                )

    def _is_loaded(self, batch_id: str) -> bool:
        return self._db.execute("SELECT 1 FROM raw.batches WHERE batch_id = ?", [batch_id]).fetchone() is not None

    def _load_entries(self, batch: rows.Batch) -> None:
        self._insert("raw.entries", batch.entries, key=("entry_id",))
        self._insert("raw.entry_revisions", batch.revisions, key=("entry_id", "revision_number"))
        if batch.seen_again:
            self._stage("seen_again", "raw.entries", batch.seen_again)
            self._db.execute("""
                UPDATE raw.entries SET
                    last_seen_at = greatest(entries.last_seen_at, s.last_seen_at),
                    revision_count = s.revision_count,
                    wording_sha256 = s.wording_sha256
                FROM seen_again s WHERE entries.entry_id = s.entry_id
            """)

    def _load_articles(self, batch: rows.Batch) -> None:
        self._replace("core.articles", batch.articles, "article_id", of=batch.articles)
        self._replace("core.article_topics", batch.topics, "article_id", of=batch.articles)
        self._replace("core.article_actors", batch.actors, "article_id", of=batch.articles)
        self._replace("core.events", batch.events, "article_id", of=batch.articles)
        self._insert("core.article_urls", batch.addresses, key=("article_id", "url"))

    def _index_words(self, search: Articles) -> None:
        """The words of the articles that were just written, as `usven search` looks for them."""
        self._db.execute("DELETE FROM core.article_words WHERE article_id IN (FROM replaced)")
        self._db.execute(
            """
            INSERT INTO core.article_words
            SELECT article_id, words, length(words) - length(replace(words, ' ', '')) - 3
            FROM (
                SELECT article_id, core.words(title) || '|' || core.words(summary_text) || '|' || core.words(full_text)
                       AS words
                FROM core.articles WHERE article_id IN (FROM replaced) AND (is_relevant OR $1)
            )
            """,
            [search == "all"],
        )

    def _link_duplicates(self, batch: rows.Batch) -> None:
        """Every entry of an article that several entries share gets a link, whichever of them came first."""
        self._stage_ids("touched_articles", {entry.article_id for entry in batch.entries})
        self._db.execute(
            """
            INSERT INTO core.duplicate_links
            SELECT entry_id, article_id, 'url', 1.0, article_reason, $1
            FROM raw.entries SEMI JOIN touched_articles ON article_id = touched_articles.id
            WHERE article_id IN (
                SELECT article_id FROM raw.entries SEMI JOIN touched_articles ON article_id = touched_articles.id
                GROUP BY article_id HAVING count(*) > 1
            ) AND entry_id NOT IN (SELECT left_id FROM core.duplicate_links WHERE level = 'url')
            """,
            [_naive(batch.loaded_at)],
        )

    def _load_pages(self, batch: rows.Batch) -> None:
        self._insert("raw.pages", batch.pages, key=("article_id", "fetched_at"))
        self._insert("raw.robots", batch.robots, key=("robots_url", "fetched_at"))
        self._stage_ids("touched_pages", {page.article_id for page in batch.pages})
        self._db.execute(
            """
            INSERT INTO core.duplicate_links
            SELECT DISTINCT p.article_id, a.article_id, 'url', 1.0, 'its address led to ' || p.led_to_url, $1::TIMESTAMP
            FROM raw.pages p JOIN core.articles a ON a.canonical_url = p.led_to_url AND a.article_id <> p.article_id
            WHERE (p.article_id IN (FROM touched_pages) OR a.article_id IN (FROM touched_articles))
            AND p.article_id NOT IN (SELECT left_id FROM core.duplicate_links WHERE level = 'url')
            """,
            [_naive(batch.loaded_at)],
        )

    def _load_groups(self, batch: rows.Batch) -> None:
        """Copies and stories: what was decided, and what later articles are compared with."""
        grouped = [vector.article_id for vector in batch.vectors]
        self._stage_ids("grouped", grouped)
        for table, values in (("core.article_bands", batch.bands), ("core.article_vectors", batch.vectors)):
            self._db.execute(f"DELETE FROM {table} WHERE article_id IN (FROM grouped)")  # noqa: S608 - a name of ours
            self._insert(table, values)
        self._insert("core.duplicate_links", batch.links, key=("left_id", "right_id", "level"))
        if batch.merges:
            self._merge_stories(batch.merges)

    def _merge_stories(self, merges: Sequence[rows.Merge]) -> None:
        """Stories that ended lead to the living one in one step, also those that led to them before."""
        self._stage("merges", "core.stories", merges, columns=("story_id", "merged_into_story_id"))
        self._db.execute(
            "UPDATE core.articles SET story_id = m.merged_into_story_id FROM merges m "
            "WHERE articles.story_id = m.story_id"
        )
        self._db.execute(
            "UPDATE core.stories SET merged_into_story_id = m.merged_into_story_id FROM merges m "
            "WHERE stories.merged_into_story_id = m.story_id OR stories.story_id = m.story_id"
        )

    def _refresh_stories(self) -> None:
        """Recount the stories of the articles that were just written."""
        self._db.execute("""
            CREATE OR REPLACE TEMP TABLE touched_stories AS
            SELECT DISTINCT story_id FROM core.articles SEMI JOIN replaced ON article_id = replaced.id
        """)
        self._db.execute("DELETE FROM core.stories WHERE story_id IN (FROM touched_stories)")
        self._db.execute("""
            INSERT INTO core.stories BY NAME
            SELECT story_id, arg_min(title, (reported_at, article_id)) AS headline,
                   min(reported_at) AS first_reported_at, max(reported_at) AS last_reported_at,
                   count(*) AS article_count, count(DISTINCT outlet_id) AS outlet_count,
                   count(DISTINCT coalesce(agency, article_id)) FILTER (copy_of_article_id IS NULL)
                       AS independent_count,
                   coalesce(list_sort(list(DISTINCT language) FILTER (language IS NOT NULL)), []) AS languages,
                   bool_or(is_relevant) AS is_relevant
            FROM core.articles
            WHERE rowid IN (SELECT rowid FROM core.articles WHERE story_id IN (FROM touched_stories))
            GROUP BY story_id
        """)

    def _update_states(self, states: Sequence[FeedState]) -> None:
        if states:
            self._stage("states", "raw.feeds", states, columns=_STATE_COLUMNS)
            assignments = ", ".join(f"{name} = s.{name}" for name in _STATE_COLUMNS if name != "feed_id")
            # A feed that was switched off while the pass asked it stays switched off.
            self._db.execute(
                f"UPDATE raw.feeds SET {assignments} FROM states s "  # noqa: S608
                "WHERE feeds.feed_id = s.feed_id AND feeds.is_enabled"
            )

    def _move_feeds(self, moves: Sequence[rows.FeedMove]) -> None:
        if moves:
            self._insert("raw.feed_moves", moves, key=("feed_id", "from_url", "to_url"))
            self._stage("moves", "raw.feed_moves", moves)
            self._db.execute("UPDATE raw.feeds SET url = m.to_url FROM moves m WHERE feeds.feed_id = m.feed_id")

    # --- reference data ----------------------------------------------------------------------

    def replace_reference(self, reference: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Set the content of the tables of reference data, each given as its rows."""
        with transaction(self._db):
            for table, values in reference.items():
                self._stage_dicts("reference", table, values)
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
                self._db.execute(f"INSERT INTO {table} BY NAME FROM reference")

    def _upsert_outlets(self, outlets: Sequence[Outlet]) -> None:
        if outlets:
            self._stage("given_outlets", "core.outlets", outlets)
            self._db.execute("DELETE FROM core.outlets WHERE outlet_id IN (SELECT outlet_id FROM given_outlets)")
            self._db.execute("INSERT INTO core.outlets BY NAME FROM given_outlets")

    # --- writing -----------------------------------------------------------------------------

    def _insert(self, table: str, values: Sequence[Any], key: Sequence[str] = ()) -> None:
        """Insert rows; with a key, only those whose key is not there yet."""
        if values:
            self._stage("given", table, values)
            new = f"ANTI JOIN {table} USING ({', '.join(key)})" if key else ""
            self._db.execute(f"INSERT INTO {table} BY NAME SELECT given.* FROM given {new}")  # noqa: S608

    def _replace(self, table: str, values: Sequence[Any], key: str, *, of: Sequence[rows.Article]) -> None:
        """Delete the rows of the given articles and insert theirs anew."""
        self._stage_ids("replaced", (article.article_id for article in of))
        self._db.execute(f"DELETE FROM {table} WHERE {key} IN (FROM replaced)")  # noqa: S608
        self._insert(table, values)

    def _stage(self, name: str, like: str, values: Sequence[Any], columns: Sequence[str] | None = None) -> None:
        """Make rows of dataclasses visible to SQL as `name`, with the columns and types of the table `like`."""
        present = columns or tuple(f.name for f in fields(values[0]))
        schema = self._schema(like)
        names = [column for column in schema.names if _ATTRIBUTES.get(column, column) in present]
        arrays = [
            pa.array([getattr(v, _ATTRIBUTES.get(column, column)) for v in values], schema.field(column).type)
            for column in names
        ]
        self._db.register(name, pa.table(arrays, names=names))

    def _stage_dicts(self, name: str, like: str, values: Sequence[Mapping[str, Any]]) -> None:
        schema = self._schema(like)
        names = [column for column in schema.names if not values or column in values[0]]
        arrays = [pa.array([value[column] for value in values], schema.field(column).type) for column in names]
        self._db.register(f"{name}_arrow", pa.table(arrays, names=names))
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM {name}_arrow")

    def _stage_ids(self, name: str, ids: Iterable[str]) -> None:
        self._db.register(name, pa.table({"id": pa.array(sorted(set(ids)), pa.string())}))

    def _schema(self, table: str) -> pa.Schema:
        return self._db.sql(f"FROM {table} LIMIT 0").to_arrow_table().schema


def _poll(row: tuple[Any, ...]) -> Poll:
    url, outlet_id, language, is_enabled, *state_values = row
    state = FeedState(*(_aware(value) for value in state_values))
    feed = Feed(state.feed_id, url, outlet_id, language, is_enabled, state.status_reason)
    return Poll(feed, state)


def _naive(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None)


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _distinct(*groups: Sequence[Report]) -> tuple[Report, ...]:
    return tuple({report.article_id: report for group in groups for report in group}.values())
