"""Who acts and who is acted on: the grammar of a clause, active and passive, of verbs and of nouns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tasks.tagging import grammar
from tasks.tagging.scenes import Party, Scene, Trigger

TOGETHER = "together"
OBJECT_REACH = 40
"""How far, in signs, the object of a verb of talk reaches."""

FORCIBLE = frozenset({"ASSAULT", "COERCE", "SANCTION", "RETREAT", "MOBILIZE", "AID", "THREATEN"})
"""Types in which a thing or a group can stand for the side that is acted on."""
VERBAL = frozenset({"ACCUSE", "REQUEST", "REJECT", "SUPPORT"})
"""Types that can pass between two actors of one side."""

_GOVERNED = frozenset({"gerund", "infinitive", "subjunctive", "plain"})
_CONTROL = frozenset({"REQUEST", "ACCUSE"})
"""Types after which a verb without a subject has the target as its own: "asks the US to stop", "condemns it for …"."""

_BE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|gets|got|es|son|fue|fueron|sera|seran|sido|siendo|foi|foram|sao|esta|estan|"
    r"ser|sendo)\s+(?:\w+\s+)?$"
)
_HAVE = re.compile(r"\b(?:has|have|had|having|ha|han|habia|habian|haya|tem|tinha|haver|haber|ter)\s+(?:\w+\s+)?$")
_SE = re.compile(r"\bse\s+(?:\w+\s+)?$")
_LINK = re.compile(r"(?:,|\band|\by|\be)\s+(?:\w+\s+){0,2}$")
_NO_OBJECT = re.compile(
    r"\s*(?:$|[.,;:\"]|(?:of|in|on|by|off|from|near|at|after|to|over|with|amid|during|for|en|em|no|na|por|pelo|pela|desde|"
    r"de|del|do|da|dos|tras|apos|ante|durante|hacia|con|com|under)\b)"
)
_OWNER_GAP = re.compile(r"[\"']?\s*(?:[\w-]+\s+)?(?:of|de|del|do|da|dos|das)\s+(?:[\w.-]+\s+){0,3}")
_ADJECTIVE_GAP = re.compile(r"\s+(?:\w+\s+)?")
_PARTNER_GAP = re.compile(r"\s*(?:[\w-]+\s+){0,3}(?:with|con|com|between|entre)\s+(?:[\w.,-]+\s+){0,5}")


@dataclass(frozen=True, slots=True)
class Roles:
    """Who does it to whom, and by which construction that was read."""

    source: Party
    target: Party
    construction: str


Told = Sequence[tuple[Trigger, Roles | None]]
"""The triggers of a sentence before the one at hand, and what was read of them."""


def find(scene: Scene, trigger: Trigger, told: Told) -> Roles | None:
    """The two sides of an act, both of which must stand in its clause; None where one does not."""
    if trigger.is_noun:
        roles = _of_meeting(scene, trigger) if trigger.pattern.is_reciprocal else _of_noun(scene, trigger, told)
    elif trigger.pattern.grammar == "alleged":
        roles = _of_allegation(scene, trigger)
    elif _is_passive(scene, trigger):
        roles = _of_passive(scene, trigger)
    else:
        roles = _of_active(scene, trigger, told)
    return roles if roles is not None and _is_sound(trigger, roles) else None


def _is_sound(trigger: Trigger, roles: Roles) -> bool:
    """Whether the pair can be meant: a stand-in for Venezuela only suffers, and only what the United States do."""
    source, target = roles.source, roles.target
    if source.is_stand_in and source.side == "VE":
        return False
    if source.side == target.side and (trigger.pattern.event_type not in VERBAL or source.actor_id == target.actor_id):
        return False
    is_owed = trigger.pattern.event_type in FORCIBLE and (target.side == "US" or source.side == "US")
    if target.is_stand_in and not is_owed:
        return False
    if trigger.pattern.grammar == "person" and target.is_state:
        return False
    distance = max(target.start - trigger.end, trigger.start - target.end)
    return distance <= trigger.pattern.near


# --- verbs ---


def _is_passive(scene: Scene, trigger: Trigger) -> bool:
    before = scene.text[: trigger.start]
    is_suffered = trigger.pattern.event_type in FORCIBLE - {"THREATEN"}
    if trigger.kind not in ("past", "participle"):
        return trigger.kind == "finite" and bool(_SE.search(before)) and is_suffered
    if trigger.pattern.grammar == "alone":
        return False
    if _BE.search(before):
        return True
    if _HAVE.search(before) or trigger.pattern.is_reciprocal:
        return False
    has_no_object = not trigger.has_object_after and bool(_NO_OBJECT.match(scene.text, trigger.end))
    return trigger.kind == "participle" or (is_suffered and has_no_object)


def _of_passive(scene: Scene, trigger: Trigger) -> Roles | None:
    before, after = _around(scene, trigger, scene.clause(trigger.start, scene.hard))
    agent = next((p for p in after if p.governor in grammar.AGENT), None)
    patient = next(
        (p for p in reversed(before) if p is not agent and p.governor not in grammar.FROM | grammar.AIMS), None
    )
    patient = patient or next((p for p in after if p is not agent), None)
    if patient is None:
        return None
    given = [p for p in (*after, *before) if p.governor in grammar.FROM | grammar.OWNS]
    return _roles(agent or _other(patient, given), patient, "passive")


def _of_active(scene: Scene, trigger: Trigger, told: Told) -> Roles | None:
    low, high = scene.clause(trigger.start, scene.soft)
    before, after = _around(scene, trigger, (low, _past_complementizer(scene, trigger, high)))
    source = _subject(scene, trigger, before, told)
    if trigger.pattern.is_reciprocal and not after:
        return _together(scene, before)
    if source is None:
        return None
    target = _object(scene, trigger, source, after)
    if target is None and trigger.pattern.grammar == "speech":
        target = _other(source, [p for p in scene.parties if p.start >= trigger.end])
    return _roles(source, target, "active")


def _past_complementizer(scene: Scene, trigger: Trigger, high: int) -> int:
    """Where the clause ends when a "que" or "that" right after the verb opens what the verb is about."""
    if high - trigger.end > 12 or not scene.text.startswith(("que", "that"), high):
        return high
    return min((point for point in scene.soft if point > high), default=len(scene.text))


def _subject(scene: Scene, trigger: Trigger, before: Sequence[Party], told: Told) -> Party | None:
    """The subject of a verb: that of the verb it is linked with, else the first name that is no adjunct."""
    verbs = [roles for one, roles in told if not one.is_noun and roles is not None]
    if trigger.kind in _GOVERNED and verbs and told[-1][1] is verbs[-1] and told[-1][0].pattern.event_type in _CONTROL:
        return verbs[-1].target
    link = _LINK.search(scene.text, max(0, trigger.start - 40), trigger.start)
    if verbs and link and not any(p.start >= link.start() for p in before):
        return verbs[-1].source
    spoken = _after_speech(scene, trigger, before)
    if spoken:
        before = spoken
    if not before:
        before = [p for p in scene.parties if p.end <= trigger.start]
    able = [p for p in before if not (p.is_stand_in and p.side == "VE")]
    free = [p for p in able if p.governor not in grammar.ASIDE - grammar.CONJUNCTIONS]
    is_near = trigger.kind in _GOVERNED or len(scene.text[free[-1].end : trigger.start].split()) <= 1 if free else False
    beside = free[-1:] if is_near else []
    owned = [p for p in able if p.governor in grammar.OWNS]
    return next(iter((*beside, *free, *owned)), None)


def _after_speech(scene: Scene, trigger: Trigger, before: Sequence[Party]) -> list[Party]:
    """The names between the last verb of saying and the verb: what is said has its own subject."""
    said = max((cue.end for cue in scene.cues if cue.name == "speech" and cue.end <= trigger.start), default=0)
    return [p for p in before if p.start >= said]


def _object(scene: Scene, trigger: Trigger, source: Party, after: Sequence[Party]) -> Party | None:
    after = [p for p in after if p.governor not in grammar.AGENT and not _is_victim(scene, trigger, p)]
    barred = grammar.AIMS - {"to"} if trigger.pattern.is_reciprocal else grammar.BESIDE
    after = [p for p in after if p.governor not in barred]
    near = after[0] if after else None
    if near is not None and near.side == source.side and trigger.pattern.event_type in VERBAL:
        is_direct = near.start - trigger.end <= 12 and near.governor not in grammar.ASIDE
        if is_direct and not near.is_stand_in and (near.actor_id, source.is_stand_in) != (source.actor_id, False):
            return near
    return _other(source, after)


def _is_victim(scene: Scene, trigger: Trigger, party: Party) -> bool:
    """Whether a name is whom a condemned act was aimed at: "condemns the attack on Venezuela" accuses its author."""
    if trigger.pattern.event_type not in ("ACCUSE", "REJECT", "SUPPORT"):
        return False
    if party.governor in ("against", "contra"):
        return True
    acts = [t for t in scene.triggers if t.is_noun and trigger.end <= t.start < party.start]
    return any(t.pattern.event_type in ("ASSAULT", "COERCE", "SANCTION") and _suffers(scene, t, party) for t in acts)


def _suffers(scene: Scene, act: Trigger, party: Party) -> bool:
    owns = bool(_OWNER_GAP.fullmatch(scene.text, act.end, party.start))
    if act.pattern.names == "target":
        return owns
    return not owns and party.governor in grammar.AIMS


def _together(scene: Scene, before: Sequence[Party]) -> Roles | None:
    """Two sides that share a verb as its subject: "the US and Venezuela agree"."""
    for one, two in itertools.pairwise(before):
        if one.side != two.side and grammar.are_coordinated(scene.text, one.end, two.start):
            return Roles(one, two, TOGETHER)
    return None


def _of_allegation(scene: Scene, trigger: Trigger) -> Roles | None:
    """Who says that another does wrong accuses him: "Trump: Venezuela stole our oil"."""
    wrongdoer = next((p for p in reversed(scene.parties) if p.end <= trigger.start and not p.is_stand_in), None)
    is_said = bool(scene.hard) or any(cue.name == "speech" for cue in scene.cues)
    if wrongdoer is None or not is_said:
        return None
    said = [p for p in scene.parties if p.end <= wrongdoer.start and p.side != wrongdoer.side and not p.is_stand_in]
    return _roles(said[0] if said else None, wrongdoer, "alleged")


# --- nouns ---


def _of_noun(scene: Scene, trigger: Trigger, told: Told) -> Roles | None:
    before, after = _around(scene, trigger, scene.clause(trigger.start, scene.hard))
    attached = _attached(scene, trigger, before)
    owner = next((p for p in after if _is_owner(scene, trigger, p)), None)
    agent = next((p for p in after if p.governor in grammar.AGENT), None)
    if trigger.pattern.names == "target":
        is_doer = attached is not None and (owner is not None or attached.side == "US")
        doer = agent or (attached if is_doer else None)
        patient = owner or (None if is_doer else attached)
    else:
        is_target = attached is not None and _is_compound_target(scene, trigger, attached)
        doer = agent or (_owner_before(scene, before) if is_target else attached) or owner
        patient = attached if is_target else None
    if doer is not None:
        return _roles(doer, patient or _aimed_at(trigger, doer, after, before), "nominal")
    return _of_bare_noun(scene, trigger, patient, told)


def _is_owner(scene: Scene, trigger: Trigger, party: Party) -> bool:
    """Whether a name after a noun says whose it is: "ataque de EE.UU.", "ataque militar estadounidense"."""
    if _OWNER_GAP.fullmatch(scene.text, trigger.end, party.start):
        return True
    is_adjective = party.is_state and not scene.folded.is_upper(party.start)
    return is_adjective and bool(_ADJECTIVE_GAP.fullmatch(scene.text, trigger.end, party.start))


def _owner_before(scene: Scene, before: Sequence[Party]) -> Party | None:
    """The name right before the last one: "Trump's Venezuela blockade"."""
    if len(before) < 2:
        return None
    between = scene.text[before[-2].end : before[-1].start]
    return before[-2] if between.strip() in ("", "'s", "'") else None


def _aimed_at(trigger: Trigger, doer: Party, after: Sequence[Party], before: Sequence[Party]) -> Party | None:
    """Whom a noun's act is aimed at: the name that follows it closely, else the other party of the affair."""
    others = [p for p in (*after, *reversed(before)) if p.side != doer.side]
    near = [p for p in others if 0 <= p.start - trigger.end <= 30 and p.governor not in grammar.BESIDE]
    counterpart = [p for p in others if {p.side, doer.side} == {"US", "VE"}]
    return _other(doer, near[:1]) or _other(doer, counterpart)


