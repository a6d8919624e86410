"""The codes of failures and their grades."""

from __future__ import annotations

import pytest

from tasks.fetching.failures import GRADES, grade_of
from tests.fetching.hostile import HOSTILE


def test_every_code_but_our_own_faults_has_a_hostile_case() -> None:
    shown = {case.expected for case in HOSTILE if not case.expected.startswith("http_")} - {"fetched"}
    assert shown == GRADES.keys() - {"fault"}


@pytest.mark.parametrize(
    ("status", "grade"),
    [(408, "temporary"), (429, "temporary"), (500, "temporary"), (503, "temporary"), (599, "temporary"), (410, "hard")]
    + [(status, "soft") for status in (300, 304, 400, 401, 403, 404, 451, 999)],
)
def test_a_status_has_a_grade(status: int, grade: str) -> None:
    assert grade_of(f"http_{status}") == grade
