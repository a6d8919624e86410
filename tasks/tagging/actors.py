"""Finds the actors of a relevant item: names of the gazetteer, and offices read by the day of the report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tasks.tagging.reading import Located, Reading
from tasks.tagging.seedbook import OFFICE, Seeds, Tenure
from warehouse.model import Mention

MAX_MENTIONS = 200
"""Mentions kept of one item: enough for any article, a bound for what is not one."""


def mentions(item: Reading, seeds: Seeds, day: date | None) -> tuple[Mention, ...]:
    """Every actor's first mention in each field, in the order of the text; a longer name hides those inside it."""
    seen: dict[tuple[str, str], Mention] = {}
    for located, actor_id, role in named(item, seeds, day):
        seen.setdefault((actor_id, located.field), _mention(actor_id, role, located))
    return tuple(seen.values())[:MAX_MENTIONS]


def named(item: Reading, seeds: Seeds, day: date | None) -> Iterator[tuple[Located, str, str]]:
    """Every name of an actor in an item, with the actor it means on the day and the actor's role."""
    for located in _outermost(item):
        meant = _meant(located.hit.term.target or "", seeds, day)
        if meant is not None:
            yield located, *meant


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


def _meant(target: str, seeds: Seeds, day: date | None) -> tuple[str, str] | None:
    """The actor that a name or an office means on a day, with the actor's role; an office needs a day."""
    if not target.startswith(OFFICE):
        return target, _role(target, seeds, day)
    office_id = target.removeprefix(OFFICE)
    return next(((t.actor_id, t.role) for t in _held(seeds, day) if t.office_id == office_id), None)


def _role(actor_id: str, seeds: Seeds, day: date | None) -> str:
    """The first office of the list that an actor held on a day, else what the gazetteer says the actor is."""
    return next((t.role for t in _held(seeds, day) if t.actor_id == actor_id), seeds.actors[actor_id].role)


def _held(seeds: Seeds, day: date | None) -> Iterator[Tenure]:
    yield from (tenure for tenure in seeds.tenures if day is not None and tenure.covers(day))


def _mention(actor_id: str, role: str, located: Located) -> Mention:
    evidence = located.evidence()
    return Mention(actor_id, role, evidence.text, evidence.field, evidence.start)
