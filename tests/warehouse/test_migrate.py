"""The schema: made, refused, brought up to date after a backup, and described to the last column."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import duckdb
import pytest
import zstandard

from tests.warehouse import made
from tests.warehouse.conftest import Beside
from warehouse import database, laws, migrate
from warehouse.database import Connection
from warehouse.errors import WarehouseError, WarehouseTooNew
from warehouse.migrate import Migration

NEWEST = migrate.migrations()[-1].number
NEXT = Migration(
    NEWEST + 1, "add.sql", "ALTER TABLE raw.batches ADD COLUMN note VARCHAR; UPDATE raw.batches SET note = 'old'"
)


def _history(path: Path) -> list[tuple[int, str]]:
    with database.writing(path) as connection:
        return connection.execute("SELECT number, name FROM raw.migrations ORDER BY applied_at").fetchall()


@pytest.fixture
def newer_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that knows one migration more."""
    known = (*migrate.migrations(), NEXT)
    monkeypatch.setattr(migrate, "migrations", lambda: known)


def test_a_fresh_warehouse_has_had_every_migration_and_the_marts(tmp_path: Path) -> None:
    migrate.ensure(tmp_path / "usven.duckdb")
    names = [name for _, name in _history(tmp_path / "usven.duckdb")]
    assert names[:-1] == [migration.name for migration in migrate.migrations()]
    assert names[-1].startswith("marts ")


def test_migrations_are_numbered_from_one_without_a_gap() -> None:
    numbers = [migration.number for migration in migrate.migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_warehouse_that_is_current_is_left_alone(path: Path) -> None:
    before = _history(path)
    migrate.ensure(path)
    assert _history(path) == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_warehouse_of_a_newer_program_is_refused_and_left_alone(path: Path) -> None:
    with database.writing(path) as connection:
        connection.execute("INSERT INTO raw.migrations VALUES (?, '9999_later.sql', now()::TIMESTAMP, '9')", [9999])
    before = path.read_bytes()
    with pytest.raises(WarehouseTooNew, match=f"has schema 9999, .* up to {NEWEST}. Update usven to open it"):
        migrate.ensure(path)
    assert path.read_bytes() == before


def test_marts_of_another_version_are_applied_anew(path: Path) -> None:
    with database.writing(path) as connection:
        connection.execute("UPDATE raw.migrations SET name = 'marts 0' WHERE name LIKE 'marts %'")
        connection.execute("CREATE OR REPLACE VIEW mart.headline_changes AS SELECT 'old' AS new_title")
    migrate.ensure(path)
    with database.writing(path) as connection:
        assert connection.execute("SELECT new_title FROM mart.headline_changes").fetchall() == []


@pytest.mark.usefixtures("newer_program")
def test_an_older_warehouse_is_migrated_with_its_rows(path: Path) -> None:
    with database.writing(path) as connection:
        connection.execute("INSERT INTO raw.batches (batch_id) VALUES ('b')")
    migrate.ensure(path)
    with database.writing(path) as connection:
        assert connection.execute("SELECT batch_id, note FROM raw.batches").fetchall() == [("b", "old")]
        assert migrate.schema_number(connection) == NEXT.number


@pytest.mark.usefixtures("newer_program")
def test_a_backup_is_made_before_migrating_and_opens_as_it_was(path: Path) -> None:
    with database.writing(path) as connection:
        connection.execute("INSERT INTO raw.batches (batch_id) VALUES ('b')")
    migrate.ensure(path)
    with database.writing(path.with_name(f"usven-before-{NEXT.number:04}.duckdb")) as connection:
        assert migrate.schema_number(connection) == NEWEST
        assert connection.execute("SELECT batch_id FROM raw.batches").fetchall() == [("b",)]


SAVED = sorted((Path(__file__).parent / "saved").glob("*.duckdb.zst"))


def _schema(path: Path) -> list[tuple[str, ...]]:
    with database.writing(path) as connection:
        return connection.execute(
            "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns() "
            "WHERE schema_name IN ('raw', 'core', 'mart') ORDER BY ALL"
        ).fetchall()


def test_a_warehouse_of_every_earlier_schema_is_saved() -> None:
    assert [int(saved.name[:4]) for saved in SAVED] == list(range(1, NEWEST))


@pytest.mark.parametrize("saved", SAVED, ids=lambda saved: saved.name[:4])
def test_a_saved_warehouse_of_an_earlier_schema_becomes_what_a_fresh_one_is_and_keeps_its_rows(
    saved: Path, tmp_path: Path, path: Path
) -> None:
    old = tmp_path / "old" / "usven.duckdb"
    old.parent.mkdir()
    old.write_bytes(zstandard.ZstdDecompressor().decompress(saved.read_bytes()))
    added = {row[2] for row in _schema(path)} - {row[2] for row in _schema(old)}
    with database.writing(old) as connection:
        assert migrate.schema_number(connection) == int(saved.name[:4])
        before = made.content(connection, apart=["raw.migrations"])
    migrate.ensure(old)
    assert _schema(old) == _schema(path)
    with database.writing(old) as connection:
        after = made.content(connection, without=sorted(added))
        assert [law.law.name for law in laws.check(connection) if not law.holds] == []
    assert {table: rows for table, rows in after.items() if table in before} == before
    assert len(before["core.articles"]) >= 60


def test_an_event_of_an_earlier_schema_gets_the_day_of_its_report(tmp_path: Path) -> None:
    old = tmp_path / "usven.duckdb"
    old.write_bytes(zstandard.ZstdDecompressor().decompress(SAVED[5].read_bytes()))
    with database.writing(old) as connection:
        was = made.content(connection)["core.events"]
        connection.execute("UPDATE core.events SET event_date = DATE '2999-01-01'")
    migrate.ensure(old)
    with database.writing(old) as connection:
        assert made.content(connection)["core.events"] == was != []


@pytest.mark.usefixtures("newer_program")
def test_a_fresh_warehouse_needs_no_backup(tmp_path: Path) -> None:
    migrate.ensure(tmp_path / "usven.duckdb")
    assert [entry.name for entry in tmp_path.iterdir()] == ["usven.duckdb"]


def test_a_migration_that_fails_leaves_the_schema_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = (*migrate.migrations(), NEXT, Migration(NEXT.number + 1, "break.sql", "DROP TABLE nowhere"))
    monkeypatch.setattr(migrate, "migrations", lambda: broken)
    with pytest.raises(duckdb.CatalogException):
        migrate.ensure(path)
    with database.writing(path) as connection:
        assert migrate.schema_number(connection) == NEWEST
        assert "note" not in [column[0] for column in connection.execute("FROM raw.batches").description]


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "accounts.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE accounts (a INTEGER)")
    with pytest.raises(WarehouseError, match=r"accounts\.duckdb holds the tables of another program"):
        migrate.ensure(path)
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("accounts",)]


