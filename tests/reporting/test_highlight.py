from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasks.reporting import highlight
from tasks.reporting.highlight import Mark


def test_overlapping_marks_share_the_words_they_both_cover() -> None:
    marks = [Mark(0, "White House", "actor", "white-house"), Mark(6, "House votes", "topic", "politics")]
    pieces = [(s.text, [m.code for m in s.marks]) for s in highlight.split("White House votes", marks)]
    assert pieces == [("White ", ["white-house"]), ("House", ["white-house", "politics"]), (" votes", ["politics"])]


def test_a_mark_whose_words_are_not_there_is_left_out() -> None:
    assert [s.marks for s in highlight.split("Caracas", [Mark(3, "Caracas", "topic"), Mark(-2, "as", "topic")])] == [()]


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-5, 45), st.integers(0, 10)), max_size=8))
def test_no_mark_changes_the_text(text: str, places: list[tuple[int, int]]) -> None:
    marks = [Mark(start, text[max(start, 0) : max(start, 0) + length], "topic") for start, length in places]
    assert "".join(segment.text for segment in highlight.split(text, marks)) == text


@given(st.text(max_size=40), st.text(max_size=40))
def test_comparing_changes_neither_wording(old: str, new: str) -> None:
    left, right = highlight.compare(old, new)
    assert ("".join(c.text for c in left), "".join(c.text for c in right)) == (old, new)


def test_only_the_words_that_differ_are_set_off() -> None:
    left, right = highlight.compare("Trump says he may act", "Trump says he will act")
    assert [c.text for c in left if c.is_changed] == ["may"]
    assert [c.text for c in right if c.is_changed] == ["will"]
