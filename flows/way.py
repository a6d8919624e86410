"""The data's way: from fetches to rows, a batch at a time. The same program with and without Prefect."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from random import Random
from threading import Event

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
from tasks.workers import Workers
from warehouse import lock, rows
from warehouse.archive import Archive, Record
from warehouse.model import (
    Document,
    Draft,
    Failed,
    Feed,
    FeedState,
    Fetched,
    Harvest,
    KnownArticle,
    Labelled,
    Neighbours,
    NotAFeed,
    Outcome,
    Outlet,
    Page,
    Poll,
    Prints,
    Sighting,
    Wording,
    story_founded_by,
)
from warehouse.settings import Settings

WORTH_WORKERS = 60
"""New documents from which it pays to let another process label and compare what they bring."""
WORTH_ANOTHER = 200
"""So many more are worth another such process: to start it takes as long as to label and compare a hundred."""
# One transaction takes about so many bytes of bodies: what they hold lies in memory while they are worked on, a
# megabyte for each feed of 30 items.
BATCH_BYTES = 3_000_000


@dataclass(frozen=True, slots=True)
class Steps:
    """What a pass calls, in the order of the data's way: plain functions here, Prefect tasks in the flow."""

    fetch: Callable[..., tuple[Outcome, ...]] = fetcher.fetch_all
    parse: Callable[..., tuple[Document | NotAFeed, ...]] = parsing.parse
    look_up: Callable[..., loader.Known] = loader.look_up
    dedupe: Callable[..., dedup.Deduped] = dedup.dedupe
    find_articles: Callable[..., dict[str, KnownArticle]] = loader.find_articles
    tag: Callable[..., tuple[Labelled, ...]] = labelling.label
    prints: Callable[..., tuple[Prints, ...]] = grouping.prints
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


@dataclass(frozen=True, slots=True)
class Batch:
    """What some attempts brought: all that can be said of it before the warehouse is asked.

    `candidates` are of the documents' entries. Of bodies that no attempt of this run brought there are no attempts.
    """

    batch_id: str
    attempts: tuple[Attempt, ...]
    feeds: Mapping[str, Feed]
    candidates: Candidates


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


