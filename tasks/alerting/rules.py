"""The file of rules and channels: what may stand in it, and what is said of a mistake in it."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from warehouse.errors import SettingsError
from warehouse.model import Known

Side = Literal["US", "VE", "third"]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_RULE_HEADER = re.compile(r"\s*\[\[\s*rules\s*\]\]")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Channel(_Part):
    """Where alerts go: an address that apprise knows, or a webhook with the secret that signs what it gets."""

    url: SecretStr | None = None
    webhook: SecretStr | None = None
    secret: SecretStr | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Channel:
        if (self.url is None) == (self.webhook is None):
            raise ValueError("give either `url` (an address for apprise) or `webhook` with `secret`")
        if self.webhook is not None and (self.secret is None or len(self.secret.get_secret_value()) < 16):
            raise ValueError("a webhook needs a `secret` of 16 characters or more")
        if self.webhook is not None and not self.webhook.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("`webhook` is no http address")
        return self


class _Rule(_Part):
    name: Name
    channels: tuple[Name, ...] = ()
    cool_down_minutes: float = Field(30.0, ge=0, allow_inf_nan=False)
    urgent: bool = False


class _StoryRule(_Rule):
    min_outlets: int = Field(1, ge=1)
    level: Literal[1, 2] = 1


class Keyword(_StoryRule):
    """A story with one of the words in a title or summary."""

    kind: Literal["keyword"]
    words: Names
    everything: bool = False


class Topic(_StoryRule):
    """A story on one of the topics."""

    kind: Literal["topic"]
    topics: Names


class Actor(_StoryRule):
    """A story that names one of the actors."""

    kind: Literal["actor"]
    actors: Names


class Event(_StoryRule):
    """A story with an event of one of the types that counts as done."""

    kind: Literal["event"]
    types: Names
    source: Side | None = None
    target: Side | None = None


class Headline(_Rule):
    """A relevant story whose headline one of the outlets changed."""

    kind: Literal["headline"]
    outlets: Names


class Spike(_Rule):
    """Far more independent reports within a day than usual."""

    kind: Literal["spike"]
    topic: Name | None = None
    actor: Name | None = None
    weeks: int = Field(4, ge=1, le=52)
    deviations: float = Field(4.0, gt=0, allow_inf_nan=False)
    min_reports: int = Field(8, ge=1)
    min_outlets: int = Field(2, ge=2)


class Dark(_Rule):
    """A feed that has brought nothing for so long."""

    kind: Literal["dark"]
    feeds: tuple[Name, ...] = ()
    hours: float = Field(24.0, gt=0, allow_inf_nan=False)


StoryRule = Keyword | Topic | Actor | Event
Rule = StoryRule | Headline | Spike | Dark


class Book(_Part):
    """The whole file."""

    timezone: str = "UTC"
    quiet_hours: str = ""
    operator: tuple[Name, ...] = ()
    channels: Mapping[Name, Channel] = Field(default_factory=dict)
    rules: tuple[Annotated[Rule, Field(discriminator="kind")], ...] = ()

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone{_nearest(value, available_timezones())}")
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _are_hours(cls, value: str) -> str:
        if value and not _HOURS.fullmatch(value):
            raise ValueError(f"{value!r} are no hours; write 22:00-06:30")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def quiet(self) -> tuple[time, time] | None:
        """Beginning and end of the quiet hours."""
        found = _HOURS.fullmatch(self.quiet_hours)
        return (time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))) if found else None

    def rule(self, name: str) -> Rule | None:
        """The rule of a name, if there is one."""
        return next((rule for rule in self.rules if rule.name == name), None)


def read(path: Path, *, known: Known | None = None, environ: Mapping[str, str] = os.environ) -> Book:
    """The file's rules and channels, with `${NAME}` filled in from the environment.

    `known` has the names that rules may use; without it they are not checked.

    Raises:
        SettingsError: the file cannot be read, or something in it is wrong; the message names the place and the remedy.
    """
    try:
        text = path.read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}. USVEN_ALERTS names the file of rules."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error
    place = _Place(path, text, given)
    channels = given.get("channels")
    if isinstance(channels, dict):
        given["channels"] = {name: _filled(channel, name, environ, place) for name, channel in channels.items()}
    try:
        book = Book.model_validate(given)
    except ValidationError as error:
        raise SettingsError(place.complaint(error)) from None  # its own text would show what was given, secrets too
    _demand_sense(book, known, place)
    return book


class _Place:
    """Names where in the file something stands."""

    def __init__(self, path: Path, text: str, given: Mapping[str, Any]) -> None:
        self.path = path
        self._lines = [n for n, line in enumerate(text.splitlines(), 1) if _RULE_HEADER.match(line)]
        rules = given.get("rules")
        self._rules = rules if isinstance(rules, list) else []

    def of_rule(self, index: int) -> str:
        line = f", line {self._lines[index]}" if index < len(self._lines) else ""
        rule = self._rules[index] if index < len(self._rules) else None
        name = rule.get("name") if isinstance(rule, dict) else None
        return f"{self.path}{line}, rule {name!r}" if name else f"{self.path}{line}, rule {index + 1}"

    def of_channel(self, name: str) -> str:
        return f"{self.path}, channel {name!r}"

    def complaint(self, error: ValidationError) -> str:
        """The first mistake, in words."""
        first = error.errors(include_url=False, include_input=False, include_context=True)[0]
        where, rest = self._split(first["loc"])
        field = ".".join(str(part) for part in rest)
        return f"{where}: {_told(first, field)}."

    def _split(self, location: Sequence[int | str]) -> tuple[str, Sequence[int | str]]:
        match location:
            case ["rules", int(index), *rest]:
                # The second part of a discriminated place is the kind.
                return self.of_rule(index), rest[1:]
            case ["channels", str(name), *rest]:
                return self.of_channel(name), rest
            case _:
                return str(self.path), location


def _told(error: Any, field: str) -> str:
    match error["type"]:
        case "extra_forbidden":
            return f"there is no key `{field}`{_nearest(field, _keys())}"
        case "missing":
            return f"`{field}` is missing"
        case "union_tag_invalid":
            return f"there is no kind {error['ctx']['tag']!r}; there are {error['ctx']['expected_tags']}"
        case "union_tag_not_found":
            return "`kind` is missing"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            words = str(error["msg"])
            return f"`{field}`: {words[0].lower()}{words[1:]}"


def _keys() -> Iterator[str]:
    for part in (Book, Channel, Keyword, Topic, Actor, Event, Headline, Spike, Dark):
        yield from part.model_fields


def _filled(channel: Any, name: str, environ: Mapping[str, str], place: _Place) -> Any:
    """A channel with the environment's variables in place of their names."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in environ:
            raise SettingsError(
                f"{place.of_channel(name)}: the environment has no {found[1]}. Set it, or write its value."
            )
        return environ[found[1]]

    if not isinstance(channel, dict):
        return channel
    return {key: _PLACEHOLDER.sub(value, text) if isinstance(text, str) else text for key, text in channel.items()}


