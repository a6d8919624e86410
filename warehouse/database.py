"""Opening the warehouse: briefly and alone for writing, on the published copy for reading."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from warehouse import changes, lake
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
    # Of so many rows that are looked for by their times, blocks of other times are skipped.
    "dynamic_or_filter_threshold": 5_000,
}
# What a reader may not do; given on opening, so that a second reader in the same process asks for nothing new.
_READING: dict[str, Any] = _CONFIG | {"enable_external_access": False, "lock_configuration": True}
_PAUSE_SECONDS = 0.05
# While it is kept open: with its usual 16 MB, DuckDB would checkpoint after each batch of a first poll.
_KEPT_LOG = "64MB"
# Bytes that DuckDB may hold then: to ask for memory with each batch, however little there is, takes a first poll a
# twentieth more time.
_MUCH_MEMORY = 72_000_000
_kept: set[Path] = set()
_TAKEN = ("Could not set lock", "Unique file handle conflict")
"""What DuckDB says where another process, or a thread of this one that is just ending, has a file open."""
_engines: dict[Path, Connection] = {}
"""What this process has open: a second handle on a file would end the lock of the first."""


@contextmanager
def writing(warehouse: Warehouse, *, patience_seconds: float = 30.0, create: bool = False) -> Iterator[Connection]:
    """The warehouse opened for writing, by this writer alone; waits for another writer to finish.

    Only who asks to `create` it gets a new file: elsewhere one that is not there has vanished.

    Raises:
        WarehouseBusy: another process kept it open for `patience_seconds`.
        WarehouseError: it is not there, cannot be opened or is damaged, or the disk does not take what is written.
    """
    opened = lake.writing if isinstance(warehouse, Lake) else _writing_file
    if isinstance(warehouse, Path) and not create and not warehouse.exists():
        raise WarehouseError(
            f"There is no warehouse at {warehouse}. `usven run` makes one, of all that the raw archive has."
        )
    with opened(warehouse, patience_seconds=patience_seconds) as connection:  # type: ignore[arg-type]
        yield connection


@contextmanager
def kept_open(warehouse: Warehouse) -> Iterator[None]:
    """The file held open while the block runs, so that this process's writers in it need not open it each time.

    What they commit is safe at once, in the write-ahead log; it is checkpointed once, when the block ends. A lake has
    nothing to hold.

    Raises:
        WarehouseBusy, WarehouseError: as for `writing`.
    """
    if isinstance(warehouse, Lake):
        yield
        return
    with writing(warehouse) as connection:
        connection.execute(f"SET checkpoint_threshold = '{_KEPT_LOG}'")
        # Batches are small, and the other processors have other work: a second thread costs 20 MB and saves no time.
        connection.execute("SET threads = 1")
        # So that giving back memory writes nothing: what has no other place stays.
        connection.execute("SET temp_directory = ''")
        _kept.add(warehouse)
        try:
            yield
        finally:
            _kept.remove(warehouse)


@contextmanager
def _writing_file(path: Path, *, patience_seconds: float) -> Iterator[Connection]:
    """The file opened for writing, closed and checkpointed afterwards, unless it is kept open."""
    connection = _open_patiently(path, patience_seconds)
    try:
        before = changes.read(path)
        yield connection
        if path not in _kept:
            # Readers get a copy of the main file alone: what still lay in the WAL would be missing from it.
            connection.execute("CHECKPOINT")
            # While nobody else can write. A writer that fails leaves no note: what it wrote is then looked for.
            if before.since:
                with suppress(OSError):
                    changes.write(path, before.and_written(changes.blocks_of(_writes(connection))))
    except duckdb.Error as error:
        if not _is_of_storage(error):
            raise
        raise WarehouseError(_in_words(path, error)) from error
    finally:
        if _engines.get(path) is connection:
            del _engines[path]
        connection.close()


def give_back_memory(warehouse: Warehouse) -> None:
    """Where a file is kept open and DuckDB holds much, have it forget what it can read again, and return what it keeps.

    For before and after a load. No other statement of this process may run meanwhile: it would find no memory.
    """
    if warehouse not in _kept or isinstance(warehouse, Lake):
        return
    connection = _engines[warehouse]
    [(held, bound)] = connection.execute(
        "SELECT sum(memory_usage_bytes), current_setting('memory_limit') FROM duckdb_memory()"
    ).fetchall()
    if held < _MUCH_MEMORY:
        return
    # It does both when its bound is set, and forgets until it keeps to the bound.
    with suppress(duckdb.OutOfMemoryException):
        connection.execute("SET memory_limit = '1MB'")
    # By its value: after RESET, DuckDB 1.5.5 tells the wide bound and keeps to the narrow one.
    connection.execute(f"SET memory_limit = '{bound}'")


def _writes(connection: Connection) -> list[tuple[int, int]]:
    """Where was written since the file was opened, and how many bytes; writes to other files count, but for the WAL."""
    return connection.execute(
        "SELECT pos, bytes FROM duckdb_logs_parsed('FileSystem') WHERE op = 'WRITE' AND NOT ends_with(path, '.wal')"
    ).fetchall()


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
    except (duckdb.IOException, duckdb.FatalException) as error:
        raise WarehouseError(_unreadable(published, error)) from error
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
                raise WarehouseError(_unreadable(path, error)) from error
    raise WarehouseError(f"There is no published warehouse at {path}. `usven run` makes one.")


def _open_patiently(path: Path, patience_seconds: float) -> Connection:
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return _attached(path)
        except OSError as error:
            raise WarehouseError(f"{path.parent} cannot be made or entered: {error.strerror}.") from error
        except duckdb.Error as error:
            if not any(sign in str(error) for sign in _TAKEN):
                raise WarehouseError(_in_words(path, error)) from error
            if time.monotonic() > deadline:
                raise WarehouseBusy(
                    f"{path} is open for writing in another program ({_first_line(error)}). "
                    "Close it there; to read, open the published copy instead."
                ) from error
        time.sleep(_PAUSE_SECONDS)


def _attached(path: Path) -> Connection:
    """The file as the database of a connection that notes what it writes; what is open in this process is shared."""
    if path in _engines:
        connection = _engines[path].cursor()
    else:
        connection = duckdb.connect(":memory:", config=_CONFIG | {"temp_directory": f"{path}.tmp"})
        quoted = str(path).replace("'", "''")
        try:
            # Before the file is opened: what is open already is not logged.
            connection.execute("CALL enable_logging('FileSystem')")
            connection.execute(f"ATTACH '{quoted}' AS usven")
        except duckdb.Error:
            connection.close()
            raise
        _engines[path] = connection
    connection.execute("USE usven")
    return connection


def _is_of_storage(error: duckdb.Error) -> bool:
    """Whether the file or the disk is at fault and not the statement; a commit without room is an error of its own."""
    return isinstance(error, duckdb.IOException | duckdb.FatalException) or "Could not write file" in str(error)


# What DuckDB and the system say, and what it means for whoever runs this; the last fits all else.
_MEANINGS = (
    (
        "No space left",
        "The disk is full. Make room and run again: what was received meanwhile is kept or asked for anew.",
    ),
    ("Read-only file system", "Make the folder writable, or name another with --data."),
    ("Permission denied", "Make the folder writable, or name another with --data."),
    (
        "replaying WAL",
        "The file beside it, {wal}, does not belong to it, as after one of the two was copied alone. Move that file "
        "away and run again; `usven restore` brings back a backup.",
    ),
    (
        "",
        "It is damaged or another program's file. `usven restore` brings back a backup; without one, move the file "
        "away and run again: the raw archive is loaded into a new one.",
    ),
)


def _in_words(path: Path, error: duckdb.Error) -> str:
    """What is wrong with the warehouse's file, and the way out."""
    meaning = next(meaning for sign, meaning in _MEANINGS if sign in str(error))
    return f"{path} cannot be used: {_first_line(error)}. {meaning.format(wal=f'{path.name}.wal')}"


def _unreadable(path: Path, error: duckdb.Error) -> str:
    if "Could not set lock" in str(error):
        return f"{path} is open for writing in another program ({_first_line(error)}). Open it read-only there."
    return f"{path} cannot be read: {_first_line(error)}. If it is a published copy, `usven run` makes another."


def _is_invalidated(connection: Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except duckdb.FatalException:
        return True
    except duckdb.Error:
        return False
    return False


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
