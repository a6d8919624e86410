"""The words that search looks for: folded as the tagger folds, and kept by every load."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.tagging import folding
from tests.warehouse import made
from tests.warehouse.made import Report
from warehouse.database import Connection
from warehouse.store import Store


def _words(db: Connection, text: str | None) -> str:
    found = db.execute("SELECT core.words(?)", [text]).fetchone()
    assert found
    return str(found[0])


def _indexed(db: Connection) -> list[tuple[str, str, int]]:
    return db.execute("FROM core.article_words ORDER BY article_id").fetchall()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("EE.UU. «levanta» sanciones—a Petróleos", " ee uu levanta sanciones a petroleos "),
        ("Vene\u00adzuela, São Paulo; 1,000", " venezuela sao paulo 1 000 "),
        ("", " "),
        (None, " "),
    ],
)
def test_words_are_folded_and_stand_between_single_spaces(db: Connection, text: str | None, words: str) -> None:
    assert _words(db, text) == words


def test_every_letter_is_folded_as_the_tagger_folds_it(db: Connection) -> None:
    letters = [chr(code) for code in range(0x20, 0x2000) if chr(code).isalpha() and ord(chr(code)) < 0x250]
    letters += [chr(code) for code in (*range(0x1E00, 0x1F00), *range(0xFF10, 0xFF5B)) if chr(code).isalnum()]
    found = db.execute("SELECT letter, trim(core.words(letter)) FROM (SELECT unnest($1) AS letter)", [letters])
    assert [pair for pair in found.fetchall() if folding.fold(pair[0]).text.lower() != pair[1]] == []


def test_a_load_keeps_the_words_of_relevant_articles(db: Connection) -> None:
    made.load(db, Report("one", "Sanción", summary="A «caso»."), Report("rain", "Rain", topic=None))
    assert _indexed(db) == [("a-one", " sancion | a caso | ", 3)]


def test_other_words_take_the_place_of_the_earlier_ones(db: Connection) -> None:
    made.load(db, Report("one", "Before"))
    report = Report("one", "After")
    Store(db).load(made.batch(batch_id="b2", articles=(replace(report.article, full_text="More text"),)))
    assert _indexed(db) == [("a-one", " after | | more text ", 3)]


def test_an_article_that_is_no_longer_relevant_is_no_longer_found(db: Connection) -> None:
    made.load(db, Report("one"))
    articles = (Report("one", topic=None).article,)
    Store(db).relabel(made.batch(articles=articles), confirmed=(), rules_version="2")
    assert _indexed(db) == []


def test_all_articles_can_be_searched_if_asked_for(db: Connection) -> None:
    Store(db).load(made.batch(Report("rain", "Rain", topic=None)), search="all")
    assert _indexed(db) == [("a-rain", " rain | | ", 1)]
