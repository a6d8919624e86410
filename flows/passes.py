"""A whole pass of `monitor`, `import` or `fulltext`, from the lock to the published copy, without Prefect."""

from __future__ import annotations

import gc
import gzip
import secrets
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from flows import gathering, pages, tour, way
from flows.way import Context, Steps, Tally
from tasks.counting import counted
from tasks.fetching import plan, politeness, robots, targets
from tasks.fetching.plan import Share
from tasks.loading import pages as page_loading
from tasks.parsing import batch as parsing
from tasks.tagging import seedbook
from tasks.workers import Workers
from warehouse import catalogue, database, lock, migrate, publish, reference, rows
from warehouse.archive import PAGE, Archive, Record
from warehouse.catalogue import Catalogue
from warehouse.errors import InputError
from warehouse.model import Feed, Outcome, Outlet, Poll
from warehouse.settings import Settings
from warehouse.store import Store

# While nothing comes for longer, the warehouse is closed, so that commands that write to it have their turn.
KEPT_OPEN_SECONDS = 5.0
# A run that a crash ended is finished by the next one; the journal of so many days is searched for it.
RECOVERY_DAYS = 2
# Items of an import that are parsed, tagged and loaded together.
IMPORT_LINES = 10_000
# Stands for whoever collected the items of a file: their publishers are named by address or by the items.
IMPORT_OUTLET = Outlet("import", "Imported files", None, "aggregator")
# What a 304 spared is the size of the body before it, which a feed sends at least once a week.
SIZES_KNOWN_FOR = timedelta(days=8)
PLAIN = Steps()


