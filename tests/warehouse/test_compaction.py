"""Copying the warehouse anew, where much of it is free."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse import made
from tests.warehouse.made import Report
from warehouse import compaction, comparison, database


@pytest.fixture
def sparse(path: Path) -> Path:
    """A warehouse of which most is free."""
    with database.writing(path) as connection:
        made.load(connection, Report("one"))
        connection.execute(
            "CREATE TABLE raw.waste AS SELECT md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS word FROM range(400000) t(i)"
        )
    with database.writing(path) as connection:
        made.load(connection, Report("two", story_id="s-two"))
        connection.execute("CHECKPOINT")
        connection.execute("DROP TABLE raw.waste")
    return path


def test_a_sparse_warehouse_is_copied_anew_with_all_it_holds(sparse: Path, tmp_path: Path) -> None:
    before = tmp_path / "before.duckdb"
    before.write_bytes(sparse.read_bytes())
    space = compaction.compact(sparse, worth_bytes=0)
    assert space.bytes_before is not None
    assert space.bytes < space.bytes_before == before.stat().st_size
    assert space.bytes == sparse.stat().st_size
    with database.writing(sparse) as connection:
        assert all(table.is_equal for table in comparison.compare(connection, before, with_records=True))
    assert not sparse.with_name("usven-compact.duckdb").exists()


def test_a_dense_or_small_warehouse_stays_as_it_is(sparse: Path) -> None:
    before = sparse.stat().st_ino
    assert compaction.compact(sparse).bytes_before is None
    assert compaction.compact(sparse, worth_bytes=0, worth_free=1.0).bytes_before is None
    assert sparse.stat().st_ino == before
