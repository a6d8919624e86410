"""What robots.txt allows: groups, longest match, wildcards, delays, and what each answer to asking for it means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fetching import robots
from warehouse.model import Answer, Failed, Fetched, Outcome

PAGE = "https://courier.example/news/2026/oil.html"
NOW = datetime(2026, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rules", "is_allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /news/", False),
        ("User-agent: *\nDisallow: /sport/", True),
        ("User-agent: usven\nDisallow: /", False),
        ("User-agent: USVEN/0.1\nDisallow: /", False),
        ("User-agent: usvenbot\nDisallow: /", True),
        ("User-agent: otherbot\nDisallow: /", True),
        ("User-agent: otherbot\nUser-agent: usven\nDisallow: /", False),
        # Our own group counts alone, wherever it stands.
        ("User-agent: *\nDisallow: /\n\nUser-agent: usven\nAllow: /", True),
        ("User-agent: usven\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        # The longest rule decides, not the first; of two as long, the one that allows.
        ("User-agent: *\nDisallow: /news/\nAllow: /news/2026/", True),
        ("User-agent: *\nAllow: /news/2026/\nDisallow: /news/", True),
        ("User-agent: *\nAllow: /news/\nDisallow: /news/2026/", False),
        ("User-agent: *\nDisallow: /news/\nAllow: /news/", True),
        ("User-agent: *\nDisallow: /*.html$", False),
        ("User-agent: *\nDisallow: /*.htm$", True),
        ("User-agent: *\nDisallow: /*/2026/", False),
        ("user-agent : *\ndisallow : /news # all of it", False),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("<!doctype html><p>There is no such file.</p>", True),
        ("Disallow: /", True),
        ("Sitemap: https://courier.example/sitemap.xml\nUser-agent: *\nDisallow: /", False),
    ],
)
def test_a_page_is_allowed_as_the_rules_say(rules: str, is_allowed: bool) -> None:
    assert robots.read(rules.encode()).allows(PAGE) is is_allowed


@pytest.mark.parametrize(
    ("rules", "seconds"),
    [
        ("User-agent: *\nDisallow: /x", 0.0),
        ("User-agent: *\nCrawl-delay: 10", 10.0),
        ("User-agent: *\nCrawl-delay: 2.5\n\nUser-agent: usven\nCrawl-delay: 4", 4.0),
        ("User-agent: *\nCrawl-delay: often", 0.0),
        ("User-agent: *\nCrawl-delay: -5", 0.0),
        ("User-agent: *\nCrawl-delay: 99999999", robots.LONGEST_DELAY),
    ],
)
def test_the_crawl_delay_is_that_of_our_group_and_bounded(rules: str, seconds: float) -> None:
    assert robots.read(rules.encode()).crawl_delay_seconds == seconds


def _failed(kind: str, status: int | None) -> Failed:
    return Failed(Answer("", NOW, 0.1, PAGE, http_status=status), kind, "soft", "It failed.")


@pytest.mark.parametrize(
    ("outcome", "standing"),
    [
        (Fetched(Answer("", NOW, 0.1, PAGE, http_status=200), "ab", 10), "rules"),
        (_failed("http_404", 404), "open"),
        (_failed("http_410", 410), "open"),
        (_failed("http_403", 403), "open"),
        (_failed("http_401", 401), "open"),
        (_failed("empty", 200), "open"),
        (_failed("redirect_loop", 302), "open"),
        (_failed("http_429", 429), "closed"),
        (_failed("http_500", 500), "closed"),
        (_failed("http_503", 503), "closed"),
        (_failed("timeout_connect", None), "closed"),
        (_failed("dns", None), "closed"),
        (_failed("address", None), "closed"),
    ],
)
def test_no_rules_allow_everything_and_no_answer_allows_nothing(outcome: Outcome, standing: str) -> None:
    assert robots.standing(outcome) == standing


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (PAGE, "https://courier.example/robots.txt"),
        ("http://user:secret@courier.example:8080/a?b#c", "http://courier.example:8080/robots.txt"),
        ("http://[::1]:80/a", "http://[::1]/robots.txt"),
        ("ftp://courier.example/a", ""),
        ("https:///a", ""),
    ],
)
def test_the_rules_of_an_address_are_at_the_root_of_its_host(url: str, address: str) -> None:
    assert robots.address(url) == address


@given(st.binary(max_size=400))
def test_no_bytes_are_too_odd_to_be_read(body: bytes) -> None:
    assert robots.read(body).allows(PAGE) in (True, False)


def test_thousands_of_clients_and_rules_are_read_at_once() -> None:
    # A client at a time with each rule, this takes minutes.
    agents = "".join(f"User-agent: bot{n}\n" for n in range(12_000))
    rules = "".join(f"Disallow: /{n}*a*a*a*b\n" for n in range(12_000))
    assert robots.read((agents + rules).encode()).allows("https://courier.example/" + "a" * 5_000)


def test_what_follows_the_first_half_megabyte_is_left_out() -> None:
    body = b"#" * robots.LARGEST + b"\nUser-agent: *\nDisallow: /\n"
    assert robots.read(body).allows(PAGE)
