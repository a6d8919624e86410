"""Exports: files that other programs open, whole or not at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from pyarrow import parquet

from tests.warehouse import made
from tests.warehouse.made import Report
from warehouse import database, export, publish
from warehouse.errors import InputError, WarehouseError

NOW = datetime(2026, 1, 3, 6, tzinfo=UTC)


@pytest.fixture
def published(path: Path) -> Path:
    with database.writing(path) as connection:
        made.load(connection, Report("one", actor="pdvsa"), Report("two", title='Quoted "words",\nin two lines'))
    published = path.with_name("usven-read.duckdb")
    publish.publish(path, published)
    return published


def test_every_mart_and_core_table_is_written_in_both_forms(published: Path, tmp_path: Path) -> None:
    done = export.write(published, tmp_path / "out", now=NOW)
    with database.reading(published) as connection:
        marts = connection.execute("SELECT view_name FROM duckdb_views() WHERE schema_name = 'mart'").fetchall()
    names = {f"mart.{name}" for (name,) in marts} | {
        name for name in made.tables(duckdb.connect(str(published.resolve()), read_only=True)) if "core." in name
    }
    assert set(done.counts) == names
    assert {path.name for path in done.folder.iterdir()} == {
        *(f"{name}.parquet" for name in names),
        *(f"{name}.csv" for name in names),
        "items.jsonl.gz",
        "export.json",
    }


def test_parquet_holds_rows_and_nested_columns_as_they_are(published: Path, tmp_path: Path) -> None:
    folder = export.write(published, tmp_path / "out", now=NOW).folder
    table = parquet.read_table(folder / "core.articles.parquet").to_pylist()
    assert [row["article_id"] for row in table] == ["a-one", "a-two"]
    assert table[0]["relevance_evidence"] == [
        {"term": "first", "field": "title", "start_offset": 0, "text": "Sanctions"}
    ]


def test_csv_and_parquet_say_the_same_to_duckdb(published: Path, tmp_path: Path) -> None:
    folder = export.write(published, tmp_path / "out", now=NOW).folder
    columns = "article_id, title, reported_at, is_relevant"
    assert (
        duckdb.sql(f"SELECT {columns} FROM '{folder}/core.articles.csv' ORDER BY 1").fetchall()
        == duckdb.sql(f"SELECT {columns} FROM '{folder}/core.articles.parquet' ORDER BY 1").fetchall()
    )


def test_nested_columns_are_json_in_csv(published: Path, tmp_path: Path) -> None:
    folder = export.write(published, tmp_path / "out", now=NOW).folder
    (languages,) = duckdb.sql(f"SELECT languages FROM read_csv('{folder}/core.stories.csv') LIMIT 1").fetchall()[0]
    assert json.loads(languages) == ["en"]


def test_an_earlier_export_is_replaced_whole(published: Path, tmp_path: Path) -> None:
    folder = export.write(published, tmp_path / "out", now=NOW).folder
    (folder / "core.gone.csv").write_text("from an older version")
    export.write(published, tmp_path / "out", now=NOW)
    assert not (folder / "core.gone.csv").exists()
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == ["out"]


def test_a_folder_of_something_else_is_left_alone(published: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="something else"):
        export.write(published, tmp_path / "out", now=NOW)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "years of work"


def test_a_failed_export_leaves_the_earlier_one(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = export.write(published, tmp_path / "out", now=NOW).folder
    monkeypatch.setattr(export, "_ITEMS", "SELECT error('no more') FROM core.articles")
    with pytest.raises(duckdb.Error):
        export.write(published, tmp_path / "out", now=NOW)
    assert (folder / "export.json").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_without_a_published_copy_it_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="usven run"):
        export.write(tmp_path / "usven-read.duckdb", tmp_path / "out", now=NOW)
