"""Which publisher an article is from: by its address, else by the source an aggregator names, else by its feed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from tasks.dedup import urls
from warehouse.model import Feed, Outlet

UNKNOWN = "unknown"
"""Kind of a publisher that the catalogue does not know."""

_SITE = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]+)?(?=/)")


class OutletIndex:
    """The publishers of the catalogue by id, by host, and by their names and aliases.

    A host stands for all hosts below it, the longest one wins. Publishers of kind "unknown" are left out: they are
    made anew, alike, wherever they are met, so that it does not matter which feed met them first.
    """

    def __init__(self, outlets: Iterable[Outlet]) -> None:
        self._by_id: dict[str, Outlet] = {}
        self._by_host: dict[str, Outlet] = {}
        self._by_name: dict[str, Outlet] = {}
        self._met: dict[str, Outlet | None] = {}
        for outlet in outlets:
            if outlet.kind != UNKNOWN:
                self._add(outlet)

    def _add(self, outlet: Outlet) -> None:
        self._by_id[outlet.outlet_id] = outlet
        for name in (outlet.name, *outlet.aliases):
            self._by_name.setdefault(_slug(name), outlet)
        for host in outlet.hosts:
            self._by_host.setdefault(urls.host_of(f"https://{host}/"), outlet)

    def outlet_of(
        self, canonical_url: str, feed: Feed, *, source_name: str | None = None, source_url: str | None = None
    ) -> Outlet:
        """The publisher of an article that `feed` brought; one of kind "unknown" where none of the catalogue fits.

        The publisher whose host the page is on comes first. An aggregator's own page says nothing of who wrote it,
        so there the source that the item names decides. A publisher's feed whose items lead elsewhere is its own.
        """
        page = self._at(canonical_url)
        if page and page.kind != "aggregator":
            return page
        own = self._of_feed(feed)
        if page or own.kind == "aggregator":
            return self._source(source_name, source_url) or page or self._stranger(canonical_url) or own
        return own

    def _of_feed(self, feed: Feed) -> Outlet:
        return self._by_id.get(feed.outlet_id) or _unknown(feed.outlet_id, feed.outlet_id, None)

    def _at(self, url: str) -> Outlet | None:
        # Most addresses of a batch are on a few hosts.
        site = _SITE.match(url)
        start = site[0] if site else url
        if start not in self._met:
            self._met[start] = self._on_host_of(start)
        return self._met[start]

    def _on_host_of(self, url: str) -> Outlet | None:
        labels = urls.host_of(url).split(".")
        names = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self._by_host[name] for name in names if name in self._by_host), None)

    def _source(self, name: str | None, url: str | None) -> Outlet | None:
        known = self._at(url or "") or self._named(name or "")
        return known or self._stranger(url or "", name) or self._nameless_host(name or "")

    def _named(self, name: str) -> Outlet | None:
        slug = _slug(name)
        return self._by_name.get(slug) or self._by_id.get(slug) or self._at(f"https://{name.strip()}/")

    def _stranger(self, url: str, name: str | None = None) -> Outlet | None:
        host = urls.host_of(url)
        return _unknown(_slug(host), name or host, host) if host else None

    def _nameless_host(self, name: str) -> Outlet | None:
        slug = _slug(name)
        return _unknown(slug, name.strip()[:300], None) if slug else None


@lru_cache(maxsize=1_000)
def _unknown(outlet_id: str, name: str, host: str | None) -> Outlet:
    if host is None:
        return Outlet(outlet_id, name, country=None, kind=UNKNOWN)
    return Outlet(outlet_id, name, country=None, kind=UNKNOWN, home_url=f"https://{host}/", hosts=(host,))


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name[:300].casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "-", letters).strip("-")[:100]
