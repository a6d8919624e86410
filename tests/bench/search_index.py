"""What search costs: keeping it fresh and asking it, against a full-text index and against a table of terms.

    python -m tests.bench.search_index [ARTICLES]

Articles are made up: 40 words each by Zipf's law. Seconds of processor time; the ratios are what to compare. The
full-text index of DuckDB is measured where its extension is installed (`pip install duckdb-extension-fts==1.5.5`).
"""

from __future__ import annotations

import importlib.util
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from warehouse import database, migrate, search
from warehouse.database import Connection
from warehouse.search import Filters
from warehouse.store import Store

PORTION = 50_000
BATCH = 2_000
VOCABULARY = 60_000
SHORT = 11
"""Words of a title; the rest of the forty are its summary."""
TERMS = """
    SELECT term, article_id, count(*)::USMALLINT AS frequency
    FROM (SELECT article_id, unnest(string_split(trim(replace(words, '|', ' ')), ' ')) AS term FROM {source})
    GROUP BY term, article_id
"""


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "usven.duckdb"
        migrate.ensure(path)
        vocabulary = _vocabulary()
        with database.writing(path) as connection:
            for articles in _articles(count, vocabulary):
                _load(connection, articles)
            print(f"{count:,} articles that can be searched")
            _measure_freshness(connection, vocabulary)
            _measure_searches(connection, vocabulary)


def _vocabulary() -> list[str]:
    random = np.random.default_rng(7)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyzáéíñõ"))
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        words["".join(random.choice(letters, random.integers(2, 12)))] = None
    return list(words)


def _articles(count: int, vocabulary: list[str], seed: int = 11) -> Iterator[pa.Table]:
    random = np.random.default_rng(seed)
    weights = np.cumsum(1 / np.arange(1, len(vocabulary) + 1))
    for start in range(0, count, PORTION):
        size = min(PORTION, count - start)
        picks = np.searchsorted(weights, random.random((size, 40)) * weights[-1]).tolist()
        times = [datetime(2024, 1, 1) + timedelta(minutes=start + place) for place in range(size)]
        yield pa.table({
            "article_id": [f"{number:016x}" for number in random.integers(0, 2**63, size)],
            "title": [" ".join(vocabulary[w] for w in words[:SHORT]) for words in picks],
            "summary_text": [" ".join(vocabulary[w] for w in words[SHORT:]) for words in picks],
            "reported_at": times,
        })  # fmt: skip


def _load(connection: Connection, articles: pa.Table) -> None:
    """Articles, each a story of its own, with their words."""
    connection.register("given", articles)
    connection.execute(
        "INSERT INTO core.articles BY NAME SELECT *, article_id AS story_id, 'o' AS outlet_id, true AS is_relevant, "
        "'en' AS language, 'https://e.example/' || article_id AS canonical_url FROM given"
    )
    connection.execute(
        "INSERT INTO core.stories BY NAME SELECT article_id AS story_id, title AS headline, 1 AS article_count, "
        "reported_at AS first_reported_at, reported_at AS last_reported_at, 1 AS outlet_count, ['en'] AS languages, "
        "true AS is_relevant FROM given"
    )
    connection.register("replaced", articles.select(["article_id"]).rename_columns(["id"]))
    Store(connection)._index_words("relevant")


def _measure_freshness(connection: Connection, vocabulary: list[str]) -> None:
    (batch,) = _articles(BATCH, vocabulary, seed=12)
    _say(f"words: {BATCH:,} more articles, loaded with their words", lambda: _load(connection, batch))
    _say("terms: a table of them, made once", lambda: _make_terms(connection))
    connection.execute(
        "CREATE TEMP TABLE newest AS FROM core.article_words SEMI JOIN given USING (article_id)"
    )  # fmt: skip
    _say(
        f"terms: {BATCH:,} more articles",
        lambda: connection.execute(f"INSERT INTO terms {TERMS.format(source='newest')}"),
    )
    connection.execute("DROP TABLE terms")
    if extension := _extension():
        connection.execute(f"LOAD '{extension}'")
        index = "PRAGMA create_fts_index('core.articles', 'article_id', 'title', 'summary_text', overwrite=1)"
        _say(f"full-text index: made anew for {BATCH:,} more articles", lambda: connection.execute(index))
        query = f"""
            SELECT article_id FROM (
                SELECT article_id, fts_core_articles.match_bm25(article_id, '{vocabulary[300]}') AS score
                FROM core.articles
            ) WHERE score IS NOT NULL ORDER BY score DESC LIMIT 20
        """
        _say("full-text index: a word", lambda: connection.execute(query).fetchall())


def _make_terms(connection: Connection) -> None:
    connection.execute(f"CREATE TABLE terms AS {TERMS.format(source='core.article_words')}")


def _extension() -> str | None:
    found = importlib.util.find_spec("duckdb_extension_fts")
    folders = found.submodule_search_locations if found else None
    return next((str(p) for folder in folders or () for p in Path(folder).rglob("*.duckdb_extension")), None)


def _measure_searches(connection: Connection, vocabulary: list[str]) -> None:
    queries = {
        "a rare word": [vocabulary[20_000]],
        "a word": [vocabulary[300]],
        "the most common word": [vocabulary[0]],
        "two words": [vocabulary[100], vocabulary[300]],
        "a phrase": [f"{vocabulary[10]} {vocabulary[20]}"],
        "a beginning": [vocabulary[300][:4] + "*"],
    }
    for name, words in queries.items():
        terms = search.parse(words)
        found = search.search(connection, terms, Filters(), limit=20)
        _say(
            f"search: {name} ({found.story_count:,} stories)",
            lambda terms=terms: search.search(connection, terms, Filters(), limit=20),  # type: ignore[misc]
        )
    recent = Filters(since=datetime(2024, 1, 1), until=datetime(2024, 2, 1))
    terms = search.parse([vocabulary[300]])
    _say("search: a word, of one month", lambda: search.search(connection, terms, recent, limit=20))


def _say(what: str, run: Callable[[], object]) -> None:
    processor, clock = _processor_seconds(), time.perf_counter()
    run()
    print(
        f"{_processor_seconds() - processor:8.2f} s processor {time.perf_counter() - clock:8.2f} s  {what}", flush=True
    )


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
