"""The data's way: a batch is decided on and loaded. The same program with and without Prefect."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from random import Random

from tasks.dedup import batch as dedup
from tasks.dedup import identity
from tasks.dedup.identity import Candidates
from tasks.fetching import fetcher, pacing
from tasks.grouping import batch as grouping
from tasks.grouping import copies, likeness, meaning
from tasks.loading import articles, assembly, loader
from tasks.parsing import batch as parsing
from tasks.parsing import pages as page_reading
from tasks.parsing.pool import Parsers
from tasks.tagging import labelling
from tasks.tagging.labelling import Text, Verdict
from tasks.workers import Workers
from warehouse import lock, rows
from warehouse.archive import Archive, Record
from warehouse.model import (
    Document,
    Draft,
    Feed,
    FeedState,
    Fetched,
    Harvest,
    KnownArticle,
    Labelled,
    Labels,
    Mark,
    Neighbours,
    NotAFeed,
    Outcome,
    Outlet,
    Page,
    Poll,
    Prints,
    Report,
    Sighting,
    Wording,
    Words,
    story_founded_by,
)
from warehouse.settings import Settings


@dataclass(frozen=True, slots=True)
class Steps:
    """What a pass calls, in the order of the data's way: plain functions here, Prefect tasks in the flow."""

    fetch: Callable[..., tuple[Outcome, ...]] = fetcher.fetch_all
    parse: Callable[..., tuple[Document | NotAFeed, ...]] = parsing.parse
    look_up: Callable[..., loader.Known] = loader.look_up
    dedupe: Callable[..., dedup.Deduped] = dedup.dedupe
    find_articles: Callable[..., dict[str, KnownArticle]] = loader.find_articles
    tag: Callable[..., tuple[Verdict, ...]] = labelling.label
    prints: Callable[..., tuple[Mark, ...]] = grouping.prints
    find_neighbours: Callable[..., Neighbours] = loader.find_neighbours
    group: Callable[..., grouping.Grouped] = grouping.group
    load: Callable[..., None] = loader.load
    publish: Callable[..., None] = loader.publish_copy
    read_pages: Callable[..., tuple[Page, ...]] = page_reading.read_pages


@dataclass(frozen=True, slots=True)
class Context:
    """What every batch of a run shares."""

    settings: Settings
    archive: Archive
    parsers: Parsers
    workers: Workers
    steps: Steps
    run_id: str
    clock: Callable[[], datetime]
    random: Random


@dataclass(frozen=True, slots=True)
class Attempt:
    """A poll and what came of it, with what it brought once that is known."""

    poll: Poll
    outcome: Outcome
    document: Document | None = None
    harvest: Harvest | None = None

    @property
    def news(self) -> Fetched | None:
        """What it brought, unless that is its feed's last body again."""
        is_fetched = assembly.outcome_name(self.poll, self.outcome) == "fetched"
        return self.outcome if is_fetched and isinstance(self.outcome, Fetched) else None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What follows from words that articles will probably show: their labels, and marks of what is grouped."""

    verdicts: Mapping[Text, Verdict] = field(default_factory=dict)
    marks: Mapping[Words, Mark] = field(default_factory=dict)


NOTHING_FORESEEN = Foreseen()


@dataclass(frozen=True, slots=True)
class Batch:
    """What some attempts brought: all that can be said of it before the warehouse is asked.

    `candidates` are of the documents' entries. Of bodies that no attempt of this run brought there are no attempts.
    """

    batch_id: str
    attempts: tuple[Attempt, ...]
    feeds: Mapping[str, Feed]
    candidates: Candidates
    foreseen: Foreseen = NOTHING_FORESEEN


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of what batches brought, named as in raw.runs."""

    fetched_count: int = 0
    not_modified_count: int = 0
    unchanged_count: int = 0
    failed_count: int = 0
    entries_seen_count: int = 0
    entries_new_count: int = 0
    entries_revised_count: int = 0
    articles_new_count: int = 0
    stories_new_count: int = 0
    relevant_new_count: int = 0
    events_new_count: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in Tally.__slots__))


def workers(settings: Settings) -> Workers:
    """Processes that label and compare, all processors' worth of them once there is enough to do."""
    count = os.cpu_count() or 1
    return _workers(settings, count if count > 1 else 0)


def foreseers(settings: Settings) -> Workers:
    """The same, for what is foreseen: as many as leave a processor to who decides on it."""
    return _workers(settings, (os.cpu_count() or 1) - 1)


def _workers(settings: Settings, count: int) -> Workers:
    # What is little this process does itself.
    meaning.keep_in(settings.encoder_dir)
    return Workers(count, preparations=(labelling.prepare, partial(grouping.prepare, settings.encoder_dir)))


def ingest(batch: Batch, context: Context) -> Tally:
    """Decide what a batch adds to what is known, and load it, before anybody else's batch is decided on."""
    with lock.turn(context.settings.warehouse_path):
        return _decided_and_loaded(batch, context)


