"""What people give an integrator by mistake works, or the status says what is wrong with it."""

import pytest
from tests.cluster.integrators import Field
from tests.functional.model import S3, Model

ACTIVE = ("active", "")
INVALID = "Invalid storage data: s3-credentials: "


def refused(model: Model) -> str:
    """What is wrong with the storage data, and where."""
    name, message = model.unit()
    assert name == "blocked"
    assert message.startswith(INVALID), message
    return message.removeprefix(INVALID)


def test_a_secret_key_that_the_plugin_would_cut_is_refused_and_not_shown(model: Model) -> None:
    model.ready()
    before = model.location()["spec"]
    model.juju.rotate_secret(S3, secret_key="pa55 #w0rd;x")
    assert refused(model).startswith("secret-key: has a blank before # or ;")
    assert "w0rd" not in model.juju.status_table() + model.logged()
    assert model.location()["spec"] == before


def test_a_secret_key_of_quotes_and_comment_signs_opens_the_store(model: Model) -> None:
    store = model.cluster.store
    keys = store.access_key, store.secret_key
    model.ready()
    try:
        store.rotate(keys[0], "'#;it's=[x]: $\\ \"y\"'")
        model.juju.rotate_secret(S3, secret_key=store.secret_key)
        model.juju.update_status()
        assert model.unit() == ACTIVE
        model.succeed("backup create b1 --include-namespaces kube-public --wait")
    finally:
        store.rotate(*keys)


def test_blanks_around_what_is_typed_are_nothing(model: Model) -> None:
    model.deploy()
    store = model.cluster.store
    keys: dict[str, Field] = {"access_key": store.access_key, "secret_key": store.secret_key}
    padded = {"endpoint": store.endpoint, "bucket": model.bucket, "region": "us-east-1"}
    model.relate(**keys, **{name: f" {value}\t" for name, value in padded.items()}, path=" a/b ")
    assert model.unit() == ACTIVE
    spec = model.location()["spec"]
    assert spec["objectStorage"] == {"bucket": model.bucket, "prefix": "a/b"}
    assert (spec["config"]["s3Url"], spec["config"]["region"]) == (store.endpoint, "us-east-1")


@pytest.mark.parametrize("path", [" ", "\t/ "])
def test_a_path_of_blanks_is_none(model: Model, path: str) -> None:
    model.deploy()
    model.relate(path=path)
    assert model.unit() == ACTIVE
    assert model.location()["spec"]["objectStorage"]["prefix"] == f"{model.namespace}/{model.app}"


def test_an_endpoint_with_a_path_is_for_no_node_agent(model: Model) -> None:
    model.deploy({"use-node-agent": True})
    model.relate(endpoint=f"{model.cluster.store.endpoint}/s3")
    why = "endpoint: has a path, and the node agent can only use a store without one"
    assert refused(model).startswith(why)
    assert model.api.find("BackupStorageLocation", "default") is None
    model.juju.config(use_node_agent=False)
    assert model.location()["spec"]["config"]["s3Url"].endswith("/s3")
    model.juju.config(use_node_agent=True)
    assert refused(model).startswith(why)
    model.juju.set_data(S3, endpoint=model.cluster.store.endpoint)
    assert model.location()["status"]["phase"] == "Available"


def test_what_names_the_bucket_in_another_way_is_told_apart_from_its_name(model: Model) -> None:
    model.deploy()
    endpoint = model.cluster.store.endpoint
    model.relate(endpoint=f"{endpoint}/{model.bucket}")
    assert refused(model).startswith("endpoint: ends with the bucket's name")
    model.juju.set_data(S3, endpoint=endpoint, bucket=f"arn:aws:s3:::{model.bucket}")
    assert refused(model).startswith("bucket: is an ARN, which Velero does not take")
    model.juju.set_data(S3, bucket=model.bucket)
    assert model.unit() == ACTIVE


def test_a_host_of_amazon_s_is_kept_and_all_else_is_as_without(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.deploy()
    model.cluster.kubelet.pause()
    monkeypatch.setattr("charm.VeleroOperatorCharm.patience", 0.5)
    model.relate(endpoint="https://S3-FIPS.dualstack.us-gov-west-1.amazonaws.com:443")
    assert model.location()["spec"]["config"] == {
        "s3Url": "https://s3-fips.dualstack.us-gov-west-1.amazonaws.com:443",
        "region": "us-gov-west-1",
        "s3ForcePathStyle": "false",
    }
    found = model.api.get("VolumeSnapshotLocation", "default")["spec"]
    assert found["config"] == {"region": "us-gov-west-1"}
