from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tasks.reporting import brief, interface
from tasks.reporting.brief import Sentence, Written
from tasks.reporting.pages import Names
from tests.reporting.press import NOW, Press
from warehouse.errors import BriefError

EN = interface.speak("en")
NAMES = Names({("actor", "pdvsa"): "PDVSA", ("topic", "energy"): "Energy"})
HOSTILE = '<script>alert(1)</script> [x](javascript:alert(2)) `code` <img src="https://example.org/x.png">'


def written(press: Press, **values: Any) -> Written:
    return brief.write(press.publish(), press.folder / "mail", **({"now": NOW} | values))


def page(press: Press, language: str = "en", **values: Any) -> str:
    return written(press, **values).pages[language].read_text("utf-8")


def sentence(words: str, **row: Any) -> Sentence:
    return Sentence(words, ({"row_id": "story:a"} | row,))


# --- the check ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ("“Maduro speaks” (The Gazette): 3 reports. Energy.", []),
        ("“Maduro speaks” (The Gazette): 4 reports.", ["4"]),
        ("“Trump speaks” (The Gazette): 3 reports.", ["Trump"]),
        ("“Maduro speaks” (The Times): 3 reports.", ["Times"]),
        ("“Maduro speaks” (The Gazette): 3 reports, 13 in all. Sanctions.", ["13", "Sanctions"]),
    ],
)
def test_a_name_or_number_that_the_rows_do_not_hold_is_found(words: str, missing: list[str]) -> None:
    told = sentence(words, headline="Maduro speaks", outlet="The Gazette", report_count=3, topics=["energy"])
    assert brief.unsupported(told, EN, NAMES) == missing


def test_values_are_known_in_the_way_they_are_written() -> None:
    told = sentence(
        "PDVSA, United States, 20 Nov 2026, 12:00 UTC: −3.5, 1\N{NARROW NO-BREAK SPACE}200 reports, Spanish",
        actor="pdvsa", side="US", at=NOW, weight=-3.5, count=1200, languages=["es"],
    )  # fmt: skip
    assert brief.unsupported(told, EN, NAMES) == []


@given(st.text(max_size=60))
def test_any_headline_is_supported_by_its_own_row(headline: str) -> None:
    row = {"row_id": "revision:e/2", "outlet": headline, "old_title": headline, "new_title": headline, "url": None}
    brief.make({"names": (), "brief_headlines": (row,)}, "en", NOW)


@pytest.mark.parametrize("language", interface.LANGUAGES)
def test_no_phrase_of_ours_brings_a_number_of_its_own(language: str) -> None:
    phrases = [v for k, v in interface.speak(language).words.items() if k.startswith("brief_") and isinstance(v, str)]
    assert len(phrases) > 10
    assert not [phrase for phrase in phrases if re.search(r"\d", phrase)]


