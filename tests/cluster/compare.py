"""Whether objects are what they were before they were lost.

Compared is all that a person wrote or could have: labels, annotations, spec, data and every other
top-level field. Left out is what a cluster assigns to each object anew.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast

Object: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str, str]
"""Kind, namespace (empty for what has none) and name."""
Snapshot: TypeAlias = Mapping[Key, Object]

_METADATA = ("name", "namespace", "labels", "annotations")
_ASSIGNED_SPEC = {"Service": ("clusterIP", "clusterIPs")}
_RESTORED = ("velero.io/backup-name", "velero.io/restore-name")
"""Labels on what Velero restored (velero pkg/apis/velero/v1/labels_annotations.go)."""


def portrait(obj: Object) -> Object:
    """An object without what the cluster assigns anew."""
    kept = {key: value for key, value in obj.items() if key not in {"metadata", "status"}}
    metadata: Object = {key: obj["metadata"].get(key) or {} for key in _METADATA}
    labels: Object = metadata["labels"]
    metadata["labels"] = {key: value for key, value in labels.items() if key not in _RESTORED}
    if assigned := _ASSIGNED_SPEC.get(obj["kind"]):
        kept["spec"] = {key: value for key, value in obj["spec"].items() if key not in assigned}
    return {**kept, "metadata": metadata}


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """What is not as it was: a line for each field, and for each object missing or too many."""
    lines = [f"{_named(key)} is missing" for key in before if key not in after]
    lines += [f"{_named(key)} was not there before" for key in after if key not in before]
    for key in before:
        if key in after:
            changes = _walk("", portrait(before[key]), portrait(after[key]))
            lines += [f"{_named(key)}: {_told(key, *change)}" for change in changes]
    return lines


def counted(snapshot: Snapshot) -> str:
    """How many there are of each kind, in words: `3 ConfigMap, 1 Service`."""
    kinds = Counter(kind for kind, _, _ in snapshot)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


def _walk(path: str, was: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 - JSON
    if isinstance(was, dict) and isinstance(now, dict):
        before, after = cast("Object", was), cast("Object", now)
        for field in sorted(before.keys() | after.keys()):
            yield from _walk(f"{path}.{field}", before.get(field), after.get(field))
    elif was != now:
        yield path.removeprefix("."), was, now


def _told(key: Key, path: str, was: object, now: object) -> str:
    if key[0] == "Secret" and path.startswith("data"):
        return f"{path} differs"
    return f"{path} was {was!r}, is {now!r}"


def _named(key: Key) -> str:
    kind, _, name = key
    return f"{kind} {name}"
