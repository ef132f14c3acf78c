"""What may not happen to a location while something runs, and when snapshots are asked about."""

from dataclasses import replace
from typing import Any, cast

import pytest

from velero.desired import Desired, Storage
from velero.kubernetes.resources import Object
from velero.storage import location, objects

STORAGE = Storage(
    "s3-credentials", "aws", "plugin:v1", "backups", "m1/velero", {"s3Url": "http://x"}
)
DESIRED = Desired("m1", "velero-operator", "velero/velero:v1.18.3", STORAGE)
WITH_SNAPSHOTS = replace(STORAGE, snapshot_config={"region": "eu-west-1"})


def fields(value: Any) -> Object:  # noqa: ANN401 - JSON
    """What server-side apply notes of a value without lists."""
    if not isinstance(value, dict):
        return {}
    return {f"f:{key}": fields(below) for key, below in cast("Object", value).items()}


def live(storage: Storage = STORAGE, keys: str = "velero-storage-1", phase: str = "") -> Object:
    obj = objects.location(DESIRED, storage, keys)
    own = {k: v for k, v in obj["metadata"].items() if k not in {"name", "namespace"}}
    noted = fields({"metadata": own, "spec": obj["spec"]})
    entry = {"manager": "velero-operator", "operation": "Apply", "fieldsV1": noted}
    obj["metadata"]["managedFields"] = [entry]
    return obj | ({"status": {"phase": phase}} if phase else {})


@pytest.mark.parametrize(
    ("storage", "harm"),
    [
        (STORAGE, ""),
        (replace(STORAGE, credential="new", plugin_image="plugin:v2"), ""),
        (None, "removal"),
        (replace(STORAGE, bucket="other"), "change"),
        (replace(STORAGE, prefix="other"), "change"),
        (replace(STORAGE, provider="gcp", config={}), "change"),
        (replace(STORAGE, config={"s3Url": "http://y"}), "change"),
    ],
)
def test_what_harms_a_running_operation(storage: Storage | None, harm: str) -> None:
    assert location.disturbance(replace(DESIRED, storage=storage), live()) == harm


def test_another_secret_or_chain_is_no_harm() -> None:
    rotated = replace(STORAGE, ca_chain="new")
    before = live(replace(STORAGE, ca_chain="old"), "velero-storage-7")
    assert location.disturbance(replace(DESIRED, storage=rotated), before) == ""


@pytest.mark.parametrize(
    ("image", "certificates"),
    [
        ("velero/velero:v1.16.2", {"caCert": "cGVt"}),
        ("velero/velero:v1.17.2", {"caCert": "cGVt"}),
        ("velero/velero:v1.18.0", {"caCertRef": {"name": "keys", "key": "ca-bundle"}}),
        ("velero/velero:latest", {"caCertRef": {"name": "keys", "key": "ca-bundle"}}),
    ],
)
def test_certificates_are_where_the_server_looks_for_them(
    image: str, certificates: Object
) -> None:
    desired, storage = replace(DESIRED, image=image), replace(STORAGE, ca_chain="pem")
    store = objects.location(desired, storage, "keys")["spec"]["objectStorage"]
    assert store == {"bucket": "backups", "prefix": "m1/velero", **certificates}


def test_a_location_that_cannot_be_used_may_be_mended_but_not_taken_away() -> None:
    before = live(phase="Unavailable")
    mended = replace(DESIRED, storage=replace(STORAGE, bucket="other"))
    assert location.disturbance(mended, before) == ""
    assert location.disturbance(replace(DESIRED, storage=None), before) == "removal"


def test_what_is_kept_or_not_there_cannot_be_harmed() -> None:
    kept = replace(DESIRED, storage=None, keep_storage=True)
    assert location.disturbance(kept, live()) == ""
    assert location.disturbance(DESIRED, None) == ""


def test_snapshots_are_asked_about_where_there_may_be_one() -> None:
    wanting = replace(DESIRED, storage=WITH_SNAPSHOTS)
    assert location.may_have_snapshots(wanting, [])
    assert location.may_have_snapshots(DESIRED, [live(WITH_SNAPSHOTS)])
    assert not location.may_have_snapshots(DESIRED, [live()])


def test_a_snapshot_location_without_keys_has_no_config() -> None:
    bare = objects.snapshot_location(DESIRED, replace(STORAGE, snapshot_config={}), "keys")
    assert bare["spec"] == {"provider": "aws", "credential": {"name": "keys", "key": "cloud"}}
    assert bare["metadata"]["labels"]["app.kubernetes.io/instance"] == DESIRED.instance


@pytest.mark.parametrize(
    ("after", "phase", "lost"),
    [
        (replace(STORAGE, bucket="other"), "Available", {"status": {"lastValidationTime": None}}),
        (replace(STORAGE, bucket="other"), "Unavailable", {"status": None}),
        (
            replace(STORAGE, provider="gcp", config={}),
            "Available",
            {"status": None, "spec": {"config": None}},
        ),
    ],
)
def test_what_was_true_of_the_old_location_goes(
    after: Storage, phase: str, lost: dict[str, Any]
) -> None:
    before = live(phase=phase)
    assert location.outdated(before, objects.location(DESIRED, after, "keys")) == lost
