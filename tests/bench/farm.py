"""A farm of news feeds on loopback, the same in every run: `python -m tests.bench.farm --feeds 1000`.

Feeds are RSS 2.0 and Atom by turns, in three languages, with ETags and gzip. One item in twenty is of the affair, one
in ten is another feed's text under another address. `/feeds.txt` lists the feeds, `/tick?share=0.15&new=2` gives that
share of them so many new items, oldest leaving; `/reset` goes back to the start, `/stats` counts answers by status.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

BEGIN = datetime(2026, 3, 2, 6, tzinfo=UTC)
MINUTES_APART = 17
NEWEST = 1_000
"""Number of each feed's newest item at the start, however long the feed is: its news does not depend on its length."""
RELEVANT_EVERY = 20
COPIED_EVERY = 10

_LANGUAGES = ("en", "es", "pt")
_RELEVANT = {
    "en": (
        "US sanctions {n} tankers that carry Venezuelan oil",
        "Washington and Caracas agree on {n} deportation flights",
    ),
    "es": (
        "EE. UU. sanciona a {n} petroleros con crudo venezolano",
        "Washington y Caracas acuerdan {n} vuelos de deportados",
    ),
    "pt": (
        "EUA aplicam sanções a {n} navios com petróleo venezuelano",
        "Washington e Caracas acertam {n} voos de deportados",
    ),
}
_WHO = {
    "en": ("The port", "A museum", "The city council", "A brewery", "The orchestra", "A rail company"),
    "es": ("El puerto", "Un museo", "El ayuntamiento", "Una cervecera", "La orquesta", "Una ferroviaria"),
    "pt": ("O porto", "Um museu", "A câmara municipal", "Uma cervejaria", "A orquestra", "Uma ferroviária"),
}
_DOES = {
    "en": ("opens", "closes", "repairs", "shows", "sells", "plans"),
    "es": ("abre", "cierra", "repara", "muestra", "vende", "planea"),
    "pt": ("abre", "fecha", "conserta", "mostra", "vende", "planeja"),
}
_WHAT = {
    "en": ("{n} new halls", "a bridge of {n} metres", "{n} old maps", "a fleet of {n} boats", "{n} gardens"),
    "es": (
        "{n} salas nuevas",
        "un puente de {n} metros",
        "{n} mapas antiguos",
        "una flota de {n} barcos",
        "{n} jardines",
    ),
    "pt": ("{n} salas novas", "uma ponte de {n} metros", "{n} mapas antigos", "uma frota de {n} barcos", "{n} jardins"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item as every form of feed shows it."""

    guid: str
    link: str
    title: str
    summary: str
    author: str
    published_at: datetime


@lru_cache(maxsize=200_000)
def item(feed: int, number: int) -> Item:
    """Item `number` of a feed; it never changes."""
    language = language_of(feed)
    is_copy = number % COPIED_EVERY == 3 and feed >= len(_LANGUAGES)
    # The text of a copy is that of an earlier feed in the same language.
    dice = random.Random(f"{feed - len(_LANGUAGES) if is_copy else feed}/{number}")
    sentences = [_sentence(language, dice) for _ in range(5)]
    title = _sentence(language, dice)
    if (feed + number) % RELEVANT_EVERY == 0:
        title = dice.choice(_RELEVANT[language]).format(n=dice.randrange(2, 900))
    host = f"https://outlet-{feed // 3}.example"
    return Item(
        guid=f"{host}/id/{feed}/{number}",
        link=f"{host}/{feed}/{number}/{hashlib.sha256(title.encode()).hexdigest()[:12]}?utm_source=rss&utm_medium=f{feed}",
        title=title,
        summary=" ".join(f"{sentence}." for sentence in (title, *sentences)),
        author=f"Writer {dice.randrange(900)}",
        published_at=BEGIN + timedelta(minutes=MINUTES_APART * number + feed % MINUTES_APART),
    )


def language_of(feed: int) -> str:
    return _LANGUAGES[feed % len(_LANGUAGES)]


def _sentence(language: str, dice: random.Random) -> str:
    parts = (dice.choice(words[language]) for words in (_WHO, _DOES, _WHAT))
    return " ".join(parts).format(n=dice.randrange(2, 9_000))


def rss(feed: int, items: Iterator[Item]) -> str:
    rows = "".join(
        f'<item><title>{escape(i.title)}</title><link>{escape(i.link)}</link><guid isPermaLink="false">{i.guid}</guid>'
        f"<pubDate>{format_datetime(i.published_at)}</pubDate><dc:creator>{i.author}</dc:creator>"
        f"<description><![CDATA[<p>{i.summary}</p>]]></description></item>\n"
        for i in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>Outlet {feed // 3}, section {feed}</title><link>https://outlet-{feed // 3}.example/</link>"
        f"<language>{language_of(feed)}</language>\n{rows}</channel></rss>"
    )


def atom(feed: int, items: Iterator[Item]) -> str:
    rows = "".join(
        f'<entry><id>{i.guid}</id><title>{escape(i.title)}</title><link rel="alternate" href="{escape(i.link)}"/>'
        f"<published>{i.published_at.isoformat()}</published><updated>{i.published_at.isoformat()}</updated>"
        f'<author><name>{i.author}</name></author><summary type="html">&lt;p&gt;{escape(i.summary)}&lt;/p&gt;</summary>'
        "</entry>\n"
        for i in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language_of(feed)}"><title>Section {feed}</title>'
        f'<id>urn:farm:{feed}</id><link rel="alternate" href="https://outlet-{feed // 3}.example/"/>\n{rows}</feed>'
    )


class Farm:
    """The feeds, how far each has got, and what was answered."""

    def __init__(self, *, feeds: int, entries: int, hosts: int, port: int) -> None:
        self._entries, self._hosts, self._port = entries, hosts, port
        self._newest = [NEWEST] * feeds
        self._bodies: dict[tuple[int, int], bytes] = {}
        self.statuses: Counter[int] = Counter()

    def urls(self) -> list[str]:
        return [f"http://127.0.0.{1 + n % self._hosts}:{self._port}/feeds/{n}.xml" for n in range(len(self._newest))]

    def tick(self, *, share: float, new: int) -> None:
        """Some feeds, spread over all, get new items."""
        for feed in range(len(self._newest)):
            if int((feed + 1) * share) > int(feed * share):
                self._newest[feed] += new

    def reset(self) -> None:
        self._newest = [NEWEST] * len(self._newest)

    def etag(self, feed: int) -> str:
        return f'"{feed}-{self._newest[feed]}"'

    def body(self, feed: int) -> bytes:
        newest = self._newest[feed]
        if (feed, newest) not in self._bodies:
            form = atom if feed % 2 else rss
            text = form(feed, (item(feed, n) for n in range(newest, newest - self._entries, -1)))
            self._bodies[feed, newest] = gzip.compress(text.encode(), 6, mtime=0)
        return self._bodies[feed, newest]

    def answer(self, target: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for a request."""
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        match path.strip("/").split("/"):
            case ["feeds", name]:
                feed = int(name.removesuffix(".xml"))
                about = {"ETag": self.etag(feed), "Content-Type": "application/xml"}
                is_known = headers.get("if-none-match") == self.etag(feed)
                self.statuses[304 if is_known else 200] += 1
                return (304, about, b"") if is_known else (200, about | {"Content-Encoding": "gzip"}, self.body(feed))
            case ["feeds.txt"]:
                return 200, {}, "\n".join(self.urls()).encode()
            case ["tick"]:
                self.tick(share=float(query["share"]), new=int(query["new"]))
            case ["reset"]:
                self.reset()
            case ["stats"]:
                counted = json.dumps(self.statuses).encode()
                self.statuses.clear()
                return 200, {}, counted
            case _:
                return 404, {}, b""
        return 200, {}, b"done"


async def serve(farm: Farm, *, hosts: int, port: int) -> None:
    """Answer on 127.0.0.1, 127.0.0.2 and so on, until cancelled."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                request, *lines = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                status, about, body = farm.answer(request.split()[1], headers)
                about["Content-Length"] = str(len(body))
                said = "".join(f"{name}: {value}\r\n" for name, value in about.items())
                writer.write(f"HTTP/1.1 {status} OK\r\n{said}\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    addresses = [f"127.0.0.{1 + n}" for n in range(hosts)]
    server = await asyncio.start_server(talk, addresses, port, backlog=1_000)
    print(f"http://127.0.0.1:{port}", flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=30, help="items in a feed")
    parser.add_argument("--hosts", type=int, default=250, help="addresses of loopback; 1 where there is no other")
    parser.add_argument("--port", type=int, default=8765)
    given = parser.parse_args()
    farm = Farm(feeds=given.feeds, entries=given.entries, hosts=given.hosts, port=given.port)
    for feed in range(given.feeds):
        farm.body(feed)
    asyncio.run(serve(farm, hosts=given.hosts, port=given.port))


if __name__ == "__main__":
    main()
