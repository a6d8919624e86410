"""Which addresses may be connected to: the public internet, and what the operator names beyond it.

The check is made on resolved addresses, and connections go to the very address that was checked: neither a
spelling (decimal, octal, mapped) nor a name that changes its mind between check and connect gets around it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from tasks.fetching.failures import Failure
from warehouse.errors import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA IPv4 and IPv6 Special-Purpose Address Registries, and the metadata services of cloud providers.
_GUARDED_V4 = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("169.254.169.254/32", "a cloud's metadata service"),
        ("100.100.100.200/32", "a cloud's metadata service"),
        ("168.63.129.16/32", "a cloud's metadata service"),
        ("192.0.0.192/32", "a cloud's metadata service"),
        ("0.0.0.0/8", "this host itself"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a provider's customers"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "reserved for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "reserved for benchmarks"),
        ("198.51.100.0/24", "reserved for documentation"),
        ("203.0.113.0/24", "reserved for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_GUARDED_V6 = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("fd00:ec2::254/128", "a cloud's metadata service"),
        ("fd20:ce::254/128", "a cloud's metadata service"),
        ("::/128", "this host itself"),
        ("::1/128", "loopback"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        ("2001::/32", "a Teredo tunnel"),
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "reserved for documentation"),
        ("2002::/16", "a 6to4 tunnel"),
        ("3fff::/20", "reserved for documentation"),
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_NAME = re.compile(r"(?!.*\.\d+$)(?=.*[a-z])[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Exemption:
    """What an operator allows: a network or a host name, on one port or (None) on all."""

    network: Network | None
    name: str | None
    port: int | None

    def covers(self, host: str, address: Address, port: int) -> bool:
        if self.port not in (None, port):
            return False
        return host == self.name if self.network is None else address in self.network


class Policy:
    """The public internet and the exemptions from `USVEN_ALLOW_ADDRESSES`."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Read the operator's entries: `10.1.2.3`, `10.0.0.0/8`, `::1`, either with a port, or a host name.

        Raises:
            SettingsError: an entry is none of these.
        """
        self._exemptions = tuple(exemption(entry) for entry in allowed)

    def admit(self, host: str, port: int, addresses: Sequence[str]) -> tuple[str, ...]:
        """Those of a host's resolved addresses that may be connected to.

        Raises:
            Failure: `address`, when none may.
        """
        judged = [(text, self.objection(host, port, text)) for text in addresses]
        admitted = tuple(text for text, objection in judged if objection is None)
        if not admitted:
            raise Failure("address", _refusal(host, port, *judged[0]))
        return admitted

    def objection(self, host: str, port: int, address: str) -> str | None:
        """Why an address is refused, in a few words; None when it may be connected to."""
        true = embedded(ipaddress.ip_address(address))
        if any(exemption.covers(host, true, port) for exemption in self._exemptions):
            return None
        return guarded(true)


def exemption(entry: str) -> Exemption:
    """One entry of `USVEN_ALLOW_ADDRESSES`.

    Raises:
        SettingsError: it is neither an address, a network nor a host name, or its port is none.
    """
    text, port = _split_port(entry.strip().lower())
    try:
        return Exemption(ipaddress.ip_network(text, strict=False), None, port)
    except ValueError:
        if _NAME.fullmatch(text):
            return Exemption(None, text, port)
    raise SettingsError(
        f"USVEN_ALLOW_ADDRESSES: {entry!r} is not an address. "
        "Write 10.1.2.3, 10.0.0.0/8, 127.0.0.1:8765, [::1]:8765 or a host name."
    )


def embedded(address: Address) -> Address:
    """The IPv4 address that a connection to a mapped, compatible or NAT64 address would reach; else the address."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    wraps = address in _NAT64 or (address in _COMPATIBLE and int(address) > 0xFFFF)
    return IPv4Address(int(address) & 0xFFFFFFFF) if wraps else address


def guarded(address: Address) -> str | None:
    """What a non-public address is, in a few words; None for a public one."""
    if isinstance(address, IPv4Address):
        return next((name for network, name in _GUARDED_V4 if address in network), None)
    name = next((name for network, name in _GUARDED_V6 if address in network), None)
    return name or (None if address in _GLOBAL_V6 else "not a public address")


def _refusal(host: str, port: int, address: str, objection: str | None) -> str:
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    named = host if host == address else f"{host} leads to {address}, which"
    return (
        f"{named} is {objection}, and such addresses are not fetched. "
        f"If you trust it, name {place} in USVEN_ALLOW_ADDRESSES."
    )


def _split_port(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        text, bracket, rest = entry[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            return entry, None
        return text, _port(rest[1:], entry) if rest else None
    if entry.count(":") == 1:
        text, _, port = entry.partition(":")
        return text, _port(port, entry)
    return entry, None


def _port(text: str, entry: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536:
        return int(text[:6])
    raise SettingsError(f"USVEN_ALLOW_ADDRESSES: {entry!r} has no port between 1 and 65535 after its colon.")
