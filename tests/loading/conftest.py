"""A warehouse in memory that documents are taken into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.warehouse import made
from warehouse.database import Connection


@pytest.fixture(scope="session")
def memory() -> Iterator[Connection]:
    """A warehouse in memory; `made.empty` makes it fresh for each test and each example of a property."""
    with made.in_memory() as connection:
        yield connection


@pytest.fixture
def db(memory: Connection) -> Connection:
    """A fresh warehouse in memory."""
    made.empty(memory)
    return memory
