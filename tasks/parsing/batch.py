"""The whole step for one batch: archived bodies in, documents out."""

from __future__ import annotations

import os
from collections.abc import Iterable

from tasks.parsing.pool import Parsers
from warehouse.archive import Archive, Record
from warehouse.model import Document, NotAFeed
from warehouse.settings import Settings


def parsers(settings: Settings, archive: Archive) -> Parsers:
    """Parsers on all processors, which do not parse again what a feed's last document had."""
    return Parsers(
        archive, max_entries=settings.max_entries, workers=os.cpu_count() or 1, memories=settings.memories_dir
    )


def parse(records: Iterable[Record], parsers: Parsers) -> tuple[Document | NotAFeed, ...]:
    """The documents of the records' bodies, in the order of the records, which may still be coming.

    Raises:
        WarehouseError: the archive does not hold a body, or the folder of memories cannot be written.
    """
    return tuple(parsers.parse(records))
