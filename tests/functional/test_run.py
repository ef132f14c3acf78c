"""The `run` action on a real Velero: what it does, and what it says when that fails."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.functional.model import Model, Models

from actions import commands

BIG = "x" * 4096
LIMIT = 100_000
"""Bytes that Juju takes of all results of one action."""


@pytest.fixture(scope="module")
def model(models: Models) -> Iterator[Model]:
    """One model for all tests here; each makes objects of its own."""
    with models.model("run") as model:
        model.ready()
        yield model


@pytest.fixture
def shop(model: Model, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace with an object to lose; Kubernetes takes it away in its own time."""
    namespace = f"shop-of-{request.node.name[-40:].replace('_', '-').strip('-')}"
    model.api.create("Namespace", {"metadata": {"name": namespace}})
    goods = {"metadata": {"name": "goods"}, "data": {"apples": "3"}}
    model.api.create("ConfigMap", goods, namespace)
    account = ("ServiceAccount", "default", namespace)
    model.api.until(lambda: model.api.find(*account))
    yield namespace
    model.api.delete("Namespace", namespace)


def test_a_backup_that_is_waited_for_is_followed_to_its_end(model: Model) -> None:
    result = model.succeed("backup create followed --include-namespaces kube-public --wait")
    assert result.results["phase"] == "Completed"
    assert result.results["name"] == "followed"
    assert result.results["exit-code"] == "0"
    assert 'Backup request "followed" submitted successfully.' in result.results["output"]
    assert result.log[-1].startswith("Backup followed: Completed, ")
    assert model.api.get("Backup", "followed")["status"]["phase"] == "Completed"


def test_without_wait_the_action_returns_when_velero_has_accepted(model: Model) -> None:
    result = model.succeed("backup create alone --include-namespaces kube-public")
    assert "phase" not in result.results
    model.api.until(lambda: phase(model, "Backup", "alone") == "Completed")


def test_a_lost_namespace_is_restored(model: Model, shop: str) -> None:
    model.succeed(f"backup create of-shop --include-namespaces {shop} --wait")
    model.api.delete("ConfigMap", "goods", shop)
    result = model.succeed("restore create back --from-backup of-shop --wait")
    assert result.results["phase"] == "Completed"
    assert result.log[-1].startswith("Restore back: Completed")
    assert model.api.get("ConfigMap", "goods", shop)["data"] == {"apples": "3"}


def test_get_describe_and_logs_print_what_velero_prints(model: Model) -> None:
    model.succeed("backup create told --include-namespaces kube-public --wait")
    listed = json.loads(model.succeed("backup get told -o json").results["output"])
    assert listed["metadata"]["name"] == "told"
    described = model.succeed("backup describe told --details").results["output"]
    assert "Phase:" in described
    assert "Completed" in described
    assert "v1/ConfigMap" in described, "the part that comes from the bucket"
    assert "\x1b" not in described
    assert "Setting up backup temp file" in model.succeed("backup logs told").results["output"]


def test_a_deleted_backup_goes_from_the_bucket_too(model: Model) -> None:
    model.succeed("backup create unwanted --include-namespaces kube-public --wait")
    assert any("unwanted" in name for name in model.bucket_files())
    result = model.succeed("backup delete unwanted")
    assert "submitted successfully" in result.results["output"]
    model.api.until(lambda: not any("unwanted" in name for name in model.bucket_files()))
    model.api.until(lambda: model.api.find("Backup", "unwanted") is None)


def test_schedules_are_made_paused_and_deleted(model: Model) -> None:
    model.succeed("schedule create nightly --schedule '0 2 * * *' --ttl 720h --paused=false")
    assert model.api.get("Schedule", "nightly")["spec"]["schedule"] == "0 2 * * *"
    model.succeed("schedule pause nightly")
    assert model.api.get("Schedule", "nightly")["spec"]["paused"] is True
    model.succeed("schedule unpause nightly")
    model.succeed("backup create --from-schedule nightly --wait")
    model.succeed("schedule delete nightly")
    assert model.api.find("Schedule", "nightly") is None


def test_a_backup_that_velero_finds_invalid_fails_with_velero_s_words(model: Model) -> None:
    result = model.run("backup create wrong --resource-policies-configmap no-such --wait")
    assert result.failed
    assert result.message.startswith("Backup wrong is FailedValidation: ")
    assert "no-such" in result.message
    assert result.results["phase"] == "FailedValidation"


def test_a_location_that_is_not_there_fails_with_velero_s_words(model: Model) -> None:
    result = model.run("backup create lost --storage-location nowhere --wait")
    assert result.failed
    why = 'velero: backupstoragelocations.velero.io "nowhere" not found'
    assert result.message == f"velero backup create failed: {why}"


def test_a_restore_of_a_backup_that_is_not_there_fails_with_velero_s_words(model: Model) -> None:
    result = model.run("restore create --from-backup no-such --wait")
    assert result.failed
    assert "no-such" in result.message


