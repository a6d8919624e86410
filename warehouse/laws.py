"""The laws of the warehouse, each as a query for the rows that break it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from warehouse.database import Connection

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Law:
    """A promise in words, and the query that finds what breaks it."""

    name: str
    promise: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a law holds, with the first rows that break it."""

    law: Law
    broken_count: int
    columns: tuple[str, ...]
    offenders: tuple[tuple[Any, ...], ...]

    @property
    def holds(self) -> bool:
        return self.broken_count == 0


def _unique(table: str, *key: str) -> Law:
    columns = ", ".join(key)
    return Law(
        f"unique-{table.partition('.')[2].replace('_', '-')}",
        f"No two rows of {table} share {columns}",
        f"SELECT {columns}, count(*) AS row_count FROM {table} GROUP BY {columns} HAVING count(*) > 1",  # noqa: S608
    )


_SPANS = """
    SELECT a.article_id, e.term, e.field, e.start_offset, e."text"
    FROM {source}, core.articles a
    WHERE a.article_id = labels.article_id AND (e.start_offset < 0 OR substr(
        CASE e.field WHEN 'title' THEN a.title WHEN 'summary' THEN a.summary_text WHEN 'text' THEN a.full_text END,
        e.start_offset + 1, length(e."text")
    ) IS DISTINCT FROM e."text")
"""

