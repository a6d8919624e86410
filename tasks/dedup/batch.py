"""The whole step for one batch: sightings in, identities and decisions out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tasks.dedup import decide, identity
from tasks.dedup.claims import Claim
from tasks.dedup.outlets import OutletIndex
from warehouse.model import Decisions, Feed, Identified, KnownEntry, Outlet


@dataclass(frozen=True, slots=True)
class Deduped:
    """Each sighting with its identity, what the batch adds, and the publishers it names."""

    identified: tuple[Identified, ...]
    decisions: Decisions
    publishers: tuple[Outlet, ...]


NOTHING = Deduped((), Decisions((), (), ()), ())
"""Where there is nothing to dedupe."""


def dedupe(
    claims: Sequence[Claim],
    *,
    feeds: Mapping[str, Feed],
    outlets: Iterable[Outlet],
    known: Iterable[KnownEntry],
) -> Deduped:
    """Which entries and articles the claimed sightings are, and which of them are new or in other words.

    `known` are the stored entries that `identity.candidates` asks for, which makes the claims.
    """
    index = OutletIndex(outlets)
    stored = {entry.entry_id: entry for entry in known}
    identified = identity.identify(claims, feeds=feeds, outlets=index, known=stored.values())
    return Deduped(
        identified=identified,
        decisions=decide.decide(identified, stored),
        publishers=identity.publishers(identified, feeds=feeds, outlets=index),
    )
