"""The charm's life, a test for each statement: update-status, config-changed and the action.

Install and removal are in `test_lifecycle_install`, storage is in `test_lifecycle_storage`.

Where something heals by itself the status is Waiting first, and Blocked once a bound has passed
that is counted from the cluster's own times.
"""

import datetime as dt
from collections.abc import Iterator

import pytest
from tests.cluster import integrators
from tests.cluster.cluster import Cluster
from tests.functional.api import Object
from tests.functional.model import Model, Models

from charm import VeleroOperatorCharm
from velero.installation import checks as server_checks
from velero.storage import checks as storage_checks

ACTIVE = ("active", "")
IMAGE, NEWER = "velero/velero:v1.18.3", "r.example/velero:v1.18.4"
NODE_AGENT = ("DaemonSet", "node-agent")


@pytest.fixture(scope="module")
def working(models: Models) -> Iterator[Model]:
    """A model in which everything works, with the node agent; tests leave it so."""
    with models.model("working") as model:
        model.deploy({"use-node-agent": True})
        model.relate()
        yield model


@pytest.fixture(autouse=True)
def healed(cluster: Cluster) -> Iterator[None]:
    """Leave kubelet and object store to the next test as they were."""
    yield
    cluster.kubelet.reset()
    cluster.store.start()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hook look rather than wait."""
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 0.2)


def pods(model: Model, **labels: str) -> list[Object]:
    found = model.api.list("Pod")
    return [pod for pod in found if pod["metadata"]["labels"].items() >= labels.items()]


def replaced(model: Model, **labels: str) -> None:
    """Delete a pod and wait until the next one is there and does not run."""
    [old] = [pod["metadata"]["name"] for pod in pods(model, **labels)]
    model.api.delete("Pod", old)
    model.api.until(lambda: [p for p in pods(model, **labels) if is_held_up(p)])


def is_held_up(pod: Object) -> bool:
    return "ImagePullBackOff" in str(pod.get("status"))


def age(model: Model, **labels: str) -> None:
    """Let a pod have been unready for 40 s, as its own status tells."""
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
    [pod] = pods(model, **labels)
    conditions = [c | {"lastTransitionTime": since} for c in pod["status"]["conditions"]]
    name = pod["metadata"]["name"]
    model.api.patch("Pod", f"{name}/status", {"status": {"conditions": conditions}})


def judge(model: Model, again_after: str | None) -> None:
    """Let Velero look at the location now, through a field that is not the charm's."""
    change = {"spec": {"validationFrequency": again_after}}
    model.api.patch("BackupStorageLocation", "default", change)


def is_active(model: Model) -> bool:
    model.juju.update_status()
    return model.unit() == ACTIVE


def test_update_status_is_active_where_every_check_passes(working: Model) -> None:
    assert is_active(working)


@pytest.mark.usefixtures("impatient")
def test_update_status_waits_for_a_deployment_that_is_not_available_and_then_blocks(
    working: Model,
) -> None:
    working.cluster.kubelet.fail_image(IMAGE)
    replaced(working, deploy="velero")
    working.juju.update_status()
    said = f'Velero server is not ready: ImagePullBackOff: Back-off pulling image "{IMAGE}"'
    assert working.unit() == ("waiting", said)
    age(working, deploy="velero")
    working.juju.update_status()
    assert working.unit() == ("blocked", said)
    working.cluster.kubelet.heal_image(IMAGE)
    working.api.until(lambda: is_active(working))


@pytest.mark.usefixtures("impatient")
def test_update_status_shows_a_server_that_crashed_until_it_is_back(working: Model) -> None:
    def is_available() -> bool:
        return "availableReplicas" in working.api.get("Deployment", "velero")["status"]

    working.cluster.kubelet.kill_server(working.namespace)
    working.api.until(lambda: not is_available())
    working.juju.update_status()
    name, message = working.unit()
    assert name == "waiting"
    assert message.startswith("Velero server is not ready: ")
    working.api.until(lambda: is_active(working))


