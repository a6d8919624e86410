from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pytest

import seeds
from tasks.reporting import interface

EN, ES = (interface.speak(language) for language in interface.LANGUAGES)


def shape(value: Any) -> Any:
    """The keys of a table, the length of a list, the places in a text."""
    match value:
        case dict():
            return {key: shape(found) for key, found in value.items()}
        case list():
            return [shape(found) for found in value] if any("{" in found for found in value) else len(value)
        case _:
            return set(re.findall(r"{\w+}", value))


@pytest.mark.parametrize("key", sorted(EN.words.keys() | ES.words.keys()))
def test_both_languages_have_the_same_words_with_the_same_places(key: str) -> None:
    given, other = EN.words.get(key), ES.words.get(key)
    if key == "time":
        assert given.keys() == other.keys()
    else:
        assert shape(given) == shape(other)


def test_times_are_written_in_the_language() -> None:
    assert EN.time("moment", datetime(2026, 11, 2, 9, 5, tzinfo=UTC)) == "2 Nov 2026, 09:05 UTC"
    assert ES.time("long_date", date(2026, 11, 2)) == "lunes 2 de noviembre de 2026"


def test_one_thing_and_several_are_counted_apart() -> None:
    assert [EN.count("story_count", n) for n in (0, 1, 1200)] == [
        "0 stories",
        "1 story",
        "1\N{NARROW NO-BREAK SPACE}200 stories",
    ]


def test_what_has_no_name_is_shown_by_its_code() -> None:
    assert (EN.country("XX"), EN.tongue("xx"), EN.part("xx"), EN.country(None)) == ("XX", "xx", "xx", "")


@pytest.mark.parametrize("say", [EN, ES], ids=interface.LANGUAGES)
def test_every_country_of_a_bundled_outlet_has_a_name(say: interface.Interface) -> None:
    texts = [
        (files(seeds) / "outlets.csv").read_text("utf-8"),
        (files(seeds) / "sample/outlets.csv").read_text("utf-8"),
    ]
    countries = {row["country"] for text in texts for row in csv.DictReader(text.splitlines())} - {""}
    assert len(countries) > 20
    assert {code for code in countries if say.country(code) == code} == set()
