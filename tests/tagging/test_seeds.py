"""The tagger's seeds hold together."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from datetime import date
from importlib import resources
from typing import Any

from tasks.tagging import rules, seedbook

SEEDS = seedbook.load()
READ_BY_CODE = {"masks", "us-country", "ve-country", "ve-hint", "ve-outlet"}


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(resources.files("seeds").joinpath(name).read_text(encoding="utf-8").splitlines()))


def table(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("seeds").joinpath(name).read_text(encoding="utf-8"))


def conditions() -> set[str]:
    every = (*SEEDS.relevance_rules, *SEEDS.topic_rules)
    return {name for rule in every for name in (*rule.barred, *(n for names in rule.wanted for n in names))}


def test_there_are_at_least_250_actors() -> None:
    assert len(SEEDS.actors) >= 250


def test_every_actor_has_a_side_and_a_name_in_three_languages() -> None:
    assert {row["side"] for row in rows("actors.csv")} == {"US", "VE", "third"}
    assert all(row["name"] and row["name_es"] and row["name_pt"] and row["role"] for row in rows("actors.csv"))


def test_wikidata_ids_are_well_formed_and_belong_to_one_actor() -> None:
    ids = [row["wikidata_id"] for row in rows("actors.csv") if row["wikidata_id"]]
    assert all(re.fullmatch(r"Q\d+", name) for name in ids)
    assert max(Counter(ids).values()) == 1


def test_every_alias_leads_to_an_actor_or_an_office() -> None:
    offices = {tenure.office_id for tenure in SEEDS.tenures}
    targets = {row["target"] for row in rows("aliases.csv")}
    assert {name for name in targets if not name.startswith("office:")} <= SEEDS.actors.keys()
    assert {name.removeprefix("office:") for name in targets if name.startswith("office:")} <= offices


def test_every_actor_can_be_found_by_a_name() -> None:
    assert SEEDS.actors.keys() <= {row["target"] for row in rows("aliases.csv")}


def test_no_office_is_held_by_two_on_one_day() -> None:
    clashes = [
        (a.office_id, a.actor_id, b.actor_id)
        for a in SEEDS.tenures
        for b in SEEDS.tenures
        if a is not b and a.office_id == b.office_id and a.since <= b.since < a.until
    ]
    assert clashes == []
    assert all(tenure.since < tenure.until <= date.max for tenure in SEEDS.tenures)


def test_rules_name_only_scopes_and_classes_that_there_are() -> None:
    known = {name for term in SEEDS.terms for name in term.classes}
    used = [name.partition(":") for name in conditions()]
    assert {scope for scope, _, _ in used} <= rules.SCOPES
    assert {name for scope, _, name in used if scope != "fact"} <= known | {"policy"}


def test_every_class_of_words_is_used_by_a_rule() -> None:
    used = {name.partition(":")[2] for name in conditions()}
    assert table("terms.toml").keys() <= used | READ_BY_CODE


def test_terms_are_written_as_the_lexicon_reads_them() -> None:
    written = [term.written for term in SEEDS.terms]
    assert all(word.strip() == word and "*" not in word[:-1] and "=" not in word[1:] for word in written)
    assert all(any(sign.isupper() for sign in word) for word in written if word.startswith("="))


def test_topics_of_rules_are_those_of_the_catalogue() -> None:
    named = {rule.outcome["topic"] for rule in SEEDS.topic_rules} | {SEEDS.fallback_topic}
    assert named == set(SEEDS.topics)


def test_relevance_rules_have_names_of_their_own_levels_and_scores() -> None:
    names = [rule.rule_id for rule in SEEDS.relevance_rules]
    assert len(set(names)) == len(names)
    assert all((rule.outcome["level"] > 0) == (rule.outcome["score"] > 0.5) for rule in SEEDS.relevance_rules)


def test_scores_were_fitted_to_the_rules_that_there_are() -> None:
    fitted = {row["rule_id"] for row in rows("relevance_scores.csv")}
    assert {rule.rule_id for rule in SEEDS.relevance_rules} <= fitted


def test_the_last_relevance_rule_holds_always() -> None:
    assert not SEEDS.relevance_rules[-1].wanted
    assert not SEEDS.relevance_rules[-1].barred
