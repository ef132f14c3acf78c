"""What the checks find, from objects as the API server returns them."""

import datetime as dt

import pytest

from velero import status
from velero.desired import Desired, Storage
from velero.errors import CliError, Forbidden, InvalidInput, Rejected, Unreachable, VeleroError
from velero.observed import Observed
from velero.resources import Object
from velero.status import Need, Problem

BARE = Desired("m1", "velero-operator", "velero/velero:v1.18.3")
STORED = Desired(
    "m1",
    "velero-operator",
    "velero/velero:v1.18.3",
    Storage("s3-credentials", "aws", "plugin:v1", "backups", "m1/velero-operator"),
)


def deployment(**state: int) -> Object:
    ready = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    return {
        "kind": "Deployment",
        "metadata": {"name": "velero", "generation": 2, "labels": {**owned()}},
        "spec": {"replicas": 1},
        "status": ready | state,
    }


def location(phase: str = "", message: str = "", age: float = 0) -> Object:
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age)).isoformat()
    return {
        "kind": "BackupStorageLocation",
        "metadata": {
            "name": "default",
            "labels": owned(),
            "creationTimestamp": since,
            "managedFields": [{"manager": "velero-operator", "time": since}],
        },
        "status": {"phase": phase, "message": message} if phase else {},
    }


def owned() -> dict[str, str]:
    return {"app.kubernetes.io/instance": "m1.velero-operator"}


def pod(reason: str, message: str = "", last: str = "") -> Object:
    state = {"state": {"waiting": {"reason": reason, "message": message}}, "name": "velero"}
    if last:
        state["lastState"] = {"terminated": {"message": last}}
    return {"status": {"containerStatuses": [state]}}


def found(desired: Desired, *objects: Object, **more: object) -> list[Problem]:
    live = {(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}
    return status.check(desired, Observed(objects=live, **more))  # pyright: ignore[reportArgumentType]


def test_a_working_velero_has_no_problem() -> None:
    assert found(STORED, deployment(), location("Available")) == []


def test_missing_trust_is_all_that_is_said_and_names_the_command() -> None:
    assert status.check(STORED, Observed(trusted=False)) == [
        Problem(Need.BLOCKED, "Trust is missing; run: juju trust velero-operator --scope=cluster")
    ]


def test_an_object_of_someone_else_is_named_and_stops_everything() -> None:
    foreign = deployment() | {"metadata": {"name": "velero", "generation": 1}}
    [problem] = found(STORED, foreign, location("Unavailable"))
    assert problem.need is Need.BLOCKED
    assert problem.message.startswith("Deployment velero exists and was not made by this")


@pytest.mark.parametrize(
    "state",
    [
        {"observedGeneration": 1},
        {"updatedReplicas": 0},
        {"availableReplicas": 0},
        {"replicas": 2},
    ],
)
def test_a_rollout_in_progress_is_waited_for(state: dict[str, int]) -> None:
    [problem] = found(BARE, deployment(**state))
    assert problem == Problem(Need.WAITING, "Velero server is not ready: its pod is starting")


@pytest.mark.parametrize(
    ("reason", "message", "last", "shown"),
    [
        ("ImagePullBackOff", "no such image", "", "ImagePullBackOff: no such image"),
        (
            "CrashLoopBackOff",
            "back-off",
            "Usage:\nunknown flag: --x\n",
            "CrashLoopBackOff: unknown flag: --x",
        ),
        ("InvalidImageName", "", "", "InvalidImageName: container velero"),
    ],
)
def test_a_pod_that_time_will_not_heal_blocks_with_its_own_reason(
    reason: str, message: str, last: str, shown: str
) -> None:
    [problem] = found(BARE, deployment(availableReplicas=0), pods=(pod(reason, message, last),))
    assert problem == Problem(Need.BLOCKED, f"Velero server is not ready: {shown}")


def test_a_pod_that_is_only_being_made_is_waited_for() -> None:
    [problem] = found(BARE, deployment(availableReplicas=0), pods=(pod("ContainerCreating"),))
    assert problem.need is Need.WAITING


def test_a_rollout_past_its_deadline_blocks() -> None:
    late = deployment(availableReplicas=0)
    late["status"]["conditions"] = [{"type": "Progressing", "status": "False"}]
    assert found(BARE, late)[0].need is Need.BLOCKED


def test_a_location_without_a_verdict_is_waited_for_and_then_not() -> None:
    assert found(STORED, deployment(), location()) == [
        Problem(Need.WAITING, "Velero is checking the storage location")
    ]
    [late] = found(STORED, deployment(), location(age=100))
    assert late.need is Need.BLOCKED
    assert late.message.startswith("Velero has not checked the storage location for 100 s")


def test_an_unavailable_location_says_why_on_one_short_line() -> None:
    [problem] = found(STORED, deployment(), location("Unavailable", "Access\nDenied " * 100))
    assert problem.need is Need.BLOCKED
    assert problem.message.startswith("Storage location is Unavailable: Access Denied")
    assert len(problem.message) < 340
    assert "\n" not in problem.message


def test_without_storage_the_location_is_not_looked_at() -> None:
    assert found(BARE, deployment(), location("Unavailable")) == []


def test_a_held_change_is_shown() -> None:
    [problem] = found(STORED, deployment(), location("Available"), held="X waits for Backup b")
    assert problem == Problem(Need.WAITING, "X waits for Backup b")


@pytest.mark.parametrize(
    ("error", "need", "shown"),
    [
        (Unreachable("no connection"), Need.WAITING, "no connection"),
        (Forbidden("403"), Need.BLOCKED, "Trust is missing; run: juju trust app --scope=cluster"),
        (Rejected("invalid"), Need.BLOCKED, "invalid"),
        (CliError("not there"), Need.BLOCKED, "Velero CLI: not there"),
        (InvalidInput("a: b", "is bad"), Need.BLOCKED, "Invalid a: b: is bad"),
    ],
)
def test_an_error_is_a_problem(error: VeleroError, need: Need, shown: str) -> None:
    assert status.of_error(error, "app") == Problem(need, shown)
