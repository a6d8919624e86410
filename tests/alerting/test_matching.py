"""What rules find: pure, from facts made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.alerting import matching
from tasks.alerting.matching import Facts, Finding
from tasks.alerting.rules import Book
from warehouse.model import Act, Change, Pulse, Silence, Story

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
STORY = Story(
    story_id="s1",
    headline="Narcolancha hundida frente a Venezuela",
    url="https://uno.example/1",
    outlets=("Uno", "Dos", "Tres", "Cuatro"),
    independent_count=2,
    level=1,
    topics=frozenset({"military"}),
    actors=frozenset({"pete-hegseth"}),
    acts=frozenset({Act("ASSAULT", "US", "VE")}),
    texts=("Narcolancha hundida frente a Venezuela\nEl Pentágono habló", "Boat strike\n"),
)
FLAT = Pulse(report_count=9, outlet_count=3, baseline=(2, 1, 3, 2, 2, 1, 2))


def find(facts: Facts, **rule: Any) -> tuple[Finding, ...]:
    book = Book.model_validate({"rules": [{"name": "r", **rule}]})
    return matching.find(book, facts, now=NOW, last_raised={})


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"kind": "keyword", "words": ["pentagono"]}, True),
        ({"kind": "keyword", "words": ["BOAT  strike"]}, True),
        ({"kind": "keyword", "words": ["narco"]}, False),
        ({"kind": "keyword", "words": ["narco*"]}, True),
        ({"kind": "keyword", "words": ["a.c*"]}, False),
        ({"kind": "topic", "topics": ["military"]}, True),
        ({"kind": "topic", "topics": ["sanctions"]}, False),
        ({"kind": "topic", "topics": ["military"], "level": 2}, False),
        ({"kind": "topic", "topics": ["military"], "min_outlets": 2}, True),
        ({"kind": "topic", "topics": ["military"], "min_outlets": 3}, False),
        ({"kind": "actor", "actors": ["pete-hegseth"]}, True),
        ({"kind": "event", "types": ["ASSAULT"]}, True),
        ({"kind": "event", "types": ["ASSAULT"], "source": "US", "target": "VE"}, True),
        ({"kind": "event", "types": ["ASSAULT"], "source": "VE"}, False),
        ({"kind": "event", "types": ["SANCTION"]}, False),
    ],
)
def test_a_story_is_found_by_what_the_rule_names_alone(rule: dict[str, Any], holds: bool) -> None:
    assert bool(find(Facts(stories=(STORY,)), **rule)) is holds


def test_an_irrelevant_story_is_found_only_by_words_that_ask_for_everything() -> None:
    facts = Facts(stories=(replace(STORY, level=0),))
    assert not find(facts, kind="keyword", words=["boat"])
    assert find(facts, kind="keyword", words=["boat"], everything=True)


def test_an_alert_is_one_line_with_the_outlets_whatever_the_headline_holds() -> None:
    hostile = replace(STORY, headline="Buy\r\nBcc: all@example.org \x1b[31m" + "x" * 500)
    (found,) = find(Facts(stories=(hostile,)), kind="topic", topics=["military"])
    assert found.text.isprintable()
    assert len(found.text) < 260
    assert found.text.endswith("(Uno, Dos, Tres and 1 more)")


def test_a_headline_is_told_of_the_outlets_that_were_chosen() -> None:
    change = Change("s1", "uno", "Uno", "Talks fail", "Talks go on", "https://uno.example/1", NOW)
    (found,) = find(Facts(changes=(change, replace(change, outlet_id="dos"))), kind="headline", outlets=["uno"])
    assert found.text == "Uno changed “Talks fail” to “Talks go on”"
    assert found.story_id == "s1"


def test_a_feed_is_dark_after_its_hours_and_each_time_anew() -> None:
    silence = Silence("uno", "Uno", "failing", "uno.example answers 500.", NOW - timedelta(hours=25))
    later = replace(silence, since=NOW - timedelta(hours=23))
    (found,) = find(Facts(silences=(silence, later)), kind="dark")
    assert found.text == "uno (Uno) has not answered since 2026-01-09 11:00 UTC: uno.example answers 500."
    assert not find(Facts(silences=(silence,)), kind="dark", feeds=["dos"])
    again = find(Facts(silences=(later,)), kind="dark", hours=1)
    assert again[0].subject != found.subject


def test_a_spike_stands_out_has_enough_reports_and_two_outlets() -> None:
    def spikes(pulse: Pulse) -> bool:
        return bool(find(Facts(pulses={"r": pulse}), kind="spike"))

    assert spikes(FLAT)
    assert not spikes(replace(FLAT, outlet_count=1))
    assert not spikes(replace(FLAT, report_count=7, baseline=(0,) * 7))
    assert not spikes(replace(FLAT, report_count=6))
    assert not spikes(replace(FLAT, baseline=FLAT.baseline[:6]))
    assert not spikes(replace(FLAT, baseline=(9, 2, 7, 11, 3, 8, 12)))


def test_one_odd_day_in_the_past_hides_no_spike() -> None:
    assert matching.excess(replace(FLAT, baseline=(*FLAT.baseline, 500))) == matching.excess(FLAT)


@given(st.lists(st.integers(0, 200), min_size=7, max_size=40), st.integers(0, 400), st.integers(0, 100))
def test_more_reports_are_never_less_of_a_spike(baseline: list[int], count: int, more: int) -> None:
    pulse = Pulse(count, 2, tuple(baseline))
    fewer, greater = matching.excess(pulse), matching.excess(replace(pulse, report_count=count + more))
    assert fewer is not None
    assert greater is not None
    assert fewer <= greater


def test_a_spike_is_told_once_in_a_day() -> None:
    book = Book.model_validate({"rules": [{"name": "r", "kind": "spike"}]})
    facts = Facts(pulses={"r": FLAT})
    for hours, count in ((23, 0), (24, 1)):
        found = matching.find(book, facts, now=NOW, last_raised={"r": NOW - timedelta(hours=hours)})
        assert len(found) == count


def test_what_was_told_is_not_told_again_and_each_channel_has_its_own_alert() -> None:
    found = find(Facts(stories=(STORY,)), kind="topic", topics=["military"], channels=["mail", "desk"])
    new = matching.alerts([*found, *found], told=(), now=NOW)
    assert [(alert.channel, alert.status) for alert in new] == [("mail", "pending"), ("desk", "pending")]
    assert len({alert.alert_id for alert in new}) == 2
    assert not matching.alerts(found, told={("r", "s1")}, now=NOW)
