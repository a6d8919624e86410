"""The rules of `seeds/url_rules.toml`, compiled once: what may be dropped from an address, and what carries another."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from warehouse.errors import InputError
from warehouse.model import UrlKind

SEED = "url_rules.toml"


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters that do not say which article is meant: by name, by ending, or only with certain values."""

    names: Mapping[str, UrlKind] = field(default_factory=dict)
    beginnings: Mapping[str, UrlKind] = field(default_factory=dict)
    values: Mapping[str, tuple[tuple[re.Pattern[str], UrlKind], ...]] = field(default_factory=dict)

    def kind_of(self, name: str, value: str) -> UrlKind | None:
        """What kind of address the parameter (name in lower case) makes it, or None where it has to stay."""
        if named := self.names.get(name):
            return named
        for pattern, kind in self.values.get(name, ()):
            if pattern.fullmatch(value.lower()):
                return kind
        # Asked of all at once first, since few names have any.
        if not name.startswith(tuple(self.beginnings)):
            return None
        return next(kind for start, kind in self.beginnings.items() if name.startswith(start))


@dataclass(frozen=True, slots=True)
class HostParameters:
    """Further parameters to drop on one host, where the path matches if a pattern is given."""

    path: re.Pattern[str] | None
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class HostPattern:
    """A form of a host's name and how the host is written instead."""

    match: re.Pattern[str]
    to: str
    kind: UrlKind


@dataclass(frozen=True, slots=True)
class Wrapper:
    """An address that carries another one, in one of the `parameters` or, after `prefix`, in the path's first group."""

    host: re.Pattern[str]
    path: re.Pattern[str]
    parameters: tuple[str, ...]
    prefix: str
    kind: UrlKind


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Another form of a page on one host: a path, and the path or whole address that it is written as."""

    host: re.Pattern[str]
    match: re.Pattern[str]
    to: str
    kind: UrlKind


@dataclass(frozen=True, slots=True)
class HostRules:
    """All rules that hold on one host."""

    parameters: tuple[HostParameters, ...]
    wrappers: tuple[Wrapper, ...]
    rewrites: tuple[Rewrite, ...]


@dataclass(frozen=True, slots=True)
class UrlRules:
    """The seed file, compiled."""

    labels: Mapping[str, UrlKind]
    same_hosts: Mapping[str, str]
    host_patterns: tuple[HostPattern, ...]
    index_files: frozenset[str]
    amp_segments: frozenset[str]
    amp_suffixes: tuple[str, ...]
    parameters: Parameters
    at_hosts: Mapping[str, tuple[HostParameters, ...]]
    wrappers: tuple[Wrapper, ...]
    rewrites: tuple[Rewrite, ...]

    def for_host(self, host: str) -> HostRules:
        """The rules that hold on a host or on what it lies under."""
        labels = host.split(".")
        above = [".".join(labels[start:]) for start in range(len(labels))]
        return HostRules(
            parameters=tuple(rule for name in above for rule in self.at_hosts.get(name, ())),
            wrappers=tuple(rule for rule in self.wrappers if rule.host.fullmatch(host)),
            rewrites=tuple(rule for rule in self.rewrites if rule.host.fullmatch(host)),
        )


@lru_cache(maxsize=1)
def load() -> UrlRules:
    """The rules of the seed file.

    Raises:
        InputError: the file is not what it should be; the message names what is wrong.
    """
    text = resources.files("seeds").joinpath(SEED).read_text(encoding="utf-8")
    try:
        return compile_rules(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"seeds/{SEED} is not valid TOML: {error}. Mend the file.") from error


def compile_rules(seed: Mapping[str, Any]) -> UrlRules:
    """Rules from the tables of the seed file.

    Raises:
        InputError: a table or key is missing, or a pattern is not a regular expression.
    """
    try:
        return _compile(seed)
    except KeyError as error:
        raise InputError(f"seeds/{SEED} lacks {error}. Add it, or take the file from the repository.") from error
    except re.error as error:
        raise InputError(f"seeds/{SEED}: {error.pattern!r} is not a regular expression: {error}. Mend it.") from error


def _compile(seed: Mapping[str, Any]) -> UrlRules:
    hosts, paths, parameters = seed["hosts"], seed["paths"], seed["parameters"]
    return UrlRules(
        labels=_labels(hosts),
        same_hosts=hosts["same"],
        host_patterns=tuple(HostPattern(re.compile(p["match"]), p["to"], p["kind"]) for p in hosts["patterns"]),
        index_files=frozenset(paths["index_files"]),
        amp_segments=frozenset(paths["amp_segments"]),
        amp_suffixes=tuple(paths["amp_suffixes"]),
        parameters=_parameters(parameters),
        at_hosts=_at_hosts(parameters["at"]),
        wrappers=tuple(map(_wrapper, seed["wrappers"])),
        rewrites=tuple(
            Rewrite(re.compile(r["host"]), re.compile(r["match"]), r["to"], r["kind"]) for r in seed["rewrites"]
        ),
    )


def _labels(hosts: Mapping[str, Any]) -> dict[str, UrlKind]:
    plain: dict[str, UrlKind] = dict.fromkeys(hosts["plain_labels"], "redirect")
    mobile: dict[str, UrlKind] = dict.fromkeys(hosts["mobile_labels"], "mobile")
    amp: dict[str, UrlKind] = dict.fromkeys(hosts["amp_labels"], "amp")
    return plain | mobile | amp


_KINDS: tuple[UrlKind, ...] = ("tracking", "mobile", "amp")


def _parameters(table: Mapping[str, Any]) -> Parameters:
    named = [(name, kind) for kind in _KINDS for name in table.get(kind, ())]
    valued = [(*item, kind) for kind in _KINDS for item in table.get(f"{kind}_values", {}).items()]
    values: dict[str, tuple[tuple[re.Pattern[str], UrlKind], ...]] = {}
    for name, pattern, kind in valued:
        values[name] = (*values.get(name, ()), (re.compile(pattern), kind))
    return Parameters(
        names={name: kind for name, kind in named if not name.endswith("*")},
        beginnings={name[:-1]: kind for name, kind in named if name.endswith("*")},
        values=values,
    )


def _at_hosts(tables: Iterable[Mapping[str, Any]]) -> dict[str, tuple[HostParameters, ...]]:
    rules: dict[str, tuple[HostParameters, ...]] = {}
    for table in tables:
        path = re.compile(table["path"]) if "path" in table else None
        for host in table["hosts"]:
            rules[host] = (*rules.get(host, ()), HostParameters(path, _parameters(table)))
    return rules


def _wrapper(table: Mapping[str, Any]) -> Wrapper:
    return Wrapper(
        host=re.compile(table["host"]),
        path=re.compile(table.get("path", "/.*")),
        parameters=tuple(table.get("in", ())),
        prefix=table.get("prefix", ""),
        kind=table["kind"],
    )