def _demand_sense(book: Book, known: Known | None, place: _Place) -> None:
    """Names are used once, and name what there is."""
    seen: set[str] = set()
    for index, rule in enumerate(book.rules):
        if rule.name in seen:
            raise SettingsError(f"{place.of_rule(index)}: an earlier rule has this name already. Rename one.")
        seen.add(rule.name)
        _demand_known("channel", rule.channels, book.channels, place.of_rule(index))
        if known is not None:
            for what, names, there_are in _references(rule, known):
                _demand_known(what, names, there_are, place.of_rule(index))
    _demand_known("channel", book.operator, book.channels, f"{place.path}, operator")


def _references(rule: Rule, known: Known) -> Iterator[tuple[str, Sequence[str], frozenset[str]]]:
    match rule:
        case Topic():
            yield "topic", rule.topics, known.topics
        case Actor():
            yield "actor", rule.actors, known.actors
        case Event():
            yield "event type", rule.types, known.event_types
        case Headline():
            yield "outlet", rule.outlets, known.outlets
        case Dark():
            yield "feed", rule.feeds, known.feeds
        case Spike():
            yield "topic", [rule.topic] if rule.topic else [], known.topics
            yield "actor", [rule.actor] if rule.actor else [], known.actors


def _demand_known(what: str, names: Sequence[str], there_are: Collection[str], where: str) -> None:
    for name in names:
        if name not in there_are:
            raise SettingsError(f"{where}: there is no {what} {name!r}{_nearest(name, there_are)}.")


def _nearest(name: str, there_are: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(there_are), n=1, cutoff=0.5)
    return f" (did you mean {near[0]!r}?)" if near else ""
