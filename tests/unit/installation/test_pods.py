"""What keeps a pod from running, from its status as a kubelet writes it."""

import datetime as dt
from typing import Any

import pytest

from velero.installation.pods import REVISION, Trouble, newest, refusal, trouble, unchanged_for
from velero.kubernetes.resources import Object

PULL = "ImagePullBackOff"
CRASH = "CrashLoopBackOff"


def ago(seconds: float) -> str:
    since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)
    return since.strftime("%Y-%m-%dT%H:%M:%SZ")


def pod(reason: str, message: str = "", not_ready: float = 0, **container: Any) -> Object:  # noqa: ANN401
    waiting = {"waiting": {"reason": reason, "message": message}}
    ready = {"type": "Ready", "status": "False", "lastTransitionTime": ago(not_ready)}
    containers = [{"name": "velero", "state": waiting} | container]
    return {
        "metadata": {"creationTimestamp": ago(9999)},
        "status": {"conditions": [ready], "containerStatuses": containers},
    }


def crashed(count: int, ran_for: float, message: str = "", reason: str = "Error") -> Object:
    ended = {
        "exitCode": 1,
        "reason": reason,
        "message": message,
        "startedAt": ago(ran_for),
        "finishedAt": ago(0),
    }
    return pod(CRASH, restartCount=count, lastState={"terminated": ended})


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing", ""])
def test_a_pod_that_only_starts_has_no_trouble(reason: str) -> None:
    assert trouble([pod(reason, not_ready=9999)]) is None


@pytest.mark.parametrize(
    "reason", ["CreateContainerConfigError", "CreateContainerError", "ErrImagePull", PULL]
)
def test_what_a_pod_lacks_may_come_for_a_while(reason: str) -> None:
    assert trouble([pod(reason, "none")]) == Trouble(f"{reason}: none", hopeless=False)
    assert trouble([pod(reason, "none", not_ready=20)]) == Trouble(
        f"{reason}: none", hopeless=False
    )
    assert trouble([pod(reason, "none", not_ready=40)]) == Trouble(
        f"{reason}: none", hopeless=True
    )


def test_without_a_condition_the_pods_age_counts() -> None:
    old = pod(PULL, "none")
    del old["status"]["conditions"]
    assert trouble([old]) == Trouble(f"{PULL}: none", hopeless=True)


@pytest.mark.parametrize("reason", ["InvalidImageName", "ErrImageNeverPull"])
def test_what_no_time_heals_is_hopeless_at_once(reason: str) -> None:
    assert trouble([pod(reason)]) == Trouble(f"{reason}: container velero", hopeless=True)


@pytest.mark.parametrize(
    ("count", "ran_for", "hopeless"),
    [(1, 0, False), (2, 0, False), (3, 0, True), (3, 300, True), (9, 7200, False)],
)
def test_crashes_in_a_row_are_hopeless_and_one_after_a_long_life_is_not(
    count: int, ran_for: float, *, hopeless: bool
) -> None:
    found = trouble([crashed(count, ran_for, "Usage:\nunknown flag: --x\n")])
    assert found == Trouble(f"{CRASH}: unknown flag: --x", hopeless)


def test_a_crash_without_words_has_its_exit_code_and_a_kill_its_reason() -> None:
    found = [trouble([crashed(1, 0)]), trouble([crashed(1, 0, reason="OOMKilled")])]
    shown = [f"{CRASH}: exit code 1", f"{CRASH}: OOMKilled: exit code 1"]
    assert [one and one.reason for one in found] == shown


def test_a_pod_that_fits_no_node_says_why() -> None:
    message = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    pending = {"status": {"conditions": [condition | {"message": message}]}}
    assert trouble([pending]) == Trouble(f"Unschedulable: {message}", hopeless=False)


def test_of_several_the_hopeless_one_is_told() -> None:
    found = trouble([pod("Running"), pod(PULL, "one"), pod(PULL, "two", not_ready=40)])
    assert found == Trouble(f"{PULL}: two", hopeless=True)


def test_a_plugin_that_cannot_be_pulled_is_told_rather_than_what_waits_for_it() -> None:
    held = pod("PodInitializing")
    broken = {"name": "plugin", "state": {"waiting": {"reason": PULL, "message": "no"}}}
    held["status"]["initContainerStatuses"] = [broken]
    assert trouble([held]) == Trouble(f"{PULL}: no", hopeless=False)


@pytest.mark.parametrize(("since", "hopeless"), [(5, False), (40, True)])
def test_pods_that_kubernetes_refuses_are_told_in_its_words(
    since: float, *, hopeless: bool
) -> None:
    said = 'pods "velero-1" is forbidden: no PriorityClass with name x was found'
    condition = {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": ago(since)}
    condition["message"] = said
    refused = {"status": {"conditions": [condition]}}
    assert refusal(refused) == Trouble(said, hopeless)
    condition["status"] = "False"
    assert refusal(refused) is None
    assert refusal({}) is None


def replica_set(name: str, revision: str, owner: str, created: float) -> Object:
    return {
        "metadata": {
            "name": name,
            "annotations": {REVISION: revision},
            "ownerReferences": [{"uid": owner}],
            "creationTimestamp": ago(created),
        }
    }


def test_the_newest_replica_set_is_the_one_of_the_current_revision_and_of_no_other_owner() -> None:
    deployment = {"metadata": {"uid": "ours", "annotations": {REVISION: "7"}}}
    sets = [
        replica_set("old", "6", "ours", 10),
        replica_set("current", "7", "ours", 500),
        replica_set("other", "7", "theirs", 1),
    ]
    assert newest(sets, deployment) == sets[1]
    del deployment["metadata"]["annotations"]
    assert newest(sets, deployment) == sets[0]
    assert newest(sets[2:], deployment) is None


NOT_TIMES = ("", "0000-01-01T00:00:00Z", "2026-01-01T00:00:00+24:00", "yesterday", "\ud800")


@pytest.mark.parametrize("text", NOT_TIMES)
def test_a_time_that_is_none_is_no_time_ago_and_raises_nothing(text: str) -> None:
    condition = {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": text}
    assert refusal({"status": {"conditions": [condition]}}) == Trouble("", hopeless=False)
    assert unchanged_for({"metadata": {"creationTimestamp": text}}) == 0


def test_the_last_change_of_anyone_or_of_one_manager_counts() -> None:
    ours = {"manager": "ours", "time": ago(50)}
    fields = [ours, {"time": ago(20)}, {"time": ago(70)}, {"manager": "m"}]
    obj = {"metadata": {"creationTimestamp": ago(100), "managedFields": fields}}
    assert 20 <= unchanged_for(obj) < 25
    assert 50 <= unchanged_for(obj, manager="ours") < 55
    assert 100 <= unchanged_for(obj, manager="m") < 105
    del obj["metadata"]["managedFields"]
    assert 100 <= unchanged_for(obj) < 105
