"""Who acts and who is acted on: the grammar of a clause, active and passive, of verbs and of nouns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tasks.tagging import grammar
from tasks.tagging.inflection import FINITE
from tasks.tagging.scenes import Party, Scene, Trigger
from warehouse.model import Side

TOGETHER = "together"
OBJECT_REACH = 40
"""How far, in signs, the object of a verb of talk reaches."""

FORCIBLE = frozenset({"ASSAULT", "COERCE", "SANCTION", "RETREAT", "MOBILIZE", "AID", "THREATEN"})
"""Types in which a thing or a group can stand for the side that is acted on."""
VERBAL = frozenset({"ACCUSE", "REQUEST", "REJECT", "SUPPORT"})
"""Types that can pass between two actors of one side."""

GAP = 60
"""How far, in signs, parties can stand from the word of an event in a lead; those farther away belong to others."""
_JUDGING = frozenset({"ACCUSE", "REJECT", "SUPPORT", "PROTEST"})
"""Types whose objects can be acts of others, which are judged in their authors."""

_BODILY = frozenset({"ASSAULT", "CONSULT"})
"""Types that reach whom the verb names first, and nobody behind him."""
_DESPITE = frozenset({"despite", "pese", "apesar", "under", "bajo", "sob", "ante"})
_TAKES_PARTNER = frozenset({"SUPPORT", "SANCTION", "RETREAT", "REJECT", "THREATEN"})
"""Types whose target can follow "with": "breaks with the US", "allows trade with PDVSA"."""
_PARTNERED = grammar.PARTNER | {"to", "a", "al", "ao"}
_TALKED_OF = grammar.AIMS | {"for", "para", "por"}
_GOVERNED = frozenset({"gerund", "infinitive", "subjunctive", "plain"})
_OPENS_GERUND = frozenset({"after", "before", "by", "without", "and", "while", ",", "tras", "for"})
_RELATIVES = ("who ", "which ", "that ", "que ", "quien ", "quienes ", "quem ")
_CONTROL = frozenset({"REQUEST", "ACCUSE"})
"""Types after which a verb without a subject has the target as its own: "asks the US to stop", "condemns it for …"."""

_BE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|gets|got|es|son|fue|fueron|sera|seran|sido|siendo|foi|foram|sao|esta|estan|"
    r"ser|sendo)\s+(?:\w+\s+)?$"
)
# Who declares a thing closed does it: "da por cerrado el espacio aéreo", "declara fechado o espaço aéreo".
_DECLARED = re.compile(r"\b(?:d(?:a|an|io|ieron|ando|ar|eu|ao) por|declar\w+|consider\w+) $")
_HAVE = re.compile(r"\b(?:has|have|had|having|ha|han|habia|habian|haya|tem|tinha|haver|haber|ter)\s+(?:\w+\s+)?\"?$")
_SE = re.compile(r"\bse\s+(?:\w+\s+)?$")
_PRONOUN = re.compile(
    r"\b(?:(?:s?he|they|it|ell[ao]s?|ele|elas?|eles)|(?:the|el|la|los|o|a|os)\s+(?:presidente?|presidenta|leader|lider|"
    r"mandatari[oa]|govern(?:ment|o)|gobierno|ministr(?:y|o|a)|minister|canciller(?:ia)?|dirigente|republican[oa]?|"
    r"opositora?|administration|administracion|two countries|officials?|military|army))\s+(?:\w+\s+)?$"
)
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


def find(scene: Scene, trigger: Trigger, told: Told, day: date | None) -> Roles | None:
    """The two sides of an act, which stand in its clause or are implied by its words; None where one does not."""
    stated = _stated(scene, trigger, told, day)
    return (
        stated if stated is not None and not _is_onlooker(trigger, stated, day) else _implied(scene, trigger, told, day)
    )


def _is_onlooker(trigger: Trigger, roles: Roles, day: date | None) -> bool:
    """Whether who stands beside a noun only looks on at what another does: "Kast hails Maduro's capture"."""
    return trigger.is_noun and trigger.pattern.doer not in (None, roles.source.side) and trigger.pattern.holds(day)


def _stated(scene: Scene, trigger: Trigger, told: Told, day: date | None) -> Roles | None:
    if trigger.pattern.grammar == "alleged":
        roles = _of_allegation(scene, trigger)
    elif trigger.pattern.grammar == "given":
        roles = _of_gift(scene, trigger, told)
    elif trigger.is_noun:
        roles = _of_meeting(scene, trigger) if trigger.pattern.is_reciprocal else _of_noun(scene, trigger, told)
    elif _is_passive(scene, trigger):
        roles = _of_passive(scene, trigger)
    else:
        roles = _of_active(scene, trigger, told, day)
    return roles if roles is not None and _is_sound(scene, trigger, roles) else None


def _is_sound(scene: Scene, trigger: Trigger, roles: Roles) -> bool:
    """Whether the pair can be meant: a stand-in for Venezuela only suffers, and only what the United States do."""
    source, target = roles.source, roles.target
    if (source.is_stand_in and source.side == "VE") or source.side == target.side == "third":
        return False
    if trigger.pattern.only not in (None, source.side):
        return False
    if any(grammar.is_of_others(scene.text, p.end) for p in (source, target) if p.start != trigger.start):
        return False
    if source.is_state and source.side == "US" and grammar.is_private(scene.text, source.end):
        return False
    if source.side == target.side and (trigger.pattern.event_type not in VERBAL or source.actor_id == target.actor_id):
        return False
    is_owed = trigger.pattern.event_type in FORCIBLE and (target.side == "US" or source.side == "US")
    if target.is_stand_in and not is_owed:
        return False
    if trigger.pattern.then and grammar.word_after(scene.text, target.end) != trigger.pattern.then:
        return False
    if trigger.pattern.grammar == "person" and target.is_state and not scene.is_headed(target):
        return False
    if scene.field != "title" and max(_gap(trigger, source), _gap(trigger, target)) > GAP:
        return False
    distance = max(target.start - trigger.end, trigger.start - target.end)
    return distance <= trigger.pattern.near


def _gap(trigger: Trigger, party: Party) -> int:
    return max(party.start - trigger.end, trigger.start - party.end)


# --- verbs ---


def _is_passive(scene: Scene, trigger: Trigger) -> bool:
    before = scene.text[: trigger.start]
    is_suffered = trigger.pattern.event_type in FORCIBLE - {"THREATEN"} | {"ACCUSE"}
    if trigger.kind not in ("past", "participle"):
        return trigger.kind in FINITE and bool(_SE.search(before)) and is_suffered
    if trigger.pattern.grammar == "alone":
        return False
    if _in_compound(scene, trigger) is not None:
        return True
    if _BE.search(before):
        return True
    if _HAVE.search(before) or _DECLARED.search(before) or trigger.pattern.is_reciprocal:
        return False
    is_handed_over = trigger.kind == "past" and trigger.pattern.event_type == "COOPERATE"
    is_suffered = is_suffered or (is_handed_over and grammar.word_after(scene.text, trigger.end) == "to")
    has_no_object = not trigger.has_object_after and bool(_NO_OBJECT.match(scene.text, trigger.end))
    has_no_object = has_no_object or _suffers_what_follows(scene, trigger)
    return trigger.kind == "participle" or (is_suffered and has_no_object)


def _suffers_what_follows(scene: Scene, trigger: Trigger) -> bool:
    """Whether two participles share a subject that cannot do the act: "Maduro captured and flown to New York"."""
    subject = next((p for p in reversed(scene.parties) if p.end <= trigger.start), None)
    is_able = subject is None or trigger.pattern.doer in (None, subject.side)
    return not is_able and grammar.word_after(scene.text, trigger.end) in ("and", "y", "e")


def _in_compound(scene: Scene, trigger: Trigger) -> Party | None:
    """By whom something was done, in one word with the verb: "US-seized tanker"."""
    return next((p for p in scene.parties if p.end == trigger.start - 1 and scene.text[p.end] == "-"), None)


def _of_passive(scene: Scene, trigger: Trigger) -> Roles | None:
    before, after = _around(scene, trigger, scene.clause(trigger.start, scene.hard))
    agent = next((p for p in after if p.governor in grammar.AGENT), None)
    compound = _in_compound(scene, trigger)
    if compound is not None:
        return _roles(compound, _other(compound, after), "passive")
    patient = next(
        (p for p in reversed(before) if p is not agent and p.governor not in grammar.FROM | grammar.AIMS), None
    )
    patient = patient or next((p for p in (*after, *reversed(before)) if p is not agent), None)
    if patient is None:
        return None
    given = [p for p in (*after, *before) if p.governor in grammar.FROM | grammar.OF]
    return _roles(agent or _other(patient, given), patient, "passive")


def _of_active(scene: Scene, trigger: Trigger, told: Told, day: date | None) -> Roles | None:
    low, high = scene.clause(trigger.start, scene.soft)
    before, after = _around(scene, trigger, (low, _past_complementizer(scene, trigger, high)))
    source = _subject(scene, trigger, before, told)
    if trigger.pattern.is_reciprocal and (together := _together(scene, before)) is not None:
        return together
    source = source or _stranger(scene, trigger, low, after) or _place_of(scene, trigger, low, after)
    if source is None:
        return None
    target = _object(scene, trigger, source, after)
    author = _author(scene, trigger, source, day)
    if author is not None and (target is None or target.start > author.start):
        target = author
    if target is None and scene.field == "title" and trigger.pattern.event_type == "MOBILIZE":
        target = _other(source, [p for p in scene.parties if p.start >= trigger.end])
    if target is None and trigger.pattern.grammar == "speech":
        rest = [p for p in scene.parties if p.start >= trigger.end and p.governor not in grammar.BESIDE]
        target = _other(source, [p for p in rest if not _is_victim(scene, trigger, p)])
    return _roles(source, target, "active")


def _stranger(scene: Scene, trigger: Trigger, low: int, after: Sequence[Party]) -> Party | None:
    """Somebody unknown who turns to the United States in a title: he stands in the clause, and for neither side."""
    words = scene.text[low : trigger.start].split()
    is_address = trigger.pattern.event_type in ("ACCUSE", "PROTEST", "REQUEST") and trigger.pattern.doer is None
    is_to_us = bool(after) and after[0].side == "US"
    if scene.field != "title" or not (is_address and is_to_us) or not 1 <= len(words) <= 7:
        return None
    return Party(low, trigger.start - 1, "third", None, "")


def _place_of(scene: Scene, trigger: Trigger, low: int, after: Sequence[Party]) -> Party | None:
    """The state in which something is done by nobody named: "Detienen en Venezuela a un estadounidense"."""
    is_bare = trigger.kind in FINITE and not scene.text[low : trigger.start].strip()
    return next((p for p in after if is_bare and p.is_state and p.governor in grammar.FROM), None)


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
        if _is_relative(scene, trigger):
            return before[-1] if before else None
    resumed = _resumed(scene, trigger)
    if resumed is not None:
        return resumed
    able = [p for p in before if not (p.is_stand_in and p.side == "VE")]
    free = [p for p in able if p.governor not in grammar.ASIDE - grammar.CONJUNCTIONS and not _is_aside(scene, p)]
    is_governed = trigger.kind in _GOVERNED and not _takes_subject(scene, trigger)
    is_near = bool(free) and (is_governed or len(scene.text[free[-1].end : trigger.start].split()) <= 1)
    beside = free[-1:] if is_near else []
    owned = [p for p in able if p.governor in grammar.OWNS]
    return next(iter((*beside, *free, *owned)), None) or _unsaid(scene, trigger)


def _is_aside(scene: Scene, party: Party) -> bool:
    """Whether a name after "after" only tells whose act was before: "after a US raid"."""
    return party.governor in grammar.CONJUNCTIONS and any(
        one.is_noun and 0 < one.start - party.end <= 3 for one in scene.triggers
    )


def _unsaid(scene: Scene, trigger: Trigger) -> Party | None:
    """Whom a finite verb without any subject means in Spanish or Portuguese: whom the sentences before are about."""
    if scene.field == "title" or trigger.kind not in FINITE or scene.known is None:
        return None
    return replace(scene.known, start=trigger.start, end=trigger.end)


def _resumed(scene: Scene, trigger: Trigger) -> Party | None:
    """Whom a pronoun before a verb means: the first named of its sentence, else whom the sentences before are about."""
    pronoun = _PRONOUN.search(scene.text, 0, trigger.start)
    if pronoun is None:
        return None
    named = next(
        (p for p in scene.parties if p.end <= pronoun.start() and p.governor not in grammar.ASIDE), scene.known
    )
    return None if named is None else replace(named, start=pronoun.start(), end=pronoun.end())


def _is_relative(scene: Scene, trigger: Trigger) -> bool:
    """Whether a verb belongs to the name right before its clause: "Maduro, who accused Trump"."""
    low, _ = scene.clause(trigger.start, scene.soft)
    between = next((scene.text[p.end : low].split() for p in reversed(scene.parties) if p.end <= low), None)
    is_named_before = between is not None and len(between) <= 5 and not grammar.ASIDE & set(between)
    is_short = len(scene.text[low : trigger.start].split()) <= 4
    return is_named_before and is_short and scene.text.startswith(_RELATIVES, low)


def _takes_subject(scene: Scene, trigger: Trigger) -> bool:
    """Whether a gerund shares the subject of its sentence: "after threatening", "by attacking"."""
    return trigger.kind == "gerund" and grammar.word_before(scene.text, trigger.start) in _OPENS_GERUND


def _after_speech(scene: Scene, trigger: Trigger, before: Sequence[Party]) -> list[Party]:
    """The names between the last verb of saying and the verb: what is said has its own subject."""
    said = max((cue.end for cue in scene.cues if cue.name == "speech" and cue.end <= trigger.start), default=0)
    return [p for p in before if p.start >= said]


def _object(scene: Scene, trigger: Trigger, source: Party, after: Sequence[Party]) -> Party | None:
    is_judged = trigger.pattern.event_type in _JUDGING
    after = [p for p in after if is_judged or p.governor not in grammar.AGENT]
    after = [p for p in after if not _is_victim(scene, trigger, p) and not _is_place(trigger, p)]
    after = [p for p in after if not grammar.is_agent_in_compound(scene.text, p.end)]
    if trigger.pattern.grammar == "partner":
        far = min((one.start for one in scene.triggers if one.start > trigger.start), default=len(scene.text))
        after = [
            p for p in after if {p.governor, grammar.word_before(scene.text, p.start)} & _PARTNERED and p.start < far
        ]
    if trigger.pattern.event_type == "SUPPORT":  # "avala revocar el TPS a venezolanos"
        deeds = (one.start for one in scene.triggers if one.start > trigger.start and not one.is_noun)
        deed = min(deeds, default=len(scene.text))
        after = [p for p in after if p.start < deed]
    barred = grammar.AIMS - _PARTNERED if trigger.pattern.is_reciprocal else grammar.BESIDE
    barred = barred - grammar.AGENT if is_judged else barred
    barred = barred - _DESPITE if trigger.pattern.event_type == "REJECT" else barred
    barred = barred - grammar.PARTNER if trigger.pattern.event_type in _TAKES_PARTNER else barred
    barred = barred | {"at"} if trigger.pattern.event_type == "ACCUSE" else barred
    barred = frozenset() if trigger.pattern.event_type in ("MOBILIZE", "COOPERATE") else barred
    after = [p for p in after if p.governor not in barred]
    near = after[0] if after else None
    if near is not None and near.side == source.side and _is_direct(trigger, near):
        if trigger.pattern.event_type in _BODILY:
            return None
        is_another = not near.is_stand_in and (near.actor_id, source.is_stand_in) != (source.actor_id, False)
        if is_another and trigger.pattern.event_type in VERBAL and not trigger.pattern.aim:
            return near
    return _other(source, after)


def _is_direct(trigger: Trigger, party: Party) -> bool:
    """Whether a name right after a verb is its object, and no later one is: "ataca a Lula y ofrece … a Venezuela"."""
    return party.start - trigger.end <= 12 and party.governor not in grammar.ASIDE - {"a", "al"}


def _is_place(trigger: Trigger, party: Party) -> bool:
    """Whether a name is only where somebody is sent: "sends Venezuelans to El Salvador"."""
    return "prison" in trigger.pattern.objects and trigger.acts_on == (party.start, party.end)


def _author(scene: Scene, trigger: Trigger, source: Party, day: date | None) -> Party | None:
    """Who did the act that is condemned, where the act's own words tell: "condemns the capture of Maduro"."""
    if trigger.pattern.event_type not in _JUDGING:
        return None
    known = ((act, act.pattern.doer) for act in condemned(scene, trigger) if act.pattern.holds(day))
    return next((_unnamed(act, doer) for act, doer in known if doer is not None and doer != source.side), None)


