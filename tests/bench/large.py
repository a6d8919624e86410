"""A large warehouse that obeys every law, generated in SQL: what benchmarks measure at sizes nobody has collected yet.

One article in twenty is relevant, as in a real stream; articles come at the pace of a hundred feeds, 2,700 a day. The
text is made of invented sentences, drawn by hash: it compresses about as real headlines and summaries do. A third of
the articles nearly repeat an earlier one: under a headline of their own, two of three sentences are the same.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from warehouse import database, migrate, reference
from warehouse.database import Connection
from warehouse.store import Store

SECONDS_BETWEEN = 32
RELEVANT_EVERY = 20
STORY_OF = 3
BATCH_OF = 40

_WORDS = (
    "minister talks port council river budget strike harvest market court school bridge election storm museum train "
    "mission border tanker envoy ruling debt festival hospital league army energy export treaty summit prison vaccine "
    "mayor senate drought airline refinery union pension fishing copper highway census satellite orchestra volcano "
    "capital province central northern southern public former local joint final early likely urgent quiet second new "
    "opens delays reviews rejects signs expects widens loses gains faces names warns asks plans ends marks leads halts"
)
# Sentences by number, and the articles' own facts: all else follows from these two.
_SENTENCES = f"""
    CREATE OR REPLACE TEMP TABLE sentences AS
    SELECT n, string_agg(string_split('{_WORDS}', ' ')[1 + (hash(n, w) % 90)::INTEGER], ' ' ORDER BY w) AS said
    FROM range(20000) numbers(n), range(11) words(w) GROUP BY n
