"""Veleros that someone else installed, with the real CLI against the real API server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.functional.api import Object
from tests.functional.model import Model

SERVER = "velero/velero:v1.18.3"
PLUGIN = "velero/velero-plugin-for-aws:v1.14.3"
SHOP: Object = {"metadata": {"name": "shop", "labels": {"app": "shop"}}, "data": {"order": "17"}}


def velero(model: Model, *words: str) -> str:
    """Run the velero CLI as an administrator of the namespace; returns what it prints."""
    argv = [str(model.cluster.tools.velero), *words, f"--namespace={model.namespace}"]
    done = subprocess.run(
        argv, env=model.cluster.path_env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def store_config(model: Model) -> str:
    """What the object store's location is configured with, as a flag's value."""
    address = model.cluster.store.endpoint
    return f"region=us-east-1,s3ForcePathStyle=true,s3Url={address}"


def install(model: Model, folder: Path, *more: str) -> None:
    """`velero install`, and its server at work."""
    apply(model, folder, *more)
    available(model)


def apply(model: Model, folder: Path, *more: str) -> None:
    """`velero install` as Velero's own documentation has it."""
    store, secret = model.cluster.store, folder / "credentials"
    secret.write_text(
        f"[default]\naws_access_key_id={store.access_key}\n"
        f"aws_secret_access_key={store.secret_key}\n"
    )
    velero(
        model,
        "install",
        "--provider=aws",
        f"--image={SERVER}",
        f"--plugins={PLUGIN}",
        f"--bucket={model.bucket}",
        "--prefix=team/a",
        f"--secret-file={secret}",
        f"--backup-location-config={store_config(model)}",
        "--snapshot-location-config=region=us-east-1",
        *more,
    )


def server(model: Model, name: str) -> Object:
    """The server's Deployment as `velero install` has it, but under a name and without pods."""
    bare = ("--no-default-backup-location", "--no-secret", "--use-volume-snapshots=false")
    printed = velero(model, "install", "--dry-run", "--output=json", *bare)
    (found,) = (obj for obj in json.loads(printed)["items"] if obj["kind"] == "Deployment")
    found["metadata"] = {"name": name, "labels": found["metadata"]["labels"]}
    found["spec"]["replicas"] = 0
    return found


def former_charm(model: Model) -> None:
    """What canonical/velero-operator's charm of 2025 runs and creates, in its order.

    Stand-in: the same CLI commands and objects, read from its `src/velero/core.py`; the charm
    itself does not run here.
    """
    store = model.cluster.store
    bare = ("--no-default-backup-location", "--no-secret", "--use-volume-snapshots=false")
    velero(model, "install", f"--image={SERVER}", *bare, "--use-node-agent=true")
    labels = {"component": "velero"}
    port = {"name": "metrics", "port": 8085, "targetPort": 8085, "protocol": "TCP"}
    service = {"metadata": {"name": "velero-metrics", "labels": labels}}
    spec = {"selector": {"deploy": "velero"}, "ports": [port]}
    model.api.create("Service", service | {"spec": spec})
    keys = (
        f"[default]\naws_access_key_id={store.access_key}\n"
        f"aws_secret_access_key={store.secret_key}\n"
    )
    secret = {"metadata": {"name": "cloud-credentials", "labels": labels}}
    model.api.create("Secret", secret | {"stringData": {"creds": keys}})
    velero(model, "plugin", "add", PLUGIN, "--confirm")
    velero(
        model,
        "backup-location",
        "create",
        "default",
        "--provider=aws",
        f"--bucket={model.bucket}",
        f"--config={store_config(model)}",
        "--credential=cloud-credentials=creds",
        "--default",
        "--labels=component=velero",
    )
    velero(
        model,
        "snapshot-location",
        "create",
        "default",
        "--provider=aws",
        "--config=region=us-east-1",
        "--credential=cloud-credentials=creds",
        "--labels=component=velero",
    )
    available(model)


def available(model: Model) -> None:
    """Wait until the server has found its location good."""
    model.api.until(lambda: model.location_phase() == "Available")


def back_up(model: Model, name: str = "old") -> None:
    """A backup, by the Velero that is there, of a ConfigMap that is then lost."""
    model.api.create("ConfigMap", SHOP)
    what = ("--include-resources=configmaps", "--selector=app=shop")
    velero(
        model, "backup", "create", name, f"--include-namespaces={model.namespace}", *what, "--wait"
    )
    assert model.api.get("Backup", name)["status"]["phase"] == "Completed"
    model.api.delete("ConfigMap", "shop")


def restored(model: Model, name: str = "old") -> Object:
    """Restore that backup with the charm's action; returns the ConfigMap."""
    result = model.juju.run("restore", backup=name)
    assert not result.failed, (result.message, result.log)
    return model.api.get("ConfigMap", "shop")
