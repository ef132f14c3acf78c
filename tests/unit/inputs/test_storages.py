"""What is read of the storage relations, without a cluster."""

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import ops
import pytest
from ops import testing
from tests.cluster.integrators import quiet_library

from inputs.storages import Reading, Storages
from velero.problem import Need, Problem
from velero.storage.providers.azure import PRINCIPAL_ENDPOINT
from velero.storage.providers.known import PROVIDERS

IMAGES = {provider.plugin_option: "velero/plugin:v1" for provider in PROVIDERS.values()}
META = {
    "name": "velero-operator",
    "requires": {name: {"interface": "any"} for name in Storages.endpoints()},
}
KEY = {"secret-key": "a2V5"}
AZURE = {"version": "1", "container": "backups", "storage-account": "acct"}
IDS = {"subscription-id": "sub", "tenant-id": "tenant"}
LOGIN = {"client-id": "client", "client-secret": "s3cret"}
ACCOUNT = {
    "type": "service_account",
    "client_email": "a@b",
    "private_key": "-----BEGIN PRIVATE KEY-----",
    "token_uri": "https://x",
}


class Reader(ops.CharmBase):
    """Holds the storages and does nothing."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.storages = Storages(self)


def relation(endpoint: str, app: str = "integrator", /, **data: str) -> testing.Relation:
    bag = {key.replace("_", "-"): value for key, value in data.items()}
    return testing.Relation(endpoint, remote_app_name=app, remote_app_data=bag)


@contextmanager
def charm(
    relations: Iterable[testing.Relation],
    secrets: Iterable[testing.Secret] = (),
    *,
    created: testing.Relation | None = None,
    leader: bool = True,
) -> Generator[testing.Manager[Reader]]:
    state = testing.State(leader=leader, relations=set(relations), secrets=set(secrets))
    context = testing.Context(Reader, meta=META)
    event = context.on.relation_created(created) if created else context.on.update_status()
    with quiet_library(), context(event, state) as manager:
        yield manager


def read(*relations: testing.Relation, secrets: Iterable[testing.Secret] = ()) -> Reading:
    with charm(relations, secrets) as manager:
        return manager.charm.storages.read(IMAGES, "model/app")


def waiting(message: str) -> tuple[None, Problem]:
    return None, Problem(Need.WAITING, message)


def azure() -> testing.Relation:
    return relation("azure-storage", **AZURE, **KEY)


def test_every_provider_has_a_requirer() -> None:
    for endpoint in PROVIDERS:
        assert read(relation(endpoint))[1] is not None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "subscription-id, tenant-id, client-id, client-secret"),
        (IDS, "client-id, client-secret"),
        (IDS | {"client-id": "x"}, "client-secret"),
    ],
)
def test_a_principal_that_says_too_little_is_waited_for(
    data: dict[str, str], message: str
) -> None:
    principal = relation(PRINCIPAL_ENDPOINT, "auth", **data)
    assert read(azure(), principal) == waiting(f"Waiting for auth to send {message}")


def test_a_principal_whose_secret_is_not_granted_is_waited_for() -> None:
    principal = relation(PRINCIPAL_ENDPOINT, "auth", **IDS, secret_extra="secret:nothing")
    assert read(azure(), principal) == waiting("Waiting for auth to grant its secret")


def test_the_newest_revision_of_the_principal_s_secret_is_read() -> None:
    secret = testing.Secret(LOGIN, latest_content=LOGIN | {"client-secret": "newer"})
    principal = relation(PRINCIPAL_ENDPOINT, **IDS, secret_extra=secret.id)
    storage, problem = read(azure(), principal, secrets=[secret])
    assert storage
    assert problem is None
    assert "AZURE_CLIENT_SECRET=newer\n" in storage.credential


def test_a_principal_in_clear_works_as_well() -> None:
    storage, _ = read(azure(), relation(PRINCIPAL_ENDPOINT, **IDS, **LOGIN))
    assert storage
    assert storage.config["useAAD"] == "true"


def test_a_principal_counts_for_azure_only() -> None:
    keys = {"access_key": "a", "secret_key": "b", "bucket": "c"}
    storage, problem = read(relation("s3-credentials", **keys), relation(PRINCIPAL_ENDPOINT))
    assert storage
    assert problem is None


def test_a_key_file_stays_the_text_that_was_sent() -> None:
    text = json.dumps(ACCOUNT, indent=3)
    secret = testing.Secret({"secret-key": text})
    gcs = relation("gcs-credentials", version="1", bucket="123", secret_extra=secret.id)
    storage, _ = read(gcs, secrets=[secret])
    assert storage
    assert (storage.bucket, storage.credential) == ("123", f"{text}\n")


@pytest.mark.parametrize("leader", [True, False])
def test_only_the_leader_asks_for_the_principal_s_secret(*, leader: bool) -> None:
    principal = relation(PRINCIPAL_ENDPOINT)
    with charm([principal], created=principal, leader=leader) as manager:
        state = manager.run()
    asked: Any = state.get_relation(principal.id)
    wanted = {"requested-secrets": '["client-id", "client-secret"]'} if leader else {}
    assert asked.local_app_data == wanted
