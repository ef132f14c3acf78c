"""From what is desired to the objects that make it so. The only caller of the CLI's dry run."""

from __future__ import annotations

import base64
import re
from typing import Any, Final, cast

from velero import resources as k8s
from velero import versions, workloads
from velero.cli import Cli
from velero.custody import labelled
from velero.desired import LOCATION_NAME, Desired, Storage, valid_label
from velero.observed import REPOSITORY_KEY, REPOSITORY_SECRET
from velero.resources import Object

SECRET_PREFIX: Final = "velero-storage-"  # noqa: S105 - a name
CREDENTIAL_KEY: Final = "cloud"
CA_KEY: Final = "ca-bundle"
WITH_SNAPSHOTS: Final = "velero-operator/with-snapshots"
"""Annotation of a storage location: a snapshot location of ours may be beside it. It saves the
question where there is none, which is the usual case."""
ADOPTED: Final = "velero-operator/adopted"
"""Annotation of the ServiceAccount: the folder of a Velero that was taken over (`adopted.py`)."""
VERSION: Final = "velero-operator/version"
"""Annotation of a definition: the version of the CLI that it came from."""


def install_arguments(desired: Desired) -> list[str]:
    """The dry run that prints CRDs, ServiceAccount, ClusterRoleBinding and Deployment.

    It opens no connection: locations and secrets are ours to build (velero
    pkg/cmd/cli/install/install.go, ``Validate``).
    """
    return [
        "install",
        "--dry-run",
        "--output=json",
        "--no-secret",
        "--no-default-backup-location",
        "--use-volume-snapshots=false",
        f"--namespace={desired.namespace}",
        f"--image={desired.image}",
        *desired.settings.install_flags,
    ]


def install(desired: Desired, cli: Cli, plugins: list[Object]) -> list[Object]:
    """All objects of the installation, CRDs first.

    Args:
        desired: what is wanted.
        cli: renders.
        plugins: the initContainers that bring the plugins.

    Raises:
        CliError: the CLI did not print manifests.
    """
    printed = cli.render(install_arguments(desired)).get("items", [])
    # Juju owns the model's namespace
    items: list[Object] = [_without_null(item) for item in printed if item["kind"] != "Namespace"]
    version = cli.version()
    for item in items:
        if item["kind"] == k8s.CRD.name:
            item["metadata"]["annotations"][VERSION] = version
        elif item["kind"] == k8s.SERVICE_ACCOUNT.name and desired.adopted:
            item["metadata"].setdefault("annotations", {})[ADOPTED] = desired.adopted
        elif item["kind"] in {k8s.DEPLOYMENT.name, k8s.DAEMON_SET.name}:
            workloads.complete(item, desired.settings, plugins)
    items.append(_metrics_service(desired))
    items += [_config_map(desired, name) for name in desired.settings.config_maps]
    # What a pod needs at its start comes before the pod
    items.sort(key=lambda item: item["kind"] in {k8s.DEPLOYMENT.name, k8s.DAEMON_SET.name})
    return [labelled(item, desired) for item in items]


def _config_map(desired: Desired, name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": desired.namespace},
        "data": dict(desired.settings.config_maps[name]),
    }


def plugin_container(storage: Storage) -> Object:
    """The initContainer that brings the provider's plugin.

    Its name is ours: the CLI's has a random end since v1.18.3, which would restart the server
    at every hook (velero pkg/builder/container_builder.go).
    """
    path = storage.plugin_image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return {
        "name": valid_label(f"plugin-{re.sub('[^a-z0-9]+', '-', path.lower()).strip('-')}"),
        "image": storage.plugin_image,
        "imagePullPolicy": "IfNotPresent",
        "volumeMounts": [{"name": "plugins", "mountPath": "/target"}],
    }


def storage_secret(desired: Desired, storage: Storage, name: str) -> Object:
    """The Secret of one storage location: the plugin's credential file and the CA chain."""
    data = {CREDENTIAL_KEY: storage.credential}
    if storage.ca_chain:
        data[CA_KEY] = storage.ca_chain
    secret: Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": desired.namespace, "labels": {}},
        "type": "Opaque",
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()},
    }
    return labelled(secret, desired)


