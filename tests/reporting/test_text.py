from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.reporting import text


@pytest.mark.parametrize("url", ["http://example.org", "HTTPS://example.org/a?b=c#d", "https://ejemplo.org/año"])
def test_an_address_of_the_web_is_a_link(url: str) -> None:
    assert text.web_url(url) == url


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "java\nscript:x", " https://x", "https://", "https://[x", "mailto:a@b", "/a", "", None, "https://x\x00"],
)  # fmt: skip
def test_nothing_else_is(url: str | None) -> None:
    assert text.web_url(url) is None


def test_what_xml_forbids_or_turns_text_round_is_removed() -> None:
    assert text.printable("a\x00\x1b\ud800\ufffe‮b\nñ🛢") == "ab\nñ🛢"


@given(st.text(max_size=80), st.integers(2, 40))
def test_clipped_text_is_short_enough_and_begins_alike(whole: str, limit: int) -> None:
    clipped = text.clip(whole, limit)
    assert len(clipped) <= limit
    assert whole.startswith(clipped.removesuffix("…"))


def test_text_is_cut_between_words() -> None:
    assert text.clip("Talks about oil, and more", 18) == "Talks about oil…"
