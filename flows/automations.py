"""Registers the automations of `automations.yaml` at a Prefect server, by name: repeating it changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.exceptions import ObjectNotFound

from warehouse.errors import ServiceError

FILE = Path(__file__).resolve().parents[1] / "automations.yaml"
PREFIX = "usven: "
"""Of the names of ours: one that bears it and is not in the file is removed."""
_MOST = 200


def apply() -> tuple[str, ...]:
    """Create the automations of the file, replace those of the same names that differ, remove what is ours beyond them.

    One that is as it should be is left alone: replaced, it would forget the runs that it watches, and a run that is
    pending meanwhile would never be freed.

    Raises:
        ServiceError: a deployment that one of them starts is not registered.
    """
    described = yaml.safe_load(FILE.read_text(encoding="utf-8"))["automations"]
    with get_client(sync_client=True) as client:
        wanted = {one["name"]: _resolved(one, client) for one in described}
        there_are = [old for old in client.read_automations(limit=_MOST) if old.name.startswith(PREFIX)]
        kept = {old.name: old for old in there_are if old.name in wanted}
        for old in there_are:
            if old.name not in kept or old.id != kept[old.name].id:
                client.delete_automation(old.id)
        for name, automation in wanted.items():
            if name not in kept:
                client.create_automation(automation)
            elif _core(kept[name]) != automation:
                client.update_automation(kept[name].id, automation)
    return tuple(wanted)


def _core(automation: Automation) -> AutomationCore:
    """What was given when an automation was registered, without what the server added."""
    return AutomationCore.model_validate(automation.model_dump(include=set(AutomationCore.model_fields)))


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
