"""Labelling in processes of our own."""

from __future__ import annotations

from datetime import UTC, datetime

from tasks.tagging import labelling, pool
from tasks.tagging.labelling import Text

AT = datetime(2025, 11, 28, tzinfo=UTC)
TITLES = ("Trump and Maduro speak by phone", "Rain in Lisbon", "EE.UU. levanta sanciones a PDVSA", "Goats win a prize")


def _text(title: str) -> Text:
    return Text(title, "", "", AT, "", None)


def test_verdicts_come_in_the_order_of_portions_with_what_came_along() -> None:
    portions = [(number, [_text(f"{title} {number}") for title in TITLES]) for number in range(5)]
    found = list(pool.judge_all(iter(portions), workers=2))
    assert found == [(number, labelling.judge(texts)) for number, texts in portions]


def test_portions_larger_than_a_pipe_holds_do_not_block() -> None:
    portions = [(number, [_text("Rain in Lisbon " + "word " * 200)] * 2_000) for number in range(4)]
    assert [len(verdicts) for _, verdicts in pool.judge_all(iter(portions), workers=2)] == [2_000] * 4


def test_without_portions_there_is_nothing() -> None:
    assert list(pool.judge_all(iter([]), workers=2)) == []
