"""What stands in deploy/ is what its tools take: Compose's own schema, Kubernetes' own schemas, Prefect's deployments.

The tools are not in the lock file, for Kubernetes' schemas are a hundred megabytes: `make tools` fetches them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "build" / "tools"
DEPLOY = ROOT / "deploy"
COMPOSED = (DEPLOY / "compose.yaml", DEPLOY / "machines" / "compose.yaml")
KUBERNETES = DEPLOY / "machines" / "kubernetes.yaml"


def run(tool: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A tool of `make tools`, with what it says."""
    if not (TOOLS / tool).is_dir():
        pytest.skip(f"needs {tool}: `make tools` fetches it")
    return subprocess.run(
        [sys.executable, "-m", tool, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(TOOLS)},
        capture_output=True,
        text=True,
    )


def kinds() -> dict[str, Any]:
    """The parts of the Kubernetes base, by kind and name."""
    return {f"{part['kind']} {part['metadata']['name']}": part for part in yaml.safe_load_all(KUBERNETES.read_text())}


def containers() -> dict[str, dict[str, Any]]:
    """The only container of each part that runs something."""
    return {
        name: part["spec"]["template"]["spec"]["containers"][0]
        for name, part in kinds().items()
        if part["kind"] in {"Deployment", "Job"}
    }


@pytest.mark.parametrize("file", COMPOSED, ids=lambda file: str(file.relative_to(DEPLOY)))
def test_compose_takes_the_file(file: Path) -> None:
    done = run("check_jsonschema", "--builtin-schema", "vendor.compose-spec", file)
    assert done.returncode == 0, done.stdout


def test_a_compose_file_with_a_slip_is_not_taken(tmp_path: Path) -> None:
    slip = tmp_path / "compose.yaml"
    slip.write_text(COMPOSED[1].read_text().replace("healthcheck:", "healthcheque:"))
    assert run("check_jsonschema", "--builtin-schema", "vendor.compose-spec", slip).returncode == 1


def test_kubernetes_takes_every_part() -> None:
    done = run("kubernetes_validate", "--strict", KUBERNETES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count(" passed for resource ") == len(kinds())


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


def test_what_the_files_start_is_in_the_project() -> None:
    for file in (DEPLOY / "machines" / "prefect.yaml", ROOT / "prefect.yaml"):
        for deployment in yaml.safe_load(file.read_text())["deployments"]:
            module, _, flow = deployment["entrypoint"].rpartition(".")
            assert f"def {flow}(" in (ROOT / f"{module.replace('.', '/')}.py").read_text()
