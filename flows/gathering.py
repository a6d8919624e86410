"""From polls to batches: what is asked, read and foreseen while the batch before is decided on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, count
from threading import Event

from flows import way
from flows.stream import Put, Stream
from flows.way import NOTHING_FORESEEN, Attempt, Batch, Context, Foreseen
from tasks.counting import counted
from tasks.dedup import identity
from tasks.dedup.claims import Claim
from tasks.dedup.outlets import OutletIndex
from tasks.fetching import targets
from tasks.loading import dating
from tasks.tagging.labelling import Text
from tasks.workers import Workers
from warehouse.archive import Record
from warehouse.model import Document, Failed, Feed, Fetched, NotAFeed, Outcome, Outlet, Poll, Sighting

# Feeds that one task fetches: so many that the slowest of them holds up few others, few enough for a page to show.
FETCH_GROUP = 2_000
WORTH_WORKERS = 60
"""New documents from which it pays to let another process label and compare what they bring."""
WORTH_ANOTHER = 200
"""So many more are worth another such process: to start it takes as long as to label and compare a hundred."""
# One transaction takes about so many bytes of bodies, and of what is made of each besides its words: all of it lies in
# memory while it is worked on, a megabyte for each feed of 30 items.
BATCH_BYTES = 4_300_000
DOCUMENT_BYTES = 40_000
# Of a document that is mostly known less is made: so many of its bytes weigh as one.
RECALLED_BYTES = 8


@dataclass(slots=True)
class _Portion:
    """The attempts of a batch as they come, records of the new bodies, and the feeds no document of which is known."""

    attempts: list[Attempt] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Some attempts, what their documents showed, and of which feeds no earlier document is remembered."""

    batch_id: str
    attempts: tuple[Attempt, ...]
    sightings: tuple[Sighting, ...]
    unknown: frozenset[str]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What polls bring: batches, one after the other, and the outcomes until now, in the order of the polls."""

    batches: Stream[Batch]
    outcomes: list[Outcome]


@contextmanager
def gather(
    polls: Sequence[Poll],
    context: Context,
    *,
    outlets: Iterable[Outlet],
    last_starts: Mapping[str, datetime],
    progress: Callable[[str], None],
) -> Iterator[Gathered]:
    """Fetch feeds and read what they send while the block decides on the batches; nothing is asked after its end.

    `outlets` are the known ones, `last_starts` says when each host was last asked.
    """
    outcomes: list[Outcome] = []
    starts, stop = dict(last_starts), Event()
    foreseers = way.foreseers(context.settings)

    def ask(put: Put[Attempt]) -> None:
        for start in range(0, len(polls), FETCH_GROUP):
            group = polls[start : start + FETCH_GROUP]
            progress(f"Asking {counted(len(group), 'feed')} …")
            fetched = _asked(group, context, foreseers=foreseers, last_starts=starts, put=put, stop=stop)
            starts.update({targets.host_of(o.answer.url): o.answer.started_at for o in fetched})
            outcomes.extend(fetched)

    with (
        Stream(ask, ahead=len(polls)) as attempts,
        Stream.of(_read(iter(attempts), context)) as readings,
        Stream.of(_foresee(readings, context, workers=foreseers, outlets=outlets)) as batches,
        # Ended before the threads are waited for, one of which may be waiting for these.
        foreseers,
    ):
        try:
            yield Gathered(batches, outcomes)
        finally:
            stop.set()


def _asked(
    polls: Sequence[Poll],
    context: Context,
    *,
    foreseers: Workers,
    last_starts: Mapping[str, datetime],
    put: Put[Attempt],
    stop: Event,
) -> tuple[Outcome, ...]:
    """Fetch the feeds of some polls, until stopped; each attempt is put as it ends.

    Processes that label and compare are started meanwhile, as soon as there is enough new to be worth them.
    """
    recalled_count = unknown_count = 0

    def tell(poll: Poll, outcome: Outcome) -> None:
        nonlocal recalled_count, unknown_count
        attempt = Attempt(poll, outcome)
        if attempt.news:
            is_recalled = context.parsers.recalls(poll.feed.feed_id)
            recalled_count += is_recalled
            unknown_count += not is_recalled
            if unknown_count >= WORTH_WORKERS:
                foreseers.start(1 + unknown_count // WORTH_ANOTHER)
            if unknown_count + recalled_count >= WORTH_WORKERS:
                context.workers.start(1 + recalled_count // WORTH_ANOTHER)
        put(attempt)

    return context.steps.fetch(
        polls, settings=context.settings, archive=context.archive, last_starts=last_starts, on_outcome=tell, stop=stop
    )


def _read(attempts: Iterator[Attempt], context: Context) -> Iterator[_Reading]:
    """Attempts in batches of about `BATCH_BYTES`, with what was read in their bodies while others came."""
    for number in count(1):
        batch_id, portion = way.batch_name(context.run_id, number), _Portion()
        coming = _taken(attempts, portion, batch_id, context)
        first = next(coming, None)
        documents = context.steps.parse(chain([first], coming), context.parsers) if first else ()
        if not portion.attempts:
            return
        by_feed = {record.feed_id: document for record, document in zip(portion.records, documents, strict=True)}
        yield _Reading(
            batch_id=batch_id,
            attempts=tuple(_judged(attempt, by_feed.get(attempt.poll.feed.feed_id)) for attempt in portion.attempts),
            sightings=tuple(way.sightings(portion.records, documents)),
            unknown=frozenset(portion.unknown),
        )


def _taken(attempts: Iterator[Attempt], portion: _Portion, batch_id: str, context: Context) -> Iterator[Record]:
    """The records of the new bodies that come, until the portion is full of them, and their journal is written."""
    size = 0
    for attempt in attempts:
        portion.attempts.append(attempt)
        if news := attempt.news:
            record = _record(attempt.poll.feed, news)
            portion.records.append(record)
            is_recalled = context.parsers.recalls(record.feed_id)
            if not is_recalled:
                portion.unknown.add(record.feed_id)
            size += (news.body_bytes + DOCUMENT_BYTES) // (RECALLED_BYTES if is_recalled else 1)
            yield record
        if size >= BATCH_BYTES:
            break
    if portion.records:
        # From here on nothing of them is lost.
        context.archive.write_journal(batch_id, portion.records)


def _foresee(
    readings: Iterable[_Reading], context: Context, *, workers: Workers, outlets: Iterable[Outlet]
) -> Iterator[Batch]:
    """Readings as batches, with what can be said of their articles without knowing what is stored.

    It is said by `workers`, once these are started, while those of the context serve who decides on the batch before.
    `outlets` are the known ones.
    """
    index = OutletIndex(outlets)
    for reading in readings:
        feeds = {attempt.poll.feed.feed_id: attempt.poll.feed for attempt in reading.attempts}
        candidates = identity.candidates(reading.sightings)
        claims = [c for c in candidates.claims if c.sighting.feed_id in reading.unknown] if workers.are_started else []
        texts = tuple(dict.fromkeys(_expected(claim, feeds, index) for claim in claims))
        foreseen = _foreseen(texts, workers, context) if texts else NOTHING_FORESEEN
        yield Batch(reading.batch_id, reading.attempts, feeds, candidates, foreseen)


def _record(feed: Feed, outcome: Fetched) -> Record:
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


def _judged(attempt: Attempt, read: Document | NotAFeed | None) -> Attempt:
    """A body that is no feed is a failure of its feed like any other."""
    match read:
        case Document():
            return replace(attempt, document=read)
        case NotAFeed(kind=kind, reason=reason):
            return replace(attempt, outcome=Failed(attempt.outcome.answer, kind, "soft", reason))
        case None:
            return attempt


def _foreseen(texts: Sequence[Text], workers: Workers, context: Context) -> Foreseen:
    verdicts = dict(zip(texts, context.steps.tag(texts, workers), strict=True))
    compared = tuple(
        dict.fromkeys(text.words for text, (labels, _) in verdicts.items() if way.is_grouped(labels, context))
    )
    marks = context.steps.prints(compared, workers) if compared else ()
    return Foreseen(verdicts, dict(zip(compared, marks, strict=True)))


def _expected(claim: Claim, feeds: Mapping[str, Feed], outlets: OutletIndex) -> Text:
    """What the claimed article will show, if nobody else claims it and it is new."""
    entry, seen_at = claim.sighting.entry, claim.sighting.seen_at
    outlet = identity.publisher(claim.page or "", claim.sighting, feeds, outlets)
    return Text(
        title=entry.title,
        summary_text=entry.summary_text,
        full_text=entry.content_text,
        at=dating.judge(entry.published_at, entry.updated_at, seen_at)[0],
        outlet_name=outlet.name,
        declared_language=entry.language,
    )
