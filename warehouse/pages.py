"""What the flow `fulltext` asks of the open warehouse: which articles want their page, and what hosts have said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from warehouse.database import Connection
from warehouse.model import Draft
from warehouse.times import aware, naive

ENOUGH_TEXT = 1_500
"""Characters; an article of which a feed carries so much needs no page."""
MOST_CANDIDATES = 5_000
REST_AFTER_OPT_OUT = timedelta(days=7)
"""A host that keeps robots from using one page is not asked for another for so long."""
REST_WITHOUT_RULES = timedelta(hours=2)
"""So long a host rests whose robots.txt could not be had."""
ROBOTS_KEPT = timedelta(days=1)
"""So long the rules of a host are believed (RFC 9309, section 2.4)."""

_ARTICLES = """
    WITH attempts AS (
        SELECT article_id, count(*) AS attempt_count, arg_max_null(retry_at, fetched_at) AS retry_at
        FROM raw.pages GROUP BY article_id
    )
    SELECT article_id, canonical_url, outlet_id, title, summary_text, coalesce(attempt_count, 0)
    FROM core.articles LEFT JOIN attempts USING (article_id)
"""
_CANDIDATES = f"""
    {_ARTICLES}
    WHERE is_relevant AND reported_at >= $since AND canonical_url LIKE 'http%'
    AND length(coalesce(full_text, '')) < {ENOUGH_TEXT} AND (attempt_count IS NULL OR retry_at <= $now)
    ORDER BY reported_at DESC, article_id LIMIT {MOST_CANDIDATES}
"""
_RESTING = """
    SELECT url, max(until) FROM (
        SELECT url, fetched_at + $after_opt_out AS until FROM raw.pages WHERE outcome = 'opted_out'
        UNION ALL SELECT url, coalesce(retry_at, fetched_at + $without_rules) FROM raw.pages
                  WHERE http_status IN (429, 503)
        UNION ALL SELECT robots_url, fetched_at + $without_rules FROM raw.robots WHERE standing = 'closed'
    ) WHERE until > $now GROUP BY url
"""
_ROBOTS = """
    SELECT robots_url, arg_max_null(body_sha256, fetched_at) FROM raw.robots
    WHERE standing <> 'closed' AND fetched_at > ? GROUP BY robots_url
"""
_AGGREGATORS = "SELECT DISTINCT unnest(hosts) FROM core.outlets WHERE kind = 'aggregator'"
DRAFT_COLUMNS = """
    a.article_id, a.canonical_url, a.outlet_id, coalesce(o.name, ''), a.shown_entry_id, a.shown_priority,
    a.story_id, false, a.title, a.summary_text, coalesce(a.full_text, ''), r.language, a.published_at,
    a.reported_at, a.first_seen_at, r.seen_at, a.date_quality, a.full_text_source, a.copy_of_article_id, a.agency
"""
"""A stored article as it would be labelled again: the attributes of `Draft`, in their order."""
DRAFT_SOURCE = """
    core.articles a
    JOIN raw.entries e ON e.entry_id = a.shown_entry_id
    JOIN raw.entry_revisions r ON r.entry_id = e.entry_id AND r.revision_number = e.revision_count
    LEFT JOIN core.outlets o ON o.outlet_id = a.outlet_id
"""
_DRAFTS = f"""
    SELECT {DRAFT_COLUMNS} FROM {DRAFT_SOURCE}
    WHERE a.article_id IN (SELECT unnest($ids)) ORDER BY a.article_id
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article whose page may be asked for, and what its text is judged against."""

    article_id: str
    url: str
    outlet_id: str
    title: str
    summary_text: str
    attempt_count: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before pages are asked for.

    `candidates` are newest first; `resting` has addresses whose hosts are not to be asked before a time; `robots` the
    address of each robots.txt that is still believed, with its body's SHA-256 where it has rules; `aggregators` the
    hosts whose addresses lead on to publishers.
    """

    candidates: tuple[Candidate, ...]
    resting: dict[str, datetime]
    robots: dict[str, str | None]
    aggregators: frozenset[str]


class Pages:
    """Questions to the warehouse behind an open connection."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def known(self, now: datetime, *, days: int) -> Known:
        """What is known now; candidates are the relevant articles reported within so many days."""
        at = naive(now)
        since = at - timedelta(days=days)
        found = self._db.execute(_CANDIDATES, {"since": since, "now": at}).fetchall()
        rests = {"after_opt_out": REST_AFTER_OPT_OUT, "without_rules": REST_WITHOUT_RULES, "now": at}
        return Known(
            candidates=tuple(Candidate(*row) for row in found),
            resting={url: until.replace(tzinfo=UTC) for url, until in self._db.execute(_RESTING, rests).fetchall()},
            robots=dict(self._db.execute(_ROBOTS, [at - ROBOTS_KEPT]).fetchall()),
            aggregators=self.aggregators(),
        )

    def aggregators(self) -> frozenset[str]:
        """Hosts whose addresses lead on to publishers, without `www`."""
        return frozenset(host for (host,) in self._db.execute(_AGGREGATORS).fetchall())

    def candidates(self, article_ids: Collection[str]) -> tuple[Candidate, ...]:
        """Those of the articles that are stored."""
        query = f"{_ARTICLES} WHERE article_id IN (SELECT unnest($ids)) ORDER BY article_id"
        return tuple(Candidate(*row) for row in self._db.execute(query, {"ids": sorted(article_ids)}).fetchall())

    def articles_at(self, canonical_urls: Collection[str]) -> dict[str, str]:
        """The stored articles with the given canonical URLs, by URL."""
        found = self._db.execute(
            "SELECT canonical_url, article_id FROM core.articles WHERE canonical_url IN (SELECT unnest($urls))",
            {"urls": sorted(canonical_urls)},
        )
        return dict(found.fetchall())

    def drafts(self, article_ids: Collection[str]) -> tuple[Draft, ...]:
        """Those of the articles that are stored, as they would be labelled again."""
        found = self._db.execute(_DRAFTS, {"ids": sorted(article_ids)}).fetchall()
        return tuple(Draft(*map(aware, row)) for row in found)