def ask(
    polls: Sequence[Poll],
    context: Context,
    *,
    last_starts: Mapping[str, datetime],
    put: Callable[[tuple[Attempt, ...]], None],
    stop: Event,
) -> tuple[Outcome, ...]:
    """Fetch the feeds of some polls, until stopped; attempts are put in portions of about `BATCH_BYTES` as these fill.

    Processes that label and compare are started meanwhile, as soon as there is enough new to be worth them.
    """
    portion: list[Attempt] = []
    size = new_count = 0

    def tell(poll: Poll, outcome: Outcome) -> None:
        nonlocal size, new_count
        portion.append(Attempt(poll, outcome))
        if isinstance(outcome, Fetched) and assembly.outcome_name(poll, outcome) == "fetched":
            # Of a document that is mostly known less is made, and kept in memory until it is loaded.
            size += outcome.body_bytes // (2 if context.parsers.recalls(poll.feed.feed_id) else 1)
            new_count += 1
            if new_count >= WORTH_WORKERS:
                context.workers.start(1 + new_count // WORTH_ANOTHER)
        if size >= BATCH_BYTES:
            pass_on()

    def pass_on() -> None:
        nonlocal size
        put(tuple(portion))
        portion.clear()
        size = 0

    outcomes = context.steps.fetch(
        polls, settings=context.settings, archive=context.archive, last_starts=last_starts, on_outcome=tell, stop=stop
    )
    if portion:
        pass_on()
    return outcomes


def read(portions: Iterable[tuple[Attempt, ...]], context: Context) -> Iterator[Batch]:
    """Portions of attempts as batches, their bodies journalled and parsed."""
    for number, portion in enumerate(portions, 1):
        new = [a for a in portion if assembly.outcome_name(a.poll, a.outcome) == "fetched"]
        batch_id, records = batch_name(context.run_id, number), tuple(map(_record, new))
        if records:
            # From here on nothing of them is lost.
            context.archive.write_journal(batch_id, records)
        documents = _parse(records, context)
        by_feed = {record.feed_id: document for record, document in zip(records, documents, strict=True)}
        yield Batch(
            batch_id=batch_id,
            attempts=tuple(_judged(attempt, by_feed.get(attempt.poll.feed.feed_id)) for attempt in portion),
            feeds={attempt.poll.feed.feed_id: attempt.poll.feed for attempt in portion},
            candidates=identity.candidates(_sightings(records, documents)),
        )


def workers(settings: Settings) -> Workers:
    """Processes that label and compare, all processors' worth of them once there is enough to do."""
    # What is little this process does itself.
    meaning.keep_in(settings.encoder_dir)
    return Workers(
        os.cpu_count() or 1, preparations=(labelling.prepare, partial(grouping.prepare, settings.encoder_dir))
    )


def ingest(batch: Batch, context: Context) -> Tally:
    """Decide what a batch adds to what is known, and load it, before anybody else's batch is decided on."""
    with lock.turn(context.settings.warehouse_path):
        return _decided_and_loaded(batch, context)


def ingest_records(records: Sequence[Record], batch_id: str, context: Context) -> Tally:
    """Take bodies that are in the journal already into the warehouse: imported ones, or what a crash kept out."""
    feeds = {r.feed_id: Feed(r.feed_id, r.feed_url, r.outlet_id, r.language) for r in records}
    candidates = identity.candidates(_sightings(records, _parse(records, context)))
    return ingest(Batch(batch_id, (), feeds, candidates), context)


def batch_name(run_id: str, number: int) -> str:
    """Name of a run's batch in the journal; names sort by time."""
    return f"{run_id}-{number:04}"


def run_of(batch_id: str) -> str:
    """The run whose batch it is."""
    return batch_id.rpartition("-")[0]


def _record(attempt: Attempt) -> Record:
    feed, outcome = attempt.poll.feed, attempt.outcome
    assert isinstance(outcome, Fetched)  # noqa: S101 - the caller's choice
    return Record(
        feed_id=feed.feed_id,
        feed_url=feed.url,
        outlet_id=feed.outlet_id,
        language=feed.language,
        seen_at=outcome.answer.started_at,
        body_sha256=outcome.body_sha256,
        url=outcome.answer.url,
        content_type=outcome.answer.header("content-type"),
        content_language=outcome.answer.header("content-language"),
    )


def _parse(records: Sequence[Record], context: Context) -> tuple[Document | NotAFeed, ...]:
    return context.steps.parse(records, context.parsers) if records else ()


def _judged(attempt: Attempt, read: Document | NotAFeed | None) -> Attempt:
    """A body that is no feed is a failure of its feed like any other."""
    match read:
        case Document():
            return replace(attempt, document=read)
        case NotAFeed(kind=kind, reason=reason):
            return replace(attempt, outcome=Failed(attempt.outcome.answer, kind, "soft", reason))
        case None:
            return attempt


def _decided_and_loaded(batch: Batch, context: Context) -> Tally:
    known, deduped = _deduped(batch, context)
    decisions = deduped.decisions
    priorities = assembly.priorities(decisions, {e.entry_id: e.priority for e in known.entries}, batch.feeds)
    outlets = {outlet.outlet_id: outlet for outlet in (*known.outlets, *deduped.publishers)}
    drafts = _drafts(decisions.revisions, priorities, outlets, context)
    labelled = context.steps.tag(drafts, context.workers) if drafts else ()
    strangers = {outlet.outlet_id for outlet in deduped.publishers} - {outlet.outlet_id for outlet in known.outlets}
    now = context.clock()
    # Another process compares the articles meanwhile.
    with ThreadPoolExecutor(1) as executor:
        comparing = executor.submit(copy_context().run, group_relevant, labelled, context)
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


def group_relevant(
    labelled: Sequence[Labelled], context: Context
) -> tuple[tuple[Labelled, ...], tuple[Prints, ...], grouping.Grouped]:
    """The articles with the stories and originals that were found for those which are to be grouped."""
    chosen = [item for item in labelled if item.labels.is_relevant or context.settings.group == "all"]
    if not chosen:
        return tuple(labelled), (), grouping.NOTHING
    reports = [assembly.report(item) for item in chosen]
    marks = context.steps.prints(reports, context.workers)
    near = context.steps.find_neighbours(
        context.settings, marks, copy_window=copies.WINDOW, story_window=likeness.WINDOW
    )
    grouped = context.steps.group(reports, marks, near, context.workers)
    return tuple(_placed(item, grouped) for item in labelled), marks, grouped


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


def _sightings(records: Sequence[Record], documents: Sequence[Document | NotAFeed]) -> Iterator[Sighting]:
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
