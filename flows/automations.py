"""Registers the automations of `automations.yaml` at a Prefect server, by name: repeating it changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectNotFound

from warehouse.errors import ServiceError

FILE = Path(__file__).resolve().parents[1] / "automations.yaml"
PREFIX = "usven: "
"""Of the names of ours: one that bears it and is not in the file is removed."""
_MOST = 200


def apply() -> tuple[str, ...]:
    """Create the automations of the file or replace those of the same names, and remove what is ours beyond them.

    Raises:
        ServiceError: a deployment that one of them starts is not registered.
    """
    described = yaml.safe_load(FILE.read_text(encoding="utf-8"))["automations"]
    with get_client(sync_client=True) as client:
        wanted = {one["name"]: _resolved(one, client) for one in described}
        there_are = {old.id: old.name for old in client.read_automations(limit=_MOST) if old.name.startswith(PREFIX)}
        kept: dict[str, UUID] = {name: automation_id for automation_id, name in there_are.items() if name in wanted}
        for automation_id in there_are.keys() - set(kept.values()):
            client.delete_automation(automation_id)
        for name, automation in wanted.items():
            if name in kept:
                client.update_automation(kept[name], automation)
            else:
                client.create_automation(automation)
    return tuple(wanted)


def _resolved(described: dict[str, Any], client: SyncPrefectClient) -> AutomationCore:
    """An automation whose actions name deployments, with the ids that the server gave these."""
    actions = [dict(action) for action in described["actions"]]
    for action in actions:
        if "deployment" in action:
            action["deployment_id"] = _deployment_id(action.pop("deployment"), client)
    return AutomationCore.model_validate(described | {"actions": actions})


def _deployment_id(name: str, client: SyncPrefectClient) -> UUID:
    try:
        return client.read_deployment_by_name(name).id
    except ObjectNotFound as error:
        raise ServiceError(
            f"The deployment {name} is not registered. `usven up` does it, or `prefect deploy --all`."
        ) from error
