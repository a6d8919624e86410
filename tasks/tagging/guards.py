"""What keeps an event from counting as done: denial, negation, possibility, plans, threats, background, questions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tasks.tagging import grammar
from tasks.tagging.scenes import Cue, Scene, Trigger
from warehouse.model import EventStatus

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_QUESTION = re.compile(r"\?\s*[\"')]*\s*$")
_ASKS = re.compile(
    r"^\W*(?:who|what|why|how|where|when|which|quien|que|por que|como|donde|cuando|quem|onde|quando|qual)\b"
)
_SET_BACK = re.compile(
    r"\b(?:after|tras|apos|following|despues de|luego de|depois de|since|in the wake of|amid|en medio de|em meio a|"
    r"despite|pese a|apesar|ongoing)\b"
)
_WILL = re.compile(
    r"(?:\s+[\w'-]+){0,4}\s+(?:will (?:\w+ly )?(?:begin|start|come|continue|follow|resume|happen|be|take|go)|"
    r"are coming|va a|van a|comenzara[ns]?|empezara[ns]?)\b"
)
_OPERATION = re.compile(
    r"\b(?:operation|operaci?[oa]n?|operacao|operativo|raid|mission|redada)\b[^,;:]{0,40}\b(?:to|para)\s+$"
)
# What comes after a thing has happened: "tras que se reunieran", "tras hablar", "después de hablar".
_AFTERWARDS = re.compile(r"\b(?:tras|despues|luego|depois|apos)(?: de)?(?: que\b| (?:\w+ )?$)")
_REACH = 30
"""How far before the word, in signs, a modal still governs it."""
NEWS_DAYS = 7
"""How many days what happened once on a known day is news where no word sets it back."""
AFTERMATH_DAYS = 90
"""How many days other news comes after it; from then on it is history."""
_ONLY_MEANT = frozenset(
    {"plan", "plans", "plot", "plots", "bid", "attempt", "attempts", "threat", "threats", "option", "options", "fears"}
    | {"talk", "rumors"}
)
PARTING = frozenset({"ante", "amid", "despite", "tras", "after", "under", "bajo", "sob", "over"})
_SPOKEN = frozenset({"THREATEN", "ACCUSE", "REQUEST", "REJECT", "SUPPORT"})
_LATER = frozenset({"future"})
_UNREAL = frozenset({"infinitive", "subjunctive"})


ANNOUNCED = "announced"
ASSENT = "assent"
PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Finding:
    """What an event counts as, and the guard that says so; empty where none does.

    `is_aftermath` marks background that happened lately, once, on a known day.
    """

    status: EventStatus
    guard: str = ""
    is_aftermath: bool = False


def judge(scene: Scene, trigger: Trigger, day: date | None) -> Finding:
    """What a stated act counts as. The gravest guard decides: denied before threatened before planned."""
    low, high = scene.clause(trigger.start, scene.soft)
    before = [cue for cue in scene.cues if cue.end <= trigger.start]
    near = [cue for cue in before if low <= cue.start and trigger.start - cue.end <= _REACH]
    return (
        _not_so(scene, trigger, before, near) or _not_yet(scene, trigger, near) or _so(scene, trigger, (low, high), day)
    )


def _not_so(scene: Scene, trigger: Trigger, before: Sequence[Cue], near: Sequence[Cue]) -> Finding | None:
    """What is denied, undone or only possible."""
    if _is_denied(scene, trigger, before):
        return Finding("denied", "denial")
    if _is_within(scene, trigger, near, "negation", 3 if trigger.is_noun else 2):
        return Finding("denied", "negation")
    is_prevented = trigger.kind == "gerund" and scene.text[: trigger.start].endswith("from ")
    is_action = trigger.is_noun or (trigger.kind == "gerund" and trigger.pattern.event_type not in _SPOKEN)
    if is_prevented or (is_action and _is_within(scene, trigger, near, "reversal", 3)):
        return Finding("denied", "reversal")
    if _is_asked(scene, trigger) or trigger.kind == "conditional" or _is_within(scene, trigger, near, "possibility", 4):
        return Finding("threatened", "possibility")
    return None


def _is_asked(scene: Scene, trigger: Trigger) -> bool:
    """Whether an act is what "whether" asks, however far before it."""
    low, _ = scene.clause(trigger.start, scene.soft)
    return "whether " in scene.text[low : trigger.start]


def _not_yet(scene: Scene, trigger: Trigger, near: Sequence[Cue]) -> Finding | None:
    """What is announced, agreed to or planned."""
    is_later = _WILL.match(scene.text, trigger.end) if trigger.is_noun else trigger.kind in _LATER
    if (
        is_later
        or _is_headline_future(scene, trigger)
        or (not trigger.is_noun and _is_within(scene, trigger, near, "announced", 2))
    ):
        return Finding("planned", ANNOUNCED)
    is_open = trigger.kind in ("infinitive", "plain") or (trigger.is_noun and trigger.pattern.event_type == "CONSULT")
    if is_open and _is_within(scene, trigger, near, "assent", 1):
        return Finding("planned", ASSENT)
    return Finding("planned", PLAN) if _is_planned(scene, trigger, near) else None


def _is_headline_future(scene: Scene, trigger: Trigger) -> bool:
    """Whether "to" right after the name that opens a clause tells in a title what is to come: "US to deploy"."""
    low, _ = scene.clause(trigger.start, scene.soft)
    governors = [*(one.start for one in scene.triggers), *(cue.start for cue in scene.cues)]
    is_infinitive = scene.field == "title" and trigger.kind == "plain"
    return is_infinitive and any(
        scene.text[p.end : trigger.start].strip() == "to" and not any(low <= place < p.start for place in governors)
        for p in scene.parties
    )


def _so(scene: Scene, trigger: Trigger, clause: tuple[int, int], day: date | None) -> Finding:
    """What is stated as done: asked, told as history, said by somebody, or plainly asserted."""
    if not trigger.is_noun and _QUESTION.search(scene.text) and not _ASKS.search(scene.text):
        return Finding("claimed", "question")
    if _is_background(scene, trigger, *clause, day):
        return Finding("asserted", "background", is_aftermath=_is_aftermath(scene, trigger, day))
    is_told = any(cue.name == "speech" for cue in scene.cues) or '"' in scene.text[: trigger.start]
    return Finding("claimed" if is_told else "asserted")


def _is_denied(scene: Scene, trigger: Trigger, before: Sequence[Cue]) -> bool:
    """A denial governs all that follows it in its clause, save where the denial is itself what is coded."""
    return any(
        cue.name == "denial" and not any(cue.end <= point <= trigger.start for point in scene.hard) for cue in before
    )


def _is_within(scene: Scene, trigger: Trigger, near: Sequence[Cue], name: str, words: int) -> bool:
    """Whether a cue stands at most so many words before."""
    return any(
        cue.name == name
        and len(between := scene.text[cue.end : trigger.start].split()) <= words
        and not any("," in word or word in PARTING for word in between)
        for cue in near
    )


def _is_planned(scene: Scene, trigger: Trigger, near: Sequence[Cue]) -> bool:
    done = max((cue.end for cue in near if cue.name == "done"), default=-1)
    plans = [cue for cue in near if cue.name == "plan" and cue.end > done]
    to = [cue for cue in plans if scene.text[cue.start : cue.end] == "to"]
    others = [cue for cue in plans if cue not in to]
    if trigger.is_noun:
        return grammar.word_after(scene.text, trigger.end) in _ONLY_MEANT or _is_within(
            scene, trigger, others, "plan", 2
        )
    if trigger.pattern.is_once and _OPERATION.search(scene.text, 0, trigger.start):
        return False
    if trigger.kind in _UNREAL and not _AFTERWARDS.search(scene.text[: trigger.start], max(0, trigger.start - 60)):
        return done < 0 or bool(others)
    if trigger.kind == "plain" and _is_within(scene, trigger, to, "plan", 1):
        return done < 0 or bool(others)
    return trigger.kind in ("plain", "gerund") and _is_within(scene, trigger, others, "plan", 3)


def _is_background(scene: Scene, trigger: Trigger, low: int, high: int, day: date | None) -> bool:
    """Whether an act is told as history: words or a year that set it back, the past perfect, "after" in a lead.

    What happened once is history, too, after a few days, and in a title after "after".
    """
    is_known = trigger.pattern.is_once and _days_since(trigger, day) >= 0
    if is_known and _days_since(trigger, day) > NEWS_DAYS:
        return True
    here = [cue for cue in scene.cues if low <= cue.start < high]
    near = [cue for cue in scene.cues if 0 <= trigger.start - cue.end <= _REACH]
    if any(cue.name == "past" for cue in here) or any(
        cue.name == "background" and cue.end <= trigger.start for cue in (*here, *near)
    ):
        return True
    years = [int(match.group()) for match in _YEAR.finditer(scene.text, low, high)]
    if day is not None and any(year < day.year and (day.month > 1 or year < day.year - 1) for year in years):
        return True
    return (is_known or scene.field != "title") and _is_set_back(scene, trigger, here)


def _is_aftermath(scene: Scene, trigger: Trigger, day: date | None) -> bool:
    """Whether what happened once lately is told again; a noun in a lead only says when: "tras la captura de Maduro"."""
    adjunct = _SET_BACK.search(scene.text[: trigger.start][-_REACH:])
    is_date = scene.field != "title" and trigger.is_noun and adjunct is not None
    return trigger.pattern.is_once and not is_date and _days_since(trigger, day) in range(AFTERMATH_DAYS + 1)


def _days_since(trigger: Trigger, day: date | None) -> int:
    """Days from what happened once to the report, -1 where that is not known."""
    return -1 if day is None else (day - trigger.pattern.since).days


def _is_set_back(scene: Scene, trigger: Trigger, here: Sequence[Cue]) -> bool:
    """Whether the grammar of a lead puts an act before its news: "after", or the past perfect of no report."""
    is_reported = any(cue.name == "speech" and cue.end <= trigger.start for cue in scene.cues)
    is_perfect = not is_reported and _is_within(scene, trigger, here, "perfect", 2)
    return is_perfect or bool(_SET_BACK.search(scene.text, max(0, trigger.start - 40), trigger.start))
