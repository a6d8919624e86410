"""`usven upkeep`: what a warehouse needs once a day, checks, backup, retention and compaction, without Prefect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flows import checking, passes, saving
from flows.passes import PLAIN
from warehouse import backup, compaction, database, retention
from warehouse.archive import Archive
from warehouse.backup import Backup
from warehouse.compaction import Space
from warehouse.laws import Finding
from warehouse.retention import Retained
from warehouse.settings import Settings

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What was done, in the order it was done. `backup` is None where none is wanted."""

    findings: tuple[Finding, ...]
    backup: Backup | None
    pruned_count: int
    retained: Retained
    unfinished_count: int
    space: Space
    archive_days: int

    @property
    def broken(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.holds)


def keep(
    settings: Settings,
    *,
    prefect_flow_run_id: str | None = None,
    patience_seconds: float = 0.0,
    clock: Callable[[], datetime] = passes.utc_now,
    progress: Say = lambda _: None,
) -> Upkeep:
    """Check the laws, back up, drop what the raw archive need not keep, and give back free space.

    A law that is broken stops nothing, for the backup is then needed most; but nothing is dropped from the archive,
    from which the warehouse may have to be rebuilt.

    Raises:
        WarehouseError: the warehouse, the archive or the folder of backups cannot be used; WarehouseBusy, if a pass
            goes on for longer than the patience.
    """
    with passes.running(
        settings, "upkeep", PLAIN, prefect_flow_run_id, clock, patience_seconds=patience_seconds, search_all=True
    ) as (context, begun):
        PLAIN.publish(settings)
        progress("Checking the laws")
        findings = checking.check(settings)
        progress("Backing up")
        made, pruned_count = _back_up(settings, clock())
        progress("Going through the raw archive")
        unfinished_count = context.archive.drop_unfinished()
        is_sound = all(finding.holds for finding in findings)
        before = clock() - timedelta(days=settings.archive_days) if is_sound else None
        most_bytes = (settings.archive_max_bytes or None) if is_sound else None
        with database.writing(settings.warehouse_path) as connection:
            retained = retention.drop_old(connection, context.archive, before=before, most_bytes=most_bytes)
        progress("Measuring the free space")
        space = compaction.compact(settings.warehouse_path)
        done = Upkeep(findings, made, pruned_count, retained, unfinished_count, space, settings.archive_days)
        passes.record(settings, replace(begun, finished_at=clock(), status="completed", message=describe(done)))
        PLAIN.publish(settings)
    return done


def _back_up(settings: Settings, now: datetime) -> tuple[Backup | None, int]:
    """A new backup, then the old ones go: with the raw archive only where backups lie in a folder of their own."""
    if not settings.backups_kept:
        return None, 0
    archive = Archive(settings.archive_url) if settings.backup else None
    made = backup.create(settings.warehouse_path, settings.backup_dir, archive=archive, now=now)
    return made, len(backup.prune(settings.backup_dir, keep=settings.backups_kept))


# --- shown -------------------------------------------------------------------------------------


def describe(done: Upkeep) -> str:
    """What upkeep did, in one sentence."""
    laws = (
        f"broken: {', '.join(finding.law.name for finding in done.broken)}"
        if done.broken
        else f"all {len(done.findings)} laws hold"
    )
    saved = f"backed up to {done.backup.folder}" if done.backup else "no backup"
    return (
        f"{laws}; {saved}; {done.retained.dropped_count} documents dropped from the raw archive, "
        f"{done.retained.kept_count} kept; {_space(done.space)}"
    )


def lines(done: Upkeep) -> Iterator[str]:
    """What upkeep did, for a person."""
    for finding in done.broken:
        yield f"BROKEN  {finding.law.promise}: {finding.broken_count} rows (`usven check` shows them)"
    yield describe(done) + "."


def markdown(done: Upkeep) -> str:
    """The result as the run's page in the Prefect UI shows it: names and figures of our own, no text from feeds."""
    kept = done.retained
    saved = done.backup
    facts = [
        ("Laws", f"{len(done.findings) - len(done.broken)} of {len(done.findings)} hold"),
        ("Backup", f"`{saved.folder}`, {_mb(saved.manifest.bytes)}" if saved else "none is wanted"),
        ("Added to the archive's copy", f"{saved.archived_count} files" if saved else "–"),
        ("Old backups removed", str(done.pruned_count)),
        ("Raw archive", f"{kept.kept_count} documents, {_mb(kept.kept_bytes)}"),
        (
            f"Dropped from it, older than {done.archive_days} days or beyond its bound",
            f"{kept.dropped_count} documents, {_mb(kept.dropped_bytes)}",
        ),
        ("Left half written by crashes", f"{done.unfinished_count} files removed"),
        ("Warehouse", _space(done.space)),
    ]
    sections = ["\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in facts)])]
    laws = [
        f"| {'holds' if f.holds else f'**broken, {f.broken_count} rows**'} | {f.law.promise} |" for f in _sorted(done)
    ]
    return "\n\n".join([*sections, "\n".join(["| | Law |", "| --- | --- |", *laws])]) + "\n"


def as_json(done: Upkeep) -> dict[str, Any]:
    """The result as `--json` prints it."""
    return {
        "laws": {"checked": len(done.findings), "broken": [finding.law.name for finding in done.broken]},
        "backup": saving.as_json(done.backup) if done.backup else None,
        "backups_removed": done.pruned_count,
        "archive": {
            "kept": done.retained.kept_count,
            "kept_bytes": done.retained.kept_bytes,
            "dropped": done.retained.dropped_count,
            "dropped_bytes": done.retained.dropped_bytes,
        },
        "warehouse": {
            "bytes": done.space.bytes,
            "free_share": round(done.space.free_share, 4),
            "bytes_before": done.space.bytes_before,
        },
    }


def _sorted(done: Upkeep) -> list[Finding]:
    return sorted(done.findings, key=lambda finding: finding.holds)


def _space(space: Space) -> str:
    if space.bytes_before is not None:
        return f"copied anew, {_mb(space.bytes_before)} before and {_mb(space.bytes)} now"
    return f"{_mb(space.bytes)}, {space.free_share:.0%} of it free"


def _mb(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
