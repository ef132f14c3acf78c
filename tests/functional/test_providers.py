"""Storage of all providers: what they make in the cluster, and going from one to another.

Velero's Azure plugin is not built here, so that no location of Azure becomes Available: what is
shown is that the API server takes the objects, with the keys that Velero documents.
"""

import base64
from typing import Any, TypeAlias

import pytest
import yaml
from tests.cluster import integrators
from tests.cluster.application import REPOSITORY
from tests.cluster.dispatch import dispatch, from_scenario
from tests.functional.api import Object
from tests.functional.model import APP, S3, Model

AZURE, GCS, PRINCIPAL = "azure-storage", "gcs-credentials", "azure-service-principal"
ACTIVE = ("active", "")
KEY = base64.b64encode(b"not-to-be-shown").decode()
ACCOUNT: dict[str, integrators.Field] = {
    "secret_key": KEY,
    "container": "backups",
    "storage_account": "acct",
    "connection_protocol": "abfss",
    "endpoint": "abfss://backups@acct.dfs.core.windows.net/",
}
IDS = {"subscription_id": "sub-1", "tenant_id": "tenant-1", "client_id": "client-1"}
URI = "https://acct.blob.core.windows.net"
Config: TypeAlias = dict[str, Any]


@pytest.fixture
def no_server(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deploy the charm where no new Velero starts, so that nothing is asked of real clouds."""
    model.deploy()
    model.cluster.kubelet.pause()
    monkeypatch.setattr("charm.VeleroOperatorCharm.patience", 0.5)


def principal() -> integrators.ServicePrincipal:
    return integrators.service_principal(**IDS, client_secret="s3cret")


def credential(model: Model) -> dict[str, str]:
    """The lines of the credential file that the location names."""
    name = model.location()["spec"]["credential"]["name"]
    text = base64.b64decode(model.api.get("Secret", name)["data"]["cloud"]).decode()
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def snapshots(model: Model) -> Object | None:
    return model.api.find("VolumeSnapshotLocation", "default")


def plugins(model: Model) -> list[str]:
    pod = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]
    return [container["image"] for container in pod.get("initContainers", ())]


def is_azure(model: Model) -> None:
    """What a location of Azure has to be, but for its credential."""
    spec = model.location()["spec"]
    assert (spec["provider"], spec["objectStorage"]["bucket"]) == ("azure", "backups")
    assert spec["config"]["storageAccountURI"] == URI
    assert plugins(model) == ["velero/velero-plugin-for-microsoft-azure:v1.14.3"]


def test_azure_with_the_account_s_key(model: Model) -> None:
    model.deploy()
    model.juju.integrate(AZURE, integrators.azure(ACCOUNT))
    is_azure(model)
    assert model.location()["spec"]["config"] == {
        "storageAccount": "acct",
        "storageAccountURI": URI,
        "storageAccountKeyEnvVar": "AZURE_STORAGE_ACCOUNT_ACCESS_KEY",
    }
    assert credential(model)["AZURE_STORAGE_ACCOUNT_ACCESS_KEY"] == KEY
    assert snapshots(model) is None
    assert KEY not in model.juju.status_table() + model.logged()


def test_a_principal_whose_secret_exists_and_may_not_be_read_is_waited_for(model: Model) -> None:
    model.deploy()
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    state = from_scenario(model.juju.state(), f"{APP}/0", config)
    auth, said = principal(), {"version": "1", **integrators.dashed(ACCOUNT)}
    auth.changed({"requested-secrets": '["client-id", "client-secret"]'})
    wanted = ((f"{AZURE}:1", "storage", said), (f"{PRINCIPAL}:2", "auth", auth.data))
    for name, app, bag in wanted:
        data = {app: bag, f"{app}/0": {}, APP: {}, f"{APP}/0": {}}
        state["relations"][name] = {"app": app, "units": [f"{app}/0"], "data": data}
    about = {"label": None, "owner": None, "revision": 1, "granted": False}
    state["secrets"] |= {key: {**about, "content": text} for key, text in auth.secrets.items()}
    done = dispatch(f"{PRINCIPAL}-relation-changed", state, model.cluster.path_env)
    assert done.exit_code == 0, done.hook_tools
    message = "Waiting for auth to grant its secret"
    assert state["status"] == {"status": "waiting", "message": message}


def test_azure_in_clear_and_without_a_version_works_as_well(model: Model) -> None:
    model.deploy()
    fields = {key.replace("_", "-"): value for key, value in ACCOUNT.items()}
    model.juju.integrate(AZURE, fields)
    is_azure(model)
    assert credential(model)["AZURE_STORAGE_ACCOUNT_ACCESS_KEY"] == KEY


def test_a_service_principal_alone_is_no_storage(model: Model) -> None:
    model.deploy()
    model.juju.integrate(PRINCIPAL, principal())
    assert model.unit() == (
        "blocked",
        "Missing storage: integrate azure-storage too; azure-auth-integrator is only a login",
    )
    assert model.api.find("BackupStorageLocation", "default") is None


@pytest.mark.parametrize("first", [AZURE, PRINCIPAL])
def test_a_service_principal_logs_in_and_makes_snapshots(model: Model, first: str) -> None:
    model.deploy()
    account = integrators.azure(ACCOUNT, resource_group="disks")
    remotes = {AZURE: account, PRINCIPAL: principal()}
    for endpoint in sorted(remotes, key=lambda name: name != first):
        model.juju.integrate(endpoint, remotes[endpoint])
    is_azure(model)
    config = {"storageAccount": "acct", "storageAccountURI": URI, "useAAD": "true"}
    assert model.location()["spec"]["config"] == config
    assert credential(model) == {
        "AZURE_SUBSCRIPTION_ID": "sub-1",
        "AZURE_TENANT_ID": "tenant-1",
        "AZURE_CLIENT_ID": "client-1",
        "AZURE_CLIENT_SECRET": "s3cret",
        "AZURE_RESOURCE_GROUP": "disks",
        "AZURE_CLOUD_NAME": "AzurePublicCloud",
    }
    found = snapshots(model)
    assert found
    assert found["spec"] == {
        "provider": "azure",
        "config": {"resourceGroup": "disks", "subscriptionId": "sub-1"},
        "credential": model.location()["spec"]["credential"],
    }
    model.juju.break_relation(PRINCIPAL)
    assert snapshots(model) is None
    assert set(credential(model)) == {"AZURE_STORAGE_ACCOUNT_ACCESS_KEY", "AZURE_CLOUD_NAME"}


def test_a_client_secret_rotates_without_a_restart(model: Model) -> None:
    model.deploy()
    model.juju.integrate(AZURE, integrators.azure(ACCOUNT))
    model.juju.integrate(PRINCIPAL, principal())
    template = model.api.get("Deployment", "velero")["spec"]["template"]
    with model.events() as events:
        model.juju.rotate_secret(PRINCIPAL, client_secret="another")
    assert [event.name for event in events] == ["secret-changed"]
    assert credential(model)["AZURE_CLIENT_SECRET"] == "another"
    assert len(model.storage_secrets()) == 1
    assert model.api.get("Deployment", "velero")["spec"]["template"] == template
    assert "another" not in model.juju.status_table() + model.logged()


def test_a_principal_that_has_not_answered_leaves_what_works(model: Model) -> None:
    model.deploy()
    model.juju.integrate(AZURE, integrators.azure(ACCOUNT))
    versions = model.api.versions()
    silent = integrators.DataBag({"tenant-id": "tenant-1"}, app="auth", endpoint=PRINCIPAL)
    model.juju.integrate(PRINCIPAL, silent)
    model.juju.set_data(PRINCIPAL, secret_extra="secret:cvq1m4hs4s0s0000nope")
    assert model.api.versions().keys() == versions.keys()
    assert credential(model)["AZURE_STORAGE_ACCOUNT_ACCESS_KEY"] == KEY
    assert "azure-service-principal" not in model.logged()


def test_a_service_principal_is_nothing_to_another_provider(model: Model) -> None:
    model.ready()
    versions = model.api.versions()
    model.juju.integrate(PRINCIPAL, principal())
    assert model.unit() == ACTIVE
    assert model.api.versions() == versions


def test_the_old_provider_goes_and_another_comes(model: Model) -> None:
    model.ready()
    model.juju.break_relation(S3)
    assert plugins(model) == []
    model.juju.integrate(AZURE, integrators.azure(ACCOUNT))
    is_azure(model)
    assert len(model.storage_secrets()) == 1


def test_another_provider_comes_and_the_old_one_goes(model: Model) -> None:
    model.ready()
    model.succeed("backup create kept --include-namespaces kube-public --wait")
    versions, server, files = model.api.versions(), model.server(), model.bucket_files()
    second = model.juju.integrate(AZURE, integrators.azure(ACCOUNT))
    name, message = model.unit()
    assert (name, message.partition(":")[0]) == ("blocked", "More than one storage")
    assert model.api.versions() == versions
    assert model.server() == server
    with model.events() as events:
        model.juju.break_relation(S3)
    assert [event.name for event in events if "broken" in event.name] == [f"{S3}-relation-broken"]
    is_azure(model)
    assert "s3Url" not in model.location()["spec"]["config"]
    assert model.api.get("Backup", "kept")["status"]["phase"] == "Completed"
    assert model.bucket_files() == files
    old = f"aws {model.bucket}/{model.namespace}/velero-operator at {model.cluster.store.endpoint}"
    new = f"azure backups/{model.namespace}/velero-operator at {URI}"
    said = f"The backups in {old} stay there; Velero lists those in {new} from now on"
    assert said in model.logged()
    model.relate()
    model.juju.break_relation(second)
    assert model.unit() == ACTIVE
    model.succeed("restore create --from-backup kept --wait")


def test_the_store_does_not_change_under_a_running_backup(model: Model) -> None:
    model.ready()
    running = {"metadata": {"name": "long"}, "spec": {}, "status": {"phase": "InProgress"}}
    model.api.create("Backup", running)
    model.cluster.store.create_bucket("other")
    spec, server = model.location()["spec"], model.server()
    model.juju.set_data(S3, bucket="other")
    waits = "The change of the storage location waits for Backup long"
    assert model.unit() == ("waiting", waits)
    assert model.location()["spec"] == spec
    model.api.patch("Backup", "long", {"status": {"phase": "Failed"}})
    model.juju.update_status()
    assert model.unit() == ACTIVE
    assert model.location()["spec"]["objectStorage"]["bucket"] == "other"
    assert model.server() == server


@pytest.mark.usefixtures("no_server")
def test_aws_makes_snapshots_where_it_is_aws_and_its_region_is_known(model: Model) -> None:
    aws: dict[str, integrators.Field] = {"endpoint": None, "region": "eu-west-1"}
    model.relate(**aws)
    found = snapshots(model)
    assert found
    assert found["spec"]["config"] == {"region": "eu-west-1"}
    assert found["spec"]["credential"] == model.location()["spec"]["credential"]
    model.juju.set_data(S3, **model.credentials(region="us-east-1"))
    assert snapshots(model) is None
    assert "annotations" not in model.location()["metadata"]


@pytest.mark.usefixtures("no_server")
def test_someone_else_s_snapshot_location_is_left_alone(model: Model) -> None:
    model.relate()
    foreign = {"metadata": {"name": "default"}, "spec": {"provider": "aws"}}
    model.api.create("VolumeSnapshotLocation", foreign)
    model.juju.update_status()
    assert "exists and was not made by" not in model.unit()[1]
    spec = model.location()["spec"]
    model.juju.set_data(S3, endpoint=None, region="eu-west-1")
    name, message = model.unit()
    assert name == "blocked"
    assert message.startswith("VolumeSnapshotLocation default exists and was not made by this")
    assert model.location()["spec"] == spec
    found = snapshots(model)
    assert found
    assert found["spec"] == {"provider": "aws"}


def test_a_snapshot_location_goes_with_the_storage_and_with_the_application(model: Model) -> None:
    model.deploy()
    model.juju.integrate(AZURE, integrators.azure(ACCOUNT, resource_group="disks"))
    model.juju.integrate(PRINCIPAL, principal())
    assert snapshots(model)
    model.api.delete("VolumeSnapshotLocation", "default")
    model.juju.update_status()
    assert snapshots(model), "one that a person deleted comes back"
    model.juju.break_relation(AZURE)
    assert snapshots(model) is None
    assert model.storage_secrets() == []
