"""What flows ask of the open warehouse, each question and each write with its SQL beside it.

Rows are written so that repeating a batch changes nothing: what is new is told by an anti-join in the transaction
that inserts it. Values go in as Arrow tables, a hundred times faster than row by row.

Whether an id is stored can only be told by going through all of them: that is done by the numbers made of ids
(`core.key`) alone. What is found is then named with its time besides its id, by which DuckDB skips all that lies
elsewhere, so that what a statement costs follows what it touches and not what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
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
from warehouse.times import aware, naive

# Arrow's own pool keeps what a batch has had: 20 MB.
pa.set_memory_pool(pa.system_memory_pool())
_STATE_COLUMNS = tuple(f.name for f in fields(FeedState))
# Columns of a table that a value of the model names otherwise.
_ATTRIBUTES = {"state_affiliated": "is_state_affiliated"}
# The ids of a table that are looked for, each with a number made of it in the column `…_key`.
_KEYED = {
    "raw.entries": ("entry", "article"),
    "core.articles": ("article",),
    "core.article_urls": ("article",),
    "core.stories": ("story",),
}


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
        return tuple(poll.feed for poll in self._polls("origin = 'catalogue'"))

    def polls(self, urls: Collection[str] | None = None) -> tuple[Poll, ...]:
        """The catalogue's feeds, or those that are or were at the given addresses, each with its poll state.

        Of several feeds at one address only one is taken, the catalogue's before another.
        """
        if urls is None:
            return self._polls("origin = 'catalogue'")
        self._stage_ids("given_urls", urls)
        return self._polls(
            "url IN (FROM given_urls) "
            "OR feed_id IN (SELECT feed_id FROM raw.feed_moves WHERE from_url IN (FROM given_urls)) "
            "QUALIFY row_number() OVER (PARTITION BY url ORDER BY origin = 'removed', origin, feed_id) = 1",
        )

    def _polls(self, condition: str) -> tuple[Poll, ...]:
        columns = ", ".join(("url", "outlet_id", "language", "is_enabled", *_STATE_COLUMNS))
        found = self._db.execute(
            f"SELECT {columns} FROM raw.feeds WHERE {condition} ORDER BY feed_id"  # noqa: S608 - our own words
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
            [naive(since)],
        ).fetchall()
        return {url: started_at.replace(tzinfo=UTC) for url, started_at in found}

    def last_body_bytes(self, since: datetime) -> dict[str, int]:
        """Size on the wire of the last body of each feed that sent one since a time."""
        found = self._db.execute(
            "SELECT feed_id, arg_max(bytes_received, started_at) FROM raw.fetches "
            "WHERE started_at >= ? AND outcome IN ('fetched', 'unchanged') GROUP BY feed_id",
            [naive(since)],
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
                [naive(run.started_at), list(crashed)],
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
            f"SELECT {names} FROM raw.entries WHERE {_is_one_of('wanted_entries', 'wanted_articles')}"  # noqa: S608
        ).fetchall()
        return tuple(KnownEntry(*map(aware, row)) for row in found)

    def known_articles(self, article_ids: Iterable[str]) -> dict[str, KnownArticle]:
        """Those of the articles that are stored."""
        self._stage_ids("wanted", article_ids)
        page_text = "CASE WHEN full_text_source = 'page' THEN full_text END AS page_text"
        names = ", ".join(page_text if f.name == "page_text" else f.name for f in fields(KnownArticle))
        found = self._db.execute(
            f"SELECT {names} FROM core.articles WHERE {_has_key('core.articles', 'article', 'wanted')}"  # noqa: S608
        ).fetchall()
        return {row[0]: KnownArticle(*map(aware, row)) for row in found}

    def neighbours(self, prints: Sequence[Prints], *, copy_window: timedelta, story_window: timedelta) -> Neighbours:
        """Stored articles near new ones: those that share a band, others of the days around, and both their vectors."""
        first = min(mark.reported_at for mark in prints)
        last = max(mark.reported_at for mark in prints)
        self._stage_ids("grouped", [mark.article_id for mark in prints])
        bands = sorted({band for mark in prints for band in mark.bands})
        self._keep("wanted_bands", pa.table({"band": pa.array(bands, pa.int64())}))
        copy_span = [naive(first - copy_window), naive(last + copy_window)]
        shared = self._db.execute(
            "SELECT article_id, list(band) FROM core.article_bands SEMI JOIN wanted_bands USING (band) "
            "WHERE reported_at BETWEEN $1 AND $2 AND article_id NOT IN (FROM grouped) GROUP BY article_id",
            copy_span,
        ).fetchall()
        self._stage_ids("sharing", (article_id for article_id, _ in shared))
        sharing = self._reports("article_id IN (FROM sharing)", copy_span, text="coalesce(a.full_text, a.summary_text)")
        span = [naive(first - story_window), naive(last + story_window)]
        widest = max(copy_window, story_window)
        around = self._reports(
            "article_id IN (SELECT article_id FROM core.article_vectors WHERE reported_at BETWEEN $1 AND $2) "
            "AND a.article_id NOT IN (FROM sharing)",
            span,
            text="''",
        )
        vectors = self._db.execute(
            "SELECT article_id, vector FROM core.article_vectors "
            "WHERE (reported_at BETWEEN $1 AND $2 OR article_id IN (FROM sharing)) AND model = $3 "
            "AND reported_at BETWEEN $4 AND $5",
            [*span, prints[0].model, naive(first - widest), naive(last + widest)],
        ).fetchall()
        return Neighbours(sharing, around, dict(vectors), dict(shared))

    def _reports(self, condition: str, span: list[datetime], *, text: str) -> tuple[Report, ...]:
        """Stored articles of a span of time as grouping sees them, those that are given anew left out."""
        found = self._db.execute(
            f"SELECT a.article_id, a.title, {text}, a.language, a.outlet_id, "  # noqa: S608 - our own words
            "coalesce(o.name, ''), a.reported_at, a.story_id, s.first_reported_at, a.copy_of_article_id "
            "FROM core.articles a "
            "LEFT JOIN core.outlets o USING (outlet_id) "
            # The story of an article of that span has not ended before it.
            "LEFT JOIN core.stories s ON s.story_id = a.story_id AND s.last_reported_at >= $1 "
            f"WHERE a.{condition} AND a.reported_at BETWEEN $1 AND $2 AND a.article_id NOT IN (FROM grouped) "
            "ORDER BY a.article_id",
            span,
        ).fetchall()
        return tuple(Report(*map(aware, row)) for row in found)

    # --- load --------------------------------------------------------------------------------

    def load(self, batch: rows.Batch, *, search: Articles = "relevant") -> None:
        """Write a batch in one transaction, feed states and all; a batch that was loaded before changes nothing.

        `search` says which of its articles can be searched.
        """
        with transaction(self._db):
            if self._is_loaded(batch.batch_id):
                return
            self._upsert_outlets(batch.outlets)
            batch = _resolved(batch)
            self._locate(batch)
            self._load_entries(batch)
            self._load_articles(batch)
            self._index_words(batch, search)
            self._link_duplicates(batch)
            self._load_groups(batch)
            self._load_stories(batch)
            self._load_pages(batch)
            self._insert("raw.fetches", batch.fetches, key=("run_id", "feed_id", "started_at"))
            self._update_states(batch.states)
            self._move_feeds(batch.moves)
            self._db.execute(
                "INSERT INTO raw.batches VALUES (?, ?, ?, ?)",
                [batch.batch_id, batch.run_id, naive(batch.loaded_at), batch.entry_count],
            )

    def relabel(
        self, batch: rows.Batch, *, confirmed: Collection[str], rules_version: str, search: Articles = "relevant"
    ) -> None:
        """Write articles that were labelled anew, with their labels, in one transaction that is safe to repeat.

        Of the `confirmed` articles, whose labels are the same by these rules, only the version of the rules is new.
        """
        with transaction(self._db):
            batch = _resolved(batch)
            self._locate(batch)
            self._load_articles(batch)
            self._index_words(batch, search)
            self._load_groups(batch)
            self._load_stories(batch)
            self._stage_ids("confirmed", confirmed)
            for table in ("core.articles", "core.article_topics", "core.article_actors", "core.events"):
                self._db.execute(
                    f"UPDATE {table} SET rules_version = $1 "  # noqa: S608 - a name of ours
                    "WHERE article_id IN (FROM confirmed) AND rules_version <> $1",
                    [rules_version],
                )

    def _is_loaded(self, batch_id: str) -> bool:
        return self._db.execute("SELECT 1 FROM raw.batches WHERE batch_id = ?", [batch_id]).fetchone() is not None

    def _locate(self, batch: rows.Batch) -> None:
        """Those of the batch's entries and articles that are stored, with all entries of articles it adds one to."""
        seen_again = [entry.entry_id for entry in batch.seen_again]
        self._stage_ids("given_entries", [*seen_again, *(entry.entry_id for entry in batch.entries)])
        self._stage_ids("touched_articles", [entry.article_id for entry in batch.entries])
        self._stage_ids("replaced", [article.article_id for article in batch.articles])
        self._db.execute(f"""
            CREATE OR REPLACE TEMP TABLE stored_entries AS
            SELECT entry_id, article_id, first_seen_at, revision_count, article_reason
            FROM raw.entries WHERE {_is_one_of("given_entries", "touched_articles")}
        """)  # noqa: S608 - our own words
        self._db.execute(f"""
            CREATE OR REPLACE TEMP TABLE stored_articles AS
            SELECT article_id, story_id, first_seen_at, reported_at
            FROM core.articles
            WHERE {_has_key("core.articles", "article", "replaced")} AND article_id IN (FROM replaced)
        """)  # noqa: S608 - our own words

    def _load_entries(self, batch: rows.Batch) -> None:
        self._insert("raw.entries", batch.entries, unless="stored_entries", key=("entry_id",))
        if batch.revisions:
            self._give("raw.entry_revisions", batch.revisions)
            self._db.execute("""
                INSERT INTO raw.entry_revisions BY NAME
                SELECT given.* FROM given LEFT JOIN stored_entries USING (entry_id)
                WHERE revision_number > coalesce(revision_count, 0)
            """)
        if batch.seen_again:
            self._stage("seen_again", "raw.entries", batch.seen_again)
            # In two, for a column of which nothing changes is not written anew.
            for changes, condition in (
                ("last_seen_at = greatest(entries.last_seen_at, s.last_seen_at)", "true"),
                (
                    "revision_count = s.revision_count, wording_sha256 = s.wording_sha256",
                    "s.revision_count <> k.revision_count",
                ),
            ):
                self._db.execute(f"""
                    UPDATE raw.entries SET {changes} FROM seen_again s JOIN stored_entries k USING (entry_id)
                    WHERE entries.entry_id = k.entry_id AND entries.first_seen_at = k.first_seen_at AND {condition}
                """)  # noqa: S608 - our own words

    def _load_articles(self, batch: rows.Batch) -> None:
        self._delete_stored("core.articles", "first_seen_at")
        self._insert("core.articles", batch.articles)
        for table, labels in (
            ("core.article_topics", batch.topics),
            ("core.article_actors", batch.actors),
            ("core.events", batch.events),
        ):
            self._delete_stored(table)
            self._insert(table, labels)
        self._stage_ids("addressed", [address.article_id for address in batch.addresses])
        self._insert(
            "core.article_urls",
            batch.addresses,
            unless=f"(FROM core.article_urls WHERE {_has_key('core.article_urls', 'article', 'addressed')})",
            key=("article_id", "url"),
        )

    def _index_words(self, batch: rows.Batch, search: Articles) -> None:
        """The words of the articles that were just written, as `usven search` looks for them."""
        self._delete_stored("core.article_words")
        searched = [article for article in batch.articles if article.is_relevant or search == "all"]
        if searched:
            texts = ("article_id", "title", "summary_text", "full_text")
            self._give("core.articles", searched, columns=texts)
            self._db.execute("""
                INSERT INTO core.article_words
                SELECT article_id, words, length(words) - length(replace(words, ' ', '')) - 3
                FROM (
                    SELECT article_id, core.words(title) || '|' || core.words(summary_text) || '|'
                           || core.words(full_text) AS words
                    FROM given
                )
            """)

    def _link_duplicates(self, batch: rows.Batch) -> None:
        """Every entry of an article that several entries share gets a link, whichever of them came first."""
        if batch.entries:
            self._give("raw.entries", batch.entries)
            self._db.execute(
                """
                INSERT INTO core.duplicate_links
                WITH entries AS (
                    SELECT entry_id, article_id, article_reason, true AS is_new
                    FROM given ANTI JOIN stored_entries USING (entry_id)
                    UNION ALL
                    SELECT entry_id, article_id, article_reason, false
                    FROM stored_entries WHERE article_id IN (FROM touched_articles)
                )
                SELECT entry_id, article_id, 'url', 1.0, article_reason, $1 FROM entries
                WINDOW shared AS (PARTITION BY article_id)
                -- Where several were stored, they have theirs.
                QUALIFY count(*) OVER shared > 1 AND (is_new OR count(*) FILTER (NOT is_new) OVER shared = 1)
                """,
                [naive(batch.loaded_at)],
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
            [naive(batch.loaded_at)],
        )

    def _load_groups(self, batch: rows.Batch) -> None:
        """Copies: what was decided, and what later articles are compared with."""
        for table, values in (("core.article_bands", batch.bands), ("core.article_vectors", batch.vectors)):
            self._delete_stored(table, "reported_at")
            self._insert(table, values)
        self._insert(
            "core.duplicate_links", batch.links, unless="core.duplicate_links", key=("left_id", "right_id", "level")
        )

    def _load_stories(self, batch: rows.Batch) -> None:
        """Merge stories, and recount those of the articles that were just written."""
        self._stage("merges", "core.stories", batch.merges, columns=("story_id", "merged_into_story_id"))
        self._stage_ids("touched_stories", [article.story_id for article in batch.articles])
        self._db.execute(f"""
            CREATE OR REPLACE TEMP TABLE stored_stories AS
            WITH wanted AS (FROM touched_stories UNION SELECT story_id FROM merges)
            SELECT story_id, first_reported_at, last_reported_at, article_count
            FROM core.stories WHERE {_has_key("core.stories", "story", "wanted")}
        """)  # noqa: S608 - our own words
        if batch.merges:
            self._merge_stories()
        # Where a story has articles besides those that were written, they lie between its first and its last.
        span = self._db.execute("""
            SELECT min(first_reported_at), max(last_reported_at) FROM stored_stories s
            WHERE article_count > (SELECT count(*) FROM stored_articles a WHERE a.story_id = s.story_id)
        """).fetchone()
        self._db.execute("""
            DELETE FROM core.stories WHERE story_id IN (FROM touched_stories)
            AND first_reported_at IN (SELECT first_reported_at FROM stored_stories)
        """)
        columns = (
            "story_id, article_id, title, reported_at, outlet_id, agency, copy_of_article_id, language, is_relevant"
        )
        if batch.articles:
            self._give("core.articles", batch.articles, columns=tuple(columns.split(", ")))
            self._db.execute(
                f"""
                INSERT INTO core.stories BY NAME
                SELECT story_id, core.key(story_id) AS story_key,
                       arg_min(title, (reported_at, article_id)) AS headline,
                       min(reported_at) AS first_reported_at, max(reported_at) AS last_reported_at,
                       count(*) AS article_count, count(DISTINCT outlet_id) AS outlet_count,
                       count(DISTINCT coalesce(agency, article_id)) FILTER (copy_of_article_id IS NULL)
                           AS independent_count,
                       coalesce(list_sort(list(DISTINCT language) FILTER (language IS NOT NULL)), []) AS languages,
                       bool_or(is_relevant) AS is_relevant
                FROM (
                    SELECT {columns} FROM given
                    UNION ALL
                    SELECT {columns} FROM core.articles
                    WHERE reported_at BETWEEN $1 AND $2 AND story_id IN (FROM touched_stories)
                    AND article_id NOT IN (FROM replaced)
                )
                GROUP BY story_id
                """,  # noqa: S608 - our own words
                list(span or (None, None)),
            )

    def _merge_stories(self) -> None:
        """Stories that ended lead to the living one in one step, also those that led to them before."""
        span = self._db.execute(
            "SELECT min(first_reported_at), max(last_reported_at) FROM stored_stories SEMI JOIN merges USING (story_id)"
        ).fetchone()
        self._db.execute(
            "UPDATE core.articles SET story_id = m.merged_into_story_id FROM merges m "
            "WHERE articles.story_id = m.story_id AND articles.reported_at BETWEEN $1 AND $2",
            list(span or (None, None)),
        )
        self._db.execute(
            "UPDATE core.stories SET merged_into_story_id = m.merged_into_story_id FROM merges m "
            "WHERE stories.merged_into_story_id = m.story_id OR stories.story_id = m.story_id"
        )

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

    def _insert(self, table: str, values: Sequence[Any], *, key: Sequence[str] = (), unless: str = "") -> None:
        """Insert rows; with a key, only those whose key is not there yet, or not among the rows of `unless`."""
        if values:
            self._give(table, values)
            numbers = "".join(f", core.key({name}_id) AS {name}_key" for name in _KEYED.get(table, ()))
            new = f"ANTI JOIN {unless or table} USING ({', '.join(key)})" if key else ""
            self._db.execute(f"INSERT INTO {table} BY NAME SELECT given.*{numbers} FROM given {new}")  # noqa: S608

    def _delete_stored(self, table: str, time: str = "") -> None:
        """Delete the rows of articles that are written anew; where their time is a column, by their time."""
        columns = ("article_id", time) if time else ("article_id",)
        conditions = " AND ".join(f"{name} IN (SELECT {name} FROM stored_articles)" for name in columns)  # noqa: S608
        self._db.execute(f"DELETE FROM {table} WHERE {conditions}")  # noqa: S608

    def _give(self, like: str, values: Sequence[Any], columns: Sequence[str] | None = None) -> None:
        """Make rows, as `_table` reads them, visible as `given` to the next statement, which may read them once."""
        self._db.register("given", self._table(like, values, columns).__arrow_c_stream__())

    def _stage(self, name: str, like: str, values: Sequence[Any], columns: Sequence[str] | None = None) -> None:
        """Make rows, as `_table` reads them, a temporary table."""
        self._keep(name, self._table(like, values, columns))

    def _stage_dicts(self, name: str, like: str, values: Sequence[Mapping[str, Any]]) -> None:
        schema = self._schema(like)
        names = [column for column in schema.names if not values or column in values[0]]
        arrays = [pa.array([value[column] for value in values], schema.field(column).type) for column in names]
        self._keep(name, pa.table(arrays, names=names))

    def _stage_ids(self, name: str, ids: Iterable[str]) -> None:
        # As a parameter, DuckDB would look for a package that is not installed with each of them.
        self._keep(name, pa.table({"id": pa.array(sorted(set(ids)), pa.string())}))

    def _keep(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table a temporary one."""
        # As a stream: for a table DuckDB would have pyarrow load its data sets, a tenth of a second and 24 MB.
        self._db.register("arriving", table.__arrow_c_stream__())
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM arriving")

    def _table(self, like: str, values: Sequence[Any], columns: Sequence[str] | None) -> pa.Table:
        """Rows of dataclasses with the columns and types of the table `like`, those of `columns` or all they have."""
        present = columns or tuple(f.name for f in fields(values[0]))
        schema = self._schema(like)
        names = [column for column in schema.names if _ATTRIBUTES.get(column, column) in present]
        attributes: Callable[[Any], tuple[Any, ...]] = attrgetter(*(_ATTRIBUTES.get(name, name) for name in names))
        by_column: list[tuple[Any, ...]] = list(zip(*map(attributes, values), strict=True)) or [()] * len(names)
        arrays = [pa.array(column, schema.field(name).type) for name, column in zip(names, by_column, strict=True)]
        return pa.table(arrays, names=names)

    def _schema(self, table: str) -> pa.Schema:
        return self._db.sql(f"FROM {table} LIMIT 0").to_arrow_table().schema


def _has_key(table: str, name: str, ids: str) -> str:
    """The condition that a row has one of some ids, but for two ids of one number.

    By way of rowid, so that of rows which do not count no more is read than their numbers.
    """
    return f"rowid IN (SELECT rowid FROM {table} WHERE {name}_key IN (SELECT core.key(id) FROM {ids}))"  # noqa: S608


def _is_one_of(entries: str, articles: str) -> str:
    """The same for an entry that is one of some, or of one of some articles."""
    return f"""
        rowid IN (
            SELECT rowid FROM raw.entries
            WHERE entry_key IN (SELECT core.key(id) FROM {entries})
            OR article_key IN (SELECT core.key(id) FROM {articles})
        )
    """  # noqa: S608 - names of ours


def _poll(row: tuple[Any, ...]) -> Poll:
    url, outlet_id, language, is_enabled, *state_values = row
    state = FeedState(*map(aware, state_values))
    feed = Feed(state.feed_id, url, outlet_id, language, is_enabled, state.status_reason)
    return Poll(feed, state)


def _resolved(batch: rows.Batch) -> rows.Batch:
    """The batch with its articles in the stories that go on."""
    into = {merge.story_id: merge.merged_into_story_id for merge in batch.merges}
    articles = (replace(a, story_id=into[a.story_id]) if a.story_id in into else a for a in batch.articles)
    return replace(batch, articles=tuple(articles)) if into else batch
