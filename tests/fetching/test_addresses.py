"""Which addresses are fetched: laws over all of them, and the operator's exemptions."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fetching import addresses
from tasks.fetching.addresses import Policy
from tasks.fetching.failures import Failure
from warehouse.errors import SettingsError

V4 = st.ip_addresses(v=4)
NOBODY = Policy()


def refuses(policy: Policy, address: str, host: str = "feeds.test", port: int = 80) -> bool:
    return policy.objection(host, port, address) is not None


@given(V4.filter(lambda address: not address.is_global))
def test_no_address_off_the_public_internet_is_fetched(address: ipaddress.IPv4Address) -> None:
    assert refuses(NOBODY, str(address))


@given(st.ip_addresses(v=6).filter(lambda address: not address.is_global))
def test_no_ipv6_address_off_the_public_internet_is_fetched(address: ipaddress.IPv6Address) -> None:
    wrapped = addresses.embedded(address)
    assert refuses(NOBODY, str(address)) or isinstance(wrapped, ipaddress.IPv4Address)


@given(V4, st.sampled_from(["::ffff:0:0", "::", "64:ff9b::"]))
def test_an_ipv4_address_in_ipv6_is_judged_as_what_it_reaches(address: ipaddress.IPv4Address, prefix: str) -> None:
    wrapped = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | int(address))
    if int(address) > 0xFFFF:
        assert refuses(NOBODY, str(wrapped)) == refuses(NOBODY, str(address))


@given(st.integers(0x7F000000, 0x7FFFFFFF), st.integers(0, 4))
def test_every_spelling_that_the_system_resolves_is_refused(number: int, style: int) -> None:
    first, second, third, fourth = number.to_bytes(4, "big")
    spelling = [
        str(number),
        hex(number),
        f"0{first:o}.0{second:o}.0{third:o}.0{fourth:o}",
        f"{first:#x}.{number & 0xFFFFFF}",
        f"{first}.{second}.{number & 0xFFFF}",
    ][style]
    resolved = {str(found[4][0]) for found in socket.getaddrinfo(spelling, 80, type=socket.SOCK_STREAM)}
    assert all(refuses(NOBODY, address) for address in resolved)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_fetched(address: str) -> None:
    assert not refuses(NOBODY, address)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "::ffff:169.254.169.254"],
)
def test_metadata_services_are_called_by_their_name(address: str) -> None:
    assert "metadata" in (NOBODY.objection("feeds.test", 80, address) or "")


@pytest.mark.parametrize(
    ("entry", "address", "port"),
    [
        ("127.0.0.1", "127.0.0.1", 9),
        ("127.0.0.0/8", "127.4.5.6", 9),
        ("127.0.0.1:8765", "127.0.0.1", 8765),
        ("10.0.0.0/8:80", "10.1.2.3", 80),
        ("::1", "::1", 9),
        ("[::1]", "::1", 9),
        ("[::1]:8765", "::1", 8765),
        ("[fd00::/8]:80", "fd12::1", 80),
        ("fd00::/8", "fd12::1", 9),
        ("127.0.0.1", "::ffff:127.0.0.1", 9),
    ],
)
def test_an_entry_allows_what_it_names(entry: str, address: str, port: int) -> None:
    assert not refuses(Policy([entry]), address, port=port)


@pytest.mark.parametrize(
    ("entry", "address", "port"),
    [
        ("127.0.0.1:8765", "127.0.0.1", 8766),
        ("127.0.0.1", "127.0.0.2", 80),
        ("[::1]:8765", "::1", 80),
        ("10.0.0.0/8:80", "10.1.2.3", 443),
        ("127.0.0.0/8", "::1", 80),
    ],
)
def test_an_entry_allows_nothing_else(entry: str, address: str, port: int) -> None:
    assert refuses(Policy([entry]), address, port=port)


def test_a_name_allows_wherever_it_leads() -> None:
    policy = Policy(["Intranet.example:8080"])
    assert not refuses(policy, "10.0.0.1", host="intranet.example", port=8080)
    assert refuses(policy, "10.0.0.1", host="intranet.example", port=80)
    assert refuses(policy, "10.0.0.1", host="other.example", port=8080)


@pytest.mark.parametrize(
    "entry",
    ["", "nonsense!", "300.1.2.3", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:x", "[::1", "[::1]x", "1.2.3", "a b"],
)
def test_an_entry_that_is_no_address_names_itself_and_the_remedy(entry: str) -> None:
    with pytest.raises(SettingsError, match="USVEN_ALLOW_ADDRESSES") as caught:
        Policy([entry])
    assert repr(entry) in str(caught.value)


def test_of_several_addresses_the_allowed_ones_remain() -> None:
    assert NOBODY.admit("feeds.test", 80, ["10.0.0.1", "8.8.8.8"]) == ("8.8.8.8",)


def test_a_refusal_says_how_to_allow_it() -> None:
    with pytest.raises(Failure, match=r"name 10\.0\.0\.1:8080 in USVEN_ALLOW_ADDRESSES"):
        NOBODY.admit("feeds.test", 8080, ["10.0.0.1"])


@given(st.text(max_size=40))
def test_no_entry_raises_anything_but_a_settings_error(entry: str) -> None:
    with suppress(SettingsError):
        addresses.exemption(entry)