"""
_FACTS = f"""
    CREATE OR REPLACE TEMP TABLE facts AS
    SELECT i, md5('a' || i)[:16] AS article_id, md5('e' || i)[:16] AS entry_id, i % {RELEVANT_EVERY} = 0 AS is_relevant,
           'outlet-' || (hash(i) % 100) AS outlet_id, 'feed-' || (hash(i) % 100) AS feed_id,
           'https://outlet-' || (hash(i) % 100) || '.example/' || md5('u' || i) AS url,
           CASE WHEN i % {RELEVANT_EVERY} = 0 THEN 'Sanctions ' ELSE '' END || t.said AS title,
           s.said || '. ' || r.said || '. ' || q.said || '.' AS summary,
           md5('a' || original)[:16] AS original_id, original, original < i AS is_copy,
           CASE WHEN i % {RELEVANT_EVERY} = 0 THEN md5('s' || (i // ({RELEVANT_EVERY} * {STORY_OF})))[:16]
                ELSE md5('s-' || i)[:16] END AS story_id,
           TIMESTAMP '2024-01-01' + to_seconds(i * {SECONDS_BETWEEN}) AS seen_at, i // {BATCH_OF} AS batch,
           md5('b' || (i // 4)) AS body_sha256
    FROM (
        SELECT i, CASE WHEN i // {RELEVANT_EVERY} % {STORY_OF} = {STORY_OF} - 1 THEN i - {RELEVANT_EVERY} ELSE i END
                  AS original
        FROM range($1::BIGINT, $2::BIGINT) numbers(i)
    )
    JOIN sentences t ON t.n = hash(i, 't') % 20000 JOIN sentences s ON s.n = hash(original, 's') % 20000
    JOIN sentences r ON r.n = hash(original, 'r') % 20000 JOIN sentences q ON q.n = hash(i, 'q') % 20000
    ORDER BY i
"""
_EVIDENCE = "[{term: 'sanctions', field: 'title', start_offset: 0, text: 'Sanctions'}]"
_ROWS = (
    """INSERT INTO raw.entries SELECT entry_id, feed_id, md5('g' || i), url, article_id, title, 0, seen_at, seen_at, 1,
       md5('w' || i), 'same guid', 'same page by its link', core.key(entry_id), core.key(article_id) FROM facts""",
    """INSERT INTO raw.entry_revisions SELECT entry_id, 1, title, summary, '', ['A. Author'], [], 'en', seen_at, NULL,
       seen_at, body_sha256, md5('w' || i) FROM facts""",
    f"""INSERT INTO core.articles BY NAME
       SELECT article_id, url AS canonical_url, outlet_id, 'en' AS language, title, summary AS summary_text,
              seen_at AS published_at, seen_at AS first_seen_at, seen_at AS reported_at, 'published' AS date_quality,
              story_id, CASE WHEN is_relevant AND is_copy THEN original_id END AS copy_of_article_id,
              entry_id AS shown_entry_id, 0 AS shown_priority, CASE WHEN is_relevant THEN 2 ELSE 0 END
              AS relevance_level, core.key(article_id) AS article_key,
              CASE WHEN is_relevant THEN 0.9 ELSE 0.1 END AS relevance_score, is_relevant,
              CASE WHEN is_relevant THEN {_EVIDENCE} ELSE [] END AS relevance_evidence, '1' AS rules_version
       FROM facts""",
    "INSERT INTO core.article_urls SELECT article_id, url, 'canonical', core.key(article_id) FROM facts",
    f"INSERT INTO core.article_topics SELECT article_id, 'sanctions', {_EVIDENCE}, '1' FROM facts WHERE is_relevant",
    """INSERT INTO core.article_actors SELECT article_id, 'ofac', '', 'Sanctions', 'title', 0, '1'
       FROM facts WHERE is_relevant""",
    f"""INSERT INTO core.events BY NAME
       SELECT article_id, seen_at::DATE AS event_date, 'US' AS source_side, 'SANCTION' AS event_type, 'VE'
              AS target_side, false AS is_reciprocal, -6.0 AS weight, 'asserted' AS status, true AS is_counted,
              0.7 AS confidence,
              {_EVIDENCE} AS evidence, 'p' AS pattern_id, '1' AS rules_version FROM facts WHERE is_relevant""",
    """INSERT INTO core.article_words SELECT article_id, core.words(title) || '|' || core.words(summary) || '|  ', 50
       FROM facts WHERE is_relevant""",
    """INSERT INTO core.duplicate_links SELECT article_id, original_id, 'copy', 0.7, 'most of its words', seen_at
       FROM facts WHERE is_relevant AND is_copy""",
    """INSERT INTO core.article_bands
       SELECT article_id, (hash(CASE WHEN b < 20 THEN original ELSE i END, b) >> 1)::BIGINT, seen_at
       FROM facts, range(32) bands(b) WHERE is_relevant""",
    """INSERT INTO core.article_vectors SELECT article_id, seen_at, 'm', unhex(string_agg(md5(i || '-' || v), ''))
       FROM facts, range(16) parts(v) WHERE is_relevant GROUP BY ALL""",
    """INSERT INTO raw.fetches SELECT 'r' || batch, feed_id, seen_at, 0.2, 'fetched', 200, 20000, body_sha256, 30, 1,
       NULL, NULL, NULL, NULL, [] FROM facts WHERE i % 4 = 0""",
    "INSERT INTO raw.batches SELECT 'b' || batch, 'r' || batch, min(seen_at), count(*) FROM facts GROUP BY batch",
)
_STORIES = """
    INSERT INTO core.stories BY NAME
    SELECT story_id, core.key(story_id) AS story_key,
           arg_min(title, (reported_at, article_id)) AS headline, min(reported_at) AS first_reported_at,
           max(reported_at) AS last_reported_at, count(*) AS article_count, count(DISTINCT outlet_id) AS outlet_count,
           count(*) FILTER (copy_of_article_id IS NULL) AS independent_count, ['en'] AS languages,
           bool_or(is_relevant) AS is_relevant
    FROM core.articles GROUP BY story_id ORDER BY last_reported_at
"""
PORTION = 240_000


def make(path: Path, article_count: int) -> None:
    """A warehouse of so many articles at a path where there is none."""
    migrate.ensure(path)
    with database.writing(path) as connection:
        Store(connection).replace_reference(reference.tables())
        add(connection, 0, article_count)
        connection.execute(_STORIES)


def add(connection: Connection, first: int, last: int) -> None:
    """The articles from number `first` to `last`, excluded, in all tables but that of stories."""
    connection.execute(_SENTENCES)
    for start in range(first, last, PORTION):
        connection.execute(_FACTS, [start, min(start + PORTION, last)])
        for sql in _ROWS:
            connection.execute(sql)


def compare(description: str | None, costs: Callable[[Path, int], dict[str, float]]) -> None:
    """Make warehouses of the sizes that a command line names, and print what each step costs by size, with ratios."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", nargs="+", type=int, help="sizes of warehouses, the smallest first")
    parser.add_argument("--reps", type=int, default=3)
    given = parser.parse_args()
    found: dict[int, dict[str, float]] = {}
    for count in given.articles:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            make(Path(folder) / "usven.duckdb", count)
            found[count] = costs(Path(folder) / "usven.duckdb", given.reps)
    print("| step |", " | ".join(f"{count:,}" for count in found), "|\n|---" + "|---" * len(found) + "|")
    for name, base in found[given.articles[0]].items():
        cells = (f"{of[name]:.3f} s ({of[name] / base:.1f})" for of in found.values())
        print(f"| {name} |", " | ".join(cells), "|")
