"""The operator's side, against a real Prefect server: flow runs, deployments, schedules, and `usven up`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows import service
from tests.bench.backfill import labelled
from tests.publisher import Publisher, rss
from warehouse import catalogue, database, lock, migrate
from warehouse.catalogue import Catalogue
from warehouse.errors import WarehouseBusy
from warehouse.settings import Settings
from warehouse.store import Store

PATIENCE_SECONDS = 240.0


class Up:
    """`usven up` in a process of its own, and questions to its server."""

    def __init__(self, folder: Path, publisher: Publisher) -> None:
        self.settings = Settings(data=folder)
        self.port = service.free_port()
        self.publisher = publisher
        self.environment = {
            name: v for name, v in os.environ.items() if not name.startswith(("USVEN_", "PREFECT_"))
        } | {
            "USVEN_ALLOW_ADDRESSES": "127.0.0.1",
            "USVEN_HOST_DELAY_SECONDS": "0",
            "USVEN_DATA": str(folder),
            "HOME": str(folder.parent / "home"),
        }
        self.process = self.usven("up", "--port", str(self.port))

    def usven(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "flows.cli", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ask(self, path: str, question: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{path}",
            data=json.dumps(question or {}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)

    def runs(self, **filters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("flow_runs/filter", filters)
        return found

    def until(self, is_so: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            try:
                if found := is_so():
                    return found
            except OSError:
                pass
            time.sleep(0.5)
        raise AssertionError(f"{what}: not within {PATIENCE_SECONDS} seconds")


def have_one_feed(folder: Path, url: str) -> None:
    """A warehouse whose catalogue has every bundled feed switched off and one of the test's own."""
    path = Settings(data=folder).warehouse_path
    migrate.ensure(path)
    with database.writing(path) as connection:
        store = Store(connection)
        store.apply_catalogue(catalogue.bundled(), origin="catalogue")
        for feed in store.feeds():
            store.switch_feed(feed.feed_id, is_enabled=False, reason="no publisher is asked by a test")
        store.apply_catalogue(Catalogue((catalogue.feed_for(url, origin="test"),), ()), origin="catalogue")


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with Publisher().running() as publisher:
        publisher.documents["a.xml"] = rss([("call", "Trump and Maduro speak by phone"), ("rain", "Rain in Lisbon")])
        publisher.documents["b.xml"] = rss([("strike", "US strikes boat off Venezuela"), ("sun", "Sun in Lisbon")])
        folder = tmp_path_factory.mktemp("up")
        have_one_feed(folder, publisher.url("a.xml"))
        described = yaml.safe_load((service.PROJECT / "prefect.yaml").read_text(encoding="utf-8"))
        running = Up(folder, publisher)
        try:
            running.until(
                lambda: len(running.ask("deployments/filter")) == len(described["deployments"]), "deployments"
            )
            yield running
        finally:
            if running.process.poll() is None:
                os.killpg(running.process.pid, signal.SIGKILL)


def finished(up: Up) -> list[dict[str, Any]]:
    return [run for run in up.runs() if run["state_type"] in ("COMPLETED", "FAILED") and run["deployment_id"]]


def test_the_first_run_starts_at_once_and_says_in_words_what_it_brought(up: Up) -> None:
    run = up.until(lambda: finished(up), "the first run")[0]
    assert run["name"].endswith(" · 1 feed, 2 new, 1 relevant")
    assert run["state"]["message"].startswith("1 feed due: 1 with a new document")
    assert run["work_pool_name"] == service.POOL


def test_all_deployments_but_that_of_the_hand_have_runs_scheduled(up: Up) -> None:
    def scheduled() -> bool:
        return len({run["deployment_id"] for run in up.runs() if run["state_type"] == "SCHEDULED"}) == 4

    assert up.until(scheduled, "scheduled runs of all deployments")


def test_the_report_is_written_hourly_and_the_brief_with_it_once_a_day(up: Up) -> None:
    (report,) = (found for found in up.ask("deployments/filter") if found["name"] == "report")
    schedules = {found["schedule"]["cron"]: found["parameters"] for found in report["schedules"]}
    assert schedules == {"5 * * * *": {}, "0 11 * * *": {"brief": True}}


def test_deployments_are_described_tagged_and_never_run_twice_at_once(up: Up) -> None:
    for deployment in up.ask("deployments/filter"):
        assert deployment["description"]
        assert "usven" in deployment["tags"]
        assert deployment["global_concurrency_limit"]["limit"] == 1
        # What the operator is to be told waits for its turn; nothing of it is left out.
        strategy = "ENQUEUE" if deployment["name"] == "notify" else "CANCEL_NEW"
        assert deployment["concurrency_options"]["collision_strategy"] == strategy