LAWS = (
    _unique("raw.feeds", "feed_id"),
    _unique("raw.entries", "entry_id"),
    _unique("raw.entry_revisions", "entry_id", "revision_number"),
    _unique("raw.batches", "batch_id"),
    _unique("raw.runs", "run_id"),
    _unique("raw.fetches", "run_id", "feed_id", "started_at"),
    _unique("raw.pages", "article_id", "fetched_at"),
    _unique("raw.robots", "robots_url", "fetched_at"),
    _unique("core.outlets", "outlet_id"),
    _unique("core.articles", "article_id"),
    _unique("core.article_urls", "article_id", "url"),
    _unique("core.article_topics", "article_id", "topic"),
    _unique("core.article_words", "article_id"),
    _unique("core.duplicate_links", "left_id", "right_id", "level"),
    _unique("core.stories", "story_id"),
    _unique("core.alerts", "rule", "subject", "channel"),
    Law(
        "article-has-canonical-url",
        "Every article has one canonical URL, and no two articles share it",
        "SELECT canonical_url, count(*) AS article_count FROM core.articles GROUP BY canonical_url "
        "HAVING count(*) > 1 OR canonical_url IS NULL",
    ),
    Law(
        "article-has-entry",
        "Every article has at least one entry",
        "SELECT article_id, title FROM core.articles ANTI JOIN raw.entries USING (article_id)",
    ),
    Law(
        "entry-has-article",
        "Every entry stands for an article",
        "SELECT entry_id, article_id FROM raw.entries ANTI JOIN core.articles USING (article_id)",
    ),
    Law(
        "article-has-story",
        "Every article has one living story",
        "SELECT article_id, story_id FROM core.articles a ANTI JOIN "
        "(SELECT story_id FROM core.stories WHERE merged_into_story_id IS NULL) USING (story_id)",
    ),
    Law(
        "story-has-article",
        "Every living story has at least one article",
        "SELECT story_id, headline FROM core.stories ANTI JOIN core.articles USING (story_id) "
        "WHERE merged_into_story_id IS NULL",
    ),
    Law(
        "story-resolves",
        "A merged story leads to a living one in one step",
        "SELECT m.story_id, m.merged_into_story_id FROM core.stories m LEFT JOIN core.stories s "
        "ON s.story_id = m.merged_into_story_id "
        "WHERE m.merged_into_story_id IS NOT NULL AND (s.story_id IS NULL OR s.merged_into_story_id IS NOT NULL)",
    ),
    Law(
        "story-counts",
        "The counts of a story are those of its articles, and it is relevant if one of them is",
        "SELECT s.story_id, s.article_count, count(*) AS counted, s.outlet_count, s.independent_count, s.is_relevant "
        "FROM core.stories s JOIN core.articles a USING (story_id) GROUP BY ALL "
        "HAVING s.article_count <> count(*) OR s.outlet_count <> count(DISTINCT a.outlet_id) "
        "OR s.independent_count <> count(DISTINCT coalesce(a.agency, a.article_id)) "
        "FILTER (a.copy_of_article_id IS NULL) "
        "OR s.is_relevant <> bool_or(a.is_relevant)",
    ),
    Law(
        "story-spans-articles",
        "A story begins with its first article and ends with its last",
        "SELECT s.story_id, s.first_reported_at, min(a.reported_at) AS first, s.last_reported_at, "
        "max(a.reported_at) AS last FROM core.stories s JOIN core.articles a USING (story_id) GROUP BY ALL "
        "HAVING s.first_reported_at IS DISTINCT FROM min(a.reported_at) "
        "OR s.last_reported_at IS DISTINCT FROM max(a.reported_at)",
    ),
    Law(
        "revisions-complete",
        "The wordings of an entry are numbered from 1 to its revision_count",
        "SELECT e.entry_id, e.revision_count, count(r.entry_id) AS stored FROM raw.entries e "
        "LEFT JOIN raw.entry_revisions r USING (entry_id) GROUP BY ALL "
        "HAVING count(r.entry_id) <> e.revision_count OR max(r.revision_number) <> e.revision_count "
        "OR min(r.revision_number) <> 1",
    ),
    Law(
        "newest-wording-shown",
        "An article shows the newest wording of its entry",
        "SELECT a.article_id, a.title AS shown, r.title AS newest FROM core.articles a "
        "JOIN raw.entries e ON e.entry_id = a.shown_entry_id "
        "JOIN raw.entry_revisions r ON r.entry_id = e.entry_id AND r.revision_number = e.revision_count "
        "WHERE a.title IS DISTINCT FROM r.title OR a.summary_text IS DISTINCT FROM r.summary_text "
        "OR (a.full_text_source IS DISTINCT FROM 'page' AND coalesce(a.full_text, '') <> coalesce(r.content_text, ''))",
    ),
    Law(
        "best-entry-shown",
        "An article shows its best entry: least priority, then least id",
        "SELECT a.article_id, a.shown_entry_id, arg_min(e.entry_id, (e.priority, e.entry_id)) AS best "
        "FROM core.articles a JOIN raw.entries e USING (article_id) GROUP BY ALL "
        "HAVING arg_min(e.entry_id, (e.priority, e.entry_id)) <> a.shown_entry_id",
    ),
    Law(
        "page-text-has-page",
        "An article has the text of its page exactly where an attempt brought it",
        "SELECT article_id, full_text_source FROM core.articles "
        "WHERE (full_text_source IS NOT DISTINCT FROM 'page') <> "
        "(article_id IN (SELECT article_id FROM raw.pages WHERE outcome = 'text'))",
    ),
    Law(
        "page-has-article",
        "Every page belongs to an article",
        "SELECT article_id, url FROM raw.pages ANTI JOIN core.articles USING (article_id)",
    ),
    Law(
        "relevance-evidence-found",
        "The words a relevance level rests on stand where it says",
        _SPANS.format(source="(SELECT article_id, unnest(relevance_evidence) AS e FROM core.articles) labels"),
    ),
    Law(
        "topic-evidence-found",
        "The words a topic rests on stand where it says",
        _SPANS.format(source="(SELECT article_id, unnest(evidence) AS e FROM core.article_topics) labels"),
    ),
    Law(
        "event-evidence-found",
        "The words an event rests on stand where it says",
        _SPANS.format(source="(SELECT article_id, unnest(evidence) AS e FROM core.events) labels"),
    ),
    Law(
        "event-of-relevant-article",
        "Only relevant articles have events",
        "SELECT article_id, event_type FROM core.events ANTI JOIN "
        "(SELECT article_id FROM core.articles WHERE is_relevant) USING (article_id)",
    ),
    Law(
        "event-on-day-of-report",
        "An event has the day of its article's report",
        "SELECT article_id, event_type, event_date, reported_at FROM core.events JOIN core.articles USING (article_id) "
        "WHERE event_date IS DISTINCT FROM reported_at::DATE",
    ),
    Law(
        "actor-found",
        "The words that name an actor stand where it says",
        _SPANS.format(
            source="(SELECT article_id, {term: actor_id, field: field, start_offset: start_offset, "
            "text: matched_text} AS e FROM core.article_actors) labels"
        ),
    ),
    Law(
        "relevant-has-topic",
        "Every relevant article has a topic, and no other has one",
        "SELECT article_id, relevance_level FROM core.articles WHERE is_relevant <> "
        "(article_id IN (SELECT article_id FROM core.article_topics))",
    ),
    Law(
        "relevant-can-be-searched",
        "Every relevant article can be searched",
        "SELECT article_id, title FROM core.articles ANTI JOIN core.article_words USING (article_id) WHERE is_relevant",
    ),
    Law(
        "label-has-article",
        "Every topic, actor, address and searched word belongs to an article",
        "SELECT article_id, label FROM (SELECT article_id, topic AS label FROM core.article_topics UNION ALL "
        "SELECT article_id, actor_id FROM core.article_actors UNION ALL SELECT article_id, url FROM core.article_urls "
        "UNION ALL SELECT article_id, word_count::VARCHAR FROM core.article_words) "
        "ANTI JOIN core.articles USING (article_id)",
    ),
    Law(
        "relevance-levels",
        "is_relevant says the same as relevance_level, which is 0, 1 or 2",
        "SELECT article_id, relevance_level, is_relevant FROM core.articles "
        "WHERE is_relevant <> (relevance_level >= 1) OR relevance_level NOT BETWEEN 0 AND 2",
    ),
    Law(
        "feed-state-behind-entries",
        "No feed remembers a document that was not loaded",
        "SELECT feed_id, last_body_sha256 FROM raw.feeds WHERE last_body_sha256 IS NOT NULL AND last_body_sha256 "
        "NOT IN (SELECT body_sha256 FROM raw.fetches WHERE outcome = 'fetched' AND body_sha256 IS NOT NULL)",
    ),
)


def check(connection: Connection, given: Iterable[Law] = LAWS) -> tuple[Finding, ...]:
    """Every law, or those that are given, with what breaks it."""
    return tuple(_check(connection, law) for law in given)


def _check(connection: Connection, law: Law) -> Finding:
    result = connection.execute(f"SELECT *, count(*) OVER () FROM ({law.sql}) ORDER BY ALL LIMIT {SHOWN}")  # noqa: S608
    columns = tuple(column[0] for column in result.description[:-1])
    found = result.fetchall()
    return Finding(law, found[0][-1] if found else 0, columns, tuple(row[:-1] for row in found))
