"""The scorecard: figures that can be worked out by hand, on items written for the purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows import measuring
from warehouse.errors import InputError, SettingsError

ITEMS = (
    {"id": "a", "title": "US lifts sanctions on Venezuela", "lang": "en", "level": 2, "topics": ["sanctions"]},
    {"id": "b", "title": "Rain in Lisbon", "lang": "en", "level": 0, "topics": []},
    # Wrong on purpose, so that there is something to miss and something too much.
    {"id": "c", "title": "Rain in Porto again today", "lang": "en", "level": 1, "topics": ["energy"]},
    {"id": "d", "title": "EE. UU. y Venezuela hablan de petróleo", "lang": "es", "level": 0, "topics": []},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "labelled").mkdir()
    lines = (json.dumps(item | {"published": "2026-02-01", "events": [], "stratum": "both"}) for item in ITEMS)
    (tmp_path / "labelled" / "own.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def rows(card: measuring.Scorecard, section: str) -> dict[str, dict[str, Any]]:
    found = measuring.as_json(card)["sections"][section]["rows"]
    return {row["of"]: row for row in found}


def test_relevance_is_counted_over_all_items_and_by_language(folder: Path) -> None:
    found = rows(measuring.score([folder]), "relevance")
    assert (found["all"]["precision"], found["all"]["recall"], found["all"]["items"]) == (0.5, 0.5, 4)
    assert (found["English"]["right"], found["English"]["missed"], found["Spanish"]["extra"]) == (1, 1, 1)


def test_relevance_stands_beside_the_simplest_rule(folder: Path) -> None:
    found = rows(measuring.score([folder]), "relevance")
    assert found["baseline: a Venezuela word and a US word"]["right"] == 1


def test_topics_of_an_item_that_was_not_found_are_missed(folder: Path) -> None:
    found = rows(measuring.score([folder]), "topics")
    assert (found["sanctions"]["recall"], found["energy"]["recall"]) == (1.0, 0.0)
    assert found["all, micro-averaged"]["labelled"] == 2


def test_a_section_without_data_is_left_out_and_said(folder: Path) -> None:
    card = measuring.score([folder])
    assert any("clusters" in reason for reason in card.left_out)
    assert "Left out for want of data" in measuring.markdown(card)


def test_a_file_alone_is_accepted(folder: Path) -> None:
    file = folder / "labelled" / "own.jsonl"
    assert measuring.score([file]) == measuring.score([folder])


def test_mistakes_are_written_one_a_line(folder: Path) -> None:
    found = [json.loads(line) for line in measuring.mistakes(measuring.score([folder])).splitlines()]
    assert {mistake["id"] for mistake in found if mistake["section"] == "relevance"} == {"c", "d"}


def test_the_page_has_every_row_of_every_section(folder: Path) -> None:
    card = measuring.score([folder])
    lines = measuring.markdown(card).splitlines()
    assert sum(line.startswith("| ") for line in lines) == sum(len(section.rows) + 2 for section in card.sections)


def test_a_folder_without_labelled_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no labelled data"):
        measuring.score([tmp_path])


def test_a_broken_line_is_named(folder: Path) -> None:
    file = folder / "labelled" / "own.jsonl"
    file.write_text(file.read_text(encoding="utf-8") + "\n{", encoding="utf-8")
    with pytest.raises(InputError, match="line 5: not JSON"):
        measuring.score([file])


@pytest.mark.parametrize("change", [{"level": "1"}, {"level": None}, {"topics": "energy"}, {"title": 5}, {"id": None}])
def test_an_item_that_is_not_labelled_rightly_is_named(folder: Path, change: dict[str, Any]) -> None:
    file = folder / "labelled" / "own.jsonl"
    first, *rest = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([first, json.dumps(json.loads(rest[0]) | change)]), encoding="utf-8")
    with pytest.raises(InputError, match="line 2: "):
        measuring.score([file])


def test_scores_are_fitted_to_the_labels(folder: Path) -> None:
    target = folder / "scores.csv"
    measuring.write_scores([folder], target)
    header, *lines = target.read_text(encoding="utf-8").splitlines()
    assert header == "rule_id,items,relevant,score"
    assert {"unread", "both-in-title", "no-rule", "any-by-title"} <= {line.split(",")[0] for line in lines}
    assert next(line for line in lines if line.startswith("both-in-title,")).startswith("both-in-title,2,1,")


def test_a_file_that_cannot_be_written_is_named(folder: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        measuring.write(folder / "nowhere" / "page.md", "text")


@pytest.fixture(scope="module")
def real(shared_data: Path) -> measuring.Scorecard:
    return measuring.score([shared_data / "labelled"])


@pytest.mark.parametrize(("of", "least"), [("all", 0.97), ("English", 0.95), ("Spanish", 0.95)])
def test_real_items_are_told_apart(real: measuring.Scorecard, of: str, least: float) -> None:
    row = rows(real, "relevance")[of]
    assert min(row["precision"], row["recall"]) >= least


def test_real_topics_are_told_apart(real: measuring.Scorecard) -> None:
    found = rows(real, "topics")
    assert found["all, micro-averaged"]["f1"] >= 0.87
    assert min(row["f1"] for row in found.values() if row["labelled"] >= 20) >= 0.75


def test_real_headlines_are_known_by_their_language(real: measuring.Scorecard) -> None:
    assert rows(real, "language")["all"]["by title alone"] >= 0.99


def test_pairs_of_addresses_and_of_articles_have_sections_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "urls.csv").write_text("verdict,left,right\nsame,https://a.org/x,http://a.org/x/\n", encoding="utf-8")
    (tmp_path / "pairs.csv").write_text("left_id,right_id,verdict\na,b,copy\n", encoding="utf-8")
    title = "Convoy of nine grain ships leaves the northern harbour"
    items = [{"id": i, "title": title, "source": f"outlet {i}", "published": "2026-01-03"} for i in "ab"]
    (tmp_path / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")

    found = measuring.as_json(measuring.score([tmp_path]))["sections"]

    assert {name: found[name]["rows"][0]["recall"] for name in found} == {"urls": 1.0, "copies": 1.0}