def test_a_backup_with_errors_fails_and_says_where_to_look(model: Model, shop: str) -> None:
    hook = {"pre.hook.backup.velero.io/command": '["/bin/true"]'}
    pod = {"containers": [{"name": "app", "image": "app:1"}]}
    model.api.create(
        "Pod", {"metadata": {"name": "hooked", "annotations": hook}, "spec": pod}, shop
    )
    running = "Running"
    model.api.until(lambda: model.api.get("Pod", "hooked", shop)["status"]["phase"] == running)
    result = model.run(f"backup create hooks --include-namespaces {shop} --wait")
    assert result.failed
    where = "see: backup describe hooks --details"
    assert result.message == f"Backup hooks is PartiallyFailed: 1 error; {where}"


def test_a_command_that_the_cli_refuses_fails_with_its_last_words(model: Model) -> None:
    result = model.run("backup create bad --ttl banana")
    assert result.failed
    assert result.results["exit-code"] == "1"
    assert "banana" in result.message
    assert "banana" in result.results["error-output"]


def test_a_name_that_is_taken_fails(model: Model) -> None:
    model.succeed("backup create taken --include-namespaces kube-public --wait")
    result = model.run("backup create taken --include-namespaces kube-public --wait")
    assert result.failed
    assert "already exists" in result.message


def test_what_is_deleted_while_it_runs_ends_the_action(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands.making, "submitted_name", gone)
    result = model.run("backup create present --include-namespaces kube-public --wait")
    assert result.failed
    assert result.message == "Backup gone was deleted while it ran"
    # Velero lets a backup of the same namespace wait for this one, for up to a minute
    model.api.until(lambda: phase(model, "Backup", "present") == "Completed")


def test_at_its_deadline_the_action_says_how_far_it_got(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "WAIT_SECONDS", 0.01)
    result = model.run("backup create slow --include-namespaces kube-public --wait")
    assert result.failed
    assert result.results["name"] == "slow"
    assert "goes on; follow it with" in result.message
    model.api.until(lambda: phase(model, "Backup", "slow") == "Completed")


@pytest.fixture
def many(model: Model) -> Iterator[int]:
    """So many backups that listing them is more than an action may return."""
    names = [f"many-{number}" for number in range(60)]
    status = {"phase": "Completed"}
    for name in names:
        metadata = {"name": name, "annotations": {"note": BIG}}
        model.api.create("Backup", {"metadata": metadata, "spec": {}, "status": status})
    yield len(names)
    for name in names:
        model.api.delete("Backup", name)


def test_output_that_is_too_long_for_juju_is_cut_in_its_middle(model: Model, many: int) -> None:
    result = model.succeed("backup get -o json")
    size = sum(len(str(value).encode()) for value in result.results.values())
    assert size < LIMIT < many * len(BIG)
    output = result.results["output"]
    assert output.startswith("{")
    assert output.rstrip().endswith("}")
    assert "bytes are left out here" in output


def test_a_signed_url_is_not_shown(model: Model) -> None:
    model.succeed("backup create signed --include-namespaces kube-public --wait")
    model.cluster.store.stop()
    result = model.run("backup logs signed")
    assert result.failed
    shown = json.dumps([result.results, result.message])
    assert "?<redacted>" in shown
    assert "Signature" not in shown


@pytest.fixture(scope="module")
def precious(model: Model) -> Iterator[str]:
    """A namespace of another Velero, with a Backup of its own."""
    other = "othervelero"
    model.api.create("Namespace", {"metadata": {"name": other}})
    whole = {"metadata": {"name": "precious"}, "spec": {}, "status": {"phase": "Completed"}}
    model.api.create("Backup", whole, other)
    yield other
    model.api.delete("Namespace", other)


@pytest.mark.parametrize(
    ("action", "more"), [("delete-backup", {"confirm": True}), ("restore", {"wait": "1s"})]
)
def test_no_name_reaches_another_namespace(
    model: Model, precious: str, action: str, more: dict[str, object]
) -> None:
    up = "../.."
    for name in (
        f"{up}/{precious}/backups/precious",
        f"{up}/../../../../api/v1/namespaces/kube-system",
        "x%2f..%2f..%2f..%2fothervelero%2fbackups%2fprecious",
        "?watch=true",
        ".",
        "x" * 100_000,
    ):
        result = model.juju.run(action, {"backup": name, **more})
        assert result.failed
        assert "is no name and no UID of a backup" in result.message or "at most" in result.message
        assert result.message.isprintable()
    assert model.api.get("Backup", "precious", precious)
    for kind in ("DeleteBackupRequest", "Restore"):
        assert model.api.list(kind, precious) == []


@pytest.mark.parametrize("flag", ["--confirm=false", "--confirm=0", "--confirm --confirm=F"])
def test_what_is_not_confirmed_is_not_deleted(model: Model, flag: str) -> None:
    if not model.api.find("Backup", "dear"):
        whole = {"metadata": {"name": "dear"}, "spec": {}, "status": {"phase": "Completed"}}
        model.api.create("Backup", whole)
    result = model.run(f"backup delete dear {flag}")
    assert result.failed
    assert "deletes nothing" in result.message
    assert model.api.list("DeleteBackupRequest") == []


def gone(_: str) -> str:
    return "gone"


def phase(model: Model, kind: str, name: str) -> Any:  # noqa: ANN401 - JSON
    return model.api.get(kind, name).get("status", {}).get("phase")