@dataclass(frozen=True, slots=True)
class PagePass:
    """What a pass of `fulltext` did: its run, and the attempts at pages."""

    run: rows.Run
    pages: tuple[rows.Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass did: its run, what it asked of publishers, and the attempts in the order of the plan."""

    run: rows.Run
    polls: tuple[Poll, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    politeness: politeness.Politeness | None = None


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def monitor(
    settings: Settings,
    *,
    feeds_file: Path | None = None,
    everything: bool = False,
    share: str = "",
    steps: Steps = PLAIN,
    prefect_flow_run_id: str | None = None,
    patience_seconds: float = 0.0,
    clock: Callable[[], datetime] = utc_now,
    progress: Callable[[str], None] = lambda _: None,
) -> Pass:
    """Poll the due feeds of the catalogue, or those of a file, and load what they bring.

    Where several machines poll, each takes its `share` of the hosts, such as `2/3`.

    Raises:
        SettingsError: the share is not one.
        CatalogueError: the file cannot be read as a catalogue.
        WarehouseError: the warehouse cannot be used; WarehouseBusy, if another pass is going on.
    """
    given = catalogue.read(feeds_file) if feeds_file else None
    own = plan.share(share) if share else plan.WHOLE
    with running(settings, "monitor", steps, prefect_flow_run_id, clock, patience_seconds=patience_seconds) as (
        context,
        begun,
    ):
        polls, outlets, last_starts, body_bytes = _plan(settings, given, clock(), everything=everything, share=own)
        tally = Tally()
        with gathering.gather(polls, context, outlets=outlets, last_starts=last_starts, progress=progress) as gathered:
            for burst in gathered.batches.bursts(KEPT_OPEN_SECONDS):
                with database.kept_open(settings.warehouse_path):
                    for batch in burst:
                        tally += way.ingest(batch, context)
                        progress(
                            f"Loaded: {tally.entries_new_count} new entries, "
                            f"{tally.relevant_new_count} relevant articles …"
                        )
        run = _finish(settings, begun, tally, clock(), due_count=len(polls))
        _publish(settings, steps, run)
    outcomes = tuple(gathered.outcomes)
    return Pass(run, polls, outcomes, politeness.summary(polls, outcomes, last_body_bytes=body_bytes))


def import_files(
    settings: Settings,
    paths: Sequence[Path],
    *,
    workers: Workers | None = None,
    prefect_flow_run_id: str | None = None,
    clock: Callable[[], datetime] = utc_now,
    progress: Callable[[str], None] = lambda _: None,
) -> Pass:
    """Load items from files, JSON Lines, CSV or saved feed documents, by the way that fetched ones take.

    `workers` label and compare; this machine's own, if None.

    Raises:
        InputError: a file cannot be read.
        WarehouseError: the warehouse cannot be used.
    """
    with running(settings, "import", PLAIN, prefect_flow_run_id, clock, workers=workers) as (context, begun):
        context.workers.start()
        feeds = {path: _import_feed(path) for path in paths}
        with database.writing(settings.warehouse_path) as connection:
            given = Catalogue(tuple(feeds.values()), (IMPORT_OUTLET,))
            Store(connection).apply_catalogue(given, origin="import")
        tally = Tally()
        for number, (path, body) in enumerate(_portions(paths), 1):
            record = _import_record(path, body, feeds[path], context)
            batch_id = way.batch_name(begun.run_id, number)
            context.archive.write_journal(batch_id, [record])
            tally += way.ingest_records([record], batch_id, context)
            progress(f"{path.name}: {tally.entries_seen_count} items read, {tally.entries_new_count} new")
        run = _finish(settings, begun, tally, clock())
        PLAIN.publish(settings)
    return Pass(run)


def fulltext(
    settings: Settings,
    *,
    steps: Steps = PLAIN,
    prefect_flow_run_id: str | None = None,
    patience_seconds: float = 0.0,
    clock: Callable[[], datetime] = utc_now,
) -> PagePass:
    """Ask for the pages of relevant articles that want their full text, and load what they give.

    Raises:
        WarehouseError: the warehouse cannot be used; WarehouseBusy, if another pass is going on.
    """
    with running(settings, "fulltext", steps, prefect_flow_run_id, clock, patience_seconds=patience_seconds) as (
        context,
        begun,
    ):
        known = page_loading.look_up(settings, clock())
        limit = settings.full_text_pages if settings.full_text else 0
        visits = tour.plan(known.candidates, resting=known.resting, limit=limit)
        # A crawl-delay may be as long as a day, so that requests of so long ago count.
        with database.writing(settings.warehouse_path) as connection:
            starts = _starts_by_host(Store(connection), clock() - timedelta(seconds=robots.LONGEST_DELAY))
        loaded = pages.gather(visits, known, last_starts=starts, context=context)
        message = pages.describe(loaded, len(visits)) if settings.full_text else "Full text is off (USVEN_FULL_TEXT)"
        outcomes = [page.outcome for page in loaded]
        run = replace(
            begun,
            due_count=len(visits),
            fetched_count=outcomes.count("text"),
            failed_count=outcomes.count("failed"),
            finished_at=clock(),
            status="completed",
            message=message,
        )
        record(settings, run)
        _publish(settings, steps, run)
    return PagePass(run, loaded)


@contextmanager
def running(
    settings: Settings,
    flow: str,
    steps: Steps,
    prefect_flow_run_id: str | None,
    clock: Callable[[], datetime],
    *,
    patience_seconds: float = 0.0,
    search_all: bool = False,
    workers: Workers | None = None,
) -> Iterator[tuple[Context, rows.Run]]:
    """Hold the lock, record the run, and finish first what an earlier run left undone.

    It is looked for in the journal of the last days; with `search_all` in the whole of it, for where a clock that was
    set back by more has left it out of the order.
    """
    purpose = f"a pass of {flow}"
    with lock.exclusive(settings.data / "usven.lock", purpose, patience_seconds=patience_seconds):
        migrate.ensure(settings.warehouse_path)
        started_at = clock()
        begun = rows.Run(
            run_id=f"{started_at:%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}",
            flow=flow,
            started_at=started_at,
            prefect_flow_run_id=prefect_flow_run_id,
            code_version=version("usven"),
            rules_version=seedbook.version(),
        )
        archive = Archive(settings.archive_url)
        with (
            _seldom_collected(),
            lock.running(settings.warehouse_path, begun.run_id),
            parsing.parsers(settings, archive) as parsers,
            workers or way.workers(settings) as labellers,
        ):
            context = Context(settings, archive, parsers, labellers, steps, begun.run_id, clock, Random())  # noqa: S311
            left_over = _begin(begun, context, search_all=search_all)
            try:
                for batch_id in left_over:
                    _recover(batch_id, context)
                yield context, begun
            except BaseException as error:
                _fail(settings, begun, error, clock())
                raise


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """What a batch is made of lives until it is loaded: to look for garbage in it all along is a seventh of dedupe."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _begin(begun: rows.Run, context: Context, *, search_all: bool) -> Iterator[str]:
    """Record that a run has begun; the batches that runs which have died did not come to load."""
    warehouse = context.settings.warehouse_path
    with database.writing(warehouse) as connection:
        store = Store(connection)
        if store.last_rules_version() != begun.rules_version:
            store.replace_reference(reference.tables())
        store.apply_catalogue(catalogue.bundled(), origin="catalogue")
        unfinished = store.unfinished_runs()
        alive = {run_id for run_id in unfinished if lock.is_running(warehouse, run_id)}
        store.begin_run(begun, crashed=unfinished - alive)
        since = "" if search_all else _recovery_start(store)
        done = store.loaded_batches(since)
    batches = context.archive.batch_ids(since=since)
    return (batch_id for batch_id in batches if batch_id not in done and way.run_of(batch_id) not in alive)


def _recover(batch_id: str, context: Context) -> None:
    """Load a batch that its own run did not come to load."""
    records = context.archive.read_journal(batch_id)
    if any(record.format == PAGE for record in records):
        pages.ingest_records(records, batch_id, context)
    else:
        way.ingest_records(records, batch_id, context)


def _plan(
    settings: Settings, given: Catalogue | None, now: datetime, *, everything: bool, share: Share
) -> tuple[tuple[Poll, ...], tuple[Outlet, ...], dict[str, datetime], dict[str, int]]:
    """The due polls, the known outlets, when each host was last asked, and the size of each feed's last body."""
    with database.writing(settings.warehouse_path) as connection:
        store = Store(connection)
        if given:
            store.apply_catalogue(given, origin="file")
        polls = store.polls([feed.url for feed in given.feeds] if given else None)
        by_host = _starts_by_host(store, now - timedelta(seconds=settings.host_delay_seconds))
        body_bytes = store.last_body_bytes(now - SIZES_KNOWN_FOR)
        outlets = store.outlets()
    return plan.plan(polls, now, everything=everything, share=share), outlets, by_host, body_bytes


def _starts_by_host(store: Store, since: datetime) -> dict[str, datetime]:
    """When each host was last asked for anything."""
    by_host: dict[str, datetime] = {}
    for url, started_at in store.last_starts(since).items():
        host = targets.host_of(url)
        by_host[host] = max(started_at, by_host.get(host, started_at))
    return by_host


def _recovery_start(store: Store) -> str:
    newest = store.last_batch()
    if newest is None:
        return ""
    day = datetime.strptime(newest[:8], "%Y%m%d").replace(tzinfo=UTC) - timedelta(days=RECOVERY_DAYS)
    return f"{day:%Y%m%d}"


def _finish(settings: Settings, begun: rows.Run, tally: Tally, now: datetime, *, due_count: int = 0) -> rows.Run:
    run = replace(begun, **asdict(tally), due_count=due_count, finished_at=now, status="completed")
    run = replace(run, message=describe(run))
    record(settings, run)
    return run


def _publish(settings: Settings, steps: Steps, run: rows.Run) -> None:
    """Lead readers to what a run brought; one that had nothing to do, with nothing left to tell, copies nothing."""
    if run.due_count or not publish.is_current(settings.warehouse_path, settings.published_path):
        steps.publish(settings)


def _fail(settings: Settings, begun: rows.Run, error: BaseException, now: datetime) -> None:
    status = "cancelled" if isinstance(error, KeyboardInterrupt) else "failed"
    record(settings, replace(begun, finished_at=now, status=status, message=f"{type(error).__name__}: {error}"[:500]))


def record(settings: Settings, run: rows.Run) -> None:
    """Store how a run ended."""
    with database.writing(settings.warehouse_path) as connection:
        Store(connection).finish_run(run)


def describe(run: rows.Run) -> str:
    """A run in one sentence."""
    news = (
        f"{run.entries_new_count} new and {run.entries_revised_count} revised entries, "
        f"{counted(run.articles_new_count, 'new article')}, {run.relevant_new_count} of them relevant"
    )
    if run.flow != "monitor":
        return f"{counted(run.entries_seen_count, 'item')}: {news}"
    if not run.due_count:
        return "No feed was due"
    polls = (
        f"{counted(run.due_count, 'feed')} due: {run.fetched_count} with a new document, "
        f"{run.not_modified_count + run.unchanged_count} unchanged, {run.failed_count} failed"
    )
    if all_failed(run) and run.due_count > 1:
        return f"{polls}. `usven status` says why; where no host was found, this machine may be offline"
    return f"{polls}; {news}"


def _portions(paths: Sequence[Path]) -> Iterator[tuple[Path, bytes]]:
    """The files' bodies; files of items are cut between lines, so that a long one is no single transaction."""
    for path in paths:
        try:
            body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path} cannot be read: {error}.") from error
        if _form(path) != "jsonl":
            yield path, body
        else:
            lines = body.splitlines(keepends=True)
            for start in range(0, len(lines), IMPORT_LINES):
                yield path, b"".join(lines[start : start + IMPORT_LINES])


