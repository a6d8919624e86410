"""Sets of things that are joined by pairs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

Thing = TypeVar("Thing", bound=Hashable)


def components(pairs: Iterable[tuple[Thing, Thing]]) -> list[set[Thing]]:
    """The connected sets of what the pairs name, in no particular order."""
    parent: dict[Thing, Thing] = {}

    def top(thing: Thing) -> Thing:
        parent.setdefault(thing, thing)
        while parent[thing] != thing:
            parent[thing] = parent[parent[thing]]
            thing = parent[thing]
        return thing

    for one, other in pairs:
        parent[top(one)] = top(other)
    found: dict[Thing, set[Thing]] = {}
    for thing in parent:
        found.setdefault(top(thing), set()).add(thing)
    return list(found.values())
