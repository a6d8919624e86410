"""Identified entries and their wordings, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from warehouse.model import Entry, Feed, Identified, Outlet, Sighting, Wording

T0 = datetime(2026, 1, 3, 6, tzinfo=UTC)
OUTLETS = {name: Outlet(name, name.title(), "VE", "newspaper", hosts=(f"{name}.example",)) for name in ("uno", "dos")}
FEEDS = {name: Feed(name, f"https://{name}.example/rss", name, "es") for name in (*OUTLETS, "wire")}


def after(**units: float) -> datetime:
    """A time after T0, as `timedelta` takes it."""
    return T0 + timedelta(**units)


def identified(
    entry_id: str,
    title: str = "Uno",
    *,
    minutes: float = 0,
    feed_id: str = "uno",
    article_id: str = "a1",
    **values: Any,
) -> Identified:
    """An entry of an article of the outlet `uno`; further values are those of the feed's item."""
    entry = Entry(**({"guid": entry_id, "link": "https://uno.example/1", "title": title} | values))
    return Identified(
        sighting=Sighting(feed_id, f"body {minutes}", after(minutes=minutes), entry),
        entry_id=entry_id,
        article_id=article_id,
        canonical_url=f"https://uno.example/{article_id}",
        urls=(),
        outlet_id="uno",
        wording_sha256=f"{title} {entry.summary_text} {entry.content_text}",
        identity_reason="same guid",
        article_reason="same page",
    )


def wording(entry_id: str, number: int = 1, title: str = "Uno", **values: Any) -> Wording:
    """A wording of an entry, seen as many minutes after T0 as its number says unless told otherwise."""
    return Wording(identified(entry_id, title, **({"minutes": number} | values)), number)
