"""Drills of `usven up` with a real server, worker and publisher: `python -m tests.bench.operating [DRILL…]`.

Kills, overlaps and outages, one after the other; each line says what was done and what was seen. All take half an hour,
most of it waiting for what only time shows (`stuck` 6 minutes, `both` 4 minutes).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from flows import checking, service
from tests.flows.test_prefect import Up, have_one_feed
from tests.publisher import Publisher, rss
from warehouse import database

SLOW_SECONDS = 25.0
LOGIN = "desk:a-long-password-of-the-desk"


class Drill:
    """`usven up` with one feed, which answers slowly when told to."""

    def __init__(self, folder: Path, publisher: Publisher) -> None:
        self.folder, self.publisher = folder, publisher
        began = time.monotonic()
        self.up = Up(folder, publisher)
        self.until(lambda: self.states("COMPLETED"), "the first run")
        self.first_run_seconds = time.monotonic() - began
        found = self.up.ask("deployments/filter", {"deployments": {"name": {"any_": ["monitor"]}}})
        self.deployment_id = found[0]["id"]

    def until(self, is_so: Callable[[], Any], what: str, patience: float = 420.0) -> tuple[Any, float]:
        began = time.monotonic()
        while time.monotonic() - began < patience:
            try:
                if found := is_so():
                    return found, time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.5)
        raise AssertionError(f"{what}: not within {patience} seconds")

    def states(self, *types: str) -> list[dict[str, Any]]:
        return [run for run in self.runs() if run["state_type"] in types]

    def runs(self) -> list[dict[str, Any]]:
        """The runs of monitor that were started, the newest first."""
        return self.up.runs(
            flows={"name": {"any_": ["monitor"]}},
            flow_runs={"state": {"type": {"not_any_": ["SCHEDULED"]}}},
            sort="EXPECTED_START_TIME_DESC",
        )

    def start(self) -> str:
        """A run over all feeds; its id."""
        return self.asked(f"deployments/{self.deployment_id}/create_flow_run", {"parameters": {"everything": True}})

    def asked(self, path: str, given: dict[str, Any]) -> str:
        """The id of what the server makes of it, asked again while it is too busy to answer."""
        made, _ = self.until(lambda: self.up.ask(path, given), path)
        return str(made["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        (found,) = self.up.runs(flow_runs={"id": {"any_": [run_id]}})
        return found

    def history(self, run_id: str) -> list[str]:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.up.port}/api/flow_run_states/?flow_run_id={run_id}"
        ) as reply:
            return [state["name"] for state in sorted(json.load(reply), key=lambda state: state["timestamp"])]

    def begun(self) -> str:
        """A run that is now waiting for its slow feed; its id."""
        asked = len(self.publisher.requests)
        self.publisher.delays["a.xml"] = SLOW_SECONDS
        run_id = self.start()
        self.until(lambda: self.run(run_id)["state_type"] == "RUNNING", "running")
        time.sleep(6.0)
        assert len(self.publisher.requests) == asked
        return run_id

    def laws_hold(self) -> bool:
        settings = self.up.settings
        with database.reading(settings.published_path) as connection:
            count = connection.execute("SELECT count(*) FROM raw.entries").fetchone()
        return all(finding.holds for finding in checking.check(settings)) and count == (2,)


def processes(words: str) -> dict[int, str]:
    listing = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    lines = (line.strip().partition(" ") for line in listing.splitlines() if words in line)
    return {int(pid): arguments for pid, _, arguments in lines if int(pid) != os.getpid()}


def children(pid: int) -> list[int]:
    listing = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listing.splitlines()[1:]]
    own = [child for child, parent in pairs if parent == pid]
    return own + [grandchild for child in own for grandchild in children(child)]


def worker_of(drill: Drill) -> int:
    ours = {drill.up.process.pid, *children(drill.up.process.pid)}
    (pid,) = [pid for pid, arguments in processes("worker start").items() if pid in ours]
    return pid


def first(drill: Drill) -> str:
    run = drill.states("COMPLETED")[-1]
    return f"first run done {drill.first_run_seconds:.0f} s after `usven up`: {run['name']}"


def overlap(drill: Drill) -> str:
    run_id = drill.begun()
    others = [drill.start() for _ in range(3)]
    drill.until(lambda: all(drill.run(other)["state_type"] == "CANCELLED" for other in others), "the others cancelled")
    drill.publisher.delays.clear()
    drill.until(lambda: drill.run(run_id)["state_type"] == "COMPLETED", "the first completed")
    return f"3 runs asked for during a run: all cancelled; {drill.run(others[0])['state']['message']}"


def worker(drill: Drill) -> str:
    """The worker alone is killed."""
    run_id, pid = drill.begun(), worker_of(drill)
    os.kill(pid, signal.SIGKILL)
    _, noticed = drill.until(lambda: "Crashed" in drill.history(run_id), "crashed")
    drill.publisher.delays.clear()
    _, repeated = drill.until(lambda: drill.run(run_id)["state_type"] == "COMPLETED", "repeated")
    assert worker_of(drill) != pid
    assert drill.laws_hold()
    states = " → ".join(drill.history(run_id))
    return f"worker killed: noticed after {noticed:.0f} s, repeated {repeated:.0f} s later, laws hold; {states}"


def both(drill: Drill) -> str:
    """The worker and the run's own process are killed: only the heartbeat tells."""
    run_id, pid = drill.begun(), worker_of(drill)
    doomed = [pid, *children(pid)]
    for one in doomed:
        os.kill(one, signal.SIGKILL)
    _, noticed = drill.until(lambda: "Crashed" in drill.history(run_id), "crashed")
    drill.publisher.delays.clear()
    _, repeated = drill.until(lambda: drill.run(run_id)["state_type"] == "COMPLETED", "repeated")
    assert drill.laws_hold()
    states = " → ".join(drill.history(run_id))
    return f"{len(doomed)} processes killed: noticed after {noticed:.0f} s, repeated {repeated:.0f} s later; {states}"


