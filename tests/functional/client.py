"""Client charms as their databags, and a namespace with something in it to back up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.cluster import integrators
from tests.cluster.application import Integration
from tests.functional.api import Api, Object
from tests.functional.model import Model

BACKUPS = "velero-backups"
TARGETS = "k8s-backup-targets"


def bag(spec: Mapping[str, Any], app: str = "shop", model: str = "m1") -> dict[str, str]:
    """What a client of `velero-backups` writes."""
    who = {"app": app, "relation_name": "backup", "model": model}
    return who | {"spec": json.dumps(spec)}


def relate(
    model: Model, spec: Mapping[str, Any], *, app: str = "shop", of: str = "m1", remote: str = ""
) -> Integration:
    """Integrate a client; `remote` is the application at the other end, if another one."""
    written: dict[str, integrators.Field] = {**bag(spec, app, of)}
    other = integrators.DataBag(written, app=remote or app, endpoint="backup")
    return model.juju.integrate(BACKUPS, other)


def target(spec: Mapping[str, Any], app: str = "shop", model: str = "m1") -> dict[str, Any]:
    """One entry of what a client of `k8s-backup-targets` writes."""
    return {"app": app, "relation_name": "backup", "model": model, "spec": spec}


def relate_targets(model: Model, *targets: Mapping[str, Any]) -> Integration:
    """Integrate an application that names several targets."""
    written: dict[str, integrators.Field] = {"backup_targets": json.dumps(targets)}
    return model.juju.integrate(TARGETS, integrators.DataBag(written, app="integrator"))


def edit(model: Model, which: Integration, spec: Mapping[str, Any]) -> None:
    """Let a client change its mind."""
    model.juju.set_data(which, spec=json.dumps(spec))


def fill(api: Api, namespace: str, objects: int = 3) -> list[Object]:
    """Make a namespace with a few objects in it; returns them."""
    for number in range(objects):
        data = {"number": str(number), "text": "äöü\n" * number}
        labels = {"app": "even" if number % 2 == 0 else "odd"}
        api.create(
            "ConfigMap",
            {"metadata": {"name": f"c{number}", "labels": labels}, "data": data},
            namespace,
        )
    api.create("Secret", {"metadata": {"name": "s"}, "data": {"key": "dmFsdWU="}}, namespace)
    return contents(api, namespace)


def contents(api: Api, namespace: str) -> list[Object]:
    """The objects that `fill` made and a person would miss."""
    kinds = ("ConfigMap", "Secret")
    found: list[Object] = [
        obj | {"kind": kind} for kind in kinds for obj in api.list(kind, namespace)
    ]
    return [obj for obj in found if obj["metadata"]["name"] != "kube-root-ca.crt"]


def by_key(objects: list[Object]) -> dict[tuple[str, str, str], Object]:
    """As `tests.cluster.compare` takes them."""
    return {(o["kind"], o["metadata"]["namespace"], o["metadata"]["name"]): o for o in objects}
