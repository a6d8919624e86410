"""Databases of their own on a real PostgreSQL server; tests that need one are skipped where none answers."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

SERVER = os.environ.get("TEST_POSTGRES", "host=127.0.0.1 user=postgres")


@contextmanager
def database(template: str = "template1") -> Iterator[str]:
    """A new database while the block runs, equal to another one that nobody has open; its name."""
    name = f"usven_test_{secrets.token_hex(4)}"
    with _session() as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield name
    finally:
        with _session() as session:
            session.execute(f"DROP DATABASE {name} WITH (FORCE)")


def catalog(name: str) -> str:
    """The connection string of a database."""
    return f"{SERVER} dbname={name}"


def _session() -> psycopg.Connection[tuple[object, ...]]:
    try:
        return psycopg.connect(catalog("postgres"), autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"needs a PostgreSQL server, and none answers at {SERVER!r} ({error}); set TEST_POSTGRES")
