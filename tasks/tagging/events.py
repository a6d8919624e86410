"""Codes the events that an item reports in its title and lead: who does what to whom, by the grammar of the clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from tasks.tagging import actors, guards, roles
from tasks.tagging.guards import Finding
from tasks.tagging.reading import Reading, Sentence
from tasks.tagging.roles import Roles
from tasks.tagging.scenes import Party, Scene, Stage, Trigger
from tasks.tagging.seedbook import Seeds
from warehouse.model import Event, Side, TextField

LEAD_SENTENCES = 2
"""Sentences of the body that are read with the title: what follows them is mostly told before."""

_BEFOREHAND = {"ASSAULT": "THREATEN", "COERCE": "THREATEN", "MOBILIZE": "THREATEN", "SANCTION": "THREATEN", "RETREAT": "CONCEDE"}
"""What announcing an act is, where that is an event of its own (codebook, section 4)."""
_OF_REPORTERS = frozenset({"news agency", "broadcaster", "newspaper"})
_TALK = frozenset({"CONSULT", "REQUEST", "AGREE"})
"""Types whose objects are only talked about: "negotiates the sale" is no sale."""


class Coder:
    """Codes events by one set of seeds."""

    def __init__(self, seeds: Seeds) -> None:
        self._seeds = seeds
        self._stage = Stage(seeds.events)
        self._sides: dict[str, Side | None] = {
            actor_id: None if actor.role in _OF_REPORTERS else actor.side for actor_id, actor in seeds.actors.items()
        }

    def code(self, item: Reading, day: date | None) -> tuple[Event, ...]:
        """The events of an item, one for each pair of sides and type; what counts as done goes before what does not."""
        named: dict[TextField, dict[int, str]] = {"title": {}, "summary": {}, "text": {}}
        for located, actor_id, _ in actors.named(item, self._seeds, day):
            named[located.field].setdefault(located.hit.start, actor_id)
        found: dict[tuple[str, str, str], Event] = {}
        for sentence in (*item.title, *item.body[:LEAD_SENTENCES]):
            for event in self._events(sentence, named[sentence.field], day):
                key = (event.source_side, event.event_type, event.target_side)
                if key not in found or (event.is_counted and not found[key].is_counted):
                    found[key] = event
        return tuple(found.values())

    def _events(self, sentence: Sentence, named: Mapping[int, str], day: date | None) -> Iterator[Event]:
        if not sentence.hits:
            return
        scene = self._stage.scene(sentence, named, self._sides)
        told: list[tuple[Trigger, Roles | None]] = []
        for trigger in scene.triggers:
            skipped = _is_talked_about(scene, trigger, told) or _is_own_plan(scene, trigger)
            read = None if skipped else roles.find(scene, trigger, told)
            told.append((trigger, read))
            if read is not None:
                yield from self._event(scene, trigger, read, day)

    def _event(self, scene: Scene, trigger: Trigger, read: Roles, day: date | None) -> Iterator[Event]:
        finding = guards.judge(scene, trigger, day)
        event_type, mode = trigger.pattern.event_type, trigger.pattern.event_mode
        if finding.guard in ("announced", "plan") and event_type in _BEFOREHAND:
            event_type, mode = _BEFOREHAND[event_type], ""
            if finding.guard == "announced" or event_type == "CONCEDE":
                finding = Finding("asserted")
        yield self._coded(scene, trigger, read.source, read.target, read.construction, event_type, mode, finding, day)
        if read.construction == "together":
            yield self._coded(scene, trigger, read.target, read.source, read.construction, event_type, mode, finding, day)

    def _coded(self, scene, trigger, source: Party, target: Party, construction, event_type, mode, finding, day) -> Event:
        return Event(
                source.actor_id, source.side, event_type, mode, target.actor_id, target.side,
                self._seeds.weights[event_type, mode], finding.status, 0.5,
                (scene.evidence(trigger.pattern.pattern_id, trigger.start, trigger.end),
                 scene.evidence("source", source.start, source.end), scene.evidence("target", target.start, target.end)),
                f"{trigger.pattern.pattern_id}/{construction}", day, trigger.pattern.is_reciprocal, finding.guard)


def _is_talked_about(scene: Scene, trigger: Trigger, told) -> bool:
    if not trigger.is_noun or not told:
        return False
    last, read = told[-1]
    return read is not None and last.pattern.event_type in _TALK and not last.is_noun and trigger.start - last.end < 40


def _is_own_plan(scene: Scene, trigger: Trigger) -> bool:
    """Whether a verb of asking tells what somebody wants to do himself: "seeks to control"."""
    return trigger.pattern.event_type == "REQUEST" and scene.text.startswith(" to ", trigger.end)
