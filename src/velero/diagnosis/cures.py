"""What to do first, where that depends on what is set: no cure names that value. Pure.

The tables in ``meanings`` name these texts, such as ``{memory}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from velero import total
from velero.diagnosis.evidence import Evidence
from velero.kubernetes.resources import Object

OPTIONS: Final = (
    "server-memory-limit",
    "node-agent-memory-limit",
    "pod-volume-operation-timeout",
    "use-node-agent",
    "set-pod-security-labels",
)
"""The options whose values are asked for; none of them can hold a secret."""

_DIGITS: Final = 15
_AMOUNT: Final = re.compile(rf"(\d{{1,{_DIGITS}}})([EPTGMk]i?|Ki|h|m|s|)")
_SIZES: Final = {"": 1, "k": 10**3, "Ki": 2**10, "M": 10**6, "Mi": 2**20, "G": 10**9, "Gi": 2**30}
_SIZES_LARGE: Final = {
    "T": 10**12,
    "Ti": 2**40,
    "P": 10**15,
    "Pi": 2**50,
    "E": 10**18,
    "Ei": 2**60,
}
_ALL_SIZES: Final = _SIZES | _SIZES_LARGE


def words(evidence: Evidence, pod: Object | None = None) -> Mapping[str, str]:
    """What the tables may name.

    Args:
        evidence: tells the names in commands and the options' values.
        pod: the pod that a message is about, if it is about one.
    """
    application, options = evidence.juju.application, evidence.juju.options
    return {
        "app": application,
        "memory": _memory(application, options, pod or {}),
        "timeout": _timeout(application, options.get("pod-volume-operation-timeout", "")),
        "agent": _agent(application, on=_is_on(options, "use-node-agent")),
        "security": _security(application, on=_is_on(options, "set-pod-security-labels")),
    }


def _memory(application: str, options: Mapping[str, str], pod: Object) -> str:
    agent = total.labels(pod).get("name") == "node-agent"
    option = "node-agent-memory-limit" if agent else "server-memory-limit"
    config, wanted = f"juju config {application} {option}", options.get(option, "")
    has = _limit(pod) or ("" if pod else wanted)
    if pod and not has:
        return (
            "It has no limit of its own, so the node ran out of memory: make room on the node, or "
            f"reserve some: juju config {application} {option.replace('limit', 'request')}"
        )
    if _bytes(wanted) > _bytes(has) > 0:
        return (
            f"It has {has} still, and {option} is {wanted} already: juju run {application}/leader "
            "apply-held-changes"
        )
    larger = _twice(has)
    return (
        f"It may use {has}; give it more: {config}={larger}" if larger else f"Raise it: {config}"
    )


def _timeout(application: str, has: str) -> str:
    config = f"juju config {application} pod-volume-operation-timeout"
    longer = _twice(has)
    return f"It may take {has}; give it longer: {config}={longer}" if longer else f"Raise {config}"


def _agent(application: str, *, on: bool) -> str:
    if not on:
        return f"Switch it on: juju config {application} use-node-agent=true"
    return (
        "The node agent is switched on: see why it has no pod that is ready on that node (option "
        "tolerations): kubectl get pods --selector name=node-agent --output wide"
    )


def _security(application: str, *, on: bool) -> str:
    if not on:
        return f"If they may run there: juju config {application} set-pod-security-labels=true"
    return (
        "The charm may set the namespace's labels, and somebody else set another level: kubectl "
        "get namespace --show-labels"
    )


def _is_on(options: Mapping[str, str], name: str) -> bool:
    return options.get(name, "").lower() == "true"


def _limit(pod: Object) -> str:
    """The smallest memory limit of the pod's containers; empty if none has one."""
    every = total.items(pod, "spec", "containers")
    limits = [total.text(each, "resources", "limits", "memory") for each in every]
    return min(filter(_bytes, limits), key=_bytes, default="")


def _bytes(quantity: str) -> int:
    """A quantity of Kubernetes in bytes; zero if it is none of the usual ones."""
    found = _AMOUNT.fullmatch(quantity)
    return int(found[1]) * _ALL_SIZES.get(found[2], 0) if found else 0


def _twice(amount: str) -> str:
    """Twice a quantity or duration of one unit; empty if it is nothing of that sort."""
    found = _AMOUNT.fullmatch(amount)
    return f"{2 * int(found[1])}{found[2]}" if found and int(found[1]) else ""
