"""What the score of a relevance rule means: the share of relevant ones among the items that the rule decides.

The share is counted on labelled items, and drawn by two items towards the mean of its kind of rule, so that a rule
that decided few is not taken to be certain. A rule that decided none has the mean itself. Where the rules were written
with the same items in view, scores are as much too sure as the rules are better there than elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.tagging.rules import Rule

UNREAD = "unread"
"""Stands in the place of a rule where no word of an item can mean Venezuela."""

_OF_THE_TITLE = ("title:", "fact:third-first", "fact:venezuelan-outlet")
DRAWN_BY = 2
FOLDS = 5

Decision = tuple[str, bool]
"""The rule that decided an item, and whether the item is relevant."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """How many labelled items a rule decided, how many of them are relevant, and the score that follows."""

    items: int
    relevant: int
    score: float


def scored(ordered: Iterable[Rule], scores: Mapping[str, float]) -> tuple[Rule, ...]:
    """Rules with their scores; one that is newer than the scores has those of its kind."""
    return tuple(
        replace(rule, outcome={**rule.outcome, "score": scores.get(rule.rule_id, scores[kind(rule)])})
        for rule in ordered
    )


def kind(rule: Rule) -> str:
    """Rules of a kind err alike: those that exclude, those that rest on the title, those that need more of the text."""
    if not rule.outcome["level"]:
        return "any-excluding"
    names = [name for alternatives in rule.wanted for name in alternatives]
    return "any-by-title" if all(name.startswith(_OF_THE_TITLE) for name in names) else "any-by-text"


def fit(decisions: Iterable[Decision], ordered: Sequence[Rule]) -> dict[str, Fitted]:
    """The scores of all rules, of each kind, and of what is not read."""
    counts: dict[str, Counter[bool]] = {}
    for rule_id, is_relevant in decisions:
        counts.setdefault(rule_id, Counter())[is_relevant] += 1
    means = {
        name: _mean_of_rules([counts[rule.rule_id] for rule in rules if rule.rule_id in counts])
        for name, rules in _by_kind(ordered).items()
    }
    fitted = {UNREAD: _fitted(counts.get(UNREAD, Counter()), 0.0)}
    fitted |= {name: Fitted(0, 0, round(mean, 3)) for name, mean in means.items()}
    for rule in ordered:
        fitted[rule.rule_id] = _fitted(counts.get(rule.rule_id, Counter()), means[kind(rule)])
    return fitted


def _by_kind(ordered: Iterable[Rule]) -> dict[str, list[Rule]]:
    kinds: dict[str, list[Rule]] = {}
    for rule in ordered:
        kinds.setdefault(kind(rule), []).append(rule)
    return kinds


def _mean_of_rules(counts: Sequence[Counter[bool]]) -> float:
    """The mean share of relevant ones over rules, however many items each decided, and one that knows nothing."""
    return (sum(count[True] / count.total() for count in counts) + 0.5) / (len(counts) + 1)


def _fitted(count: Counter[bool], mean: float) -> Fitted:
    score = (count[True] + DRAWN_BY * mean) / (count.total() + DRAWN_BY)
    return Fitted(count.total(), count[True], round(score, 3))


def predictions(decisions: Mapping[str, Decision], ordered: Sequence[Rule]) -> dict[str, float]:
    """The score of each item by its id, fitted on the other four fifths of the items."""
    found: dict[str, float] = {}
    for fold in range(FOLDS):
        others = [decision for item_id, decision in decisions.items() if _fold(item_id) != fold]
        scores = fit(others, ordered)
        found |= {
            item_id: scores[rule_id].score for item_id, (rule_id, _) in decisions.items() if _fold(item_id) == fold
        }
    return found


def _fold(item_id: str) -> int:
    return int(hashlib.sha256(item_id.encode()).hexdigest(), 16) % FOLDS
