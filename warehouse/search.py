"""Full-text search over stories: the words of articles, ranked by BM25, each story by its best article.

A scan of `core.article_words` and no index: appending a load's words costs nothing that grows, every word, phrase and
beginning of a word is one look for a substring, and the published copy needs no extension to be searched.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from warehouse.database import Connection
from warehouse.errors import SettingsError

_PIECE = re.compile(r'"[^"]+"\*?|[^\s"]+')


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase; a prefix may go on after it."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What an article must be besides holding the words: of any of the topics, and so on; none given, of any at all.

    `actors` and `outlets` are ids or names. Reported at or after `since`, and before `until` (UTC, without saying so).
    """

    topics: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A story and the article of it that matches best. `hit_count` articles match; times are UTC without saying so."""

    story_id: str
    score: float
    hit_count: int
    headline: str
    first_reported_at: datetime
    last_reported_at: datetime
    article_count: int
    outlet_count: int
    languages: list[str]
    topics: list[str]
    article_id: str
    title: str
    summary: str
    full_text: str
    outlet: str
    language: str | None
    url: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """The best stories, and how many there are."""

    hits: tuple[Hit, ...]
    story_count: int


# BM25 (Robertson and Zaragoza 2009) with its usual 1.2 and 0.75; a word in the headline counts as three.
_SEARCH = """
    WITH terms AS (
        SELECT unnest($needles::VARCHAR[]) AS needle
    ),
    size AS (
        SELECT count(*) AS article_count, avg(word_count) AS mean_word_count FROM core.article_words
    ),
    occurrences AS (
        SELECT article_id, word_count, needle,
               (strlen(words) - strlen(replace(words, needle, ''))) / strlen(needle)
                   + CASE WHEN strpos(words, needle) < strpos(words, '|') THEN 2 ELSE 0 END AS frequency
        FROM core.article_words, terms WHERE contains(words, needle)
    ),
    rarity AS (
        SELECT needle, ln(1 + (any_value(article_count) - count(*) + 0.5) / (count(*) + 0.5)) AS weight
        FROM occurrences, size GROUP BY needle
    ),
    matches AS (
        SELECT article_id, sum(
            weight * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * word_count / mean_word_count))
        ) AS score
        FROM occurrences JOIN rarity USING (needle), size
        GROUP BY article_id HAVING count(*) = len($needles)
        UNION ALL
        SELECT article_id, 0 FROM core.article_words WHERE len($needles) = 0
    ),
    chosen AS (
        SELECT story_id, article_id, reported_at, score
        FROM matches JOIN core.articles USING (article_id)
        WHERE reported_at >= coalesce($since, '-infinity'::TIMESTAMP)
        AND reported_at < coalesce($until, 'infinity'::TIMESTAMP)
        AND (len($languages) = 0 OR language IN (SELECT unnest($languages::VARCHAR[])))
        AND (len($outlets) = 0 OR outlet_id IN (SELECT unnest($outlets::VARCHAR[])))
        AND (len($topics) = 0 OR article_id IN (
            SELECT article_id FROM core.article_topics WHERE topic IN (SELECT unnest($topics::VARCHAR[]))
        ))
        AND (len($actors) = 0 OR article_id IN (
            SELECT article_id FROM core.article_actors WHERE actor_id IN (SELECT unnest($actors::VARCHAR[]))
        ))
        AND (len($unwanted) = 0 OR article_id NOT IN (
            SELECT article_id FROM core.article_words, (SELECT unnest($unwanted::VARCHAR[]) AS needle)
            WHERE contains(words, needle)
        ))
    ),
    best AS (
        SELECT story_id, max(score) AS score, count(*) AS hit_count, max(reported_at) AS reported_at,
               arg_max(article_id, (score, reported_at, article_id)) AS article_id, count(*) OVER () AS story_count
        FROM chosen GROUP BY story_id
        ORDER BY score DESC, reported_at DESC, story_id LIMIT $limit
    ),
    topics AS (
        SELECT story_id, list_sort(list(DISTINCT topic)) AS topics
        FROM core.articles JOIN core.article_topics USING (article_id)
        WHERE story_id IN (SELECT story_id FROM best) GROUP BY story_id
    )
    SELECT s.story_id, b.score, b.hit_count, s.headline, s.first_reported_at, s.last_reported_at, s.article_count,
           s.outlet_count, s.languages, coalesce(t.topics, []), a.article_id, a.title, a.summary_text,
           coalesce(a.full_text, ''), coalesce(o.name, a.outlet_id), a.language, a.canonical_url, a.reported_at,
           b.story_count
    FROM best b
    JOIN core.stories s USING (story_id)
    JOIN core.articles a ON a.article_id = b.article_id
    LEFT JOIN core.outlets o ON o.outlet_id = a.outlet_id
    LEFT JOIN topics t ON t.story_id = b.story_id
    ORDER BY b.score DESC, b.reported_at DESC, s.story_id
