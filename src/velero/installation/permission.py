"""Letting our pods run in a namespace that Pod Security keeps them from, and taking it back.

The namespace is asked for only when pods are missing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Final

from velero import total
from velero.desired import Desired
from velero.installation import pod_security
from velero.installation.pod_security import ENFORCE, LEVELS, STRICTEST
from velero.installation.pods import refusal
from velero.installation.workloads import NODE_AGENT
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Object
from velero.observed import Observed

logger = logging.getLogger(__name__)

BEFORE: Final = "velero-operator/pod-security-before"
"""Annotation of the namespace: the level before we set it; empty if there was none."""
TRIED: Final = "velero-operator/tried-with-namespace"
"""Annotation of a workload: the namespace's version with which its pods were tried last."""


def look(cluster: Cluster, observed: Observed, daemon_set: Object) -> Observed:
    """What was observed, with what keeps a DaemonSet's pods from being made.

    Where the namespace says nothing, the cluster's own default, a quota or a webhook may be why;
    Kubernetes tells it in events only.
    """
    namespace = cluster.get(k8s.NAMESPACE, daemon_set["metadata"]["namespace"])
    about = {"kind": k8s.DAEMON_SET.name, "name": k8s.name_of(daemon_set)}
    fields = {f"involvedObject.{key}": value for key, value in about.items()}
    events = cluster.list(k8s.EVENT, fields=fields | {"reason": "FailedCreate"})
    newest = max(events, key=lambda event: total.text(event, "lastTimestamp"), default=Object())
    words = total.text(newest, "message").removeprefix("(combined from similar events): ")
    return replace(observed, namespace=namespace, refused=words)


@dataclass(frozen=True, slots=True)
class Permission:
    """What may come of pods that are missing.

    Attributes:
        given: nothing of the namespace that is known keeps them from being made.
        tried: Kubernetes was made to try.
    """

    given: bool = True
    tried: bool = False


def permit(cluster: Cluster, desired: Desired, observed: Observed) -> Permission:
    """Let missing pods be made, as far as the option allows it.

    Kubernetes tries a pod that it could not make again after up to a quarter of an hour; once
    the namespace has changed, it is made to try at once.
    """
    lacking = [obj for obj in _workloads(observed) if obj and _lacks_pods(obj, observed)]
    if not lacking and all(_workloads(observed)[: 1 + desired.settings.node_agent]):
        return Permission()
    namespace = cluster.get(k8s.NAMESPACE, desired.namespace) or {}
    seen = replace(observed, namespace=namespace)
    if pod_security.advice(desired, pod_security.forbidden(desired, seen)):
        if not desired.settings.set_pod_security_labels:
            return Permission(given=False)
        namespace = _label(cluster, desired, namespace)
    tried = [_try_again(cluster, obj, namespace) for obj in lacking]
    return Permission(tried=any(tried))


def restore(cluster: Cluster, name: str) -> None:
    """Give the namespace the level back that it had before we set another."""
    before = total.annotations(cluster.get(k8s.NAMESPACE, name)).get(BEFORE)
    if before is not None:
        known = before in {"", *LEVELS}  # else somebody else wrote it, and the label stays
        labels = {ENFORCE: before or None} if known else {}
        change = {"metadata": {"labels": labels, "annotations": {BEFORE: None}}}
        cluster.merge(k8s.NAMESPACE, name, change)


def _workloads(observed: Observed) -> list[Object | None]:
    return [observed.deployment, observed.get(k8s.DAEMON_SET, NODE_AGENT)]


def _lacks_pods(workload: Object, observed: Observed) -> bool:
    if workload["kind"] == k8s.DEPLOYMENT.name:
        return refusal(observed.maker) is not None
    return observed.namespace is not None  # which was asked for because of that


def _label(cluster: Cluster, desired: Desired, namespace: Object) -> Object:
    name, level = desired.namespace, pod_security.needed(desired)
    logger.warning("Setting %s=%s on namespace %s", ENFORCE, level, name)
    before = _before(namespace)
    change = {"metadata": {"labels": {ENFORCE: level}, "annotations": {BEFORE: before}}}
    cluster.merge(k8s.NAMESPACE, name, change)
    return cluster.get(k8s.NAMESPACE, name) or namespace


def _before(namespace: Object) -> str:
    """The namespace's level as others set it last; empty if there was none."""
    present = total.labels(namespace).get(ENFORCE, "")
    recorded = total.annotations(namespace).get(BEFORE)
    # The strictest level we never set: whoever did meant it. Any other may be our own.
    return present if recorded is None or present == STRICTEST else recorded


def _try_again(cluster: Cluster, workload: Object, namespace: Object) -> bool:
    version = total.text(namespace, "metadata", "resourceVersion")
    if total.annotations(workload).get(TRIED) == version:
        return False
    change = {"metadata": {"annotations": {TRIED: version}}}
    cluster.merge(k8s.kind_of(workload), k8s.name_of(workload), change)
    return True