def condemned(scene: Scene, trigger: Trigger) -> list[Trigger]:
    """The acts of force that a verb of judging is about, told by the nouns that follow it."""
    acts = (one for one in scene.triggers if one.is_noun and 0 <= one.start - trigger.end <= OBJECT_REACH)
    return [
        one for one in acts if one.pattern.event_type in ("ASSAULT", "COERCE") and not one.pattern.objects & {"reward"}
    ]


def _is_victim(scene: Scene, trigger: Trigger, party: Party) -> bool:
    """Whether a name is whom a condemned act was aimed at: "condemns the attack on Venezuela" accuses its author."""
    if trigger.pattern.event_type not in _JUDGING:
        return False
    if party.governor in ("against", "contra") and trigger.pattern.event_type != "PROTEST":
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
    """Who says that another does wrong accuses him, that he must do something asks it: "Trump: Maduro must go"."""
    meant = _meant(scene, trigger)
    if meant is None:
        return None
    others = [p for p in scene.parties if p.side != meant.side and not p.is_stand_in]
    sayers = [p for p in others if p.end <= meant.start and p.governor not in grammar.ASIDE]
    before = [p for p in sayers if _is_said(scene, p.end, meant.start)]
    after = [p for p in others if p.start >= trigger.end and _is_afterwards(scene, p)]
    known = [scene.known] if scene.known is not None and _is_said(scene, 0, meant.start) else []
    told = [replace(p, start=trigger.start, end=trigger.end) for p in known if p.side != meant.side]
    sayer = next(iter((*before, *after, *told)), None)
    return _roles(sayer, meant, "alleged") or _of_verdict(scene, trigger, meant, others)


