"""Which blocks of the warehouse's file were written since each copy was made, so that a copy is brought up to date by
these alone.

DuckDB's log of what it does to files says which blocks a writer wrote. They are noted beside the warehouse while the
writer still holds it, with what tells whether anybody else has written since: a writer that was killed, another
program, a file that was put in its place. Where that is so nothing is known, and copies are compared as a whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.copying import BLOCK_BYTES, HEADER_BYTES


@dataclass(frozen=True, slots=True)
class Changes:
    """The numbers of the blocks that were written since each copy was made, by the copy's name."""

    since: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def and_written(self, blocks: Iterable[int]) -> Changes:
        """These and further blocks."""
        written = frozenset(blocks)
        return Changes({copy: before | written for copy, before in self.since.items()})

    def and_copied(self, copy: Path, kept: Iterable[Path]) -> Changes:
        """These, with a copy that was just made, for the copies that are kept."""
        names = {path.name for path in kept}
        return Changes(
            {name: blocks for name, blocks in self.since.items() if name in names} | {copy.name: frozenset()}
        )


def blocks_of(writes: Iterable[tuple[int, int]]) -> Iterable[int]:
    """The blocks that writes of so many bytes at such places touch; the header is none of them."""
    for at, length in writes:
        first = max(at - HEADER_BYTES, 0) // BLOCK_BYTES
        yield from range(first, -(-(at + length - HEADER_BYTES) // BLOCK_BYTES))


def read(warehouse: Path) -> Changes:
    """What is known of a warehouse that nobody else can be writing; nothing, if it was written without a note."""
    try:
        noted = json.loads(_path(warehouse).read_bytes())
        if noted["state"] != _state(warehouse):
            return Changes()
        return Changes({copy: frozenset(blocks) for copy, blocks in noted["since"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Changes()


def write(warehouse: Path, changes: Changes) -> None:
    """Note what is known of the warehouse as it is now.

    Raises:
        OSError: the folder does not take it.
    """
    noted = {"state": _state(warehouse), "since": {copy: sorted(blocks) for copy, blocks in changes.since.items()}}
    path = _path(warehouse)
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(json.dumps(noted))
    partial.replace(path)


def _path(warehouse: Path) -> Path:
    return warehouse.with_name(f"{warehouse.name}.changes")


def _state(warehouse: Path) -> list[int]:
    """What is another after anybody wrote to the file."""
    found = os.stat(warehouse)  # noqa: PTH116 - of what a link leads to
    return [found.st_ino, found.st_size, found.st_mtime_ns]
