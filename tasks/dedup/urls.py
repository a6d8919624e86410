"""One address for one page: the canonical URL, which other addresses led to it, and what was changed on the way.

The canonical URL is both the key of an article and an address that a person can open. Python's `urllib.parse` takes
addresses apart: it ships with the language and is kept with it, while the URL libraries tried (courlan,
url-normalize, w3lib, k-url-normalizer) each drop parameters that carry the identity or keep ones that do not, and a
parser in the manner of browsers (ada, yarl) would add a dependency without the rules, which are the work. Host names
beyond ASCII go through `idna`, since the standard library still encodes them by the rules of 2003.

`https` stands for `http` where a host has a name and the default port: publishers redirect, browsers try it first,
and the address as it was given is kept beside the canonical one. Addresses with a port or a bare IP number keep
their scheme, because nothing there promises the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import quote, unquote, urlsplit

import idna

from tasks.dedup import url_rules
from warehouse.model import ArticleUrl, UrlKind

MAX_LENGTH = 4_096
"""Characters of an address that is read at all; real ones of news stay under 1,500."""

MAX_ROUNDS = 400
"""Wrappers in wrappers and paths reshaped, one after the other, before an address is given up: 4,096 characters hold
about 370 of the shortest."""
MAX_AUTHORITY = 512
"""Characters of host, port and user name; a host name has 253 at most."""

_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_ENDS = "".join(map(chr, range(0x21))) + "\x7f\xa0\ufeff\u200b"
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_QUERY_SAFE = _PATH_SAFE + "?[]|{}"
_PLAIN = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=._~?-]*")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_AMPERSAND = re.compile(r"&(?:#0*38|#x0*26);", re.IGNORECASE)
_SCHEMELESS = re.compile(r"(?:[\w-]+\.)+[a-z]{2,24}/", re.IGNORECASE)
_SLUG = re.compile(r".*[-_.0-9]")
# Second-level names under which others register: "m.com.ve" is a site of its own, not the mobile host of "com.ve".
_REGISTRY = re.compile(r"(?:ac|co|com|edu|gob|gov|info|int|mil|net|nom|org|web)\.[a-z]{2}")
_RANK: tuple[UrlKind, ...] = ("redirect", "tracking", "mobile", "amp")


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it was read. `kind` says what it is to the canonical one, `changes` name what was left out."""

    given: str
    canonical: str
    kind: UrlKind
    changes: tuple[str, ...]

    @property
    def is_home_page(self) -> bool:
        """Whether it leads to the front page of a host, which no single article is."""
        return self.canonical.count("/") == 3 and self.canonical.endswith("/")

    @property
    def urls(self) -> tuple[ArticleUrl, ...]:
        """The canonical URL and, where it differs, the given one with its kind."""
        first = ArticleUrl(self.canonical, "canonical")
        return (first,) if self.given == self.canonical else (first, ArticleUrl(self.given, self.kind))


@dataclass(frozen=True, slots=True)
class _Change:
    kind: UrlKind
    words: str
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class _Site:
    """Scheme, host and port in their canonical form, and the rules that hold there."""

    origin: str
    name: str
    changes: tuple[_Change, ...]
    rules: url_rules.HostRules


@dataclass(frozen=True, slots=True)
class _Parts:
    site: _Site
    path: str
    query: str
    fragment: str


def canonical(url: str) -> str:
    """The one address of the page that `url` leads to, as far as the address itself tells.

    Empty for what is no address of a web page: another scheme, no host, an impossible port, over 4,096 characters.
    """
    address = read(url)
    return address.canonical if address else ""


def addresses(url: str) -> tuple[ArticleUrl, ...]:
    """The canonical URL and, where it differs, the given one with its kind; nothing for what is no web address."""
    address = read(url)
    return address.urls if address else ()


def read(url: str) -> Address | None:
    """An address with its canonical form and what was changed on the way; None for what is no web address."""
    changes: list[_Change] = []
    written = url
    for _ in range(MAX_ROUNDS):
        parts = _split(written)
        if parts is None:
            return None
        carried = _carried(parts, changes)
        written, is_settled = (carried, False) if carried else _compose(parts, changes)
        if is_settled:
            return _address(url.strip(_ENDS), written, changes)
    return None


def host_of(url: str) -> str:
    """The host of an address in its canonical form (no `www`, mobile or AMP label); empty for no web address."""
    parts = _split(url)
    return parts.site.name.removeprefix("www.") if parts else ""


# --- taking apart ------------------------------------------------------------------------------


def _split(url: str) -> _Parts | None:
    try:
        raw = urlsplit(_cleaned(url))
    except ValueError:
        return None
    if raw.scheme not in ("http", "https") or not 0 < len(raw.netloc) <= MAX_AUTHORITY:
        return None
    site = _site(raw.scheme, raw.netloc)
    if site is None:
        return None
    return _Parts(site, _path(raw.path), _escaped(raw.query, _QUERY_SAFE), raw.fragment)


