"""From the fields of azure_storage and azure_service_principal to Velero's terms."""

import pytest

from velero.desired import Storage
from velero.errors import InvalidInput
from velero.storage.providers.azure import Azure

KEY = "c2Vuc2l0aXZlLWtleQ=="
ACCOUNT = {"secret-key": KEY, "container": "backups", "storage-account": "acct"}
PRINCIPAL = {
    "subscription-id": "11111111-1111-1111-1111-111111111111",
    "tenant-id": "22222222-2222-2222-2222-222222222222",
    "client-id": "33333333-3333-3333-3333-333333333333",
    "client-secret": "abc~sensitive.1",
}
BLOB = "https://acct.blob.core.windows.net"


def read(given: dict[str, str] | None = None, /, **fields: str) -> Storage:
    merged = (given or ACCOUNT) | {k.replace("_", "-"): v for k, v in fields.items()}
    image = "velero/velero-plugin-for-microsoft-azure:v1.14.3"
    return Azure().storage(merged, image, "model/app")


def variables(storage: Storage) -> dict[str, str]:
    return dict(line.split("=", 1) for line in storage.credential.splitlines())


def test_a_storage_account_with_its_key() -> None:
    storage = read()
    assert (storage.provider, storage.bucket, storage.prefix) == ("azure", "backups", "model/app")
    assert storage.config == {
        "storageAccount": "acct",
        "storageAccountURI": BLOB,
        "storageAccountKeyEnvVar": "AZURE_STORAGE_ACCOUNT_ACCESS_KEY",
    }
    assert variables(storage) == {
        "AZURE_STORAGE_ACCOUNT_ACCESS_KEY": KEY,
        "AZURE_CLOUD_NAME": "AzurePublicCloud",
    }
    assert storage.snapshot_config is None


@pytest.mark.parametrize(
    ("endpoint", "uri"),
    [
        ("", BLOB),
        ("abfss://backups@acct.dfs.core.windows.net/", BLOB),
        ("abfs://backups@acct.dfs.core.windows.net", BLOB),
        ("wasbs://backups@acct.blob.core.windows.net/", BLOB),
        ("https://acct.blob.core.windows.net/backups", BLOB),
        ("https://acct.blob.core.windows.net/backups/", BLOB),
        ("https://acct.dfs.core.windows.net", BLOB),
        ("https://ACCT.blob.core.windows.net/", BLOB),
        ("https://acct.z10.dfs.storage.azure.net/", "https://acct.z10.blob.storage.azure.net"),
        ("http://127.0.0.1:10000/acct", "http://127.0.0.1:10000/acct"),
        ("http://127.0.0.1:10000/acct/backups", "http://127.0.0.1:10000/acct"),
        ("https://blobs.example.com/backups", "https://blobs.example.com"),
        ("https://acct.azurite.example:10000", "https://acct.azurite.example:10000"),
    ],
)
def test_every_form_of_the_endpoint_leads_to_the_account(endpoint: str, uri: str) -> None:
    assert read(endpoint=endpoint).config["storageAccountURI"] == uri


@pytest.mark.parametrize(
    ("domain", "cloud"),
    [
        ("core.windows.net", "AzurePublicCloud"),
        ("core.usgovcloudapi.net", "AzureUSGovernmentCloud"),
        ("core.chinacloudapi.cn", "AzureChinaCloud"),
    ],
)
def test_other_clouds_of_azure(domain: str, cloud: str) -> None:
    storage = read(endpoint=f"abfss://backups@acct.dfs.{domain}/")
    assert variables(storage)["AZURE_CLOUD_NAME"] == cloud
    assert storage.config["storageAccountURI"] == f"https://acct.blob.{domain}"


def test_the_resource_group_is_optional_and_useless_without_a_principal() -> None:
    assert read(resource_group="group") == read()


def test_a_service_principal_takes_the_place_of_the_key() -> None:
    storage = read(ACCOUNT | PRINCIPAL)
    assert storage.config == {
        "storageAccount": "acct",
        "storageAccountURI": BLOB,
        "useAAD": "true",
    }
    assert variables(storage) == {
        "AZURE_SUBSCRIPTION_ID": PRINCIPAL["subscription-id"],
        "AZURE_TENANT_ID": PRINCIPAL["tenant-id"],
        "AZURE_CLIENT_ID": PRINCIPAL["client-id"],
        "AZURE_CLIENT_SECRET": "abc~sensitive.1",
        "AZURE_CLOUD_NAME": "AzurePublicCloud",
    }
    assert storage.snapshot_config is None


