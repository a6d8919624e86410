"""The edge to the warehouse for pages: each function opens it briefly, asks one thing and closes it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from warehouse import database
from warehouse.model import Draft, PageText
from warehouse.pages import Candidate, Known, Pages
from warehouse.settings import Settings


def look_up(settings: Settings, now: datetime) -> Known:
    """Which articles want their page, and what hosts have said."""
    with database.writing(settings.warehouse_path) as connection:
        return Pages(connection).known(now, days=settings.full_text_days)


def candidates(settings: Settings, article_ids: Collection[str]) -> tuple[tuple[Candidate, ...], frozenset[str]]:
    """Those of the articles that are stored, and the hosts of aggregators."""
    with database.writing(settings.warehouse_path) as connection:
        pages = Pages(connection)
        return pages.candidates(article_ids), pages.aggregators()


def articles_at(settings: Settings, canonical_urls: Collection[str]) -> dict[str, str]:
    """The stored articles with the given canonical URLs, by URL."""
    if not canonical_urls:
        return {}
    with database.writing(settings.warehouse_path) as connection:
        return Pages(connection).articles_at(canonical_urls)


def drafts(settings: Settings, texts: dict[str, PageText]) -> tuple[Draft, ...]:
    """The articles, by id, with the texts of their pages."""
    if not texts:
        return ()
    with database.writing(settings.warehouse_path) as connection:
        stored = Pages(connection).drafts(texts)
    return tuple(replace(d, full_text=texts[d.article_id].text, full_text_source="page") for d in stored)
