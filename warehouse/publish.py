"""The published copy: what everyone but the loader opens.

A reader of the file that is being written would fail, and would keep the writer out. So a load ends with a copy under
a new name, and a link swapped onto it: a reader sees one whole state for as long as it likes.

A warehouse grows and a load does not, so a copy is not made whole where that can be helped. Where the file system
can, the copy shares its blocks with the warehouse. Elsewhere a copy that was replaced is taken up again, if nobody has
it open, and the blocks that were written since are written into it: those which writers have noted, or, where one left
no note, those that differ. `tests/bench/publishing.py` has what each way costs.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from warehouse import changes, copying, database
from warehouse.changes import Changes
from warehouse.errors import WarehouseError
from warehouse.location import Lake, Warehouse

# A reader may have resolved the link just before it was swapped: the copy it found must still be there.
KEPT = 2
# What a reader could tell from an older copy; a run that found nothing to do is no news.
_TOLD = """
    SELECT (SELECT max(applied_at) FROM raw.migrations), (SELECT count(*) FROM raw.batches),
           (SELECT sum(hash(f)::HUGEINT) FROM raw.feeds f), (SELECT sum(hash(o)::HUGEINT) FROM core.outlets o),
           (SELECT sum(hash(r)::HUGEINT) FROM raw.runs r
            WHERE due_count > 0 OR status <> 'completed' OR flow NOT IN ('monitor', 'fulltext')),
           (SELECT arg_max(rules_version, run_id) FROM raw.runs)
"""


def publish(warehouse: Warehouse, published: Warehouse) -> Warehouse:
    """Copy a closed, checkpointed warehouse and lead the link `published` to the copy; the copy's path.

    Writers and other publishers wait meanwhile. A lake is published by its own snapshots, and nothing is done.

    Raises:
        WarehouseBusy: another process keeps the warehouse open.
        WarehouseError: the folder does not take the copy.
    """
    if isinstance(warehouse, Lake) or isinstance(published, Lake):
        return published
    with database.held(warehouse) as source:
        return _publish(warehouse, source, published)


def is_current(warehouse: Warehouse, published: Warehouse) -> bool:
    """Whether the published copy tells all that the warehouse does, but for runs that found nothing to do.

    Raises:
        WarehouseError: the warehouse cannot be opened.
    """
    if isinstance(published, Lake):
        return True
    with database.writing(warehouse) as connection:
        here = connection.execute(_TOLD).fetchone()
    try:
        with database.reading(published) as copy:
            return copy.execute(_TOLD).fetchone() == here
    except WarehouseError:
        # None, or one that is damaged.
        return False


def _publish(warehouse: Path, source: BinaryIO, published: Path) -> Path:
    copies = _copies(published)
    target = published.with_name(f"{published.stem}.{_next_number(copies):08}{published.suffix}")
    partial = target.with_name(target.name + ".part")
    known = changes.read(warehouse)
    try:
        for left in published.parent.glob(f"{published.stem}.*.part"):
            left.unlink()
        _fill(partial, source, copies, known)
        partial.chmod(0o444)
        partial.replace(target)
        _lead(published, target)
        for old in copies[: 1 - KEPT]:
            old.unlink(missing_ok=True)
        changes.write(warehouse, known.and_copied(target, copies[1 - KEPT :]))
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise WarehouseError(
            f"The published copy {target} cannot be written: {error.strerror}. Readers keep the one before; make room "
            "or mend the folder, and the next run publishes."
        ) from error
    return target


def _fill(partial: Path, source: BinaryIO, copies: list[Path], known: Changes) -> None:
    """Make a file that is equal to the source, by the cheapest way there is."""
    with partial.open("wb") as copy:
        is_filled = copying.clone(source, copy)
    if not is_filled and not (len(copies) >= KEPT and _take_up(copies[0], partial, source, known)):
        with partial.open("wb") as copy:
            copying.copy(source, copy)
    with partial.open("rb") as copy:
        # Before it gets its name: what a power failure leaves of it must not be taken for a copy.
        os.fsync(copy.fileno())


def _take_up(old: Path, partial: Path, source: BinaryIO, known: Changes) -> bool:
    """Make a copy that was replaced the next one, unless somebody still reads it."""
    # Under its new name nobody comes to open it any more; whoever has it open keeps it, also without a name.
    old.replace(partial)
    partial.chmod(0o600)
    with partial.open("r+b") as copy:
        is_free = copying.claim(copy)
        if is_free and old.name in known.since:
            copying.update_blocks(source, copy, known.since[old.name])
        elif is_free:
            copying.update(source, copy)
    if not is_free:
        partial.unlink()
    return is_free


def _lead(published: Path, target: Path) -> None:
    """Swap the link, and clear away what a program that wrote through it may have left: it would be applied."""
    link = published.with_name(published.name + ".link")
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    os.replace(link, published)  # noqa: PTH105 - Path.replace follows no link either, but os.replace says so
    published.with_name(published.name + ".wal").unlink(missing_ok=True)


def _copies(published: Path) -> list[Path]:
    return sorted(published.parent.glob(f"{published.stem}.[0-9]*{published.suffix}"))


def _next_number(copies: list[Path]) -> int:
    return int(copies[-1].name.removesuffix(copies[-1].suffix).rpartition(".")[2]) + 1 if copies else 1