def test_a_principal_and_a_resource_group_make_snapshots() -> None:
    storage = read(ACCOUNT | PRINCIPAL, resource_group="my_group.(1)")
    assert variables(storage)["AZURE_RESOURCE_GROUP"] == "my_group.(1)"
    assert storage.snapshot_config == {
        "resourceGroup": "my_group.(1)",
        "subscriptionId": PRINCIPAL["subscription-id"],
    }


def test_the_key_is_not_looked_at_beside_a_principal() -> None:
    assert KEY not in read(ACCOUNT | PRINCIPAL | {"secret-key": "not base64"}).credential


@pytest.mark.parametrize(
    ("secret", "line"),
    [
        ("a+b/c=d", "a+b/c=d"),
        ("a#b", "'a#b'"),
        ('"x" $y', "'\"x\" $y'"),
        ("it's", '"it\'s"'),
        (" a ", "a"),
    ],
)
def test_a_client_secret_survives_the_credential_file(secret: str, line: str) -> None:
    storage = read(ACCOUNT | PRINCIPAL, client_secret=secret)
    assert f"AZURE_CLIENT_SECRET={line}\n" in storage.credential


def test_no_secret_is_shown() -> None:
    for given in (ACCOUNT, ACCOUNT | PRINCIPAL):
        assert KEY not in repr(read(given))
        assert "sensitive" not in repr(read(given))


@pytest.mark.parametrize(
    ("fields", "where", "reason"),
    [
        ({"container": ""}, "container", "is missing"),
        ({"container": "a/b"}, "container", "is no name"),
        ({"storage_account": ""}, "storage-account", "is missing"),
        ({"storage_account": "My_Account"}, "storage-account", "is no name that Azure allows"),
        ({"resource_group": "group."}, "resource-group", "is no name that Azure allows"),
        ({"path": "a/../b"}, "path", "plain folder"),
        ({"secret_key": "sensitive!"}, "secret-key", "is no storage account key"),
        ({"secret_key": "c2Vu\nAZURE_CLOUD_NAME=x"}, "secret-key", "line break"),
        ({"endpoint": "abfss://acct.dfs.core.windows.net/"}, "endpoint", "no http or https URL"),
        ({"endpoint": "abfss://other@acct.dfs.core.windows.net/"}, "endpoint", "does not lead"),
        ({"endpoint": f"{BLOB}/other"}, "endpoint", "does not lead to the container"),
        ({"endpoint": f"{BLOB}/acct"}, "endpoint", "does not lead to the container"),
        ({"endpoint": f"{BLOB}/backups/folder"}, "endpoint", "does not lead to the container"),
        ({"endpoint": "http://127.0.0.1:10000/x/backups"}, "endpoint", "does not lead"),
        ({"endpoint": "https://no.blob.core.windows.net"}, "endpoint", "is of another account"),
        ({"endpoint": f"{BLOB}?sv=sensitive"}, "endpoint", "query"),
        ({"endpoint": f"{BLOB},useAAD=true"}, "endpoint", "no http or https URL"),
        ({"endpoint": "https://u:sensitive@acct"}, "endpoint", "user or password"),
    ],
)
def test_what_cannot_be_used_is_named_without_the_secret(
    fields: dict[str, str], where: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as invalid:
        read(**fields)
    assert invalid.value.where == f"azure-storage: {where}"
    assert reason in invalid.value.reason
    assert "sensitive" not in str(invalid.value)
    assert KEY not in str(invalid.value)


@pytest.mark.parametrize(
    ("fields", "where", "reason"),
    [
        ({"tenant_id": ""}, "tenant-id", "is no id"),
        ({"client_id": "sensitive id"}, "client-id", "is no id"),
        ({"subscription_id": "a\nAZURE_CLOUD_NAME=x"}, "subscription-id", "is no id"),
        ({"client_secret": ""}, "client-secret", "is missing"),
        ({"client_secret": "sensitive\nX=y"}, "client-secret", "line break"),
        ({"client_secret": "sensitive'\""}, "client-secret", "without quotes"),
        ({"client_secret": "sensitive" * 500}, "client-secret", "longer than 4096"),
    ],
)
def test_half_a_principal_is_named_without_its_secret(
    fields: dict[str, str], where: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as invalid:
        read(ACCOUNT | PRINCIPAL, **fields)
    assert invalid.value.where == f"azure-service-principal: {where}"
    assert reason in invalid.value.reason
    assert "sensitive" not in str(invalid.value)
