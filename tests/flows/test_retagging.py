"""Labelling anew: what is gained and lost is told first, and stored only when asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from flows import checking, passes, retagging
from flows.passes import Pass
from tests.publisher import Publisher, rss
from warehouse import database
from warehouse.settings import Settings

Poll = Callable[..., Pass]
Ask = Callable[[str], list[tuple[Any, ...]]]

LABELS = (
    "SELECT article_id, title, relevance_level, relevance_score, relevance_evidence, language, rules_version "
    "FROM core.articles ORDER BY ALL",
    "FROM core.article_topics ORDER BY ALL",
    "FROM core.article_actors ORDER BY ALL",
    "FROM core.events ORDER BY ALL",
    "FROM core.article_vectors ORDER BY ALL",
    "FROM core.stories ORDER BY ALL",
)
# What other rules would have said: the call is no news, the weather is.
OTHER_RULES = """
    UPDATE core.articles SET relevance_level = 0, is_relevant = false, relevance_evidence = [], rules_version = 'old'
    WHERE title LIKE 'Trump%';
    DELETE FROM core.article_topics; DELETE FROM core.article_actors; DELETE FROM core.events;
    DELETE FROM core.article_bands; DELETE FROM core.article_vectors;
    UPDATE core.articles SET relevance_level = 2, is_relevant = true, rules_version = 'old' WHERE title LIKE 'Rain%';
    INSERT INTO core.article_topics SELECT article_id, 'region', [], 'old' FROM core.articles WHERE title LIKE 'Rain%';
    UPDATE core.articles SET rules_version = 'old';
    UPDATE core.stories SET is_relevant = NOT is_relevant WHERE headline NOT LIKE 'Goats%';
"""


@pytest.fixture
def labelled(publisher: Publisher, poll: Poll, ask: Ask) -> list[Any]:
    """Three articles are stored; their labels by the present rules."""
    items = [("call", "Trump and Maduro speak by phone"), ("rain", "Rain in Lisbon"), ("goats", "Goats win a prize")]
    publisher.documents["a.xml"] = rss(items)
    poll()
    return [ask(query) for query in LABELS]


@pytest.fixture
def outdated(labelled: list[Any], settings: Settings) -> list[Any]:
    """The same, now labelled by other rules; the labels by the present ones."""
    with database.writing(settings.warehouse_path) as connection:
        connection.execute(OTHER_RULES)
    passes.PLAIN.publish(settings)
    return labelled


def test_what_the_present_rules_said_already_changes_nothing(labelled: list[Any], settings: Settings) -> None:
    found = retagging.retag(settings)
    assert (found.article_count, found.changed_count, found.outdated_count) == (3, 0, 0)


def test_gains_and_losses_are_told_with_titles_and_nothing_is_stored(
    outdated: list[Any], settings: Settings, ask: Ask
) -> None:
    before = ask(LABELS[0])
    found = retagging.retag(settings)
    assert (found.gained_count, found.lost_count, found.outdated_count) == (1, 1, 3)
    assert [(e.title, e.old_level, e.new_level) for e in (*found.gained, *found.lost)] == [
        ("Trump and Maduro speak by phone", 0, 2),
        ("Rain in Lisbon", 2, 0),
    ]
    assert (found.topics_gained["diplomacy"], found.topics_lost["region"]) == (1, 1)
    assert (found.events_gained, found.events_lost) == ({"CONSULT": 1}, {})
    assert ask(LABELS[0]) == before
    assert "--apply" in list(retagging.lines(found))[-1]


def test_applied_the_labels_are_those_of_a_pass_by_the_present_rules(
    outdated: list[Any], settings: Settings, ask: Ask
) -> None:
    retagging.retag(settings, apply=True)
    assert [ask(query) for query in LABELS] == outdated
    assert [finding.law.name for finding in checking.check(settings) if not finding.holds] == []
    assert ask("SELECT status FROM raw.runs WHERE flow = 'replay'") == [("completed",)]


def test_applying_twice_changes_nothing_more(outdated: list[Any], settings: Settings, ask: Ask) -> None:
    retagging.retag(settings, apply=True)
    again = retagging.retag(settings, apply=True)
    assert (again.changed_count, again.outdated_count) == (0, 0)
    assert [ask(query) for query in LABELS] == outdated


def test_what_was_interrupted_is_completed_by_doing_it_again(
    outdated: list[Any], settings: Settings, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.relabelling.PORTION", 1)

    def interrupt(line: str) -> None:
        if line.startswith("2 "):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retagging.retag(settings, apply=True, progress=interrupt)
    assert retagging.retag(settings, apply=True).outdated_count == 2
    assert [ask(query) for query in LABELS] == outdated


def test_since_leaves_older_articles_as_they_are(outdated: list[Any], settings: Settings) -> None:
    assert retagging.retag(settings, since=datetime(2025, 11, 25, tzinfo=UTC)).article_count == 0
    assert retagging.retag(settings, since=datetime(2025, 11, 24, tzinfo=UTC)).article_count == 3


def test_several_processes_say_what_one_says(
    outdated: list[Any], settings: Settings, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.relabelling.PORTION", 1)
    monkeypatch.setattr(retagging, "WORTH_WORKERS", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    retagging.retag(settings, apply=True)
    assert [ask(query) for query in LABELS] == outdated