def _meant(scene: Scene, trigger: Trigger) -> Party | None:
    """Of whom something is said: the first named after the last verb of saying or colon, an adjunct only if alone."""
    named = [p for p in scene.parties if p.end <= trigger.start and not p.is_stand_in]
    last = max((p.start for p in named), default=0)
    breaks = (*scene.hard, *(cue.end for cue in scene.cues if cue.name == "speech"))
    said = max((place for place in breaks if place <= last), default=0)
    later = [p for p in named if p.start >= said]
    free = [p for p in later if p.governor not in grammar.OF | grammar.AIMS | {"of"}]
    return next(iter((*free, *later, *reversed(named))), None)


def _of_verdict(scene: Scene, trigger: Trigger, sayer: Party, others: Sequence[Party]) -> Roles | None:
    """Who is said to do wrong after the word for it: "Maduro tacha de ilegal el bloqueo de EE.UU."."""
    is_verdict = trigger.pattern.event_type in _JUDGING and _is_said(scene, sayer.end, trigger.start)
    after = [p for p in others if p.start >= trigger.end]
    return _roles(sayer, after[0], "alleged") if is_verdict and after else None


def _is_said(scene: Scene, start: int, end: int) -> bool:
    """Whether between two places something begins to be said: a verb of saying, a colon."""
    return any(start <= cue.start < end and cue.name == "speech" for cue in scene.cues) or any(
        start <= point <= end for point in scene.hard
    )


