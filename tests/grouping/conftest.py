"""Articles in a line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from warehouse.model import Report

NOON = datetime(2026, 1, 3, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def report() -> Callable[..., Report]:
    """Makes an article out of its id, its headline and what else matters; `hours` count from noon."""

    def make(article_id: str, title: str, summary: str = "", *, hours: float = 0, **given: Any) -> Report:
        values = {"language": "en", "outlet_id": f"outlet-{article_id}", "outlet_name": ""} | given
        return Report(article_id, title, summary, reported_at=NOON + timedelta(hours=hours), **values)

    return make
