"""Geometry of the charts: places in percent across and pixels down, so that an inline SVG fits any width unscaled.

SVG from a template is what a page without scripts needs: text stays text at every width, a theme colours it, and
the front page carries a few kilobytes instead of a chart library.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tasks.reporting.figures import Row

HEIGHT = 150
"""Pixels between the base line of the large chart and its highest grid line."""
_GAP_SHARE = 0.75
_PARTIAL_SHARE = 0.25
_WHOLE_DAY = 24

Sight = Literal["clear", "partial", "gap", "before"]


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a chart, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))


@dataclass(frozen=True, slots=True)
class Column:
    """A day's bar: `x` and `width` in percent, `height` in pixels."""

    day: date
    count: int
    x: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Band:
    """Days in a row that the collection saw equally badly: `x` and `width` in percent."""

    sight: Sight
    first: date
    last: date
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis: percent across or pixels up. A narrow screen leaves `is_minor` ones out."""

    place: float
    value: date | int
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class Swing:
    """A day's events in one direction: places in percent across, and in pixels down from the top of the chart.

    `cooperative` and `hostile` are heights of the bars above and below the zero line; `net` is where their sum lies,
    between `high` and `low`, which leaving out any one outlet would give.
    """

    row: Row
    x: float
    width: float
    middle: float
    cooperative: float
    hostile: float
    net: float
    high: float
    low: float


@dataclass(frozen=True, slots=True)
class Direction:
    """What one side did to the other, day by day."""

    source: str
    target: str
    swings: tuple[Swing, ...]


@dataclass(frozen=True, slots=True)
class Tension:
    """Both directions on one scale. `zero` and the levels are places in pixels down from the top of the chart."""

    directions: tuple[Direction, ...]
    zero: float
    levels: tuple[Tick, ...]
    days: tuple[Tick, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars a day, bands where the collection was blind, and both axes."""

    columns: tuple[Column, ...]
    bands: tuple[Band, ...]
    days: tuple[Tick, ...]
    counts: tuple[Tick, ...]


def window(first_day: date | None, last_day: date | None, today: date, *, most: int = 92, least: int = 14) -> Window:
    """The days to draw: up to today, or up to the last report where that lies further back than a whole chart."""
    last = today if last_day is None or (today - last_day).days < most else last_day
    first = min(first_day or last, last - timedelta(days=least - 1))
    return Window(max(first, last - timedelta(days=most - 1)), last)


def draw(span: Window, counts: Mapping[date, int], sights: Mapping[date, Sight]) -> Chart:
    """The large chart: a bar for every day of the window."""
    top, step = _scale(max(counts.values(), default=0))
    width = 100 / len(span.days)
    columns = tuple(
        Column(day, counts.get(day, 0), _round(n * width), _round(width), _round(counts.get(day, 0) / top * HEIGHT))
        for n, day in enumerate(span.days)
    )
    levels = tuple(Tick(_round(value / top * HEIGHT), value) for value in range(0, top + 1, step))
    return Chart(columns, _bands(span, sights), _day_ticks(span), levels)


def draw_tension(span: Window, rows: Sequence[Row], sights: Mapping[date, Sight]) -> Tension:
    """The chart of tension: rows of `warehouse/queries/tension.sql`, cooperative above the zero line, hostile below."""
    upper = max((max(row["cooperative_weight"], row["tension_high"]) for row in rows), default=0)
    lower = max((max(-row["hostile_weight"], -row["tension_low"]) for row in rows), default=0)
    _, step = _scale(math.ceil(upper + lower))
    above, below = (step * math.ceil(extent / step) for extent in (upper, lower))
    pixels = HEIGHT / max(above + below, step)
    zero = _round(above * pixels)
    levels = tuple(Tick(_round(zero - value * pixels), value) for value in range(-below, above + 1, step))
    directions = tuple(
        Direction(
            source, target, tuple(_swing(span, row, zero, pixels) for row in rows if row["source_side"] == source)
        )
        for source, target in (("US", "VE"), ("VE", "US"))
    )
    return Tension(directions, zero, levels, _day_ticks(span), _bands(span, sights))


def _swing(span: Window, row: Row, zero: float, pixels: float) -> Swing:
    width = 100 / len(span.days)
    left = (row["day"] - span.first).days * width
    return Swing(
        row,
        x=_round(left + 0.12 * width),
        width=_round(0.76 * width),
        middle=_round(left + width / 2),
        cooperative=_round(row["cooperative_weight"] * pixels),
        hostile=_round(-row["hostile_weight"] * pixels),
        net=_round(zero - row["tension"] * pixels),
        high=_round(zero - row["tension_high"] * pixels),
        low=_round(zero - row["tension_low"] * pixels),
    )


def judge(span: Window, coverage: Sequence[Row]) -> dict[date, Sight]:
    """How much the collection saw on each day: the worse of the hours it was blind and the outlets it missed."""
    seen = {row["day"]: row for row in coverage}
    return {day: _sight(seen[day]) if day in seen else "before" for day in span.days}


def worst(sights: Mapping[date, Sight], first: date, days: int) -> Sight:
    """How badly the collection saw a stretch of days: as badly as on its worst day."""
    order: tuple[Sight, ...] = ("clear", "partial", "before", "gap")
    seen = (sights.get(first + timedelta(days=n), "clear") for n in range(days))
    return max(seen, key=order.index)


def sparkline(span: Window, counts: Mapping[date, int], highest: int, *, height: int = 24) -> str:
    """A path of bars, one unit wide a day and `height` units high, for a small chart without text."""
    return "".join(
        f"M{n} {height}v{-_round(counts[day] / highest * height)}h.8V{height}z"
        for n, day in enumerate(span.days)
        if counts.get(day)
    )


def _sight(row: Row) -> Sight:
    blind = row["blind_hour_count"] / row["hour_count"]
    # An outlet that is polled a few times a day is not dark because a day has just begun.
    dark = row["dark_outlet_count"] / max(row["outlet_count"], 1) if row["hour_count"] == _WHOLE_DAY else 0
    missed = max(blind, dark)
    if missed >= _GAP_SHARE:
        return "gap"
    return "partial" if missed >= _PARTIAL_SHARE else "clear"


def _bands(span: Window, sights: Mapping[date, Sight]) -> tuple[Band, ...]:
    width = 100 / len(span.days)
    bands: list[Band] = []
    for n, day in enumerate(span.days):
        sight = sights.get(day, "clear")
        if bands and bands[-1].sight == sight:
            start = bands.pop()
            bands.append(Band(sight, start.first, day, start.x, _round((n + 1) * width - start.x)))
        else:
            bands.append(Band(sight, day, day, _round(n * width), _round(width)))
    return tuple(band for band in bands if band.sight != "clear")


def _day_ticks(span: Window) -> tuple[Tick, ...]:
    """Mondays, thinned to at most seven or so, every other one left out on a narrow screen."""
    mondays = [n for n, day in enumerate(span.days) if day.weekday() == 0]
    shown = mondays[:: math.ceil(len(mondays) / 7)] if mondays else [0]
    width = 100 / len(span.days)
    return tuple(Tick(_round((n + 0.5) * width), span.days[n], bool(i % 2)) for i, n in enumerate(shown))


def _scale(highest: int) -> tuple[int, int]:
    """The top of an axis and the step of its grid, in round numbers, with two to five lines."""
    step = next(base * 10**power for power in range(12) for base in (1, 2, 5) if base * 10**power * 4 >= highest)
    return max(step * math.ceil(highest / step), step), step


def _round(value: float) -> float:
    return round(value, 3)
