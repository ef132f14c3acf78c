"""The charm's life, a test for each statement: storage of each provider comes, changes and goes.

Velero's plugin for Azure is not built here: its objects are shown, and that Velero asks for it.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import pytest
from tests.cluster import integrators
from tests.functional.model import MISSING, S3, Model, Models, Status

ACTIVE: Final[Status] = ("active", "")
NO_PLUGIN: Final = (
    "Storage location is Unavailable: unable to locate ObjectStore plugin named velero.io/azure"
)
Make: TypeAlias = Callable[[Model], str]
AZURE: Final[dict[str, integrators.Field]] = {
    "secret_key": base64.b64encode(b"first").decode(),
    "container": "first",
    "storage_account": "acct",
    "connection_protocol": "https",
    "endpoint": "https://acct.blob.core.windows.net/",
}


@dataclass(frozen=True)
class Case:
    """A provider.

    Attributes:
        provider: Velero's name of it.
        endpoint: the charm's.
        plugin: the image that the configuration names.
        remote: makes the integrator.
        bucket: the integrator's field with the bucket.
        key: the credential that it has at first.
        other_key: another one.
        status: what the charm says in the end.
    """

    provider: str
    endpoint: str
    plugin: str
    remote: Callable[[Model], integrators.Remote]
    bucket: str
    key: Make
    other_key: Make
    status: Status = ACTIVE


def gcs(model: Model) -> integrators.Remote:
    store = model.cluster.google_store()
    store.create_bucket(model.bucket)
    store.create_bucket("other")
    return integrators.gcs(
        secret_key=store.account(), bucket=model.bucket, endpoint=store.endpoint
    )


def other_account(model: Model) -> str:
    return json.dumps(json.loads(model.cluster.google_store().account()) | {"client_id": "2"})


CASES: Final = (
    Case(
        provider="aws",
        endpoint=S3,
        plugin="velero/velero-plugin-for-aws:v1.14.3",
        remote=lambda model: integrators.s3(model.credentials()),
        bucket="bucket",
        key=lambda model: model.cluster.store.secret_key,
        other_key=lambda _: "not-the-right-key",
    ),
    Case(
        provider="azure",
        endpoint="azure-storage",
        plugin="velero/velero-plugin-for-microsoft-azure:v1.14.3",
        remote=lambda _: integrators.azure(AZURE),
        bucket="container",
        key=lambda _: str(AZURE["secret_key"]),
        other_key=lambda _: base64.b64encode(b"second").decode(),
        status=("blocked", NO_PLUGIN),
    ),
    Case(
        provider="gcp",
        endpoint="gcs-credentials",
        plugin="velero/velero-plugin-for-gcp:v1.14.3",
        remote=gcs,
        bucket="bucket",
        key=lambda model: model.cluster.google_store().account(),
        other_key=other_account,
    ),
)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.provider)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture(scope="module")
def stored(models: Models, case: Case) -> Iterator[Model]:
    """A model that is integrated with a provider; tests leave it so."""
    with models.model(f"stored-{case.provider}") as model:
        model.cluster.store.create_bucket("other")
        model.deploy()
        model.juju.integrate(case.endpoint, case.remote(model))
        yield model


def plugins(model: Model) -> list[str]:
    pod = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]
    return [container["image"] for container in pod.get("initContainers", ())]


def credential(model: Model) -> str:
    """The file in the one Secret that there is, which the location names."""
    [name] = model.storage_secrets()
    assert model.location()["spec"]["credential"] == {"name": name, "key": "cloud"}
    return base64.b64decode(model.api.get("Secret", name)["data"]["cloud"]).decode()


def test_storage_created_applies_a_secret_with_its_credentials(stored: Model, case: Case) -> None:
    assert case.key(stored) in credential(stored)
    assert case.key(stored) not in stored.juju.status_table() + stored.logged()


def test_storage_created_installs_the_plugin_of_its_provider(stored: Model, case: Case) -> None:
    assert plugins(stored) == [case.plugin]


def test_storage_created_configures_a_location_that_velero_judges(
    stored: Model, case: Case
) -> None:
    spec = stored.location()["spec"]
    assert (spec["provider"], spec["default"]) == (case.provider, True)
    assert spec["objectStorage"]["prefix"] == f"{stored.namespace}/velero-operator"
    assert stored.unit() == case.status


def test_storage_that_is_configured_already_is_left_as_it_is(stored: Model, case: Case) -> None:
    versions, server = stored.api.versions(), stored.server()
    stored.juju.set_data(case.endpoint, something_new="1")
    stored.juju.update_status()
    now = stored.api.versions()
    location = ("BackupStorageLocation", "default")  # which Velero judges every minute
    assert now | {location: ""} == versions | {location: ""}
    assert stored.server() == server


def test_storage_created_beside_another_one_blocks_and_touches_nothing(
    stored: Model, case: Case
) -> None:
    spec, server, secrets = stored.location()["spec"], stored.server(), stored.storage_secrets()
    second = stored.juju.integrate(S3, integrators.s3(stored.credentials(), app="second"))
    name, message = stored.unit()
    assert name == "blocked"
    assert message.startswith("More than one storage: ")
    assert stored.location()["spec"] == spec
    assert stored.storage_secrets() == secrets
    assert plugins(stored) == [case.plugin]
    stored.juju.break_relation(second)
    assert stored.unit() == case.status
    assert stored.server() == server


def test_storage_updated_changes_the_location_in_place(stored: Model, case: Case) -> None:
    before, server = stored.location(), stored.server()
    bucket = before["spec"]["objectStorage"]["bucket"]
    stored.juju.set_data(case.endpoint, **{case.bucket: "other"})
    now = stored.location()
    assert now["spec"]["objectStorage"]["bucket"] == "other"
    assert now["metadata"]["uid"] == before["metadata"]["uid"]
    assert stored.unit() == case.status
    stored.juju.set_data(case.endpoint, **{case.bucket: bucket})
    assert stored.location()["spec"] == before["spec"]
    assert stored.server() == server


def test_storage_updated_with_another_credential_replaces_the_secret(
    stored: Model, case: Case
) -> None:
    server, key, other = stored.server(), case.key(stored), case.other_key(stored)
    for each in (other, key):
        stored.juju.rotate_secret(case.endpoint, secret_key=each)
        assert each in credential(stored)
    assert stored.unit() == case.status
    assert stored.server() == server


def test_storage_broken_deletes_secret_and_location_and_disables_the_plugin(
    stored: Model, case: Case
) -> None:
    stored.juju.break_relation(case.endpoint)
    assert stored.unit() == MISSING
    assert stored.api.list("BackupStorageLocation") == stored.storage_secrets() == []
    assert plugins(stored) == []
    assert stored.api.get("Deployment", "velero")["status"]["availableReplicas"] == 1
    stored.juju.integrate(case.endpoint, case.remote(stored))
    assert stored.unit() == case.status
