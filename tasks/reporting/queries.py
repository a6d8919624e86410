"""Saved queries: files of SQL in a folder of the user's, each of which chooses the stories of an outgoing feed."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.database import Connection
from warehouse.errors import InputError

PATIENCE_SECONDS = 60.0
"""A query that has not answered by then is given up."""
_MOST_ROWS = 10_000
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_TITLE = re.compile(r"\s*--\s*(\S.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query by the name of its file; its title is the comment that it begins with."""

    path: Path
    sql: str

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def title(self) -> str:
        found = _TITLE.match(self.sql)
        return found[1] if found else self.name


def saved(folder: Path) -> list[Path]:
    """The files of saved queries, by name; none where there is no such folder."""
    return sorted(folder.glob("*.sql"))


def read(path: Path) -> SavedQuery:
    """A saved query.

    Raises:
        InputError: its name cannot be an address, or it cannot be read.
    """
    if not _NAME.fullmatch(path.stem):
        raise InputError(
            f"{path}: name it in lower-case letters, digits, - and _ alone; the feed's address has its name."
        )
    try:
        return SavedQuery(path, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error


def story_ids(connection: Connection, query: SavedQuery) -> frozenset[str]:
    """The stories that a query chooses, on a connection that can only read (`warehouse.database.reading`).

    Raises:
        InputError: the query fails, takes too long, or has no column `story_id`.
    """
    timer = threading.Timer(PATIENCE_SECONDS, connection.interrupt)
    timer.start()
    try:
        found = connection.execute(query.sql)
        columns = [column[0] for column in found.description or ()]
        if "story_id" not in columns:
            raise InputError(f"{query.path}: the query has no column story_id, by which a feed knows its stories.")
        place = columns.index("story_id")
        return frozenset(str(row[place]) for row in found.fetchmany(_MOST_ROWS))
    except duckdb.InterruptException as error:
        raise InputError(f"{query.path}: no answer within {PATIENCE_SECONDS:.0f} seconds. Make it simpler.") from error
    except duckdb.Error as error:
        raise InputError(f"{query.path}: the query failed. {error}") from error
    finally:
        timer.cancel()
