"""Reading the seed files the way the program does: as resources of the `seeds` package."""

from __future__ import annotations

import csv
from importlib import resources

import pytest

Rows = list[dict[str, str]]


def read_rows(name: str) -> Rows:
    text = resources.files("seeds").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture(scope="session")
def truth() -> Rows:
    return read_rows("sample/truth.csv")


@pytest.fixture(scope="session", params=["", "sample/"], ids=["catalogue", "sample"])
def feeds(request: pytest.FixtureRequest) -> Rows:
    return read_rows(f"{request.param}feeds.csv")


@pytest.fixture(scope="session", params=["", "sample/"], ids=["catalogue", "sample"])
def outlets(request: pytest.FixtureRequest) -> Rows:
    return read_rows(f"{request.param}outlets.csv")


@pytest.fixture(scope="session", params=["", "sample/"], ids=["catalogue", "sample"])
def feeds_with_outlets(request: pytest.FixtureRequest) -> tuple[Rows, Rows]:
    return read_rows(f"{request.param}feeds.csv"), read_rows(f"{request.param}outlets.csv")


@pytest.fixture(scope="session")
def catalogue() -> Rows:
    return read_rows("feeds.csv")


@pytest.fixture(scope="session")
def sample_feeds() -> Rows:
    return read_rows("sample/feeds.csv")
