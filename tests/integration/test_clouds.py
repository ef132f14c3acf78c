"""Storage that no test has: what reaches Velero of it, and that Velero's refusal is told."""

import base64
import json
from collections.abc import Iterator

import pytest
from tests.integration.application import APP, SECONDS, Application

AZURE, PRINCIPAL, GCS = "azure-storage", "azure-service-principal", "gcs-credentials"
ACCOUNT = {
    "container": "backups",
    "storage-account": "noaccount",
    "connection-protocol": "abfss",
    "endpoint": "abfss://backups@noaccount.dfs.core.windows.net/",
    "resource-group": "group",
}
KEY_FILE = json.dumps(
    {
        "type": "service_account",
        "project_id": "none",
        "client_email": "nobody@none.invalid",
        "token_uri": "https://none.invalid/token",
        "private_key": "-----BEGIN PRIVATE KEY-----\nbm90IHJlYWw=\n-----END PRIVATE KEY-----\n",
    }
)


@pytest.fixture(scope="module", autouse=True)
def deployed(app: Application) -> Iterator[None]:
    app.deploy(trust=True)
    app.until("blocked", "Missing storage")
    yield
    app.juju.remove_application(APP)
    app.juju.wait(lambda seen: APP not in seen.apps, timeout=SECONDS)


def credential(app: Application) -> str:
    """The text of the credential that the location names."""
    spec = app.location()["spec"]["credential"]
    data = app.world.get("Secret", spec["name"])["data"]
    return base64.b64decode(data[spec["key"]]).decode()


def taken_away(app: Application, endpoint: str, other: str) -> None:
    app.separate(endpoint, other)
    app.until("blocked", "Missing storage")
    assert app.world.names("BackupStorageLocation") == []


def test_azure_with_a_service_principal(app: Application) -> None:
    app.provide("azure", ACCOUNT, {"secret-key": "bm90LXJlYWw="})
    ids = {"subscription-id": "sub-1", "tenant-id": "tenant-1"}
    app.provide("principal", ids, {"client-id": "client-1", "client-secret": "s3cret"})
    app.integrate(AZURE, "azure:azure")
    app.world.eventually(lambda: app.world.names("BackupStorageLocation"), "the location is there")
    spec = app.location()["spec"]
    assert spec["provider"] == "azure"
    assert spec["config"]["storageAccount"] == "noaccount"
    assert app.plugins() == ["velero/velero-plugin-for-microsoft-azure"]
    assert "bm90LXJlYWw=" in credential(app)
    app.integrate(PRINCIPAL, "principal:principal")
    app.world.eventually(lambda: "s3cret" in credential(app), "the principal logs in")
    assert "client-1" in credential(app)
    app.world.eventually(lambda: app.phase() == "Unavailable", "Velero has tried")
    app.separate(PRINCIPAL, "principal:principal")
    app.world.eventually(lambda: "s3cret" not in credential(app), "the principal is forgotten")
    taken_away(app, AZURE, "azure:azure")


def test_google_cloud_storage(app: Application) -> None:
    app.provide("gcs", {"bucket": "no-such-bucket"}, {"secret-key": KEY_FILE})
    app.integrate(GCS, "gcs:gcs")
    app.world.eventually(lambda: app.world.names("BackupStorageLocation"), "the location is there")
    spec = app.location()["spec"]
    assert spec["provider"] == "gcp"
    assert spec["objectStorage"]["bucket"] == "no-such-bucket"
    assert app.plugins() == ["velero/velero-plugin-for-gcp"]
    assert json.loads(credential(app)) == json.loads(KEY_FILE)
    taken_away(app, GCS, "gcs:gcs")
