"""`usven replay`: every stored article labelled anew by the present rules, and what that gains and loses."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flows import passes, way
from flows.passes import PLAIN
from flows.way import Context
from tasks.loading import assembly, relabelling
from tasks.tagging import labelling
from tasks.tagging.labelling import Text, Verdict
from tasks.tagging.tagger import Tagger
from warehouse import lock, rows
from warehouse.model import Event, Labelled
from warehouse.relabelling import PORTION, Stored
from warehouse.settings import Settings

WORTH_WORKERS = 5 * PORTION
"""Articles from which labelling in several processes pays: each takes half a second to start."""
SHOWN = 20
"""Examples shown of what is gained and of what is lost."""

Say = Callable[[str], None]
Changed = tuple[int, Labelled]
"""The level that an article had, and the labels it gets."""


@dataclass(frozen=True, slots=True)
class Example:
    """An article whose relevance changes."""

    reported_at: datetime
    article_id: str
    title: str
    url: str
    old_level: int
    new_level: int


@dataclass(slots=True)
class Retagging:
    """What labelling anew changes. `levels` counts articles by old and new level, `other_count` those of which only
    evidence, score, actors or language differ; of events those that count are told by their types."""

    rules_version: str
    is_applied: bool = False
    article_count: int = 0
    outdated_count: int = 0
    changed_count: int = 0
    other_count: int = 0
    levels: Counter[tuple[int, int]] = field(default_factory=Counter)
    topics_gained: Counter[str] = field(default_factory=Counter)
    topics_lost: Counter[str] = field(default_factory=Counter)
    events_gained: Counter[str] = field(default_factory=Counter)
    events_lost: Counter[str] = field(default_factory=Counter)
    gained: list[Example] = field(default_factory=list)
    lost: list[Example] = field(default_factory=list)

    @property
    def gained_count(self) -> int:
        return sum(count for (old, new), count in self.levels.items() if not old and new)

    @property
    def lost_count(self) -> int:
        return sum(count for (old, new), count in self.levels.items() if old and not new)

    def add(self, article: Stored, labelled: Labelled) -> None:
        """Count an article whose labels are not what they were."""
        labels = labelled.labels
        before, after = {topic["topic"] for topic in article.topics}, {topic.topic for topic in labels.topics}
        counted, counting = _counted(article), {_triple(event) for event in labels.events if event.is_counted}
        self.changed_count += 1
        self.topics_gained.update(after - before)
        self.topics_lost.update(before - after)
        self.events_gained.update(event_type for _, event_type, _ in counting - counted)
        self.events_lost.update(event_type for _, event_type, _ in counted - counting)
        if article.level != labels.level:
            self.levels[article.level, labels.level] += 1
        elif before == after and counted == counting:
            self.other_count += 1
        if bool(article.level) != labels.is_relevant:
            _keep_newest(self.gained if labels.is_relevant else self.lost, _example(article, labels.level))


def retag(
    settings: Settings,
    *,
    since: datetime | None = None,
    apply: bool = False,
    prefect_flow_run_id: str | None = None,
    clock: Callable[[], datetime] = passes.utc_now,
    progress: Say = lambda _: None,
) -> Retagging:
    """Label the articles reported since a time, or all, by the present rules; store the labels if `apply`.

    Each portion is stored in a transaction of its own, and repeating it changes nothing: what was interrupted is
    completed by doing it again.

    Raises:
        WarehouseError: the warehouse cannot be used; WarehouseBusy, if a pass is going on that would write too.
    """
    found = Retagging(Tagger.from_seeds().rules_version, is_applied=apply)
    if not apply:
        for _ in _judged(settings, since, found, progress):
            pass
        return found
    with passes.running(settings, "replay", PLAIN, prefect_flow_run_id, clock) as (context, begun):
        PLAIN.publish(settings)
        with lock.turn(settings.warehouse_path), relabelling.storing(settings) as store:
            for changed, confirmed in _judged(settings, since, found, progress):
                store.relabel(
                    _batch(changed, context),
                    confirmed=confirmed,
                    rules_version=found.rules_version,
                    search=settings.search,
                )
        passes.record(settings, replace(begun, finished_at=clock(), status="completed", message=describe(found)))
        PLAIN.publish(settings)
    return found


def _judged(
    settings: Settings, since: datetime | None, found: Retagging, progress: Say
) -> Iterator[tuple[list[Changed], list[str]]]:
    """The articles of each portion whose labels change, and those that only want the new version of the rules."""
    with relabelling.opened(settings, since) as (count, portions), way.workers(settings) as workers:
        if count >= WORTH_WORKERS:
            workers.start()
        for articles, verdicts in workers.stream(labelling.judge, _with_texts(portions)):
            changed, confirmed = _divided(articles, verdicts, found)
            found.article_count += len(articles)
            progress(f"{found.article_count:,} of {count:,} articles, {found.changed_count:,} changed")
            yield changed, confirmed


def _with_texts(portions: Iterable[list[Stored]]) -> Iterator[tuple[list[Stored], list[Text]]]:
    return ((portion, [labelling.text_of(article.draft) for article in portion]) for portion in portions)


def _divided(
    articles: Sequence[Stored], verdicts: Sequence[Verdict], found: Retagging
) -> tuple[list[Changed], list[str]]:
    changed: list[Changed] = []
    confirmed: list[str] = []
    for article, (labels, language) in zip(articles, verdicts, strict=True):
        is_outdated = article.rules_version != found.rules_version
        found.outdated_count += is_outdated
        if not relabelling.is_confirmed(article, labels, language):
            labelled = Labelled(article.draft, labels, language)
            changed.append((article.level, labelled))
            found.add(article, labelled)
        elif is_outdated:
            confirmed.append(article.draft.article_id)
    return changed, confirmed


def _batch(changed: Sequence[Changed], context: Context) -> rows.Batch:
    """The rows of articles with new labels. One that becomes relevant finds its story then, as a new one does; one
    that no longer is stays where it was, for a story that was published keeps its reports."""
    gaining = [labelled for level, labelled in changed if not level and labelled.labels.is_relevant]
    grouped, marks, groups = way.group_relevant(gaining, context)
    others = [labelled for level, labelled in changed if level or not labelled.labels.is_relevant]
    labelled, now = (*grouped, *others), context.clock()
    return rows.Batch(
        batch_id=context.run_id,
        run_id=context.run_id,
        loaded_at=now,
        articles=assembly.article_rows(labelled),
        topics=assembly.topic_rows(labelled),
        actors=assembly.actor_rows(labelled),
        events=assembly.event_rows(labelled),
        bands=assembly.band_rows(marks),
        vectors=assembly.vector_rows(marks),
        links=assembly.link_rows(groups.links, now),
        merges=tuple(rows.Merge(story_id, into) for story_id, into in sorted(groups.merged.items())),
    )


def _counted(article: Stored) -> set[tuple[str, str, str]]:
    """The stored events that count: who does what to whom, by side."""
    return {(e["source_side"], e["event_type"], e["target_side"]) for e in article.events if e["is_counted"]}


def _triple(event: Event) -> tuple[str, str, str]:
    return event.source_side, event.event_type, event.target_side


def _example(article: Stored, level: int) -> Example:
    draft = article.draft
    return Example(draft.reported_at, draft.article_id, draft.title, draft.canonical_url, article.level, level)


def _keep_newest(examples: list[Example], new: Example) -> None:
    """Keep the newest `SHOWN` examples, newest first."""
    examples[:] = heapq.nlargest(SHOWN, [*examples, new], key=lambda e: (e.reported_at, e.article_id))


# --- shown -------------------------------------------------------------------------------------


def describe(found: Retagging) -> str:
    """What labelling anew brought, in one sentence."""
    verb = "changed" if found.is_applied else "would change"
    return (
        f"{found.article_count} articles labelled by rules {found.rules_version}: {found.changed_count} {verb}, "
        f"{found.gained_count} gain relevance, {found.lost_count} lose it"
    )


def lines(found: Retagging) -> Iterator[str]:
    """The change in full, for a person; what comes from feeds is set apart at line ends."""
    yield describe(found) + "."
    yield f"{found.outdated_count} had labels of other rules; {found.other_count} differ in evidence or actors alone."
    for (old, new), count in sorted(found.levels.items()):
        yield f"level {old} → {new}: {count}"
    for topic in sorted({*found.topics_gained, *found.topics_lost}):
        yield f"topic {topic}: +{found.topics_gained[topic]} −{found.topics_lost[topic]}"
    for event_type in sorted({*found.events_gained, *found.events_lost}):
        yield f"event {event_type}: +{found.events_gained[event_type]} −{found.events_lost[event_type]}"
    for heading, examples in (("Gained", found.gained), ("Lost", found.lost)):
        if examples:
            yield f"{heading} (newest {len(examples)}):"
            yield from (f"  {e.reported_at:%Y-%m-%d}  {e.old_level} → {e.new_level}  {e.title}" for e in examples)
    if not found.is_applied and (found.changed_count or found.outdated_count):
        yield "Nothing was stored; --apply does that."


def as_json(found: Retagging) -> dict[str, Any]:
    """The change as `--json` prints it."""
    return {
        "is_applied": found.is_applied,
        "rules_version": found.rules_version,
        "articles": found.article_count,
        "outdated": found.outdated_count,
        "changed": found.changed_count,
        "relevance": {"gained": found.gained_count, "lost": found.lost_count},
        "levels": [{"old": old, "new": new, "articles": n} for (old, new), n in sorted(found.levels.items())],
        "topics": {
            topic: {"gained": found.topics_gained[topic], "lost": found.topics_lost[topic]}
            for topic in sorted({*found.topics_gained, *found.topics_lost})
        },
        "events": {
            event_type: {"gained": found.events_gained[event_type], "lost": found.events_lost[event_type]}
            for event_type in sorted({*found.events_gained, *found.events_lost})
        },
        "gained": [_plain(example) for example in found.gained],
        "lost": [_plain(example) for example in found.lost],
    }


def _plain(example: Example) -> dict[str, Any]:
    return {
        "article_id": example.article_id,
        "title": example.title,
        "url": example.url,
        "reported_at": f"{example.reported_at:%Y-%m-%dT%H:%M:%SZ}",
        "old_level": example.old_level,
        "new_level": example.new_level,
    }
