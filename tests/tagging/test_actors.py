"""Who is named: surnames, offices by date, and names inside longer ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tasks.tagging.tagger import Tagger


def actors(title: str, year: int, month: int = 6, day: int = 1) -> dict[str, str]:
    labels = Tagger.from_seeds().tag(title, "", "", published_at=datetime(year, month, day, tzinfo=UTC))
    return {mention.actor_id: mention.role for mention in labels.actors}


@pytest.mark.parametrize(
    ("year", "actor_id"),
    [(2013, "nicolas-maduro"), (2019, "juan-guaido"), (2022, "juan-guaido"), (2026, "delcy-rodriguez")],
)
def test_the_acting_president_of_venezuela_depends_on_the_day(year: int, actor_id: str) -> None:
    assert actor_id in actors("US envoy meets Venezuela's acting president", year, 4)


def test_an_office_that_nobody_held_that_day_names_nobody() -> None:
    assert "delcy-rodriguez" not in actors("US envoy meets Venezuela's acting president", 2024)


@pytest.mark.parametrize(("year", "actor_id"), [(2012, "barack-obama"), (2018, "donald-trump"), (2023, "joe-biden")])
def test_the_president_of_the_united_states_depends_on_the_day(year: int, actor_id: str) -> None:
    assert actor_id in actors("Presidente dos EUA fala sobre a Venezuela", year)


@pytest.mark.parametrize(("year", "actor_id"), [(2018, "justin-trudeau"), (2026, "mark-carney")])
def test_offices_abroad_change_hands_too(year: int, actor_id: str) -> None:
    assert actor_id in actors("Canadian prime minister urges US and Venezuela to talk", year)


def test_a_person_is_mentioned_in_the_office_of_the_day() -> None:
    title = "Delcy Rodríguez habla con Estados Unidos"
    assert actors(title, 2020)["delcy-rodriguez"] == "Vice President of Venezuela"
    assert actors(title, 2026)["delcy-rodriguez"] == "Acting President of Venezuela"


def test_a_longer_name_hides_the_one_inside_it() -> None:
    found = actors("Cartel de los Soles: US Department of State designates Venezuela group", 2025)
    assert {"cartel-de-los-soles", "us-state-department"} <= found.keys()
    assert "us-state" not in found


def test_a_common_surname_needs_company() -> None:
    assert "maria-corina-machado" in actors("Machado thanks US for Venezuela support", 2025)


def test_mentions_are_not_told_of_articles_about_something_else() -> None:
    assert actors("Maduro inaugurates a bridge in Maracaibo", 2023) == {}


def test_on_the_day_of_the_capture_the_office_changes_hands() -> None:
    title = "Venezuelan president and US officials"
    assert "nicolas-maduro" in actors(title, 2026, 1, 2)
    assert "nicolas-maduro" not in actors(title, 2026, 1, 3)