def _of_bare_noun(scene: Scene, trigger: Trigger, patient: Party | None, told: Told) -> Roles | None:
    """A noun without its doer takes the subject of its clause: "Trump orders a blockade of Venezuela"."""
    low, high = scene.clause(trigger.start, scene.soft)
    is_carried = any(cue.name == "light" and low <= cue.start < trigger.start for cue in scene.cues)
    if not is_carried or any(one.pattern.event_type in VERBAL for one, _ in told):
        return None
    before, after = _around(scene, trigger, (low, high))
    doer = _subject(scene, trigger, [p for p in before if p is not patient], ()) if before else None
    if doer is None or doer is patient:
        return None
    return _roles(doer, patient or _other(doer, after), "light")


def _of_meeting(scene: Scene, trigger: Trigger) -> Roles | None:
    before, after = _around(scene, trigger, scene.clause(trigger.start, scene.hard))
    partner = [p for p in after if _PARTNER_GAP.fullmatch(scene.text, trigger.end, p.start)]
    near = [p for p in after if p.governor in grammar.AIMS and p.start - trigger.end <= 24]
    named = [p for p in before if not p.is_stand_in]
    free = [p for p in named if p.governor not in grammar.ASIDE]
    source = next(iter((*free, *named, *partner)), None)
    if source is None:
        return None
    beside = named if _attached(scene, trigger, before) else ()
    return _roles(source, _other(source, [*partner, *near, *beside]), "nominal")


