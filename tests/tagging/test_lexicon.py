"""How terms of the seeds are found in a text."""

from __future__ import annotations

import pytest

from tasks.tagging.folding import fold
from tasks.tagging.lexicon import MASKS, Lexicon, Term


def found(text: str, *written: str, masks: tuple[str, ...] = ()) -> list[str]:
    terms = [Term(word, ("word",)) for word in written] + [Term(mask, (MASKS,)) for mask in masks]
    folded = fold(text)
    hits = [hit for hit in Lexicon(terms).find(folded) if MASKS not in hit.term.classes]
    spans = [folded.span(hit.start, hit.end) for hit in hits]
    return [text[start:end] for start, end in spans]


def test_case_and_accents_do_not_matter() -> None:
    assert found("La SANCIÓN y a sanção", "sancion", "sancao") == ["SANCIÓN", "sanção"]


@pytest.mark.parametrize("text", ["petroleum", "xoil", "oil_field"])
def test_a_term_is_a_whole_word(text: str) -> None:
    assert found(text, "oil", "petrol") == []


def test_a_star_stands_for_any_ending() -> None:
    assert found("venezolanos, venezolana", "venezolan*") == ["venezolanos", "venezolana"]


def test_capitals_are_wanted_where_they_are_written() -> None:
    assert found("tell us about the US", "=US") == ["US"]


@pytest.mark.parametrize("text", ["US$ 20", "ALL OF US WILL GO HOME TODAY"])
def test_an_acronym_is_not_taken_from_money_or_capitals(text: str) -> None:
    assert found(text, "=US") == []


def test_a_term_that_ends_in_a_dot_is_found_before_anything() -> None:
    assert found("U.S.-led, EE.UU.", "=U.S.", "ee.uu.") == ["U.S.", "EE.UU."]


def test_a_mask_hides_the_shorter_words_inside_it() -> None:
    assert found("Washington Post in Washington", "=Washington", masks=("washington post",)) == ["Washington"]


def test_masks_that_overlap_hide_what_each_covers() -> None:
    masks = ("miss venezuela", "venezuela street", "venezuela street fair")
    assert found("miss venezuela street fair, venezuela", "venezuela", masks=masks) == ["venezuela"]
