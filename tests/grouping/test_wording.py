"""What surrounds a text is not the text."""

from __future__ import annotations

import re
from importlib import resources
from tomllib import loads

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.grouping import agencies, wording

SEED = loads(resources.files("seeds").joinpath("boilerplate.toml").read_text(encoding="utf-8"))
ENDINGS = [*SEED["tails"], *SEED["fillers"], *SEED["credits"]]


@pytest.mark.parametrize(
    "opening",
    [
        "ERBIL (Courier24) – ",
        "CARACAS, 3 ene (Reuters) - ",
        "Caracas, 3 ene (EFE).- ",
        "(AP) — ",
        "WASHINGTON/DUBAI, Feb 28 (Reuters) - ",
        "Jan 3 (Reuters) - ",
        "São Paulo (AFP) – ",
        "NEW YORK — ",
        "Lisbon, Portugal -- ",
        "EFE.- ",
    ],
)
def test_a_place_line_is_no_part_of_the_lead(opening: str) -> None:
    assert wording.lead(f"{opening}Tankers left the port") == "Tankers left the port"


def test_a_bracket_inside_a_sentence_is_no_place_line() -> None:
    text = "The minister spoke (in Caracas) - and left"

    assert wording.lead(text) == text


@pytest.mark.parametrize(
    "ending",
    [" (Reporting by A. Writer; Editing by B. Writer)", ". Leer más", " The post Tankers appeared first on Courier."],
)
def test_what_follows_a_lead_is_no_part_of_it(ending: str) -> None:
    assert wording.lead(f"Tankers left the port{ending}").rstrip(".") == "Tankers left the port"


@given(st.data(), st.sampled_from(ENDINGS))
def test_every_ending_of_the_seed_is_found(data: st.DataObject, pattern: str) -> None:
    letters = st.characters(codec="latin-1", categories="LNPZ")
    words = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=letters))
    shown = data.draw(st.sampled_from([words, words.upper(), words.capitalize()])).strip()
    if re.fullmatch(pattern, shown, re.IGNORECASE):
        assert wording.lead(f"Tankers left the port. {shown}").rstrip(".") == "Tankers left the port"


@pytest.mark.parametrize(
    ("title", "outlet"),
    [
        ("Tankers leave the port today - The Courier", ""),
        ("Tankers leave the port today | courier of the north", "Courier of the North"),
        ("UPDATE 2-Tankers leave the port today", ""),
        ("VIDEO: Tankers leave the port today", ""),
        ("The Courier | Tankers leave the port today", "The Courier"),
    ],
)
def test_an_outlet_or_a_kicker_is_no_part_of_a_headline(title: str, outlet: str) -> None:
    assert wording.headline(title, outlet) == "Tankers leave the port today"


def test_a_clause_after_a_dash_stays_in_a_headline() -> None:
    title = "El ministro habla en la capital - nadie responde"

    assert wording.headline(title) == title


def test_initials_are_one_word() -> None:
    assert wording.tokens("U.S. tankers") == wording.tokens("US tankers")


def test_invisible_signs_do_not_split_words() -> None:
    assert wording.tokens("tan\u200bkers") == ["tankers"]


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("CARACAS, 3 ene (Reuters) - Los buques", "Reuters"),
        ("EFE.- Los buques", "EFE"),
        ("Los buques salieron (con información de AFP)", "AFP"),
        ("Reuters journalists were held at the airport", None),
    ],
)
def test_an_agency_is_the_one_a_text_credits(text: str, agency: str | None) -> None:
    assert agencies.agency_of(text) == agency


@given(st.lists(st.sampled_from(["u", "s", "é", ".", " ", "1", "\n", "u.", " us.", "s. "])).map("".join))
def test_initials_lose_their_points_wherever_they_stand(text: str) -> None:
    undotted = re.sub(r"\b(?:[^\W\d_]{1,2}\.\s?){2,}", lambda found: re.sub(r"[. ]", "", found[0]) + " ", text)
    assert wording.tokens(text) == wording.tokens(undotted)


@given(st.data(), st.sampled_from(SEED["kickers"]), st.sampled_from([":", " - ", "–", "—", " |", "::"]))
def test_every_kicker_of_the_seed_is_left_out(data: st.DataObject, pattern: str, sign: str) -> None:
    kicker = data.draw(
        st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="latin-1", categories="LNZ"))
    )
    said = "Oil tankers leave the port of Jose"
    assert wording.headline(f"{kicker}{sign} {said}") == said