def _is_afterwards(scene: Scene, party: Party) -> bool:
    """Whether a name and a verb of saying end the sentence: ", Trump says"."""
    tail = scene.text[party.end :].strip(" .'\"")
    return any(
        cue.name == "speech" and (cue.start >= party.end or party.start - cue.end <= 2) and len(tail) < 30
        for cue in scene.cues
    )


def _of_gift(scene: Scene, trigger: Trigger, told: Told) -> Roles | None:
    """Who gets what, the subject or whom it concerns, from whom: "Chevron wins licence for Venezuela".

    The giver is the side that alone can give it, else whom "from" or "de" names: "Venezuela recibe ayuda de EE.UU.".
    """
    before, after = _around(scene, trigger, scene.clause(trigger.start, scene.soft))
    taker, giver = _subject(scene, trigger, before, told), trigger.pattern.doer
    if taker is None:
        return None
    if giver is None:
        named = (p for p in after if p.governor in grammar.OF | {"from", "desde", "by"} and p.start >= trigger.end)
        return _roles(_other(taker, named), taker, "active")
    concerned = next((p for p in (taker, *after) if p.side != giver), None)
    return _roles(_unnamed(trigger, giver), concerned, "implied")


# --- nouns ---


def _of_noun(scene: Scene, trigger: Trigger, told: Told) -> Roles | None:
    before, after = _around(scene, trigger, scene.clause(trigger.start, scene.hard))
    inside = next((p for p in after if p.start < trigger.start and trigger.end <= p.end), None)
    attached = inside or _attached(scene, trigger, before)
    if attached is not None and _is_given(scene, attached):
        return _of_bare_noun(scene, trigger, attached, told)
    owner = next((p for p in after if _is_owner(scene, trigger, p)), None)
    able = [p for p in after if trigger.pattern.doer in (None, p.side)]
    agent = next((p for p in able if p.governor in grammar.AGENT), None)
    if trigger.pattern.names == "target":
        is_doer = attached is not None and (owner is not None or attached.side == "US")
        sender = next((p for p in able if p.governor in ("from", "desde")), None)
        doer = agent or (attached if is_doer else None) or sender
        patient = owner or (None if is_doer else attached)
    else:
        is_target = attached is not None and _is_compound_target(scene, trigger, attached)
        doer = agent or (_owner_before(scene, before) if is_target else attached) or owner
        patient = attached if is_target else None
    if doer is not None:
        return _roles(doer, patient or _aimed_at(trigger, doer, after, before), "nominal")
    return _of_bare_noun(scene, trigger, patient, told)


