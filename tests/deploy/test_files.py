"""What stands in deploy/ is what its tools take: Compose's own schema, Kubernetes' own schemas, Prefect and its worker.

The tools are not in the lock file, for Kubernetes' schemas are a hundred megabytes: `make tools` fetches them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "build" / "tools"
DEPLOY = ROOT / "deploy"
COMPOSED = (DEPLOY / "compose.yaml", DEPLOY / "machines" / "compose.yaml")
KUBERNETES = DEPLOY / "machines" / "kubernetes.yaml"
PODS = DEPLOY / "machines" / "pods.yaml"
DEPLOYMENTS = (ROOT / "prefect.yaml", DEPLOY / "machines" / "prefect.yaml")
WORK_POOL = DEPLOY / "machines" / "work-pool.json"


def run(
    tool: str, *arguments: str | Path, program: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A tool of `make tools`, or a program that uses it, with what it says."""
    if not (TOOLS / tool).is_dir():
        pytest.skip(f"needs {tool}: `make tools` fetches it")
    return subprocess.run(
        [sys.executable, "-m", program or tool, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(TOOLS), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def kinds(file: Path = KUBERNETES) -> dict[str, Any]:
    """The parts of a Kubernetes base, by kind and name."""
    return {f"{part['kind']} {part['metadata']['name']}": part for part in yaml.safe_load_all(file.read_text())}


def pods(file: Path = KUBERNETES) -> dict[str, dict[str, Any]]:
    """The pod of each part that runs something."""
    return {
        name: part["spec"]["template"]["spec"]
        for name, part in kinds(file).items()
        if part["kind"] in {"Deployment", "Job"}
    }


def containers() -> dict[str, dict[str, Any]]:
    """The only container of each part that runs something."""
    return {name: pod["containers"][0] for name, pod in pods().items()}


@pytest.mark.parametrize("file", COMPOSED, ids=lambda file: str(file.relative_to(DEPLOY)))
def test_compose_takes_the_file(file: Path) -> None:
    done = run("check_jsonschema", "--builtin-schema", "vendor.compose-spec", file)
    assert done.returncode == 0, done.stdout


def test_a_compose_file_with_a_slip_is_not_taken(tmp_path: Path) -> None:
    slip = tmp_path / "compose.yaml"
    slip.write_text(COMPOSED[1].read_text().replace("healthcheck:", "healthcheque:"))
    assert run("check_jsonschema", "--builtin-schema", "vendor.compose-spec", slip).returncode == 1


@pytest.mark.parametrize("file", [KUBERNETES, PODS], ids=lambda file: file.name)
def test_kubernetes_takes_every_part(file: Path) -> None:
    done = run("kubernetes_validate", "--strict", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count(" passed for resource ") == len(kinds(file))


def test_a_kubernetes_base_with_a_slip_is_not_taken(tmp_path: Path) -> None:
    slip = tmp_path / "kubernetes.yaml"
    slip.write_text(KUBERNETES.read_text().replace("readinessProbe:", "readynessProbe:"))
    assert run("kubernetes_validate", "--strict", slip).returncode != 0


def test_what_runs_for_long_is_probed_and_bounded_and_secrets_stand_apart() -> None:
    for name, container in containers().items():
        sources = {next(iter(source)) for source in container["envFrom"]}
        assert sources == {"configMapRef", "secretRef"}
        if name.startswith("Deployment"):
            assert "livenessProbe" in container
            assert container["resources"].keys() == {"requests", "limits"}
    secret, plain = kinds()["Secret usven"]["stringData"], kinds()["ConfigMap usven"]["data"]
    assert not any("change-me" in value for value in plain.values())
    assert {"PGPASSWORD", "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"} <= secret.keys()


@pytest.mark.parametrize("file", [KUBERNETES, PODS], ids=lambda file: file.name)
def test_no_pod_has_rights_or_writes_but_to_volumes(file: Path, job: dict[str, Any]) -> None:
    of_a_run = job["spec"]["template"]["spec"]
    for name, pod in pods(file).items():
        assert pod["securityContext"] == of_a_run["securityContext"], name
        # Only who makes pods may ask Kubernetes for anything.
        assert pod.get("automountServiceAccountToken", True) == ("serviceAccountName" in pod) == (file == PODS), name
        for container in pod["containers"]:
            assert container["securityContext"] == of_a_run["containers"][0]["securityContext"], name
            written = {mount["mountPath"] for mount in container["volumeMounts"]}
            assert {"/data", "/tmp"} <= written, name


def test_what_others_are_to_find_lies_where_all_pods_reach_it() -> None:
    plain = kinds()["ConfigMap usven"]["data"]
    composed = yaml.safe_load(COMPOSED[1].read_text())["services"]["worker"]["environment"]
    for name in ("USVEN_LAKE", "USVEN_ARCHIVE", "USVEN_REPORT", "USVEN_BACKUP"):
        assert plain[name] == composed[name]
        assert plain[name].startswith("/shared/")
    # Docker gives a new volume to who owns the folder that it lies over, in the image.
    made = "mkdir /data /shared && chown usven /data /shared"
    assert made in (DEPLOY / "Dockerfile").read_text()


def test_the_worker_that_makes_pods_is_of_the_version_that_usven_runs_on() -> None:
    [container] = pods(PODS)["Deployment pods"]["containers"]
    assert container["image"].partition(":")[2].startswith(f"{version('prefect')}-python")
    assert not any("change-me" in str(variable.get("value")) for variable in container["env"])


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Prefect's worker makes of the work pool's template for a run, its settings being these."""
    home = tmp_path_factory.mktemp("worker")
    worker = {"PREFECT_HOME": str(home), "PREFECT_API_URL": "http://prefect:4200/api"}
    done = run("prefect_kubernetes", WORK_POOL, program="tests.deploy.job", **worker)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def test_prefect_takes_the_template_of_the_work_pool_and_its_defaults() -> None:
    from prefect.server.schemas.actions import WorkPoolCreate
    from prefect.utilities.schema_tools import is_valid_schema, validate

    template = json.loads(WORK_POOL.read_text())
    WorkPoolCreate(name="usven-pods", type="kubernetes", base_job_template=template)
    variables = template["variables"]
    is_valid_schema(variables, preprocess=False)
    defaults = {name: about["default"] for name, about in variables["properties"].items() if "default" in about}
    validate(defaults, variables, raise_on_error=True, preprocess=True, allow_none_with_default=True)


def test_kubernetes_takes_the_job_that_a_run_becomes(job: dict[str, Any], tmp_path: Path) -> None:
    # Prefect's worker demands these two in the pod's description; they belong one higher, and Kubernetes leaves
    # them out, as it makes the name.
    pod = {
        name: of for name, of in job["spec"]["template"]["spec"].items() if name not in ("parallelism", "completions")
    }
    stored = {
        **job,
        "metadata": {**job["metadata"], "name": job["metadata"]["generateName"] + "x"},
        "spec": {**job["spec"], "template": {**job["spec"]["template"], "spec": pod}},
    }
    (tmp_path / "job.json").write_text(json.dumps(stored))
    done = run("kubernetes_validate", "--strict", tmp_path / "job.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed for resource " in done.stdout + done.stderr


def test_a_run_in_a_pod_of_its_own_has_the_settings_and_the_room_of_a_worker(job: dict[str, Any]) -> None:
    (container,) = job["spec"]["template"]["spec"]["containers"]
    worker = containers()["Deployment worker"]
    for part in ("image", "envFrom", "resources"):
        assert container[part] == worker[part], part
    mounted = [(mount["name"], mount["mountPath"]) for mount in container["volumeMounts"]]
    assert {("data", "/data"), ("shared", "/shared")} <= set(mounted)
    volumes = {volume["name"]: volume for volume in job["spec"]["template"]["spec"]["volumes"]}
    described = {
        volume["name"]: volume for volume in kinds()["Deployment worker"]["spec"]["template"]["spec"]["volumes"]
    }
    assert volumes == described
    assert job["metadata"]["namespace"] == kinds()["Deployment worker"]["metadata"]["namespace"]


def test_a_run_in_a_pod_of_its_own_starts_prefect_and_writes_to_volumes_alone(job: dict[str, Any]) -> None:
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    # The image starts `usven`, which the command goes before.
    assert container["command"] + container["args"] == ["env", "prefect", "flow-run", "execute"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert environment["PREFECT_HOME"].startswith("/data/"), "the home of the worker's own"
    assert (job["spec"]["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    assert job["spec"]["ttlSecondsAfterFinished"] > 0


@pytest.mark.parametrize("file", DEPLOYMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_automations_start_and_watch_is_deployed(file: Path) -> None:
    deployments = yaml.safe_load(file.read_text())["deployments"]
    automations = yaml.safe_load((ROOT / "automations.yaml").read_text())["automations"]
    started = {action["deployment"] for one in automations for action in one["actions"] if "deployment" in action}
    names = {f"{one['entrypoint'].rpartition('.')[2]}/{one['name']}" for one in deployments}
    assert started
    assert started <= names
    # A run that is alive must be heard of several times before it is taken for gone, whatever worker has started it.
    [patience] = [
        one["trigger"]["within"] for one in automations if one["trigger"].get("after") == ["prefect.flow-run.heartbeat"]
    ]
    for one in deployments:
        beat = one["work_pool"]["job_variables"]["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]
        assert 3 * int(beat) < patience


def test_what_the_files_start_is_in_the_project() -> None:
    for file in DEPLOYMENTS:
        for deployment in yaml.safe_load(file.read_text())["deployments"]:
            module, _, flow = deployment["entrypoint"].rpartition(".")
            assert f"def {flow}(" in (ROOT / f"{module.replace('.', '/')}.py").read_text()
