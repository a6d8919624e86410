"""How fast titles are labelled: a million in two processes, as `usven replay` has them labelled, and the start of one.

    python -m tests.bench.tagging [COUNT]

Prints seconds, and a ratio that does not depend on the machine: how many times as long labelling takes as folding a
title and scanning it through the automaton.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from tasks.tagging import labelling, seedbook
from tasks.tagging.folding import fold
from tasks.tagging.labelling import Text
from tasks.tagging.lexicon import Lexicon
from tasks.workers import Workers

PORTION = 5_000
WORKERS = 2
NEWS = "The harbour|The council|The museum|The library|The stadium|The valley", "opens|repairs|sells|counts|praises"
THINGS = "the winter timetable|a row of houses|its oldest tree|two new ferries|the night bus|a choir of children"
SPANISH = "El ayuntamiento|La escuela|El puerto|La feria|Un vecino", "abre|cierra|amplía|celebra|retrasa"
VENEZUELAN = "Venezuela|Caracas|PDVSA|Maracaibo|La oposición venezolana", "anuncia|rechaza|announces|reports|espera"
AFFAIR = "US|Trump|Washington|EE. UU.|Rubio|OFAC", "sanctions|talks with|lifts oil curbs on|accuses|deporta a|warns"


def titles(count: int) -> Iterator[str]:
    """Made-up headlines: one in twenty about the affair, one in ten about Venezuela alone, the rest about neither."""
    chance = random.Random(7)
    for number in range(count):
        thing = chance.choice(THINGS.split("|"))
        match chance.random():
            case share if share < 0.05:
                yield f"{_one(chance, AFFAIR)} {chance.choice(VENEZUELAN[0].split('|'))} over {thing} {number}"
            case share if share < 0.15:
                yield f"{_one(chance, VENEZUELAN)} {thing} {number}"
            case share if share < 0.4:
                yield f"{_one(chance, SPANISH)} {thing} {number}"
            case _:
                yield f"{_one(chance, NEWS)} {thing} after {number} days of debate"


def _one(chance: random.Random, parts: tuple[str, str]) -> str:
    return " ".join(chance.choice(part.split("|")) for part in parts)


def texts(count: int) -> list[Text]:
    at = datetime(2026, 2, 1, tzinfo=UTC)
    return [Text(title, "", "", at, "A Courier", None) for title in titles(count)]


def scan_seconds(count: int) -> float:
    """Seconds to fold and scan titles, and nothing else."""
    lexicon = Lexicon(seedbook.load().terms)
    made = list(titles(count))
    began = time.process_time()
    for title in made:
        lexicon.scan(fold(title))
    return time.process_time() - began


def label_seconds(given: list[Text]) -> tuple[float, int]:
    """Seconds to label texts, and how many are relevant."""
    began = time.perf_counter()
    with Workers(WORKERS) as workers:
        workers.start()
        found = workers.map(labelling.judge, given, portion=PORTION)
        relevant = sum(labels.level > 0 for labels, _ in found)
    return time.perf_counter() - began, relevant


def start_seconds() -> float:
    """Seconds until a fresh process has labelled its first title."""
    code = "from flows import labelling; labelling.label({'title': 'US talks to Venezuela'})"
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"first title of a fresh process: {start_seconds():.2f} s")
    alone = scan_seconds(min(count, 100_000)) / min(count, 100_000)
    given = texts(count)
    seconds, relevant = label_seconds(given)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = used.ru_utime + used.ru_stime
    print(f"{count:,} titles, {relevant:,} relevant, in {WORKERS} processes: {seconds:.1f} s, of which each was busy")
    print(f"{busy / WORKERS:.1f} s: {count * WORKERS / busy:,.0f} a second where nothing else runs")
    print(f"labelling a title takes {busy / count / alone:.1f} times as long as folding and scanning it")
    print(f"largest process: {used.ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