def _is_given(scene: Scene, party: Party) -> bool:
    """Whether a name right after a light verb is to whom it is done: "gives Maduro an ultimatum"."""
    return any(cue.name == "light" and scene.text[cue.end : party.start] == " " for cue in scene.cues) and (
        scene.text[party.end : party.end + 2] != "'s"
    )


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
    aims = grammar.AIMS | grammar.OWNS
    near = [p for p in others if 0 <= p.start - trigger.end <= 30 and (p.governor in aims or p.start - trigger.end < 3)]
    counterpart = [p for p in others if {p.side, doer.side} == {"US", "VE"}]
    return _other(doer, near[:1]) or _other(doer, counterpart)


def _of_bare_noun(scene: Scene, trigger: Trigger, patient: Party | None, told: Told) -> Roles | None:
    """A noun without its doer takes the subject of its clause: "Trump orders a blockade of Venezuela"."""
    low, high = scene.clause(trigger.start, scene.soft)
    lights = (cue.start for cue in scene.cues if cue.name == "light" and low <= cue.start < trigger.start)
    light = max(lights, default=-1)
    if light < 0 or any(one.pattern.event_type in VERBAL and one.start > light for one, _ in told):
        return None
    before, after = _around(scene, trigger, (low, high))
    doer = _subject(scene, trigger, [p for p in before if p is not patient], ()) if before else None
    if doer is None or doer is patient or trigger.pattern.doer not in (None, doer.side):
        return None
    return _roles(doer, patient or _other(doer, after), "light")


