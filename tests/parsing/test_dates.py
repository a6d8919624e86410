"""Dates in the forms of publishers."""

from __future__ import annotations

import calendar
import email.utils
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.parsing import dates


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 05 Jan 2026 10:20:30 GMT", at(2026, 1, 5, 10, 20, 30)),
        ("Mon, 5 Jan 2026 10:20 EST", at(2026, 1, 5, 15, 20)),
        ("05 Jan 26 10:20:30 -0430", at(2026, 1, 5, 14, 50, 30)),
        ("Mon, 05 Jan 2026 10:20:30 +0000 (UTC)", at(2026, 1, 5, 10, 20, 30)),
        ("Mon, 05 Jan 2026", at(2026, 1, 5)),
        ("Mon Jan  5 10:20:30 2026", at(2026, 1, 5, 10, 20, 30)),
        ("Mon, 05 Jan 2026 24:00:00 GMT", at(2026, 1, 6)),
        ("Mon, 05 Jan 2026 23:59:60 GMT", at(2026, 1, 5, 23, 59, 59)),
        ("2026-01-05T10:20:30Z", at(2026, 1, 5, 10, 20, 30)),
        ("2026-01-05T10:20:30.125-04:00", datetime(2026, 1, 5, 14, 20, 30, 125_000, tzinfo=UTC)),
        ("2026-01-05T10:20:30-0430", at(2026, 1, 5, 14, 50, 30)),
        ("2026-01-05T10:20", at(2026, 1, 5, 10, 20)),
        ("2026-01-05 10:20:30 -0400", at(2026, 1, 5, 14, 20, 30)),
        ("2026-01-05", at(2026, 1, 5)),
        ("20260105", at(2026, 1, 5)),
        ("2026/01/05 10:20", at(2026, 1, 5, 10, 20)),
        ("lun, 05 ene 2026 10:20:30 -0400", at(2026, 1, 5, 14, 20, 30)),
        ("Mié., 14 enero 2026 08:00", at(2026, 1, 14, 8)),
        ("5 de enero de 2026", at(2026, 1, 5)),
        ("lunes, 5 de enero de 2026, 10:20 a. m.", at(2026, 1, 5, 10, 20)),
        ("5 de janeiro de 2026 às 10h20", at(2026, 1, 5, 10, 20)),
        ("segunda-feira, 5 de março de 2026", at(2026, 3, 5)),
        ("Qui, 05 Fev 2026 10:20:30 -0300", at(2026, 2, 5, 13, 20, 30)),
        ("January 5, 2026 3:20 pm EST", at(2026, 1, 5, 20, 20)),
        ("Jan 5, 2026", at(2026, 1, 5)),
        ("Sun, 04 Jan 2026 12:05 am GMT", at(2026, 1, 4, 0, 5)),
        ("13/01/2026 10:20", at(2026, 1, 13, 10, 20)),
        ("01/13/2026", at(2026, 1, 13)),
        ("05-05-2026", at(2026, 5, 5)),
        ("Mon, 05 Jan 2026 10:00:00 VET", at(2026, 1, 5, 14)),
        ("Mon, 05 Jan 2015 10:00:00 VET", at(2015, 1, 5, 14, 30)),
        ("Mon, 05 Jan 2026 10:00:00 GMT-4", at(2026, 1, 5, 14)),
        ("1767608430", at(2026, 1, 5, 10, 20, 30)),
        ("1767608430000", at(2026, 1, 5, 10, 20, 30)),
    ],
)
def test_a_form_that_publishers_use_is_read(text: str, moment: datetime) -> None:
    assert dates.read(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "yesterday",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "9999-12-31",
        "31 Feb 2026",
        "32/01/2026",
        "Mon, 05 Foo 2026 10:00:00 GMT",
        "Mon, 05 Jan 2026 10:00:00 +9999999",
        "05/01/2026",
        "1" * 500,
        "9" * 13,
        "Mon, 05 Jan 2026 25:00:00 GMT",
    ],
)
def test_what_is_no_date_or_an_absurd_one_is_none(text: str | None) -> None:
    assert dates.read(text) is None


def test_a_day_before_a_month_is_read_where_the_language_puts_it_so() -> None:
    assert dates.read("05/01/2026", is_day_first=True) == at(2026, 1, 5)


def test_feedparsers_reading_serves_for_forms_of_other_languages() -> None:
    parsed = time.gmtime(calendar.timegm((2004, 7, 13, 19, 55, 0)))
    assert dates.read("2004-július-13T9:55-10:00", parsed) == at(2004, 7, 13, 19, 55)


def test_a_reading_that_depends_on_today_is_none() -> None:
    assert dates.read("--01-05", time.gmtime(calendar.timegm((2026, 1, 5, 0, 0, 0)))) is None


moments = st.datetimes(datetime(1972, 1, 1), datetime(2098, 12, 31)).map(lambda moment: moment.replace(microsecond=0))
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(moments, zones)
def test_what_the_standards_write_is_read_back(moment: datetime, zone: timezone) -> None:
    moment = moment.replace(tzinfo=zone)
    assert dates.read(moment.isoformat()) == moment
    assert dates.read(email.utils.format_datetime(moment)) == moment


@given(st.text(max_size=150))
def test_any_text_is_read_or_none(text: str) -> None:
    moment = dates.read(text)
    assert moment is None or moment.tzinfo is UTC
