"""Feeds found behind a web page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fetching import discovery

PAGE = "https://www.a.test/news/index.html"


def urls(head: str, page_url: str = PAGE) -> list[str]:
    page = f"<!doctype html><html><head>{head}</head><body><p>x</p></body></html>"
    return [feed.url for feed in discovery.feeds_in(page.encode(), page_url)]


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate", title: str = "") -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("https://feeds.a.test/x?a=1&amp;b=2", "https://feeds.a.test/x?a=1&b=2"),
        ("/feed", "https://www.a.test/feed"),
        ("feed", "https://www.a.test/news/feed"),
        ("//b.test/feed", "https://b.test/feed"),
        (" /feed\n", "https://www.a.test/feed"),
    ],
)
def test_a_pages_feed_is_found_with_its_full_address(href: str, url: str) -> None:
    assert urls(link(href)) == [url]


@pytest.mark.parametrize(
    "kind", ["application/atom+xml", "APPLICATION/RSS+XML; charset=utf-8", "application/feed+json"]
)
def test_every_type_of_feed_counts(kind: str) -> None:
    assert urls(link("/f", kind)) == ["https://www.a.test/f"]


def test_a_vague_type_needs_a_word_for_it() -> None:
    found = urls(link("/wp-json/1", "application/json") + link("/feed.json", "application/json"))
    assert found == ["https://www.a.test/feed.json"]


@pytest.mark.parametrize(
    "head",
    [
        link("/f", rel="stylesheet"),
        link("/f", "text/html"),
        link("javascript:alert(1)"),
        link("file:///etc/passwd"),
        link("http://[::1"),
        '<link rel="alternate" type="application/rss+xml">',
        "<!-- " + link("/f") + " -->",
    ],
)
def test_what_is_no_feed_is_not_found(head: str) -> None:
    assert urls(head) == []


def test_the_pages_base_is_heeded() -> None:
    assert urls('<base href="https://b.test/c/">' + link("feed")) == ["https://b.test/c/feed"]


def test_feeds_of_comments_come_last_and_each_feed_once() -> None:
    found = urls(link("/comments/feed") + link("/feed") + link("/comentarios", title="Comentários") + link("/feed"))
    assert found == ["https://www.a.test/feed", "https://www.a.test/comments/feed", "https://www.a.test/comentarios"]


def test_the_title_of_the_link_is_told() -> None:
    (feed,) = discovery.feeds_in(link("/feed", title="Últimas &amp; más").encode(), PAGE)
    assert feed.title == "Últimas & más"


def test_a_page_of_links_without_end_is_bounded() -> None:
    page = "".join(link(f"/feed/{number}") for number in range(50_000)).encode()
    assert len(discovery.feeds_in(page, PAGE)) == discovery.MOST_FEEDS


@given(st.binary(max_size=300))
def test_any_bytes_are_a_page(page: bytes) -> None:
    assert isinstance(discovery.feeds_in(b"<link rel=alternate href=" + page, PAGE), tuple)
