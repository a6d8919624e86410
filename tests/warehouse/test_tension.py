"""The tension of a day: what counts, in which direction, and how far one outlet can move it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.warehouse import made
from tests.warehouse.made import Report
from warehouse import rows
from warehouse.database import Connection
from warehouse.store import Store

PLAIN = rows.ArticleEvent(
    article_id="",
    event_date=date(2026, 1, 3),
    source_actor_id=None,
    source_side="US",
    event_type="ASSAULT",
    event_mode="",
    target_actor_id=None,
    target_side="VE",
    is_reciprocal=False,
    weight=-9.5,
    status="asserted",
    guard="",
    is_counted=True,
    confidence=0.8,
    evidence=(),
    pattern_id="p/active",
    rules_version="1",
)


def event(article: str, **values: Any) -> rows.ArticleEvent:
    return replace(PLAIN, article_id=f"a-{article}", **values)


def tension(db: Connection, reports: tuple[Report, ...], *events: rows.ArticleEvent) -> dict[str, tuple[Any, ...]]:
    Store(db).load(made.batch(*reports, events=events))
    columns = "tension, tension_low, tension_high, most_moving_outlet_id, event_count"
    found = db.execute(f"SELECT source_side || ' ' || target_side, {columns} FROM mart.daily_tension").fetchall()
    return {pair: tuple(figures) for pair, *figures in found}


def test_reports_of_one_event_count_once_and_no_outlet_moves_what_two_report(db: Connection) -> None:
    reports = (
        Report("one", "US strikes Venezuela", outlet_id="uno", story_id="s"),
        Report("two", "US bombs Venezuela", outlet_id="dos", story_id="s"),
    )
    events = [event(name) for name in ("one", "two")]
    assert tension(db, reports, *events) == {"US VE": (-9.5, -9.5, -9.5, None, 1)}


def test_the_range_is_what_leaving_out_any_one_outlet_gives(db: Connection) -> None:
    reports = (
        Report("one", "US strikes Venezuela", outlet_id="uno", story_id="s"),
        Report("two", "US eases sanctions on Venezuela", outlet_id="dos", story_id="t"),
    )
    events = (event("one"), event("two", event_type="RETREAT", weight=6.5))
    assert tension(db, reports, *events) == {"US VE": (-3.0, -9.5, 6.5, "uno", 2)}


def test_what_a_guard_caught_moves_nothing(db: Connection) -> None:
    caught = event("one", status="denied", guard="denial", is_counted=False)
    assert tension(db, (Report("one", "US denies strikes on Venezuela", story_id="s"),), caught) == {}


@pytest.mark.parametrize("ends", [["US"], ["US", "VE"]], ids=["from one end", "from both ends"])
def test_what_two_do_to_each_other_counts_once_in_each_direction(db: Connection, ends: list[str]) -> None:
    other = {"US": "VE", "VE": "US"}
    agreed = event("one", event_type="AGREE", weight=2.5, is_reciprocal=True)
    events = (replace(agreed, source_side=end, target_side=other[end]) for end in ends)
    found = tension(db, (Report("one", "US and Venezuela agree", outlet_id="uno", story_id="s"),), *events)
    assert {pair: (figures[0], figures[4]) for pair, figures in found.items()} == {"US VE": (2.5, 1), "VE US": (2.5, 1)}
