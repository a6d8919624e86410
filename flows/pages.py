"""The way of pages: what a tour has asked for is read, and loaded with the labels of the text that it gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flows import way
from flows.tour import NO_RULES, Attempt, Tour, Visit
from flows.way import Context
from tasks.dedup import urls
from tasks.fetching import targets
from tasks.loading import assembly
from tasks.loading import pages as loading
from tasks.parsing import fulltext, walls
from warehouse import lock, rows
from warehouse.archive import PAGE, Record
from warehouse.model import Answer, Failed, Fetched, NoText, Page, PageText
from warehouse.pages import Candidate, Known

TRIES = 3
FIRST_RETRY = timedelta(hours=2)
"""Wait after the first of `TRIES` attempts that failed for now; each failure doubles it."""
LONGEST_RETRY_AFTER = 86_400.0
"""Seconds; a longer wait that a server asks for is cut to this."""
_REFUSALS = frozenset({401, 402, 403, 451})
_INTERRUPTED = NoText("failed", "interrupted", "A crash lost how the attempt ended; only the address was kept.")


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt with what its page gave, and the other address that it turned out to have."""

    attempt: Attempt
    page: Page
    led_to_url: str | None


def gather(
    visits: Sequence[Visit], known: Known, *, last_starts: Mapping[str, datetime], context: Context
) -> tuple[rows.Page, ...]:
    """Ask for pages round by round, and load what each round brings; the rows of the attempts."""
    tour = Tour(visits, known, last_starts=last_starts, context=context)
    loaded: list[rows.Page] = []
    for number, attempts in enumerate(tour.rounds(), 1):
        batch_id = way.batch_name(context.run_id, number)
        pages = _ingest(attempts, tour.take_learnt(), batch_id, known.aggregators, context)
        for page in pages:
            if page.outcome == "opted_out":
                tour.rest(targets.host_of(page.url))
        loaded += pages
    return tuple(loaded)


def ingest_records(records: Sequence[Record], batch_id: str, context: Context) -> None:
    """Take pages that are in the journal already into the warehouse: what a crash kept out."""
    candidates, aggregators = loading.candidates(context.settings, {r.article_id for r in records if r.article_id})
    by_id = {candidate.article_id: candidate for candidate in candidates}
    attempts = [_recorded(r, by_id[r.article_id]) for r in records if r.article_id in by_id]
    _load(_read(attempts, aggregators, context), (), batch_id, context)


def _ingest(
    attempts: Sequence[Attempt],
    learnt: tuple[rows.Robots, ...],
    batch_id: str,
    aggregators: frozenset[str],
    context: Context,
) -> tuple[rows.Page, ...]:
    """Read the pages of a round, note in the journal what changes an article, and load."""
    results = _read([_with_finding(attempt) for attempt in attempts], aggregators, context)
    kept = [result for result in results if isinstance(result.page, PageText) or result.led_to_url]
    context.archive.write_journal(batch_id, [_record(result.attempt) for result in kept])
    return _load(results, learnt, batch_id, context)


def _with_finding(attempt: Attempt) -> Attempt:
    """The attempt with what its answer's status or headers say of the page, where they settle it."""
    match attempt:
        case Attempt(finding=None, outcome=Failed() as failed):
            return replace(attempt, finding=_failure(failed))
        case Attempt(finding=None, outcome=Fetched() as fetched):
            return replace(attempt, finding=fulltext.opt_out(fetched.answer.headers))
    return attempt


def _failure(failed: Failed) -> NoText:
    match failed.answer.http_status if failed.kind.startswith("http_") else None:
        case int(status) if status in _REFUSALS:
            return NoText("wall", failed.kind, f"The publisher refuses this client, or wants a login ({status}).")
        case 404 | 410 as status:
            return NoText("no_text", failed.kind, f"The page is no longer there ({status}).")
    return NoText("failed", failed.kind, failed.reason)


def _read(attempts: Sequence[Attempt], aggregators: frozenset[str], context: Context) -> list[Result]:
    unread = [attempt for attempt in attempts if attempt.finding is None]
    read = iter(context.steps.read_pages([_record(attempt) for attempt in unread], context.archive))
    pages = [attempt.finding or _judged(attempt.visit, next(read)) for attempt in attempts]
    return [
        Result(attempt, page, _led_to(attempt.visit, page, aggregators))
        for attempt, page in zip(attempts, pages, strict=True)
    ]


def _judged(visit: Visit, page: Page) -> Page:
    article = visit.candidate
    return fulltext.judge(page, asked_url=article.url, url=visit.url, title=article.title, summary=article.summary_text)


def _led_to(visit: Visit, page: Page, aggregators: frozenset[str]) -> str | None:
    """The other canonical URL of an article: certain where its text was found there, or an aggregator led there."""
    address = urls.read(visit.url)
    if address is None or address.is_home_page or address.canonical == visit.candidate.url:
        return None
    host, asked_host = urls.host_of(visit.url), urls.host_of(visit.candidate.url)
    is_led = asked_host in aggregators and host != asked_host and walls.wall_at(visit.url) is None
    is_same = isinstance(page, PageText) or page.outcome == "merged"
    return address.canonical if is_led or is_same else None