def _cleaned(url: str) -> str:
    if len(url) > MAX_LENGTH:
        return ""
    url = url.strip(_ENDS).replace("\t", "").replace("\n", "").replace("\r", "")
    while "&" in url and _AMPERSAND.search(url):
        url = _AMPERSAND.sub("&", url)  # feeds that escape twice; read as a fragment it would lose the identity
    if "\\" in url:
        url = url.replace("\\", "/")  # as browsers do
    if url.startswith("//"):
        return f"https:{url}"
    return f"https://{url}" if _SCHEMELESS.match(url) else url


@lru_cache(maxsize=16_384)
def _site(scheme: str, authority: str) -> _Site | None:
    """What holds for all addresses of a host, worked out once: most of a feed is on one."""
    try:
        raw = urlsplit(f"{scheme}://{authority}")
        given, port = _ascii_name(raw.hostname or ""), raw.port
    except ValueError:
        return None
    if given is None or port == 0 or ("[" in authority) != given.startswith("["):
        return None
    name, changes = _canonical_name(given)
    rules = url_rules.load().for_host(name.removeprefix("www."))
    return _Site(_origin(scheme, name, port), name, tuple(changes), rules)


def _origin(scheme: str, name: str, port: int | None) -> str:
    if port not in (None, 443 if scheme == "https" else 80):
        return f"{scheme}://{name}:{port}"
    is_named = "." in name and not name.endswith("]") and not name.rpartition(".")[2].isdigit()
    return f"https://{name}" if is_named else f"{scheme}://{name}"


def _canonical_name(given: str) -> tuple[str, list[_Change]]:
    rules = url_rules.load()
    name, changes = _without_labels(given, rules)
    for pattern in rules.host_patterns:
        if (match := pattern.match.fullmatch(name)) and (written := match.expand(pattern.to)) != name:
            changes.append(_Change(pattern.kind, f"writing {name} as {written}"))
            name = written
    same = rules.same_hosts.get(name, name)
    if same not in (name, given):
        changes.append(_Change("redirect", f"writing {name} as {same}"))
    return same, changes


def _ascii_name(raw: str) -> str | None:
    if ":" in raw:
        return _ipv6(raw)
    name = raw.lower().rstrip(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode().lower().rstrip(".")
        except (idna.IDNAError, UnicodeError):
            return None
    return name if len(name) <= 253 and _NAME.fullmatch(name) else None


def _ipv6(raw: str) -> str | None:
    try:
        address = IPv6Address(raw)
    except ValueError:
        return None
    return None if address.scope_id else f"[{address.compressed}]"


def _without_labels(name: str, rules: url_rules.UrlRules) -> tuple[str, list[_Change]]:
    changes: list[_Change] = []
    while True:
        label, _, rest = name.partition(".")
        kind = rules.labels.get(label)
        if kind is None or "." not in rest or _REGISTRY.fullmatch(rest):
            return name, changes
        changes.append(_Change(kind, f"removing {label}."))
        name = rest


def _path(raw: str) -> str:
    path = _escaped(raw, _PATH_SAFE) or "/"
    if ";" in path:
        path = re.sub(r";jsessionid=[^/]*", "", path, flags=re.IGNORECASE)
    if "//" in path:
        path = re.sub(r"(?<!:)/{2,}", "/", path)
    if "/." in path:
        path = _without_dots(path)
    return path.rstrip("/") or "/"


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)


def _escaped(text: str, safe: str) -> str:
    """Percent-encoding in one form: UTF-8, upper-case digits, nothing encoded that need not be."""
    if _PLAIN.fullmatch(text):
        return text
    return quote(_ESCAPE.sub(_escape, text), safe=safe, errors="replace")


def _escape(match: re.Match[str]) -> str:
    if match[1] is None:
        return "%25"
    byte = int(match[1], 16)
    return chr(byte) if byte in _UNRESERVED else match[0].upper()


# --- wrappers ----------------------------------------------------------------------------------


def _carried(parts: _Parts, changes: list[_Change]) -> str | None:
    for wrapper in parts.site.rules.wrappers:
        if (target := _target(parts, wrapper)) and _split(target):
            changes.append(_Change(wrapper.kind, f"unwrapping {parts.site.name}", wraps=True))
            return target
    return None


def _target(parts: _Parts, wrapper: url_rules.Wrapper) -> str | None:
    match = wrapper.path.fullmatch(parts.path)
    if match is None:
        return None
    if wrapper.parameters:
        given = dict(reversed([_named(piece) for piece in _pieces(parts.query)]))
        carried = [given.get(name, "") for name in wrapper.parameters]
    else:
        carried = [_in_path(match[1], parts.query, wrapper.prefix)]
    return next((url for url in map(_web_address, carried) if url), None)


