"""`usven backup`, `usven restore` and `usven transfer`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flows import passes
from flows.passes import PLAIN
from warehouse import backup, comparison, database, lock, migrate
from warehouse import transfer as transferring
from warehouse.archive import Archive
from warehouse.backup import Backup, Restored
from warehouse.errors import InputError, WarehouseError
from warehouse.location import Warehouse
from warehouse.settings import Settings


def back_up(
    settings: Settings, folder: Path, *, with_archive: bool, clock: Callable[[], datetime] = passes.utc_now
) -> Backup:
    """Copy the warehouse as it is between two batches; no pass has to end for it.

    Raises:
        WarehouseError: the warehouse cannot be used, or the folder does not take the copy.
    """
    archive = Archive(settings.archive_url) if with_archive else None
    return backup.create(settings.warehouse_path, folder, archive=archive, now=clock())


def restore(settings: Settings, folder: Path, *, clock: Callable[[], datetime] = passes.utc_now) -> Restored:
    """Put the backup of a folder, or the newest of several, in the warehouse's place, and lead readers to it.

    Raises:
        InputError: there is no backup of ours.
        WarehouseTooNew: a newer program made it.
        WarehouseError: it is damaged, or cannot be put in place; WarehouseBusy, if a pass is going on.
    """
    found = backup.find(folder)
    with lock.exclusive(settings.data / "usven.lock", "usven restore"):
        done = backup.restore(found, settings.warehouse_path, archive=Archive(settings.archive_url), now=clock())
        migrate.ensure(settings.warehouse_path)
        PLAIN.publish(settings)
    return done


@dataclass(frozen=True, slots=True)
class Transferred:
    """A warehouse that was filled from another one: rows by table."""

    target: Warehouse
    counts: dict[str, int]


def transfer(settings: Settings, target: str, *, lake: str = "") -> Transferred:
    """Fill an empty warehouse with all that the present one holds, and make sure that the two are equal.

    Raises:
        SettingsError: the target is no warehouse's address.
        InputError: the target holds something already.
        WarehouseError: one of the two cannot be used, or they are not equal.
    """
    source = settings.warehouse_path
    there = replace(settings, warehouse=target, lake=lake or settings.lake).warehouse_path
    with lock.exclusive(settings.data / "usven.lock", "usven transfer"), lock.turn(source):
        migrate.ensure(source)
        migrate.ensure(there)
        with database.writing(there) as connection:
            if transferring.holds_anything(connection):
                raise InputError(f"{there} holds something already. Name an empty one.")
            transferring.take_all(connection, source)
            tables = comparison.compare(connection, source, with_records=True)
        PLAIN.publish(replace(settings, warehouse=target))
    different = [table.table for table in tables if not table.is_equal]
    if different:
        raise WarehouseError(f"{there} did not become equal to {source} in {', '.join(different)}. Report this.")
    return Transferred(there, {table.table: table.row_count for table in tables})


def describe_transferred(done: Transferred) -> str:
    """What was transferred, in a sentence or two."""
    return (
        f"{len(done.counts)} tables with {sum(done.counts.values())} rows are in {done.target}, equal to those here. "
        "Name it in USVEN_WAREHOUSE to go on with it; move the raw archive along, or name it in USVEN_ARCHIVE."
    )


def transferred_as_json(done: Transferred) -> dict[str, Any]:
    """What was transferred as `--json` prints it."""
    return {"target": str(done.target), "rows": done.counts}


def describe(made: Backup) -> str:
    """A backup in a sentence or two."""
    manifest = made.manifest
    told = (
        f"{made.folder}: {manifest.bytes / 1e6:.1f} MB, {manifest.counts.get('core.articles', 0)} articles, schema "
        f"{manifest.schema}, verified; {made.archived_count} files added to the copy of the raw archive."
    )
    if not manifest.laws_broken:
        return told
    return f"{told} It was made of a warehouse that breaks {', '.join(manifest.laws_broken)}; see `usven check`."


def describe_restored(done: Restored) -> str:
    """A restored backup in a sentence or two."""
    manifest = done.backup.manifest
    articles = manifest.counts.get("core.articles", 0)
    beside = f" What was there is {done.kept}; remove it when it is not needed." if done.kept else ""
    return (
        f"Restored the backup of {manifest.created_at} with {articles} articles.{beside} "
        "The next run loads what the raw archive has beyond it."
    )


def as_json(made: Backup) -> dict[str, Any]:
    """A backup as `--json` prints it."""
    return {
        "folder": str(made.folder),
        "bytes": made.manifest.bytes,
        "sha256": made.manifest.sha256,
        "schema": made.manifest.schema,
        "articles": made.manifest.counts.get("core.articles", 0),
        "laws_broken": list(made.manifest.laws_broken),
        "archive_files_added": made.archived_count,
    }


def restored_as_json(done: Restored) -> dict[str, Any]:
    """A restored backup as `--json` prints it."""
    return {
        "folder": str(done.backup.folder),
        "created_at": done.backup.manifest.created_at,
        "articles": done.backup.manifest.counts.get("core.articles", 0),
        "kept": str(done.kept) if done.kept else None,
        "archive_files_added": done.archived_count,
    }
