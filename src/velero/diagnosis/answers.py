"""What is asked for and what of the answers is kept: the details of ``gather.py``."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from velero import total
from velero.desired import Desired
from velero.errors import CliError
from velero.kubernetes import juju
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Object

_WORDS: Final = 20
ANSWER_SECONDS: Final = 5.0
"""For Velero to answer a ServerStatusRequest; it takes about 0.1 s."""
_CONTAINERS: Final = 4
_OURS: Final = ("velero", "node-agent")
_NO_SECRETS: Final = frozenset({"ca.crt", "namespace"})
"""What a token of a ServiceAccount comes with."""


def of_juju(desired: Desired) -> list[str]:
    """The secrets that Juju gave the charm."""
    kept = [desired.repository_password]
    return kept + ([desired.storage.credential] if desired.storage else [])


def of_secret(secret: Object) -> Iterator[str]:
    """The values that a Secret holds; those that are no text, as it holds them."""
    of_account = total.text(secret, "type") == "kubernetes.io/service-account-token"
    for key, encoded in total.pairs(secret, "data").items():
        if not (of_account and key in _NO_SECRETS):
            yield _decoded(encoded)


def _decoded(encoded: str) -> str:
    with suppress(ValueError):
        return base64.b64decode(encoded).decode()
    return encoded


def brief(obj: Object) -> Object:
    """A definition without its schema, which is 20 kB; all else as it is."""
    if obj["kind"] != k8s.CRD.name:
        return obj
    kept = {"name": k8s.name_of(obj), "annotations": total.annotations(obj)}
    kept["labels"] = total.labels(obj)
    return {"kind": obj["kind"], "metadata": kept}


def is_about_us(event: Object) -> bool:
    """Whether an event warns of a pod of ours or of what makes it."""
    name = total.text(event, "regarding", "name")
    return total.text(event, "type") == "Warning" and name.startswith(_OURS)


def moment_of(event: Object) -> str:
    """When an event was seen last (Kubernetes events.k8s.io/v1)."""
    seen = (
        total.text(event, "series", "lastObservedTime"),
        total.text(event, "deprecatedLastTimestamp"),
        total.text(event, "eventTime"),
        total.text(event, "metadata", "creationTimestamp"),
    )
    return next(filter(None, seen), "")


def own_words(operation: Object) -> list[str]:
    """Why a backup or restore failed, as far as its object says."""
    reason = total.text(operation, "status", "failureReason")
    words = [*total.texts(operation, "status", "validationErrors")[:_WORDS], reason]
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
    labels = dict(juju.NO_JUJU_WEBHOOK)
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
    for container in total.items(pod, "status", "containerStatuses")[:_CONTAINERS]:
        state, again = total.mapping(container, "state"), total.number(container, "restartCount")
        name = total.text(container, "name")
        if again:
            yield name, True
        if again or "running" in state or "terminated" in state:
            yield name, False
