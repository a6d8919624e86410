"""`usven check`: the laws of the warehouse, each with the rows that break it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from warehouse import database, laws
from warehouse.laws import Finding
from warehouse.settings import Settings


def check(settings: Settings) -> tuple[Finding, ...]:
    """Every law, checked on the published copy.

    Raises:
        WarehouseError: there is none.
    """
    with database.reading(settings.published_path) as connection:
        return laws.check(connection)


def as_json(found: Sequence[Finding]) -> dict[str, Any]:
    """The findings as `--json` prints them."""
    return {
        "holds": all(finding.holds for finding in found),
        "laws": [
            {
                "name": finding.law.name,
                "promise": finding.law.promise,
                "holds": finding.holds,
                "broken_count": finding.broken_count,
                "offenders": [dict(zip(finding.columns, row, strict=True)) for row in finding.offenders],
            }
            for finding in found
        ],
    }


def show(found: Sequence[Finding]) -> None:
    """Print the findings for a person."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for finding in found:
        mark = "[green]holds [/]" if finding.holds else "[red]BROKEN[/]"
        console.print(f"{mark}  {finding.law.promise}" + ("" if finding.holds else f": {finding.broken_count} rows"))
        for row in finding.offenders:
            pairs = zip(finding.columns, row, strict=True)
            console.print(Text("        " + ", ".join(f"{name} {value}" for name, value in pairs)))
    broken = sum(not finding.holds for finding in found)
    console.print(f"{len(found) - broken} of {len(found)} laws hold.")
