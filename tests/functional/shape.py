"""What the charm answers for, without what differs from one installation to the next."""

from __future__ import annotations

import json
import re
from typing import Any, Final, cast

from tests.functional.api import Object
from tests.functional.model import Model

Shape = dict[str, Any]

_ASSIGNED: Final = {"clusterIP", "clusterIPs", "repository-password"}
_ANEW: Final = {
    "creationTimestamp",
    "generation",
    "lastTransitionTime",
    "managedFields",
    "resourceVersion",
    "uid",
}
_OWNER: Final = re.compile(r'(?<=uid\\":\\")[0-9a-f-]{36}')
"""In the name of a field, which is JSON itself."""
_KNOWN: Final[dict[tuple[str, str, str], Any]] = {}
_MOST: Final = 200
_REVISION: Final = "deployment.kubernetes.io/revision"
_MANAGER: Final = "velero-operator"


def shape(model: Model) -> Shape:
    """Every object of ours in one comparable form; the storage Secret's number is left out."""
    objects = model.api.everything()
    shapes: Shape = {}
    for (kind, name), obj in objects.items():
        key = _plain(f"{kind} {name}", model)
        # Of two storage Secrets one is too many, and has to show
        shapes[key if key not in shapes else f"{kind} {name}"] = _of(obj, model)
    return shapes


def _of(obj: Object, model: Model) -> Any:  # noqa: ANN401 - JSON
    """One object's form; an object of the same version as before has the same."""
    version = (model.namespace, obj["metadata"]["uid"], obj["metadata"]["resourceVersion"])
    if version not in _KNOWN:
        if len(_KNOWN) > _MOST:
            _KNOWN.clear()
        _KNOWN[version] = _compared(obj, model)
    return _KNOWN[version]


def _compared(obj: Object, model: Model) -> Any:  # noqa: ANN401 - JSON
    kept = {key: value for key, value in obj.items() if key != "status"}
    fields = [
        [entry["operation"], entry["fieldsV1"]]
        for entry in obj["metadata"].get("managedFields", ())
        if entry["manager"] == _MANAGER
    ]
    kept["ours"] = sorted(fields, key=str)
    status = obj.get("status", {})
    kept["judged"] = [status.get("phase"), status.get("availableReplicas")]
    return _without(json.loads(_plain(json.dumps(kept, sort_keys=True), model)))


def _plain(text: str, model: Model) -> str:
    text = re.sub(r"velero-storage-\d+", "velero-storage", text.replace(model.namespace, "model"))
    return re.sub(_OWNER, "uid of the owner", text)


def _without(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_without(each) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    left_out = _ASSIGNED | _ANEW | {_REVISION}
    items = cast("Object", value).items()
    return {key: _without(each) for key, each in items if key not in left_out}
