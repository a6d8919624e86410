"""Which alerts the rules raise, from what is known now. Pure: it neither reads the warehouse nor sends anything."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from statistics import median

from tasks.alerting.rules import Actor, Book, Dark, Event, Headline, Keyword, Rule, Spike, StoryRule, Topic
from warehouse.model import Act, Change, Pulse, Silence, Story
from warehouse.rows import Alert

LEAST_DAYS = 7
"""Days of collection that a baseline needs: with fewer, the first busy day would be a spike."""
SPIKE_REST = timedelta(days=1)
"""A spike counts the reports of a day, so that for a day it is the same spike."""
MAD_TO_DEVIATION = 1.4826
"""A normal distribution's standard deviation by its median absolute deviation (Rousseeuw and Croux, 1993)."""
LONGEST_TITLE = 200
OUTLETS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules are judged by; `pulses` has one for each rule of the kind `spike`, by its name."""

    stories: tuple[Story, ...] = ()
    changes: tuple[Change, ...] = ()
    silences: tuple[Silence, ...] = ()
    pulses: Mapping[str, Pulse] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """That a rule holds for a subject; the text is one line."""

    rule: Rule
    subject: str
    text: str
    url: str | None = None
    story_id: str | None = None


def find(book: Book, facts: Facts, *, now: datetime, last_raised: Mapping[str, datetime]) -> tuple[Finding, ...]:
    """What the rules find, told before or not; `last_raised` says when each rule last raised an alert."""
    return tuple(finding for rule in book.rules for finding in _found(rule, facts, now, last_raised.get(rule.name)))


def alerts(findings: Sequence[Finding], *, told: Collection[tuple[str, str]], now: datetime) -> tuple[Alert, ...]:
    """What is to be recorded of the findings whose rule and subject were not told before: one for each channel."""
    new = {(f.rule.name, f.subject): f for f in findings if (f.rule.name, f.subject) not in told}
    return tuple(
        _alert(finding, channel, now) for finding in new.values() for channel in finding.rule.channels or ("",)
    )


def _alert(finding: Finding, channel: str, now: datetime) -> Alert:
    identity = "\n".join((finding.rule.name, finding.subject, channel))
    return Alert(
        alert_id=hashlib.sha256(identity.encode()).hexdigest()[:16],
        rule=finding.rule.name,
        kind=finding.rule.kind,
        subject=finding.subject,
        story_id=finding.story_id,
        raised_at=now,
        channel=channel,
        text=finding.text,
        url=finding.url,
        status="pending" if channel else "recorded",
    )


def _found(rule: Rule, facts: Facts, now: datetime, last_raised_at: datetime | None) -> Iterator[Finding]:
    match rule:
        case Keyword() | Topic() | Actor() | Event():
            stories = (story for story in facts.stories if _is_wanted(rule, story) and _holds(rule, story))
            yield from (Finding(rule, s.story_id, _told(s), s.url, s.story_id) for s in stories)
        case Headline():
            changes = (change for change in facts.changes if change.outlet_id in rule.outlets)
            yield from (Finding(rule, c.story_id, _changed(c), c.url, c.story_id) for c in changes)
        case Dark():
            silences = (silence for silence in facts.silences if _is_dark(rule, silence, now))
            yield from (Finding(rule, f"{s.feed_id} since {s.since:%Y-%m-%dT%H:%M}", _dark(s)) for s in silences)
        case Spike():
            pulse = facts.pulses[rule.name]
            is_rested = last_raised_at is None or now - last_raised_at >= SPIKE_REST
            if is_rested and is_spike(rule, pulse):
                yield Finding(rule, f"spike of {now:%Y-%m-%d}", _spike(rule, pulse))


def _is_wanted(rule: StoryRule, story: Story) -> bool:
    reads_all = isinstance(rule, Keyword) and rule.everything
    return (reads_all or story.level >= rule.level) and story.independent_count >= rule.min_outlets


def _holds(rule: StoryRule, story: Story) -> bool:
    match rule:
        case Keyword():
            pattern = _pattern(rule.words)
            return any(pattern.search(_folded(text)) for text in story.texts)
        case Topic():
            return not story.topics.isdisjoint(rule.topics)
        case Actor():
            return not story.actors.isdisjoint(rule.actors)
        case Event():
            return any(_is_act(rule, act) for act in story.acts)


def _is_act(rule: Event, act: Act) -> bool:
    return (
        act.event_type in rule.types
        and rule.source in (None, act.source_side)
        and rule.target in (None, act.target_side)
    )


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, whole; a star at the end stands for any ending."""
    parts = (re.escape(_folded(word.removesuffix("*"))) + (r"\w*" if word.endswith("*") else "") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


def _folded(text: str) -> str:
    """Without accents and case, white space as single blanks."""
    decomposed = unicodedata.normalize("NFKD", text)
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).casefold().split())


def _is_dark(rule: Dark, silence: Silence, now: datetime) -> bool:
    return silence.feed_id in (rule.feeds or (silence.feed_id,)) and now - silence.since >= timedelta(hours=rule.hours)


# --- spikes ------------------------------------------------------------------------------------


def is_spike(rule: Spike, pulse: Pulse) -> bool:
    """Whether the last day stands out from the days before, by enough reports of enough outlets."""
    deviations = excess(pulse)
    return (
        deviations is not None
        and deviations >= rule.deviations
        and pulse.report_count >= rule.min_reports
        and pulse.outlet_count >= rule.min_outlets
    )


def excess(pulse: Pulse) -> float | None:
    """By how many robust standard deviations the last day is above the median of those before; None for too few days.

    The deviation is that of the median absolute deviation, and no less than that of counting (the root of the median)
    and than one report: where most days are alike, the median absolute deviation is 0.
    """
    if len(pulse.baseline) < LEAST_DAYS:
        return None
    usual = median(pulse.baseline)
    spread = MAD_TO_DEVIATION * median(abs(count - usual) for count in pulse.baseline)
    return (pulse.report_count - usual) / max(spread, math.sqrt(usual), 1.0)


# --- words -------------------------------------------------------------------------------------


def _told(story: Story) -> str:
    named = ", ".join(_line(outlet) for outlet in story.outlets[:OUTLETS_NAMED])
    more = len(story.outlets) - OUTLETS_NAMED
    return f"{_line(story.headline)} ({named}{f' and {more} more' if more > 0 else ''})"


def _changed(change: Change) -> str:
    return f"{_line(change.outlet)} changed “{_line(change.old_title)}” to “{_line(change.new_title)}”"


def _dark(silence: Silence) -> str:
    what = "has brought nothing new" if silence.status == "quiet" else "has not answered"
    since = f"{silence.since:%Y-%m-%d %H:%M} UTC"
    return f"{silence.feed_id} ({_line(silence.outlet)}) {what} since {since}: {_line(silence.reason)}"


def _spike(rule: Spike, pulse: Pulse) -> str:
    about = f" on {rule.topic}" if rule.topic else f" naming {rule.actor}" if rule.actor else ""
    usual = median(pulse.baseline)
    return (
        f"{pulse.report_count} independent reports{about} of {pulse.outlet_count} outlets in 24 hours; "
        f"{usual:g} is the median of the {len(pulse.baseline)} days of collection before"
    )


def _line(text: str) -> str:
    """Outside text as part of one line."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST_TITLE else f"{line[:LONGEST_TITLE]}…"
