"""Documents made to hurt: each ends by itself, in its place, whatever it costs others to read it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tasks.parsing import reader
from warehouse.model import Document, NotAFeed

RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">'
N = 100_000


def item(fields: str) -> str:
    return f"{RSS}<item><title>x</title>{fields}</item></channel></rss>"


def nested_entities() -> str:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE rss [<!ENTITY a0 "ha">{levels}]>{item("<description>&a9;</description>")[21:]}'


REFUSED: dict[str, Callable[[], str]] = {
    "attributes of one element": lambda: item("<a " + " ".join(f'a{n}="1"' for n in range(50_000)) + "/>"),
    "depth": lambda: item("<b>" * N + "</b>" * N),
    "items within items": lambda: RSS + "<item>" * N,
    "namespaces": lambda: item("".join(f'<n{n}:x xmlns:n{n}="u{n}"/>' for n in range(20_000))),
    "a long base address": lambda: f'<feed xml:base="http://a.example/{"x" * N}">' + "<entry/>" * 1_000 + "</feed>",
    "a base address that grows": lambda: '<feed xml:base="http://a.example/">' + '<a xml:base="abcdefghijkl/">' * N,
    "json depth": lambda: "[" * N,
    "json depth in a feed": lambda: '{"items":' + '[{"a":' * N,
    "declarations that never end": lambda: "<!DOCTYPE a [" * N + RSS,
    "more ampersands than can be repaired": lambda: item(f"<description>{'&' * 3 * N}</description>"),
    "unclosed tags": lambda: RSS + '<a b="' * N,
}
READ: dict[str, Callable[[], str]] = {
    "entities that multiply": nested_entities,
    "an entity that is long": lambda: (
        f'<!DOCTYPE rss [<!ENTITY a "{"A" * N}">]>' + item(f"<description>{'&a;' * N}</description>")[21:]
    ),
    "an external entity": lambda: (
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + item("<description>&a;</description>")[21:]
    ),
    "a long author": lambda: item(f"<author>{'a' * 10 * N}</author>"),
    "many categories": lambda: item("".join(f"<category>{n}</category>" for n in range(20_000))),
    "many keywords": lambda: item(f"<tags>{','.join(map(str, range(N)))}</tags>"),
    "blank references": lambda: (
        f'{ATOM}<entry><title>x</title><content type="xhtml">{"&#10;" * N}&bogus</content></entry></feed>'
    ),
    "lines before the document": lambda: "\n" * 10 * N + item(""),
    "lines before a declaration": lambda: '<?xml version="1.0"?>' + "\n" * 10 * N + "<!DOCTYPE rss>" + item("")[21:],
    "a CDATA section that never ends": lambda: item("<description><![CDATA[" + "x" * N),
    "bare ampersands": lambda: item(f"<description>{'&' * N}</description>"),
    "elements of HTML within each other": lambda: item(f"<description>{'&lt;div&gt;' * N}</description>"),
    "attributes of HTML": lambda: item(f"<description>&lt;p {'a=1 ' * N}&gt;</description>"),
    "quotes of HTML": lambda: item(f"<description>{'&lt;a &quot;' * N}</description>"),
    "comments of HTML": lambda: item(f"<description>{'&lt;!--' * N}</description>"),
    "a date of digits": lambda: item(f"<pubDate>{'1' * 10 * N}</pubDate>"),
    "a long link": lambda: item(f"<link>http://a.example/{'x' * 10 * N}</link>"),
    "a long text": lambda: item(f"<description>{'word ' * 10 * N}</description>"),
    "urls within urls": lambda: (
        f"<urlset><url><title>x</title><loc>http://a/</loc>{'<url>' * 5_000}{'</url>' * 5_001}</urlset>"
    ),
    "csv without an end": lambda: 'title,url\nx,http://a.example/\n"' + "a," * N,
    "codes of half characters": lambda: item(f"<description>{'&#xD800;' * N}</description>"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_costs_too_much_is_refused_by_name(case: str) -> None:
    answer = reader.parse(REFUSED[case]().encode(), url="https://host.example/feed")
    assert isinstance(answer, NotAFeed)
    assert answer.kind in ("hostile", "xml")


@pytest.mark.parametrize("case", READ)
def test_what_looks_dangerous_and_can_be_read_is_read_in_bounds(case: str) -> None:
    answer = reader.parse(READ[case]().encode(), url="https://host.example/feed")
    assert isinstance(answer, Document)
    (entry,) = answer.entries
    assert entry.title == "x"
    assert len(entry.summary_text) <= 20_000
    assert len(entry.content_text) <= 200_000


def test_an_external_entity_is_never_opened() -> None:
    answer = reader.parse(READ["an external entity"]().encode(), url="https://host.example/feed")
    assert isinstance(answer, Document)
    assert "root" not in answer.entries[0].summary_text


def test_entities_do_not_multiply() -> None:
    answer = reader.parse(nested_entities().encode(), url="https://host.example/feed")
    assert isinstance(answer, Document)
    assert "haha" not in answer.entries[0].summary_text
