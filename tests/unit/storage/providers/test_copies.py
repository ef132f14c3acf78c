"""Which stores the node agent can use."""

import pytest

from velero.desired import Storage
from velero.errors import InvalidInput
from velero.storage.providers import copies


def storage(endpoint: str, **config: str) -> Storage:
    return Storage(endpoint, "any", "plugin:v1", "backups", "model/app", config)


@pytest.mark.parametrize(
    "usable",
    [
        storage("s3-credentials", region="eu-west-1"),
        storage("s3-credentials", s3Url="https://nas.example.com:9021"),
        storage("azure-storage", storageAccountURI="http://127.0.0.1:10000/acct"),
        storage("gcs-credentials"),
        storage("gcs-credentials", storeEndpoint="http://127.0.0.1:4443/storage/v1/"),
    ],
    ids=str,
)
def test_a_store_that_kopia_s_clients_reach_is_taken(usable: Storage) -> None:
    copies.check(usable)


def test_an_endpoint_with_a_path_is_refused() -> None:
    with pytest.raises(InvalidInput, match="s3-credentials: endpoint: has a path") as invalid:
        copies.check(storage("s3-credentials", s3Url="https://nas.example.com:9021/s3"))
    assert "set use-node-agent=false" in invalid.value.reason