def test_parameters_are_a_form_with_a_word_on_each_field(up: Up) -> None:
    for deployment in up.ask("deployments/filter"):
        for name, field in deployment["parameter_openapi_schema"]["properties"].items():
            assert field["description"], (deployment["name"], name)


def test_automations_are_registered_once_and_left_alone_however_often_they_are_applied(up: Up) -> None:
    def names() -> list[str]:
        return sorted(automation["name"] for automation in up.ask("automations/filter"))

    described = yaml.safe_load((service.PROJECT / "automations.yaml").read_text(encoding="utf-8"))
    expected = sorted(automation["name"] for automation in described["automations"])
    up.until(lambda: names() == expected, "automations")
    before = up.ask("automations/filter")
    again = up.usven("automations", "apply")
    assert again.communicate(timeout=120)[0].splitlines() == [a["name"] for a in described["automations"]]
    assert up.ask("automations/filter") == before


def test_a_scheduled_run_waits_for_a_pass_that_goes_on_and_one_by_hand_does_not(up: Up, tmp_path: Path) -> None:
    (fulltext,) = (found["id"] for found in up.ask("deployments/filter") if found["name"] == "fulltext")
    (tmp_path / "none.txt").write_text("", encoding="utf-8")

    def state() -> str:
        return str(up.runs(flow_runs={"id": {"any_": [made["id"]]}})[0]["state_name"])

    with lock.exclusive(up.settings.data / "usven.lock", "a test", patience_seconds=PATIENCE_SECONDS):
        wanted = {"name": "patient", "idempotency_key": "patient"}
        made = up.until(lambda: up.ask(f"deployments/{fulltext}/create_flow_run", wanted), "a flow run")
        up.until(lambda: state() == "Running", "the scheduled run")
        by_hand = up.usven("run", "--feeds", str(tmp_path / "none.txt"))
        said = by_hand.communicate(timeout=120)[1]
        assert (by_hand.returncode, "a test" in said) == (WarehouseBusy.exit_status, True)
        assert up.until(state, "its state") == "Running"
    assert up.until(lambda: state() != "Running" and state(), "its end") == "Completed"


def test_a_failed_run_is_told_to_the_operator(up: Up) -> None:
    up.until(lambda: len(up.ask("automations/filter")) == 7, "automations")
    ((monitor, flow),) = [(d["id"], d["flow_id"]) for d in up.ask("deployments/filter") if d["name"] == "monitor"]
    run = {"flow_id": flow, "deployment_id": monitor, "tags": ["watched"], "name": "drowned"}
    failed = {"type": "FAILED", "name": "Failed", "message": "The cellar is under water"}
    made = up.ask("flow_runs/", run | {"state": {"type": "RUNNING"}})
    up.ask(f"flow_runs/{made['id']}/set_state", {"state": failed, "force": True})

    def told() -> list[dict[str, Any]]:
        return [run for run in up.runs() if run["name"] == "monitor Failed: drowned" and run["state_name"] == "Unsent"]

    (run,) = up.until(told, "the operator's message")
    assert "The cellar is under water" in run["state"]["message"]


