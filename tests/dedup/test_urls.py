"""Canonical URLs: the table of pairs, the laws, and hostile addresses."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.dedup import url_rules, urls
from warehouse.errors import InputError
from warehouse.model import ArticleUrl

PAIRS = list(csv.DictReader(io.StringIO((Path(__file__).parent / "url_pairs.csv").read_text(encoding="utf-8"))))


def _are_merged(pair: dict[str, str]) -> bool:
    return urls.canonical(pair["left"]) == urls.canonical(pair["right"]) != ""


# --- the table ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair["verdict"] == "different"], ids=lambda p: p["why"])
def test_different_pages_are_never_merged(pair: dict[str, str]) -> None:
    assert not _are_merged(pair)


def test_at_least_98_in_100_pairs_of_one_page_are_merged() -> None:
    same = [pair for pair in PAIRS if pair["verdict"] == "same"]
    missed = [pair["why"] for pair in same if not _are_merged(pair)]
    assert len(missed) <= 0.02 * len(same), missed


def test_the_table_has_at_least_fifty_pairs_of_each_verdict() -> None:
    verdicts = [pair["verdict"] for pair in PAIRS]
    assert min(verdicts.count("same"), verdicts.count("different")) >= 50


@pytest.mark.parametrize("pair", PAIRS, ids=lambda p: p["why"])
def test_the_canonical_url_of_a_canonical_url_is_itself(pair: dict[str, str]) -> None:
    for url in (pair["left"], pair["right"]):
        assert urls.canonical(urls.canonical(url)) == urls.canonical(url)


# --- what the canonical URL looks like ---------------------------------------------------------


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("http://www.lapatilla.com", "https://lapatilla.com/"),
        ("http://127.0.0.1:8765/a/", "http://127.0.0.1:8765/a"),
        ("http://[2001:DB8::1]/a", "http://[2001:db8::1]/a"),
        ("http://noticias.example:8080/a?b=1", "http://noticias.example:8080/a?b=1"),
        ("http://localhost/a", "http://localhost/a"),
        ("https://noticias.example/a?z=1&b=2&a=%c3%b1", "https://noticias.example/a?a=%C3%B1&b=2&z=1"),
        ("https://noticias.example/a?id=", "https://noticias.example/a?id="),
        ("https://noticias.example/100%", "https://noticias.example/100%25"),
        ("https://noticias.example/a b", "https://noticias.example/a%20b"),
        ("https://web.archive.org/web/2026/https://noticias.example/a", None),
    ],
)
def test_an_address_is_written_in_one_form_that_still_opens(given_url: str, expected: str | None) -> None:
    assert urls.canonical(given_url) == (expected or given_url)


@pytest.mark.parametrize(
    ("given_url", "kind"),
    [
        ("https://noticias.example/a-1?utm_source=rss", "tracking"),
        ("https://noticias.example/a-1#comments", "tracking"),
        ("https://noticias.example/a-1/amp/?utm_source=rss", "amp"),
        ("https://m.noticias.example/a-1?utm_source=rss", "mobile"),
        ("http://www.noticias.example/a-1/", "redirect"),
        ("https://www.google.com/url?q=https://noticias.example/a-1/amp/", "redirect"),
        ("https://www.google.com/amp/s/noticias.example/a-1", "amp"),
        ("http://www.bing.com/news/apiclick.aspx?url=https%3A%2F%2Fnoticias.example%2Fa-1", "aggregator"),
    ],
)
def test_an_address_says_what_it_is_to_the_canonical_one(given_url: str, kind: str) -> None:
    assert urls.addresses(given_url)[1].kind == kind
    assert urls.addresses(given_url)[0].url.startswith("https://noticias.example/a-1")


def test_a_canonical_address_stands_alone() -> None:
    assert urls.addresses("https://noticias.example/a-1") == (ArticleUrl("https://noticias.example/a-1", "canonical"),)


def test_what_was_left_out_is_named() -> None:
    address = urls.read("http://m.noticias.example/a-1/amp?utm_source=rss&id=7")
    assert address is not None
    assert address.changes == ("removing m.", "removing /amp", "removing utm_source")


@pytest.mark.parametrize(
    ("url", "is_home"),
    [
        ("http://www.noticias.example", True),
        ("https://noticias.example/index.html?utm_source=rss", True),
        ("https://noticias.example/?p=7", False),
        ("https://noticias.example/#!/nota/7", False),
        ("https://noticias.example/a", False),
    ],
)
def test_a_front_page_is_told_from_an_article(url: str, *, is_home: bool) -> None:
    address = urls.read(url)
    assert address is not None
    assert address.is_home_page is is_home


# --- hostile addresses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "javascript:alert(1)",
        "data:text/html,hello",
        "mailto:redaccion@noticias.example",
        "ftp://noticias.example/a",
        "file:///etc/passwd",
        "tag:noticias.example,2026:1",
        "urn:usven:entry:0011223344556677",
        "/relative/path",
        "just words",
        "http://",
        "http:///a",
        "http:noticias.example/a",
        "https://?q=1",
        "https://:80/",
        "https://noticias.example:port/a",
        "https://noticias.example:99999/a",
        "https://noticias.example:0/a",
        "https://noticias.example:-1/a",
        "http://[::1",
        "http://[::1%25eth0]/a",
        "http://[v1.x]/a",
        "http://[hello]/a",
        "http://noticias..example/a",
        "http://-noticias.example/a",
        "http://noti cias.example/a",
        "http://noti\x00cias.example/a",
        "http://\u2100.example/a",
        "http://" + "a" * 64 + "\u00f1.example/a",
        "http://" + "a." * 200 + "example/a",
        "https://noticias.example/" + "a" * 1_000_000,
        "https://noticias.example/" + "\u00f1" * 2_000,
        "https://" + "a" * 1_000_000,
    ],
    ids=lambda url: repr(url[:40]),
)
def test_what_is_no_web_address_has_no_canonical_url(url: str) -> None:
    assert urls.canonical(url) == ""
    assert urls.addresses(url) == ()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("\x00\x1f https://noticias.example/a\x7f", "https://noticias.example/a"),
        ("https://noticias.example/a\n\t/b", "https://noticias.example/a/b"),
        ("https:\\\\noticias.example\\a", "https://noticias.example/a"),
        ("https://noticias.example/\ud800", "https://noticias.example/%3F"),
        ("https://noticias.example/\x1ba", "https://noticias.example/%1Ba"),
        ("https://noticias.example/../../../etc/passwd", "https://noticias.example/etc/passwd"),
        ("https://www.google.com/url?q=javascript:alert(1)", "https://google.com/url?q=javascript:alert(1)"),
        ("https://noticias.example/a?" + "&" * 2_000, "https://noticias.example/a"),
    ],
)
def test_dirt_in_an_address_is_cleaned_away(url: str, expected: str) -> None:
    assert urls.canonical(url) == expected


def test_wrappers_nested_as_deep_as_an_address_can_hold_them_come_to_an_end() -> None:
    assert urls.canonical("https://google.com/url?q=" * 150 + "https://noticias.example/a") == (
        "https://noticias.example/a"
    )


# --- laws --------------------------------------------------------------------------------------

_PIECES = r"""
    / // /. /.. /amp /amp/ /amp.html .amp /index.html /index.php /a-1 /url /s/ /google/amp/ /cnn/2026/ /articles/
    /read/ /shorts/abcdefghijk ? & = ; : # #!/ % %2F %3F %41 %2e amp; &amp; &#38; ;jsessionid= utm_source=x q= url=
    id=1 v=abc https:// http:// google.com www. m. amp. g1.globo.com cdn.ampproject.org/c/ youtu.be/ news.google.com
    bing.com/amp/s/ ñ \ [ ] @ + a 7
