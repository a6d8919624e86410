"""What search finds, in which order, and what it leaves out."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from tests.warehouse import made
from tests.warehouse.made import Report, after
from warehouse import reference, search
from warehouse.database import Connection
from warehouse.errors import SettingsError
from warehouse.model import Outlet
from warehouse.search import Filters, Found, Term
from warehouse.store import Store

PRESS = (
    Report("oil", "Sanctions on oil exports eased", summary="Washington eases.", topic="energy", actor="pdvsa"),
    Report("oil-es", "Alivian sanciones al petróleo", language="es", outlet_id="dos", story_id="s-oil", copy_of="oil"),
    Report("fleet", "Fleet sails", summary="The United States said that sanctions stay.", at=after(days=1)),
    Report("union", "States of the union united", topic="politics", at=after(days=2)),
    Report("rain", "Sanctions on rain", topic=None),
)


@pytest.fixture(scope="module")
def press(memory: Connection) -> Connection:
    made.empty(memory)
    store = Store(memory)
    store.replace_reference(reference.tables())
    store.load(made.batch(*PRESS, outlets=(Outlet("dos", "The Two", "US", "wire"),)))
    return memory


def _find(press: Connection, *words: str, filters: Filters | None = None, limit: int = 20, without: str = "") -> Found:
    terms = search.parse(words)
    unwanted = search.parse([without] if without else [])
    return search.search(press, terms, filters or Filters(), without=unwanted, limit=limit)


def _stories(found: Found) -> list[str]:
    return [hit.story_id.removeprefix("s-") for hit in found.hits]


@pytest.mark.parametrize(
    ("words", "stories"),
    [
        (("sanctions",), ["oil", "fleet"]),
        (("SANCTIONS", "oil"), ["oil"]),
        (("petroleo",), ["oil"]),
        (("Petróleo",), ["oil"]),
        (("sanc*",), ["oil", "fleet"]),
        (("sanc",), []),
        (("united states",), ["fleet"]),
        (('"united states" said',), ["fleet"]),
        (("united", "states"), ["union", "fleet"]),
        (('"that sanct*"',), ["fleet"]),
        (("eased washington",), []),
        (("rain",), []),
    ],
)
def test_words_beginnings_and_phrases_find_the_stories_that_hold_them(
    press: Connection, words: tuple[str, ...], stories: list[str]
) -> None:
    assert _stories(_find(press, *words)) == stories


def test_a_word_in_the_headline_counts_more_than_one_in_the_summary(press: Connection) -> None:
    first, second = _find(press, "sanctions").hits
    assert (first.article_id, second.article_id, first.score > second.score) == ("a-oil", "a-fleet", True)


def test_a_story_is_found_once_with_the_article_that_matches_best(press: Connection) -> None:
    (hit,) = _find(press, "sanciones").hits
    assert (hit.story_id, hit.article_id, hit.headline) == ("s-oil", "a-oil-es", "Sanctions on oil exports eased")
    assert (hit.article_count, hit.outlet_count, hit.languages) == (2, 2, ["en", "es"])


@pytest.mark.parametrize(
    ("filters", "stories"),
    [
        (Filters(topics=("energy",)), ["oil"]),
        (Filters(topics=("energy", "politics")), ["union", "oil"]),
        (Filters(actors=("Pdvsa",)), ["oil"]),
        (Filters(outlets=("the two",)), ["oil"]),
        (Filters(languages=("es",)), ["oil"]),
        (Filters(since=datetime(2026, 1, 5)), ["union"]),
        (Filters(until=datetime(2026, 1, 4, 6)), ["oil"]),
    ],
)
def test_filters_choose_among_the_articles_and_need_no_words(
    press: Connection, filters: Filters, stories: list[str]
) -> None:
    assert _stories(_find(press, filters=filters)) == stories


def test_words_that_are_not_wanted_leave_out_what_holds_them(press: Connection) -> None:
    assert _stories(_find(press, "sanctions", without="united states")) == ["oil"]


def test_the_limit_is_of_stories_and_all_of_them_are_counted(press: Connection) -> None:
    found = _find(press, "sanctions", limit=1)
    assert (_stories(found), found.story_count) == (["oil"], 2)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (Filters(topics=("sanction",)), "There is no topic 'sanction'. Did you mean sanctions"),
        (Filters(languages=("xx",)), "There is no language 'xx'."),
    ],
)
def test_a_filter_that_names_nothing_names_the_nearest(press: Connection, filters: Filters, message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        _find(press, "oil", filters=filters)


def test_a_term_without_a_word_is_refused(press: Connection) -> None:
    with pytest.raises(SettingsError, match="holds no word"):
        _find(press, "¿?")


def test_what_is_typed_is_told_apart() -> None:
    assert search.parse(["oil", "sanc*", "two words", '"a phrase" b "on and o*"']) == (
        Term("oil"),
        Term("sanc", is_prefix=True),
        Term("two words"),
        Term("a phrase"),
        Term("b"),
        Term("on and o", is_prefix=True),
    )
