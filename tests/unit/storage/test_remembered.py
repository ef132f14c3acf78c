"""Whether two descriptions of a store mean the same, and what is remembered of a folder."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.desired import Desired, Storage
from velero.installation.manifests import ADOPTED
from velero.observed import Observed
from velero.storage import remembered

AWS = Storage("s3-credentials", "aws", "i:v1", "b", "m/app", {"region": "eu-west-1"})
MINIO = replace(AWS, config={"region": "us-east-1", "s3Url": "https://minio:9000"})
AZURE = Storage(
    "azure-storage",
    "azure",
    "i:v1",
    "b",
    "m/app",
    {"storageAccount": "acct", "storageAccountURI": "https://acct.blob.core.windows.net"},
)


def location(provider: str = "aws", prefix: str | None = None, **config: str) -> dict[str, Any]:
    store = {"bucket": "b"} | ({} if prefix is None else {"prefix": prefix})
    return {"spec": {"provider": provider, "objectStorage": store, "config": config}}


@pytest.mark.parametrize(
    ("there", "storage"),
    [
        (location(region="eu-west-1"), AWS),
        (location("velero.io/aws"), AWS),
        (location(s3Url="https://s3.eu-west-1.amazonaws.com"), AWS),
        (location(s3Url="https://MINIO:9000/", kmsKeyId="k"), MINIO),
        (location("azure", storageAccount="acct", resourceGroup="g"), AZURE),
        (location(prefix="a/b/"), replace(AWS, prefix="a/b", own_prefix=True)),
        (location(prefix="a/b"), AWS),
    ],
)
def test_the_same_store_in_other_words(there: dict[str, Any], storage: Storage) -> None:
    assert remembered.difference(there, storage) == ""


@pytest.mark.parametrize(
    ("there", "storage", "what"),
    [
        (location("gcp"), AWS, "provider"),
        (location(s3Url="https://other:9000"), MINIO, "address"),
        (location(), MINIO, "address is the default"),
        (location(), replace(AWS, bucket="c"), "bucket is b, the storage integrator's is c"),
        (location("azure", storageAccount="acct2"), AZURE, "address"),
        (location(prefix="a"), replace(AWS, own_prefix=True), "folder"),
        (location(), replace(AWS, own_prefix=True), "folder is the default"),
    ],
)
def test_another_store(there: dict[str, Any], storage: Storage, what: str) -> None:
    assert what in remembered.difference(there, storage)


@pytest.mark.parametrize("folder", ["", "a", "a/b", "/a", "a/"])
def test_a_folder_is_kept_as_it_is_written(folder: str) -> None:
    memory = remembered.memory_of(location(prefix=folder))
    desired = remembered.with_folder(Desired("m", "app", "i", AWS), memory)
    assert desired.storage
    assert desired.storage.prefix == folder
    assert desired.adopted == memory


def account(memory: str, manager: str = "velero-operator") -> dict[str, Any]:
    noted: dict[str, Any] = {"f:metadata": {"f:annotations": {f"f:{ADOPTED}": {}}}}
    entry: dict[str, Any] = {"manager": manager, "operation": "Apply", "fieldsV1": noted}
    metadata: dict[str, Any] = {
        "name": "velero",
        "annotations": {ADOPTED: memory},
        "managedFields": [entry],
    }
    return {"kind": "ServiceAccount", "metadata": metadata}


def recalled(memory: str, manager: str = "velero-operator") -> Desired:
    seen = Observed(objects={("ServiceAccount", "velero"): account(memory, manager)})
    return remembered.recalled(Desired("m", "app", "i", AWS), seen)


PART = st.text(st.characters(exclude_characters="/"), max_size=40)
REACHING = st.tuples(st.lists(PART), st.sampled_from([".", ".."]), st.lists(PART))


@given(REACHING.map(lambda parts: "/".join([*parts[0], parts[1], *parts[2]])))
def test_a_memory_that_reaches_out_of_its_folder_is_none(folder: str) -> None:
    assert recalled(f"aws:b/{folder}") == Desired("m", "app", "i", AWS)


@given(st.text())
def test_whatever_is_remembered_the_folder_is_a_plain_one(memory: str) -> None:
    for text in (memory, f"aws:b/{memory}"):
        storage = recalled(text).storage
        assert storage
        assert storage.prefix.isprintable()
        assert not {".", ".."} & set(storage.prefix.split("/"))


@given(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,3}", fullmatch=True))
def test_only_a_memory_of_ours_is_one(folder: str) -> None:
    assert recalled(f"aws:b/{folder}").storage == replace(AWS, prefix=folder)
    assert recalled(f"aws:b/{folder}", "kubectl").storage == AWS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda below: st.lists(below) | st.dictionaries(st.text(), below),
    max_leaves=20,
)
SPEC = st.fixed_dictionaries(
    {},
    optional={
        "provider": JSON,
        "objectStorage": st.dictionaries(st.sampled_from(["bucket", "prefix"]), JSON) | JSON,
        "config": st.dictionaries(st.sampled_from(["s3Url", "storageAccount"]), JSON) | JSON,
    },
)


@given(SPEC | JSON)
def test_a_location_of_any_shape_is_another_store_or_a_sound_one(spec: object) -> None:
    said = remembered.difference({"spec": spec}, AWS)
    assert said or remembered.is_sound(remembered.memory_of({"spec": spec}))
    assert said.isprintable()


@pytest.mark.parametrize(
    "storage", [replace(AWS, bucket="c"), replace(AWS, own_prefix=True), replace(AZURE)]
)
def test_another_bucket_or_a_persons_wish_wins(storage: Storage) -> None:
    desired = Desired("m", "app", "i", storage)
    assert remembered.with_folder(desired, "aws:b/team/a").storage == storage
