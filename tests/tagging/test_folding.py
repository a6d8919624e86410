"""Folding loses case and accents, never the way back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasks.tagging.folding import fold


@given(st.text())
def test_every_folded_sign_leads_back_to_one_sign(text: str) -> None:
    folded = fold(text)
    spans = [folded.span(i, i + 1) for i in range(len(folded.text))]
    assert all(end == start + 1 for start, end in spans)
    assert [start for start, _ in spans] == sorted({start for start, _ in spans})
    assert all(0 <= start < len(text) for start, _ in spans)


@given(st.text() | st.text("`\x80aÀẞIİıñ“–’Ｕ\u0301\u200b\u00adжЖ\ud800 A1"))
def test_a_text_is_folded_as_its_signs_are(text: str) -> None:
    assert fold(text).text == "".join(fold(sign).text for sign in text)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


def test_accents_quotes_and_dashes_become_plain() -> None:
    assert fold("“Ação” – ¡Señal!").text == '"acao" - ¡senal!'


def test_what_cannot_be_seen_is_left_out() -> None:
    assert fold("Cara\u00adcas e\u0301l\u200b").text == "caracas el"
