"""Figures of addresses that can be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.dedup import scorecard
from warehouse.errors import InputError


def test_pairs_of_addresses_are_counted_and_mistakes_are_named(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(
        "verdict,left,right\n"
        "same,https://example.org/a,https://example.org/a?utm_source=x\n"
        "same,https://example.org/a,https://example.org/b\n"
        "different,https://example.org/?p=1,https://example.org/?p=2\n",
        encoding="utf-8",
    )

    (section,) = scorecard.sections([pairs])

    assert section.rows == (("usven", 1.0, 0.5, pytest.approx(2 / 3), 1, 0, 1),)
    assert [mistake["right"] for mistake in section.mistakes] == ["https://example.org/b"]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_bytes(b"verdict,left,right\n\xff\xfe,a,b\n")

    with pytest.raises(InputError, match=r"pairs\.csv"):
        list(scorecard.sections([tmp_path / "pairs.csv"]))
