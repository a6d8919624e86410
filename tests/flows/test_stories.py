"""Copies and stories through whole passes: one event is one story, whatever the outlet, wording and language."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flows import checking, measuring, passes
from flows.passes import Pass
from tests.publisher import Publisher, rss
from warehouse.settings import Settings

Poll = Callable[..., Pass]
Ask = Callable[[str], list[tuple[Any, ...]]]

ENGLISH = ("call", "Trump and Maduro spoke by phone last week, officials say")
SPANISH = ("llamada", "Trump y Maduro hablaron por teléfono la semana pasada, según funcionarios")
OTHER = ("oil", "US judge approves sale of Venezuela-owned refiner Citgo")

TEXT = (
    "The United States has added the Cartel de los Soles to its list of foreign terrorist organisations, a step that "
    "officials in Washington said would allow prosecutors to charge anyone who gives support to the group, which they "
    "say is led by Venezuelan President Nicolas Maduro. Caracas called the listing an invention and denied that the "
    "group exists. The measure was announced last week and took effect on Monday."
)


def _agency(site: str, title: str, text: str) -> bytes:
    return rss([("soles", title)], site=site).replace(b"About: " + title.encode(), text.encode())


def test_reports_of_one_event_in_two_languages_are_one_story(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["en.xml"] = rss([ENGLISH, OTHER], site="https://courier.example")
    publisher.documents["es.xml"] = rss([SPANISH], site="https://faro.example")
    poll()
    stories = ask("SELECT article_count, languages FROM mart.stories ORDER BY article_count DESC")
    assert stories == [(2, ["en", "es"]), (1, ["en"])]


def test_an_agency_text_counts_once_however_often_it_was_printed(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["a.xml"] = _agency(
        "https://a.example", "US lists Venezuela's Cartel de los Soles as terrorists", TEXT
    )
    publisher.documents["b.xml"] = _agency(
        "https://b.example",
        "Terrorist label for Cartel de los Soles takes effect",
        f"WASHINGTON (Agency) - {TEXT[:330]}",
    )
    poll()
    assert ask("SELECT article_count, independent_count FROM mart.stories") == [(2, 1)]
    ((level, reason),) = ask("SELECT level, reason FROM core.duplicate_links WHERE level = 'copy'")
    assert (level, bool(reason)) == ("copy", True)


def test_an_agency_counts_once_in_whatever_words_it_was_printed(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    event = "Trump and Maduro spoke by phone last week, officials say"
    texts = (
        "CARACAS (Reuters) - The two presidents talked about a meeting, three people who know of the call said.",
        "Washington confirmed on Friday that both leaders had been on the line for ten minutes. (Reuters)",
        "A call between the two capitals, the first since 2019, was arranged by diplomats in Doha.",
    )
    for name, text in zip("abc", texts, strict=True):
        publisher.documents[f"{name}.xml"] = _agency(f"https://{name}.example", event, text)
    poll()
    assert ask("SELECT article_count, independent_count FROM mart.stories") == [(3, 2)]
    assert ask("SELECT is_independent FROM mart.corroboration ORDER BY report_position") == [(True,), (False,), (True,)]
    assert ask("SELECT count(*) FROM core.duplicate_links WHERE level = 'copy'") == [(0,)]


def test_a_report_that_comes_later_joins_the_story(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["en.xml"] = rss([ENGLISH], site="https://courier.example")
    poll()
    (before,) = ask("SELECT story_id FROM mart.stories")
    publisher.documents["es.xml"] = rss([SPANISH], site="https://faro.example")
    run = poll().run
    assert run.stories_new_count == 0
    assert ask("SELECT story_id, article_count FROM mart.stories") == [(*before, 2)]


def test_a_new_headline_leaves_an_article_in_its_story(publisher: Publisher, poll: Poll, ask: Ask) -> None:
    publisher.documents["en.xml"] = rss([ENGLISH, OTHER])
    poll()
    before = ask("SELECT article_id, story_id FROM core.articles ORDER BY ALL")
    publisher.documents["en.xml"] = rss([("call", "White House: Trump talked to Venezuela's Maduro"), OTHER])
    poll()
    assert ask("SELECT article_id, story_id FROM core.articles ORDER BY ALL") == before


def test_laws_hold_after_stories_grew(publisher: Publisher, poll: Poll, settings: Settings) -> None:
    publisher.documents["en.xml"] = rss([ENGLISH, OTHER], site="https://courier.example")
    poll()
    publisher.documents["es.xml"] = rss([SPANISH], site="https://faro.example")
    publisher.documents["a.xml"] = _agency(
        "https://a.example", "US lists Venezuela's Cartel de los Soles as terrorists", TEXT
    )
    poll()
    assert [finding.law.name for finding in checking.check(settings) if not finding.holds] == []


def test_an_import_tells_the_stories_that_the_scorecard_measures(tmp_path: Path, settings: Settings, ask: Ask) -> None:
    titles = (
        "Ferry strands off the island&#39;s coast",
        "Ferry strands off island&rsquo;s coast, passengers safe",
        "Un ferry encalla frente a la costa de la isla",
        "Bakers win a prize for bread",
        "<b>Bakers</b> win prize for their bread",
        "Volcano erupts, hundreds flee",
    )
    hours = (f"2026-02-01T{n:02}:00:00Z" for n in range(24))
    items = [
        {"id": f"i{n}", "title": title, "published": hour, "lang": "en", "source": f"Outlet {n}", "cluster_id": f"c{n}"}
        for n, (title, hour) in enumerate(zip(titles, hours, strict=False))
    ]
    file = tmp_path / "clusters.jsonl"
    file.write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    passes.import_files(replace(settings, group="all"), [file])
    imported: dict[str, set[str]] = {}
    for story_id, guid in ask("SELECT story_id, guid FROM raw.entries JOIN core.articles USING (article_id)"):
        imported.setdefault(story_id, set()).add(guid)

    (section,) = measuring.score([file]).sections

    mixed = [mistake["parts"] for mistake in section.mistakes if mistake["kind"] == "mixed"]
    measured = [{guid for ids in parts.values() for guid in ids} for parts in mixed]
    assert sorted(map(sorted, measured)) == sorted(sorted(ids) for ids in imported.values() if len(ids) > 1)
    assert section.rows[-1][1] == len(imported)
    assert {"i3", "i4"} in measured