def _attached(scene: Scene, trigger: Trigger, before: Sequence[Party]) -> Party | None:
    """The name right before a noun as its owner: "US strike", "Trump's new threat"."""
    if not before:
        return None
    between = scene.text[before[-1].end : trigger.start].replace("'s", " ").strip(".' ")
    words = between.replace("-", "").split()
    is_plain = len(words) <= 2 and all(map(str.isalpha, words))
    if not is_plain or any(word in grammar.ASIDE or word in grammar.ARTICLES for word in words):
        return None
    return None if any(before[-1].end <= one.start < trigger.start for one in scene.triggers) else before[-1]


def _is_compound_target(scene: Scene, trigger: Trigger, party: Party) -> bool:
    """Whether a name before a noun says where the act is aimed: "the Venezuela strikes", not "Venezuelan"."""
    is_owner = scene.text.startswith("'s", party.end) or scene.text[party.start : party.end].endswith("an")
    return party.side == "VE" and trigger.pattern.event_type in FORCIBLE - {"THREATEN"} and not is_owner


# --- both ---


def _around(scene: Scene, trigger: Trigger, clause: tuple[int, int]) -> tuple[list[Party], list[Party]]:
    """The names of a clause before a word, and those in it or after it."""
    low, high = clause
    before = [p for p in scene.parties if low <= p.start and p.end <= trigger.start]
    return before, [p for p in scene.parties if p.end > trigger.start and p.end <= high]


def _other(one: Party, parties: Iterable[Party]) -> Party | None:
    """The first named of another side; a stand-in only where nobody is named."""
    others = [p for p in parties if p.side != one.side]
    return next((p for p in others if not p.is_stand_in), next(iter(others), None))


def _roles(source: Party | None, target: Party | None, construction: str) -> Roles | None:
    return None if source is None or target is None else Roles(source, target, construction)
