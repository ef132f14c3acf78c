"""Who cleans up what is ours where no hook of ours runs any more. Pure.

Juju deletes with an application what carries its labels, which its admission webhook puts on all
that the charm writes, unless ``app.kubernetes.io/managed-by`` has another value already or
``NO_JUJU_WEBHOOK`` tells it to look away (juju internal/worker/caasadmission/admission.go,
internal/provider/kubernetes/application). So:

- What always goes with the application leaves that label to Juju.
- What hangs on it and not every Juju takes (Secrets, documents) also has an owner, ServiceAccount
  ``velero``: when that has gone, Kubernetes' collector takes it. Neither workloads nor Velero's
  own objects have one: who loses the account by accident is not to lose the server with it, nor
  a Schedule, with which the Backup objects that it owns would go. Locations and Schedules do
  nothing without a server, and go before the next one starts (``abandoned.py``).
- What must outlive it (the definitions, which hold every Backup object of the cluster, and the
  repositories' password) keeps a label of ours, and Juju's webhook off, from its first write.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from velero import total
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import REPOSITORY_SECRET, Object

NO_JUJU_WEBHOOK: Final = {"model.juju.is/disable-webhook": "true"}
"""Tells Juju's admission webhook to look away."""
OF_JUJU: Final = "juju"
"""What that webhook fills in as ``app.kubernetes.io/managed-by``."""

OUTLIVES: Final = {k8s.MANAGED_BY: k8s.FIELD_MANAGER, **NO_JUJU_WEBHOOK}
OWNED: Final = frozenset({k8s.SECRET.name, k8s.CONFIG_MAP.name})
_TAKEN_BY_JUJU: Final = frozenset(
    kind.name
    for kind in (
        k8s.DEPLOYMENT,
        k8s.DAEMON_SET,
        k8s.SERVICE,
        k8s.SERVICE_ACCOUNT,
        k8s.CLUSTER_ROLE_BINDING,
        k8s.SECRET,
        k8s.CONFIG_MAP,
    )
)


def outlives(obj: Object) -> bool:
    """Whether an object must stay when the application goes, unless a hook takes it."""
    is_password = obj["kind"] == k8s.SECRET.name and k8s.name_of(obj) == REPOSITORY_SECRET
    return is_password or obj["kind"] == k8s.CRD.name


def release(obj: Object) -> dict[str, str | None]:
    """The labels to merge so that no removal of any application makes Juju take an object.

    Empty where Juju has no hand in it. Who made it through an earlier charm did not tell Juju to
    look away.
    """
    labels = total.labels(obj)
    if not of_juju(labels) and labels.get(k8s.MANAGED_BY) != OF_JUJU:
        return {}
    wanted: dict[str, str | None] = dict.fromkeys(of_juju(labels))
    wanted |= OUTLIVES
    return {key: value for key, value in wanted.items() if labels.get(key) != value}


def of_juju(keys: Iterable[str]) -> list[str]:
    """Of labels, those that Juju's webhook puts on what a charm writes."""
    found = (key for key in keys if key.partition("/")[0].endswith("juju.is"))
    return [key for key in found if key not in NO_JUJU_WEBHOOK]


def is_missed(obj: Object, others: Iterable[Object]) -> bool:
    """Whether Juju's webhook let an object of ours pass, though it did not others.

    It fails open. Where it is at work nowhere, there is nothing to wait for.
    """
    if obj["kind"] not in _TAKEN_BY_JUJU or outlives(obj) or k8s.MANAGED_BY in total.labels(obj):
        return False
    instance = total.labels(obj).get(k8s.INSTANCE)
    labels = (total.labels(each) for each in others if each["kind"] in _TAKEN_BY_JUJU)
    ours = (each for each in labels if each.get(k8s.INSTANCE) == instance)
    return any(each.get(k8s.MANAGED_BY) == OF_JUJU for each in ours)
