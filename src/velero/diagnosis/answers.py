"""What is asked for and what of the answers is kept: the details of ``gather.py``."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from velero import custody, total
from velero import resources as k8s
from velero.cluster import Cluster
from velero.desired import Desired
from velero.errors import CliError
from velero.resources import Object

ANSWER_SECONDS: Final = 5.0
"""For Velero to answer a ServerStatusRequest; it takes about 0.1 s."""
_OURS: Final = ("velero", "node-agent")


def of_juju(desired: Desired) -> list[str]:
    """The secrets that Juju gave the charm."""
    kept = [desired.repository_password]
    return kept + ([desired.storage.credential] if desired.storage else [])


def of_secret(secret: Object) -> Iterator[str]:
    """The values that a Secret holds, as far as they are text."""
    for encoded in total.pairs(secret, "data").values():
        with suppress(ValueError):  # of base64, or of the text
            yield base64.b64decode(encoded).decode()


def brief(obj: Object) -> Object:
    """A definition without its schema, which is 20 kB; all else as it is."""
    if obj["kind"] != k8s.CRD.name:
        return obj
    kept = {"name": k8s.name_of(obj)} | {
        key: obj["metadata"].get(key, {}) for key in ("annotations", "labels")
    }
    return {"kind": obj["kind"], "metadata": kept}


def is_about_us(event: Object) -> bool:
    """Whether an event warns of a pod of ours or of what makes it."""
    name = total.text(event, "regarding", "name")
    return event.get("type") == "Warning" and name.startswith(_OURS)


def moment_of(event: Object) -> str:
    """When an event was seen last (Kubernetes events.k8s.io/v1)."""
    made = ("metadata", "creationTimestamp")
    paths = (("series", "lastObservedTime"), ("deprecatedLastTimestamp",), ("eventTime",), made)
    return next(filter(None, (total.text(event, *path) for path in paths)), "")


def own_words(operation: Object) -> list[str]:
    """Why a backup or restore failed, as far as its object says."""
    said = total.texts(operation, "status", "validationErrors")
    words = [*said, total.text(operation, "status", "failureReason")]
    return [word for word in words if word]


def of_server(cluster: Cluster) -> Object:
    """Ask the running server for its version and its plugins.

    Velero itself takes such a request away after a minute (velero
    pkg/controller/server_status_request_controller.go).

    Raises:
        CliError: it does not answer.
        ClusterError: the API server cannot be asked.
    """
    kind, name = k8s.STATUS_REQUEST, f"diagnose-{secrets.token_hex(4)}"
    labels = dict(custody.NO_JUJU_WEBHOOK)
    metadata = {"name": name, "namespace": cluster.namespace, "labels": labels}
    request: Object = {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata}
    cluster.create(request | {"spec": {}})
    done = cluster.wait_until(kind, name, _is_answered, ANSWER_SECONDS)
    cluster.delete(kind, name)
    if not done:
        raise CliError(f"Velero's server gave no answer within {ANSWER_SECONDS:.0f} s")
    return done


def _is_answered(request: Object) -> bool:
    return total.phase(request) == "Processed"


def logs_of(pod: Object) -> Iterator[tuple[str, bool]]:
    """Each container of a pod whose log there is, and whether it is of the run before."""
    for container in total.items(pod, "status", "containerStatuses"):
        state, name = total.mapping(container, "state"), total.text(container, "name")
        has_ended = total.number(container, "restartCount") > 0
        if has_ended:
            yield name, True
        if "running" in state or "terminated" in state or has_ended:
            yield name, False