def ingest_records(records: Sequence[Record], batch_id: str, context: Context) -> Tally:
    """Take bodies that are in the journal already into the warehouse: imported ones, or what a crash kept out."""
    feeds = {r.feed_id: Feed(r.feed_id, r.feed_url, r.outlet_id, r.language) for r in records}
    documents = context.steps.parse(records, context.parsers) if records else ()
    candidates = identity.candidates(sightings(records, documents))
    return ingest(Batch(batch_id, (), feeds, candidates), context)


def batch_name(run_id: str, number: int) -> str:
    """Name of a run's batch in the journal; names sort by time."""
    return f"{run_id}-{number:04}"


def run_of(batch_id: str) -> str:
    """The run whose batch it is."""
    return batch_id.rpartition("-")[0]


def _decided_and_loaded(batch: Batch, context: Context) -> Tally:
    known, deduped = _deduped(batch, context)
    decisions = deduped.decisions
    priorities = assembly.priorities(decisions, {e.entry_id: e.priority for e in known.entries}, batch.feeds)
    outlets = {outlet.outlet_id: outlet for outlet in (*known.outlets, *deduped.publishers)}
    drafts = _drafts(decisions.revisions, priorities, outlets, context)
    labelled = label(drafts, context, batch.foreseen)
    strangers = {outlet.outlet_id for outlet in deduped.publishers} - {outlet.outlet_id for outlet in known.outlets}
    now = context.clock()
    # Another process compares the articles meanwhile.
    with ThreadPoolExecutor(1) as executor:
        comparing = executor.submit(copy_context().run, group_relevant, labelled, context, batch.foreseen)
        harvested = _harvested(batch, deduped)
        apart = rows.Batch(
            batch_id=batch.batch_id,
            run_id=context.run_id,
            loaded_at=now,
            fetches=tuple(_fetch_row(attempt, context) for attempt in harvested),
            states=tuple(_next_state(attempt, now, context.random) for attempt in harvested),
            moves=tuple(_moves(harvested, now)),
            outlets=tuple(outlets[outlet_id] for outlet_id in sorted(strangers)),
            entries=assembly.entry_rows(decisions, priorities),
            seen_again=assembly.seen_again_rows(decisions),
            revisions=assembly.revision_rows(decisions),
            addresses=assembly.address_rows(deduped.identified),
            topics=assembly.topic_rows(labelled),
            actors=assembly.actor_rows(labelled),
            events=assembly.event_rows(labelled),
            entry_count=len(batch.candidates.claims),
        )
        labelled, marks, grouped = comparing.result()
    loaded = replace(
        apart,
        articles=assembly.article_rows(labelled),
        bands=assembly.band_rows(marks),
        vectors=assembly.vector_rows(marks),
        links=assembly.link_rows(grouped.links, now),
        merges=tuple(rows.Merge(story_id, into) for story_id, into in sorted(grouped.merged.items())),
    )
    context.steps.load(context.settings, loaded)
    return _tally(loaded, labelled)


def _deduped(batch: Batch, context: Context) -> tuple[loader.Known, dedup.Deduped]:
    """What the warehouse knows of the batch's entries, and what they are; of nothing, nothing is asked."""
    candidates, steps = batch.candidates, context.steps
    if not candidates.claims:
        return loader.NOTHING, dedup.NOTHING
    known = steps.look_up(context.settings, candidates.entry_ids, candidates.article_ids)
    return known, steps.dedupe(candidates.claims, feeds=batch.feeds, outlets=known.outlets, known=known.entries)


def _drafts(
    revisions: Sequence[Wording], priorities: Mapping[str, int], outlets: Mapping[str, Outlet], context: Context
) -> tuple[Draft, ...]:
    """The articles that show other words now."""
    if not revisions:
        return ()
    article_ids = {revision.identified.article_id for revision in revisions}
    known = context.steps.find_articles(context.settings, article_ids)
    return articles.drafts(revisions, known=known, priorities=priorities, outlets=outlets)


def label(drafts: Sequence[Draft], context: Context, foreseen: Foreseen = NOTHING_FORESEEN) -> tuple[Labelled, ...]:
    """Each draft with its labels and its language; what was not foreseen is labelled now."""
    texts = [labelling.text_of(draft) for draft in drafts]
    others = tuple(dict.fromkeys(text for text in texts if text not in foreseen.verdicts))
    verdicts = dict(zip(others, context.steps.tag(others, context.workers), strict=True)) if others else {}
    return tuple(
        Labelled(draft, *(foreseen.verdicts.get(text) or verdicts[text]))
        for draft, text in zip(drafts, texts, strict=True)
    )


def group_relevant(
    labelled: Sequence[Labelled], context: Context, foreseen: Foreseen = NOTHING_FORESEEN
) -> tuple[tuple[Labelled, ...], tuple[Prints, ...], grouping.Grouped]:
    """The articles with the stories and originals that were found for those which are to be grouped."""
    chosen = [item for item in labelled if is_grouped(item.labels, context)]
    if not chosen:
        return tuple(labelled), (), grouping.NOTHING
    reports = [assembly.report(item) for item in chosen]
    marks = _prints(reports, foreseen, context)
    near = context.steps.find_neighbours(
        context.settings, marks, copy_window=copies.WINDOW, story_window=likeness.WINDOW
    )
    grouped = context.steps.group(reports, marks, near, context.workers)
    return tuple(_placed(item, grouped) for item in labelled), marks, grouped


