"""Puts another file in the warehouse's place: there is always one, the old or the new, and the old can be kept."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

from warehouse import database, transfer
from warehouse.errors import WarehouseBusy, WarehouseError
from warehouse.location import Lake, Warehouse


def replace(warehouse: Warehouse, by: Path, *, kept: Path | None) -> None:
    """Let `by`, a closed warehouse in the same folder, take the place of `warehouse`, once no writer has it open.

    What was there stays as `kept`, with what a crash left unwritten of it, or is dropped where that is None. A lake
    takes the rows of `by` in one transaction, and keeps what it held as a snapshot.

    Raises:
        WarehouseBusy: another process keeps the warehouse open, or has written what is in its WAL alone.
        WarehouseError: the folder does not take the files.
    """
    if isinstance(warehouse, Lake):
        with database.writing(warehouse) as connection:
            transfer.take_all(connection, by)
        discard(by)
        return
    with database.held(warehouse) if warehouse.exists() else nullcontext():
        try:
            _set_aside(warehouse, kept)
            by.replace(warehouse)
        except OSError as error:
            raise WarehouseError(f"{by} cannot take the place of {warehouse}: {error.strerror}.") from error


def write_ahead_log(warehouse: Path) -> Path:
    """Where DuckDB keeps what is committed but not yet in the main file."""
    return warehouse.with_name(f"{warehouse.name}.wal")


def discard(warehouse: Path) -> None:
    """Remove a warehouse that nobody needs, if it is there."""
    warehouse.unlink(missing_ok=True)
    write_ahead_log(warehouse).unlink(missing_ok=True)


def _set_aside(warehouse: Path, kept: Path | None) -> None:
    """Give the file a second name; its WAL, which beside another file would be applied to that, goes with it."""
    wal = write_ahead_log(warehouse)
    if kept is None:
        if wal.exists():
            raise WarehouseBusy(f"Another program has written to {warehouse} meanwhile. Try again.")
        return
    discard(kept)
    if warehouse.exists():
        _link(warehouse, kept)
    if wal.exists():
        wal.replace(write_ahead_log(kept))


def _link(warehouse: Path, kept: Path) -> None:
    try:
        os.link(warehouse, kept)
    except OSError:
        # A file system without links: for a moment the warehouse has its new name alone.
        warehouse.replace(kept)
