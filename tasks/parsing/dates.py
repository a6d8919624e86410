"""Dates as feeds write them: RFC 822, ISO 8601, and the odd forms of publishers in three languages.

The result says what the document says, in UTC; whether it is credible is for others to judge.
"""

from __future__ import annotations

import calendar
import re
import time
from datetime import UTC, datetime, timedelta

FIRST_YEAR, LAST_YEAR = 1971, 2099
"""Outside these a date is an empty field's (year 1, the clock's zero in 1970), not the item's."""
MAX_CHARACTERS = 100

_MONTHS = {
    name[:3]: number
    for names in (
        "january february march april may june july august september october november december",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    )
    for number, name in enumerate(names.split(), 1)
}
# Minutes east of UTC. Three letters name several zones (CST, IST, BST): what RFC 822 and the Americas mean comes first.
_ZONES = {
    name: minutes
    for minutes, names in {
        0: "ut utc gmt z wet",
        60: "cet bst west met",
        120: "cest eet mest",
        180: "eest msk",
        540: "jst",
        -120: "brst",
        -180: "brt art clst uyt adt",
        -240: "ast edt clt bot pyt",
        -300: "est cdt cot pet ect",
        -360: "cst mdt",
        -420: "mst pdt",
        -480: "pst",
    }.items()
    for name in names.split()
}
_VENEZUELA = frozenset({"vet", "hlv"})
# Venezuela's clocks stood half an hour back between these days: https://data.iana.org/time-zones/tzdb/southamerica
_VENEZUELA_HALF_HOUR = (datetime(2007, 12, 9, tzinfo=UTC), datetime(2016, 5, 1, tzinfo=UTC))

_TIME = (
    r"(?P<hour>\d{1,2})\s*[:hH]\s*(?P<minute>\d{2})?(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?\s?m\b\.?)?"
)
_ZONE = r"(?P<zone>(?:gmt|utc)?\s*[+-]\s*\d{1,2}:?\d{2}|(?:gmt|utc)\s*[+-]\s*\d{1,2}|[a-z]{1,5})?(?:\s*\([^)]*\))?"
_CLOCK = rf"(?:[\s,t]*(?:a las|às|as|at|-|–|\|)?\s*{_TIME}\s*{_ZONE})?\s*(?:hrs?|horas)?\.?\s*$"
_WEEKDAY = r"^(?:[a-zà-ÿ-]+\.?\s*,?\s+|[a-zà-ÿ-]+\.?,\s*)?"
_MONTH = r"(?P<month>[a-zç]{3,12})\.?"
_FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})[ºo°]?(?:\s+de\s+|[\s,/-]+){_MONTH}(?:\s+del?\s+|[\s,/-]+)(?P<year>\d{{4}}|\d\d){_CLOCK}",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_CLOCK}",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_TIME}\s+(?:(?P<zone>[a-z]{{1,5}}|[+-]\d{{4}})\s+)?(?P<year>\d{{4}})$",
        rf"^(?P<day>\d{{1,2}})[-/.](?P<month>\d{{1,2}})[-/.](?P<year>\d{{4}}){_CLOCK}",
    )
)
_DAY_FIRST_FORM = _FORMS[-1]
_EPOCH = re.compile(r"^\d{10}(?:\d{3})?$")


def read(text: str | None, parsed: time.struct_time | None = None, *, is_day_first: bool = False) -> datetime | None:
    """The moment that a text names, in UTC, or None.

    A missing zone is taken for UTC. `parsed` is feedparser's reading, used where ours finds no form that it knows.
    `is_day_first` says how to take 04/05/2025; without it, what can be read in two ways is not read.
    """
    text = " ".join((text or "")[:MAX_CHARACTERS].split())
    if not text:
        return None
    moment = _iso(text) or _epoch(text) or _spelled(text, is_day_first=is_day_first) or _theirs(parsed, text)
    return moment if moment and FIRST_YEAR <= moment.year <= LAST_YEAR else None


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.match(text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


def _spelled(text: str, *, is_day_first: bool) -> datetime | None:
    for form in _FORMS:
        match = form.match(text)
        if match:
            return _moment(match, is_day_first=is_day_first)
    return None


def _moment(match: re.Match[str], *, is_day_first: bool) -> datetime | None:
    month, day = _month(match["month"]), int(match["day"])
    if match.re is _DAY_FIRST_FORM and not is_day_first and month and day != month and day <= 12:
        if month <= 12:
            return None
        month, day = day, month
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    try:
        start = datetime(_year(match["year"]), month or 0, day, tzinfo=UTC)
        moment = start + timedelta(hours=_hour(hour, match["half"]), minutes=minute, seconds=min(second, 59))
        return moment - timedelta(minutes=_zone_minutes(match["zone"], moment))
    except (ValueError, OverflowError):
        return None


def _month(text: str) -> int | None:
    return int(text) if text.isdigit() else _MONTHS.get(text[:3].lower())


def _year(text: str) -> int:
    # RFC 822 has two digits; no feed is older than RSS.
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 90 else 2000)


def _hour(hour: int, half: str | None) -> int:
    if hour > 24 or (half and not 1 <= hour <= 12):
        raise ValueError(hour)
    return hour if not half else hour % 12 + (12 if half[0] in "pP" else 0)


def _zone_minutes(zone: str | None, moment: datetime) -> int:
    name = (zone or "z").lower().replace(" ", "")
    sign = max(name.find("+"), name.find("-"))
    if sign >= 0:
        digits = name[sign + 1 :].replace(":", "").rjust(2, "0")
        hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
        return (int(hours) * 60 + int(minutes)) * (1 if name[sign] == "+" else -1)
    if name in _VENEZUELA:
        return -270 if _VENEZUELA_HALF_HOUR[0] <= moment < _VENEZUELA_HALF_HOUR[1] else -240
    return _ZONES.get(name, 0)


def _theirs(parsed: time.struct_time | None, text: str) -> datetime | None:
    # feedparser fills in what is missing from today's date; a reading that depends on the day is none.
    if not parsed or f"{parsed.tm_year % 100:02}" not in text:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
