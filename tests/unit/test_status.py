"""What the checks find, from objects as the API server returns them."""

import datetime as dt
from typing import Any

import pytest

from velero import status
from velero.desired import Desired, Settings, Storage
from velero.errors import (
    CliError,
    Conflict,
    Denied,
    Forbidden,
    InvalidInput,
    NotFound,
    Rejected,
    Unreachable,
    VeleroError,
)
from velero.kubernetes.resources import Object
from velero.observed import Observed
from velero.problem import Need, Problem

BARE = Desired("m1", "velero-operator", "velero/velero:v1.18.3")
STORED = Desired(
    "m1",
    "velero-operator",
    "velero/velero:v1.18.3",
    Storage("s3-credentials", "aws", "plugin:v1", "backups", "m1/velero-operator"),
)
AGENTS = Desired(
    "m1", "velero-operator", "velero/velero:v1.18.3", settings=Settings(node_agent=True)
)


def deployment(age: float = 1000, **state: int) -> Object:
    ready = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    return {
        "kind": "Deployment",
        "metadata": {"name": "velero", "generation": 2, "labels": {**owned()}} | changed(age),
        "spec": {"replicas": 1},
        "status": ready | state,
    }


def changed(age: float) -> dict[str, Any]:
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age)).isoformat()
    fields = [{"manager": "velero-operator", "time": since}]
    return {"creationTimestamp": since, "managedFields": fields}


def agents(age: float = 0, **state: int) -> Object:
    counts = {"desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberReady": 3}
    return {
        "kind": "DaemonSet",
        "metadata": {"name": "node-agent", "generation": 1, "labels": owned()} | changed(age),
        "status": {"observedGeneration": 1} | counts | state,
    }


def location(phase: str = "", message: str = "", age: float = 0) -> Object:
    metadata = {"name": "default", "labels": owned()} | changed(age)
    at = metadata["creationTimestamp"]
    verdict = {"phase": phase, "message": message, "lastValidationTime": at}
    kind = "BackupStorageLocation"
    return {"kind": kind, "metadata": metadata, "status": verdict if phase else {}}


def owned() -> dict[str, str]:
    return {"app.kubernetes.io/instance": "m1.velero-operator"}


def pod(reason: str, message: str = "") -> Object:
    state = {"state": {"waiting": {"reason": reason, "message": message}}, "name": "velero"}
    return {"metadata": changed(0), "status": {"containerStatuses": [state]}}


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
    ("reason", "need"),
    [
        ("ContainerCreating", Need.WAITING),
        ("ImagePullBackOff", Need.WAITING),
        ("InvalidImageName", Need.BLOCKED),
    ],
)
def test_what_keeps_the_servers_pod_from_running_is_told(reason: str, need: Need) -> None:
    unavailable = deployment(availableReplicas=0)
    [problem] = found(BARE, unavailable, pods=(pod(reason, "its words"),))
    told = "its pod is starting" if reason == "ContainerCreating" else f"{reason}: its words"
    assert problem == Problem(need, f"Velero server is not ready: {told}")


def test_a_server_whose_pod_is_refused_says_why_and_then_blocks() -> None:
    refused = deployment(availableReplicas=0, replicas=0)
    condition = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}
    for age, need in ((0, Need.WAITING), (60, Need.BLOCKED)):
        condition["lastTransitionTime"] = changed(age)["creationTimestamp"]
        refused["status"]["conditions"] = [condition]
        shown = Problem(need, "Velero server is not ready: exceeded quota")
        assert found(BARE, refused) == [shown]


def test_a_rollout_past_its_deadline_blocks() -> None:
    late = deployment(availableReplicas=0)
    late["status"]["conditions"] = [{"type": "Progressing", "status": "False"}]
    assert found(BARE, late)[0].need is Need.BLOCKED


def test_a_node_agent_that_is_not_there_is_waited_for() -> None:
    said = Problem(Need.WAITING, "Node agent is not installed yet")
    assert found(AGENTS, deployment()) == [said]
    assert found(AGENTS, deployment(), agents()) == []
    assert found(BARE, deployment(), agents(numberReady=0)) == [], "it is about to go"


