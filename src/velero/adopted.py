"""The folder in the bucket that an adopted Velero used: remembered, and kept. Pure.

Backups in it are listed and restorable only as long as the location leads there. The memory is an
annotation of the ServiceAccount, which lives as long as the application does: the location itself
goes with its relation, and may come back with it.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from velero import manifests
from velero import resources as k8s
from velero.desired import Desired, Storage
from velero.observed import Observed
from velero.resources import Object


def recalled(desired: Desired, observed: Observed) -> Desired:
    """What is desired, in the folder of the Velero that was adopted.

    A folder that the storage integrator names is the person's wish and wins; so does another
    bucket, of which nothing is remembered.
    """
    account = observed.get(k8s.SERVICE_ACCOUNT, "velero") or {"metadata": {}}
    annotations = account["metadata"].get("annotations", {})
    return with_folder(desired, annotations.get(manifests.ADOPTED, desired.adopted))


def with_folder(desired: Desired, memory: str) -> Desired:
    """As ``recalled``, from what is remembered: ``provider:bucket/folder``, or nothing."""
    storage = desired.storage
    bucket, _, folder = memory.partition("/")
    if storage and not storage.own_prefix and bucket == f"{storage.provider}:{storage.bucket}":
        storage = replace(storage, prefix=folder)
    return replace(desired, storage=storage, adopted=memory)


def memory_of(location: Object) -> str:
    """What to remember of a location."""
    spec = location["spec"]
    store = spec["objectStorage"]
    return f"{_provider(spec)}:{store['bucket']}/{store.get('prefix', '')}"


def difference(location: Object, storage: Storage) -> str:
    """How the store that a location leads to differs from a storage; empty if it does not."""
    spec = location["spec"]
    store = spec["objectStorage"]
    pairs = {
        "provider": (_provider(spec), storage.provider),
        "bucket": (store["bucket"], storage.bucket),
        "address": (_address(spec.get("config", {})), _address(dict(storage.config))),
    }
    if storage.own_prefix:
        pairs["folder"] = (store.get("prefix", "").rstrip("/"), storage.prefix)
    found = (
        f"{what} is {old or 'the default'}, the storage integrator's is {new or 'the default'}"
        for what, (old, new) in pairs.items()
        if old != new
    )
    return "; ".join(found)


def _provider(spec: Object) -> str:
    return spec["provider"].removeprefix("velero.io/")


def _address(config: Object) -> str:
    """What tells two buckets of the same name apart; empty where names are unique."""
    if account := config.get("storageAccount", ""):
        return account
    url = (config.get("s3Url") or config.get("storeEndpoint") or "").rstrip("/").lower()
    host = urlsplit(url).hostname or ""
    return "" if host.endswith(".amazonaws.com") else url
