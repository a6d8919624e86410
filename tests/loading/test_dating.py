"""When an article was reported: which of a feed's dates are believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.loading import dating

SEEN = datetime(2026, 1, 3, 6, tzinfo=UTC)
BEFORE = SEEN - timedelta(hours=2)
EARLIER = SEEN - timedelta(hours=9)
JUST_AHEAD = SEEN + timedelta(minutes=15)
AHEAD = SEEN + timedelta(minutes=15, microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ARCHIVED = datetime(1989, 5, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("published_at", "updated_at", "reported_at", "quality"),
    [
        (BEFORE, None, BEFORE, "published"),
        (BEFORE, EARLIER, BEFORE, "published"),
        (None, BEFORE, BEFORE, "updated"),
        (SEEN, None, SEEN, "published"),
        (JUST_AHEAD, None, SEEN, "published"),
        (AHEAD, None, SEEN, "future"),
        (None, AHEAD, SEEN, "future"),
        (AHEAD, BEFORE, SEEN, "future"),
        (EPOCH, None, SEEN, "implausible"),
        (None, EPOCH, SEEN, "implausible"),
        (dating.EARLIEST, None, dating.EARLIEST, "published"),
        (ARCHIVED, None, ARCHIVED, "published"),
        (None, None, SEEN, "absent"),
    ],
)
def test_a_date_is_believed_where_it_can_be_true(
    published_at: datetime | None, updated_at: datetime | None, reported_at: datetime, quality: str
) -> None:
    assert dating.judge(published_at, updated_at, SEEN) == (reported_at, quality)


_times = st.none() | st.datetimes(timezones=st.just(UTC))


@given(_times, _times)
def test_an_article_is_never_reported_after_it_was_seen_nor_at_a_default_date(
    published_at: datetime | None, updated_at: datetime | None
) -> None:
    reported_at, _ = dating.judge(published_at, updated_at, SEEN)
    assert dating.EARLIEST <= reported_at <= SEEN
