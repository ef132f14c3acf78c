"""Whether a live object is what we want it to be, without asking the API server to apply it.

Server-side apply records in ``metadata.managedFields`` which fields each manager set last. A
live object is as we want it exactly if the fields that are ours are the fields that we want,
with the same values: a value that someone else changed is no longer ours, and a field that we
stopped wanting is still ours. Both show, and defaults that the API server filled in do not.

Source of the format: kubernetes-sigs/structured-merge-diff ``fieldpath/serialize-pe.go``.
"""

from __future__ import annotations

from typing import Any, Final, cast

from velero.kubernetes.juju import OF_JUJU, of_juju
from velero.kubernetes.resources import FIELD_MANAGER, MANAGED_BY, Object
from velero.total import at, items, mapping, parsed

_IDENTITY = {"apiVersion", "kind"}
_LONGEST: Final = 10_000
_NAMING = {"name", "namespace", "managedFields"}


def differs(want: Object, live: Object | None) -> bool:
    """Whether applying ``want`` would change ``live``.

    Args:
        want: the complete object as we apply it, without null values.
        live: the object as the API server returned it, or None if there is none.
    """
    if live is None:
        return True
    fields = _our_fields(live)
    if fields is None:
        return True
    body = {key: value for key, value in want.items() if key not in _IDENTITY}
    body["metadata"] = {k: v for k, v in want["metadata"].items() if k not in _NAMING}
    fields.setdefault("f:metadata", {})
    return not _same(body, live, fields)


def owns(live: Object, *path: str) -> bool:
    """Whether the field at a path of map keys is one that we applied and nobody changed."""
    return _below(live, *path) is not None


def _below(live: Object, *path: str) -> Any:  # noqa: ANN401 - JSON
    """The part of our fieldsV1 at a path of map keys; None if the field is not ours."""
    return at(_our_fields(live), *(f"f:{key}" for key in path))


def owns_whole(live: Object, *path: str) -> bool:
    """As ``owns``, of a field that has none below it to own: a value, or a map that is one."""
    return at(_our_fields(live), *(f"f:{key}" for key in path)) == {}


def owns_in_list(live: Object, *path: str, name: str, key: str) -> bool:
    """As ``owns``, of one key of the entry with a name in the list at a path."""
    entries = mapping(_below(live, *path))
    entry = next((each for at, each in entries.items() if _key_of(at).get("name") == name), None)
    return f"f:{key}" in mapping(entry)


def _our_fields(live: Object) -> dict[str, Any] | None:
    for entry in items(live, "metadata", "managedFields"):
        if entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply":
            return dict(mapping(entry, "fieldsV1"))
    return None


def _same(want: Any, live: Any, fields: dict[str, Any]) -> bool:  # noqa: ANN401 - JSON
    """Compare below one path; ``fields`` is the part of fieldsV1 that is ours there."""
    if not fields:
        return want == live
    members = {path: below for path, below in fields.items() if path != "."}
    if not members:
        return want in ({}, [])
    if isinstance(want, dict) and isinstance(live, dict):
        return _same_map(cast("Object", want), cast("Object", live), members)
    if isinstance(want, list) and isinstance(live, list):
        return _same_list(cast("list[Any]", want), cast("list[Any]", live), members)
    return False


def _same_map(want: dict[str, Any], live: dict[str, Any], members: dict[str, Any]) -> bool:
    ours = {path.removeprefix("f:") for path in members}
    if {key for key in ours if key in want or not _of_juju(key, live.get(key))} != set(want):
        return False
    return all(key in live and _same(want[key], live[key], members[f"f:{key}"]) for key in want)


def _same_list(want: list[Any], live: list[Any], members: dict[str, Any]) -> bool:
    if len(want) != len(members):
        return False
    return all(_has_member(want, live, path, below) for path, below in members.items())


def _has_member(want: list[Any], live: list[Any], path: str, below: dict[str, Any]) -> bool:
    """One entry of a list that merges by keys (``k:{...}``) or is a set (``v:...``)."""
    how, _, text = path.partition(":")
    if how == "v":
        value = parsed(text, _LONGEST)
        return value in want and value in live
    key = _key_of(path)
    mine, theirs = _by_key(want, key), _by_key(live, key)
    return mine is not None and theirs is not None and _same(mine, theirs, below)


def _key_of(path: str) -> dict[str, Any]:
    """What tells an entry of a list from others; empty if a path is none of such an entry."""
    return mapping(parsed(path.removeprefix("k:"), _LONGEST))


def _by_key(entries: list[Any], key: dict[str, Any]) -> Any | None:  # noqa: ANN401 - JSON
    those = (mapping(each) for each in entries)
    return next((i for i in those if i and all(i.get(k, v) == v for k, v in key.items())), None)


def _of_juju(key: str, value: object) -> bool:
    """Labels that Juju's admission webhook adds to whatever a charm writes (``custody.py``)."""
    return bool(of_juju([key])) or (key == MANAGED_BY and value == OF_JUJU)
