"""Polls, settings and servers for the tests of fetching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fetching.server import Behaviour, Server, running
from warehouse.archive import Archive
from warehouse.model import Feed, FeedState, Poll
from warehouse.settings import Settings


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "archive"))


@pytest.fixture
def settings() -> Settings:
    """Loopback allowed, limits small, no waiting between requests to one host."""
    return Settings(
        allow_addresses=("127.0.0.0/8",),
        max_body_bytes=200_000,
        feed_timeout_seconds=1.5,
        host_delay_seconds=0.0,
        per_host=8,
    )


@pytest.fixture
def poll() -> Callable[..., Poll]:
    """A poll of an address; what is given by name goes into the state."""

    def make(url: str, **state: object) -> Poll:
        return Poll(Feed(url, url, "outlet", "en"), FeedState(url, **state))  # type: ignore[arg-type]

    return make


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """A running server for behaviours by path."""
    with ExitStack() as stack:

        def start(behaviours: dict[str, Behaviour], *, keeps_alive: bool = False) -> Server:
            server = Server(behaviours, keeps_alive=keeps_alive)
            stack.enter_context(running((server, None)))
            return server

        yield start
