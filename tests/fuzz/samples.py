"""Objects of Kubernetes' own kinds: all that is read of them, pruned at random."""

from typing import Any, Final, cast

from hypothesis import strategies as st
from tests.fuzz.schema import METADATA, MOMENTS, TEXTS, Strategy, definitions, objects, sometimes

_CONTAINER: Final[dict[str, Any]] = {
    "name": "velero",
    "image": "velero/velero:v1.18.3",
    "command": ["/velero"],
    "args": ["server", "--x-configmap=y"],
    "restartCount": 3,
    "state": {
        "waiting": {"reason": "CrashLoopBackOff", "message": "m"},
        "running": {"startedAt": "2026-01-01T00:00:00Z"},
    },
    "lastState": {
        "terminated": {
            "reason": "Error",
            "message": "m",
            "exitCode": 1,
            "startedAt": "2026-01-01T00:00:00Z",
            "finishedAt": "2026-01-01T00:00:00Z",
        }
    },
}
_CONDITION: Final[dict[str, Any]] = {
    "type": "Ready",
    "status": "False",
    "reason": "Unschedulable",
    "message": "m",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}
_POD: Final[dict[str, Any]] = {
    "containers": [_CONTAINER],
    "initContainers": [_CONTAINER],
    "nodeName": "n",
    "tolerations": [{"key": "k"}],
}
_COUNTS: Final = [
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "availableReplicas",
    "desiredNumberScheduled",
    "updatedNumberScheduled",
    "numberReady",
    "numberAvailable",
]
_WORKLOAD: Final[dict[str, Any]] = {
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"deploy": "velero"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": _POD},
    },
    "status": {"conditions": [_CONDITION], **dict.fromkeys(_COUNTS, 1)},
}
SAMPLES: Final[dict[str, dict[str, Any]]] = {
    "Deployment": _WORKLOAD,
    "ReplicaSet": _WORKLOAD,
    "DaemonSet": _WORKLOAD,
    "Pod": {
        "spec": _POD,
        "status": {
            "phase": "Pending",
            "podIP": "10.0.0.1",
            "conditions": [_CONDITION],
            "containerStatuses": [_CONTAINER],
            "initContainerStatuses": [_CONTAINER],
        },
    },
    "Secret": {"data": {"cloud": "eA==", "repository-password": "eA=="}, "type": "Opaque"},
    "ConfigMap": {"data": {"a": "{}"}},
    "Event": {
        "type": "Warning",
        "reason": "FailedCreate",
        "note": "n",
        "message": "m",
        "regarding": {"kind": "ReplicaSet", "name": "velero-1"},
        "involvedObject": {"kind": "DaemonSet", "name": "node-agent"},
        "series": {"lastObservedTime": "2026-01-01T00:00:00Z", "count": 1},
        "lastTimestamp": "2026-01-01T00:00:00Z",
        "eventTime": "2026-01-01T00:00:00Z",
        "deprecatedLastTimestamp": "2026-01-01T00:00:00Z",
    },
    "Namespace": {"status": {"phase": "Active"}},
    "ServiceAccount": {},
    "Service": {"spec": {"ports": [{"port": 1}]}},
    "ClusterRoleBinding": {
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "velero", "namespace": "m1"}],
    },
    "CustomResourceDefinition": {
        "spec": {"group": "velero.io"},
        "status": {"conditions": [{"type": "Established", "status": "True"}]},
    },
}


def pruned(sample: Any) -> Strategy:  # noqa: ANN401 - JSON
    """Values such as a sample, each part of which may be missing."""
    if isinstance(sample, dict):
        parts = cast("dict[str, Any]", sample)
        return sometimes({key: pruned(value) for key, value in parts.items()})
    if isinstance(sample, list):
        return st.lists(pruned(cast("list[Any]", sample)[0]), max_size=2)
    if isinstance(sample, int):
        return st.integers(-(2**31), 2**31 - 1) | st.integers(0, 2)
    is_moment = sample[:4] == "2026"
    return st.just(sample) | (MOMENTS if is_moment else TEXTS)


def of_kind(kind: str) -> Strategy:
    """Objects of any kind that the charm handles."""
    if kind in definitions():
        return objects(kind)
    parts = {key: pruned(value) for key, value in SAMPLES[kind].items()}
    fixed: dict[str, Strategy] = {
        "apiVersion": st.just("v1"),
        "kind": st.just(kind),
        "metadata": METADATA,
    }
    return st.fixed_dictionaries(fixed, optional=parts)


def any_object() -> Strategy:
    """Objects of all kinds."""
    return st.sampled_from([*SAMPLES, *definitions()]).flatmap(of_kind)
