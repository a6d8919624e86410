"""The publisher of an article: by its host, by the source an aggregator names, by its feed."""

from __future__ import annotations

import pytest

from tasks.dedup.outlets import OutletIndex
from warehouse.model import Feed, Outlet

INDEX = OutletIndex(
    [
        Outlet("bbc", "BBC News", "GB", "broadcaster", hosts=("bbc.com", "bbc.co.uk")),
        Outlet("el-pais", "El País", "ES", "newspaper", hosts=("elpais.com",), aliases=("El País English",)),
        Outlet("el-pais-brasil", "El País Brasil", "BR", "newspaper", hosts=("brasil.elpais.com",)),
        Outlet("google-news", "Google News", "US", "aggregator", hosts=("news.google.com",)),
        Outlet("gdelt", "GDELT Project", "US", "aggregator", hosts=("gdeltproject.org",)),
    ]
)
GOOGLE = Feed("google-venezuela", "https://news.google.com/rss/search?q=venezuela", "google-news", "es")
GDELT = Feed("gdelt-venezuela", "https://api.gdeltproject.org/api/v2/doc?format=rss", "gdelt", None)
EL_PAIS = Feed("el-pais-america", "https://feeds.elpais.com/america.xml", "el-pais", "es")
TOKEN = "https://news.google.com/rss/articles/CBMiabc"


def _outlet(url: str, feed: Feed = GOOGLE, *, name: str | None = None, source: str | None = None) -> Outlet:
    return INDEX.outlet_of(url, feed, source_name=name, source_url=source)


def test_the_host_of_the_page_names_the_publisher_whichever_feed_brought_it() -> None:
    assert _outlet("https://bbc.com/mundo/articles/c1", EL_PAIS).outlet_id == "bbc"


@pytest.mark.parametrize("host", ["elpais.com", "www.elpais.com", "m.elpais.com", "english.elpais.com"])
def test_a_host_stands_for_the_hosts_below_it(host: str) -> None:
    assert _outlet(f"https://{host}/a-1").outlet_id == "el-pais"


def test_the_longest_host_wins() -> None:
    assert _outlet("https://brasil.elpais.com/a-1").outlet_id == "el-pais-brasil"


def test_a_host_that_only_ends_alike_is_another() -> None:
    assert _outlet("https://notelpais.com/a-1").kind == "unknown"


def test_an_aggregators_page_is_of_the_source_it_links_to() -> None:
    assert _outlet(TOKEN, name="Noticias", source="https://www.elpais.com").outlet_id == "el-pais"


@pytest.mark.parametrize("name", ["El País", "EL PAIS", "el-pais", "elpais.com", "www.elpais.com", "EL PAÍS English"])
def test_an_aggregators_page_is_of_the_source_it_names(name: str) -> None:
    assert _outlet(TOKEN, name=name).outlet_id == "el-pais"


def test_an_aggregators_page_without_a_source_is_its_own() -> None:
    assert _outlet(TOKEN).outlet_id == "google-news"


def test_an_unknown_source_becomes_an_outlet_of_its_host() -> None:
    outlet = _outlet(TOKEN, name="Diario La Voz", source="https://www.diariolavoz.example/portada")
    assert (outlet.outlet_id, outlet.name, outlet.kind) == ("diariolavoz-example", "Diario La Voz", "unknown")
    assert outlet.hosts == ("diariolavoz.example",)


def test_an_unknown_source_without_an_address_becomes_an_outlet_of_its_name() -> None:
    outlet = _outlet(TOKEN, name="  Últimas Noticias del Ávila ")
    assert (outlet.outlet_id, outlet.name) == ("ultimas-noticias-del-avila", "Últimas Noticias del Ávila")


def test_an_aggregator_that_links_to_an_unknown_host_names_it() -> None:
    assert _outlet("https://elorinoco.example/a-1", GDELT).outlet_id == "elorinoco-example"


def test_a_publishers_feed_that_links_elsewhere_is_still_its_own() -> None:
    assert _outlet("https://feedproxy.google.com/~r/elpais/~3/abc", EL_PAIS).outlet_id == "el-pais"


def test_an_entry_without_a_page_is_of_its_feeds_publisher() -> None:
    assert _outlet("urn:usven:entry:0011223344556677", EL_PAIS).outlet_id == "el-pais"


def test_a_feed_of_an_outlet_that_is_not_in_the_catalogue_names_it_all_the_same() -> None:
    stray = Feed("mi-blog", "https://blog.example/rss", "mi-blog", "es")
    assert _outlet("https://blog.example/a-1", stray).outlet_id == "mi-blog"


def test_an_outlet_met_before_as_unknown_changes_nothing() -> None:
    met = _outlet("https://elorinoco.example/a-1", GDELT)
    index = OutletIndex([Outlet("el-pais", "El País", "ES", "newspaper", hosts=("elpais.com",)), met])
    assert index.outlet_of("https://elorinoco.example/a-1", EL_PAIS).outlet_id == "el-pais"


@pytest.mark.parametrize("name", ["", " ", "-", "\ud800", "a" * 100_000, "../../etc/passwd"])
def test_a_hostile_source_name_still_gives_a_short_id(name: str) -> None:
    outlet = _outlet(TOKEN, name=name)
    assert 0 < len(outlet.outlet_id) <= 100
    assert "/" not in outlet.outlet_id
