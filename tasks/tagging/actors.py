"""Finds the actors of a relevant item: names of the gazetteer, and offices read by the day of the report."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tasks.tagging.reading import Located, Reading
from tasks.tagging.seedbook import OFFICE, Actor, Seeds, Tenure
from warehouse.model import Mention

MAX_MENTIONS = 200
"""Mentions kept of one item: enough for any article, a bound for what is not one."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name in an item, the actor it means on the item's day, and the actor's role on that day."""

    located: Located
    actor_id: str
    role: str


@dataclass(frozen=True, slots=True)
class _Offices:
    """Who holds which office on a day, and the first office that each actor holds."""

    holders: Mapping[str, Tenure]
    roles: Mapping[str, str]


class Gazetteer:
    """The actors of one set of seeds, and what their names mean on a day."""

    def __init__(self, seeds: Seeds) -> None:
        self._actors: Mapping[str, Actor] = seeds.actors
        self._tenures = seeds.tenures
        self._on = functools.lru_cache(maxsize=4_000)(self._offices)

    def named(self, item: Reading, day: date | None) -> tuple[Named, ...]:
        """Every name of an actor, in the order of the text; a longer name hides those inside it."""
        return tuple(self._meant(item, self._on(day)))

    def _meant(self, item: Reading, offices: _Offices) -> Iterator[Named]:
        for located in _outermost(item):
            target = located.hit.term.target or ""
            if not target.startswith(OFFICE):
                yield Named(located, target, offices.roles.get(target) or self._actors[target].role)
            elif (tenure := offices.holders.get(target.removeprefix(OFFICE))) is not None:
                yield Named(located, tenure.actor_id, tenure.role)

    def _offices(self, day: date | None) -> _Offices:
        """The offices held on a day; none where no day is known."""
        held = [tenure for tenure in self._tenures if day is not None and tenure.covers(day)]
        # The first of the list wins, so it is written last.
        return _Offices(
            {tenure.office_id: tenure for tenure in reversed(held)},
            {tenure.actor_id: tenure.role for tenure in reversed(held)},
        )


def mentions(names: Iterable[Named]) -> tuple[Mention, ...]:
    """Every actor's first mention in each field, in the order of the text."""
    seen: dict[tuple[str, str], Mention] = {}
    for name in names:
        seen.setdefault((name.actor_id, name.located.field), _mention(name))
    return tuple(seen.values())[:MAX_MENTIONS]


def _outermost(item: Reading) -> Iterator[Located]:
    """The names that no longer name covers, and that have beside them what they need to be understood."""
    sentences = (*item.title, *item.body)
    present = {name for sentence in sentences for found in sentence.hits for name in found.hit.term.classes}
    for sentence in sentences:
        reached = -1
        for located in sentence.hits:
            term = located.hit.term
            is_understood = not term.needs or not term.needs.isdisjoint(present)
            if term.target is not None and is_understood and located.hit.end > reached:
                reached = located.hit.end
                yield located


def _mention(name: Named) -> Mention:
    evidence = name.located.evidence()
    return Mention(name.actor_id, name.role, evidence.text, evidence.field, evidence.start)
