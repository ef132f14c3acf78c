"""Storage that changes: keys rotate, a second one comes, it goes, it is down."""

import os
import signal
from threading import Timer

from tests.cluster import integrators
from tests.functional.model import MISSING, S3, Model
from tests.functional.trouble import add_pod_with_unreachable_volume

from velero.installation.pods import seconds_since
from velero.kubernetes.operations import BUSY_PHASES

ACTIVE = ("active", "")


def touch(model: Model, frequency: str) -> None:
    """Let Velero check the location now, through a field that is not the charm's."""
    model.api.patch(
        "BackupStorageLocation", "default", {"spec": {"validationFrequency": frequency}}
    )


def test_rotated_keys_are_used_at_once_and_without_a_restart(model: Model) -> None:
    model.ready()
    server, store = model.server(), model.cluster.store
    store.rotate(store.access_key, "another-secret-key")
    with model.events() as events:
        model.juju.rotate_secret(S3, secret_key="another-secret-key")
    assert [event.name for event in events] == ["secret-changed"]
    assert model.unit() == ACTIVE
    assert model.location_phase() == "Available"
    assert model.storage_secrets() == ["velero-storage-2"]
    assert model.server() == server
    model.succeed("backup create after-rotation --include-namespaces kube-public --wait")


def test_a_verdict_on_the_old_keys_is_not_told_by_the_next_hook_either(model: Model) -> None:
    model.ready()
    store = model.cluster.store
    store.rotate(store.access_key, "a-third-secret-key")
    # The times of an object are whole seconds
    created = model.location()["metadata"]["creationTimestamp"]
    model.api.until(lambda: seconds_since(created) >= 1)
    model.juju.rotate_secret(S3, secret_key="a-third-secret-key")
    # As of a check that began before the change and ended after it
    late = {"phase": "Unavailable", "message": "SignatureDoesNotMatch"}
    model.api.patch("BackupStorageLocation", "default", {"status": late})
    model.juju.update_status()
    assert model.unit() == ACTIVE


def test_a_backup_that_runs_over_a_rotation_is_good(model: Model, shop: str) -> None:
    model.deploy({"use_node_agent": True})
    model.relate()
    assert model.unit() == ACTIVE
    # Velero waits for the node agent, which does not read volumes here: the test says it is done
    add_pod_with_unreachable_volume(model, shop)
    api, store = model.api, model.cluster.store
    model.succeed(f"backup create long --include-namespaces {shop}")
    api.until(lambda: api.list("PodVolumeBackup"), 60)
    store.rotate(store.access_key, "a-fourth-secret-key")
    model.juju.rotate_secret(S3, secret_key="a-fourth-secret-key")
    assert model.storage_secrets() == ["velero-storage-1", "velero-storage-2"]
    [volume] = api.list("PodVolumeBackup")
    api.patch("PodVolumeBackup", volume["metadata"]["name"], {"status": {"phase": "Completed"}})
    api.until(lambda: api.get("Backup", "long")["status"]["phase"] not in BUSY_PHASES)
    assert api.get("Backup", "long")["status"]["phase"] == "Completed", api.get("Backup", "long")
    model.juju.update_status()
    assert model.unit() == ACTIVE
    assert model.storage_secrets() == ["velero-storage-2"]


def test_a_verdict_on_the_new_keys_is_waited_for_however_new_the_old_one_is(model: Model) -> None:
    model.ready()
    [server] = model.server()[1]
    # Velero's verdict on the old keys is of this second, or of the one before
    os.kill(server, signal.SIGSTOP)
    in_a_while = Timer(5, os.kill, (server, signal.SIGCONT))
    in_a_while.start()
    model.juju.rotate_secret(S3, secret_key="not-the-right-key")
    in_a_while.join()
    name, message = model.unit()
    assert name == "blocked"
    assert message.startswith("Storage location is Unavailable: ")


def test_wrong_keys_are_told_by_the_same_hook_and_the_right_ones_heal(model: Model) -> None:
    model.ready()
    server, right = model.server(), model.cluster.store.secret_key
    model.juju.rotate_secret(S3, secret_key="not-the-right-key")
    name, message = model.unit()
    assert name == "blocked"
    assert message.startswith("Storage location is Unavailable: ")
    assert "SignatureDoesNotMatch" in message
    assert "not-the-right-key" not in message + model.logged()
    assert model.storage_secrets() == ["velero-storage-2"]
    model.juju.rotate_secret(S3, secret_key=right)
    assert model.unit() == ACTIVE
    assert model.server() == server
    assert model.storage_secrets() == ["velero-storage-3"]


def test_keys_of_a_plaintext_relation_rotate_as_well(model: Model) -> None:
    model.deploy()
    model.juju.integrate(S3, integrators.legacy_s3(model.credentials()))
    server, store = model.server(), model.cluster.store
    store.rotate("velero", "a-third-secret-key")
    model.juju.set_data(S3, secret_key="a-third-secret-key")
    assert model.unit() == ACTIVE
    assert model.server() == server


def test_a_second_storage_blocks_and_touches_nothing(model: Model) -> None:
    model.ready()
    versions, server = model.api.versions(), model.server()
    second = model.juju.integrate(S3, integrators.s3(model.credentials(), app="second"))
    name, message = model.unit()
    assert name == "blocked"
    assert message == (
        "More than one storage: s3-integrator (s3-credentials), second (s3-credentials); "
        "remove all but one"
    )
    model.juju.update_status()
    assert model.api.versions() == versions
    assert model.server() == server
    model.juju.break_relation(second)
    assert model.unit() == ACTIVE
    assert model.api.versions() == versions
    assert model.server() == server


