"""Addresses taken apart and put together, and their secrets hidden."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fetching import targets
from tasks.fetching.failures import Failure
from tasks.fetching.masking import LONGEST_SHOWN, mask
from tasks.fetching.targets import Target


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("HTTP://Feeds.Test", "http://feeds.test/"),
        ("http://feeds.test:80/a?b=c#d", "http://feeds.test/a?b=c"),
        ("https://feeds.test:8443/a b/ñ?q=é", "https://feeds.test:8443/a%20b/%C3%B1?q=%C3%A9"),
        ("http://feeds.test/%41?x=%20", "http://feeds.test/%41?x=%20"),
        ("http://señal.test/", "http://xn--seal-hqa.test/"),
        ("http://feeds.test./", "http://feeds.test/"),
        ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        (" http://feeds.test/a ", "http://feeds.test/a"),
    ],
)
def test_an_address_is_asked_in_its_plain_form(url: str, asked: str) -> None:
    assert targets.parse(url).url == asked


def test_credentials_are_taken_out_of_the_address() -> None:
    target = targets.parse("http://ann:pa%3Ass@feeds.test/")
    assert (target.credentials, target.url) == (b"ann:pa:ss", "http://feeds.test/")


@pytest.mark.parametrize("location", ["http://other.test/", "https://feeds.test/", "http://feeds.test:81/"])
def test_credentials_stay_behind_when_the_origin_changes(location: str) -> None:
    assert targets.follow(targets.parse("http://ann:secret@feeds.test/"), location).credentials is None


def test_credentials_of_a_redirect_are_ignored() -> None:
    target = targets.follow(targets.parse("http://feeds.test/"), "http://eve:trap@feeds.test/next")
    assert (target.credentials, target.url) == (None, "http://feeds.test/next")


def parsed(text: str) -> Target | str:
    """The target, or the kind of the failure."""
    try:
        return targets.parse(text)
    except Failure as failure:
        return failure.kind


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_a_failure(text: str) -> None:
    for target in map(parsed, (text, f"http://{text}", f"http://feeds.test/{text}")):
        if isinstance(target, Target):
            assert target.url.isascii()
            assert not set(target.url) & set(" \r\n\t\0")
        else:
            assert target in {"url", "scheme"}


@given(st.text(max_size=60))
def test_any_location_is_a_target_or_a_failure(location: str) -> None:
    with suppress(Failure):
        assert targets.follow(targets.parse("http://feeds.test/a"), location).scheme in {"http", "https"}


@given(st.text(max_size=60))
def test_parsing_a_parsed_address_changes_nothing(text: str) -> None:
    target = parsed(f"http://feeds.test/{text}")
    assert isinstance(target, Target)
    assert targets.parse(target.url) == target


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://feeds.test/rss?page=2&lang=es", "https://feeds.test/rss?page=2&lang=es"),
        ("https://ann:secret@feeds.test/rss", "https://***@feeds.test/rss"),
        ("https://feeds.test/rss?api_key=abc&page=2", "https://feeds.test/rss?api_key=***&page=2"),
        ("https://feeds.test/rss?access-token=abc", "https://feeds.test/rss?access-token=***"),
        ("https://feeds.test/rss?apikey=abc&authToken=x", "https://feeds.test/rss?apikey=***&authToken=***"),
        ("https://feeds.test/rss?X-Amz-Signature=abc", "https://feeds.test/rss?X-Amz-Signature=***"),
        ("https://feeds.test/rss?keyword=oil&monkey=1", "https://feeds.test/rss?keyword=oil&monkey=1"),
        ("https://feeds.test/rss?key=", "https://feeds.test/rss?key="),
        ("https://feeds.test/0123456789abcdef0123456789abcdef/rss", "https://feeds.test/***/rss"),
        ("https://feeds.test/rss?0123456789abcdef0123456789abcdef", "https://feeds.test/rss?***"),
        ("https://feeds.test/rss#token=abc", "https://feeds.test/rss"),
        ("http://ann:secret@[bad/rss", "http://***@[bad/rss"),
    ],
)
def test_secrets_are_masked_and_the_rest_is_shown(url: str, shown: str) -> None:
    assert mask(url) == shown


@given(st.text(max_size=400))
def test_what_is_shown_is_short_and_printable(text: str) -> None:
    for url in (text, f"http://feeds.test/{text}"):
        assert mask(url).isprintable()
        assert len(mask(url)) <= LONGEST_SHOWN + 1
