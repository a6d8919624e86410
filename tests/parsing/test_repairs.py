"""Repairs of text and markup: made where they are certain, and nowhere else."""

from __future__ import annotations

import pytest

from tasks.parsing import guard, mojibake
from tasks.parsing.remarks import Remarks


def prepare(text: str) -> guard.Prepared:
    return guard.prepare(text, Remarks())


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("VenezolÃ¡n", "Venezolán"),
        ("reuniÃ³n en MaiquetÃ­a", "reunión en Maiquetía"),
        ("JoÃ£o nÃ£o irÃ¡", "João não irá"),
        ("Trumpâ€™s â€œdealâ€\x9d", "Trump’s “deal”"),
        ("â€“ raya", "– raya"),
        ("10Â°C", "10°C"),
    ],
)
def test_text_encoded_twice_is_repaired(broken: str, mended: str) -> None:
    assert mojibake.repair(broken) == mended


@pytest.mark.parametrize(
    "text",
    ["IRMÃ”", "dijo JOSÉ”", "“JOSÉ”", "NÃO", "SÃO PAULO", "VOCÊ”", "Â", "reunión", "VenezolÃ¡n — “correcto”", "名前Ã¡"],
)
def test_text_that_could_be_meant_is_left_alone(text: str) -> None:
    assert mojibake.repair(text) == text


def test_a_declaration_of_entities_is_kept_where_they_are_small_and_plain() -> None:
    prepared = prepare('<!DOCTYPE rss [<!ENTITY casa "Casa Blanca"><!ENTITY e "&#233;">]><rss>&casa;</rss>')
    assert prepared.entities == {"casa": "Casa Blanca", "e": "é"}


@pytest.mark.parametrize("value", ['"&other;"', '"<b>"', f'"{"x" * 33}"', 'SYSTEM "file:///etc/passwd"', '"%p;"'])
def test_an_entity_that_is_long_nested_or_external_is_left_out(value: str) -> None:
    assert prepare(f"<!DOCTYPE rss [<!ENTITY e {value}>]><rss/>").entities == {}


def test_a_declaration_within_the_document_is_text() -> None:
    text = "<rss><![CDATA[<!DOCTYPE html><p>]]></rss>"
    assert prepare(text).xml == text


def test_ampersands_that_begin_nothing_are_escaped() -> None:
    prepared = prepare("<a>S&P &amp; R&D &aacute; &#38; &nosuch; <![CDATA[x & y]]><!-- & --></a>")
    assert guard.escape_ampersands(prepared) == (
        "<a>S&amp;P &amp; R&amp;D &aacute; &#38; &amp;nosuch; <![CDATA[x & y]]><!-- & --></a>"
    )


def test_what_stands_before_the_declaration_is_left_out() -> None:
    assert prepare("Notice: x in y<br>\n<?xml version='1.0'?>\n<rss/>").xml == "<rss/>"


def test_remarks_stay_few() -> None:
    remarks = Remarks()
    for number in range(1_000):
        remarks.note(f"Line {number}")
        remarks.note("Again")
    sentences = remarks.sentences()
    assert len(sentences) == 26
    assert "Again (1000 times)." in sentences
    assert sentences[-1] == "976 more problems are not listed."
