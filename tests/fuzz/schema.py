"""Objects as the definitions of Velero's kinds allow them: the schemas are read, not copied."""

import functools
import json
import subprocess
from typing import Any, Final, TypeAlias, cast

from hypothesis import strategies as st
from tests.cluster.tools import charm_cli

from velero.backups.schedules import APPLICATION, ENDPOINT, MODEL, SCHEDULE_LABEL
from velero.kubernetes.resources import INSTANCE, MANAGED_BY

JSON: TypeAlias = Any
Strategy: TypeAlias = st.SearchStrategy[Any]

TEXTS: Final = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(
        ["default", "velero", "shop", "", "Completed", "\x00", "\x1b[2J", "a\nb", "é"]
    ),
)
_ODD: Final = (
    "0000-01-01T00:00:00Z 2026-01-01T00:00:00+24:00 9999-12-31T23:59:59-23:59 "
    "0001-01-01T00:00:00+23:59 2026-01-01T00:00:60Z 2026-02-30T00:00:00Z never"
)
MOMENTS: Final = st.one_of(
    st.datetimes().map(lambda each: f"{each:%Y-%m-%dT%H:%M:%SZ}"),
    st.sampled_from(_ODD.split()),
)
"""The API server's own grammar of a time is wider than the calendar."""
ANYTHING: Final[Strategy] = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@functools.cache
def definitions() -> dict[str, JSON]:
    """Each kind's schema, as the pinned CLI's definitions have it, and its API version."""
    command = [charm_cli(), "install", "--crds-only", "--dry-run", "-o", "json"]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    items: list[JSON] = json.loads(printed)["items"]
    return {
        crd["spec"]["names"]["kind"]: {
            "apiVersion": f"{crd['spec']['group']}/{version['name']}",
            "schema": version["schema"]["openAPIV3Schema"],
        }
        for crd in items
        for version in crd["spec"]["versions"]
    }


def values(schema: JSON) -> Strategy:
    """Values that a schema allows, with and without what it leaves to be."""
    found = _values(schema)
    return found | st.none() if schema.get("nullable") else found


def _values(schema: JSON) -> Strategy:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("type") == "object":
        return _objects(schema)
    if schema.get("type") == "array":
        return st.lists(values(schema.get("items", {})), max_size=3)
    is_moment = schema.get("format") == "date-time"
    simple = {
        "string": MOMENTS if is_moment else TEXTS,
        "integer": st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3),
        "boolean": st.booleans(),
    }
    return simple.get(schema.get("type", ""), ANYTHING)


def _objects(schema: JSON) -> Strategy:
    properties: dict[str, JSON] = schema.get("properties", {})
    if not properties and isinstance(schema.get("additionalProperties"), dict):
        return st.dictionaries(TEXTS, values(schema["additionalProperties"]), max_size=3)
    if not properties:
        return st.dictionaries(TEXTS, ANYTHING, max_size=3)
    required = schema.get("required", ())
    drawn = {key: values(below) for key, below in properties.items()}
    return st.fixed_dictionaries(
        {key: each for key, each in drawn.items() if key in required},
        optional={key: each for key, each in drawn.items() if key not in required},
    )


def sometimes(parts: dict[str, Strategy]) -> Strategy:
    """Mappings that have some of these parts."""
    return st.fixed_dictionaries(dict[str, Strategy](), optional=parts)


NAMES: Final = st.sampled_from(["default", "velero", "nightly", "shop.backup-20260101000000"])
LABELS: Final = st.dictionaries(
    st.sampled_from(
        [SCHEDULE_LABEL, INSTANCE, MANAGED_BY, "velero.io/x", APPLICATION, ENDPOINT, MODEL]
    ),
    st.sampled_from(["", "shop", "backup", "m1", "m1-velero-operator", "velero-operator", "juju"]),
)
_WRITTEN: Final[Strategy] = st.just({"f:spec": {"f:schedule": dict[str, JSON]()}})
_FIELDS: Final[dict[str, Strategy]] = {
    "manager": st.sampled_from(["velero-operator", "kubectl", ""]),
    "operation": st.sampled_from(["Apply", "Update"]),
    "time": MOMENTS,
    "fieldsV1": _WRITTEN,
}
_GIVEN: Final[dict[str, Strategy]] = {
    "name": NAMES,
    "namespace": st.just("m1"),
    "uid": st.uuids().map(str),
    "creationTimestamp": st.just("2026-01-01T00:00:00Z"),
    "resourceVersion": st.just("7"),
    "generation": st.integers(0, 3),
}
_PERHAPS: Final[dict[str, Strategy]] = {
    "labels": LABELS,
    "annotations": st.dictionaries(TEXTS, TEXTS, max_size=2),
    "finalizers": st.lists(TEXTS, max_size=2),
    "deletionTimestamp": MOMENTS,
    "managedFields": st.lists(sometimes(_FIELDS), max_size=2),
}
METADATA: Final[Strategy] = st.fixed_dictionaries(_GIVEN, optional=_PERHAPS)
"""What the API server itself always gives is always there."""


def objects(kind: str) -> Strategy:
    """Objects of one of Velero's kinds, as the API server may hold them."""
    known = definitions()[kind]
    whole = cast("dict[str, JSON]", known["schema"]["properties"])
    parts: dict[str, Strategy] = {
        key: values(schema) for key, schema in whole.items() if key in {"spec", "status"}
    }
    fixed: dict[str, Strategy] = {
        "apiVersion": st.just(known["apiVersion"]),
        "kind": st.just(kind),
        "metadata": METADATA,
    }
    return st.fixed_dictionaries(fixed, optional=parts)
