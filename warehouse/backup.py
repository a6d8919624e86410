"""Backups: the warehouse's file with a manifest that says what must be in it, and the raw archive once for all.

DIR/20260103T060000Z/usven.duckdb, manifest.json     each backup in a folder of its own
DIR/archive/                                         bodies and journal, to which each backup adds what is new
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from warehouse import database, laws, migrate, replacement, transfer
from warehouse.archive import Archive
from warehouse.database import Connection
from warehouse.errors import InputError, WarehouseBusy, WarehouseError, WarehouseTooNew
from warehouse.location import Lake, Warehouse

FILE = "usven.duckdb"
MANIFEST = "manifest.json"
ARCHIVE = "archive"
FORMAT = "usven backup 1"
_CHUNK_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `counts` has the rows of each table, `laws_broken` the laws that did not hold in it."""

    format: str
    created_at: str
    code_version: str
    schema: int
    bytes: int
    sha256: str
    counts: dict[str, int]
    laws_broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup's folder and manifest, and how many files of the raw archive it added."""

    folder: Path
    manifest: Manifest
    archived_count: int = 0

    @property
    def file(self) -> Path:
        return self.folder / FILE


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, where the warehouse that it replaced lies now, and the files added to the raw archive."""

    backup: Backup
    kept: Path | None
    archived_count: int


def create(warehouse: Warehouse, directory: Path, *, archive: Archive | None, now: datetime) -> Backup:
    """Copy the warehouse, and the raw archive where one is given, and make sure that the copy is sound.

    Raises:
        WarehouseBusy: another process keeps the warehouse open.
        WarehouseTooNew: a newer program wrote the warehouse.
        WarehouseError: there is none, the folder does not take the copy, or the copy is not what was read.
    """
    _settle(warehouse)
    folder = directory / f"{now:%Y%m%dT%H%M%SZ}"
    partial = directory / f".{folder.name}.part"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        manifest = _copied(warehouse, partial / FILE, now)
        (partial / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
        partial.rename(folder)
    except OSError as error:
        raise WarehouseError(f"The backup {folder} cannot be written: {error.strerror}.") from error
    # After the warehouse: what came in between is in the journal, and the next run after a restore loads it.
    copied = archive.copy_missing(Archive(str(directory / ARCHIVE))) if archive else 0
    return Backup(folder, manifest, copied)


def find(directory: Path) -> Backup:
    """The backup in a folder, or the newest of those below it.

    Raises:
        InputError: there is none, or its manifest is not one of ours.
    """
    folder = directory if (directory / MANIFEST).is_file() else max(_folders(directory), default=None)
    if folder is None:
        raise InputError(f"{directory} holds no backup. `usven backup {directory}` makes one.")
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**{f.name: values[f.name] for f in fields(Manifest)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / MANIFEST} is not the manifest of a usven backup: {error}.") from error
    if manifest.format != FORMAT:
        raise InputError(f"{folder / MANIFEST} is of the form {manifest.format!r}, not {FORMAT!r}.")
    return Backup(folder, manifest)


def verify(backup: Backup) -> None:
    """Make sure that a backup is what its manifest says, and that this program can open it.

    Raises:
        WarehouseTooNew: a newer program wrote it.
        WarehouseError: the file is missing, was changed, or does not hold what it should.
    """
    newest = migrate.migrations()[-1].number
    if backup.manifest.schema > newest:
        raise WarehouseTooNew(
            f"{backup.folder} has schema {backup.manifest.schema}, and this program knows schemas up to {newest}. "
            "Update usven to restore it."
        )
    try:
        sha256 = _digest(backup.file)
    except OSError as error:
        raise WarehouseError(f"{backup.file} cannot be read: {error.strerror}. Take another backup.") from error
    if sha256 != backup.manifest.sha256:
        raise WarehouseError(f"{backup.file} is not the file that was backed up (SHA-256). Take another backup.")
    with database.reading(backup.file) as connection:
        if (migrate.schema_number(connection), _counts(connection)) != (backup.manifest.schema, backup.manifest.counts):
            raise WarehouseError(f"{backup.file} does not hold what its manifest says. Take another backup.")


def restore(backup: Backup, warehouse: Warehouse, *, archive: Archive, now: datetime) -> Restored:
    """Put a verified backup in the warehouse's place, what was there beside it, and add to the raw archive.

    A lake takes the backup's rows, and keeps what it held as a snapshot.

    Raises:
        WarehouseBusy: another process keeps the warehouse open.
        WarehouseTooNew: a newer program wrote the backup.
        WarehouseError: the backup is damaged, or the folder does not take it.
    """
    verify(backup)
    if isinstance(warehouse, Lake):
        with TemporaryDirectory() as folder:
            _put_back(backup, warehouse, Path(folder) / FILE, kept=None)
        return Restored(backup, None, _copied_archive(backup, archive))
    fresh = warehouse.with_name(f"{warehouse.stem}-restoring{warehouse.suffix}")
    kept = warehouse.with_name(f"{warehouse.stem}-before-restore-{now:%Y%m%dT%H%M%SZ}{warehouse.suffix}")
    had_one = warehouse.exists()
    _put_back(backup, warehouse, fresh, kept=kept)
    return Restored(backup, kept if had_one else None, _copied_archive(backup, archive))


def _put_back(backup: Backup, warehouse: Warehouse, fresh: Path, *, kept: Path | None) -> None:
    """Copy the backup to `fresh`, and let that take the warehouse's place."""
    try:
        fresh.parent.mkdir(parents=True, exist_ok=True)
        replacement.discard(fresh)
        with backup.file.open("rb") as source:
            sha256 = _copy(source, fresh)
    except OSError as error:
        raise WarehouseError(f"{fresh} cannot be written: {error.strerror}.") from error
    if sha256 != backup.manifest.sha256:
        raise WarehouseError(f"{backup.file} changed while it was read. Nothing was replaced.")
    if isinstance(warehouse, Lake):
        migrate.ensure(fresh)
        migrate.ensure(warehouse)
    replacement.replace(warehouse, fresh, kept=kept)