def _in_path(carried: str, query: str, prefix: str) -> str:
    """The address in a wrapper's path: whole, or after a prefix with its query behind it, plain or encoded."""
    if not prefix:
        return carried
    path, _, encoded = carried.partition("%3F")
    query = query or unquote(encoded)
    return f"{prefix}{path}?{query}" if query else prefix + path


def _web_address(text: str) -> str | None:
    for _ in range(2):  # some wrappers encode twice
        if text.lower().startswith(("http://", "https://")):
            return text
        text = unquote(text)
    return text if text.lower().startswith(("http://", "https://")) else None


# --- putting together --------------------------------------------------------------------------


def _compose(parts: _Parts, changes: list[_Change]) -> tuple[str, bool]:
    """The address put together again, and whether it is settled: a path that took another shape is read again."""
    changes += parts.site.changes
    if rewritten := _rewritten(parts, changes):
        return rewritten, False
    path = _page(parts.path, changes)
    query = _identity(parts, path, changes)
    fragment = _route(parts.fragment)
    if parts.fragment and not fragment:
        changes.append(_Change("tracking", "removing the fragment"))
    address = f"{parts.site.origin}{path}{'?' if query else ''}{query}{fragment}"
    return address, path == parts.path


def _address(given: str, written: str, changes: list[_Change]) -> Address | None:
    if len(written) > MAX_LENGTH:  # percent-encoding made it longer
        return None
    kind = "canonical" if written == given else _kind(changes)
    return Address(given, written, kind, tuple(dict.fromkeys(change.words for change in changes)))


def _kind(changes: list[_Change]) -> UrlKind:
    """A wrapper decides by itself, what it carries does not count; an address only spelled otherwise redirects."""
    if changes and changes[0].wraps:
        return changes[0].kind
    return max((change.kind for change in changes), key=_RANK.index, default="redirect")


def _page(path: str, changes: list[_Change]) -> str:
    """The path without one mark of how the page is served: a folder's own file, an AMP segment or suffix."""
    rules = url_rules.load()
    stem, _, last = path.rpartition("/")
    if last.lower() in rules.index_files:
        changes.append(_Change("redirect", f"removing {last}"))
        return stem or "/"
    if last in rules.amp_segments and _names_article(stem):
        changes.append(_Change("amp", f"removing /{last}"))
        return stem
    if last.endswith(rules.amp_suffixes):
        suffix = next(suffix for suffix in rules.amp_suffixes if last.endswith(suffix))
        changes.append(_Change("amp", f"removing {suffix}"))
        return path.removesuffix(suffix)
    if path.startswith("/amp/") and _names_article(path):
        changes.append(_Change("amp", "removing /amp"))
        return path[4:]
    return path


def _names_article(path: str) -> bool:
    """Whether the last segment looks like an article's: a page called "amp" may also be a topic or a product."""
    return bool(_SLUG.match(path.rpartition("/")[2]))


def _identity(parts: _Parts, path: str, changes: list[_Change]) -> str:
    """The query without what does not say which article is meant, in the order of names."""
    kept = []
    for piece in _pieces(parts.query):
        name, value = _named(piece)
        kind = _dropped_as(parts.site.rules, path, name.lower(), value)
        if kind:
            changes.append(_Change(kind, f"removing {name or 'a parameter without a name'}"))
        else:
            kept.append((name, piece))
    return "&".join(dict.fromkeys(piece for _, piece in sorted(kept, key=lambda item: item[0])))


def _pieces(query: str) -> list[str]:
    """The parameters; "amp;" before a name is left from an ampersand that was escaped twice."""
    return [stripped for piece in query.split("&") if (stripped := _AMP_LEFT.sub("", piece))] if query else []


_AMP_LEFT = re.compile(r"(?:amp;)+", re.IGNORECASE)


def _named(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition("=")
    return (unquote(name), unquote(value)) if "%" in piece else (name, value)


def _dropped_as(rules: url_rules.HostRules, path: str, name: str, value: str) -> UrlKind | None:
    if kind := url_rules.load().parameters.kind_of(name, value):
        return kind
    for rule in rules.parameters:
        if (rule.path is None or rule.path.fullmatch(path)) and (kind := rule.parameters.kind_of(name, value)):
            return kind
    return None


def _rewritten(parts: _Parts, changes: list[_Change]) -> str | None:
    for rewrite in parts.site.rules.rewrites:
        if match := rewrite.match.fullmatch(parts.path):
            written = match.expand(rewrite.to)
            changes.append(_Change(rewrite.kind, f"writing the path as {written}"))
            query = f"?{parts.query}" if parts.query else ""
            return written if written.startswith("https://") else parts.site.origin + written + query
    return None


def _route(fragment: str) -> str:
    """The fragment where a page's own script reads the identity from it ("#!/…", "#/…"), else nothing."""
    return "#" + _escaped(fragment, _QUERY_SAFE) if re.match(r"!?/.|!.", fragment) else ""
