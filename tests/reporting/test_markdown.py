from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tasks.reporting import markdown
from warehouse import rows

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = [
    "[x](javascript:alert(1))",
    "a | b || c \\| d",
    "`code` and ``more``",
    "one\n\n# two\r\n- three",
    "<script>alert(1)</script> <b>",
    "1. list, 2) list, - list, + list, > quote",
    "![x](https://example.org/x.png) <https://example.org> https://example.org www.example.org me@example.org",
    "**b** __i__ ~~s~~ $x$ ^y^ :smile: ==m== &amp; &#60;",
    "--- === ***",
    "\\",
]


def shown(source: str) -> str:
    """The text that a reader sees, tags taken away."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", RENDERER.render(source)))).strip()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is(text: str) -> None:
    rendered = RENDERER.render(markdown.escape(text))
    assert set(re.findall(r"<(\w+)", rendered)) <= {"p"}
    assert shown(markdown.escape(text)) == re.sub(r"\s+", " ", text).strip()


@given(st.text(max_size=60))
def test_any_text_is_one_paragraph_of_just_that_text(text: str) -> None:
    rendered = RENDERER.render(markdown.escape(text))
    assert set(re.findall(r"<(\w+)", rendered)) <= {"p"}
    assert "\n" not in markdown.escape(text)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_stays_in_its_cell(left: str, right: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {markdown.escape(left)} | {markdown.escape(right)} |"
    assert RENDERER.render(table).count("<td>") == 2


def test_a_link_leads_where_it_says() -> None:
    rendered = RENDERER.render(markdown.link("https://example.org/a(b)|c>d?x=1&y=%20"))
    assert re.findall('href="(.*?)"', rendered) == ["https://example.org/a%28b%29%7Cc%3Ed?x=1&amp;y=%20"]
    assert shown(markdown.link("https://me:secret@Example.org/")) == "example.org"


@given(st.text(max_size=300))
def test_long_text_is_broken_into_lines_of_a_cell(content: str) -> None:
    cell = markdown.lines(content, 30)
    assert RENDERER.render(f"| a |\n| --- |\n| {cell} |").count("<td>") == 1
    assert all(len(shown(line)) <= 30 for line in cell.split("<br>"))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://a b", "https://x\ny", "", None])
def test_an_address_that_is_not_of_the_web_is_no_link(url: str | None) -> None:
    assert "<a" not in RENDERER.render(markdown.link(url) or "none")


def test_a_summary_of_a_run_tells_its_counts_and_its_feeds() -> None:
    run = rows.Run("r1", "monitor", AT, message="3 new | relevant", due_count=98, relevant_new_count=3)
    slow = rows.Fetch("r1", "slow-feed", AT, 12.34, "fetched", bytes_received=2048)
    bad = rows.Fetch(
        "r1", "bad-feed", AT, 0.2, "failed", http_status=403, error_kind="refused", error_message="No | entry"
    )
    text = shown(
        markdown.run_summary(run, politeness={"requests to one host at once": 2}, slowest=[slow], failing=[bad],
                             tension=[{"direction": "US → VE", "today": -12.0, "before": -3.5}])
    )  # fmt: skip
    expected = {
        "monitor 2026-11-20 09:30 UTC",
        "3 new | relevant",
        "Due 98",
        "slow-feed 12.3",
        "bad-feed refused No | entry",
        "US → VE -12.0 -3.5",
        "requests to one host at once 2",
    }
    assert {words for words in expected if words not in text} == set()


def test_days_are_drawn_as_bars_on_one_scale_beside_what_was_collected() -> None:
    counts = {"2026-11-19": (0, 0), "2026-11-18": (1, 90), "2026-11-17": (32, 100)}
    days = [{"day": day, "story_count": n, "answer_count": asked} for day, (n, asked) in counts.items()]
    text = markdown.run_summary(rows.Run("r1", "monitor", AT), politeness={}, days=days)
    lines = [re.sub(" +", " ", line) for line in text.splitlines() if line.startswith("| 2026")]
    assert lines == [
        "| 2026-11-19 | 0 | | 0 |",
        "| 2026-11-18 | 1 | █ | 90 |",
        f"| 2026-11-17 | 32 | {'█' * 32} | 100 |",
    ]


def test_a_table_of_stories_survives_a_hostile_headline() -> None:
    story = {"last_reported_at": AT, "headline": HOSTILE[0] + HOSTILE[1] + HOSTILE[4], "url": "https://example.org/1",
             "first_outlet": "A | B", "outlet_count": 3, "topics": ["energy"]}  # fmt: skip
    rendered = RENDERER.render(markdown.stories_table([story, story]))
    assert rendered.count("<td>") == 4
    assert set(re.findall('href="(.*?)"', rendered)) == {"https://example.org/1"}
    assert "A | B and 2 more" in html.unescape(rendered)
