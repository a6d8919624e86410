"""What each feed's last document gave, kept in a file a feed until the next one comes (see `reuse`).

Nothing depends on these files but time: what is missing, damaged or made by another version of the parser is not
recalled, and the document is parsed as a whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib import resources
from operator import attrgetter
from pathlib import Path
from typing import Any

import feedparser
import zstandard

from tasks.parsing.reuse import Past
from warehouse.errors import WarehouseError
from warehouse.model import Entry


class Memories:
    """The files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __contains__(self, feed_id: str) -> bool:
        """Whether there is one of the feed, of use or not."""
        return self._path(feed_id).exists()

    def get(self, feed_id: str) -> Past | None:
        """What the feed's last document gave, where that is known."""
        try:
            code, context, entries = json.loads(zstandard.decompress(self._path(feed_id).read_bytes()))
            return Past(context, {key: _entry(values) for key, values in entries}) if code == _code() else None
        except (OSError, zstandard.ZstdError, ValueError, TypeError):
            return None

    def put(self, feed_id: str, past: Past) -> None:
        """Keep what a document gave instead of what the one before it gave.

        Raises:
            WarehouseError: the folder does not take it.
        """
        path = self._path(feed_id)
        partial = path.with_name(f"{path.name}.{os.getpid()}.part")
        entries = [(key, _values(entry)) for key, entry in past.entries.items()]
        content = zstandard.compress(json.dumps([_code(), past.context, entries], default=datetime.isoformat).encode())
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(content)
            partial.replace(path)
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise WarehouseError(f"{path} cannot be written: {error.strerror}. Is the disk full?") from error

    def _path(self, feed_id: str) -> Path:
        return self._folder / f"{hashlib.sha256(feed_id.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.zst"


_values = attrgetter(*Entry.__slots__)
_LISTS = tuple(Entry.__slots__.index(name) for name in ("authors", "categories"))
_TIMES = tuple(Entry.__slots__.index(name) for name in ("published_at", "updated_at"))


def _entry(values: list[Any]) -> Entry:
    for place in _LISTS:
        values[place] = tuple(values[place])
    for place in _TIMES:
        values[place] = values[place] and datetime.fromisoformat(values[place])
    return Entry(*values)


@cache
def _code() -> str:
    """Digest of all that decides what a text gives: this package, and feedparser's version."""
    digest = hashlib.sha256(feedparser.__version__.encode())
    for source in sorted(resources.files("tasks.parsing").iterdir(), key=lambda source: source.name):
        if source.name.endswith(".py"):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
