"""What the coder of events promises, shown on sentences written for the purpose."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.parsing import dates
from tasks.tagging import scoring, seedbook
from tasks.tagging.tagger import Tagger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasks.scorecard import Section
    from warehouse.model import Event, Labels

TAGGER = Tagger.from_seeds()
JANUARY = datetime(2026, 1, 10, tzinfo=UTC)


def code(title: str, summary: str = "", *, on: datetime = JANUARY) -> tuple[Event, ...]:
    return TAGGER.tag(title, summary, "", published_at=on).events


def told(title: str, summary: str = "", *, on: datetime = JANUARY) -> set[str]:
    """What is told as done, the aftermath included."""
    return {triple(event) for event in code(title, summary, on=on) if event.is_told}


def triple(event: Event) -> str:
    return f"{event.source_side} {event.event_type} {event.target_side}"


def done(title: str, summary: str = "", *, on: datetime = JANUARY) -> set[str]:
    return {triple(event) for event in code(title, summary, on=on) if event.is_counted}


@pytest.mark.parametrize(
    ("title", "event"),
    [
        ("US imposes new sanctions on Venezuelan officials", "US SANCTION VE"),
        ("Estados Unidos sanciona a tres ministros de Venezuela", "US SANCTION VE"),
        ("Estados Unidos impõem sanções à PDVSA", "US SANCTION VE"),
        ("US Treasury designates Cartel de los Soles as a terrorist group", "US SANCTION VE"),
        ("Trump revokes Chevron's licence to pump oil in Venezuela", "US SANCTION VE"),
        ("Pentagon deploys warships off Venezuela", "US MOBILIZE VE"),
        ("EE.UU. despliega buques de guerra frente a Venezuela", "US MOBILIZE VE"),
        ("US military bombs targets in Caracas", "US ASSAULT VE"),
        ("Fuerzas de EE. UU. bombardean Caracas", "US ASSAULT VE"),
        ("EUA atacam a Venezuela", "US ASSAULT VE"),
        ("US forces capture Maduro in Caracas", "US COERCE VE"),
        ("US raid on Caracas ends in fire", "US ASSAULT VE"),
        ("US seizes tanker loaded in Venezuela", "US COERCE VE"),
        ("EEUU deporta a 200 venezolanos", "US COERCE VE"),
        ("Trump ends TPS for Venezuelans", "US COERCE VE"),
        ("Venezuela arrests two Americans", "VE COERCE US"),
        ("US eases sanctions on Venezuela's oil", "US RETREAT VE"),
        ("OFAC issues licence for trade in Venezuelan oil", "US RETREAT VE"),
        ("Venezuela frees ten American prisoners", "VE RETREAT US"),
        ("Maduro meets Trump envoy in Caracas", "VE CONSULT US"),
        ("Trump se reúne con Machado", "US CONSULT VE"),
        ("Lula conversa com Trump sobre a Venezuela", "third CONSULT US"),
        ("US recognises Edmundo González as president of Venezuela", "US SUPPORT VE"),
        ("Estados Unidos envía ayuda humanitaria a Venezuela", "US AID VE"),
        ("Venezuela accuses the US of piracy", "VE ACCUSE US"),
        ("Caracas denuncia a Washington ante la ONU", "VE ACCUSE US"),
        ("Maduro rejects Trump's ultimatum", "VE REJECT US"),
        ("Trump threatens Venezuela with tariffs", "US THREATEN VE"),
        ("Trump ameaça a Venezuela", "US THREATEN VE"),
        ("EE.UU. exige a Venezuela la liberación de los presos", "US REQUEST VE"),
        ("Chavistas marchan contra Estados Unidos", "VE PROTEST US"),
    ],
)
def test_a_plain_sentence_is_coded_by_its_verb(title: str, event: str) -> None:
    assert event in done(title)


def sentences(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_headlines_of_the_affair_in_three_languages_are_read_as_they_are_meant() -> None:
    rows = sentences("events.csv")
    assert [row for row in rows if row["event"] not in told(row["title"])] == []


def test_portuguese_headlines_are_read_as_they_are_meant() -> None:
    rows = [row for row in sentences("events_portuguese.csv") if not row["guard"]]
    assert len(rows) >= 60
    assert [row for row in rows if row["event"] not in done(row["title"])] == []


def test_portuguese_guards_keep_from_counting_what_was_not_done() -> None:
    rows = [row for row in sentences("events_portuguese.csv") if row["guard"]]
    caught = [{(triple(event), event.guard) for event in code(row["title"])} for row in rows]
    assert [row for row, found in zip(rows, caught, strict=True) if (row["event"], row["guard"]) not in found] == []
    assert [row for row in rows if row["event"] in done(row["title"])] == []


@pytest.mark.parametrize(
    ("title", "event"),
    [
        ("Maduro captured by US forces", "US COERCE VE"),
        ("Venezolanos deportados por EE.UU. llegan a Maiquetía", "US COERCE VE"),
        ("Petroleiro venezuelano foi apreendido pelos EUA", "US COERCE VE"),
        ("Two Venezuelan officials were sanctioned by the United States", "US SANCTION VE"),
    ],
)
def test_in_the_passive_voice_the_subject_is_who_is_acted_on(title: str, event: str) -> None:
    assert done(title) == {event}


@pytest.mark.parametrize(
    ("title", "event"),
    [
        ("US strike on boat off Venezuela leaves three dead", "US ASSAULT VE"),
        ("Ataque de EE.UU. contra una lancha frente a Venezuela", "US ASSAULT VE"),
        ("Ataque estadounidense a Venezuela divide a la región", "US ASSAULT VE"),
        ("Sanções dos EUA à PDVSA travam exportações", "US SANCTION VE"),
        ("Oil falls amid US blockade of Venezuela", "US COERCE VE"),
        ("Trump's Venezuela blockade enters second week", "US COERCE VE"),
        ("US seizure of Venezuelan tanker rattles shippers", "US COERCE VE"),
        ("Trump orders blockade of Venezuela", "US COERCE VE"),
    ],
)
def test_a_noun_states_an_act_with_its_owner_and_its_aim(title: str, event: str) -> None:
    assert event in done(title)


def test_both_parties_of_an_agreement_stand_on_both_sides() -> None:
    assert done("The US and Venezuela agree to exchange envoys") == {"US AGREE VE", "VE AGREE US"}


def test_a_meeting_is_told_once_and_marked_as_reciprocal() -> None:
    (event,) = code("Rubio meets Delcy Rodríguez in Caracas")
    assert (event.source_side, event.target_side, event.is_reciprocal) == ("US", "VE", True)


def test_who_says_that_another_does_wrong_accuses_him() -> None:
    assert done("Trump: Venezuela stole America's oil") == {"US ACCUSE VE"}


@pytest.mark.parametrize(
    ("title", "guard", "status"),
    [
        ("Trump denies US strikes on Venezuela", "denial", "denied"),
        ("EE.UU. no ataca a Venezuela", "negation", "denied"),
        ("US could attack Venezuela", "possibility", "threatened"),
        ("EUA poderiam atacar a Venezuela", "possibility", "threatened"),
        ("Trump plans to attack Venezuela", "plan", "planned"),
        ("US attacked Venezuela?", "question", "claimed"),
        ("Trump seeks oil months after the US attacked Venezuela", "background", "asserted"),
    ],
)
def test_what_a_guard_catches_is_kept_and_does_not_count(title: str, guard: str, status: str) -> None:
    assert (guard, status) in {(event.guard, event.status) for event in code(title)}
    assert "US ASSAULT VE" not in done(title)


def test_announced_force_is_a_threat() -> None:
    assert done("US will attack Venezuela, Trump says") == {"US THREATEN VE"}


def test_promised_relief_is_a_concession() -> None:
    assert done("US to ease sanctions on Venezuela") == {"US CONCEDE VE"}


def test_what_is_told_by_somebody_is_claimed_and_counts() -> None:
    (event,) = code("US seizes Venezuelan tanker, Trump says")
    assert (event.status, event.is_counted) == ("claimed", True)


def test_what_a_lead_tells_of_before_is_background() -> None:
    lead = "The visit on Tuesday came after the United States captured Nicolas Maduro."
    events = code("US energy secretary visits Venezuela", lead, on=datetime(2026, 5, 1, tzinfo=UTC))
    assert {(event.event_type, event.guard) for event in events} == {("CONSULT", ""), ("COERCE", "background")}


@pytest.mark.parametrize(
    ("title", "day", "is_counted"),
    [
        ("US forces capture Maduro", 3, True),
        ("Maduro's capture splits the US Congress", 9, True),
        ("Tras la captura de Maduro, sube el petróleo en EE.UU.", 4, False),
        ("Maduro's capture splits the US Congress", 20, False),
    ],
)
def test_what_happened_once_is_news_for_days_and_then_only_told(title: str, day: int, is_counted: bool) -> None:
    (event,) = code(title, on=datetime(2026, 1, day, tzinfo=UTC))
    assert (event.guard, event.is_counted, event.is_told) == ("" if is_counted else "background", is_counted, True)


def test_aftermath_ends_with_the_quarter() -> None:
    (event,) = code("Maduro's capture splits the US Congress", on=datetime(2026, 6, 1, tzinfo=UTC))
    assert (event.guard, event.is_told) == ("background", False)


def test_in_a_lead_a_noun_of_what_happened_once_only_says_when() -> None:
    lead = "El petróleo subió el lunes tras la captura de Nicolás Maduro."
    assert told("Venezuela y EE.UU. dominan los mercados", lead) == set()


def test_an_accent_tells_a_verb_from_a_noun() -> None:
    assert done("Rusia apoyó a Venezuela frente a EE.UU.") == {"third SUPPORT VE"}
    assert "US SUPPORT VE" not in done("La ciudad de EE.UU. que apoyó a Trump teme por su gente de Venezuela")
    assert done("Venezuela: apoyo EE.UU. en duda según México") == set()


def test_where_nothing_is_accented_a_missing_accent_tells_nothing() -> None:
    assert "third ACCUSE US" in done("Mexico condeno el ataque de EE.UU. a Venezuela")


@pytest.mark.parametrize(
    ("title", "never"),
    [
        ("Venezuela deported a close ally of Maduro to the US", "VE COERCE US"),
        ("Venezuela Oil Sanctions Likely to Hit Some U.S. Refiners", "VE SANCTION US"),
        ("Asesinan a venezolano que vivía en EE.UU.", "US ASSAULT VE"),
        ("US investors blame Maduro for losses", "US ACCUSE VE"),
        ("Venezuelan lawmakers thank Maduro after US pressure", "US SUPPORT VE"),
        ("Venezuela distances itself from US adversaries, cutting ties with US rivals", "VE SANCTION US"),
        ("Daniel Ortega ataca a Petro y ofrece hombres a Venezuela, dice EE.UU.", "third ASSAULT VE"),
        ("EE.UU. guarda para Venezuela un ejercicio", "US CONCEDE VE"),
        ("US veteran on trial over Maduro ouster plot", "US COERCE VE"),
        ("Supreme Court allows Trump to deport Venezuelans", "US THREATEN VE"),
        ("Rubio warns Venezuela of consequences of attacking Guyana", "VE ASSAULT third"),
    ],
)
def test_what_no_one_does_to_the_other_is_no_event(title: str, never: str) -> None:
    assert never not in done(title)


@pytest.mark.parametrize(
    ("title", "event"),
    [
        ("Venezuela recibe medicinas de EE.UU.", "US AID VE"),
        ("Venezuelan exiles in Miami warmly thank Trump", "VE SUPPORT US"),
        ("US suspends aid to Venezuela", "US SANCTION VE"),
        ("Maduro estaba tranquilo tras hablar con Trump", "VE CONSULT US"),
        ("What a US strike that hit Caracas left behind: Venezuela counts its dead", "US ASSAULT VE"),
    ],
)
def test_headlines_are_read_in_other_words_too(title: str, event: str) -> None:
    assert event in told(title)


def test_without_both_sides_in_the_clause_there_is_no_event() -> None:
    assert code("Oil jumps after quarrel in Caracas over sanctions as Trump golfs") == ()


@pytest.mark.parametrize(
    ("title", "event"),
    [
        ("Maduro's capture splits the US Congress", "US COERCE VE"),
        ("Maduro pleads not guilty in New York court", "VE REJECT US"),
        ("Brazil condemns the capture of Maduro", "third ACCUSE US"),
    ],
)
def test_words_of_the_affair_tell_by_themselves_who_does_it(title: str, event: str) -> None:
    assert event in done(title)


def test_before_the_affair_its_words_tell_nothing() -> None:
    assert code("Oil jumps after Maduro's capture", on=datetime(2025, 6, 1, tzinfo=UTC)) == ()


def test_who_says_that_another_must_do_something_asks_it() -> None:
    assert done("Maduro must leave power, Trump says") == {"US REQUEST VE"}
    assert done("Trump dice que Maduro debe irse") == {"US REQUEST VE"}


def test_an_act_on_several_counts_for_each_side() -> None:
    assert done("US revokes licences for Trinidad and Venezuela") == {"US SANCTION VE", "US SANCTION third"}


def test_who_rejects_an_act_of_force_condemns_it() -> None:
    assert done("Brasil rechaza el ataque de EE.UU. a Venezuela") == {"third ACCUSE US", "US ASSAULT VE"}


def test_whose_attack_is_condemned_is_not_who_was_attacked() -> None:
    assert "third ACCUSE VE" not in done("Brazil condemns US attack on Venezuela")


def test_an_office_is_read_by_the_day() -> None:
    title = "US president threatens Venezuela"
    early, late = (code(title, on=datetime(year, 6, 1, tzinfo=UTC))[0] for year in (2024, 2026))
    assert (early.source_actor_id, late.source_actor_id) == ("joe-biden", "donald-trump")


def test_an_event_carries_its_day_its_weight_and_its_words() -> None:
    (event,) = code("US sanctions Venezuela")
    assert event.event_date == date(2026, 1, 10)
    assert event.weight == -6
    assert [words.text for words in event.evidence] == ["sanctions", "US", "Venezuela"]


_WORDS = (
    *("US", "Venezuela", "Trump", "Maduro", "attacks", "sanciona", "sanções", "foi", "capturado", "por", "by", "says"),
    *(
        "se",
        "que",
        "after",
        "no",
        "will",
        "?",
        ":",
        "–",
        "“",
        "EE. UU.",
        "tanker",
        "of",
        "e\u0301",
        "\u200b",
        "\n",
        ". ",
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=20).map(" ".join), st.lists(st.sampled_from(_WORDS), max_size=20))
def test_whatever_the_text_the_words_of_an_event_stand_at_their_offsets(title: str, rest: list[str]) -> None:
    summary = " ".join(rest)
    fields = {"title": title, "summary": summary}
    words = [word for event in code(title, summary) for word in event.evidence]
    assert all(fields[word.field][word.start :].startswith(word.text) for word in words)


def test_every_type_of_a_pattern_has_a_weight() -> None:
    seeds = seedbook.load()
    assert {(p.event_type, p.event_mode) for p in seeds.events.patterns.values()} <= seeds.weights.keys()
    assert len({event_type for event_type, _ in seeds.weights}) == 16


def test_objects_of_patterns_are_those_that_are_listed() -> None:
    book = seedbook.load().events
    listed = {word.name for word in book.words.values() if word.role == "object"}
    assert {name for pattern in book.patterns.values() for name in pattern.objects} <= listed


def test_labelled_events_are_found_as_well_as_when_this_was_written(shared_data: Path) -> None:
    lines = (shared_data / "labelled" / "dev.jsonl").read_text("utf-8").splitlines()
    figures = rows(scoring.events((item, label(item)) for item in map(json.loads, lines)))
    assert figures[scoring.WRITTEN_ON]["precision"] >= 0.80
    assert figures[scoring.WRITTEN_ON]["recall"] >= 0.60
    assert figures[scoring.HELD_OUT]["precision"] >= 0.78
    assert figures[scoring.HELD_OUT]["recall"] >= 0.60


def test_public_sentences_about_others_are_coded_as_well_as_when_this_was_written(shared_data: Path) -> None:
    (section,) = scoring.plover_sections([shared_data / "events" / "plover" / "PLOVER_GSR_CAMEO.txt"])
    assert rows(section)["all"]["precision"] >= 0.60


def label(item: Mapping[str, Any]) -> Labels:
    published_at = dates.read(item["published"])
    text = item.get("text") or ""
    return TAGGER.tag(
        item["title"], item.get("summary") or "", text, published_at=published_at, outlet_name=item["source"]
    )


def rows(section: Section) -> dict[str, dict[str, Any]]:
    return {str(row[0]): dict(zip(section.columns, row, strict=True)) for row in section.rows}


def test_the_seed_article_reports_a_call_and_tells_the_rest_as_background(shared_data: Path) -> None:
    title, rest = (shared_data / "seed" / "000_626536560e6449d0.txt").read_text("utf-8").split("\n", 1)
    summary, text = rest.strip().split("\n\n", 1)
    events = TAGGER.tag(title, summary, text, published_at=datetime(2025, 12, 2, tzinfo=UTC)).events
    assert {(e.source_side, e.event_type, e.target_side) for e in events if e.is_counted} == {("US", "CONSULT", "VE")}
