"""Opening the warehouse: briefly and alone for writing, on the published copy for reading."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from warehouse import lake
from warehouse.errors import WarehouseBusy, WarehouseError
from warehouse.location import Lake, Warehouse

Connection = duckdb.DuckDBPyConnection

# Files that 1.4 to 2.0 can read, and whose stale WAL is refused instead of being applied twice.
STORAGE_VERSION = "v1.4.0"
# Nothing is fetched at run time but feeds: an extension that is not there must not be looked for.
_CONFIG: dict[str, Any] = {
    "storage_compatibility_version": STORAGE_VERSION,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
# What a reader may not do; given on opening, so that a second reader in the same process asks for nothing new.
_READING: dict[str, Any] = _CONFIG | {"enable_external_access": False, "lock_configuration": True}
_PAUSE_SECONDS = 0.05


@contextmanager
def writing(warehouse: Warehouse, *, patience_seconds: float = 30.0) -> Iterator[Connection]:
    """The warehouse opened for writing, by this writer alone; waits for another writer to finish.

    Raises:
        WarehouseBusy: another process kept it open for `patience_seconds`.
        WarehouseError: it cannot be opened, or the disk does not take what is written.
    """
    opened = lake.writing if isinstance(warehouse, Lake) else _writing_file
    with opened(warehouse, patience_seconds=patience_seconds) as connection:  # type: ignore[arg-type]
        yield connection


@contextmanager
def _writing_file(path: Path, *, patience_seconds: float) -> Iterator[Connection]:
    """The file opened for writing, closed and checkpointed afterwards."""
    connection = _open_patiently(path, patience_seconds)
    try:
        yield connection
        # Readers get a copy of the main file alone: what still lay in the WAL would be missing from it.
        connection.execute("CHECKPOINT")
    except (duckdb.IOException, duckdb.FatalException) as error:
        raise WarehouseError(f"{path}: {_first_line(error)} Is the disk full or read-only?") from error
    finally:
        connection.close()


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        # A failure that invalidated the connection has rolled back by itself.
        if not _is_invalidated(connection):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def reading(published: Warehouse) -> Iterator[Connection]:
    """What is published, opened for reading. A copy can reach no file, no extension and no setting.

    Raises:
        WarehouseError: there is none, or it is not of ours.
    """
    if isinstance(published, Lake):
        with lake.reading(published, is_confined=True) as connection:
            yield connection
        return
    connection = _open_published(published, _READING)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def exporting(published: Warehouse) -> Iterator[Connection]:
    """What is published, for our own queries, which may write files. What users type goes through `reading`.

    Raises:
        WarehouseError: there is none, or it is not of ours.
    """
    if isinstance(published, Lake):
        with lake.reading(published, is_confined=False) as connection:
            yield connection
        return
    connection = _open_published(published, _CONFIG)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def held(path: Path, *, patience_seconds: float = 30.0) -> Iterator[BinaryIO]:
    """The closed file of the warehouse, open for copying while every writer waits, this process's own lock apart.

    The lock is the one DuckDB takes. Whoever has the warehouse open in this very process must close it first: the
    system gives up a process's locks on a file as soon as any handle on it is closed.

    Raises:
        WarehouseBusy: another process kept it open for `patience_seconds`.
        WarehouseError: it cannot be opened.
    """
    deadline = time.monotonic() + patience_seconds
    try:
        file = path.open("r+b")
    except OSError as error:
        raise WarehouseError(f"{path} cannot be copied: {error.strerror}.") from error
    with file:
        while not _locked(file):
            if time.monotonic() > deadline:
                raise WarehouseBusy(f"{path} is open for writing in another program. Close it there.")
            time.sleep(_PAUSE_SECONDS)
        yield file


def _locked(file: BinaryIO) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _open_published(path: Path, config: dict[str, Any]) -> Connection:
    """The copy that the link leads to; if it was replaced since the link was read, the one it leads to now."""
    while path.exists():
        copy = path.resolve()
        try:
            return duckdb.connect(str(copy), read_only=True, config=config)
        except duckdb.Error as error:
            if copy.exists():
                raise WarehouseError(f"{path} cannot be opened: {_first_line(error)}") from error
    raise WarehouseError(f"There is no published warehouse at {path}. `usven run` makes one.")


def _open_patiently(path: Path, patience_seconds: float) -> Connection:
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return duckdb.connect(str(path), config=_CONFIG)
        except OSError as error:
            raise WarehouseError(f"{path.parent} cannot be made or entered: {error.strerror}.") from error
        except duckdb.Error as error:
            if "Could not set lock" not in str(error):
                raise WarehouseError(_cannot_open(path, error)) from error
            if time.monotonic() > deadline:
                raise WarehouseBusy(
                    f"{path} is open for writing in another program ({_first_line(error)}). "
                    "Close it there; to read, open the published copy instead."
                ) from error
        time.sleep(_PAUSE_SECONDS)


def _cannot_open(path: Path, error: duckdb.Error) -> str:
    return (
        f"{path} cannot be opened: {_first_line(error)} If it is damaged or another program's file, move it away; "
        "a backup or the raw archive has what was in it."
    )


def _is_invalidated(connection: Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except duckdb.FatalException:
        return True
    except duckdb.Error:
        return False
    return False


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
