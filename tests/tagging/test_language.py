"""The language of an item."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tasks.tagging import language

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("The government published its budget for next year", "en"),
        ("El gobierno publicó el presupuesto del próximo año", "es"),
        ("O governo publicou o orçamento do próximo ano", "pt"),
        ("Regeringen presenterade budgeten för nästa år", "sv"),
        ("Le gouvernement a publié le budget de l'année prochaine", "fr"),
    ],
)
def test_any_language_is_told_from_a_headline(title: str, code: str) -> None:
    assert language.detect(title, "", None) == code


@pytest.mark.parametrize(
    ("declared", "code"), [("es-419", "es"), ("pt_BR", "pt"), ("EN", "en"), (None, None), ("", None)]
)
def test_a_short_title_falls_back_on_what_the_feed_declares(declared: str | None, code: str | None) -> None:
    assert language.detect("PDVSA", "", declared) == code


def test_the_words_outweigh_a_wrong_declaration() -> None:
    assert language.detect("The government published its budget for next year", "", "es") == "en"


def test_an_empty_item_has_the_declared_language_or_none() -> None:
    assert language.detect("", "", None) is None


def test_headlines_are_told_right_in_99_of_100(shared_data: Path) -> None:
    lines = (shared_data / "labelled" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    right = sum(language.detect(row["title"], "", row["lang"]) == row["lang"] for row in rows)
    assert right / len(rows) >= 0.99
