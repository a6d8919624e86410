"""The whole step for the pages of some articles: archived bodies in, texts out."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tasks.parsing import pool
from warehouse.archive import Archive, Record
from warehouse.model import Page

PAGES_A_WORKER = 10
"""A worker that has fewer to read takes longer to start than to read them."""


def read_pages(records: Sequence[Record], archive: Archive) -> tuple[Page, ...]:
    """What the pages of the records give, in their order.

    Raises:
        WarehouseError: the archive does not hold a body.
    """
    if not records:
        return ()
    workers = min(os.cpu_count() or 1, 1 + len(records) // PAGES_A_WORKER)
    return pool.read_all(records, archive, workers=workers)
