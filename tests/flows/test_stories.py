"""Copies and stories through whole passes: one event is one story, whatever the outlet, wording and language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flows import checking
from flows.passes import Pass
from tests.publisher import Publisher, rss
from warehouse.settings import Settings

Poll = Callable[..., Pass]
Ask = Callable[[str], list[tuple[Any, ...]]]

ENGLISH = ("call", "Trump and Maduro spoke by phone last week, officials say")
SPANISH = ("llamada", "Trump y Maduro hablaron por teléfono la semana pasada, según funcionarios")
OTHER = ("oil", "US judge approves sale of Venezuela-owned refiner Citgo")

TEXT = (
    "The United States has added the Cartel de los Soles to its list of foreign terrorist organisations, a step that "
    "officials in Washington said would allow prosecutors to charge anyone who gives support to the group, which they "
    "say is led by Venezuelan President Nicolas Maduro. Caracas called the listing an invention and denied that the "
    "group exists. The measure was announced last week and took effect on Monday."
)


def _agency(site: str, title: str, text: str) -> bytes:
    return rss([("soles", title)], site=site).replace(b"About: " + title.encode(), text.encode())


def test_reports_of_one_event_in_two_languages_are_one_story(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["en.xml"] = rss([ENGLISH, OTHER], site="https://courier.example")
    publisher.documents["es.xml"] = rss([SPANISH], site="https://faro.example")
    poll()
    stories = ask("SELECT article_count, languages FROM mart.stories ORDER BY article_count DESC")
    assert stories == [(2, ["en", "es"]), (1, ["en"])]


def test_an_agency_text_counts_once_however_often_it_was_printed(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["a.xml"] = _agency(
        "https://a.example", "US lists Venezuela's Cartel de los Soles as terrorists", TEXT
    )
    publisher.documents["b.xml"] = _agency(
        "https://b.example",
        "Terrorist label for Cartel de los Soles takes effect",
        f"WASHINGTON (Agency) - {TEXT[:330]}",
    )
    poll()
    assert ask("SELECT article_count, independent_count FROM mart.stories") == [(2, 1)]
    ((level, reason),) = ask("SELECT level, reason FROM core.duplicate_links WHERE level = 'copy'")
    assert (level, bool(reason)) == ("copy", True)


def test_a_report_that_comes_later_joins_the_story(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["en.xml"] = rss([ENGLISH], site="https://courier.example")
    poll()
    (before,) = ask("SELECT story_id FROM mart.stories")
    publisher.documents["es.xml"] = rss([SPANISH], site="https://faro.example")
    run = poll().run
    assert run.stories_new_count == 0
    assert ask("SELECT story_id, article_count FROM mart.stories") == [(*before, 2)]


def test_a_new_headline_leaves_an_article_in_its_story(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["en.xml"] = rss([ENGLISH, OTHER])
    poll()
    before = ask("SELECT article_id, story_id FROM core.articles ORDER BY ALL")
    publisher.documents["en.xml"] = rss([("call", "White House: Trump talked to Venezuela's Maduro"), OTHER])
    poll()
    assert ask("SELECT article_id, story_id FROM core.articles ORDER BY ALL") == before


def test_laws_hold_after_stories_grew(publisher: Publisher, poll: Poll, settings: Settings) -> None:
    publisher.documents["en.xml"] = rss([ENGLISH, OTHER], site="https://courier.example")
    poll()
    publisher.documents["es.xml"] = rss([SPANISH], site="https://faro.example")
    publisher.documents["a.xml"] = _agency(
        "https://a.example", "US lists Venezuela's Cartel de los Soles as terrorists", TEXT
    )
    poll()
    assert [finding.law.name for finding in checking.check(settings) if not finding.holds] == []
