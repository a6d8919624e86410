"""`usven feeds`: looking at the catalogue, and changing it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks.fetching import discovery, fetcher, wording
from tasks.fetching.masking import mask
from tasks.parsing import reader
from warehouse import catalogue, database, migrate, publish
from warehouse.archive import Archive
from warehouse.catalogue import Catalogue
from warehouse.errors import CatalogueError
from warehouse.model import Document, Failed, FeedState, Fetched, Harvest, NotAFeed, Outcome, Poll
from warehouse.settings import Settings
from warehouse.store import Store


def show_list(settings: Settings, *, as_json: bool) -> None:
    """Print the feeds of the catalogue with their state."""
    now = datetime.now(UTC)
    polls = _polls(settings)
    if as_json:
        print(json.dumps({"feeds": [_plain(poll, now) for poll in polls]}, ensure_ascii=False))  # noqa: T201
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Feed", "Language", "Status", "In words", box=None, header_style="bold", pad_edge=False)
    for poll in polls:
        state = wording.describe_state(poll, now=now)
        table.add_row(poll.feed.feed_id, poll.feed.language or "", _status(poll), Text(state))
    Console(highlight=False).print(table)


def check(settings: Settings, names: Sequence[str], *, as_json: bool) -> bool:
    """Fetch each named feed once and print what is wrong with it; whether nothing is."""
    polls = [_named(name, _polls(settings)) for name in names] or [p for p in _polls(settings) if p.feed.is_enabled]
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(folder)
        outcomes = fetcher.fetch_all(polls, settings=settings, archive=archive)
        found = [_finding(p, o, archive, settings) for p, o in zip(polls, outcomes, strict=True)]
    if as_json:
        print(json.dumps({"feeds": found}, ensure_ascii=False))  # noqa: T201
    else:
        for finding in found:
            print(f"{'ok ' if finding['ok'] else 'BAD'} {finding['feed_id']}: {finding['words']}")  # noqa: T201
    return all(finding["ok"] for finding in found)


def add(settings: Settings, url: str, *, name: str | None, language: str | None) -> str:
    """Add a feed by its address; what was done, in words.

    Raises:
        CatalogueError: the address is no web address, or is in the catalogue already.
    """
    if any(poll.feed.url == url for poll in _polls(settings)):
        raise CatalogueError(f"{mask(url)} is in the catalogue already.")
    feed = catalogue.feed_for(url, origin="the command line", name=name, language=language)
    _apply(settings, Catalogue((feed,), ()))
    return f"Added {feed.feed_id}. `usven feeds check {feed.feed_id}` tries it."


def import_file(settings: Settings, path: Path) -> str:
    """Add the feeds of a file; what was done, in words."""
    given = catalogue.read(path)
    before = {poll.feed.url for poll in _polls(settings)}
    new = tuple(feed for feed in given.feeds if feed.url not in before)
    _apply(settings, Catalogue(new, given.outlets))
    return f"{len(new)} feeds added, {len(given.feeds) - len(new)} were there already."


def export(settings: Settings, *, as_opml: bool) -> str:
    """The catalogue as text."""
    with _store(settings) as store:
        feeds, outlets = store.feeds(), {outlet.outlet_id: outlet for outlet in store.outlets()}
    if as_opml:
        return catalogue.to_opml([feed for feed in feeds if feed.is_enabled], outlets)
    return catalogue.to_csv(feeds)


def enable(settings: Settings, feed_id: str) -> None:
    """Poll a feed again, at once.

    Raises:
        CatalogueError: there is no such feed.
    """
    _change(settings, feed_id, is_enabled=True, reason="")


def disable(settings: Settings, feed_id: str, why: str) -> None:
    """Stop polling a feed.

    Raises:
        CatalogueError: there is no such feed.
    """
    _change(settings, feed_id, is_enabled=False, reason=why)


def remove(settings: Settings, feed_id: str) -> None:
    """Take a feed out of the catalogue; what it brought stays.

    Raises:
        CatalogueError: there is no such feed.
    """
    with _store(settings) as store:
        _demand(store, feed_id)
        store.remove_feed(feed_id)
    publish.publish(settings.warehouse_path, settings.published_path)


def _change(settings: Settings, feed_id: str, *, is_enabled: bool, reason: str) -> None:
    with _store(settings) as store:
        _demand(store, feed_id)
        store.switch_feed(feed_id, is_enabled=is_enabled, reason=reason)
    publish.publish(settings.warehouse_path, settings.published_path)


def _demand(store: Store, feed_id: str) -> None:
    if feed_id not in {feed.feed_id for feed in store.feeds()}:
        raise CatalogueError(f"There is no feed {feed_id!r} in the catalogue; `usven feeds list` shows all.")


def _apply(settings: Settings, given: Catalogue) -> None:
    with _store(settings) as store:
        store.readmit_feeds([feed.url for feed in given.feeds])
        store.apply_catalogue(given, origin="catalogue")
    publish.publish(settings.warehouse_path, settings.published_path)


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    """The warehouse, made if need be, with the bundled catalogue in it."""
    migrate.ensure(settings.warehouse_path)
    with database.writing(settings.warehouse_path) as connection:
        store = Store(connection)
        store.apply_catalogue(catalogue.bundled(), origin="catalogue")
        yield store


def _polls(settings: Settings) -> tuple[Poll, ...]:
    with _store(settings) as store:
        return store.polls()


def _named(name: str, polls: Sequence[Poll]) -> Poll:
    """The poll of a feed of the catalogue, or of any address."""
    known = next((poll for poll in polls if name in (poll.feed.feed_id, poll.feed.url)), None)
    if known:
        return known
    if "://" not in name:
        raise CatalogueError(
            f"There is no feed {name!r} in the catalogue; give an id of `usven feeds list` or an address."
        )
    feed = catalogue.feed_for(name, origin="the command line")
    return Poll(feed, FeedState(feed.feed_id))


def _finding(poll: Poll, outcome: Outcome, archive: Archive, settings: Settings) -> dict[str, Any]:
    now = datetime.now(UTC)
    body = archive.get(outcome.body_sha256) if isinstance(outcome, Fetched) else b""
    read = _read(outcome, body, settings)
    harvest = _harvest(read, now) if isinstance(read, Document) else None
    words = wording.describe_outcome(_judged(outcome, read), harvest, now=now)
    problems = read.problems if isinstance(read, Document) else ()
    words = " ".join([words, *(f"{problem.rstrip('.')}." for problem in problems)])
    offered = discovery.feeds_in(body, outcome.answer.url) if isinstance(read, NotAFeed) else ()
    if offered:
        words += " The page offers: " + ", ".join(f"{mask(feed.url)} ({feed.title})" for feed in offered) + "."
    return {
        "feed_id": poll.feed.feed_id,
        "url": mask(poll.feed.url),
        "ok": not isinstance(_judged(outcome, read), Failed),
        "words": words,
        "problems": list(problems),
        "offered": [mask(feed.url) for feed in offered],
    }


def _read(outcome: Outcome, body: bytes, settings: Settings) -> Document | NotAFeed | None:
    if not isinstance(outcome, Fetched):
        return None
    return reader.parse(
        body,
        url=outcome.answer.url,
        content_type=outcome.answer.header("content-type"),
        content_language=outcome.answer.header("content-language"),
        max_entries=settings.max_entries,
    )


def _judged(outcome: Outcome, read: Document | NotAFeed | None) -> Outcome:
    return Failed(outcome.answer, read.kind, "soft", read.reason) if isinstance(read, NotAFeed) else outcome


def _harvest(document: Document, now: datetime) -> Harvest:
    dates = [entry.published_at for entry in document.entries if entry.published_at and entry.published_at <= now]
    return Harvest(entry_count=len(document.entries), newest_published_at=max(dates, default=None), pace=document.pace)


def _status(poll: Poll) -> str:
    return poll.state.status if poll.feed.is_enabled else "disabled"


def _plain(poll: Poll, now: datetime) -> dict[str, Any]:
    feed, state = poll.feed, poll.state
    return {
        "feed_id": feed.feed_id,
        "url": mask(feed.url),
        "outlet_id": feed.outlet_id,
        "language": feed.language,
        "is_enabled": feed.is_enabled,
        "status": _status(poll),
        "next_poll_at": state.next_poll_at.isoformat() if state.next_poll_at else None,
        "words": wording.describe_state(poll, now=now),
    }