"""
_HOSTS = """
    noticias.example www.noticias.example m.amp.noticias.example google.com g1.globo.com youtu.be youtube.com gov.br
    news.google.com cnn.com x.cdn.ampproject.org bing.com [::1] r.search.yahoo.com es.m.wikipedia.org bbc.co.uk:443
    blog.blogspot.com.br
"""
_pieces = st.sampled_from([*_PIECES.split(), " ", "\x00"])
_hosts = st.sampled_from(_HOSTS.split())
_addresses = st.builds(
    lambda host, pieces: f"https://{host}/" + "".join(pieces), _hosts, st.lists(_pieces, max_size=10)
)


@given(_addresses | st.lists(_pieces, max_size=10).map("".join) | st.text())
@settings(max_examples=600, deadline=None)
def test_reading_an_address_again_changes_nothing(url: str) -> None:
    once = urls.canonical(url)
    assert urls.canonical(once) == once


@given(_addresses, st.sampled_from(["utm_source=rss", "fbclid=IwAR", "at_medium=RSS", "gclid=x", "UTM_Campaign=y"]))
@settings(max_examples=200, deadline=None)
def test_a_tracking_parameter_never_makes_another_page(url: str, parameter: str) -> None:
    plain = f"{urls.canonical(url).split('#')[0]}"
    if plain:
        assert urls.canonical(f"{plain}{'&' if '?' in plain else '?'}{parameter}") == urls.canonical(plain)


@given(st.integers(0, 9_999), st.integers(0, 9_999))
@settings(max_examples=50, deadline=None)
@pytest.mark.parametrize("name", ["id", "p", "v", "n", "article", "newsID", "objectid", "page", "s", "t", "cid", "ref"])
def test_a_number_in_a_parameter_that_no_rule_names_is_kept(name: str, left: int, right: int) -> None:
    one, other = (urls.canonical(f"https://noticias.example/nota?{name}={number}") for number in (left, right))
    assert (one == other) == (left == right)


# --- real addresses ----------------------------------------------------------------------------

# The one pair of pages in the real data that is merged although the titles differ: a broadcaster's live channel, whose
# single page carries whatever is on.
_JUDGED = {"https://abcnews.com/Live/video/abcnews-live-41463246"}


def _real_titles(data: Path) -> Iterator[tuple[str, str]]:
    for path in sorted([*data.glob("news/*.jsonl.gz"), *data.glob("clusters/*.jsonl.gz")]):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = (json.loads(line) for line in lines)
            yield from ((row["url"], row.get("title") or "") for row in rows if row.get("url"))


@pytest.fixture(scope="module")
def real_pages(shared_data: Path) -> dict[str, dict[str, set[str]]]:
    """Canonical URL → address → its titles."""
    pages: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for url, title in _real_titles(shared_data):
        pages[urls.canonical(url)][url].add(title)
    return pages


def test_every_real_address_has_a_canonical_url_that_is_its_own(real_pages: dict[str, dict[str, set[str]]]) -> None:
    assert "" not in real_pages
    assert [page for page in real_pages if urls.canonical(page) != page] == []


def test_no_real_addresses_of_different_articles_are_merged(real_pages: dict[str, dict[str, set[str]]]) -> None:
    merged = {page: list(found.values()) for page, found in real_pages.items() if len(found) > 1}
    suspect = {page for page, titles in merged.items() if any(_differ(titles[0], other) for other in titles[1:])}
    assert suspect == _JUDGED


def _differ(left: set[str], right: set[str]) -> bool:
    """Whether no title of one shares a quarter of its words with one of the other; no title says nothing."""
    words = [[set(title.lower().split()) for title in titles if title] for titles in (left, right)]
    pairs = [(one, other) for one in words[0] for other in words[1]]
    return bool(pairs) and all(len(one & other) < 0.25 * len(one | other) for one, other in pairs)


# --- the rules ---------------------------------------------------------------------------------


def test_no_rule_of_the_seed_file_takes_a_parameter_that_carries_identity() -> None:
    parameters = url_rules.load().parameters
    identities = (
        "id",
        "p",
        "v",
        "n",
        "article",
        "articleid",
        "objectid",
        "newsid",
        "storyid",
        "page",
        "lang",
        "q",
        "date",
    )
    assert [name for name in identities if parameters.kind_of(name, "7")] == []


def test_a_rule_that_is_no_regular_expression_is_named() -> None:
    seed = tomllib.loads((url_rules.resources.files("seeds") / url_rules.SEED).read_text(encoding="utf-8"))
    seed["parameters"]["tracking_values"]["ref"] = "(unclosed"
    with pytest.raises(InputError, match=r"\(unclosed"):
        url_rules.compile_rules(seed)


def test_a_table_missing_from_the_rules_is_named() -> None:
    with pytest.raises(InputError, match="paths"):
        url_rules.compile_rules({"hosts": {}, "parameters": {}})
