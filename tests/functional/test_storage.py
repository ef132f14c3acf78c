"""From a relation to a usable storage location, in every form that integrators send it."""

import base64
import json

import pytest
import yaml
from tests.cluster import integrators
from tests.cluster.application import REPOSITORY, Option
from tests.cluster.dispatch import dispatch, from_scenario
from tests.functional.model import APP, S3, Model

ACTIVE = ("active", "")
PRINCIPAL = "azure-service-principal"


def test_a_relation_with_a_secret_ends_in_an_available_location(model: Model) -> None:
    model.ready()
    location = model.location()
    assert location["status"]["phase"] == "Available"
    assert location["spec"]["default"] is True
    assert location["spec"]["objectStorage"] == {
        "bucket": model.bucket,
        "prefix": f"{model.namespace}/velero-operator",
    }
    assert location["spec"]["credential"] == {"name": "velero-storage-1", "key": "cloud"}
    endpoint = model.cluster.store.endpoint
    assert location["spec"]["config"] == {
        "checksumAlgorithm": "",
        "region": "us-east-1",
        "s3ForcePathStyle": "true",
        "s3Url": endpoint,
    }


def test_credentials_are_in_the_secret_and_nowhere_else(model: Model) -> None:
    model.ready()
    store = model.cluster.store
    for key, obj in model.api.everything().items():
        if key != ("Secret", "velero-storage-1"):
            assert store.secret_key not in json.dumps(obj), key
    data = model.api.get("Secret", "velero-storage-1")["data"]
    text = base64.b64decode(data["cloud"]).decode()
    assert f"aws_secret_access_key={store.secret_key}\n" in text
    assert store.secret_key not in model.juju.status_table() + model.logged()


def test_a_plaintext_relation_works_as_well(model: Model) -> None:
    model.deploy()
    model.juju.integrate(S3, integrators.legacy_s3(model.credentials()))
    assert model.unit() == ACTIVE
    assert model.location()["status"]["phase"] == "Available"


def test_a_private_ca_is_taken_as_a_list_of_pem(model: Model) -> None:
    store = model.cluster.tls_store()
    store.create_bucket(model.bucket)
    keys = {"access_key": store.access_key, "secret_key": store.secret_key}
    model.deploy()
    model.relate(**keys, endpoint=store.endpoint)
    name, message = model.unit()
    assert name == "blocked"
    assert "certificate signed by unknown authority" in message
    model.juju.set_data(S3, tls_ca_chain=[store.ca_pem])
    assert model.unit() == ACTIVE
    reference = {"name": "velero-storage-2", "key": "ca-bundle"}
    assert model.location()["spec"]["objectStorage"]["caCertRef"] == reference
    assert model.storage_secrets() == ["velero-storage-2"]


def test_a_private_ca_is_in_the_location_for_a_server_that_knows_no_reference(
    model: Model,
) -> None:
    """The image's tag is of an older Velero; the server here is still the pinned one."""
    store = model.cluster.tls_store()
    store.create_bucket(model.bucket)
    keys = {"access_key": store.access_key, "secret_key": store.secret_key}
    old: dict[str, Option] = {
        "velero-image": "velero/velero:v1.17.2",
        "velero-aws-plugin-image": "velero/velero-plugin-for-aws:v1.13.2",
    }
    model.deploy(old)
    model.relate(**keys, endpoint=store.endpoint, tls_ca_chain=[store.ca_pem])
    assert model.unit() == ACTIVE
    given = model.location()["spec"]["objectStorage"]
    assert "caCertRef" not in given
    assert base64.b64decode(given["caCert"]).decode().strip() == store.ca_pem.strip()
    model.juju.config(**dict.fromkeys(old))
    assert model.unit() == ACTIVE
    given = model.location()["spec"]["objectStorage"]
    assert "caCert" not in given, "both together would be refused"
    assert given["caCertRef"] == {"name": "velero-storage-1", "key": "ca-bundle"}


