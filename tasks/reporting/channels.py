"""Which feeds there are, what each carries, and their files in the site's folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tasks.reporting import feeds, pages, queries
from tasks.reporting.feeds import Channel, Kind, Ledger
from tasks.reporting.figures import Row
from tasks.reporting.folder import Folder
from tasks.reporting.pages import Names
from tasks.reporting.queries import SavedQuery
from warehouse.database import Connection
from warehouse.errors import InputError

ALL_STORIES = 100
FEW_STORIES = 50
"""Entries of the feed of all stories, and of every other feed."""
_LEDGER = ".feeds.json"
_CODE = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Saved queries with the stories of each; what was wrong with the others, in words by the name of their file."""

    stories: Mapping[SavedQuery, frozenset[str]]
    problems: Mapping[str, str]


def choose(connection: Connection, folder: Path | None) -> Chosen:
    """Ask the saved queries of a folder; one that fails costs the others nothing."""
    stories, problems = {}, {}
    for path in queries.saved(folder) if folder else ():
        try:
            query = queries.read(path)
            stories[query] = queries.story_ids(connection, query)
        except InputError as error:
            problems[path.stem] = str(error)
    return Chosen(stories, problems)


class Publisher:
    """Writes feeds into the site's folder, and remembers there since when each entry has said what it says."""

    def __init__(self, folder: Folder, *, now: datetime, site_url: str) -> None:
        self._folder = folder
        self._ledger = Ledger(_known(folder), now=now)
        self._now = now
        self._site_url = site_url and site_url.rstrip("/") + "/"

    def publish(self, stories: Sequence[Row], names: Names, chosen: Chosen) -> list[Channel]:
        """Write every feed and the list of them. The feed of a query that failed stays as it was."""
        stamped = [self._ledger.stamp(story) for story in stories]
        channels = list(self._channels(stamped, names, chosen.stories))
        for channel in channels:
            self._write(channel)
        for name in chosen.problems:
            self._folder.keep(f"feeds/query/{name}.atom.xml")
            self._folder.keep(f"feeds/query/{name}.json")
        self._folder.put("feeds.opml", feeds.opml(channels))
        self._folder.put(_LEDGER, json.dumps(self._ledger.current, indent=0, sort_keys=True))
        return channels

    def _channels(
        self, stories: Sequence[Row], names: Names, chosen: Mapping[SavedQuery, frozenset[str]]
    ) -> Iterator[Channel]:
        yield self._channel("all", "", "", stories, ALL_STORIES)
        for code, found in _by_code(stories, "topics"):
            yield self._channel("topic", code, names.topic(code), found)
        for code, found in _by_code(stories, "actors"):
            yield self._channel("actor", code, names.actor(code), found)
        for query, ids in chosen.items():
            yield self._channel("query", query.name, query.title, [s for s in stories if s["story_id"] in ids])

    def _channel(self, kind: Kind, code: str, subject: str, stories: Sequence[Row], most: int = FEW_STORIES) -> Channel:
        shown = tuple(stories[:most])
        # A feed without entries has to have a time all the same: that since when it has had none.
        empty_since = self._ledger.updated(f"{kind}/{code}", str(bool(shown)), otherwise=self._now)
        updated_at = max((story["updated_at"] for story in shown), default=empty_since)
        return Channel(kind, code, subject, shown, len(stories), updated_at, self._site_url)

    def _write(self, channel: Channel) -> None:
        state = hashlib.sha256(repr((pages.fingerprint(), channel)).encode()).hexdigest()[:16]
        for name, make in ((channel.atom_name, feeds.atom), (channel.json_name, feeds.json_feed)):
            if not self._folder.has(name, state):
                self._folder.put(name, make(channel), state=state)


def _by_code(stories: Sequence[Row], column: str) -> Iterable[tuple[str, list[Row]]]:
    """The stories of each code of a column. A code that cannot be the name of a file is left out."""
    found: dict[str, list[Row]] = {}
    for story in stories:
        for code in filter(_CODE.fullmatch, story[column]):
            found.setdefault(code, []).append(story)
    return sorted(found.items())


def _known(folder: Folder) -> dict[str, list[str]]:
    """The ledger; an absent or damaged one costs no more than times of update that differ once."""
    try:
        known = json.loads(folder.read(_LEDGER))
        return {
            str(name): [str(digest), datetime.fromisoformat(time).isoformat()] for name, (digest, time) in known.items()
        }
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}