@pytest.mark.parametrize(
    "state", [{"numberReady": 2}, {"updatedNumberScheduled": 2}, {"observedGeneration": 0}]
)
def test_a_node_agent_that_misses_a_node_is_waited_for_and_then_not(
    state: dict[str, int],
) -> None:
    ready = state.get("numberReady", 3)
    where = "see: kubectl get pods --namespace m1 --selector name=node-agent"
    said = f"Node agent is ready on {ready} of 3 nodes; {where}"
    assert found(AGENTS, deployment(), agents(**state)) == [Problem(Need.WAITING, said)]
    late = found(AGENTS, deployment(), agents(age=601, **state))
    assert late == [Problem(Need.BLOCKED, said)]


@pytest.mark.parametrize(
    ("reason", "need"), [("ErrImagePull", Need.WAITING), ("InvalidImageName", Need.BLOCKED)]
)
def test_a_node_agent_that_cannot_run_says_why(reason: str, need: Need) -> None:
    [problem] = found(AGENTS, deployment(), agents(numberReady=0), agents=(pod(reason, "no"),))
    assert problem == Problem(need, f"Node agent is ready on 0 of 3 nodes; {reason}: no")


def test_a_location_without_a_verdict_is_waited_for_and_then_not() -> None:
    checking = [Problem(Need.WAITING, "Velero is checking the storage location")]
    assert found(STORED, deployment(), location()) == checking
    [late] = found(STORED, deployment(), location(age=100))
    assert late.need is Need.BLOCKED
    assert late.message.startswith("Velero has not checked the storage location for 100 s")


@pytest.mark.parametrize("at", [None, "2026-01-01T00:00:00Z"])
def test_a_verdict_on_what_the_location_was_before_is_none(at: str | None) -> None:
    changed_since = location("Available")
    changed_since["status"]["lastValidationTime"] = at
    checking = [Problem(Need.WAITING, "Velero is checking the storage location")]
    assert found(STORED, deployment(), changed_since) == checking


def test_a_location_is_not_late_while_its_server_was_away() -> None:
    checking = [Problem(Need.WAITING, "Velero is checking the storage location")]
    assert found(STORED, deployment(age=5), location(age=100)) == checking
    [starting] = found(STORED, deployment(availableReplicas=0), location(age=100))
    assert starting == Problem(Need.WAITING, "Velero server is not ready: its pod is starting")


def test_an_unavailable_location_says_why_on_one_short_line() -> None:
    [problem] = found(STORED, deployment(), location("Unavailable", "Access\nDenied " * 100))
    assert problem.need is Need.BLOCKED
    assert problem.message.startswith("Storage location is Unavailable: Access Denied")
    assert len(problem.message) < 340
    assert "\n" not in problem.message


def test_without_storage_the_location_is_not_looked_at() -> None:
    assert found(BARE, deployment(), location("Unavailable")) == []


def test_what_is_wrong_with_the_inputs_comes_before_a_location_and_after_a_server() -> None:
    given = [Problem(Need.BLOCKED, "More than one storage: a, b; remove all but one")]
    unavailable = Observed(
        objects={
            ("Deployment", "velero"): deployment(availableReplicas=0),
            ("BackupStorageLocation", "default"): location("Unavailable", "NoSuchBucket"),
        }
    )
    shown = [problem.message for problem in status.check(STORED, unavailable, given)]
    assert shown == [
        "Velero server is not ready: its pod is starting",
        given[0].message,
        "Storage location is Unavailable: NoSuchBucket",
    ]
    [trust, *rest] = status.check(STORED, Observed(trusted=False), given)
    assert trust.message.startswith("Trust is missing")
    assert rest == given


def test_a_held_change_is_shown() -> None:
    [problem] = found(STORED, deployment(), location("Available"), held="X waits for Backup b")
    assert problem == Problem(Need.WAITING, "X waits for Backup b")


@pytest.mark.parametrize(
    ("error", "need", "shown"),
    [
        (Unreachable("no connection"), Need.WAITING, "no connection"),
        (Conflict("exists already"), Need.WAITING, "exists already"),
        (NotFound("no such kind"), Need.WAITING, "no such kind"),
        (Forbidden("403"), Need.BLOCKED, "Trust is missing; run: juju trust app --scope=cluster"),
        (Denied("exceeded quota"), Need.BLOCKED, "exceeded quota"),
        (Rejected("invalid"), Need.BLOCKED, "invalid"),
        (CliError("not there"), Need.BLOCKED, "Velero CLI: not there"),
        (InvalidInput("a: b", "is bad"), Need.BLOCKED, "Invalid a: b: is bad"),
    ],
)
def test_an_error_is_a_problem(error: VeleroError, need: Need, shown: str) -> None:
    assert status.of_error(error, "app") == Problem(need, shown)
