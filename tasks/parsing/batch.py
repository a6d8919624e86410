"""The whole step for one batch: archived bodies in, documents out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tasks.parsing import pool
from warehouse.archive import Archive, Record
from warehouse.model import Document, NotAFeed


def parse(
    records: Sequence[Record], archive: Archive, *, max_entries: int, memories: Path
) -> tuple[Document | NotAFeed, ...]:
    """The documents of the records' bodies, in their order, parsed on all processors where that pays.

    `memories` is the folder of what each feed's last document gave: items that it had are not parsed again.

    Raises:
        WarehouseError: the archive does not hold a body, or the folder cannot be written.
    """
    workers = os.cpu_count() or 1
    return tuple(pool.parse_all(records, archive, max_entries=max_entries, workers=workers, memories=memories))
