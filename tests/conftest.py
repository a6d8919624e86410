"""Fixtures that every step's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings as laws

# A busy machine makes single examples slow, which says nothing of the law.
laws.register_profile("unhurried", deadline=None)
laws.load_profile("unhurried")

SHARED = Path(os.environ.get("SHARED_FOLDER", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real feeds and news; tests that need it are skipped where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the real feeds and news, which are not at {folder} (set SHARED_FOLDER)")
    return folder