def _import_record(path: Path, body: bytes, feed: Feed, context: Context) -> Record:
    return Record(
        feed_id=feed.feed_id,
        feed_url=feed.url,
        outlet_id=feed.outlet_id,
        language=None,
        seen_at=context.clock(),
        body_sha256=context.archive.put(body),
        url=feed.url,
        format=_form(path),
    )


def _import_feed(path: Path) -> Feed:
    """The feed that stands for a file of items; each item names its own publisher."""
    return Feed(
        feed_id=f"import-{catalogue.slug(path.name.removesuffix('.gz'))}",
        url=f"file:///{quote(path.name)}",
        outlet_id=IMPORT_OUTLET.outlet_id,
        language=None,
        is_enabled=False,
        status_reason="A file of items, imported by hand.",
    )


def _form(path: Path) -> str | None:
    return {".jsonl": "jsonl", ".csv": "csv"}.get(Path(path.name.removesuffix(".gz")).suffix)


def all_failed(run: rows.Run) -> bool:
    """Whether there were feeds to poll and each of them failed."""
    return 0 < run.due_count == run.failed_count


def as_json(run: rows.Run) -> dict[str, Any]:
    """A run as `--json` prints it."""
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
    return {
        "run_id": run.run_id,
        "feeds": {
            "due": run.due_count,
            "fetched": run.fetched_count,
            "not_modified": run.not_modified_count,
            "unchanged": run.unchanged_count,
            "failed": run.failed_count,
        },
        "entries": {
            "seen": run.entries_seen_count,
            "new": run.entries_new_count,
            "revised": run.entries_revised_count,
        },
        "articles_new": run.articles_new_count,
        "stories_new": run.stories_new_count,
        "relevant_new": run.relevant_new_count,
        "events_new": run.events_new_count,
        "seconds": seconds,
    }
