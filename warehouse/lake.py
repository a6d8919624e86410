"""The warehouse on DuckLake, for many machines: its catalog in PostgreSQL, its rows in Parquet files they all reach.

Opening a lake means the same as opening the file: one writer at a time, told by an advisory lock of the catalog's
server, which gives it back by itself when its holder dies. Readers take no lock: each sees the newest snapshot.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb

from warehouse.errors import SettingsError, WarehouseBusy, WarehouseError
from warehouse.location import PREFIX, Lake

if TYPE_CHECKING:
    import psycopg

TIDY_PATIENCE_SECONDS = 120.0
NAME = "usven"
"""The lake's name as a database of a connection."""
NEEDED = "Install it with `pip install 'usven[lake]'`."
_EXTENSIONS = ("postgres_scanner", "ducklake", "httpfs")
_UNTOLD = re.compile(r"COMMENT ON (COLUMN mart\.|MACRO )")
"""Comments that DuckLake has no place for: those of views' columns and of macros."""


@contextmanager
def writing(lake: Lake, *, patience_seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that is the lake's only writer.

    Raises:
        WarehouseBusy: another writer did not finish within the patience.
        WarehouseError: the catalog cannot be reached.
    """
    with held(lake, "writer", patience_seconds=patience_seconds), _cursor(_writer(lake)) as connection:
        yield connection


@contextmanager
def reading(lake: Lake, *, is_confined: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that changes nothing; a confined one reaches no other file, extension or setting either.

    What its queries may ask of the catalog's server is the server's to say: give analysts a role that can only select.

    Raises:
        WarehouseError: the catalog cannot be reached, or holds no lake.
    """
    with _cursor(_confined(lake) if is_confined else _reader(lake)) as connection:
        yield connection


@contextmanager
def held(lake: Lake, purpose: str, *, patience_seconds: float) -> Iterator[None]:
    """An advisory lock of the catalog's server while the block runs; it is lost with the connection that took it.

    Raises:
        WarehouseBusy: another process holds it for longer than the patience.
        WarehouseError: the server cannot be reached.
    """
    import psycopg

    with _session(lake) as session:
        try:
            session.execute(f"SET lock_timeout = {max(1, int(patience_seconds * 1000))}")
            session.execute("SELECT pg_advisory_lock(%s, %s)", _key(purpose))
        except psycopg.errors.LockNotAvailable as error:
            raise WarehouseBusy(f"{lake} is in use by another {purpose}. Try again when it has finished.") from error
        yield


def size(connection: duckdb.DuckDBPyConnection) -> int:
    """Bytes of the Parquet files behind the newest snapshot."""
    found = connection.execute(
        "SELECT coalesce(sum(file_size_bytes + delete_file_size_bytes), 0) FROM ducklake_table_info(current_database())"
    ).fetchone()
    return int(found[0]) if found else 0


def tidy(lake: Lake, *, keep: timedelta) -> None:
    """Write out what lies in the catalog, merge small files, and drop snapshots older than `keep` with their files.

    Raises:
        WarehouseBusy, WarehouseError: as for `writing`.
    """
    with writing(lake, patience_seconds=TIDY_PATIENCE_SECONDS) as connection:
        older = f"older_than => now() - INTERVAL {int(keep.total_seconds())} SECONDS"
        for statement in (
            f"CALL ducklake_flush_inlined_data('{NAME}')",
            f"CALL ducklake_merge_adjacent_files('{NAME}')",
            f"CALL ducklake_expire_snapshots('{NAME}', {older})",
            f"CALL ducklake_cleanup_old_files('{NAME}', {older})",
        ):
            connection.execute(statement)


def is_held(lake: Lake, purpose: str) -> bool:
    """Whether a living process holds a lock.

    Raises:
        WarehouseError: the server cannot be reached.
    """
    with _session(lake) as session:
        found = session.execute("SELECT pg_try_advisory_lock(%s, %s)", _key(purpose)).fetchone()
        return found == (False,)


def statements(sql: str) -> Iterator[str]:
    """Those statements of a script that a lake knows."""
    for statement in duckdb.extract_statements(sql):
        if not _UNTOLD.search(statement.query):
            yield statement.query


@contextmanager
def _session(lake: Lake) -> Iterator[psycopg.Connection[Any]]:
    try:
        import psycopg
    except ImportError as error:
        raise SettingsError(f"A lake needs the package psycopg. {NEEDED}") from error
    try:
        session = psycopg.connect(lake.catalog, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        raise WarehouseError(f"{lake} cannot be reached: {_told(lake, error)} Does the database exist?") from error
    with session:
        yield session


@contextmanager
def _cursor(engine: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = engine.cursor()
    try:
        connection.execute(f"USE {NAME}")
        yield connection
    except duckdb.TransactionException as error:
        if "conflict" not in str(error):
            raise
        raise WarehouseBusy(
            "Another program changed the same rows of the lake meanwhile, so that nothing was stored. Run again: what "
            "was fetched is loaded first."
        ) from error
    except (duckdb.IOException, duckdb.FatalException) as error:
        for engines in (_writer, _reader, _confined):
            engines.cache_clear()  # what was lost with a connection is not missed by the next opening
        words = str(error).splitlines()[0]
        raise WarehouseError(f"The lake cannot be used: {words} Are catalog and Parquet files within reach?") from error
    finally:
        connection.close()


# Engines with the lake attached are made once a process, for loading the extensions takes most of a second.


@cache
def _writer(lake: Lake) -> duckdb.DuckDBPyConnection:
    return _engine(lake, read_only=False)


@cache
def _reader(lake: Lake) -> duckdb.DuckDBPyConnection:
    return _engine(lake, read_only=True)


@cache
def _confined(lake: Lake) -> duckdb.DuckDBPyConnection:
    engine = _engine(lake, read_only=True)
    engine.execute(f"SET allowed_directories = [{_literal(lake.data.rstrip('/') + '/')}]")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")
    return engine


def _engine(lake: Lake, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # Made for what does not fit into memory, and gone with the engine. By itself DuckDB would take the folder
            # that the program was started in: a container cannot write there, and several programs would share it.
            "temp_directory": f"{tempfile.gettempdir()}/usven-{secrets.token_hex(8)}",
        }
    )
    attach(engine, lake, NAME, read_only=read_only)
    return engine


def attach(connection: duckdb.DuckDBPyConnection, lake: Lake, name: str, *, read_only: bool = True) -> None:
    """Make a lake readable as the database `name` of a connection, or writable.

    Raises:
        SettingsError: a package that it needs is not installed.
        WarehouseError: the catalog cannot be reached, or holds no lake.
    """
    for extension in _EXTENSIONS:
        connection.execute(f"LOAD {_literal(str(_extension(extension)))}")
    for setting, value in _storage().items():
        connection.execute(f"SET GLOBAL {setting} = {_literal(value)}")
    # The rows of small batches lie in the catalog until upkeep writes them out. To be set here: as an option of the
    # lake it would crash the process once there is a view.
    options = ["READ_ONLY"] if read_only else [f"DATA_PATH {_literal(lake.data)}", "DATA_INLINING_ROW_LIMIT 100"]
    try:
        connection.execute(f"ATTACH {_literal(PREFIX + lake.catalog)} AS {name} ({', '.join(options)})")
    except duckdb.Error as error:
        raise WarehouseError(f"{lake} cannot be opened: {_told(lake, error)}") from error


def _storage() -> dict[str, str]:
    """Settings for object storage that is not Amazon's: of the usual variables DuckDB reads all but the address."""
    address = urlsplit(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "")
    if not address.netloc:
        return {}
    is_secure = str(address.scheme == "https").lower()
    return {"s3_endpoint": address.netloc + address.path, "s3_use_ssl": is_secure, "s3_url_style": "path"}


def _extension(name: str) -> Path:
    """The file of an extension, which a package of the same version as DuckDB carries."""
    package = f"duckdb_extension_{name}"
    found = util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SettingsError(f"A lake needs the package {package.replace('_', '-')}. {NEEDED}")
    path = Path(found.submodule_search_locations[0]) / "extensions" / f"v{duckdb.__version__}"
    file = path / f"{name}.duckdb_extension"
    if not file.is_file():
        raise SettingsError(f"{package} is not of DuckDB's version {duckdb.__version__}. {NEEDED}")
    return file


def _key(purpose: str) -> tuple[int, int]:
    """Two numbers that name a lock to PostgreSQL."""
    return zlib.crc32(NAME.encode()) - 2**31, zlib.crc32(purpose.encode()) - 2**31


def _told(lake: Lake, error: Exception) -> str:
    """The first line of a message, without what is secret in the catalog's address."""
    words = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return words.replace(lake.catalog, str(lake).removeprefix(PREFIX))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