def stuck(drill: Drill) -> str:
    """A run is left pending, as by a worker that was stopped at the wrong moment."""
    run_id = drill.asked("flow_runs/", {
        "flow_id": drill.run(drill.runs()[0]["id"])["flow_id"], "deployment_id": drill.deployment_id,
        "tags": ["watched"], "state": {"type": "SCHEDULED"}, "parameters": {"everything": True},
    })  # fmt: skip
    drill.up.ask(f"flow_runs/{run_id}/set_state", {"state": {"type": "PENDING"}, "force": True})
    kept_out = drill.start()
    drill.until(lambda: drill.run(kept_out)["state_type"] in ("CANCELLED", "COMPLETED"), "another run")
    _, freed = drill.until(lambda: "Crashed" in drill.history(run_id), "freed")
    after = drill.start()
    drill.until(lambda: drill.run(after)["state_type"] in ("COMPLETED", "CANCELLED"), "a run after it")
    return (
        f"a run left pending: the next one was {drill.run(kept_out)['state_name']}, it was freed after {freed:.0f} s, "
        f"and the one after that {drill.run(after)['state_name']}; {' → '.join(drill.history(run_id))}"
    )


def outage(drill: Drill) -> str:
    """The worker stands still for ten slots of a schedule of five seconds."""
    schedule = {"active": True, "schedule": {"interval": 5}}
    drill.up.ask(f"deployments/{drill.deployment_id}/schedules", [schedule])
    drill.until(lambda: len(drill.up.runs(flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}})) > 12, "slots")
    pid = worker_of(drill)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(50.0)
    missed = len(drill.up.runs(flow_runs={"state": {"name": {"any_": ["Late"]}}}))
    before = {run["id"] for run in drill.runs()}
    drill.publisher.delays["a.xml"] = 8.0
    os.kill(pid, signal.SIGCONT)
    time.sleep(60.0)
    since = [run for run in drill.runs() if run["id"] not in before]
    drill.publisher.delays.clear()
    began = [run for run in since if run["state_type"] in ("RUNNING", "COMPLETED")]
    cancelled = [run for run in since if run["state_type"] == "CANCELLED"]
    spans = sorted((run["start_time"], run["end_time"] or "9") for run in began)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans)), spans
    return (
        f"50 s without a worker at a slot each 5 s: {missed} late; in the minute after, {len(began)} runs began, "
        f"never two at once, and {len(cancelled)} slots were cancelled"
    )


def killed(drill: Drill) -> str:
    """`usven up` itself is killed."""
    pids = children(drill.up.process.pid)
    os.kill(drill.up.process.pid, signal.SIGKILL)
    drill.up.process.communicate()
    _, seconds = drill.until(lambda: not [pid for pid in pids if Path(f"/proc/{pid}").exists()], "all ended")
    restart(drill)
    return f"`usven up` killed: its {len(pids)} processes ended within {seconds:.0f} s, and it starts again"


