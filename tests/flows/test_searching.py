"""How a search is shown: the words set off as they are written, and the part of the text where they stand."""

from __future__ import annotations

from datetime import datetime

import pytest

from flows import searching
from warehouse import search


def _marked(text: str, *words: str) -> list[str]:
    shown = searching._marked(text, searching._pattern(search.parse(words)))
    return [text[span.start : span.end] for span in shown.spans]


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("Alivian sanciones al petróleo", ("PETROLEO", "sancion*"), ["sancion", "petróleo"]),
        ("The United  States' fleet", ("united states",), ["United  States"]),
        ("EE.UU. y Cuba", ("EE.UU.",), ["EE.UU"]),
        ("Cubans, not Cuba", ("cuba",), ["Cuba"]),
    ],
)
def test_words_are_set_off_as_they_are_written(text: str, words: tuple[str, ...], marked: list[str]) -> None:
    assert _marked(text, *words) == marked


def test_a_snippet_begins_before_the_first_word_found_and_ends_between_words() -> None:
    text = "filler " * 60 + "the tanker left " + "filler " * 60
    piece = searching._cut(text, text.index("tanker") - 70)
    assert piece.startswith("… filler")
    assert piece.endswith("filler …")
    assert "the tanker left" in piece
    assert len(piece) <= searching.SNIPPET + 4


def test_a_day_that_ends_a_period_counts_whole() -> None:
    assert searching.day_after(datetime(2026, 1, 3)) == datetime(2026, 1, 4)
    assert searching.day_after(datetime(2026, 1, 3, 6)) == datetime(2026, 1, 3, 6)
