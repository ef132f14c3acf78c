"""The folder in the bucket that an adopted Velero used: remembered, and kept. Pure.

Backups in it are listed and restorable only as long as the location leads there. The memory is an
annotation of the ServiceAccount, which lives as long as the application does: the location itself
goes with its relation, and may come back with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from velero import total
from velero.desired import Desired, Storage
from velero.errors import InvalidInput
from velero.installation import manifests
from velero.kubernetes import resources as k8s
from velero.kubernetes.difference import owns
from velero.kubernetes.resources import Object
from velero.observed import Observed
from velero.storage.providers import fields
from velero.total import plain

_PROVIDER: Final = re.compile("[a-z][a-z0-9.-]{0,62}")
NOT_OURS: Final = (
    f"The annotation {manifests.ADOPTED} of ServiceAccount velero is not ours, and not followed"
)
_STORE: Final = ("spec", "objectStorage")


def recalled(desired: Desired, observed: Observed) -> Desired:
    """What is desired, in the folder of the Velero that was adopted.

    A folder that the storage integrator names is the person's wish and wins; so does another
    bucket, of which nothing is remembered. A memory that we did not write is none (``planted``):
    the one that it replaced is read off the location, which still leads there.
    """
    account = observed.get(k8s.SERVICE_ACCOUNT, "velero") or {}
    memory = total.annotations(account).get(manifests.ADOPTED, desired.adopted)
    if planted(observed):
        memory = memory_of(observed.location or {}) if _keeps_folder(observed.location) else ""
    return with_folder(desired, memory if is_sound(memory) else "")


def planted(observed: Observed) -> bool:
    """Whether the ServiceAccount has a memory that somebody else wrote, or none that we could.

    Who writes under our field manager's name cannot be told from us: with as many rights in the
    model's namespace the location itself can be changed.
    """
    account = observed.get(k8s.SERVICE_ACCOUNT, "velero") or {}
    memory = total.annotations(account).get(manifests.ADOPTED)
    if memory is None:
        return False
    return not (is_sound(memory) and owns(account, "metadata", "annotations", manifests.ADOPTED))


def is_sound(memory: str) -> bool:
    """Whether what is remembered is nothing, or ``provider:bucket/folder`` as an integrator's is.

    The folder may have slashes at its ends, as that of a Velero that was made by hand may.
    """
    if not memory:
        return True
    store, _, folder = memory.partition("/")
    provider, _, bucket = store.partition(":")
    return bool(_PROVIDER.fullmatch(provider)) and not unsound(bucket, folder)


def unsound(bucket: str, folder: str) -> str:
    """What is wrong with a bucket and a folder, by the rules for an integrator's."""
    try:
        fields.bucket("bucket", bucket)
        fields.prefix("path", folder, "")
    except InvalidInput as error:
        return str(error)
    return "" if folder.isprintable() else "path: has a control character in it"


def with_folder(desired: Desired, memory: str) -> Desired:
    """As ``recalled``, from what is remembered: ``provider:bucket/folder``, or nothing."""
    storage = desired.storage
    bucket, _, folder = memory.partition("/")
    if storage and not storage.own_prefix and bucket == f"{storage.provider}:{storage.bucket}":
        storage = replace(storage, prefix=folder)
    return replace(desired, storage=storage, adopted=memory)


def memory_of(location: Object) -> str:
    """What to remember of a location."""
    bucket, folder = (total.text(location, *_STORE, key) for key in ("bucket", "prefix"))
    return f"{_provider(location)}:{bucket}/{folder}"


def difference(location: Object, storage: Storage) -> str:
    """How the store that a location leads to differs from a storage; empty if it does not."""
    bucket, folder = (total.text(location, *_STORE, key) for key in ("bucket", "prefix"))
    config = total.pairs(location, "spec", "config")
    pairs = {
        "provider": (_provider(location), storage.provider),
        "bucket": (bucket, storage.bucket),
        "address": (_address(config), _address(dict(storage.config))),
    }
    if storage.own_prefix:
        pairs["folder"] = (folder.rstrip("/"), storage.prefix)
    found = [
        f"{what} is {plain(old) or 'the default'}, the storage integrator's is "
        f"{new or 'the default'}"
        for what, (old, new) in pairs.items()
        if old != new
    ]
    return "; ".join(found) or unsound(bucket, folder)


def _keeps_folder(location: Object | None) -> bool:
    """Whether a location leads to a folder that we have set, and nobody else since."""
    return location is not None and owns(location, *_STORE, "prefix")


def _provider(location: Object) -> str:
    return total.text(location, "spec", "provider").removeprefix("velero.io/")


def _address(config: Mapping[str, str]) -> str:
    """What tells two buckets of the same name apart; empty where names are unique."""
    if account := config.get("storageAccount", ""):
        return account
    url = (config.get("s3Url") or config.get("storeEndpoint") or "").rstrip("/").lower()
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # no address at all, so none that is the same
        return url
    return "" if host.endswith(".amazonaws.com") else url
