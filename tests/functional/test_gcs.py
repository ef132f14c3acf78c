"""Google Cloud Storage with the real plugin, a server of its protocol and a login that checks."""

import json

import pytest
from tests.cluster import integrators
from tests.cluster.google_store import GoogleStore
from tests.functional.model import Model

GCS = "gcs-credentials"
ACTIVE = ("active", "")


@pytest.fixture
def store(model: Model) -> GoogleStore:
    store = model.cluster.google_store()
    store.create_bucket(model.bucket)
    return store


def integrator(
    model: Model, store: GoogleStore, **fields: integrators.Field
) -> integrators.Remote:
    given: dict[str, integrators.Field] = {
        "secret_key": store.account(),
        "bucket": model.bucket,
        "endpoint": store.endpoint,
    }
    return integrators.gcs(given | fields)


def test_a_backup_goes_to_google_and_comes_back(model: Model, store: GoogleStore) -> None:
    model.deploy()
    model.juju.integrate(GCS, integrator(model, store))
    assert model.unit() == ACTIVE
    spec = model.location()["spec"]
    assert (spec["provider"], spec["objectStorage"]["bucket"]) == ("gcp", model.bucket)
    assert store.tokens > 0
    model.api.create("ConfigMap", {"metadata": {"name": "precious"}, "data": {"a": "b"}})
    model.succeed(f"backup create b1 --include-namespaces {model.namespace} --wait")
    path = store.bucket_path(model.bucket) / model.namespace / "velero-operator/backups/b1"
    assert (path / "b1.tar.gz").exists()
    model.api.delete("ConfigMap", "precious")
    model.succeed("restore create --from-backup b1 --include-resources configmaps --wait")
    assert model.api.get("ConfigMap", "precious")["data"] == {"a": "b"}


def test_a_key_file_in_clear_and_without_a_version_works_as_well(
    model: Model, store: GoogleStore
) -> None:
    model.deploy()
    given = {"secret-key": store.account(), "bucket": model.bucket, "endpoint": store.endpoint}
    model.juju.integrate(GCS, given)
    assert model.unit() == ACTIVE


def test_snapshots_are_of_the_project_of_the_key_file(model: Model, store: GoogleStore) -> None:
    model.deploy()
    model.juju.integrate(GCS, integrator(model, store))
    spec = model.api.get("VolumeSnapshotLocation", "default")["spec"]
    assert (spec["provider"], spec["config"]) == ("gcp", {"project": "a-project"})
    assert spec["credential"] == model.location()["spec"]["credential"]


def test_a_wrong_key_is_told_and_the_right_one_heals_without_a_restart(
    model: Model, store: GoogleStore
) -> None:
    model.deploy()
    wrong = store.account(right=False)
    model.juju.integrate(GCS, integrator(model, store, secret_key=wrong))
    name, message = model.unit()
    assert name == "blocked"
    assert "Invalid JWT Signature" in message
    server = model.server()
    model.juju.rotate_secret(GCS, secret_key=store.account())
    assert model.unit() == ACTIVE
    assert model.server() == server
    key = json.loads(wrong)["private_key"].splitlines()[1]
    assert key not in model.juju.status_table() + model.logged()


def test_what_is_no_key_file_never_reaches_velero(model: Model, store: GoogleStore) -> None:
    model.deploy()
    key_file = json.dumps({"type": 7, "private_key": "sensitive"})
    model.juju.integrate(GCS, integrator(model, store, secret_key=key_file))
    name, message = model.unit()
    assert name == "blocked"
    assert message.startswith("Invalid storage data: gcs-credentials: secret-key: its type is")
    assert model.api.find("BackupStorageLocation", "default") is None
    assert "sensitive" not in message + model.logged()
