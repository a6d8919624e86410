"""A fresh warehouse for each test, and programs beside this one."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.warehouse import made
from warehouse import migrate
from warehouse.database import Connection
from warehouse.store import Store

ROOT = Path(__file__).parents[2]
Beside = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "usven.duckdb"
    migrate.ensure(path)
    return path


@pytest.fixture
def path(tmp_path: Path, _template: Path) -> Path:
    """A fresh warehouse, closed."""
    path = tmp_path / "usven.duckdb"
    path.write_bytes(_template.read_bytes())
    return path


@pytest.fixture(scope="session")
def memory() -> Iterator[Connection]:
    """A warehouse in memory; `made.empty` makes it fresh for each test and each example of a property."""
    with made.in_memory() as connection:
        yield connection


@pytest.fixture
def db(memory: Connection) -> Connection:
    """A fresh warehouse in memory, for what needs no file."""
    made.empty(memory)
    return memory


@pytest.fixture
def store(db: Connection) -> Store:
    return Store(db)


@pytest.fixture
def beside() -> Iterator[Beside]:
    """Runs Python code in another process; its first line of output says that it has got where it should be."""
    started: list[subprocess.Popen[str]] = []

    def run(code: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()
