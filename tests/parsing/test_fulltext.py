"""From a page to its article's text, and the reasons why there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.parsing import fulltext, pages, walls
from tests import pages as web
from warehouse.archive import PAGE, Archive, Record
from warehouse.model import NoText, Page, PageText

URL = "https://courier.example/world/oil-shipping"
SUMMARY = "Two shipping companies are off the list."


def judged(body: bytes, *, url: str = URL, title: str = web.TITLE, summary: str = SUMMARY) -> Page:
    return fulltext.judge(fulltext.read(body, url=url), asked_url=URL, url=url, title=title, summary=summary)


def kind(page: Page) -> tuple[str, str]:
    assert isinstance(page, NoText), page
    assert page.reason.endswith(".")
    return page.outcome, page.kind


def test_an_article_gives_its_paragraphs_and_nothing_around_them() -> None:
    page = judged(web.article())
    assert isinstance(page, PageText)
    assert page.text == web.TEXT
    assert page.title == f"{web.TITLE} | The Courier"
    assert page.method.startswith("trafilatura ")


def test_the_title_is_the_one_that_the_page_gives_to_others() -> None:
    page = judged(web.article(head='<meta property="og:title" content="Oil &amp; ships">'))
    assert isinstance(page, PageText)
    assert page.title == "Oil & ships"


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
def test_a_page_is_read_in_the_charset_that_it_is_in(encoding: str) -> None:
    spanish = tuple(p.replace("talks", "pláticas") for p in web.PARAGRAPHS)
    body = (
        web.article(paragraphs=spanish)
        .decode()
        .replace('charset="utf-8"', f'charset="{encoding}"')
        .encode(encoding, "ignore")
    )
    page = judged(body)
    assert isinstance(page, PageText)
    assert "pláticas" in page.text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (web.paywall(), ("wall", "paywall")),
        (web.consent(), ("wall", "consent")),
        (web.bot_wall(), ("wall", "bot_wall")),
        (
            web.article(head='<script type="application/ld+json">{"isAccessibleForFree": false}</script>'),
            ("wall", "paywall"),
        ),
        (
            web.article(head='<script type="application/ld+json">{"isAccessibleForFree":"False"}</script>'),
            ("wall", "paywall"),
        ),
        (
            web.article(head='<meta name="robots" content="max-snippet:-1, noarchive">'),
            ("opted_out", "robots_directive"),
        ),
        (web.article(head="<META content='NOAI, noimageai' name='ROBOTS'>"), ("opted_out", "robots_directive")),
        (web.article(head='<meta name="usven" content="noindex">'), ("opted_out", "robots_directive")),
        (web.article(head='<meta name="tdm-reservation" content="1">'), ("opted_out", "tdm_reservation")),
        (web.listing(), ("no_text", "listing")),
        (web.article(paragraphs=web.PARAGRAPHS[:1]), ("no_text", "too_short")),
        (b"<html><body></body></html>", ("no_text", "no_article")),
        (b'{"title": "Oil"}', ("no_text", "not_html")),
        (b"%PDF-1.7 \0\0", ("no_text", "not_html")),
    ],
)
def test_what_keeps_a_text_from_being_taken_is_a_finding(body: bytes, expected: tuple[str, str]) -> None:
    assert kind(judged(body)) == expected


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="robots" content="index, follow, max-image-preview:large">',
        '<meta name="googlebot" content="noarchive">',
        '<meta name="tdm-reservation" content="0">',
        '<script type="application/ld+json">{"isAccessibleForFree": true}</script>',
    ],
)
def test_what_is_said_to_others_or_allows_is_no_opt_out(head: str) -> None:
    assert isinstance(judged(web.article(head=head)), PageText)


def test_an_article_with_an_offer_beneath_it_is_no_wall() -> None:
    offer = "<div><h2>Subscribe to continue reading</h2></div>"
    assert isinstance(judged(web.article(paragraphs=web.PARAGRAPHS * 2, foot=offer)), PageText)


def test_a_text_hardly_longer_than_the_summary_is_not_taken() -> None:
    assert kind(judged(web.article(), summary=web.TEXT[:-100])) == ("no_text", "too_short")


def test_a_page_without_the_words_of_the_headline_is_another_article() -> None:
    other = judged(web.article(), title="Cathedral organ restored after decades of silence")
    assert kind(other) == ("no_text", "other_page")


def test_an_article_that_leads_to_the_front_page_has_no_text() -> None:
    assert kind(judged(web.article(), url="https://courier.example/")) == ("no_text", "front_page")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://consent.portal.example/collect?to=x", "consent"),
        ("https://accounts.courier.example/login", "login"),
        ("https://www.courier.example/accounts", None),
        ("https://[broken", None),
    ],
)
def test_a_host_for_consent_or_login_is_a_wall_by_its_name(url: str, found: str | None) -> None:
    wall = walls.wall_at(url)
    assert (wall.kind if wall else None) == found


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((("x-robots-tag", "noarchive"),), "robots_directive"),
        ((("x-robots-tag", "googlebot: noindex"), ("x-robots-tag", "usven: noindex")), "robots_directive"),
        ((("x-robots-tag", "unavailable_after: 25 Jun 2030 15:00:00 PST, none"),), "robots_directive"),
        ((("tdm-reservation", "1"),), "tdm_reservation"),
        ((("x-robots-tag", "googlebot: noindex, nofollow"),), None),
        ((("x-robots-tag", "all, max-snippet:20"), ("tdm-reservation", "0")), None),
        ((), None),
    ],
)
def test_an_opt_out_in_the_headers_counts_where_it_is_meant_for_all_or_us(
    headers: tuple[tuple[str, str], ...], found: str | None
) -> None:
    refusal = fulltext.opt_out(headers)
    assert (refusal.kind if refusal else None) == found


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_whatever_a_page_holds_reading_it_ends_in_a_value(text: str) -> None:
    assert isinstance(judged(f"<html><body><p>{text}</p></body></html>".encode("utf-8", "replace")), PageText | NoText)


def test_pages_are_read_in_their_order_by_other_processes(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))

    def record(body: bytes) -> Record:
        at = datetime(2026, 1, 3, tzinfo=UTC)
        return Record("", URL, "courier", None, at, archive.put(body), URL, format=PAGE, article_id="a")

    bodies = [web.article(), web.bot_wall(), web.article(head='<meta name="robots" content="noai">')]
    first, second, third = pages.read_pages([record(body) for body in bodies], archive)
    assert isinstance(first, PageText)
    assert isinstance(second, PageText)
    assert (second.wall.kind if second.wall else None) == "bot_wall"
    assert kind(third) == ("opted_out", "robots_directive")


def test_no_pages_start_no_process(tmp_path: Path) -> None:
    assert pages.read_pages([], Archive(str(tmp_path))) == ()