def test_a_private_ca_is_taken_as_base64_of_a_bundle(model: Model) -> None:
    store = model.cluster.tls_store()
    store.create_bucket(model.bucket)
    chain = base64.b64encode(store.ca_pem.encode()).decode()
    model.deploy()
    data = {
        "access-key": store.access_key,
        "secret-key": store.secret_key,
        "bucket": model.bucket,
        "endpoint": store.endpoint,
        "tls-ca-chain": chain,
    }
    model.juju.integrate(S3, data)
    assert model.unit() == ACTIVE


def test_a_backup_lies_below_the_path_of_the_relation(model: Model) -> None:
    model.deploy()
    model.relate(path="/team/one/")
    assert model.unit() == ACTIVE
    model.succeed("backup create b1 --include-namespaces kube-public --wait")
    files = model.bucket_files()
    assert files
    assert all(name.startswith("team/one/") for name in files)


def test_a_bucket_of_digits_works(model: Model) -> None:
    model.cluster.store.create_bucket("20261121")
    model.deploy()
    model.relate(bucket="20261121")
    assert model.unit() == ACTIVE
    assert model.location()["spec"]["objectStorage"]["bucket"] == "20261121"


def test_a_bucket_that_is_not_there_is_told_in_velero_s_words_and_can_be_corrected(
    model: Model,
) -> None:
    model.deploy()
    model.relate(bucket="nowhere")
    name, message = model.unit()
    assert name == "blocked"
    assert message.startswith("Storage location is Unavailable: ")
    assert "NoSuchBucket" in message
    model.juju.set_data(S3, bucket=model.bucket)
    assert model.unit() == ACTIVE


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("bucket", None, "s3-credentials: bucket: is missing"),
        ("endpoint", "ftp://x", "s3-credentials: endpoint: is no http or https URL"),
        ("tls_ca_chain", ["junk"], "s3-credentials: tls-ca-chain: is no PEM certificate"),
        ("s3_uri_style", "round", "s3-credentials: s3-uri-style: is none of"),
        ("path", "../x", "s3-credentials: path: has . or .. in it"),
    ],
)
def test_data_that_cannot_be_used_blocks_and_leaves_what_works_untouched(
    model: Model, field: str, value: integrators.Field, message: str
) -> None:
    model.ready()
    versions, server = model.api.versions(), model.server()
    model.juju.set_data(S3, **{field: value})
    name, shown = model.unit()
    assert name == "blocked"
    assert shown.startswith(f"Invalid storage data: {message}")
    assert model.api.versions() == versions
    assert model.server() == server
    model.juju.update_status()
    assert model.api.versions() == versions
    model.juju.set_data(S3, **({field: None} | model.credentials()))
    assert model.unit() == ACTIVE
    assert model.server() == server


@pytest.mark.parametrize(
    ("hook", "label"),
    [(f"{S3}-relation-changed", None), ("secret-changed", f"{S3}.1.extra.secret")],
)
def test_a_secret_that_exists_and_may_not_be_read_is_waited_for(
    model: Model, hook: str, label: str | None
) -> None:
    model.ready()
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    state = from_scenario(model.juju.state(), f"{APP}/0", config)
    [key] = [key for key, secret in state["secrets"].items() if secret["owner"] is None]
    state["secrets"][key] |= {"granted": False, "label": label}
    about = {"JUJU_SECRET_ID": key, "JUJU_SECRET_LABEL": label or ""}
    done = dispatch(hook, state, model.cluster.path_env | about)
    assert done.exit_code == 0, done.hook_tools
    message = "Waiting for s3-integrator to grant its secret"
    assert state["status"] == {"status": "waiting", "message": message}
    assert ["secret-get"] in [call[:1] for call in done.hook_tools]
    state["secrets"][key]["granted"] = True
    done = dispatch("update-status", state, model.cluster.path_env)
    assert state["status"] == {"status": "active", "message": ""}
    asked = [call for call in done.hook_tools if call[0].startswith("relation-")]
    assert "relation-set" not in [call[0] for call in asked]
    assert all(asked.count(call) == 1 for call in asked), asked
    assert PRINCIPAL not in str(asked)
