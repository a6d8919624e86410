"""Where a request goes: an address split into scheme, host, port and path, or a reason why it cannot be asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

import idna

from tasks.fetching.failures import Failure
from tasks.fetching.masking import mask

PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8_000
"""Characters; servers commonly refuse request lines beyond 8 KB (RFC 9110, section 4.1, asks for at least as many)."""

# What may stand in a path or query unescaped, `%` included so that escapes are not escaped again (RFC 3986).
_SAFE = "%/:=&?~!$,;'@()*+[]|"
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
# Read as the end of the host by browsers, and as a part of the user information by others.
_AMBIGUOUS = re.compile(r"[\\\s<>\"^`{}|]")
_V6 = re.compile(r"[0-9a-f:.]{2,45}")


@dataclass(frozen=True, slots=True)
class Target:
    """A request's destination. `host` is lower-case ASCII without brackets; `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str
    credentials: bytes | None = None

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header wants them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address without user information."""
        return f"{self.scheme}://{self.authority}{self.path}"


def parse(url: str) -> Target:
    """The target of an absolute http or https address; `credentials` are its user information, percent-decoded.

    Raises:
        Failure: `url` when it cannot be read, `scheme` when it is of another kind.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise Failure("url", f"{mask(url)} is not an address: {error}. Correct the feed's address.") from error
    if parts.scheme not in PORTS:
        raise Failure(
            "scheme", f"{mask(url)} is neither http nor https, so it is not fetched. Use the feed's web address."
        )
    if len(url) > LONGEST_URL or port == 0:
        raise Failure("url", f"{mask(url)} is too long or has port 0. Correct the feed's address.")
    if _AMBIGUOUS.search(parts.netloc):
        raise Failure("url", f"{mask(url)} has no host name that can be looked up. Correct the feed's address.")
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    return Target(
        parts.scheme, _host(parts.hostname, url), port or PORTS[parts.scheme], path, _credentials(parts.netloc)
    )


def follow(target: Target, location: str) -> Target:
    """The target a redirect points to. Credentials stay only within one origin, and never come from the redirect.

    Raises:
        Failure: the target cannot be read or is neither http nor https.
    """
    new = parse(_joined(target, location))
    credentials = target.credentials if new.origin == target.origin else None
    return Target(new.scheme, new.host, new.port, new.path, credentials)


def host_of(url: str) -> str:
    """The host of an address as politeness counts it; "" where there is none."""
    try:
        return parse(url).host
    except Failure:
        return ""


def _joined(target: Target, location: str) -> str:
    try:
        return urljoin(target.url, location.strip())
    except ValueError as error:
        raise Failure(
            "redirect_target", f"{mask(target.url)} redirects to {mask(location)}, which is not an address."
        ) from error


def _host(host: str | None, url: str) -> str:
    try:
        name = _ascii(host or "").rstrip(".").lower()
    except idna.IDNAError as error:
        raise Failure(
            "url", f"{mask(url)} has a host name that cannot be: {error}. Correct the feed's address."
        ) from error
    if not (_V6 if ":" in name else _NAME).fullmatch(name):
        raise Failure("url", f"{mask(url)} has no host name that can be looked up. Correct the feed's address.")
    return name


def _ascii(host: str) -> str:
    return host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")


def _credentials(netloc: str) -> bytes | None:
    userinfo, separator, _ = netloc.rpartition("@")
    return unquote_to_bytes(userinfo if ":" in userinfo else f"{userinfo}:") if separator and userinfo else None
