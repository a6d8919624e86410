"""What every row of the catalogues promises, the real one and the sample's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from warehouse.model import LANGUAGES

Rows = list[dict[str, str]]

FEED_COLUMNS = ["feed_id", "url", "outlet_id", "language", "is_enabled", "status_reason", "scope", "evidence"]
OUTLET_COLUMNS = [
    "outlet_id",
    "name",
    "aliases",
    "country",
    "kind",
    "state_affiliated",
    "exile_url",
    "home_url",
    "hosts",
]
SCOPES = {"world", "latam", "venezuela", "us-politics", "sanctions", "energy"}
KINDS = {"newspaper", "broadcaster", "wire", "government", "ngo", "thinktank", "trade", "aggregator"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
# ISO 3166-1 alpha-2 as far as the outlets need it; "UN" stands for bodies of the United Nations, which have no country.
# fmt: off
COUNTRIES = {
    "AR", "BE", "BR", "CA", "CL", "CN", "CO", "CU", "CW", "DE", "DO", "EC", "ES", "FR", "GB", "GY", "IQ",
    "IR", "IT", "MX", "NL", "PE", "PT", "QA", "RU", "TR", "TT", "UN", "US", "UY", "VE",
}
# fmt: on
SECRET = re.compile(r"(?i)key|token|secret|auth|pass|session|signature")


def repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_feeds_have_the_columns_the_program_reads(feeds: Rows) -> None:
    assert list(feeds[0]) == FEED_COLUMNS


def test_outlets_have_the_columns_the_program_reads(outlets: Rows) -> None:
    assert list(outlets[0]) == OUTLET_COLUMNS


def test_no_row_of_the_feeds_has_a_cell_too_few_or_too_many(feeds: Rows) -> None:
    assert [row for row in feeds if None in row or None in row.values()] == []


def test_no_row_of_the_outlets_has_a_cell_too_few_or_too_many(outlets: Rows) -> None:
    assert [row for row in outlets if None in row or None in row.values()] == []


def test_cells_carry_no_white_space_at_their_ends(feeds: Rows, outlets: Rows) -> None:
    assert [cell for row in feeds + outlets for cell in row.values() if cell != cell.strip()] == []


def test_feed_ids_are_slugs_and_unique(feeds: Rows) -> None:
    ids = [row["feed_id"] for row in feeds]
    assert repeated(ids) == []
    assert [feed_id for feed_id in ids if not SLUG.fullmatch(feed_id)] == []


def test_outlet_ids_are_slugs_and_unique(outlets: Rows) -> None:
    ids = [row["outlet_id"] for row in outlets]
    assert repeated(ids) == []
    assert [outlet_id for outlet_id in ids if not SLUG.fullmatch(outlet_id)] == []


def test_outlet_names_are_given(outlets: Rows) -> None:
    assert [row["outlet_id"] for row in outlets if not row["name"]] == []


def test_feed_addresses_are_web_addresses_without_credentials_or_fragment(feeds: Rows) -> None:
    parts = [urlsplit(row["url"]) for row in feeds]
    bad = [p.geturl() for p in parts if p.scheme not in {"http", "https"} or not p.hostname or "@" in p.netloc]
    assert bad == []
    assert [p.geturl() for p in parts if p.fragment or re.search(r"\s", p.geturl())] == []


def test_feed_addresses_are_unique_whatever_their_scheme_and_final_slash(feeds: Rows) -> None:
    assert repeated(row["url"].split("://", 1)[1].removeprefix("www.").rstrip("/").casefold() for row in feeds) == []


def test_feed_addresses_carry_no_secrets(feeds: Rows) -> None:
    keys = [(row["feed_id"], key) for row in feeds for key, _ in parse_qsl(urlsplit(row["url"]).query)]
    assert [pair for pair in keys if SECRET.search(pair[1])] == []


def test_every_feed_belongs_to_a_known_outlet(feeds_with_outlets: tuple[Rows, Rows]) -> None:
    feeds, outlets = feeds_with_outlets
    assert {row["outlet_id"] for row in feeds} <= {row["outlet_id"] for row in outlets}


def test_every_feed_is_in_one_of_the_three_languages(feeds: Rows) -> None:
    assert {row["language"] for row in feeds} == set(LANGUAGES)


def test_a_feed_is_disabled_exactly_when_a_sentence_says_why(feeds: Rows) -> None:
    assert {row["is_enabled"] for row in feeds} <= {"true", "false"}
    assert [row["feed_id"] for row in feeds if (row["is_enabled"] == "false") != bool(row["status_reason"])] == []
    assert [r["status_reason"] for r in feeds if r["status_reason"] and not r["status_reason"].endswith(".")] == []


def test_scopes_are_known(feeds: Rows) -> None:
    assert {row["scope"] for row in feeds} <= SCOPES


def test_every_feed_says_where_its_address_is_documented(feeds: Rows) -> None:
    assert [row["feed_id"] for row in feeds if not row["evidence"]] == []


def test_evidence_of_a_real_feed_names_a_source_a_year_and_a_confidence(catalogue: Rows) -> None:
    form = re.compile(r"([\w.-]+/[\w.-]+|unnamed GitHub file) (20\d\d|undated) (high|medium|low)")
    assert [row["evidence"] for row in catalogue if not form.fullmatch(row["evidence"])] == []


def test_feeds_of_low_confidence_are_disabled(catalogue: Rows) -> None:
    assert [r["feed_id"] for r in catalogue if r["evidence"].endswith(" low") and r["is_enabled"] == "true"] == []


def test_feeds_whose_terms_or_robots_exclude_a_monitor_are_disabled(catalogue: Rows) -> None:
    excluded = {"news.google.com", "www.youtube.com"}
    enabled = {urlsplit(row["url"]).hostname for row in catalogue if row["is_enabled"] == "true"}
    assert enabled & excluded == set()


def test_the_catalogue_holds_about_a_hundred_feeds_most_of_them_enabled(catalogue: Rows) -> None:
    assert 90 <= len(catalogue) <= 120
    assert sum(row["is_enabled"] == "true" for row in catalogue) >= 90


def test_each_language_has_feeds_that_are_enabled(catalogue: Rows) -> None:
    enabled = Counter(row["language"] for row in catalogue if row["is_enabled"] == "true")
    assert min(enabled[language] for language in LANGUAGES) >= 5


def test_countries_are_iso_codes_or_un_for_the_united_nations(outlets: Rows) -> None:
    assert {row["country"] for row in outlets} - COUNTRIES == set()


def test_kinds_and_state_affiliation_are_known_words(outlets: Rows) -> None:
    assert {row["kind"] for row in outlets} <= KINDS
    assert {row["state_affiliated"] for row in outlets} <= {"true", "false", "unknown"}


def test_whoever_is_said_to_be_in_exile_has_a_country_no_state_behind_it_and_a_page_that_documents_it(
    outlets: Rows,
) -> None:
    exiled = [row for row in outlets if row["exile_url"]]
    assert exiled
    assert [row for row in exiled if not row["country"] or row["state_affiliated"] == "true"] == []
    assert [row for row in exiled if not urlsplit(row["exile_url"]).netloc or " " in row["exile_url"]] == []


def test_an_alias_names_one_outlet_and_is_no_others_name(outlets: Rows) -> None:
    owners = [(alias.strip().casefold(), row["outlet_id"]) for row in outlets for alias in row["aliases"].split(";")]
    given = [(alias, owner) for alias, owner in owners if alias]
    assert repeated(alias for alias, _ in given) == []
    names = {name.casefold(): row["outlet_id"] for row in outlets for name in (row["name"], row["outlet_id"])}
    assert [(alias, owner) for alias, owner in given if names.get(alias, owner) != owner] == []


def test_governments_are_state_affiliated(outlets: Rows) -> None:
    governments = [row for row in outlets if row["kind"] == "government"]
    assert {row["state_affiliated"] for row in governments} <= {"true"}


def test_home_addresses_are_https_and_on_a_host_of_their_outlet(outlets: Rows) -> None:
    for row in outlets:
        home = urlsplit(row["home_url"])
        assert home.scheme == "https", row
        assert any(f".{home.hostname}".endswith(f".{host}") for host in row["hosts"].split()), row


def test_hosts_are_plain_names_without_www(outlets: Rows) -> None:
    hosts = [host for row in outlets for host in row["hosts"].split()]
    assert [host for host in hosts if not HOST.fullmatch(host) or host.startswith("www.")] == []


def test_a_host_belongs_to_one_outlet(outlets: Rows) -> None:
    assert repeated(host for row in outlets for host in row["hosts"].split()) == []
