"""Whatever arrives, reading it neither fails nor widens a backup."""

import json
from typing import Any, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.lib import wire

from charms.velero_libs.v0 import velero_backup_config as lib
from charms.velero_libs.v0.k8s_backup_target import K8sBackupTargetSpec
from charms.velero_libs.v0.velero_backup_config import (
    BackupClient,
    BackupScope,
    InvalidClient,
    VeleroBackupSpec,
)

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("db")
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
WORDS = st.sampled_from(["db", "team-*", "*", "", "Db", "[a-", "pods", "a/b", "app"])
KEYS = st.sampled_from([*VeleroBackupSpec.model_fields, "include-cluster-resources", "novelty"])
LIKELY = st.one_of(
    st.lists(WORDS, max_size=3),
    st.dictionaries(WORDS, WORDS, max_size=2),
    st.sampled_from(["30d", "1h", "-1h", "@daily", "0 2 * * *", "* * * *", True, False, None]),
)
SPECS = st.dictionaries(KEYS, st.one_of(LIKELY, LIKELY, JSON), max_size=4)
NAMES = st.one_of(st.sampled_from(["db", "backup", "prod"]), JSON)
ENTRIES = st.fixed_dictionaries(
    {}, optional={"app": NAMES, "relation_name": NAMES, "model": NAMES, "spec": SPECS | JSON}
)
NARROWING = ("include_namespaces", "include_resources", "label_selector")


def check(entry: dict[str, Any], spec_type: type[BackupScope]) -> None:
    """An entry is read as it was meant, or refused with a reason fit to be shown."""
    client = lib.read_client(3, entry, spec_type)
    assert client.relation_id == 3
    if isinstance(client, InvalidClient):
        assert 0 < len(client.reason) <= 500
        assert client.reason.isascii()
        assert client.reason.isprintable()
        return
    given = cast("dict[str, Any]", entry["spec"])
    assert client.identity == (entry["app"], entry["relation_name"], entry["model"])
    for field in NARROWING:
        # What narrows a backup arrives in full, or the client is refused.
        assert getattr(client.spec, field) == given.get(field)
    for field in ("exclude_namespaces", "exclude_resources"):
        assert (getattr(client.spec, field) or []) == (given.get(field) or [])
    # What we would send on is what we have read.
    assert spec_type.model_validate_json(client.spec.model_dump_json()) == client.spec


CONTROL: dict[str, Any] = {"spec": {"label_selector": {"\x1f": None}}}


@settings(max_examples=500)
@given(entry=ENTRIES)
@example(entry={"relation_name": "db", "app": "db", "model": "db"} | CONTROL)
def test_any_backup_entry(entry: dict[str, Any]) -> None:
    check(entry, VeleroBackupSpec)


@settings(max_examples=500)
@given(entry=ENTRIES)
def test_any_target_entry(entry: dict[str, Any]) -> None:
    check(entry, K8sBackupTargetSpec)


@settings(max_examples=30, deadline=None)
@given(
    texts=st.dictionaries(
        st.sampled_from(["app", "relation_name", "model", "spec", "backup_targets", "other"]),
        st.one_of(
            st.text(max_size=50), st.just("db"), JSON.map(json.dumps), SPECS.map(json.dumps)
        ),
    ),
    entries=st.lists(ENTRIES, max_size=3),
)
def test_any_databag(texts: dict[str, str], entries: list[dict[str, Any]]) -> None:
    for relation in (wire.backup_relation(texts), wire.target_relation(texts)):
        read = wire.backups if relation.endpoint == "velero-backups" else wire.targets
        assert all(isinstance(client, BackupClient | InvalidClient) for client in read(relation))
    targets = wire.target_relation({"backup_targets": json.dumps(entries)})
    assert len(wire.targets(targets)) == len(entries)


def outcome(fields: dict[str, Any]) -> VeleroBackupSpec | str:
    """The spec these fields make, as Velero reads it, or why they make none."""
    try:
        return VeleroBackupSpec(**fields).check()
    except ValidationError as error:
        return lib.explain(error)
    except ValueError as error:
        return str(error)


@settings(max_examples=300)
@given(fields=st.dictionaries(st.text(max_size=9) | KEYS, JSON | LIKELY, max_size=3))
def test_making_a_spec_fails_in_one_way_only(fields: dict[str, Any]) -> None:
    assert outcome(fields)


@given(text=st.text(), field=st.sampled_from(["ttl", "schedule"]))
def test_any_text_as_a_value(text: str, field: str) -> None:
    spec = outcome({field: text})
    if isinstance(spec, str):
        assert spec.startswith(f"{field}: ")
        return
    # Normalizing twice changes nothing more.
    assert outcome(spec.model_dump()) == spec
