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
    """Every actor's first mention in each field, in the order of the text, longer names before those inside them."""
    present = {name for sentence in (*item.title, *item.body) for found in sentence.hits for name in found.hit.term.classes}
    seen: dict[tuple[str, str], Mention] = {}
    for located in _outermost(item, present):
        actor_id = _actor_id(located.hit.term.target or "", seeds, day)
        if actor_id is not None:
            seen.setdefault((actor_id, located.field), _mention(actor_id, located, seeds, day))
    return tuple(seen.values())[:MAX_MENTIONS]


def _outermost(item: Reading, present: set[str]) -> Iterator[Located]:
    for sentence in (*item.title, *item.body):
        reached = -1
        for located in sentence.hits:
            term = located.hit.term
            if term.target is None or located.hit.end <= reached or (term.needs and term.needs.isdisjoint(present)):
                continue
            reached = located.hit.end
            yield located


def _actor_id(target: str, seeds: Seeds, day: date | None) -> str | None:
    """Who a name or an office means on a day; an office on an unknown day means nobody for certain."""
    if not target.startswith(OFFICE):
        return target
    tenure = next((t for t in seeds.tenures if t.office_id == target.removeprefix(OFFICE) and day and t.covers(day)), None)
    return None if tenure is None else tenure.actor_id


def _mention(actor_id: str, located: Located, seeds: Seeds, day: date | None) -> Mention:
    evidence = located.evidence()
    return Mention(actor_id, _role(actor_id, seeds, day), evidence.text, evidence.field, evidence.start)


def _role(actor_id: str, seeds: Seeds, day: date | None) -> str:
    """The office an actor held on a day, else what the gazetteer says the actor is."""
    held: list[Tenure] = [t for t in seeds.tenures if t.actor_id == actor_id and day and t.covers(day)]
    return held[-1].role if held else seeds.actors[actor_id].role
