"""Scores of rules: shares that can be worked out by hand, and no more certainty than the items allow."""

from __future__ import annotations

import pytest

from tasks.tagging import calibration, rules

RULES = rules.read(
    [
        {"id": "title-a", "all": ["title:a"], "level": 2},
        {"id": "title-b", "all": ["title:b"], "level": 1},
        {"id": "text", "all": ["title:a", "fact:joint-dense"], "level": 1},
        {"id": "no-rule", "all": [], "level": 0},
    ]
)


def decided(rule_id: str, relevant: int, others: int) -> list[calibration.Decision]:
    return [(rule_id, True)] * relevant + [(rule_id, False)] * others


def test_a_score_is_the_share_drawn_towards_the_mean_of_its_kind() -> None:
    fitted = calibration.fit(decided("title-a", 8, 0), RULES)
    # The kind's mean: one rule that was always right, one that knows nothing.
    assert fitted["any-by-title"].score == 0.75
    assert fitted["title-a"].score == pytest.approx((8 + 2 * 0.75) / 10)


def test_a_rule_that_decided_nothing_has_the_mean_of_its_kind() -> None:
    fitted = calibration.fit([*decided("title-a", 8, 0), *decided("text", 1, 1)], RULES)
    assert fitted["title-b"].score == fitted["any-by-title"].score > fitted["text"].score


def test_a_rule_newer_than_the_scores_has_that_of_its_kind() -> None:
    scores = {"any-by-title": 0.9, "any-by-text": 0.7, "any-excluding": 0.1, "title-a": 0.95}
    found = {rule.rule_id: rule.outcome["score"] for rule in calibration.scored(RULES, scores)}
    assert found == {"title-a": 0.95, "title-b": 0.9, "text": 0.7, "no-rule": 0.1}


def test_no_item_is_scored_with_its_own_label() -> None:
    decisions = {f"item-{n}": ("title-a", n % 2 == 0) for n in range(40)}
    before = calibration.predictions(decisions, RULES)
    for name, (rule_id, is_relevant) in decisions.items():
        changed = decisions | {name: (rule_id, not is_relevant)}
        assert calibration.predictions(changed, RULES)[name] == before[name]
