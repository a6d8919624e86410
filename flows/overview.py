"""`usven status`: the state of the warehouse and its feeds at a glance."""

from __future__ import annotations

from typing import Any


def show(found: dict[str, Any]) -> None:
    """Print it for a person."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    warehouse, counts, fresh = found["warehouse"], found["counts"], found["freshness"]
    console.print(f"Warehouse  {warehouse['path']}, {warehouse['bytes'] / 1e6:.1f} MB, schema {warehouse['schema']}")
    console.print(f"Readers    {warehouse['readers_open']}")
    articles = f"{counts['articles']} articles ({counts['relevant_articles']} relevant)"
    console.print(f"Holds      {counts['entries']} entries, {articles}, {counts['relevant_stories']} relevant stories")
    console.print("Feeds      " + (", ".join(f"{n} {status}" for status, n in found["feeds"].items()) or "none"))
    answer, news = fresh["last_success_at"] or "never", fresh["last_new_entry_at"] or "never"
    console.print(f"Fresh      last answer {answer}, last news {news}")
    alerts = found["alerts"]
    told = ", ".join(f"{alerts[name]} {name}" for name in ("waiting", "uncertain", "failed") if alerts[name])
    console.print(f"Alerts     {alerts['raised_in_a_day']} raised in the last day{f', {told}' if told else ''}")
    runs = Table("Started", "Flow", "Status", "What it brought", box=None, header_style="bold", pad_edge=False)
    for run in found["runs"]:
        runs.add_row(run["started_at"], run["flow"], run["status"], Text(run["message"]))
    console.print()
    console.print(runs)
    if found["failing"]:
        failing = Table("Feed", "Status", "Failures", "Why", box=None, header_style="bold", pad_edge=False)
        for feed in found["failing"]:
            failing.add_row(feed["feed_id"], feed["status"], str(feed["failures"]), Text(feed["reason"]))
        console.print()
        console.print(failing)
