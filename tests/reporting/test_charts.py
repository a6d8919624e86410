from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.reporting import charts
from tasks.reporting.charts import Window

TODAY = date(2026, 11, 20)
WEEK = Window(date(2026, 11, 14), TODAY)


def coverage(day: date, *, blind: int = 0, hours: int = 24, dark: int = 0, outlets: int = 10) -> dict[str, Any]:
    return {
        "day": day,
        "hour_count": hours,
        "blind_hour_count": blind,
        "outlet_count": outlets,
        "dark_outlet_count": dark,
    }


def test_a_chart_ends_today_even_when_nothing_was_reported_lately() -> None:
    assert charts.window(TODAY - timedelta(days=40), TODAY - timedelta(days=30), TODAY).last == TODAY


def test_a_chart_of_an_old_archive_ends_with_its_last_report() -> None:
    assert charts.window(date(2019, 1, 1), date(2019, 6, 1), TODAY).last == date(2019, 6, 1)


@given(st.dates(date(2000, 1, 1), TODAY), st.integers(0, 3000))
def test_a_chart_has_at_most_92_days_and_at_least_14(last: date, length: int) -> None:
    assert 14 <= len(charts.window(last - timedelta(days=min(length, 700)), last, TODAY).days) <= 92


@given(st.dictionaries(st.sampled_from(WEEK.days), st.integers(0, 10**6)))
def test_bars_stay_within_the_chart_and_in_proportion(counts: dict[date, int]) -> None:
    drawn = charts.draw(WEEK, counts, {})
    assert all(0 <= column.height <= charts.HEIGHT for column in drawn.columns)
    assert 2 <= len(drawn.counts) <= 6
    highest = max(drawn.columns, key=lambda column: column.count)
    assert all(column.height <= highest.height for column in drawn.columns)


@pytest.mark.parametrize(
    ("row", "sight"),
    [
        (coverage(TODAY), "clear"),
        (coverage(TODAY, blind=8), "partial"),
        (coverage(TODAY, blind=20), "gap"),
        (coverage(TODAY, dark=3), "partial"),
        (coverage(TODAY, dark=9), "gap"),
        (coverage(TODAY, hours=2, dark=9), "clear"),
    ],
)
def test_a_day_is_judged_by_its_blind_hours_and_dark_outlets(row: dict[str, Any], sight: str) -> None:
    assert charts.judge(WEEK, [row])[TODAY] == sight


def test_a_day_without_coverage_lies_before_the_collection() -> None:
    assert charts.judge(WEEK, [coverage(TODAY)])[WEEK.first] == "before"


def test_days_seen_alike_make_one_band() -> None:
    sights = charts.judge(WEEK, [coverage(day, blind=24 if day.day in (16, 17) else 0) for day in WEEK.days])
    (band,) = charts.draw(WEEK, {}, sights).bands
    assert (band.sight, band.first.day, band.last.day) == ("gap", 16, 17)
    assert band.width == pytest.approx(200 / 7, abs=0.01)


def swing(day: date, cooperative: float, hostile: float, *, side: str = "US", spread: float = 0) -> dict[str, Any]:
    return {
        "day": day,
        "source_side": side,
        "cooperative_weight": cooperative,
        "hostile_weight": -hostile,
        "tension": cooperative - hostile,
        "tension_high": cooperative - hostile + spread,
        "tension_low": cooperative - hostile - spread,
    }


@given(st.lists(st.tuples(*[st.floats(0, 1000)] * 3), max_size=7))
def test_every_swing_of_tension_lies_within_the_chart(weights: list[tuple[float, float, float]]) -> None:
    rows = [swing(day, up, down, spread=spread) for day, (up, down, spread) in zip(WEEK.days, weights, strict=False)]
    drawn = charts.draw_tension(WEEK, rows, {})
    for found in drawn.directions[0].swings:
        assert drawn.zero - found.cooperative >= -0.01
        assert drawn.zero + found.hostile <= charts.HEIGHT + 0.01
        assert -0.01 <= found.high <= found.net + 0.01 <= found.low + 0.02 <= charts.HEIGHT + 0.03
    assert 0 in {level.value for level in drawn.levels}


def test_both_directions_are_drawn_on_one_scale() -> None:
    drawn = charts.draw_tension(WEEK, [swing(TODAY, 0, 40), swing(TODAY, 0, 10, side="VE")], {})
    (there,), (back,) = (direction.swings for direction in drawn.directions)
    assert there.hostile == pytest.approx(4 * back.hostile, rel=0.01)


def test_a_stretch_of_days_was_seen_as_badly_as_its_worst_day() -> None:
    sights = charts.judge(WEEK, [coverage(day, blind=24 if day.day == 16 else 0) for day in WEEK.days])
    assert charts.worst(sights, WEEK.first, 7) == "gap"
    assert charts.worst(sights, WEEK.first, 2) == "clear"
