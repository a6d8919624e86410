"""usven beside its peers, in one table: `python -m tests.bench.polls --feeds 1000 --reps 3`.

Contestants take turns within each repetition, so that a busy machine hinders all alike; the table has medians, and
ratios with what is aimed at. Peers that are not installed are named and left out: newsboat comes from the system's
packages, reader by uv from PyPI. `--farm` takes another farm with the same paths instead of the bundled one;
`--lengths` polls, too, a farm whose feeds are twice as long and have the same news.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from tests.bench.contestants import CONTESTANTS

PORT = 8767
_SCRIPT = Path(__file__).with_name("contestants.py")
_OF_POLLS = "cold_s cold_cpu_s again_s again_cpu_s again_304 tick_s tick_cpu_s tick_rows"
_COLUMNS = ("entries", *_OF_POLLS.split(), "start_s", "start_cpu_s", "peak_mb")

Figures = dict[str, Any]


@contextmanager
def farm(*, feeds: int, entries: int, hosts: int, port: int) -> Iterator[str]:
    """The address of a bundled farm that answers."""
    options = {"--feeds": feeds, "--entries": entries, "--hosts": hosts, "--port": port}
    arguments = [text for name, value in options.items() for text in (name, str(value))]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.farm", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def run(name: str, address: str, workers: int) -> Figures:
    """The figures of one contestant; `error` says why there are none."""
    urllib.request.urlopen(f"{address}/reset", timeout=60).close()
    done = subprocess.run(
        [*_interpreter(name), name, "--farm", address, "--workers", str(workers), "--tick"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no word"])[-1]}
    figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _interpreter(name: str) -> list[str]:
    uv = which("uv") or which("uv", path=str(Path(sys.executable).parent))
    if name == "reader" and uv:
        # Its feedparser is older than ours, and imports what ours no longer installs.
        with_reader = ("--with", "reader", "--with", "sgmllib3k")
        return [uv, "run", "--quiet", "--no-project", "--python", sys.executable, *with_reader, "python", str(_SCRIPT)]
    return [sys.executable, "-m", "tests.bench.contestants"]


def contest(names: Sequence[str], address: str, *, workers: int, reps: int) -> dict[str, Figures]:
    """Medians of each contestant that could be run."""
    found: dict[str, list[Figures]] = {name: [] for name in names}
    for number in range(reps):
        for name in names:
            figures = run(name, address, workers)
            print(json.dumps({"rep": number, "peer": name} | figures), file=sys.stderr, flush=True)
            if "error" in figures:
                print(f"{name} is left out: {figures['error']}")
                continue
            found[name].append(figures)
    return {name: _medians(of) for name, of in found.items() if of}


def _medians(of: Sequence[Figures]) -> Figures:
    return {column: statistics.median(figures[column] for figures in of) for column in _COLUMNS}


def table(found: dict[str, Figures]) -> Iterator[str]:
    """The medians as Markdown."""
    yield f"| peer | {' | '.join(_COLUMNS)} |"
    yield "|---" * (len(_COLUMNS) + 1) + "|"
    for name, figures in found.items():
        yield f"| {name} | {' | '.join(f'{figures[column]:.4g}' for column in _COLUMNS)} |"


def ratios(found: dict[str, Figures]) -> Iterator[tuple[str, str, float, float]]:
    """What is compared and aimed at, then the ratio by the clock and by processor seconds."""
    own = found["usven"]
    for peer, aim in (("newsboat", "at least 1.5"), ("reader", "at least 3")):
        if peer in found:
            share = own["entries"] / found[peer]["entries"]
            yield f"cold, entries a second to {peer}'s", aim, *_faster(found[peer], own, "cold", share)
    if "httpx" in found:
        yield "nothing new, time to httpx alone", "at most 1.5", *_faster(own, found["httpx"], "again", 1.0)
    others = [name for name in found if name in ("newsboat", "reader")]
    if others:
        fastest = min(others, key=lambda name: float(found[name]["tick_s"]))
        yield f"a few new items, time to {fastest}'s", "below 1", *_faster(own, found[fastest], "tick", 1.0)


def _faster(one: Figures, other: Figures, what: str, factor: float) -> tuple[float, float]:
    by_clock, by_cpu = (factor * one[f"{what}_{unit}"] / other[f"{what}_{unit}"] for unit in ("s", "cpu_s"))
    return by_clock, by_cpu


def lengths(given: argparse.Namespace) -> float:
    """Processor seconds of a poll with the same news in feeds twice as long, by those in feeds as they are."""
    spent: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(given.reps):
        for factor, of in spent.items():
            about = {"feeds": given.feeds, "entries": factor * given.entries, "hosts": given.hosts}
            with farm(**about, port=PORT + factor) as address:
                figures = run("usven", address, given.workers)
            of.append(figures["tick_cpu_s"] + figures["start_cpu_s"])
    return statistics.median(spent[2]) / statistics.median(spent[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--farm", help="address of a farm that runs already")
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=30, help="items in a feed")
    parser.add_argument("--hosts", type=int, default=250, help="addresses of loopback; 1 where there is no other")
    parser.add_argument("--workers", type=int, default=32, help="requests under way at once")
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--only", default=",".join(CONTESTANTS), help="contestants, by commas")
    parser.add_argument("--lengths", action="store_true", help="feeds twice as long, too")
    given = parser.parse_args()
    names = given.only.split(",")
    if given.farm:
        found = contest(names, given.farm, workers=given.workers, reps=given.reps)
    else:
        with farm(feeds=given.feeds, entries=given.entries, hosts=given.hosts, port=PORT) as address:
            found = contest(names, address, workers=given.workers, reps=given.reps)
    print(*table(found), "", "| compared | aim | by the clock | by processor |", "|---|---|---|---|", sep="\n")
    for what, aim, by_clock, by_cpu in ratios(found) if "usven" in found else ():
        print(f"| {what} | {aim} | {by_clock:.2f} | {by_cpu:.2f} |")
    if given.lengths:
        print(f"| a few new items, feeds twice as long | at most 1.15 | | {lengths(given):.2f} |")


if __name__ == "__main__":
    main()
