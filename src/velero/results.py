"""What went wrong with which object: the results file that Velero leaves in the store.

The object of a backup or restore counts its errors and warnings; what they are is in a file.
Velero signs a URL for it (DownloadRequest), and whoever asked fetches the file from the store
itself. That is the only connection of the charm to the store, it is made here alone, and it may
well fail: the store need not be reachable from where the charm runs.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import ssl
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final, cast

from velero import resources as k8s
from velero.cluster import Cluster
from velero.desired import LOCATION_NAME
from velero.errors import StoreUnreachable, VeleroError
from velero.manifests import NO_JUJU_WEBHOOK
from velero.resources import Kind, Object

SIGN_SECONDS: Final = 5.0
"""For Velero to answer a DownloadRequest; it takes about 0.1 s."""
FETCH_SECONDS: Final = 4.0
"""For the store to send each part of a file."""
_MAX_BYTES: Final = 16 * 2**20
_KINDS: Final = {k8s.BACKUP.name: "BackupResults", k8s.RESTORE.name: "RestoreResults"}
_GROUPS: Final = 3
_MESSAGE: Final = 400
_VARYING: Final = re.compile(r"\"[^\"]*\"|'[^']*'|\S*/\S*|\S*\d\S*")


@dataclass(frozen=True, slots=True)
class Results:
    """Messages of a backup or restore, each with the namespace that it is about.

    Attributes:
        errors: what was not backed up or restored.
        warnings: what was, but not as one may think.
    """

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def of(cluster: Cluster, obj: Object) -> Results:
    """The results of a backup or restore that has ended.

    Raises:
        StoreUnreachable: the file is not to be had from here; says why.
        ClusterError: the API server cannot be asked.
    """
    status = obj.get("status", {})
    if not (status.get("errors") or status.get("warnings")):
        return Results()
    url = _signed_url(cluster, k8s.kind_of(obj), k8s.name_of(obj))
    return fetch(url, _trust(cluster))


def summary(messages: Iterable[str]) -> str:
    """Messages as one line: the first of each sort, and how many more are like it."""
    groups: dict[str, list[str]] = {}
    for message in messages:
        groups.setdefault(_VARYING.sub("…", message), []).append(message)
    told = [_first(group) for group in [*groups.values()][:_GROUPS]]
    more = sum(len(group) for group in [*groups.values()][_GROUPS:])
    return "; ".join([*told, f"and {more} others"] if more else told)


def _first(group: list[str]) -> str:
    text = group[0]
    if len(text) > _MESSAGE:  # it begins with the object and ends with the reason
        text = f"{text[: _MESSAGE // 2]} … {text[-_MESSAGE // 2 :]}"
    return f"{text} (and {len(group) - 1} more like it)" if len(group) > 1 else text


def _signed_url(cluster: Cluster, kind: Kind, name: str) -> str:
    request: Object = {
        "apiVersion": k8s.DOWNLOAD_REQUEST.api_version,
        "kind": k8s.DOWNLOAD_REQUEST.name,
        "metadata": {
            "name": f"{name[:240]}-{secrets.token_hex(4)}",
            "namespace": cluster.namespace,
            "labels": dict(NO_JUJU_WEBHOOK),
        },
        "spec": {"target": {"kind": _KINDS[kind.name], "name": name}},
    }
    called = k8s.name_of(cluster.create(request))
    done = cluster.wait_until(k8s.DOWNLOAD_REQUEST, called, _is_processed, SIGN_SECONDS)
    cluster.delete(k8s.DOWNLOAD_REQUEST, called)
    if done is None:
        raise StoreUnreachable(f"Velero gave no address for it within {SIGN_SECONDS:.0f} s")
    return done["status"]["downloadURL"]


def _is_processed(request: Object) -> bool:
    return bool(request.get("status", {}).get("downloadURL"))


def _trust(cluster: Cluster) -> ssl.SSLContext:
    """The well-known authorities, and those that the storage location names."""
    context = ssl.create_default_context()
    location = cluster.get(k8s.LOCATION, LOCATION_NAME) or {}
    store = location.get("spec", {}).get("objectStorage", {})
    encoded = store.get("caCert", "")
    if reference := store.get("caCertRef"):
        secret = cluster.get(k8s.SECRET, reference["name"]) or {}
        encoded = secret.get("data", {}).get(reference["key"], "")
    if encoded:
        context.load_verify_locations(cadata=base64.b64decode(encoded).decode())
    return context


def fetch(url: str, context: ssl.SSLContext) -> Results:
    """Read the results file at a signed URL, which lets anyone read it and is in no message.

    Raises:
        StoreUnreachable: there is none that can be read; names the host alone.
    """
    host = re.sub(r"^(https?://[^/?]+).*", r"\1", url, flags=re.DOTALL)
    if host == url:
        raise StoreUnreachable("Velero gave an address that is neither http nor https")
    try:
        with urllib.request.urlopen(url, timeout=FETCH_SECONDS, context=context) as answer:  # noqa: S310 - checked above
            packed = answer.read(_MAX_BYTES)
        unpacked = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(packed, _MAX_BYTES)
        document = _object(json.loads(unpacked))
    except urllib.error.HTTPError as error:
        error.close()
        raise StoreUnreachable(f"{host} answers {error.code} {error.reason}") from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise StoreUnreachable(f"{host} cannot be reached from the charm: {reason}") from None
    except (ValueError, zlib.error):
        raise StoreUnreachable(f"what {host} sent cannot be read") from None
    return Results(_messages(document.get("errors")), _messages(document.get("warnings")))


def _object(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    return cast("Mapping[str, Any]", value if isinstance(value, dict) else {})


def _messages(part: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    """All messages of one half of the file (velero pkg/util/results/result.go)."""
    found = _object(part)
    namespaces: Mapping[str, list[str]] = _object(found.get("namespaces"))
    told = [f"{ns}: {text}" for ns, texts in sorted(namespaces.items()) for text in texts]
    general = [*(found.get("velero") or ()), *(found.get("cluster") or ())]
    return tuple(" ".join(str(text).split()) for text in [*general, *told])


def words(cluster: Cluster, obj: Object) -> tuple[str, str]:
    """Why an operation did not do all that it should, and its warnings, in words.

    Never raises: where the file cannot be had, that and where else to look is the answer.
    """
    status = obj.get("status", {})
    said = [*status.get("validationErrors", ()), status.get("failureReason", "")]
    counts = {what: status.get(what, 0) for what in ("errors", "warnings")}
    try:
        found = of(cluster, obj)
        told = {"errors": summary(found.errors), "warnings": summary(found.warnings)}
    except VeleroError as error:
        where = f"what they are could not be fetched: {error}"
        told = {what: f"{count} {what}; {where}" for what, count in counts.items() if count}
    errors = "; ".join(text for text in [*said, told.get("errors", "")] if text)
    return errors, told.get("warnings", "")