def _copied_archive(backup: Backup, archive: Archive) -> int:
    """Add to the raw archive what it lacks of the backup's."""
    return Archive(str(backup.folder.parent / ARCHIVE)).copy_missing(archive)


def prune(directory: Path, *, keep: int) -> tuple[Path, ...]:
    """Remove all but the newest backups of a folder; those that went."""
    old = sorted(_folders(directory), reverse=True)[keep:]
    for folder in (*old, *directory.glob(".*Z.part")):
        shutil.rmtree(folder)
    return tuple(old)


def _settle(warehouse: Warehouse) -> None:
    """Bring what a crash left in the WAL into the main file, and refuse what is no warehouse of ours."""
    if isinstance(warehouse, Path) and not warehouse.exists():
        raise WarehouseError(f"There is no warehouse at {warehouse}. `usven run` makes one.")
    with database.writing(warehouse) as connection:
        current = migrate.schema_number(connection)
    newest = migrate.migrations()[-1].number
    if current > newest:
        raise WarehouseTooNew(f"{warehouse} has schema {current}; this program knows schemas up to {newest}.")
    if not current:
        raise WarehouseError(f"{warehouse} is not a warehouse of usven.")


def _copied(warehouse: Warehouse, target: Path, now: datetime) -> Manifest:
    sha256 = _taken(warehouse, target) if isinstance(warehouse, Lake) else _held_and_copied(warehouse, target)
    if _digest(target) != sha256:
        raise WarehouseError(f"{target} is not what was written to it. Does the disk fail?")
    try:
        return _manifest(target, sha256, now)
    except WarehouseError as error:
        raise WarehouseError(
            f"{warehouse} is damaged: a copy of it cannot be read whole. `usven restore` brings back an earlier backup."
        ) from error


def _manifest(target: Path, sha256: str, now: datetime) -> Manifest:
    with database.reading(target) as connection:
        return Manifest(
            format=FORMAT,
            created_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            code_version=version("usven"),
            schema=migrate.schema_number(connection),
            bytes=target.stat().st_size,
            sha256=sha256,
            counts=_counts(connection),
            laws_broken=_broken(connection),
        )


def _taken(lake: Lake, target: Path) -> str:
    """A file with the rows of a lake's newest snapshot; its SHA-256."""
    migrate.ensure(target)
    with database.writing(target) as connection:
        transfer.take_all(connection, lake)
    return _digest(target)


def _held_and_copied(warehouse: Path, target: Path) -> str:
    with database.held(warehouse) as source:
        if replacement.write_ahead_log(warehouse).exists():
            raise WarehouseBusy(f"Another program has written to {warehouse} just now. Try again.")
        return _copy(source, target)


def _broken(connection: Connection) -> tuple[str, ...]:
    """The laws that do not hold; those of this program say nothing of an older schema."""
    if migrate.schema_number(connection) != migrate.migrations()[-1].number:
        return ()
    return tuple(found.law.name for found in laws.check(connection) if not found.holds)


def _copy(source: BinaryIO, target: Path) -> str:
    """Copy what is left of a file; its SHA-256."""
    digest = hashlib.sha256()
    with target.open("wb") as copy:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _counts(connection: Connection) -> dict[str, int]:
    tables = transfer.tables(connection)
    # With the hash of every row, so that each block is read and its checksum looked at.
    count = "SELECT count(*), bit_xor(hash(t)) FROM {} t"
    counts = (connection.execute(count.format(table)).fetchone() for table in tables)
    return {table: int(count[0]) for table, count in zip(tables, counts, strict=True) if count}


def _folders(directory: Path) -> Iterator[Path]:
    return (manifest.parent for manifest in directory.glob(f"*Z/{MANIFEST}"))