"""
_NAMES = {
    "topic": "SELECT topic, unnest([topic, name_en, name_es, name_pt]) FROM core.topics",
    "actor": "SELECT actor_id, unnest([actor_id, name_en, name_es, name_pt]) FROM core.actors",
    "outlet": "SELECT outlet_id, unnest([outlet_id, name]) FROM core.outlets",
    "language": "SELECT DISTINCT language, language FROM core.articles WHERE language IS NOT NULL",
}


def parse(words: Iterable[str]) -> tuple[Term, ...]:
    """The terms of a query: what has blanks or stands in quotes is a phrase, and `*` ends the beginning of a word."""
    pieces = [piece for word in words for piece in ([word] if '"' not in word else _PIECE.findall(word))]
    return tuple(Term(piece.replace('"', "").rstrip("*"), piece.endswith(("*", '*"'))) for piece in pieces)


def search(
    connection: Connection,
    terms: Sequence[Term],
    filters: Filters,
    *,
    without: Sequence[Term] = (),
    limit: int,
) -> Found:
    """The stories with an article that holds all the terms, none of `without`, and passes the filters; best first.

    Raises:
        SettingsError: a term holds no word, or a filter names what is not there.
    """
    parameters = {
        "needles": [_needle(connection, term) for term in dict.fromkeys(terms)],
        "unwanted": [_needle(connection, term) for term in without],
        "topics": _ids(connection, "topic", filters.topics),
        "actors": _ids(connection, "actor", filters.actors),
        "outlets": _ids(connection, "outlet", filters.outlets),
        "languages": _ids(connection, "language", filters.languages),
        "since": filters.since,
        "until": filters.until,
        "limit": limit,
    }
    found = connection.execute(_SEARCH, parameters).fetchall()
    return Found(tuple(Hit(*row[:-1]) for row in found), found[0][-1] if found else 0)


def _needle(connection: Connection, term: Term) -> str:
    """A term as it stands in `core.article_words`: between blanks, or after one if words may go on."""
    words = _words(connection, term.text)
    if not words.strip():
        raise SettingsError(f"{term.text!r} holds no word to look for.")
    return words.removesuffix(" ") if term.is_prefix else words


def _words(connection: Connection, text: str) -> str:
    found = connection.execute("SELECT core.words(?)", [text]).fetchone()
    return str(found[0]) if found else ""


def _ids(connection: Connection, kind: str, names: Sequence[str]) -> list[str]:
    """The ids behind ids or names; these are compared as words are."""
    if not names:
        return []
    ids: dict[str, set[str]] = {}
    query = f"SELECT id, core.words(name) FROM ({_NAMES[kind]}) t(id, name)"  # noqa: S608 - words of ours
    for item_id, words in connection.execute(query).fetchall():
        ids.setdefault(words, set()).add(item_id)
    return sorted({item_id for name in names for item_id in _named(kind, name, _words(connection, name), ids)})


def _named(kind: str, name: str, words: str, ids: dict[str, set[str]]) -> set[str]:
    if words not in ids:
        near = difflib.get_close_matches(words, ids, n=3, cutoff=0.5)
        close = dict.fromkeys(item_id for other in near for item_id in sorted(ids[other]))
        raise SettingsError(f"There is no {kind} {name!r}." + (f" Did you mean {' or '.join(close)}?" if close else ""))
    return ids[words]