ENSURE = """
    import sys
    from pathlib import Path
    from warehouse import migrate
    migrate.ensure(Path(sys.argv[1]))
    print("ready", flush=True)
"""


def test_a_warehouse_that_was_made_between_two_looks_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: Beside
) -> None:
    path = tmp_path / "usven.duckdb"
    known = migrate.migrations()
    looks = itertools.count(1)

    def make_it_elsewhere_after_the_first_look() -> tuple[Migration, ...]:
        if next(looks) == 2:
            beside(ENSURE, path)
        return known

    monkeypatch.setattr(migrate, "migrations", make_it_elsewhere_after_the_first_look)
    migrate.ensure(path)
    assert len(_history(path)) == len(known) + 1


# --- the grammar of names ----------------------------------------------------------------------

OURS = "schema_name IN ('raw', 'core', 'mart')"


def _columns(connection: Connection) -> list[tuple[str, str, str, str | None]]:
    return connection.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type, comment FROM duckdb_columns() "
        f"WHERE {OURS} ORDER BY ALL"
    ).fetchall()


def test_every_table_view_and_macro_is_described(db: Connection) -> None:
    undescribed = db.execute(
        f"SELECT table_name FROM duckdb_tables() WHERE {OURS} AND comment IS NULL UNION ALL "
        f"SELECT view_name FROM duckdb_views() WHERE {OURS} AND comment IS NULL UNION ALL "
        f"SELECT function_name FROM duckdb_functions() WHERE {OURS} AND comment IS NULL"
    ).fetchall()
    assert undescribed == []


def test_every_column_is_described(db: Connection) -> None:
    assert [(table, name) for table, name, _, comment in _columns(db) if not comment] == []


ENDINGS = {
    "_id": "VARCHAR",
    "_at": "TIMESTAMP",
    "_date": "DATE",
    "_url": "VARCHAR",
    "_sha256": "VARCHAR",
    "_count": ("INTEGER", "BIGINT", "DOUBLE"),
    "_bytes": ("INTEGER", "BIGINT"),
    "_seconds": "DOUBLE",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_column_has_the_type_that_its_name_says(db: Connection, ending: str) -> None:
    wrong = [column for column in _columns(db) if column[1].endswith(ending) and column[2] not in ENDINGS[ending]]
    assert wrong == []


def test_a_time_is_named_as_one(db: Connection) -> None:
    times = {(t, name) for t, name, kind, _ in _columns(db) if kind == "TIMESTAMP" and not name.endswith("_at")}
    # An hour is a period, not a moment.
    assert times == {("mart.coverage", "hour")}


def test_no_time_carries_a_zone(db: Connection) -> None:
    assert [column for column in _columns(db) if "WITH TIME ZONE" in column[2]] == []


def test_a_truth_is_named_as_one(db: Connection) -> None:
    named = re.compile(r"(is|has)_\w+")
    odd = {name for _, name, kind, _ in _columns(db) if (kind == "BOOLEAN") != bool(named.fullmatch(name))}
    assert odd == {"state_affiliated"}


def test_tables_are_plural(db: Connection) -> None:
    tables = [name for (name,) in db.execute(f"SELECT table_name FROM duckdb_tables() WHERE {OURS}").fetchall()]
    assert [name for name in tables if not name.endswith("s")] == []


def test_no_table_has_keys_or_indexes_which_a_lake_lacks(db: Connection) -> None:
    assert db.execute(f"SELECT * FROM duckdb_constraints() WHERE {OURS}").fetchall() == []
    assert db.execute(f"SELECT * FROM duckdb_indexes() WHERE {OURS}").fetchall() == []


def test_a_copy_of_an_older_program_is_told_with_the_way_out(path: Path) -> None:
    with database.writing(path) as connection:
        migrate.demand_current(connection)
        connection.execute("UPDATE raw.migrations SET number = number - 1")
        with pytest.raises(WarehouseError, match="The next `usven run` brings it there"):
            migrate.demand_current(connection)