def location(desired: Desired, storage: Storage, secret: str, prefix: str = "") -> Object:
    """The BackupStorageLocation; it names the Secret, so that rotation needs no restart.

    Args:
        desired: what is wanted.
        storage: the object store.
        secret: name of the Secret with its credential.
        prefix: the folder in the bucket, if it is not the storage's own.
    """
    store: Object = {"bucket": storage.bucket, "prefix": prefix or storage.prefix}
    if storage.ca_chain and versions.is_older(desired.image, versions.CA_REFERENCE):
        store["caCert"] = base64.b64encode(storage.ca_chain.encode()).decode()
    elif storage.ca_chain:
        store["caCertRef"] = {"name": secret, "key": CA_KEY}
    spec = {
        "provider": storage.provider,
        "default": True,
        "accessMode": "ReadWrite",
        "credential": {"name": secret, "key": CREDENTIAL_KEY},
        "objectStorage": store,
    }
    if storage.config:
        spec["config"] = dict(storage.config)
    metadata: Object = {"name": LOCATION_NAME, "namespace": desired.namespace, "labels": {}}
    if storage.snapshot_config is not None:
        metadata["annotations"] = {WITH_SNAPSHOTS: "true"}
    obj: Object = {
        "apiVersion": k8s.LOCATION.api_version,
        "kind": k8s.LOCATION.name,
        "metadata": metadata,
        "spec": spec,
    }
    return labelled(obj, desired)


def locations(desired: Desired, secret: str = "") -> list[Object]:
    """The locations that are wanted, with the name of the Secret that holds their credential."""
    storage = desired.storage
    if storage is None:
        return []
    found = [location(desired, storage, secret)]
    if storage.snapshot_config is not None:
        found.append(snapshot_location(desired, storage, secret))
    return found


def snapshot_location(desired: Desired, storage: Storage, secret: str) -> Object:
    """The VolumeSnapshotLocation of the same provider, with the same credential.

    Nothing ever sets its phase (velero pkg/apis/velero/v1/volume_snapshot_location_type.go).
    """
    spec: Object = {
        "provider": storage.provider,
        "credential": {"name": secret, "key": CREDENTIAL_KEY},
    }
    if storage.snapshot_config:
        spec["config"] = dict(storage.snapshot_config)
    obj: Object = {
        "apiVersion": k8s.SNAPSHOT_LOCATION.api_version,
        "kind": k8s.SNAPSHOT_LOCATION.name,
        "metadata": {"name": LOCATION_NAME, "namespace": desired.namespace},
        "spec": spec,
    }
    return labelled(obj, desired)


def repository_secret(desired: Desired, password: str) -> Object:
    """The password of Velero's file-system repositories.

    Without it, Velero makes one itself with a value that everybody knows (velero
    pkg/repository/keys/keys.go). Juju must not delete it: old repositories need it.
    """
    secret: Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": REPOSITORY_SECRET,
            "namespace": desired.namespace,
            "labels": {},
        },
        "type": "Opaque",
        "data": {REPOSITORY_KEY: base64.b64encode(password.encode()).decode()},
    }
    return labelled(secret, desired)


def _metrics_service(desired: Desired) -> Object:
    """Velero's metrics for Prometheus: http://velero-metrics.NAMESPACE.svc:8085/metrics."""
    port = {"name": "metrics", "port": 8085, "protocol": "TCP", "targetPort": "metrics"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "velero-metrics",
            "namespace": desired.namespace,
            "labels": {"component": "velero"},
        },
        "spec": {"type": "ClusterIP", "selector": {"deploy": "velero"}, "ports": [port]},
    }


def _without_null(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Drop what the CLI prints as null: applied, it would be a wish to remove the field."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {k: _without_null(v) for k, v in items if v is not None}
    if isinstance(value, list):
        return [_without_null(v) for v in cast("list[Any]", value)]
    return value
