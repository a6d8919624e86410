"""Codes the events that an item reports in its title and lead: who does what to whom, by the grammar of the clause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from tasks.tagging import guards, patterns, roles
from tasks.tagging.actors import Named
from tasks.tagging.guards import Finding
from tasks.tagging.reading import Reading
from tasks.tagging.roles import Roles, Told
from tasks.tagging.scenes import Party, Scene, Stage, Trigger
from tasks.tagging.seedbook import Seeds
from warehouse.model import Event, Side, TextField

LEAD_SIGNS = 700
"""Sentences of the body that begin so soon, in signs, are read with the title: what follows was mostly told before."""

_BEFOREHAND = {
    **dict.fromkeys(("ASSAULT", "COERCE", "MOBILIZE", "SANCTION"), "THREATEN"),
    "RETREAT": "CONCEDE",
    "COOPERATE": "AGREE",
    "AID": "AGREE",
}
"""What it is to announce or promise an act of a type (codebook, section 4)."""

_REPORTERS = frozenset({"news agency", "broadcaster", "newspaper"})
"""Roles of actors that tell of events and are no party to them."""

_TALK = frozenset({"CONSULT", "REQUEST", "AGREE"})
"""Types whose objects are only talked about: who negotiates a sale sells nothing yet."""


@dataclass(frozen=True, slots=True)
class _Act:
    """What a trigger was read as: its type and mode once guards have spoken, and its day."""

    event_type: str
    event_mode: str
    finding: Finding
    day: date | None


class Coder:
    """Codes events by one set of seeds. It holds no state: equal items get equal events."""

    def __init__(self, seeds: Seeds) -> None:
        self._weights = seeds.weights
        self._confidence = seeds.events.confidence
        self.stage = Stage(seeds.events)
        self._sides: dict[str, Side | None] = {
            actor_id: None if actor.role in _REPORTERS else actor.side for actor_id, actor in seeds.actors.items()
        }

    def code(self, item: Reading, names: Iterable[Named], day: date | None) -> tuple[Event, ...]:
        """The events of an item, one for each pair of sides and type: one that counts before one that is only told."""
        places = _places(names)
        found: dict[tuple[str, str, str], Event] = {}
        known = None
        for sentence in (*item.title, *(one for one in item.body if one.start < LEAD_SIGNS)):
            if not sentence.hits:
                continue
            scene = replace(self.stage.scene(sentence, places[sentence.field], self._sides), known=known)
            known = scene.protagonist
            for event in self.read(scene, day):
                key = (event.source_side, event.event_type, event.target_side)
                if key not in found or _standing(event) > _standing(found[key]):
                    found[key] = event
        return tuple(found.values())

    def read(self, scene: Scene, day: date | None) -> Iterator[Event]:
        """The events of one sentence, in order."""
        told: list[tuple[Trigger, Roles | None]] = []
        for trigger in scene.triggers:
            is_nothing = _is_talked_about(scene, trigger, told) or _is_own_wish(scene, trigger)
            read = None if is_nothing else roles.find(scene, trigger, told, day)
            told.append((trigger, read))
            if read is not None:
                yield from self._coded(scene, trigger, read, day)

    def _coded(self, scene: Scene, trigger: Trigger, read: Roles, day: date | None) -> Iterator[Event]:
        act = _act(scene, trigger, guards.judge(scene, trigger, day), day)
        yield self._event(scene, trigger, read.construction, (read.source, read.target), act)
        for fellow in roles.fellows(scene, read.target):
            if fellow.side != read.source.side:
                yield self._event(scene, trigger, read.construction, (read.source, fellow), act)
        if read.construction == roles.TOGETHER and act.event_type != "CONSULT":
            yield self._event(scene, trigger, read.construction, (read.target, read.source), act)

    def _event(
        self, scene: Scene, trigger: Trigger, construction: str, parties: tuple[Party, Party], act: _Act
    ) -> Event:
        source, target = parties
        return Event(
            source_actor_id=source.actor_id,
            source_side=source.side,
            event_type=act.event_type,
            event_mode=act.event_mode,
            target_actor_id=target.actor_id,
            target_side=target.side,
            weight=self._weights[act.event_type, act.event_mode],
            status=act.finding.status,
            confidence=self._confidence[construction],
            evidence=(
                scene.evidence(trigger.pattern.pattern_id, trigger.start, trigger.end),
                scene.evidence("source", source.start, source.end),
                scene.evidence("target", target.start, target.end),
            ),
            pattern_id=f"{trigger.pattern.pattern_id}/{construction}",
            event_date=act.day,
            is_reciprocal=trigger.pattern.is_reciprocal,
            guard=act.finding.guard,
            is_aftermath=act.finding.is_aftermath,
        )


def _standing(event: Event) -> tuple[bool, bool]:
    return event.is_counted, event.is_told


def _places(names: Iterable[Named]) -> dict[TextField, dict[int, str]]:
    """Which actor is named at an offset of a field."""
    places: dict[TextField, dict[int, str]] = {"title": {}, "summary": {}, "text": {}}
    for name in names:
        places[name.located.field].setdefault(name.located.hit.start, name.actor_id)
    return places


def _act(scene: Scene, trigger: Trigger, finding: Finding, day: date | None) -> _Act:
    """An announced act is a threat or a promise, which is made in full; a plan of force stays a plan.

    Who rejects an act of force condemns it.
    """
    pattern = trigger.pattern
    if pattern.event_type == "REJECT" and not (trigger.is_noun or pattern.then) and roles.condemned(scene, trigger):
        return _Act("ACCUSE", "", finding, day)
    before = _BEFOREHAND.get(pattern.event_type)
    if finding.guard == guards.ASSENT or (before is not None and finding.guard == guards.ANNOUNCED):
        return _Act(before or "AGREE", "", Finding("asserted"), day)
    if before == "THREATEN" and finding.guard == guards.PLAN:
        return _Act(before, "", finding, day)
    return _Act(pattern.event_type, pattern.event_mode, finding, day)


def _is_talked_about(scene: Scene, trigger: Trigger, told: Told) -> bool:
    """Whether an act is only what a verb of talk is about: "negotiates a sale", but not "agree amid threats"."""
    if not (trigger.is_noun or trigger.kind == "gerund") or not told:
        return False
    last, read = told[-1]
    is_apart = guards.PARTING & set(scene.text[last.end : trigger.start].split())
    is_object = not last.is_noun and not is_apart and trigger.start - last.end < patterns.OBJECT_REACH
    return read is not None and is_object and last.pattern.event_type in _TALK


def _is_own_wish(scene: Scene, trigger: Trigger) -> bool:
    """Whether a verb of asking tells what somebody wants to do himself: "seeks to control"."""
    return trigger.pattern.event_type == "REQUEST" and scene.text.startswith(" to ", trigger.end)
