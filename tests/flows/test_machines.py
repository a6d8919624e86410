"""Two workers of a real Prefect server on PostgreSQL and Redis; `tests/bench/machines.py` does it at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import postgres
from tests.bench import machines
from tests.bench.machines import Drill, Hosts
from tests.publisher import Publisher


def test_what_a_killed_run_and_a_server_started_anew_leave_is_polled_by_the_workers_once(tmp_path: Path) -> None:
    redis = pytest.importorskip("redis", reason="needs prefect-redis, of the extra `lake`")
    try:
        redis.Redis.from_url(machines.REDIS, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        pytest.skip(f"needs a Redis server, and none answers at {machines.REDIS} ({error}); set TEST_REDIS")
    if not Path("/proc/self/environ").exists():
        pytest.skip("finds the run to kill by /proc, which is Linux's")
    with (
        postgres.database() as lake,
        postgres.database() as orchestration,
        Publisher("0.0.0.0").running() as publisher,
    ):
        Drill(tmp_path, lake, orchestration, Hosts(publisher, count=4, feeds=1, items=3)).run_once()
