"""An export is taken by `usven import` as what it was: the same articles in the same words, and the same stories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows import passes
from flows.passes import Pass
from tests.publisher import Publisher
from warehouse import database, export
from warehouse.settings import Settings

ITEMS = (
    ("call", "Trump and Maduro speak by phone", "Talks &amp; terms.&lt;p&gt;They agreed on little.&lt;/p&gt;"),
    ("ask", "Q&amp;amp;A on sanctions: what the US asks of Venezuela", "Write &amp;amp;lt; for less."),
    ("rain", "Rain in Lisbon", ""),
)


def _rss(site: str) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{name}</guid><title>{title}</title><link>https://{site}/{name}</link>"
        f"<description>{summary}</description><pubDate>Mon, 24 Nov 2025 10:00:00 GMT</pubDate></item>"
        for name, title, summary in ITEMS
    )
    return f"<rss version='2.0'><channel><title>{site}</title>{items}</channel></rss>".encode()


def _held(settings: Settings) -> tuple[list[tuple[Any, ...]], set[frozenset[str]]]:
    """The articles with their words and labels, and which of them are one story."""
    with database.reading(settings.published_path) as connection:
        articles = connection.execute(
            "SELECT article_id, canonical_url, language, title, summary_text, full_text, reported_at, relevance_level, "
            "copy_of_article_id FROM core.articles ORDER BY article_id"
        ).fetchall()
        stories = connection.execute("SELECT list(article_id) FROM core.articles GROUP BY story_id").fetchall()
    return articles, {frozenset(ids) for (ids,) in stories}


def test_an_export_that_is_imported_gives_the_same_articles_and_stories(
    publisher: Publisher, poll: Callable[..., Pass], settings: Settings, tmp_path: Path
) -> None:
    publisher.documents |= {"a.xml": _rss("courier.example"), "b.xml": _rss("ledger.example")}
    poll()
    export.write(settings.published_path, tmp_path / "out", now=datetime(2026, 1, 3, tzinfo=UTC))
    elsewhere = replace(settings, data=tmp_path / "elsewhere")
    passes.import_files(elsewhere, [tmp_path / "out" / export.ITEMS])
    articles, stories = _held(settings)
    assert len(articles) > len(stories) > 1
    assert any("\n" in summary for _, _, _, _, summary, *_ in articles)
    assert _held(elsewhere) == (articles, stories)
