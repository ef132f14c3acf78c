"""Whether two descriptions of a store mean the same, and what is remembered of a folder."""

from dataclasses import replace
from typing import Any

import pytest

from velero import adopted
from velero.desired import Desired, Storage

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
    assert adopted.difference(there, storage) == ""


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
    assert what in adopted.difference(there, storage)


@pytest.mark.parametrize("folder", ["", "a", "a/b", "/a", "a/"])
def test_a_folder_is_kept_as_it_is_written(folder: str) -> None:
    memory = adopted.memory_of(location(prefix=folder))
    desired = adopted.with_folder(Desired("m", "app", "i", AWS), memory)
    assert desired.storage
    assert desired.storage.prefix == folder
    assert desired.adopted == memory


@pytest.mark.parametrize(
    "storage", [replace(AWS, bucket="c"), replace(AWS, own_prefix=True), replace(AZURE)]
)
def test_another_bucket_or_a_persons_wish_wins(storage: Storage) -> None:
    desired = Desired("m", "app", "i", storage)
    assert adopted.with_folder(desired, "aws:b/team/a").storage == storage