def test_a_run_by_hand_is_a_flow_run_of_that_server_with_artifacts(up: Up, tmp_path: Path) -> None:
    up.until(lambda: finished(up), "the first run")
    (tmp_path / "feeds.txt").write_text(up.publisher.url("b.xml"))
    out, err = up.usven("run", "--feeds", str(tmp_path / "feeds.txt"), "--all", "--json").communicate(timeout=120)
    found = json.loads(out)
    assert (found["entries"]["new"], found["relevant_new"]) == (2, 1), err
    (run,) = [run for run in up.runs() if "1 feed, 2 new" in run["name"] and not run["deployment_id"]]
    artifacts = {
        artifact["key"]: artifact
        for artifact in up.ask("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
    }
    assert "US strikes boat off Venezuela" in artifacts["new-relevant-stories"]["data"]
    assert artifacts["monitor-summary"]["type"] == "markdown"
    tasks = {task["name"] for task in up.ask("task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})}
    assert {"fetch 1 feed", "parse documents", "dedupe 2 entries", "publish a copy for readers"} <= tasks


def test_the_scorecard_is_a_form_with_the_folder_of_labelled_data_and_leaves_its_page(up: Up, tmp_path: Path) -> None:
    item = {"id": "a", "title": "US lifts sanctions on Venezuela", "lang": "en", "level": 2, "topics": ["sanctions"]}
    (tmp_path / "labelled").mkdir()
    (tmp_path / "labelled" / "own.jsonl").write_text(json.dumps(item | {"events": [], "stratum": "both"}))
    deployment = up.ask("deployments/filter", {"deployments": {"name": {"any_": ["scorecard"]}}})[0]
    up.ask(f"deployments/{deployment['id']}/create_flow_run", {"parameters": {"labelled": [str(tmp_path)]}})
    (page,) = up.until(lambda: up.ask("artifacts/filter", {"artifacts": {"key": {"any_": ["scorecard"]}}}), "the page")
    assert "## Relevance" in page["data"]


def test_a_cluster_labels_an_import_as_the_machine_itself_does(up: Up, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="needs prefect-dask, of the extra `backfill`")
    sides = ("US lifts sanctions on Venezuela", "Rain in Lisbon", "Maduro y Trump hablan por teléfono")
    items = [{"title": f"{sides[n % 3]}, {n}", "url": f"https://press.example/{n}"} for n in range(1_200)]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    found = {}
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        for name, options in {"cluster": ["--cluster", cluster.scheduler_address], "machine": []}.items():
            asked = ["import", str(tmp_path / "items.jsonl"), "--json", "--data", str(tmp_path / name), *options]
            up.environment["PREFECT_API_URL"] = f"http://127.0.0.1:{up.port}/api"
            out, err = up.usven(*asked).communicate(timeout=240)
            assert json.loads(out)["entries"]["new"] == 1_200, err
            found[name] = labelled(tmp_path / name)
    assert found["cluster"] == found["machine"]
    (run,) = [run for run in up.runs() if run["name"].startswith("backfill ")]
    tasks = up.ask("task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})
    assert len([task for task in tasks if task["name"].startswith("portion")]) >= 3


@pytest.mark.parametrize(
    ("file", "cluster", "said"),
    [
        ("missing.jsonl", "127.0.0.1:1", "missing.jsonl cannot be read"),
        ("one.jsonl", "nowhere", "cluster does not answer"),
        ("one.jsonl", "127.0.0.1:1", "does not answer: Timed out trying to connect to tcp://127.0.0.1:1 after 5 s"),
    ],
)
def test_what_keeps_a_cluster_from_importing_is_told_in_a_line(
    up: Up, tmp_path: Path, file: str, cluster: str, said: str
) -> None:
    pytest.importorskip("distributed", reason="needs prefect-dask, of the extra `backfill`")
    (tmp_path / "one.jsonl").write_text(
        '{"title": "US lifts sanctions on Venezuela", "url": "https://press.example/1"}'
    )
    up.environment["PREFECT_API_URL"] = f"http://127.0.0.1:{up.port}/api"
    asked = up.usven("import", str(tmp_path / file), "--cluster", cluster, "--data", str(tmp_path / "new"))
    _, err = asked.communicate(timeout=120)
    assert asked.returncode == 2
    assert said in err.splitlines()[-1]
    assert "Traceback" not in err


def test_starting_twice_says_so(up: Up) -> None:
    second = up.usven("up", "--port", str(service.free_port()))
    _, err = second.communicate(timeout=60)
    assert second.returncode == 4
    assert "in use by usven up" in err


def test_a_host_that_others_reach_demands_a_login(up: Up, tmp_path: Path) -> None:
    open_to_all = up.usven("up", "--host", "0.0.0.0", "--port", str(service.free_port()), "--data", str(tmp_path))
    _, err = open_to_all.communicate(timeout=60)
    assert open_to_all.returncode == 2
    assert "PREFECT_SERVER_API_AUTH_STRING" in err


def test_being_asked_to_stop_ends_every_process(up: Up) -> None:
    up.process.send_signal(signal.SIGINT)
    _, err = up.process.communicate(timeout=60)
    assert up.process.returncode == 130
    assert "Traceback" not in err
    assert service.find_server(up.settings, {}) is None
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in listing.splitlines() if f"--port {up.port}" in line]
    home = Path(up.environment["HOME"])
    assert not home.exists() or not list(home.iterdir()), "nothing is left outside the data folder"


def test_every_deployment_names_a_flow_by_its_module() -> None:
    described = yaml.safe_load((service.PROJECT / "prefect.yaml").read_text(encoding="utf-8"))
    for deployment in described["deployments"]:
        module, _, name = deployment["entrypoint"].rpartition(".")
        assert (service.PROJECT / (module.replace(".", "/") + ".py")).is_file()
        assert name == deployment["name"]
        assert deployment["work_pool"]["name"] == service.POOL
