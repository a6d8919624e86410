"""Items written for these tests, in three languages: labelled by the codebook, with look-alikes and hard cases."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasks.tagging.tagger import Tagger

if TYPE_CHECKING:
    from warehouse.model import Labels

HERE = Path(__file__).parent
PLAIN = str.maketrans("áàâãéêíóôõúüçñÁÉÍÓÚ", "aaaaeeiooouucnAEIOU")
LANGUAGES = ("portuguese", "english", "spanish")


def read(language: str) -> list[dict[str, str]]:
    with (HERE / f"{language}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tag(row: dict[str, str]) -> Labels:
    published_at = datetime.fromisoformat(row["published"]).replace(tzinfo=UTC)
    return Tagger.from_seeds().tag(row["title"], row["summary"], "", published_at=published_at)


def f1(hits: int, extra: int, missed: int) -> float:
    return 2 * hits / (2 * hits + extra + missed)


@pytest.mark.parametrize(("language", "least"), [("portuguese", 150), ("english", 80), ("spanish", 80)])
def test_there_are_enough_items_of_a_language(language: str, least: int) -> None:
    assert len(read(language)) >= least


@pytest.mark.parametrize("language", LANGUAGES)
def test_relevance_is_right_but_for_one_item_in_fifty(language: str) -> None:
    rows = read(language)
    wrong = [row["title"] for row in rows if tag(row).is_relevant != (row["level"] != "0")]
    assert len(wrong) <= len(rows) / 50, wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_levels_are_right_on_nine_of_ten(language: str) -> None:
    rows = read(language)
    wrong = [row["title"] for row in rows if tag(row).level != int(row["level"])]
    assert len(wrong) <= len(rows) / 10, wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_topics_are_right_on_nine_of_ten(language: str) -> None:
    given = [set(filter(None, row["topics"].split("|"))) for row in read(language)]
    found = [{label.topic for label in tag(row).topics} for row in read(language)]
    pairs = list(zip(given, found, strict=True))
    hits, extra = sum(len(g & f) for g, f in pairs), sum(len(f - g) for g, f in pairs)
    assert f1(hits, extra, sum(len(g - f) for g, f in pairs)) >= 0.9


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_title_without_accents_gets_the_same_level(language: str) -> None:
    rows = read(language)
    plain = [row | {"title": row["title"].translate(PLAIN)} for row in rows]
    assert [tag(row).level for row in plain] == [tag(row).level for row in rows]
