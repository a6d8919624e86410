"""`usven demo` as a newcomer runs it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from flows import demo
from tasks.grouping import meaning
from warehouse import database


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    data = tmp_path_factory.mktemp("demo")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("USVEN_", "PREFECT_"))}
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "demo", "--data", str(data)],
        env=own,
        cwd=data,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return data / "demo", done


def test_the_demo_ends_well_and_without_a_warning(shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, done = shown
    assert done.returncode == 0, done.stderr
    assert not [
        line for line in done.stderr.splitlines() if "Traceback" in line or "Warning" in line or "ERROR" in line
    ]


def test_the_demo_shows_stories_the_report_and_queries_that_work(
    shown: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = shown
    assert "Maduro" in done.stdout
    assert str(folder / "report" / "index.html") in done.stderr
    assert (folder / "report" / "index.html").is_file()
    with database.reading(folder / "usven-read.duckdb") as connection:
        for query in demo.QUERIES:
            assert query in done.stderr
            assert connection.execute(query).fetchall()


def test_the_second_pass_of_the_demo_brings_a_few_new_items_and_one_changed_headline(
    shown: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = shown
    second = next(line for line in done.stderr.splitlines() if line.startswith("Second pass"))
    assert "5 new and 1 revised entries" in second
    assert "1 failed" in second


def test_the_runs_of_the_demo_have_logs_and_the_terminal_does_not(
    shown: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = shown
    with closing(sqlite3.connect(folder.parent / "prefect" / "prefect.db")) as server:
        said = [message for (message,) in server.execute("SELECT message FROM log")]
    assert len([message for message in said if message.startswith("Beginning flow run 'monitor")]) == 2
    assert "Beginning" not in done.stderr + done.stdout


def test_the_encoder_is_left_for_the_next_pass(shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = shown
    assert len(list((folder / "encoder").glob("*.bin"))) == (meaning.model() == meaning.ENCODER)
