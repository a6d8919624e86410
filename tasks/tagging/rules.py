"""The form of the rules in the seeds: conditions over what was found in an item, and the version they make up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

T = TypeVar("T")

SCOPES = frozenset({"title", "lead", "joint", "core", "aside", "full", "item", "fact"})
"""Where a condition looks for its words; `fact` is for what is measured instead."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule holds when each of `wanted` finds one of its alternatives, and none of `barred` is there, in its time."""

    rule_id: str
    wanted: tuple[tuple[str, ...], ...]
    barred: tuple[str, ...]
    since: date
    until: date
    outcome: Mapping[str, Any]


def read(tables: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules from their tables in a seed file. A condition is a signal, or several with "|" between them."""
    return tuple(_rule(table) for table in tables)


def _rule(table: Mapping[str, Any]) -> Rule:
    return Rule(
        rule_id=table.get("id") or table.get("topic", ""),
        wanted=tuple(_alternatives(condition) for condition in table["all"]),
        barred=tuple(name for condition in table.get("none", ()) for name in _alternatives(condition)),
        since=table.get("since", date.min),
        until=table.get("until", date.max),
        outcome=table,
    )


def _alternatives(condition: str) -> tuple[str, ...]:
    """The names in `title:a|b|lead:c`, which are title:a, title:b and lead:c: a scope holds until the next."""
    names, scope = [], ""
    for part in condition.split("|"):
        head, _, rest = part.partition(":")
        scope, name = (head, rest) if head in SCOPES else (scope, part)
        names.append(f"{scope}:{name}")
    return tuple(names)


def holding(rule: Rule, signals: Mapping[str, T], day: date | None) -> list[T] | None:
    """What a rule rests on, a value for each of its conditions, or None where it does not hold.

    An item without a date is judged as if every rule were in its time.
    """
    if day is not None and not rule.since <= day <= rule.until:
        return None
    if any(name in signals for name in rule.barred):
        return None
    found = []
    for alternatives in rule.wanted:
        name = next((name for name in alternatives if name in signals), None)
        if name is None:
            return None
        found.append(signals[name])
    return found
