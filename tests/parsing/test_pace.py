"""How often a feed asks to be polled."""

from __future__ import annotations

import pytest

from tasks.parsing import reader
from warehouse.model import Document, Pace


def pace(channel: str) -> Pace:
    body = (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
        f"<title>t</title>{channel}<item><title>x</title></item></channel></rss>"
    )
    document = reader.parse(body.encode(), url="https://host.example/feed")
    assert isinstance(document, Document)
    return document.pace


@pytest.mark.parametrize(
    ("channel", "seconds"),
    [
        ("", None),
        ("<ttl>60</ttl>", 3_600),
        ("<ttl> 5 </ttl>", 300),
        ("<ttl>soon</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>0</ttl>", None),
        ("<ttl>999999999</ttl>", 31_536_000),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 86_400),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 900),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 3_600),
        ("<sy:updatePeriod>often</sy:updatePeriod>", None),
        ("<ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 3_600),
    ],
)
def test_the_longer_of_ttl_and_period_holds(channel: str, seconds: float | None) -> None:
    assert pace(channel).minimum_seconds == seconds


def test_hours_are_taken_as_either_way_of_counting_gives_them() -> None:
    hours = "".join(f"<hour>{hour}</hour>" for hour in ("0", "7", "24", "25", "noon", ""))
    assert pace(f"<skipHours>{hours}</skipHours>").skip_hours == {0, 7}


def test_days_are_numbered_from_monday() -> None:
    days = "".join(f"<day>{day}</day>" for day in ("Monday", "sunday", "Feriado"))
    assert pace(f"<skipDays>{days}</skipDays>").skip_days == {0, 6}
