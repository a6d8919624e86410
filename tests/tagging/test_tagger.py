"""What the tagger promises of every article, shown on sentences written for the purpose."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.tagging import seedbook
from tasks.tagging.tagger import Tagger

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.model import Evidence, Labels, Mention

TAGGER = Tagger.from_seeds()
JANUARY = datetime(2026, 1, 10, tzinfo=UTC)
WORDS = (
    *("Venezuela", "EE. UU.", "US", "us", "Trump", "Maduro", "petróleo", "sanções", "CARACAS", "Washington Post"),
    *(
        "“",
        ". ",
        "Read also:",
        "e\u0301",
        "\u200b",
        "\u00ad",
        " - ",
        "$",
        "Citgo",
        "\n",
        "deportados",
        "ß",
        "İ",
        "PDVSA",
    ),
    *("PDVSA", "la presidenta encargada", "capturan a", "US Department of State", "Brasil", ",", "and"),
)
texts = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=25).map(" ".join)


def tag(title: str, summary: str = "", text: str = "", *, on: datetime | None = JANUARY, outlet: str = "") -> Labels:
    return TAGGER.tag(title, summary, text, published_at=on, outlet_name=outlet)


def topics(labels: Labels) -> set[str]:
    return {label.topic for label in labels.topics}


def stands(fields: dict[str, str], found: Evidence | Mention) -> bool:
    text = found.matched_text if hasattr(found, "matched_text") else found.text
    return bool(text) and fields[found.field][found.start :].startswith(text)


@settings(max_examples=300, deadline=None)
@given(texts, texts, texts, st.booleans())
def test_all_evidence_stands_at_its_offset_in_its_field(title: str, summary: str, text: str, is_dated: bool) -> None:
    labels = tag(title, summary, text, on=JANUARY if is_dated else None)
    fields = {"title": title, "summary": summary, "text": text}
    words = [*labels.evidence, *labels.actors, *(word for label in labels.topics for word in label.evidence)]
    assert all(stands(fields, word) for word in words)


@settings(max_examples=300, deadline=None)
@given(texts, texts)
def test_labels_are_whole_whatever_the_text(title: str, summary: str) -> None:
    labels = tag(title, summary)
    assert 0 <= labels.score <= 1
    assert labels.level in (0, 1, 2)
    assert bool(labels.topics) == labels.is_relevant
    assert labels.is_relevant or not (labels.actors or labels.evidence)
    assert labels == tag(title, summary)


def test_a_relevant_story_has_evidence_of_both_sides() -> None:
    labels = tag("Brasil condena ataque dos EUA à Venezuela")
    assert {word.text for word in labels.evidence} >= {"EUA", "Venezuela"}


def test_topics_come_in_the_order_of_the_catalogue() -> None:
    labels = tag("US lifts oil sanctions on Venezuela after talks with Brazil")
    order = [topic for topic in seedbook.load().topics if topic in topics(labels)]
    assert [label.topic for label in labels.topics] == order


def test_the_version_names_code_and_seeds() -> None:
    assert TAGGER.rules_version == seedbook.load().version
    assert TAGGER.rules_version.startswith(f"{seedbook.CODE_VERSION}-")


@pytest.mark.parametrize(
    "title",
    [
        "Venezuela opens a new bridge for all of us",
        "Venezuela spends US$ 20 million on schools",
        "VENEZUELA THANKS ALL OF US",
        "Venezuelan photographs win prize, Washington Post reports",
        "Venezuela hosts Latin American poets",
        "Little Venezuela, a corner of Queens, greets the US mayor",
    ],
)
def test_what_only_looks_like_a_side_is_none(title: str) -> None:
    assert tag(title).level == 0


@pytest.mark.parametrize(
    "spelling", ["EE.UU.", "EE. UU.", "EEUU", "EE UU", "Estados Unidos", "EUA", "US", "U.S.", "USA"]
)
def test_the_united_states_are_known_in_every_spelling(spelling: str) -> None:
    assert tag(f"{spelling} - Venezuela: sanciones").level == 2


def test_an_outlets_name_at_the_end_of_a_title_is_no_side() -> None:
    assert tag("Venezuela raises fares - US News Daily", outlet="US News Daily").level == 0


@pytest.mark.parametrize(
    "line",
    [
        "Read also: US strikes Venezuela",
        "Lea también: EE. UU. ataca a Venezuela",
        "Te recomendamos: EE. UU. ataca a Venezuela",
        "Leia também: EUA atacam a Venezuela",
        "FILE PHOTO: Officials of Venezuela and the US shake hands",
        "Foto de archivo: delegados de Venezuela y EE. UU.",
    ],
)
def test_what_leads_to_other_stories_or_stands_under_a_picture_does_not_count(line: str) -> None:
    assert tag("Council approves budget", f"The vote was close. {line}").level == 0


def test_an_enumeration_of_states_relates_none_of_them() -> None:
    assert tag("France, Venezuela, United States and Japan top cocoa ranking").level == 0


def test_the_united_states_among_places_of_residence_are_no_actor() -> None:
    assert tag("Desde Chile, España y Estados Unidos: emigrados compran casas en Venezuela").level == 0


def test_the_united_states_among_states_that_act_together_are_one() -> None:
    assert tag("Estados Unidos, Argentina y Perú reconocen al presidente electo de Venezuela").level > 0


def test_a_background_remark_deep_in_a_long_story_does_not_count() -> None:
    filler = "The committee met again and discussed fisheries at length with its guests. " * 30
    assert (
        tag("Denmark and Greenland discuss fisheries", f"{filler}The US raid on Venezuela was not on the agenda.").level
        == 0
    )


def test_the_capture_of_maduro_is_core_only_since_it_happened() -> None:
    title = "The capture of Maduro, minute by minute"
    assert tag(title, on=datetime(2026, 1, 4, tzinfo=UTC)).level == 2
    assert tag(title, on=datetime(2024, 1, 4, tzinfo=UTC)).level == 0


def test_an_outlet_of_venezuela_need_not_name_the_country_deportees_come_home_to() -> None:
    title = "Llegaron 200 deportados desde EEUU"
    on = datetime(2025, 9, 27, tzinfo=UTC)
    assert tag(title, on=on, outlet="Efecto Cocuyo").level == 2
    assert tag(title, on=on, outlet="Prensa Libre").level == 0


def test_markup_that_cannot_be_seen_does_not_hide_a_name() -> None:
    labels = tag("Vene\u200bzuela and the \u2060United\u00a0States talk")
    assert labels.level == 2
    assert "Vene\u200bzuela" in {word.text for word in labels.evidence}


def test_a_hostile_text_is_read_in_bounds() -> None:
    labels = tag("US Venezuela " * 5_000, "Miss Venezuela US, " * 20_000, "Caracas. " * 100_000)
    assert len(labels.actors) <= 200


def test_the_seed_article_is_read_as_expected(shared_data: Path) -> None:
    expected = json.loads((shared_data / "seed" / "expected.json").read_text(encoding="utf-8"))
    title, _, text = (shared_data / "seed" / expected["file"]).read_text(encoding="utf-8").partition("\n")
    labels = tag(title, "", text, on=datetime(2025, 12, 1, tzinfo=UTC), outlet=expected["outlet"])
    names = {seedbook.load().actors[mention.actor_id].name for mention in labels.actors}
    assert labels.level == expected["level"]
    assert topics(labels) == set(expected["topics"])
    assert names >= set(expected["actors"])


@pytest.mark.parametrize("name", ["Cabello", "Padrino", "Gil", "Jorge Rodríguez"])
def test_a_surname_that_says_nothing_abroad_is_understood_at_home(name: str) -> None:
    title = f"{name} responde a las amenazas de EEUU"
    assert tag(title, outlet="Efecto Cocuyo").level == 2
    assert name == "Cabello" or tag(title, outlet="Prensa Libre").level == 0


def test_explosions_in_caracas_are_the_affair_on_the_night_of_the_capture_alone() -> None:
    title = "Explosions heard in Caracas"
    assert tag(title, on=datetime(2026, 1, 3, tzinfo=UTC)).level == 2
    assert tag(title, on=datetime(2024, 1, 3, tzinfo=UTC)).level == 0


def test_a_relevance_verdict_names_its_rule() -> None:
    verdict = TAGGER.verdict("US and Venezuela talk", "", "", published_at=JANUARY)
    assert (verdict.rule_id, verdict.level) == ("both-in-title", 2)
    assert TAGGER.verdict("Rain in Lisbon", "", "", published_at=JANUARY).rule_id == "unread"