def _of_meeting(scene: Scene, trigger: Trigger) -> Roles | None:
    before, after = _around(scene, trigger, scene.clause(trigger.start, scene.hard))
    partner = [p for p in after if _PARTNER_GAP.fullmatch(scene.text, trigger.end, p.start)]
    near = [p for p in after if p.governor in _TALKED_OF | grammar.PARTNER and p.start - trigger.end <= 24]
    named = [p for p in before if not p.is_stand_in and not grammar.is_agent_in_compound(scene.text, p.end)]
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
    if not is_plain or any(word in grammar.ASIDE | grammar.ARTICLES | grammar.JOINS for word in words):
        return None
    return None if any(before[-1].end <= one.start < trigger.start for one in scene.triggers) else before[-1]


def _is_compound_target(scene: Scene, trigger: Trigger, party: Party) -> bool:
    """Whether a name before a noun says where the act is aimed: "the Venezuela strikes", not "Venezuelan"."""
    is_owner = scene.text.startswith("'s", party.end) or scene.text[party.start : party.end].endswith("an")
    return party.side == "VE" and trigger.pattern.event_type in FORCIBLE - {"THREATEN"} and not is_owner


# --- acts of the affair, whose words tell who does them ---


def _implied(scene: Scene, trigger: Trigger, told: Told, day: date | None) -> Roles | None:
    """An act without its doer is that of the side which does it in this affair: "Maduro's capture"."""
    pattern = trigger.pattern
    if not pattern.holds(day):
        return None
    roles = None
    if pattern.doer is not None:
        roles = _without_doer(scene, trigger, pattern.doer)
    elif pattern.aim is not None:
        before, _ = _around(scene, trigger, scene.clause(trigger.start, scene.soft))
        roles = _roles(_subject(scene, trigger, before, told), _unnamed(trigger, pattern.aim), "implied")
    is_pair = roles is not None and roles.source.side != roles.target.side
    return roles if roles is not None and is_pair and _is_sound(scene, trigger, roles) else None


