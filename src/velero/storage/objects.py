"""The storage location, its Secret and the location of snapshots, as objects. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Final

from velero import total
from velero.desired import LOCATION_NAME, Desired, Storage
from velero.installation import versions
from velero.installation.custody import labelled
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object

SECRET_PREFIX: Final = "velero-storage-"  # noqa: S105 - a name
NUMBERED: Final = re.compile(rf"{SECRET_PREFIX}[1-9][0-9]{{0,5}}")
"""The names that we give; a longer number, with our label on it, would leave no next one."""
CREDENTIAL_KEY: Final = "cloud"
CA_KEY: Final = "ca-bundle"
WITH_SNAPSHOTS: Final = "velero-operator/with-snapshots"
"""Annotation of a storage location: a snapshot location of ours may be beside it. It saves the
question where there is none, which is the usual case."""


def storage_secret(desired: Desired, storage: Storage, name: str) -> Object:
    """The Secret of one storage location: the plugin's credential file and the CA chain."""
    data = {CREDENTIAL_KEY: storage.credential}
    if storage.ca_chain:
        data[CA_KEY] = storage.ca_chain
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
    return _secret(desired, name, encoded)


def marked(desired: Desired, secret: Object) -> Object:
    """A storage Secret that is there, with the labels of today and what it holds."""
    data = total.pairs(secret, "data")
    ours = {key: data[key] for key in (CREDENTIAL_KEY, CA_KEY) if key in data}
    # No other type could be written over it
    return _secret(desired, k8s.name_of(secret), ours) | {"type": total.text(secret, "type")}


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


def _secret(desired: Desired, name: str, data: Mapping[str, str]) -> Object:
    secret: Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": desired.namespace, "labels": {}},
        "type": "Opaque",
        "data": dict(data),
    }
    return labelled(secret, desired)
