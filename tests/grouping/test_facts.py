"""Numbers, ordinals and days mean the same in every language and spelling."""

from __future__ import annotations

import pytest

from tasks.grouping import facts


@pytest.mark.parametrize(
    ("one", "other"), [("1,200", "1.200"), ("3.50", "3,5"), ("007", "7"), ("1.234.567", "1234567")]
)
def test_a_number_has_one_spelling(one: str, other: str) -> None:
    assert facts.number(one) == facts.number(other)


@pytest.mark.parametrize(
    ("text", "language"),
    [("the twelfth strike", "en"), ("12th strike", "en"), ("el duodécimo ataque", "es"), ("o 12º ataque", "pt")],
)
def test_an_ordinal_is_a_number_in_any_language(text: str, language: str) -> None:
    assert facts.facts_of(text, language).ordinals == {"12"}


@pytest.mark.parametrize(
    ("text", "language"),
    [("on Jan 3 the", "en"), ("3 January", "en"), ("el 3 de enero", "es"), ("em 3 de janeiro", "pt")],
)
def test_a_day_is_read_in_any_language(text: str, language: str) -> None:
    found = facts.facts_of(text, language)

    assert (found.dates, found.numbers) == ({(1, 3)}, frozenset())


def test_portuguese_dos_is_no_number() -> None:
    assert not facts.facts_of("a saída dos navios", "pt").numbers
