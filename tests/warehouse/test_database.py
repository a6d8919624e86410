"""Opening the warehouse: one writer at a time, readers that can reach nothing but what they read."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.warehouse.conftest import Beside
from warehouse import database, publish
from warehouse.database import Connection
from warehouse.errors import WarehouseBusy, WarehouseError

WRITER = """
    import sys
    from pathlib import Path
    from warehouse import database
    with database.writing(Path(sys.argv[1])) as connection:
        connection.execute("INSERT INTO raw.batches (batch_id) VALUES ('theirs')")
        print("ready", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def published(path: Path) -> Path:
    link = path.with_name("usven-read.duckdb")
    publish.publish(path, link)
    return link


# --- writing -----------------------------------------------------------------------------------


def test_what_is_written_is_there_when_it_is_opened_again(path: Path) -> None:
    with database.writing(path) as connection:
        connection.execute("INSERT INTO raw.batches (batch_id) VALUES ('b')")
    with database.writing(path) as connection:
        assert connection.execute("SELECT batch_id FROM raw.batches").fetchall() == [("b",)]


def test_what_is_written_lies_in_the_main_file_alone_afterwards(path: Path) -> None:
    with database.writing(path) as connection:
        connection.execute("INSERT INTO raw.batches (batch_id) VALUES ('b')")
    assert not path.with_name(path.name + ".wal").exists()


def test_a_writer_waits_until_another_program_has_finished_and_sees_its_rows(path: Path, beside: Beside) -> None:
    other = beside(WRITER, path)
    with pytest.raises(WarehouseBusy), database.writing(path, patience_seconds=0):
        pass
    assert other.stdin
    other.stdin.write("go on\n")
    other.stdin.flush()
    with database.writing(path) as connection:
        assert connection.execute("SELECT batch_id FROM raw.batches").fetchall() == [("theirs",)]


def test_a_writer_whose_patience_ends_is_told_what_to_do(path: Path, beside: Beside) -> None:
    beside(WRITER, path)
    with (
        pytest.raises(WarehouseBusy, match=r"usven\.duckdb is open for writing in another program.*Close it there"),
        database.writing(path, patience_seconds=0.1),
    ):
        pass


def test_a_writer_that_was_killed_keeps_nobody_out_and_leaves_what_it_had_committed(path: Path, beside: Beside) -> None:
    beside(WRITER, path).kill()
    with database.writing(path) as connection:
        assert connection.execute("SELECT batch_id FROM raw.batches").fetchall() == [("theirs",)]


def test_a_warehouse_that_is_kept_open_gives_memory_back_and_still_takes_what_a_statement_needs(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_MUCH_MEMORY", 0)
    with database.kept_open(path):
        with database.writing(path) as connection:
            connection.execute("CREATE TABLE words AS SELECT md5(i::VARCHAR) AS word FROM range(1_200_000) t(i)")
            connection.execute("CHECKPOINT")
            [(before,)] = connection.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchall()
        database.give_back_memory(path)
        with database.writing(path) as connection:
            [(held,)] = connection.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchall()
            assert held < 3e6 < 20e6 < before
            # What this needs at once is more than what is left.
            [(longest,)] = connection.execute("SELECT length(string_agg(word)) FROM words").fetchall()
            assert longest == 1_200_000 * 33 - 1


def test_what_is_not_in_the_file_yet_stays_in_memory_and_goes_nowhere_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_MUCH_MEMORY", 0)
    with database.kept_open(path):
        with database.writing(path) as connection:
            # So few rows that they are not written before the next checkpoint.
            connection.execute("CREATE TABLE numbers AS FROM range(100_000) t(i)")
        database.give_back_memory(path)
        assert [entry.name for entry in path.parent.iterdir() if "tmp" in entry.name] == []
        with database.writing(path) as connection:
            assert connection.execute("SELECT sum(i) FROM numbers").fetchall() == [(4_999_950_000,)]


def test_a_warehouse_that_is_not_kept_open_has_nothing_to_give_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_MUCH_MEMORY", 0)
    with database.writing(path) as connection:
        database.give_back_memory(path)
        assert connection.execute("SELECT sum(i) FROM range(2_000_000) t(i)").fetchall() == [(1_999_999_000_000,)]


def test_a_folder_on_the_way_is_made(tmp_path: Path) -> None:
    with database.writing(tmp_path / "new" / "folder" / "usven.duckdb", create=True):
        pass
    assert (tmp_path / "new" / "folder" / "usven.duckdb").is_file()


def _foreign(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" * 1000)


def _folder(path: Path) -> None:
    path.mkdir()


def _truncated(path: Path) -> None:
    with database.writing(path, create=True) as connection:
        connection.execute("CREATE TABLE numbers AS FROM range(200000)")
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize("spoil", [_foreign, _folder, _truncated])
def test_what_is_no_warehouse_is_refused_with_the_remedy(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "usven.duckdb"
    spoil(path)  # type: ignore[operator]
    with (
        pytest.raises(WarehouseError, match=r"usven\.duckdb cannot be used: .* move the file away"),
        database.writing(path),
    ):
        pass


@pytest.mark.parametrize("kept", [1 / 4, 1 / 2, 3 / 4])
def test_a_file_cut_short_is_an_error_in_words_however_much_is_left(path: Path, kept: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(WarehouseError), database.writing(path) as connection:
        connection.execute("FROM raw.migrations").fetchall()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(WarehouseError, match=r"file/below cannot be made or entered"),
        database.writing(tmp_path / "file" / "below" / "usven.duckdb", create=True),
    ):
        pass


def test_a_mistake_in_a_query_is_not_taken_for_a_fault_of_the_disk(path: Path) -> None:
    with pytest.raises(duckdb.CatalogException), database.writing(path) as connection:
        connection.execute("FROM nowhere")


# --- transactions ------------------------------------------------------------------------------


def _batches(connection: Connection) -> int:
    return len(connection.execute("FROM raw.batches").fetchall())


def test_a_transaction_that_ends_well_is_kept(db: Connection) -> None:
    with database.transaction(db):
        db.execute("INSERT INTO raw.batches (batch_id) VALUES ('b')")
    assert _batches(db) == 1


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_a_transaction_that_fails_leaves_nothing(db: Connection, failure: type[BaseException]) -> None:
    with pytest.raises(failure), database.transaction(db):
        db.execute("INSERT INTO raw.batches (batch_id) VALUES ('b')")
        raise failure
    assert _batches(db) == 0


def test_a_statement_that_fails_undoes_its_transaction_and_the_next_one_works(db: Connection) -> None:
    with pytest.raises(duckdb.ConversionException), database.transaction(db):
        db.execute("INSERT INTO raw.batches (batch_id) VALUES ('b')")
        db.execute("SELECT 'x'::INTEGER")
    with database.transaction(db):
        db.execute("INSERT INTO raw.batches (batch_id) VALUES ('c')")
    assert _batches(db) == 1


# --- reading -----------------------------------------------------------------------------------


def test_a_missing_published_copy_is_made_by_a_run(tmp_path: Path) -> None:
    with (
        pytest.raises(WarehouseError, match=r"no published warehouse at .*usven-read\.duckdb\. `usven run` makes one"),
        database.reading(tmp_path / "usven-read.duckdb"),
    ):
        pass


def test_a_link_that_leads_nowhere_is_a_missing_copy(tmp_path: Path) -> None:
    (tmp_path / "usven-read.duckdb").symlink_to("gone.duckdb")
    with pytest.raises(WarehouseError, match="`usven run` makes one"), database.reading(tmp_path / "usven-read.duckdb"):
        pass


def test_a_published_copy_that_is_none_is_named(tmp_path: Path) -> None:
    _foreign(tmp_path / "usven-read.duckdb")
    with (
        pytest.raises(WarehouseError, match=r"usven-read\.duckdb cannot be read"),
        database.reading(tmp_path / "usven-read.duckdb"),
    ):
        pass


def test_a_reader_can_ask_everything_of_the_warehouse(published: Path) -> None:
    with database.reading(published) as connection:
        assert connection.execute("SELECT count(*) FROM mart.stories").fetchone() == (0,)


def test_several_readers_in_one_process_do_not_disturb_each_other(published: Path) -> None:
    with database.reading(published) as one, database.reading(published) as two:
        for connection in (one, two):
            assert connection.execute("SELECT count(*) FROM mart.stories").fetchone() == (0,)


def test_a_reader_keeps_no_writer_out(published: Path, path: Path) -> None:
    with database.reading(published), database.writing(path, patience_seconds=0) as connection:
        assert _batches(connection) == 0


ATTEMPTS = {
    "read a CSV": "FROM read_csv('{file}')",
    "read a file by its name": "FROM '{file}'",
    "read a text": "FROM read_text('{file}')",
    "read bytes": "FROM read_blob('{file}')",
    "read JSON": "FROM read_json('{file}')",
    "read Parquet": "FROM read_parquet('{file}')",
    "list files": "FROM glob('{folder}/*')",
    "fetch": "FROM read_csv('https://usven.example/x.csv')",
    "fetch from a bucket": "FROM read_parquet('s3://usven/x.parquet')",
    "write a CSV": "COPY (SELECT 1) TO '{folder}/out.csv'",
    "write Parquet": "COPY (SELECT 1) TO '{folder}/out.parquet' (FORMAT parquet)",
    "export": "EXPORT DATABASE '{folder}/out'",
    "import": "IMPORT DATABASE '{folder}'",
    "attach a file": "ATTACH '{folder}/other.duckdb'",
    "attach the warehouse": "ATTACH '{folder}/usven.duckdb' AS warehouse",
    "install an extension": "INSTALL httpfs",
    "install an extension from elsewhere": "INSTALL spatial FROM community",
    "load an extension": "LOAD httpfs",
    "load a file as an extension": "LOAD '{file}'",
    "read the environment": "SELECT getenv('HOME')",
    "allow access again": "SET enable_external_access = true",
    "unlock": "SET lock_configuration = false",
    "reset": "RESET enable_external_access",
    "set by pragma": "PRAGMA enable_external_access=true",
    "set globally": "SET GLOBAL autoinstall_known_extensions = true",
    "set a folder": "SET temp_directory = '{folder}/temporary'",
    "set a home": "SET home_directory = '{folder}'",
    "set a log": "SET log_query_path = '{folder}/log'",
    "profile into a file": "PRAGMA profiling_output='{folder}/profile'",
    "make a secret": "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "make a persistent secret": "CREATE PERSISTENT SECRET keep (TYPE http)",
    "create a table": "CREATE TABLE core.mine (a INTEGER)",
    "insert": "INSERT INTO raw.batches (batch_id) VALUES ('b')",
    "update": "UPDATE core.articles SET title = ''",
    "delete": "DELETE FROM raw.migrations",
    "drop": "DROP VIEW mart.stories",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_reader_can_reach_no_file_no_extension_and_no_setting(published: Path, attempt: str) -> None:
    secret = published.with_name("secret.csv")
    secret.write_text("a\n1\n")
    before = sorted(published.parent.iterdir())
    statement = ATTEMPTS[attempt].format(file=secret, folder=published.parent)
    with database.reading(published) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement).fetchall()
    assert sorted(published.parent.iterdir()) == before


# --- copying -----------------------------------------------------------------------------------


def test_a_warehouse_is_held_only_once_no_other_program_writes(path: Path, beside: Beside) -> None:
    beside(WRITER, path)
    with pytest.raises(WarehouseBusy, match="Close it there"), database.held(path, patience_seconds=0):
        pass


def test_a_warehouse_that_has_vanished_is_not_made_anew_in_passing(tmp_path: Path) -> None:
    with (
        pytest.raises(WarehouseError, match=r"There is no warehouse at .*usven\.duckdb\. `usven run` makes one"),
        database.writing(tmp_path / "usven.duckdb"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


HOPEFUL = """
    import sys
    from pathlib import Path
    from warehouse import database
    from warehouse.errors import WarehouseBusy
    try:
        with database.writing(Path(sys.argv[1]), patience_seconds=0):
            pass
    except WarehouseBusy:
        print("ready", flush=True)
"""


def test_no_other_program_writes_while_a_warehouse_is_held(path: Path, beside: Beside) -> None:
    with database.held(path):
        beside(HOPEFUL, path)


def test_a_warehouse_that_is_not_there_cannot_be_held(tmp_path: Path) -> None:
    with (
        pytest.raises(WarehouseError, match=r"usven\.duckdb cannot be copied"),
        database.held(tmp_path / "usven.duckdb"),
    ):
        pass
