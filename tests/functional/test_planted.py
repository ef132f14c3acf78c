"""What somebody plants who may write in the model's namespace, and in no other."""

import pytest
from tests.functional.api import Object
from tests.functional.model import Model

ADOPTED = "velero-operator/adopted"
KEYS = ("the-first-secret-key", "the-second-secret-key")


def folder(model: Model) -> str:
    return model.location()["spec"]["objectStorage"]["prefix"]


def remember(model: Model, memory: str) -> None:
    change = {"metadata": {"annotations": {ADOPTED: memory}}}
    model.api.patch("ServiceAccount", "velero", change)


def planted(name: str) -> Object:
    return {"metadata": {"name": name, "labels": {"mine": "yes"}}, "data": {"cloud": "bWluZQ=="}}


def rotate(model: Model, number: int) -> None:
    model.cluster.store.rotate(model.cluster.store.access_key, KEYS[number])
    model.juju.rotate_secret("s3-credentials", secret_key=KEYS[number])


@pytest.mark.parametrize("kind", ["reaching", "plain", "of another store", "no folder at all"])
def test_a_folder_that_somebody_plants_is_not_followed_and_told(model: Model, kind: str) -> None:
    model.ready()
    before = folder(model)
    memories = {
        "reaching": f"aws:{model.bucket}/evil/../planted",
        "plain": f"aws:{model.bucket}/planted",
        "of another store": "gcp:other/planted",
        "no folder at all": "x" * 5000,
    }
    remember(model, memories[kind])
    model.juju.update_status()
    assert folder(model) == before
    assert f"annotation {ADOPTED} of ServiceAccount velero is not ours" in model.logged()
    kept = model.api.get("ServiceAccount", "velero")["metadata"]["annotations"][ADOPTED]
    assert kept == f"aws:{model.bucket}/{before}"
    model.juju.break_relation("s3-credentials")
    model.relate()
    assert model.unit() == ("active", "")
    assert folder(model) == before


def test_a_folder_that_is_planted_before_there_is_a_location_is_not_followed(
    model: Model,
) -> None:
    model.deploy()
    remember(model, f"aws:{model.bucket}/planted")
    model.relate()
    assert model.unit() == ("active", "")
    assert folder(model) == f"{model.namespace}/velero-operator"


def test_a_secret_with_a_name_of_ours_is_neither_overwritten_nor_deleted(model: Model) -> None:
    names = ("velero-storage-1", "velero-storage-3", f"velero-storage-{'9' * 200}")
    for name in names:
        model.api.create("Secret", planted(name))
    before = {name: model.api.get("Secret", name) for name in names}
    model.ready()
    assert model.location()["spec"]["credential"]["name"] == "velero-storage-2"
    for number in (0, 1, 0):
        rotate(model, number)
        assert model.unit() == ("active", "")
    used = model.location()["spec"]["credential"]["name"]
    assert used == "velero-storage-6"
    assert {name: model.api.get("Secret", name) for name in names} == before
    assert set(model.storage_secrets()) == {*names, used}
    model.juju.remove()
    assert {name: model.api.get("Secret", name) for name in names} == before


def test_a_secret_under_our_label_whose_number_has_no_next_is_no_obstacle(model: Model) -> None:
    model.ready()
    label = model.location()["metadata"]["labels"]
    for name in ("velero-storage-999999", f"velero-storage-{'9' * 230}"):
        model.api.create("Secret", {"metadata": {"name": name, "labels": label}})
    rotate(model, 0)
    assert model.unit() == ("active", "")
    rotate(model, 1)
    assert model.unit() == ("active", "")


def test_a_container_that_somebody_adds_to_the_server_never_becomes_ours(model: Model) -> None:
    model.ready()
    server = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]
    [plugin] = server["initContainers"]
    foreign = plugin | {"name": "plugin-planted", "image": "planted/image:v1"}
    spec = {"spec": {"template": {"spec": {"initContainers": [plugin, foreign]}}}}
    model.api.patch("Deployment", "velero", spec)
    model.juju.set_data("s3-credentials", bucket="not a name")
    fields = [
        entry["fieldsV1"]
        for entry in model.api.get("Deployment", "velero")["metadata"]["managedFields"]
        if entry["manager"] == "velero-operator" and entry["operation"] == "Apply"
    ]
    assert "planted" not in str(fields)
