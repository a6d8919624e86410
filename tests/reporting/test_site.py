from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tasks.reporting.site import FRONT_STORIES
from tests.reporting.press import NOW, Press, evidence
from warehouse import database

HOSTILE = '<script>alert(1)</script> "quoted" & <img src=x onerror=y> {{ 7*7 }} \x1b[31m‮backwards'
LANGUAGE_FOLDERS = ("", "es/")


class Page(HTMLParser):
    """A page as a browser meets it: its tags, and its text without them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def pages_of(press: Press) -> Iterator[tuple[Path, Page]]:
    for path in sorted((press.folder / "report").rglob("*.html")):
        yield path, Page(path.read_text("utf-8"))


# --- safety ------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", LANGUAGE_FOLDERS)
@pytest.mark.parametrize("page", ["index.html", "stories/s-a.html", "archive/2026-11.html"])
def test_a_hostile_headline_stays_text(press: Press, folder: str, page: str) -> None:
    press.article("a", HOSTILE, summary_text=HOSTILE)
    press.wording("a", 2, HOSTILE + " again", NOW)
    press.outlet("bad", name=HOSTILE)
    press.article("b", "Second", story="s-a", outlet_id="bad")
    press.site()
    shown = Page(press.read(folder + page))
    assert not shown.all("script")
    assert not shown.all("img")
    assert "<script>alert(1)</script>" in shown.text
    assert "{{ 7*7 }}" in shown.text


def test_control_characters_and_turned_text_do_not_reach_a_page(press: Press) -> None:
    press.article("a", HOSTILE, summary_text=HOSTILE)
    press.site()
    assert not re.search("[\x00-\x08\x0b-\x1f‪-‮]", press.read() + press.read("stories/s-a.html"))


def test_no_page_loads_or_runs_anything(busy: Press) -> None:
    for path, page in pages_of(busy):
        assert not {"script", "iframe", "object", "embed", "form", "base", "img"} & {tag for tag, _ in page.tags}, path
        assert not any(
            name.startswith("on") or name in ("src", "style", "srcset") for _, a in page.tags for name in a
        ), path
        assert not re.search(r"url\((?!#)|@import", (busy.folder / "report" / path).read_text("utf-8")), path


def test_every_page_forbids_what_it_does_not_need(busy: Press) -> None:
    for path, page in pages_of(busy):
        policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
        assert policy.startswith("default-src 'none'; style-src 'sha256-"), path
        assert "unsafe" not in policy


def test_only_links_to_publishers_leave_the_site(busy: Press) -> None:
    for path, page in pages_of(busy):
        for link in page.all("a"):
            if ":" in link["href"]:
                assert link["href"].startswith("https://example.org/"), path
                assert link["rel"] == "noopener noreferrer nofollow"


def test_every_link_within_the_site_leads_to_a_file(busy: Press) -> None:
    for path, page in pages_of(busy):
        for link in [*page.all("a"), *(link for link in page.all("link") if link["rel"] == "alternate")]:
            target, _, anchor = link["href"].partition("#")
            if ":" not in target:
                file = (path.parent / target).resolve() if target else path
                assert file.is_file(), (path, link["href"])
                assert not anchor or f'id="{anchor}"' in file.read_text("utf-8"), (path, link["href"])


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "urn:usven:entry:1", "https://", "//x/y"])
def test_an_address_that_is_not_of_the_web_is_no_link(press: Press, url: str) -> None:
    press.article("a", "A headline", canonical_url=url)
    press.site()
    assert f'href="{url}"' not in press.read("stories/s-a.html")
    assert "gave no address" in press.read("stories/s-a.html")


# --- law 8 -------------------------------------------------------------------------------------


def statements(press: Press) -> dict[str, str]:
    found = re.findall(r'<section id="(\w+)" class="query".*?<code>(.*?)</code>', press.read("queries.html"), re.DOTALL)
    return {name: html.unescape(sql) for name, sql in found}


def test_every_figure_leads_to_its_statement(busy: Press) -> None:
    named = set(re.findall(r'href="queries.html#(\w+)"', busy.read()))
    assert named
    assert named <= statements(busy).keys()


def test_every_statement_shown_runs_as_it_stands(busy: Press) -> None:
    with database.reading(busy.folder / "usven-read.duckdb") as connection:
        for sql in statements(busy).values():
            connection.execute(sql).fetchall()


def test_statements_read_nothing_but_core_and_mart(busy: Press) -> None:
    for name, sql in statements(busy).items():
        schemas = set(re.findall(r"\b(\w+)\.\w+", re.sub(r"--.*|'[^']*'", "", sql))) & {"raw", "core", "mart", "main"}
        assert schemas <= {"core", "mart"}, name


def test_a_statement_shown_gives_the_figure_shown(busy: Press) -> None:
    with database.reading(busy.folder / "usven-read.duckdb") as connection:
        row = connection.execute(statements(busy)["summary"]).fetchone()
    assert row is not None
    assert f"<b>{row[0]}</b> stories in the last 24 hours" in busy.read()


# --- writing -----------------------------------------------------------------------------------


def test_the_same_data_and_time_give_the_same_bytes(press: Press, tmp_path: Path) -> None:
    press.article("a", "A headline", topics={"energy": [], "diplomacy": []})
    press.feed("wire")
    press.polls("wire", NOW - timedelta(days=3), NOW)
    press.site()
    first = {p: p.read_bytes() for p in (press.folder / "report").rglob("*") if p.is_file()}
    for path in first:
        path.unlink()
    press.site()
    assert {p: p.read_bytes() for p in (press.folder / "report").rglob("*") if p.is_file()} == first


def test_a_second_report_of_the_same_writes_nothing(press: Press) -> None:
    press.article("a", "A headline")
    assert press.site().written_count > 0
    assert press.site().written_count == 0


def test_a_story_page_is_rewritten_only_when_its_story_changed(press: Press) -> None:
    press.article("a", "A headline")
    press.article("b", "Another headline")
    press.site()
    before = (press.folder / "report/stories/s-a.html").stat().st_mtime_ns
    press.article("b2", "Another report", story="s-b")
    press.site(now=NOW + timedelta(minutes=10))
    assert (press.folder / "report/stories/s-a.html").stat().st_mtime_ns == before
    assert "Another report" in press.read("stories/s-b.html")


def test_the_page_of_a_story_that_is_gone_is_removed(press: Press) -> None:
    press.article("a", "Early", at=NOW - timedelta(days=3))
    press.article("b", "Late")
    press.site()
    assert press.site(as_of=NOW - timedelta(days=1)).removed_count == 2
    assert not (press.folder / "report/stories/s-b.html").exists()


def test_files_of_others_in_the_folder_stay(press: Press) -> None:
    press.article("a", "A headline")
    press.site()
    mine = press.folder / "report/stories/notes.txt"
    mine.write_text("mine")
    press.site()
    assert mine.read_text() == "mine"


def test_no_unfinished_file_is_left_behind(busy: Press) -> None:
    assert not list((busy.folder / "report").rglob("*.part"))


def test_a_damaged_ledger_only_costs_time(press: Press) -> None:
    press.article("a", "A headline")
    press.site()
    (press.folder / "report/.site.json").write_text("{")
    assert press.site().story_count == 1


def test_an_empty_warehouse_has_a_page(press: Press) -> None:
    assert press.site().story_count == 0
    assert "No relevant story has been collected yet." in press.read()


# --- what is shown -----------------------------------------------------------------------------


def test_stories_come_by_day_and_then_by_independent_outlets(press: Press) -> None:
    press.outlet("second")
    press.outlet("third")
    press.article("lone", "One outlet", at=NOW - timedelta(hours=1))
    press.article("copied", "Copied everywhere", at=NOW - timedelta(hours=1))
    copies = {"story": "s-copied", "copy_of_article_id": "copied", "at": NOW - timedelta(hours=1)}
    for outlet in ("second", "third"):
        press.article(f"c-{outlet}", "Copied everywhere", outlet_id=outlet, **copies)
    press.article("wide", "Two outlets", at=NOW - timedelta(hours=1))
    press.article("wide2", "Two outlets too", at=NOW - timedelta(hours=1), story="s-wide", outlet_id="second")
    press.article("old", "Yesterday", at=NOW - timedelta(days=1))
    press.site()
    order = re.findall(r'<h4><a href="stories/([\w-]+).html">', press.read())
    assert order[0] == "s-wide"
    assert order[-1] == "s-old"


def test_of_stories_that_are_otherwise_alike_the_one_with_the_gravest_event_comes_first(press: Press) -> None:
    press.article("a", "Maduro visits a factory")
    press.article("b", "US strikes a boat off Venezuela")
    press.event("b", "US", "ASSAULT", "VE", weight=-9.5)
    press.site()
    assert re.findall(r'<h4><a href="stories/([\w-]+).html">', press.read()) == ["s-b", "s-a"]


def test_what_the_front_page_leaves_out_is_counted_and_linked(press: Press) -> None:
    for n in range(FRONT_STORIES["newest_day"] + 3):
        press.article(f"a{n}", f"Headline {n}")
    press.site()
    assert "3 more stories of this day" in press.read()
    assert press.read("archive/2026-11.html").count("../stories/") == FRONT_STORIES["newest_day"] + 3


def test_evidence_is_marked_where_it_stands(press: Press) -> None:
    title = "Niño: Caracas, y otra vez Caracas 🛢 PDVSA"
    second = {"term": "caracas", "field": "title", "start_offset": title.rindex("Caracas"), "text": "Caracas"}
    press.article("a", title, relevance_evidence=[second], topics={"energy": [evidence(title, "PDVSA")]})
    press.site()
    page = press.read("stories/s-a.html")
    assert 'Niño: Caracas, y otra vez <mark class="relevance" title="relevance">Caracas</mark> 🛢 ' in page
    assert '<mark class="topic" title="energy">PDVSA</mark>' in page


def test_of_a_full_text_only_the_words_around_the_evidence_are_shown(press: Press) -> None:
    text = "start " + "filler " * 100 + "the embassy in Caracas reopened " + "filler " * 100 + "end"
    press.article("a", "Headline", full_text=text, relevance_evidence=[evidence(text, "Caracas", "text")])
    press.site()
    page = press.read("stories/s-a.html")
    assert 'the embassy in <mark class="relevance" title="relevance">Caracas</mark> reopened' in page
    assert page.count("filler") < 40


def test_a_changed_headline_stands_beside_the_old_one(busy: Press) -> None:
    page = busy.read("stories/s-a3.html")
    assert "<del>discuss</del>" in page
    assert "<ins>argue over</ins>" in page
    assert "<del>discuss</del>" in busy.read()


def test_a_changed_summary_stands_beside_the_old_one(press: Press) -> None:
    press.article("a", "A headline", summary_text="Talks may go on.")
    press.wording("a", 2, "A headline", NOW, summary_text="Talks will go on.")
    press.site()
    page = press.read("stories/s-a.html")
    assert "<del>may</del>" in page
    assert "<ins>will</ins>" in page


def test_copies_are_folded_under_the_report_that_they_copy(busy: Press) -> None:
    page = busy.read("stories/s-a0.html")
    folded = re.search(r'<details class="copies">(.*?)</details>', page, re.DOTALL)
    assert folded
    assert "1 copy: State Agency" in folded[1]
    assert 'id="a-copy"' in folded[1]


def test_an_event_is_told_with_the_words_that_it_rests_on(busy: Press) -> None:
    page = busy.read("stories/s-a0.html")
    assert "US side ↔ Venezuelan side: talks" in page
    assert "<q>Washington</q> … <q>Caracas</q> … <q>discuss</q>" in page


def test_an_event_that_does_not_count_says_what_keeps_it_from_it(press: Press) -> None:
    press.article("a", "US denies strike on Venezuela")
    press.event("a", "US", "ASSAULT", "VE", weight=-9, status="denied", guard="denial", is_counted=False)
    press.site()
    assert "does not count as done: denied" in press.read("stories/s-a.html")
    assert "Who acts on whom" in press.read()
    assert "attack" not in press.read()


def test_tension_is_drawn_in_both_directions_over_the_gaps_of_the_collection(busy: Press) -> None:
    section = re.search(r'aria-labelledby="tension-title">(.*?)</section>', busy.read(), re.DOTALL)
    assert section
    assert section[1].count('class="band gap" x=') == 2
    assert section[1].count('class="cooperative" x=') == 2 * 8
    assert "<td>missing</td>" in section[1]


def test_the_tension_shown_is_that_of_the_mart(busy: Press) -> None:
    with database.reading(busy.folder / "usven-read.duckdb") as connection:
        shown = connection.execute(statements(busy)["tension"]).fetchall()
        columns = "event_date, source_side, target_side, tension, tension_low, tension_high"
        mart = connection.execute(
            f"SELECT {columns} FROM mart.daily_tension ORDER BY source_side, event_date"
        ).fetchall()
    assert shown
    assert [row[:6] for row in shown] == mart


def test_tension_of_the_past_knows_nothing_that_was_seen_later(press: Press) -> None:
    press.article("a", "US strikes boat", at=NOW - timedelta(days=3))
    press.article("b", "US strikes another boat", at=NOW - timedelta(days=3), first_seen_at=NOW)
    for article in ("a", "b"):
        press.event(article, "US", "ASSAULT", "VE", weight=-9, event_date=(NOW - timedelta(days=3)).date())
    press.site(as_of=NOW - timedelta(days=1))
    assert "−9</td>" in press.read()
    assert "−18" not in press.read()


def test_who_acts_on_whom_is_told_with_what_and_how_often(busy: Press) -> None:
    section = re.search(r'aria-labelledby="pairs-title">(.*?)</section>', busy.read(), re.DOTALL)
    assert section
    assert re.search(r"US side</th><td>Venezuelan side</td><td>talks 40", section[1])


def test_a_week_that_was_not_collected_is_not_told_as_a_quiet_one(busy: Press) -> None:
    section = re.search(r'id="timeline".*?<ol class="weeks">(.*?)</ol>', busy.read(), re.DOTALL)
    assert section
    assert section[1].count("<li>") == 3
    assert 'class="unseen gap">Not collected' in section[1]


@pytest.mark.parametrize("age", [0, 80, 100, 359, 800])
def test_a_press_that_fell_silent_has_a_report_whose_charts_end_with_it(press: Press, age: int) -> None:
    for day in range(3):
        press.article(f"a{day}", f"Headline {day}", at=NOW - timedelta(days=age + day))
    assert press.site().story_count == 3
    assert ("the chart ends there" in press.read()) == (age >= 92)
    assert press.read().count('<p class="when">') >= 1


def test_a_copy_names_the_outlet_it_copies(busy: Press) -> None:
    assert "copy of The Gazette" in busy.read("stories/s-a0.html")


def test_a_gap_in_collection_is_drawn_and_told(busy: Press) -> None:
    assert 'class="band gap"' in busy.read()
    assert "<td>missing</td>" in busy.read()


def test_days_before_collection_began_are_told_from_gaps(busy: Press) -> None:
    assert "<td>not begun</td>" in busy.read()


def test_feeds_that_fail_are_named_with_the_reason(busy: Press) -> None:
    page = busy.read()
    assert "<b>1</b> of 2 feeds working" in page
    assert "HTTP 403" in page


def test_a_feed_that_was_never_polled_does_not_count_as_working(press: Press) -> None:
    press.article("a", "A headline")
    press.feed("wire")
    press.site()
    assert "feeds working" not in press.read()
    assert "<b>1</b> not polled yet" in press.read()


def test_a_report_of_the_past_shows_what_was_known_then(press: Press) -> None:
    press.article("a", "Known early", at=NOW - timedelta(days=3))
    press.article("b", "Found late", at=NOW - timedelta(days=3), first_seen_at=NOW)
    press.feed("wire")
    press.site(as_of=NOW - timedelta(days=1))
    page = press.read()
    assert "Known early" in page
    assert "Found late" not in page
    assert "State of the feeds" not in page


def test_the_stories_of_a_report_are_those_of_the_mart(busy: Press) -> None:
    columns = """story_id, headline, summary, url, first_outlet, first_reported_at, last_reported_at, outlet_count,
                 outlets, relevance_level, lead_article_id"""
    with database.reading(busy.folder / "usven-read.duckdb") as connection:
        known, mart = (
            connection.execute(f"SELECT {columns} FROM {source} ORDER BY story_id").fetchall()
            for source in ("mart.relevant_stories_as_of(TIMESTAMP '2030-01-01')", "mart.stories")
        )
    assert known == mart


def test_the_spanish_pages_are_in_spanish(busy: Press) -> None:
    page = busy.read("es/index.html")
    assert '<html lang="es">' in page
    assert "Últimas noticias" in page
    assert "Energía" in page


# --- accessible, light -------------------------------------------------------------------------


def test_every_table_has_a_caption_and_every_page_its_landmarks(busy: Press) -> None:
    for path, page in pages_of(busy):
        assert len(page.all("caption")) == len(page.all("table")), path
        assert len(page.all("main")) == len(page.all("h1")) == 1, path
        assert page.all("nav")


def test_headings_never_skip_a_level(busy: Press) -> None:
    for path, page in pages_of(busy):
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), path


def test_ids_are_unique_and_references_to_them_lead_somewhere(busy: Press) -> None:
    for path, page in pages_of(busy):
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), path
        labels = {name for _, a in page.tags for name in a.get("aria-labelledby", "").split()}
        assert labels <= set(ids), path


def test_a_report_that_gives_a_day_alone_is_shown_without_an_hour(press: Press) -> None:
    press.article("a", "Maduro speaks", at=NOW.replace(hour=0))
    press.article("b", "Trump speaks", at=NOW.replace(hour=0, minute=5))
    press.site()
    assert re.findall(r">(\d\d:\d\d)</time>", press.read()) == ["00:05"]
    assert ">20 Nov 2026</time>" in press.read("stories/s-a.html")
    assert ">20 Nov 2026, 00:05 UTC</time>" in press.read("stories/s-b.html")


def test_a_news_agency_that_is_named_as_the_source_is_none_of_the_most_named(press: Press) -> None:
    press.add("core.actors", actor_id="wire", name_en="The Wire", role="news agency")
    press.article("a", "Maduro speaks", actors={"wire": {"field": "title", "start_offset": 0, "text": "Maduro"}})
    press.site()
    assert "The Wire" not in press.read().partition('id="actors-title"')[2].partition("</section>")[0]


def test_the_front_page_of_a_year_stays_light(press: Press) -> None:
    long = {"title": "A long headline about the affair, " * 8, "summary_text": "Words. " * 300}
    for n in range(0, 365, 3):
        press.article(f"a{n}", at=NOW - timedelta(days=n, hours=1), **long)
    assert press.site().index_bytes < 300_000


def test_what_was_seen_within_the_second_of_the_report_is_in_it(press: Press) -> None:
    press.article("a", "Seen a moment ago", at=NOW + timedelta(microseconds=400_000))
    press.site(as_of=NOW + timedelta(microseconds=400_000))
    assert "Seen a moment ago" in press.read("index.html")


def test_state_media_the_press_of_each_country_and_media_in_exile_are_told_apart(press: Press) -> None:
    for outlet, country, is_state in (("vtv", "VE", True), ("diario", "VE", None), ("voice", "US", True)):
        press.outlet(outlet, country=country, state_affiliated=is_state)
        press.article(f"a-{outlet}", f"Headline of {outlet}", outlet_id=outlet)
    press.outlet("abroad", country="VE", state_affiliated=False, exile_url="https://watch.example/abroad")
    press.article("a-abroad", "Headline from abroad", outlet_id="abroad")
    press.outlet("unplaced")
    press.article("a-unplaced", "Headline", outlet_id="unplaced")
    press.article("a", "Another")
    press.site()
    section = re.search(r'aria-labelledby="balance-title">(.*?)</section>', press.read(), re.DOTALL)
    assert section
    voices = dict(re.findall(r'<th scope="row">(.*?) <small>.*?</th>.*?<td class="n">(\d+)</td>', section[1]))
    told = (
        "Venezuelan government and state media",
        "Venezuelan media in exile",
        "Other Venezuelan media",
        "US government and state media",
        "International media",
    )
    assert [voices[voice] for voice in (*told, "Not established")] == ["1"] * 6
    assert "<td>Venezuela, in exile</td><td>Newspaper</td>" in press.read()
