"""The charm where it needs no cluster: wrong inputs, and an API server that is not there."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cluster import integrators
from tests.cluster.juju import Juju

NOWHERE = """
apiVersion: v1
kind: Config
current-context: x
clusters: [{name: x, cluster: {server: "http://127.0.0.1:9", insecure-skip-tls-verify: true}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
users: [{name: x, user: {token: t}}]
"""


@pytest.fixture
def juju(tmp_path: Path) -> Juju:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(NOWHERE)
    return Juju({"KUBECONFIG": str(kubeconfig), "PATH": ""}, model="m1")


def unit(juju: Juju) -> tuple[str, str]:
    health = juju.status.units["velero-operator/0"]
    return health.name, health.message


def test_without_an_api_server_the_charm_waits_and_no_hook_fails(juju: Juju) -> None:
    juju.deploy()
    assert all(event.error is None for event in juju.history)
    juju.integrate("s3-credentials", integrators.s3(access_key="a", secret_key="b", bucket="c"))
    name, message = unit(juju)
    assert name == "waiting"
    assert "Kubernetes API" in message


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("velero-image", "velero/velero", "no image with a tag or digest"),
        ("velero-image", "registry:5000/velero", "no image with a tag or digest"),
        ("velero-image", "", "no image with a tag or digest"),
        ("velero-image", "velero/velero:v1 --x", "no image with a tag or digest"),
        ("velero-aws-plugin-image", "Plugin", "no image with a tag or digest"),
        ("crds-on-remove", "never", "'auto', 'keep' or 'delete'"),
    ],
)
def test_a_wrong_option_blocks_and_names_itself(
    juju: Juju, option: str, value: str, reason: str
) -> None:
    juju.deploy({option: value})
    name, message = unit(juju)
    assert name == "blocked"
    assert message.startswith(f"Invalid option {option}: ")
    assert reason in message


@pytest.mark.parametrize(
    "image",
    [
        "velero/velero:v1.18.3",
        "registry.example:5000/velero/velero:v1.18.3",
        "velero@sha256:" + "a" * 64,
        "r.example/velero:v1.18.3@sha256:" + "a" * 64,
    ],
)
def test_an_image_with_a_tag_or_digest_is_taken(juju: Juju, image: str) -> None:
    juju.deploy({"velero-image": image})
    assert "Invalid option" not in unit(juju)[1]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bucket": ""}, "s3-credentials: bucket: is missing"),
        ({"bucket": "a/b"}, "s3-credentials: bucket: is no name"),
        ({"endpoint": "no url"}, "s3-credentials: endpoint: has a blank, a line break"),
        ({"tls-ca-chain": ["junk"]}, "s3-credentials: tls-ca-chain: is no PEM certificate"),
    ],
)
def test_storage_data_that_cannot_be_used_blocks_with_one_sentence(
    juju: Juju, fields: dict[str, str | list[str]], message: str
) -> None:
    juju.deploy()
    given = {"access-key": "AK", "secret-key": "not-to-be-shown", "bucket": "b"} | fields
    juju.integrate("s3-credentials", integrators.s3(given))
    name, shown = unit(juju)
    assert name == "blocked"
    assert shown.startswith(f"Invalid storage data: {message}")
    assert all("not-to-be-shown" not in line for event in juju.history for line in event.log)


def test_a_missing_relation_says_what_to_integrate(juju: Juju) -> None:
    juju.deploy()
    assert unit(juju) == (
        "blocked",
        "Missing storage: integrate s3-credentials, azure-storage or gcs-credentials",
    )


def test_an_integrator_that_has_nothing_to_say_yet_is_waited_for(juju: Juju) -> None:
    juju.deploy()
    juju.integrate("s3-credentials", integrators.DataBag({}, app="s3", endpoint="s3-credentials"))
    assert unit(juju)[0] == "waiting"


@pytest.mark.parametrize(
    ("endpoint", "integrator", "keys"),
    [
        ("s3-credentials", integrators.s3, {"access_key", "secret_key"}),
        ("azure-storage", integrators.azure, {"secret_key"}),
        ("gcs-credentials", integrators.gcs, {"secret_key"}),
    ],
)
def test_a_leader_asks_for_the_secrets_that_no_leader_before_it_asked_for(
    juju: Juju, endpoint: str, integrator: Callable[..., integrators.Remote], keys: set[str]
) -> None:
    juju.deploy()
    juju.lead(None)
    integration = juju.integrate(endpoint, integrator(**dict.fromkeys(keys, "not-to-be-shown")))
    assert integration.app_data == {}
    juju.elect(0)
    assert "secret-extra" in integration.remote.data
    bags = [integration.remote.data, integration.app_data, integration.unit_data]
    assert "not-to-be-shown" not in json.dumps(bags)


def test_a_leader_asks_for_the_principal_that_no_leader_before_it_asked_for(juju: Juju) -> None:
    juju.deploy()
    juju.integrate("azure-storage", integrators.azure(secret_key="a2V5"))
    juju.lead(None)
    principal = integrators.service_principal(client_id="client", client_secret="s3cret")
    integration = juju.integrate("azure-service-principal", principal)
    assert integration.app_data == {}
    juju.elect(0)
    assert integration.app_data == {"requested-secrets": '["client-id", "client-secret"]'}
    assert "secret-extra" in integration.remote.data


def test_nothing_more_is_asked_of_a_provider_that_answers_in_clear(juju: Juju) -> None:
    juju.deploy()
    integration = juju.integrate("s3-credentials", integrators.legacy_s3(bucket="b"))
    integration.app_data = {"bucket": "relation-1"}
    juju.update_status()
    assert integration.app_data == {"bucket": "relation-1"}


def test_two_storages_block(juju: Juju) -> None:
    juju.deploy()
    for app in ("one", "two"):
        store = integrators.s3(access_key="a", secret_key="b", bucket="c", app=app)
        juju.integrate("s3-credentials", store)
    name, message = unit(juju)
    assert name == "blocked"
    assert message.startswith("More than one storage: one (s3-credentials), two (s3-credentials)")


def test_a_command_is_refused_before_anything_is_asked(juju: Juju) -> None:
    juju.deploy()
    result = juju.run("run", command="install")
    assert result.failed
    assert (
        result.message == "'install' is not run by this action; it runs backup, restore, schedule"
    )