def interrupt(drill: Drill) -> str:
    """Ctrl-C in the middle of a run."""
    run_id = drill.begun()
    pids = children(drill.up.process.pid)
    began = time.monotonic()
    status, err = end(drill)
    left = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    seconds = time.monotonic() - began
    assert not left, left
    drill.publisher.delays.clear()
    restart(drill)
    name = drill.until(lambda: drill.run(run_id)["state_name"], "its state")[0]
    return (
        f"Ctrl-C in a run: {len(pids)} processes ended in {seconds:.0f} s, status {status}, {err!r}; the run is {name}"
    )


def login(drill: Drill) -> str:
    """A server that is open to others."""
    end(drill)
    environment, port = drill.up.environment, service.free_port()
    words = [sys.executable, "-m", "flows.cli", "up", "--port", str(port), "--host", "0.0.0.0"]
    refused = subprocess.run(words, env=environment, capture_output=True, text=True)
    drill.up.environment = environment | {"PREFECT_SERVER_API_AUTH_STRING": LOGIN}
    drill.up.port = port
    drill.up.process = drill.up.usven("up", "--port", str(port), "--host", "0.0.0.0")
    api_url = f"http://127.0.0.1:{port}/api"
    header = {"Authorization": f"Basic {base64.b64encode(LOGIN.encode()).decode()}"}
    drill.until(lambda: "COMPLETED" in _asked(f"{api_url}/flow_runs/filter", header), "a run")
    anonymous = _asked(f"{api_url}/flow_runs/filter", {})
    stranger = drill.up.usven("run")
    drill.up.environment = environment
    nobody = drill.up.usven("run")
    drill.until(lambda: stranger.poll() is not None and nobody.poll() is not None, "both")
    nobody_err = nobody.communicate()[1].strip().splitlines()[-1]
    end(drill)
    leaks = [
        str(path)
        for path in drill.folder.rglob("*")
        if path.is_file() and LOGIN.split(":")[1].encode() in path.read_bytes()
    ]
    restart(drill)
    return (
        f"without a login: {refused.returncode}, {refused.stderr.strip()[:90]!r}; anonymous: {anonymous}; "
        f"`usven run` with it {stranger.returncode}, without it {nobody.returncode} {nobody_err[:80]!r}; "
        f"files that hold the password: {leaks}"
    )


def end(drill: Drill) -> tuple[int, str]:
    drill.up.process.send_signal(signal.SIGINT)
    _, err = drill.up.process.communicate(timeout=90)
    return drill.up.process.returncode, err.strip().splitlines()[-1]


def restart(drill: Drill) -> None:
    drill.up.process = drill.up.usven("up", "--port", str(drill.up.port))
    drill.until(lambda: _is_alive(drill) and drill.up.ask("deployments/filter"), "up again")
    drill.until(lambda: processes("worker start").keys() & set(children(drill.up.process.pid)), "a worker")
    drill.until(lambda: not drill.states("PENDING", "RUNNING"), "rest")


def _is_alive(drill: Drill) -> bool:
    if drill.up.process.poll() is not None:
        raise AssertionError(f"`usven up` ended: {drill.up.process.communicate()[1]}")
    return True


def _asked(url: str, headers: dict[str, str]) -> str:
    request = urllib.request.Request(url, data=b"{}", headers={"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return str(reply.read().decode())
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code}"


def _since(stamp: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds()


DRILLS = (first, overlap, worker, both, interrupt, killed, outage, login, stuck)


@contextmanager
def running() -> Iterator[Drill]:
    folder = Path(tempfile.mkdtemp(prefix="usven-drill-"))
    with Publisher().running() as publisher:
        publisher.documents["a.xml"] = rss([("call", "Trump and Maduro speak by phone"), ("rain", "Rain in Lisbon")])
        have_one_feed(folder, publisher.url("a.xml"))
        drill = Drill(folder, publisher)
        try:
            yield drill
        finally:
            if drill.up.process.poll() is None:
                end(drill)
            shutil.rmtree(folder, ignore_errors=True)


def main(names: list[str]) -> None:
    with running() as drill:
        for one in DRILLS:
            if not names or one.__name__ in names:
                try:
                    print(f"{one.__name__:<10}{one(drill)}", flush=True)
                except AssertionError as error:
                    print(f"{one.__name__:<10}FAILED: {error}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
