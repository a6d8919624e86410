"""The figures of a grouping, on cases that can be worked out by hand."""

from __future__ import annotations

import pytest

from tasks.grouping import scoring


def test_the_same_grouping_under_other_names_is_perfect() -> None:
    assert scoring.b_cubed("aab", "xxy") == scoring.Score(1.0, 1.0)


def test_one_group_for_everything_has_full_recall_alone() -> None:
    assert scoring.b_cubed("aaaa", "wxyz") == scoring.Score(0.25, 1.0)


def test_a_group_for_each_has_full_precision_alone() -> None:
    assert scoring.pairwise("wxyz", "aaaa") == scoring.Score(1.0, 0.0)


def test_pairs_are_counted() -> None:
    assert scoring.pairwise("aabb", "aaab") == scoring.Score(0.5, pytest.approx(1 / 3))


def test_f1_is_the_harmonic_mean() -> None:
    assert scoring.Score(0.5, 1.0).f1 == pytest.approx(2 / 3)