def test_a_brief_that_says_more_than_its_rows_is_not_written(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    press.article("a", "Maduro speaks")
    monkeypatch.setattr(brief, "_readings", lambda *_: [])
    with pytest.raises(BriefError, match="do not hold"):
        written(press)
    assert not (press.folder / "mail").exists()


# --- what it tells -----------------------------------------------------------------------------


def test_every_sentence_carries_the_ids_of_its_rows(busy: Press) -> None:
    text = written(busy).texts["en"]
    told = [line for line in text.splitlines() if line.startswith("- ")]
    assert len(told) > 10
    assert all(re.search(r" `(day|story|event|tension|revision|feeds|hours)\S*`$", line) for line in told)
    assert "`story:s-a0`" in text


def test_a_brief_tells_the_day_by_its_rows(press: Press) -> None:
    press.outlet("second")
    press.article("a", "Oil licence renewed", at=NOW - timedelta(hours=3), topics={"energy": []})
    press.article("b", "Licence renewed", at=NOW - timedelta(hours=2), story="s-a", outlet_id="second")
    press.article("old", "An old story", at=NOW - timedelta(days=3))
    press.event("a", "US", "RETREAT", "VE", weight=6.5)
    press.event("old", "US", "ACCUSE", "VE", weight=-3, event_date=(NOW - timedelta(days=1)).date())
    press.wording("a", 2, "Oil licence extended", NOW - timedelta(hours=1))
    text = page(press)
    for words in (
        "In the 24 hours to 20 Nov 2026, 12:00 UTC: 2 reports on 1 story, from 2 outlets.",
        "“Oil licence renewed” (The Gazette, 20 Nov 2026, 09:00 UTC): 2 reports from 2 outlets; English; ",
        "US side → Venezuelan side: easing (+6.5), reported by 1 outlet.",
        "19 Nov 2026, United States towards Venezuela: −3, and between −3 and 0 without any one outlet; 1 event in 1",
        "The Gazette changed “Oil licence renewed” to “Oil licence extended”.",
    ):
        assert words in html.unescape(text)
    assert "An old story" not in text


def test_a_story_of_no_known_language_leaves_no_gap_in_its_sentence(press: Press) -> None:
    press.article("a", "Maduro speaks", language=None)
    assert "10:00 UTC): 1 report from 1 outlet; diplomacy." in page(press)


def test_what_is_usual_is_told_once_a_week_is_known(press: Press) -> None:
    for day in range(9):
        press.article(f"a{day}", f"Headline {day}", at=NOW - timedelta(days=day, hours=1))
    assert "The 7 days before brought 1 a day." in page(press)
    assert "days before" not in page(press, as_of=NOW - timedelta(days=5))


def test_a_gap_in_collection_is_told(press: Press) -> None:
    press.feed("wire")
    press.polls("wire", NOW - timedelta(days=3), NOW - timedelta(hours=4))
    press.polls("wire", NOW, NOW)
    text = page(press)
    assert "no relevant report came in" in text
    assert "Hours in which no poll succeeded: 3 of 24." in text
    assert "Feeds that work: 1 of 1." in text


def test_a_brief_of_the_past_says_nothing_of_the_present_state_of_feeds(press: Press) -> None:
    press.feed("wire")
    press.polls("wire", NOW - timedelta(days=3), NOW)
    assert "Feeds that work" not in page(press, as_of=NOW - timedelta(days=1))


def test_a_brief_is_written_in_both_languages(busy: Press) -> None:
    text = page(busy, "es")
    assert '<html lang="es">' in text
    assert "Resumen del 20 nov 2026" in text
    assert written(busy).pages["es"].parts[-3:] == ("es", "brief", "2026-11-20.html")


# --- safety ------------------------------------------------------------------------------------


def test_a_hostile_headline_stays_text(press: Press) -> None:
    press.article("a", HOSTILE, canonical_url="javascript:alert(3)")
    made = written(press)
    mail = made.pages["en"].read_text("utf-8")
    shown = MarkdownIt("commonmark", {"html": True}).render(made.texts["en"])
    for text in (mail, shown):
        assert not set(re.findall(r"<(script|img|iframe|link|style)\b", text))
        assert "javascript:alert(2)" not in "".join(re.findall(r'href="(.*?)"', text))
    assert "<script>alert(1)</script>" in html.unescape(mail)


def test_an_email_loads_nothing_and_needs_no_style_sheet(busy: Press) -> None:
    text = page(busy)
    assert not re.search(r"\bsrc=|url\(|@import|<style|<link|class=", text)
    assert all(link.startswith("https://example.org/") for link in re.findall(r'href="(.*?)"', text))


def test_with_the_address_of_the_site_an_email_leads_there(press: Press) -> None:
    assert 'href="https://news.example/es/index.html"' in page(press, "es", site_url="https://news.example")


# --- in the site -------------------------------------------------------------------------------


def test_the_front_page_leads_to_the_newest_brief_and_a_later_report_keeps_it(press: Press) -> None:
    press.article("a", "A headline")
    for day in (NOW - timedelta(days=1), NOW):
        brief.write(press.publish(), press.folder / "report", now=day)
    press.site()
    press.site(now=NOW + timedelta(hours=1))
    assert 'href="brief/2026-11-20.html"' in press.read()
    assert (press.folder / "report/es/brief/2026-11-19.md").is_file()