def _record(attempt: Attempt) -> Record:
    candidate = attempt.visit.candidate
    # A body whose headers opted out is not ours to read, not in a rebuild either.
    fetched = attempt.outcome if isinstance(attempt.outcome, Fetched) and attempt.finding is None else None
    return Record(
        feed_id="",
        feed_url=candidate.url,
        outlet_id=candidate.outlet_id,
        language=None,
        seen_at=attempt.ended_at,
        body_sha256=fetched.body_sha256 if fetched else "",
        url=attempt.visit.url,
        content_type=fetched.answer.header("content-type") if fetched else None,
        format=PAGE,
        article_id=candidate.article_id,
    )


def _recorded(record: Record, candidate: Candidate) -> Attempt:
    """The attempt that a record of the journal is of; how long it took, and how it was answered, are not kept."""
    visit = Visit(candidate, record.url)
    if not record.body_sha256:
        return Attempt(visit, record.seen_at, finding=_INTERRUPTED)
    headers = (("content-type", record.content_type),) if record.content_type else ()
    answer = Answer(candidate.article_id, record.seen_at, 0.0, record.url, headers=headers)
    return Attempt(visit, record.seen_at, Fetched(answer, record.body_sha256, 0))


def _load(
    results: Sequence[Result], learnt: tuple[rows.Robots, ...], batch_id: str, context: Context
) -> tuple[rows.Page, ...]:
    """Texts, the labels that rest on them, and attempts, in one transaction, before anybody else's batch."""
    with lock.turn(context.settings.warehouse_path):
        return _labelled_and_loaded(results, learnt, batch_id, context)


def _labelled_and_loaded(
    results: Sequence[Result], learnt: tuple[rows.Robots, ...], batch_id: str, context: Context
) -> tuple[rows.Page, ...]:
    texts = {r.attempt.visit.candidate.article_id: r.page for r in results if isinstance(r.page, PageText)}
    labelled = way.label(loading.drafts(context.settings, texts), context)
    pages = tuple(_page_row(result, context) for result in results)
    batch = rows.Batch(
        batch_id=batch_id,
        run_id=context.run_id,
        loaded_at=context.clock(),
        articles=assembly.article_rows(labelled),
        addresses=tuple(rows.ArticleAddress(p.article_id, p.led_to_url, "redirect") for p in pages if p.led_to_url),
        topics=assembly.topic_rows(labelled),
        actors=assembly.actor_rows(labelled),
        events=assembly.event_rows(labelled),
        pages=pages,
        robots=learnt,
    )
    context.steps.load(context.settings, batch)
    return pages


def _page_row(result: Result, context: Context) -> rows.Page:
    attempt, page = result.attempt, result.page
    candidate, outcome = attempt.visit.candidate, attempt.outcome
    number = candidate.attempt_count + 1
    row = rows.Page(
        article_id=candidate.article_id,
        run_id=context.run_id,
        fetched_at=attempt.ended_at,
        attempt_number=number,
        url=attempt.visit.url,
        outcome="text" if isinstance(page, PageText) else page.outcome,
        led_to_url=result.led_to_url,
        retry_at=_retry_at(attempt, number),
    )
    if outcome:
        row = replace(
            row,
            http_status=outcome.answer.http_status,
            seconds=outcome.answer.seconds,
            bytes_received=outcome.answer.bytes_received,
            body_sha256=outcome.body_sha256 if isinstance(outcome, Fetched) else None,
        )
    match page:
        case PageText():
            return replace(row, method=page.method, title=page.title)
        case NoText():
            return replace(row, kind=page.kind, reason=page.reason)


def _retry_at(attempt: Attempt, number: int) -> datetime | None:
    """When to try again what failed for now."""
    outcome = attempt.outcome
    is_temporary = attempt.finding is NO_RULES or (isinstance(outcome, Failed) and outcome.grade == "temporary")
    if not is_temporary or number >= TRIES:
        return None
    asked = (outcome.retry_after_seconds or 0.0) if isinstance(outcome, Failed) else 0.0
    wait = max(FIRST_RETRY.total_seconds() * 2.0 ** (number - 1), min(asked, LONGEST_RETRY_AFTER))
    return attempt.ended_at + timedelta(seconds=wait)


_NAMES = {
    "text": "with text",
    "wall": "behind a wall",
    "opted_out": "opted out",
    "disallowed": "disallowed by robots.txt",
    "no_text": "without text",
    "merged": "known already",
    "failed": "failed",
}


def describe(pages: Sequence[rows.Page], planned_count: int) -> str:
    """What a run brought, in one sentence."""
    if not planned_count:
        return "No article wants its page"
    counts = Counter(page.outcome for page in pages)
    left = planned_count - len(pages)
    parts = [f"{counts[outcome]} {name}" for outcome, name in _NAMES.items() if counts[outcome]]
    return f"{planned_count} pages: " + ", ".join([*parts, *([f"{left} left for later"] if left else [])])