def test_of_two_storages_the_first_may_go(model: Model) -> None:
    model.deploy()
    first = model.relate()
    model.cluster.store.create_bucket("second-bucket")
    second = integrators.s3(model.credentials(bucket="second-bucket"), app="second")
    model.juju.integrate(S3, second)
    model.juju.break_relation(first)
    assert model.unit() == ACTIVE
    assert model.location()["spec"]["objectStorage"]["bucket"] == "second-bucket"


def test_broken_storage_takes_its_own_away_and_keeps_every_backup(model: Model) -> None:
    model.ready()
    model.succeed("backup create keep-me --include-namespaces kube-public --wait")
    files, backup = model.bucket_files(), model.api.get("Backup", "keep-me")
    model.juju.break_relation(S3)
    assert model.unit() == MISSING
    assert model.api.find("BackupStorageLocation", "default") is None
    assert model.storage_secrets() == []
    deployment = model.api.get("Deployment", "velero")
    assert "initContainers" not in deployment["spec"]["template"]["spec"]
    assert deployment["status"]["availableReplicas"] == 1
    assert model.api.get("Backup", "keep-me")["metadata"]["uid"] == backup["metadata"]["uid"]
    assert model.bucket_files() == files
    model.relate()
    assert model.unit() == ACTIVE
    assert model.bucket_files().items() >= files.items()
    model.succeed("restore create --from-backup keep-me --wait")


def test_a_plugin_that_a_person_added_stays_when_ours_changes_and_goes(model: Model) -> None:
    def plugins() -> dict[str, str]:
        pod = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]
        return {each["name"]: each["image"] for each in pod["initContainers"]}

    model.ready()
    pod = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]
    [ours] = pod["initContainers"]
    theirs = ours | {"name": "their-plugin", "image": "r.example/their-plugin:v1"}
    added = {"spec": {"template": {"spec": {"initContainers": [theirs, ours]}}}}
    model.api.patch("Deployment", "velero", added)
    image = "r.example/velero-plugin-for-aws:v1.14.4"
    model.juju.config(velero_aws_plugin_image=image)
    assert plugins() == {"their-plugin": theirs["image"], ours["name"]: image}
    model.juju.break_relation(S3)
    assert plugins() == {"their-plugin": theirs["image"]}
    model.relate()
    assert model.unit() == ACTIVE
    assert plugins() == {"their-plugin": theirs["image"], ours["name"]: image}


def test_the_location_stays_while_a_backup_runs_and_goes_after_it(model: Model) -> None:
    model.ready()
    versions = model.api.versions()
    running = {"metadata": {"name": "long"}, "spec": {}, "status": {"phase": "InProgress"}}
    model.api.create("Backup", running)
    model.juju.break_relation(S3)
    name, message = model.unit()
    assert (name, MISSING[1] in message) == ("blocked", True)
    assert "the removal of the storage location waits for Backup long" in message
    kept = model.api.versions()
    assert {key: kept[key] for key in versions} == versions
    model.api.patch("Backup", "long", {"status": {"phase": "Failed"}})
    model.juju.update_status()
    assert model.api.find("BackupStorageLocation", "default") is None
    assert model.storage_secrets() == []


def test_a_store_that_is_down_is_told_in_velero_s_words_and_may_come_back(model: Model) -> None:
    model.ready()
    versions = model.api.versions()
    model.cluster.store.stop()
    touch(model, "2m0s")
    model.api.until(lambda: model.location_phase() == "Unavailable")
    model.juju.update_status()
    name, message = model.unit()
    assert name == "blocked"
    assert "connection refused" in message
    result = model.run("backup create b1")
    assert result.failed
    assert result.message.startswith("The storage location is not available: ")
    model.cluster.store.start()
    touch(model, "1m0s")
    model.api.until(lambda: model.location_phase() == "Available")
    model.juju.update_status()
    name, message = model.unit()
    assert name == "active"
    assert message.startswith("BackupStorageLocation default has validationFrequency, which")
    changed = {key for key, version in model.api.versions().items() if versions[key] != version}
    assert changed == {("BackupStorageLocation", "default")}
    assert model.location()["spec"]["validationFrequency"] == "1m0s", "it is the person's"


def test_a_store_that_is_down_when_it_is_related_is_told_by_the_same_hook(model: Model) -> None:
    model.deploy()
    model.cluster.store.stop()
    model.relate()
    name, message = model.unit()
    assert name == "blocked"
    assert message.startswith("Storage location is Unavailable: ")
    assert model.cluster.store.secret_key not in message


def test_the_old_storage_stays_until_the_new_one_has_answered(model: Model) -> None:
    model.ready()
    before, server = model.location()["spec"], model.server()
    model.juju.integrate("gcs-credentials", integrators.DataBag({}, app="gcs-integrator"))
    model.juju.break_relation(S3)
    assert model.location()["spec"] == before
    assert model.storage_secrets() == ["velero-storage-1"]
    assert model.server() == server
    name, message = model.unit()
    assert name == "waiting"
    assert "gcs-integrator" in message