def _without_doer(scene: Scene, trigger: Trigger, side: Side) -> Roles | None:
    before, after = _around(scene, trigger, scene.clause(trigger.start, scene.hard))
    suffers = next((p for p in _patients(scene, trigger, before, after) if p.side == "VE"), None)
    if suffers is None or any(p is not suffers and p.governor in grammar.AGENT for p in after):
        return None
    return Roles(_unnamed(trigger, side), suffers, "implied")


def _unnamed(trigger: Trigger, side: Side) -> Party:
    """A side that stands in the words of the act themselves."""
    return Party(trigger.start, trigger.end, side, None, "")


def _patients(scene: Scene, trigger: Trigger, before: Sequence[Party], after: Sequence[Party]) -> Iterator[Party]:
    """Whom an act without a doer is done to, the likeliest first."""
    if trigger.is_noun:
        yield from filter(None, (_attached(scene, trigger, before),))
        yield from (p for p in after if _is_owner(scene, trigger, p))
        near = [p for p in after if p.start - trigger.end <= trigger.pattern.reach]
        is_aimed = grammar.word_after(scene.text, trigger.end) in grammar.OWNS | grammar.AIMS
        yield from (p for p in near if is_aimed or p.governor in grammar.OWNS | grammar.AIMS)
        yield from (p for p in reversed(before) if trigger.pattern.grammar == "person" and not p.is_stand_in)
    elif _is_passive(scene, trigger):
        yield from before[-1:] or after[:1]
    elif trigger.kind in _GOVERNED or not before:
        yield from (p for p in after if p.governor not in grammar.BESIDE)


# --- both ---


def _around(scene: Scene, trigger: Trigger, clause: tuple[int, int]) -> tuple[list[Party], list[Party]]:
    """The names of a clause before a word, and those in it or after it."""
    low, high = clause
    before = [p for p in scene.parties if low <= p.start and p.end <= trigger.start]
    return before, [p for p in scene.parties if p.end > trigger.start and p.end <= high]


def fellows(scene: Scene, party: Party) -> Iterator[Party]:
    """Those of other sides that share a party's part: "Colombia and Mexico", "Trinidad-Venezuela"."""
    end, sides = party.end, {party.side}
    for one in scene.parties:
        if one.start >= end and grammar.are_coordinated(scene.text, end, one.start):
            end = one.end
            if one.side not in sides:
                sides.add(one.side)
                yield one


def _other(one: Party, parties: Iterable[Party]) -> Party | None:
    """The first named of another side; a stand-in only where nobody is named."""
    others = [p for p in parties if p.side != one.side]
    return next((p for p in others if not p.is_stand_in), next(iter(others), None))


def _roles(source: Party | None, target: Party | None, construction: str) -> Roles | None:
    return None if source is None or target is None else Roles(source, target, construction)
