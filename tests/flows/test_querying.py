"""`usven sql` for people and programs: readable cells, streams, one-line errors."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from pyarrow import parquet

from flows import querying
from warehouse.errors import InputError, SettingsError

Ask = Callable[..., str]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "usven-read.duckdb"
    with duckdb.connect(str(path), config={"storage_compatibility_version": "v1.4.0"}) as connection:
        connection.execute("CREATE SCHEMA mart")
        connection.execute("CREATE TABLE mart.stories (headline VARCHAR, outlet_count INTEGER)")
    return path


@pytest.fixture
def ask(published: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """What a query prints, on a terminal of some width."""

    def run(query: str, form: querying.Form = "table", *, width: int = 100, to: Path | None = None) -> str:
        monkeypatch.setenv("COLUMNS", str(width))
        querying.show(published, query, form, to)
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "NULL"),
        (True, "true"),
        (0.1 + 0.2, "0.3"),
        (1234567.891, "1234567.9"),
        (["a", None], "a, NULL"),
        (["dead,", "hurt"], "dead,; hurt"),
        ([{"term": "oil", "start": 3}, {"term": "gas", "start": 9}], "term: oil, start: 3; term: gas, start: 9"),
        (b"abc", "3 bytes"),
        ("a\x1b[31mb\nc\u202e", "a [31mb c "),
        (Decimal("1.50"), "1.50"),
    ],
)
def test_a_cell_is_readable_and_cannot_steer_a_terminal(value: object, shown: str) -> None:
    assert querying.cell(value) == shown


def test_a_table_that_does_not_fit_becomes_a_list_a_row(ask: Ask) -> None:
    query = "SELECT " + ", ".join(f"'{'word ' * 5}' AS column_{n}" for n in range(8))
    assert "column_7" in ask(query, width=60).splitlines()[8]
    assert ask(query, width=300).splitlines()[0].split() == [f"column_{n}" for n in range(8)]


def test_a_table_stops_after_a_screenful_or_two_and_says_so(ask: Ask) -> None:
    shown = ask("SELECT i FROM range(100_000_000_000) t(i)")
    assert len(shown.splitlines()) == querying.SHOWN_ROWS + 2
    assert "The first 200 rows" in shown


def test_csv_has_what_nests_as_json_and_nothing_for_null(ask: Ask) -> None:
    text = ask("SELECT [1, 2] AS l, NULL AS n, true AS b, {'k': 'ñ'} AS s, 'a,b' AS t", "csv")
    assert list(csv.reader(io.StringIO(text))) == [
        ["l", "n", "b", "s", "t"],
        ["[1, 2]", "", "true", '{"k": "ñ"}', "a,b"],
    ]


def test_json_is_one_object_that_every_reader_takes(ask: Ask) -> None:
    text = ask("SELECT 1 AS a, 2 AS a, 'nan'::DOUBLE AS f, 1.5::DECIMAL(4, 2) AS d, DATE '2026-01-03' AS t", "json")
    found = json.loads(text, parse_constant=pytest.fail)
    assert found == {
        "columns": ["a", "a_2", "f", "d", "t"],
        "rows": [{"a": 1, "a_2": 2, "f": None, "d": 1.5, "t": "2026-01-03"}],
    }
    assert json.loads(ask("SELECT 1 AS a WHERE false", "json")) == {"columns": ["a"], "rows": []}


def test_parquet_is_written_whole_or_not_at_all(ask: Ask, tmp_path: Path) -> None:
    ask("SELECT i, [i] AS l FROM range(5000) t(i)", "parquet", to=tmp_path / "a.parquet")
    assert parquet.read_table(tmp_path / "a.parquet").num_rows == 5000
    with pytest.raises(InputError, match="The query failed"):
        ask("SELECT (99 - i)::UTINYINT FROM range(200) t(i)", "parquet", to=tmp_path / "b.parquet")
    with pytest.raises(InputError, match="cannot be written"):
        ask("SELECT 1", "parquet", to=tmp_path / "nowhere" / "c.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT headlin FROM mart.stories", 'The query failed: .*"headlin".* Did you mean "headline"\\?'),
        ("SELECT *\nFROM mart.storys", 'in line 2: Table with name storys does not exist! Did you mean ".*stories"\\?'),
        ("SELEC 1", 'syntax error at or near "SELEC"'),
        ("", "There is no query"),
        ("DELETE FROM mart.stories", "read-only"),
    ],
)
def test_a_wrong_query_is_told_in_one_line_with_the_nearest_name(ask: Ask, query: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        ask(query)
    assert "\n" not in str(caught.value)


@pytest.fixture
def endless(published: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`usven sql` in a process of its own, at a query that has begun to answer and never ends."""
    query = "SELECT i FROM range(1_000_000_000_000) t(i)"
    words = [sys.executable, "-m", "flows.cli", "sql", "--csv", "--data", str(published.parent), query]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stdout.readline() == b"i\n"
        yield running
        running.kill()


def test_ctrl_c_ends_a_query_as_it_ends_a_program(endless: subprocess.Popen[bytes]) -> None:
    endless.send_signal(signal.SIGINT)
    assert endless.wait(60) == -signal.SIGINT


def test_a_reader_that_leaves_ends_a_query_quietly(endless: subprocess.Popen[bytes]) -> None:
    assert endless.stdout
    assert endless.stderr
    endless.stdout.close()
    assert endless.wait(60) == 141
    assert endless.stderr.read() == b""


def test_one_query_is_asked_at_a_time(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Give one of"):
        querying.text("SELECT 1", None, "tension")
    assert querying.text(None, None, "tension").startswith("-- How hostile")
    with pytest.raises(InputError, match="cannot be read"):
        querying.text(None, tmp_path / "nowhere.sql", None)
