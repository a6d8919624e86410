"""New, seen or revised: what a batch of identified entries adds to what is known of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tasks.dedup import claims
from warehouse.model import Decisions, Identified, KnownEntry, Seen, Wording


def decide(identified: Iterable[Identified], known: Mapping[str, KnownEntry]) -> Decisions:
    """What is new, revised and seen again, whatever the order of the identified.

    Wordings of one entry follow each other in the order they were seen, and each that differs from the one before is
    a revision. Of several seen at the same moment only one counts: the one dated latest, then the one whose hash is
    greatest; else a document that holds an entry twice would revise it twice at every poll. What was seen before the
    entry was last seen is settled: loading a batch again adds nothing.
    """
    by_entry: defaultdict[str, list[Identified]] = defaultdict(list)
    for item in identified:
        by_entry[item.entry_id].append(item)
    new: list[Identified] = []
    revisions: list[Wording] = []
    seen: list[Seen] = []
    for entry_id in sorted(by_entry):
        stored = known.get(entry_id)
        wordings = _one_a_moment(by_entry[entry_id])
        added = _revisions(wordings, stored)
        new += wordings[:1] if stored is None else []
        revisions += added
        seen.append(_seen(entry_id, wordings, added, stored))
    return Decisions(tuple(new), tuple(revisions), tuple(seen))


def _one_a_moment(items: Sequence[Identified]) -> Sequence[Identified]:
    if len(items) == 1:
        return items
    ordered = sorted(items, key=lambda item: claims.order_of_wordings(item.sighting, item.wording_sha256))
    return list({item.sighting.seen_at: item for item in ordered}.values())


def _revisions(wordings: Iterable[Identified], stored: KnownEntry | None) -> list[Wording]:
    newest = stored.wording_sha256 if stored else None
    number = stored.revision_count if stored else 0
    added: list[Wording] = []
    for item in wordings:
        is_settled = stored is not None and item.sighting.seen_at <= stored.last_seen_at
        if not is_settled and item.wording_sha256 != newest:
            newest, number = item.wording_sha256, number + 1
            added.append(Wording(item, number))
    return added


def _seen(entry_id: str, wordings: Sequence[Identified], added: list[Wording], stored: KnownEntry | None) -> Seen:
    times = [item.sighting.seen_at for item in wordings]
    newest = added[-1].identified.wording_sha256 if added else stored.wording_sha256 if stored else ""
    return Seen(
        entry_id=entry_id,
        first_seen_at=times[0],
        last_seen_at=max(times[-1], stored.last_seen_at) if stored else times[-1],
        revision_count=(stored.revision_count if stored else 0) + len(added),
        wording_sha256=newest,
    )
