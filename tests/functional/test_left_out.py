"""Velero's own Secrets are in no backup, whatever a backup holds."""

import base64
import io
import tarfile

import pytest
from tests.cluster.proxy import ApiProxy
from tests.functional import client
from tests.functional.model import Model

LABEL = "velero.io/exclude-from-backup"
PASSWORD = "velero-repo-credentials"
OF_JUJU = "d9kq2v7mp25c5c0i0cfg-1"
"""A Secret that Juju made: the id of one of its secrets, and a revision."""
S3 = "s3-credentials"


@pytest.fixture
def model(proxied: Model) -> Model:
    """A model whose charm's requests can be counted."""
    return proxied


def archived(model: Model, backup: str) -> dict[str, bytes]:
    """What a backup holds in the bucket, by the path in its archive."""
    files = model.bucket_files().items()
    [raw] = [raw for path, raw in files if path.endswith(f"/{backup}.tar.gz")]
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:gz") as archive:
        members = [each for each in archive if each.isfile()]
        return {each.name: archive.extractfile(each).read() for each in members}  # type: ignore[union-attr]


def secrets_in(found: dict[str, bytes], namespace: str) -> set[str]:
    folder = f"resources/secrets/namespaces/{namespace}/"
    names = (path.removeprefix(folder) for path in found if path.startswith(folder))
    return {name.removesuffix(".json") for name in names}


def own(model: Model) -> list[str]:
    return [PASSWORD, *model.storage_secrets()]


def values(model: Model) -> list[str]:
    """The values of Velero's own Secrets, as they stand in an object."""
    secrets = [model.api.get("Secret", name) for name in own(model)]
    return [text for secret in secrets for text in secret["data"].values()]


def unmark(model: Model) -> None:
    """Make Velero's Secrets what a revision before the label made."""
    for name in own(model):
        model.api.patch("Secret", name, {"metadata": {"labels": {LABEL: None}}})


def unmarked(model: Model) -> list[str]:
    labels = {name: model.api.get("Secret", name)["metadata"]["labels"] for name in own(model)}
    return [name for name in labels if labels[name].get(LABEL) != "true"]


def written(proxy: ApiProxy) -> set[str]:
    return {request.path.rpartition("/")[2] for request in proxy.writes}


def test_a_backup_by_hand_of_the_models_namespace_holds_no_secret_of_veleros(model: Model) -> None:
    model.ready()
    theirs = {"planted", OF_JUJU}
    for name in sorted(theirs):
        model.api.create("Secret", {"metadata": {"name": name}, "data": {"key": "dmFsdWU="}})
    model.succeed(f"backup create all --include-namespaces {model.namespace} --wait")
    found = archived(model, "all")
    assert theirs <= secrets_in(found, model.namespace)
    assert not secrets_in(found, model.namespace) & {*own(model)}
    whole = b"\n".join(found.values())
    assert len(values(model)) >= 2
    for text in values(model):
        assert text.encode() not in whole
        assert base64.b64decode(text) not in whole


def test_secrets_of_before_are_marked_by_the_next_hook_that_writes_nothing_else(
    model: Model, proxy: ApiProxy
) -> None:
    model.ready()
    server, location, data = model.server(), model.location()["spec"], values(model)
    names = own(model)
    unmark(model)
    proxy.clear()
    model.juju.update_status()
    assert unmarked(model) == []
    assert written(proxy) == {*names}
    assert (model.server(), model.location()["spec"]) == (server, location)
    assert (own(model), values(model)) == (names, data)
    assert model.unit() == ("active", "")
    proxy.clear()
    model.juju.update_status()
    assert proxy.writes == []


def test_those_that_only_stay_are_marked_too(model: Model, proxy: ApiProxy) -> None:
    model.ready()
    backup = {"metadata": {"name": "long"}, "spec": {}, "status": {"phase": "InProgress"}}
    model.api.create("Backup", backup)
    store = model.cluster.store
    store.rotate(store.access_key, "a-second-secret-key")
    model.juju.rotate_secret(S3, secret_key="a-second-secret-key")
    assert model.storage_secrets() == ["velero-storage-1", "velero-storage-2"]
    unmark(model)
    model.juju.update_status()
    assert unmarked(model) == []
    proxy.clear()
    model.juju.update_status()
    assert proxy.writes == []
    model.juju.set_data(S3, bucket="not a name")
    assert model.unit()[0] == "blocked"
    unmark(model)
    model.juju.update_status()
    assert unmarked(model) == []
    assert model.storage_secrets() == ["velero-storage-1", "velero-storage-2"]


def test_a_client_that_takes_in_the_models_namespace_is_told_of_jujus_copies(
    model: Model, shop: str
) -> None:
    model.ready()
    client.fill(model.api, shop)
    model.api.create("Secret", {"metadata": {"name": OF_JUJU}, "data": {"key": "dmFsdWU="}})
    client.relate(model, {"exclude_namespaces": ["kube-*"], "include_resources": ["secrets"]})
    client.relate(model, {"include_namespaces": [shop]}, app="other")
    said = f"takes in namespace {model.namespace}, this model's own: Juju's copies"
    made = model.juju.run("create-backup", target="shop:backup")
    assert not made.failed, made
    assert said in "\n".join(made.log)
    found = archived(model, made.results["name"])
    assert OF_JUJU in secrets_in(found, model.namespace)
    assert not secrets_in(found, model.namespace) & {*own(model)}
    assert "s" in secrets_in(found, shop)
    other = model.juju.run("create-backup", target="other:backup")
    assert not other.failed, other
    assert said not in "\n".join(other.log)
    rows = model.juju.run("list-clients").results["clients"].values()
    reasons = {row["client"]: row["reason"] for row in rows}
    note = f"takes in {model.namespace}, where Juju keeps copies of Velero's secrets"
    assert reasons == {"shop:backup": note, "other:backup": "-"}
