"""Which topics a relevant item has, by the words of its title, its lead and the sentences where both sides meet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tasks.tagging import rules
from tasks.tagging.relevance import Signals
from tasks.tagging.rules import Rule
from tasks.tagging.seedbook import Seeds
from warehouse.model import Evidence, TopicLabel


def label(found: Signals, seeds: Seeds, day: date | None) -> tuple[TopicLabel, ...]:
    """The topics in the order of the catalogue; the fallback where no rule holds."""
    evidence = _evidence(seeds.topic_rules, found, day)
    if not evidence:
        return (TopicLabel(seeds.fallback_topic, ()),)
    return tuple(TopicLabel(topic, tuple(evidence[topic])) for topic in seeds.topics if topic in evidence)


def _evidence(topic_rules: Sequence[Rule], found: Signals, day: date | None) -> dict[str, dict[Evidence, None]]:
    """The words of every rule that holds, by its topic."""
    evidence: dict[str, dict[Evidence, None]] = {}
    for rule in topic_rules:
        grounds = rules.holding(rule, found, day)
        if grounds is not None:
            words = (located.evidence() for ground in grounds for located in ground)
            evidence.setdefault(rule.outcome["topic"], {}).update(dict.fromkeys(words))
    return evidence
