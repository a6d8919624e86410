"""The file of rules: what it may hold, and what is said of mistakes."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from tasks.alerting import rules
from tasks.alerting.rules import Book, Keyword
from warehouse.errors import SettingsError
from warehouse.model import Known

KNOWN = Known(
    topics=frozenset({"sanctions"}),
    actors=frozenset({"nicolas-maduro"}),
    event_types=frozenset({"ASSAULT"}),
    outlets=frozenset({"bbc"}),
    feeds=frozenset({"bbc-mundo"}),
)
MAIL = '[channels.mail]\nurl = "mailto://me:${MAIL_PASSWORD}@127.0.0.1"\n'
ENVIRON = {"MAIL_PASSWORD": "correct horse"}


def read(folder: Path, text: str) -> Book:
    path = folder / "alerts.toml"
    path.write_text(text, encoding="utf-8")
    return rules.read(path, known=KNOWN, environ=ENVIRON)


def test_the_bundled_rules_are_right_and_so_are_the_examples_in_their_comments(tmp_path: Path) -> None:
    text = (files("seeds") / "alerts.toml").read_text("utf-8")
    assert {rule.kind for rule in read(tmp_path, text).rules} == {"spike", "dark", "event"}
    examples = "\n".join(line[4:] for line in text.splitlines() if line.startswith("#   "))
    path = tmp_path / "examples.toml"
    path.write_text(examples, encoding="utf-8")
    known = Known(
        KNOWN.topics | {"energy"}, *(getattr(KNOWN, n) for n in ("actors", "event_types", "outlets", "feeds"))
    )
    book = rules.read(path, known=known, environ=ENVIRON | {"DESK_SECRET": "s" * 16})
    assert {rule.kind for rule in book.rules} == {"keyword", "topic", "actor", "event", "headline"}
    assert book.operator == ("mail",)


def test_secrets_come_from_the_environment_and_are_never_shown(tmp_path: Path) -> None:
    book = read(tmp_path, MAIL)
    url = book.channels["mail"].url
    assert url is not None
    assert url.get_secret_value() == "mailto://me:correct horse@127.0.0.1"
    assert "correct horse" not in repr(book)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[rules]]\nname = 'a'\nkind = 'topic'\ntopics = ['sanctons']", "line 1, rule 'a': there is no topic"),
        ("[[rules]]\nname = 'a'\nkind = 'topic'\ntopics = ['sanctons']", "'sanctons' (did you mean 'sanctions'?)"),
        ("\n[[rules]]\nname = 'a'\nkind = 'topik'", "line 2, rule 'a': there is no kind 'topik'"),
        ("[[rules]]\nname = 'a'\nkind = 'topic'", "rule 'a': `topics` is missing"),
        ("[[rules]]\nkind = 'dark'\n[[rules]]\nkind = 'dark'", "line 1, rule 1: `name` is missing"),
        ("[[rules]]\nname = 'a'\nkind = 'dark'\nhors = 3", "there is no key `hors` (did you mean 'hours'?)"),
        ("[[rules]]\nname = 'a'\nkind = 'dark'\nhours = 'x'", "`hours`: input should be a valid number"),
        ("[[rules]]\nname = 'a'\nkind = 'spike'\nmin_outlets = 1", "`min_outlets`: input should be greater"),
        ("[[rules]]\nname = 'a'\nkind = 'dark'\nchannels = ['mial']\n" + MAIL, "channel 'mial' (did you mean"),
        ("[[rules]]\nname = 'a'\nkind = 'dark'\n[[rules]]\nname = 'a'\nkind = 'dark'", "line 4, rule 'a': an earlier"),
        ("[[rules]]\nname = 'a'\nkind = 'headline'\noutlets = ['bcb']", "there is no outlet 'bcb'"),
        ("operator = ['mail']", "operator: there is no channel 'mail'"),
        ("timezone = 'America/Caraca'", "is no time zone (did you mean 'America/Caracas'?)"),
        ("quiet_hours = '22-7'", "write 22:00-06:30"),
        ("[channels.a]\nurl = 'mailto://me:${NOWHERE}@host'", "channel 'a': the environment has no NOWHERE"),
        ("[channels.a]\nwebhook = 'https://desk.example'\nsecret = 'short'", "channel 'a': a webhook needs"),
        ("[channels.a]", "channel 'a': give either `url`"),
        ("[[rules]", "is not valid TOML"),
        ("rules = 3", "`rules`"),
        ("channels = 3", "`channels`"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_its_remedy(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)
    assert str(tmp_path / "alerts.toml") in str(caught.value)


def test_a_mistake_in_a_channel_does_not_show_what_stands_in_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, "[channels.a]\nwebhook = 'ftp://me:geheim@desk.example'\nsecret = 'sesame-open-sesame'\nurl = 3")
    assert "geheim" not in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_names_are_not_checked_where_nothing_is_known(tmp_path: Path) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text("[[rules]]\nname = 'a'\nkind = 'headline'\noutlets = ['new']")
    assert not isinstance(rules.read(path).rules[0], Keyword)


def test_a_file_that_is_not_there_is_told_with_the_setting_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="USVEN_ALERTS"):
        rules.read(tmp_path / "none.toml")