@pytest.mark.usefixtures("impatient")
def test_update_status_waits_for_a_node_agent_that_is_not_ready_and_then_blocks(
    working: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    working.cluster.kubelet.fail_image(IMAGE)
    replaced(working, name="node-agent")
    working.api.until(lambda: working.api.get(*NODE_AGENT)["status"]["numberReady"] == 0)
    working.juju.update_status()
    why = f'ImagePullBackOff: Back-off pulling image "{IMAGE}"'
    said = f"Node agent is ready on 0 of 1 nodes; {why}"
    assert working.unit() == ("waiting", said)
    with monkeypatch.context() as patch:
        patch.setattr(server_checks, "AGENT_SECONDS", 0)
        working.juju.update_status()
    assert working.unit() == ("blocked", said), "the DaemonSet did not change for too long"
    age(working, name="node-agent")
    working.juju.update_status()
    assert working.unit() == ("blocked", said), "its pod waits for too long"
    working.cluster.kubelet.heal_image(IMAGE)
    working.api.until(lambda: is_active(working))


@pytest.mark.usefixtures("impatient")
def test_update_status_waits_for_a_location_that_is_not_judged_and_then_blocks(
    working: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_rarely: Object = {"spec": {"validationFrequency": "1h0m0s"}, "status": None}
    working.api.patch("BackupStorageLocation", "default", judge_rarely)
    working.api.until(lambda: "phase" in working.location().get("status", {}))
    working.api.patch("BackupStorageLocation", "default", {"status": {"phase": None}})
    working.juju.update_status()
    assert working.unit() == ("waiting", "Velero is checking the storage location")
    monkeypatch.setattr(storage_checks, "VERDICT_SECONDS", 0)
    working.juju.update_status()
    name, message = working.unit()
    assert name == "blocked"
    assert message.startswith("Velero has not checked the storage location for ")
    judge(working, None)
    working.api.until(lambda: is_active(working))


def test_update_status_blocks_with_two_storages(working: Model) -> None:
    versions = working.api.versions()
    second = integrators.azure(secret_key="a2V5", container="c", storage_account="acct")
    relation = working.juju.integrate("azure-storage", second)
    working.juju.update_status()
    apps = "azure-storage-integrator (azure-storage), s3-integrator (s3-credentials)"
    said = f"More than one storage: {apps}; remove all but one"
    assert working.unit() == ("blocked", said)
    assert working.api.versions() == versions
    working.juju.break_relation(relation)
    assert working.unit() == ACTIVE


def test_update_status_blocks_while_the_location_is_not_available(working: Model) -> None:
    working.cluster.store.stop()
    judge(working, "2m0s")
    working.api.until(lambda: working.location()["status"]["phase"] == "Unavailable")
    working.juju.update_status()
    name, message = working.unit()
    assert name == "blocked"
    assert message.startswith("Storage location is Unavailable: ")
    assert "connection refused" in message
    working.cluster.store.start()
    judge(working, None)
    working.api.until(lambda: is_active(working))


def test_config_changed_validates_the_configuration(working: Model) -> None:
    versions, server = working.api.versions(), working.server()
    working.juju.config(velero_image="velero/velero")
    name, message = working.unit()
    assert name == "blocked"
    assert message.startswith("Invalid option velero-image: 'velero/velero' is no image")
    assert working.api.versions() == versions
    working.juju.config(velero_image=None)
    assert working.unit() == ACTIVE
    assert working.server() == server


def test_config_changed_brings_new_images_of_server_and_plugin_in_one_rollout(
    working: Model,
) -> None:
    before = working.api.get("Deployment", "velero")["metadata"]["generation"]
    server = working.server()
    plugin = "r.example/velero-plugin-for-aws:v1.14.4"
    working.juju.config(velero_image=NEWER, velero_aws_plugin_image=plugin)
    assert working.unit() == ACTIVE
    deployment = working.api.get("Deployment", "velero")
    pod = deployment["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == NEWER
    assert [c["image"] for c in pod["initContainers"]] == [plugin]
    [container] = working.api.get(*NODE_AGENT)["spec"]["template"]["spec"]["containers"]
    assert container["image"] == NEWER
    assert deployment["metadata"]["generation"] == before + 1
    assert working.juju.status.version == "1.18.4"
    assert working.server()[1] != server[1]
    working.juju.config(velero_image=None, velero_aws_plugin_image=None)
    assert working.unit() == ACTIVE


def test_config_changed_removes_and_deploys_the_node_agent_as_its_option_says(
    working: Model,
) -> None:
    server = working.server()[1]
    working.juju.config(use_node_agent=False)
    assert working.unit() == ACTIVE
    assert working.api.find(*NODE_AGENT) is None
    working.juju.config(use_node_agent=True)
    assert working.unit() == ACTIVE
    agent = working.api.get(*NODE_AGENT)
    assert agent["status"]["numberReady"] == 1
    working.juju.update_status()
    assert working.api.get(*NODE_AGENT)["metadata"] == agent["metadata"]
    assert working.server()[1] == server, "the server has nothing to do with it"


def test_config_changed_looks_at_the_state_afterwards(
    working: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = "velero/velero:v1.18.99"
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 3.0)
    working.cluster.kubelet.fail_image(bad)
    working.juju.config(velero_image=bad)
    said = f'Velero server is not ready: ImagePullBackOff: Back-off pulling image "{bad}"'
    assert working.unit() == ("waiting", said)
    assert working.juju.status.version == "1.18.3"
    age(working, deploy="velero")
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 60.0)
    with working.events() as events:
        working.juju.update_status()
    assert working.unit() == ("blocked", said)
    assert all(event.seconds < 50 for event in events), "it waited for what will not come"
    working.juju.config(velero_image=None)
    working.api.until(lambda: is_active(working))


def test_the_action_runs_backup_restore_and_schedule_and_no_other_command(
    working: Model,
) -> None:
    working.succeed("backup create b1 --include-namespaces kube-public --wait")
    working.succeed("restore create r1 --from-backup b1 --wait")
    working.succeed("schedule create s1 --schedule @daily")
    assert [working.api.find(*o) for o in (("Backup", "b1"), ("Restore", "r1"))]
    working.succeed("schedule delete s1")
    for command in ("install", "uninstall", "backup-location get", "version"):
        result = working.run(command)
        assert result.failed
        assert "it runs backup, restore, schedule" in result.message


def test_the_action_returns_the_output_and_logs_its_progress(working: Model) -> None:
    result = working.succeed("backup create b2 --include-namespaces kube-public --wait")
    assert 'Backup request "b2" submitted successfully' in result.results["output"]
    assert result.log[-1].startswith("Backup b2: Completed")


def test_the_action_fails_with_the_message_of_a_command_that_fails(working: Model) -> None:
    result = working.run("backup get nowhere")
    assert result.failed
    assert 'backups.velero.io "nowhere" not found' in result.message
