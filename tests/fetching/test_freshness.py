"""What headers say about the time to ask again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fetching.freshness import LONGEST_SECONDS, fresh_seconds, retry_after_seconds
from warehouse.model import Answer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
AN_HOUR_LATER = "Sun, 01 Mar 2026 13:00:00 GMT"


def answer(**headers: str) -> Answer:
    return Answer("f", NOW, 0.1, "http://a.test/", headers=tuple((k.replace("_", "-"), v) for k, v in headers.items()))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        (AN_HOUR_LATER, 3_600),
        ("Sunday, 01-Mar-26 13:00:00 GMT", 3_600),
        ("Sun Mar  1 13:00:00 2026", 3_600),
        ("Sun, 01 Mar 2026 09:00:00 -0400", 3_600),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 0),
        ("9" * 5_000, LONGEST_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_SECONDS),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("٣", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"cache_control": "public, max-age=600"}, 600),
        ({"cache_control": "MAX-AGE=600"}, 600),
        ({"cache_control": 'max-age="600"'}, 600),
        ({"cache_control": "s-maxage=600"}, 0),
        ({"cache_control": "max-age=600, no-cache"}, 0),
        ({"cache_control": "no-store"}, 0),
        ({"cache_control": "max-age=600", "age": "200"}, 400),
        ({"cache_control": "max-age=600", "age": "2000"}, 0),
        ({"cache_control": "max-age=600", "age": "x"}, 600),
        ({"cache_control": "max-age=-1"}, 0),
        ({"expires": AN_HOUR_LATER, "date": DATE}, 3_600),
        ({"expires": AN_HOUR_LATER}, 3_600),
        ({"expires": AN_HOUR_LATER, "cache_control": "max-age=60"}, 60),
        ({"expires": "0"}, 0),
        ({"expires": DATE, "date": AN_HOUR_LATER}, 0),
    ],
)
def test_freshness_follows_the_caching_headers(headers: dict[str, str], seconds: float) -> None:
    assert fresh_seconds(answer(**headers)) == seconds


@given(st.text(max_size=60))
def test_no_header_raises(text: str) -> None:
    wait = retry_after_seconds(text, NOW)
    assert wait is None or 0 <= wait <= LONGEST_SECONDS
    assert 0 <= fresh_seconds(answer(cache_control=text, expires=text, date=text, age=text)) <= LONGEST_SECONDS
