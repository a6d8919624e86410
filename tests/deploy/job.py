"""The Kubernetes job that Prefect's own worker makes of a base job template with its defaults: JSON on standard output.

A program of its own, for only those who ask it have the worker on their path: `make tools` fetches it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from uuid import uuid4

from prefect.client.schemas.objects import FlowRun
from prefect_kubernetes.worker import KubernetesWorkerJobConfiguration


def main() -> None:
    template = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    unknown = template["job_configuration"].keys() - KubernetesWorkerJobConfiguration.model_fields.keys()
    if unknown:
        raise SystemExit(f"The worker leaves out what it does not know: {', '.join(unknown)}")
    configuration = asyncio.run(KubernetesWorkerJobConfiguration.from_template_and_values(template, {}))
    configuration.prepare_for_flow_run(FlowRun(name="report 2026-01-01 05:05", flow_id=uuid4()))
    print(json.dumps(configuration.job_manifest))


if __name__ == "__main__":
    main()