def _prints(reports: Sequence[Report], foreseen: Foreseen, context: Context) -> tuple[Prints, ...]:
    """Each report's prints; those that were not foreseen are taken now."""
    words = [report.words for report in reports]
    others = tuple(dict.fromkeys(of for of in words if of not in foreseen.marks))
    marks = dict(zip(others, context.steps.prints(others, context.workers), strict=True)) if others else {}
    return tuple(
        Prints.of(report, foreseen.marks.get(of) or marks[of]) for report, of in zip(reports, words, strict=True)
    )


def is_grouped(labels: Labels, context: Context) -> bool:
    """Whether an article with such labels is compared with others."""
    return labels.is_relevant or context.settings.group == "all"


def _placed(item: Labelled, grouped: grouping.Grouped) -> Labelled:
    article_id = item.draft.article_id
    if article_id not in grouped.story_of:
        return item
    draft = replace(
        item.draft,
        story_id=grouped.story_of[article_id],
        copy_of_article_id=grouped.copy_of.get(article_id),
        agency=grouped.agency_of.get(article_id),
    )
    return replace(item, draft=draft)


def sightings(records: Sequence[Record], documents: Sequence[Document | NotAFeed]) -> Iterator[Sighting]:
    """What the records' documents show."""
    for record, document in zip(records, documents, strict=True):
        if isinstance(document, Document):
            for entry in document.entries:
                yield Sighting(record.feed_id, record.body_sha256, record.seen_at, entry)


def _harvested(batch: Batch, deduped: dedup.Deduped) -> list[Attempt]:
    """The attempts with what each brought."""
    feed_of = {item.entry_id: item.sighting.feed_id for item in deduped.identified}
    new = Counter(feed_of[item.entry_id] for item in deduped.decisions.new)
    seen = Counter(feed_of[item.entry_id] for item in deduped.decisions.seen)
    revised = Counter(feed_of[w.identified.entry_id] for w in deduped.decisions.revisions if w.number > 1)
    newest = _newest_dates(claim.sighting for claim in batch.candidates.claims)

    def harvest(feed_id: str, document: Document) -> Harvest:
        return Harvest(
            entry_count=len(document.entries),
            known_count=seen[feed_id] - new[feed_id],
            new_count=new[feed_id],
            revised_count=revised[feed_id],
            newest_published_at=newest.get(feed_id),
            pace=document.pace,
        )

    return [replace(a, harvest=harvest(a.poll.feed.feed_id, a.document)) if a.document else a for a in batch.attempts]


def _newest_dates(sightings: Iterable[Sighting]) -> dict[str, datetime]:
    """The latest date of publication in each feed, dates in the future left out."""
    newest: dict[str, datetime] = {}
    for sighting in sightings:
        published_at = sighting.entry.published_at
        if published_at and published_at <= sighting.seen_at:
            newest[sighting.feed_id] = max(published_at, newest.get(sighting.feed_id, published_at))
    return newest


def _fetch_row(attempt: Attempt, context: Context) -> rows.Fetch:
    new = attempt.harvest.new_count if attempt.harvest else None
    return assembly.fetch_row(context.run_id, attempt.poll, attempt.outcome, attempt.document, new)


def _next_state(attempt: Attempt, now: datetime, random: Random) -> FeedState:
    state = pacing.next_state(attempt.poll, attempt.outcome, attempt.harvest, now=now, random=random)
    if pacing.adopts_redirect(attempt.poll, attempt.outcome, attempt.harvest):
        return replace(state, redirect_url=None, redirect_count=0)
    return state


def _moves(attempts: Iterable[Attempt], now: datetime) -> Iterator[rows.FeedMove]:
    for attempt in attempts:
        target = pacing.adopts_redirect(attempt.poll, attempt.outcome, attempt.harvest)
        if target:
            reason = (
                f"{pacing.ADOPT_AFTER} polls in a row were permanently redirected there, to entries known from here"
            )
            yield rows.FeedMove(attempt.poll.feed.feed_id, now, attempt.poll.feed.url, target, reason)


def _tally(batch: rows.Batch, labelled: Sequence[Labelled]) -> Tally:
    outcomes = [fetch.outcome for fetch in batch.fetches]
    new = [item for item in labelled if item.draft.is_new]
    return Tally(
        fetched_count=outcomes.count("fetched"),
        not_modified_count=outcomes.count("not_modified"),
        unchanged_count=outcomes.count("unchanged"),
        failed_count=outcomes.count("failed"),
        entries_seen_count=batch.entry_count,
        entries_new_count=len(batch.entries),
        entries_revised_count=sum(revision.revision_number > 1 for revision in batch.revisions),
        articles_new_count=len(new),
        stories_new_count=sum(item.draft.story_id == story_founded_by(item.draft.article_id) for item in new),
        relevant_new_count=sum(item.labels.is_relevant for item in new),
        events_new_count=sum(event.is_counted for item in new for event in item.labels.events),
    )
