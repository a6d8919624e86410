"""docs/queries.md: what the questions answer from the sample, and that the page is what they answer now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from flows import questions
from warehouse import questionnaire
from warehouse.database import Connection
from warehouse.errors import SettingsError


@pytest.fixture(scope="module")
def sample() -> Iterator[Connection]:
    with questions.sample_warehouse() as connection:
        yield connection


def _answer(sample: Connection, name: str) -> list[tuple[Any, ...]]:
    return sample.execute(questionnaire.named(name).sql).fetchall()


def test_the_page_of_queries_is_up_to_date(sample: Connection) -> None:
    assert questions.PAGE.read_text(encoding="utf-8") == questions.page(sample), "run `make docs`"


def test_every_question_has_a_name_of_its_own_and_ends_in_a_question_mark() -> None:
    asked = questionnaire.all_questions()
    assert len(asked) >= 25
    assert [name for name, count in Counter(q.name for q in asked).items() if count > 1] == []
    assert [q.title for q in asked if not q.title.endswith("?")] == []


def test_the_sample_answers_most_questions(sample: Connection) -> None:
    silent = [q.name for q in questionnaire.all_questions() if not _answer(sample, q.name)]
    assert len(silent) <= 2, silent


def test_the_sample_tells_of_a_dark_feed_a_changed_headline_and_a_withdrawn_item(sample: Connection) -> None:
    ((feed, since, until, failures, _),) = [row for row in _answer(sample, "dark-feeds") if row[0] == "courier-world"]
    assert (feed, f"{since:%H:%M}", until, failures) == ("courier-world", "01:30", None, 2)
    assert [row[1] for row in _answer(sample, "headline-changes")] == ["Caribbean Courier"]
    assert [row[1] for row in _answer(sample, "withdrawn")] == ["Potomac Ledger"]


def test_a_question_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"no question 'tensions'\. Did you mean tension\?"):
        questionnaire.named("tensions")
