"""What of the evidence is a finding, where no local cluster shows it."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from velero.diagnosis import bundle, findings, report
from velero.diagnosis.evidence import Evidence, Failure, Juju, Log, Missed, Versions
from velero.diagnosis.finding import UNEXPLAINED, Finding
from velero.kubernetes.resources import Object
from velero.observed import Observed
from velero.problem import Need, Problem

NOTHING = Evidence(
    juju=Juju(model="m", application="velero", unit="velero/1", leads=False),
    now=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
    observed=Observed(),
)


def only(evidence: Evidence) -> Finding:
    found = findings.find(evidence)
    assert len(found) == 1, found
    assert found[0].what in report.write(evidence, found)
    return found[0]


def pod(name: str, *, ready: bool, **container: Any) -> Object:  # noqa: ANN401 - as in Kubernetes
    conditions = [{"type": "Ready", "status": str(ready), "lastTransitionTime": "2026-01-01T00Z"}]
    status = {"phase": "Running", "conditions": conditions}
    labels = {"name": "node-agent"} if name.startswith("node") else {"deploy": "velero"}
    return {
        "metadata": {"name": name, "labels": labels, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"nodeName": "n1"},
        "status": status | {"containerStatuses": [{"name": "c"} | container]},
    }


def event(kind: str, name: str, reason: str, note: str) -> Object:
    return {"regarding": {"kind": kind, "name": name}, "reason": reason, "note": note}


def deployment(available: int) -> Object:
    counts = dict.fromkeys(("replicas", "updatedReplicas"), 1) | {"availableReplicas": available}
    metadata = {"name": "velero", "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z"}
    status = {"observedGeneration": 1} | counts
    return {"kind": "Deployment", "metadata": metadata, "spec": {"replicas": 1}, "status": status}


def agent(ready: int) -> Object:
    status = {"observedGeneration": 1, "desiredNumberScheduled": 2, "numberReady": ready}
    status |= {"updatedNumberScheduled": 2}
    metadata = {"name": "node-agent", "generation": 1}
    return {"kind": "DaemonSet", "metadata": metadata, "spec": {}, "status": status}


def observed(*objects: Object) -> Observed:
    return Observed(objects={(obj["kind"], obj["metadata"]["name"]): obj for obj in objects})


def test_nothing_wrong_is_nothing_found() -> None:
    fine = replace(NOTHING, observed=observed(deployment(1), agent(2)))
    assert findings.find(fine) == []
    assert report.summary(fine, []).startswith("Nothing is wrong")


def test_a_pod_that_no_node_takes_is_explained_by_kubernetes_words() -> None:
    note = "0/3 nodes are available: 3 Insufficient memory."
    found = only(
        replace(
            NOTHING,
            observed=observed(deployment(0)),
            pods=(pod("velero-1", ready=False),),
            events=(event("Pod", "velero-1", "FailedScheduling", note),),
        )
    )
    assert found.what == f"Velero server is not ready: FailedScheduling: {note}"
    assert found.meaning.startswith("No node takes the pod")


def test_pods_that_may_not_be_made_are_explained_by_what_makes_them() -> None:
    note = 'pods "velero-x" is forbidden: exceeded quota: q'
    makers = (event("ReplicaSet", "velero-7f", "FailedCreate", note),)
    found = only(replace(NOTHING, observed=observed(deployment(0)), events=makers))
    assert "exceeded quota" in found.what
    note = 'pods "node-agent-x" is forbidden: violates PodSecurity "baseline:latest": x'
    makers = (event("DaemonSet", "node-agent", "FailedCreate", note),)
    found = only(replace(NOTHING, observed=observed(agent(0)), events=makers))
    assert found.what.startswith("Node agent is ready on 0 of 2 nodes: FailedCreate: ")
    assert "set-pod-security-labels=true" in found.next_step


def test_a_server_that_ran_out_of_memory_is_remembered() -> None:
    ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    killed = pod("velero-1", ready=True, restartCount=2, lastState=ended)
    killed["spec"]["containers"] = [{"name": "c", "resources": {"limits": {"memory": "2Gi"}}}]
    found = only(replace(NOTHING, observed=observed(deployment(1)), pods=(killed,)))
    assert found.what == "Pod velero-1 was restarted 2 times: OOMKilled, exit code 137"
    assert "server-memory-limit=4Gi" in found.next_step


def failure(errors: str, **more: Any) -> Failure:  # noqa: ANN401 - those of Failure
    metadata = {"name": "b", "creationTimestamp": "2026-01-01T00:00:00Z"}
    obj = {"kind": "Backup", "metadata": metadata, "spec": {}, "status": {"phase": "Failed"}}
    return Failure(obj, errors, **more)


def test_an_unknown_reason_is_shown_as_it_is_with_the_command_that_tells_more() -> None:
    found = only(replace(NOTHING, failed=(failure("xyzzy <unheard of>", before=6),)))
    assert found.what == "Backup b is Failed, as were 6 before it: xyzzy <unheard of>"
    assert found.meaning == UNEXPLAINED
    assert found.next_step == 'juju run velero/leader run command="backup logs b"'


def test_a_failure_that_a_success_followed_is_history() -> None:
    evidence = replace(NOTHING, failed=(failure("lost", since="later"),))
    assert findings.find(evidence) == []
    assert "Completed since then: later: lost" in report.write(evidence, [])


def test_a_long_message_is_matched_whole_and_shown_at_both_ends() -> None:
    error = " operation error S3: PutObject, https response error StatusCode: 403, RequestID: 1, "
    error += "HostID: 2, api error SignatureDoesNotMatch: "
    text = "first " + "x" * 400 + error + "y" * 400 + " last"
    found = only(replace(NOTHING, failed=(failure(text),)))
    assert "secret key" in found.meaning
    assert "SignatureDoesNotMatch" not in found.what
    assert found.what.startswith("Backup b is Failed: first")
    assert found.what.endswith("last")


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ({"server": "v1.17.0", "image": "v1.18.3"}, "The server says it is v1.17.0"),
        ({"definitions": "v1.17.2", "image": "v1.18.3"}, "definitions are of v1.17.2"),
        ({"plugins": {"p": "v1.13.0"}, "image": "v1.18.3"}, "goes with plugins 1.14"),
    ],
)
def test_versions_that_do_not_go_together_are_found(versions: Any, said: str) -> None:  # noqa: ANN401
    found = only(replace(NOTHING, versions=Versions(**versions)))
    assert said in found.what + found.meaning


@pytest.mark.parametrize(
    "versions",
    [
        Versions(),
        Versions(image="sha256:0123", server="v1.18.3", definitions="v1.18.3"),
        Versions(image="v1.18.3", definitions="v1.19.0", plugins={"p": "latest"}),
    ],
)
def test_versions_that_say_nothing_are_not_guessed_at(versions: Versions) -> None:
    assert findings.find(replace(NOTHING, versions=versions)) == []


def test_a_repository_that_is_not_ready_is_found() -> None:
    repository = {
        "kind": "BackupRepository",
        "metadata": {"name": "shop-default-kopia"},
        "status": {"phase": "NotReady", "message": "invalid repository password"},
    }
    found = only(replace(NOTHING, repositories=(repository,)))
    assert "another password" in found.meaning


def test_without_an_answer_of_the_api_server_that_is_the_first_finding() -> None:
    missed = (Missed("the Secrets", "Could not list secrets: Kubernetes API: refused"),)
    found = only(replace(NOTHING, api=False, observed=None, missed=missed))
    assert found.where == "Kubernetes API"


def test_trust_comes_before_what_can_only_be_mended_with_it() -> None:
    trust = Problem(Need.BLOCKED, "Trust is missing; run: juju trust velero --scope=cluster")
    storage = Problem(Need.BLOCKED, "Missing storage: integrate s3-credentials")
    juju = replace(NOTHING.juju, problems=(storage,))
    found = findings.find(replace(NOTHING, juju=juju, problems=(trust,)))
    assert [each.what for each in found] == [trust.message, storage.message]


def test_what_was_not_looked_at_is_not_called_well() -> None:
    missed = replace(NOTHING, missed=(Missed("the log of p", "EOF"),))
    assert "not everything" in report.summary(missed, [])
    assert "Not looked at\n  the log of p: EOF" in report.write(missed, [])


def test_of_logs_only_lines_that_warn_are_shown() -> None:
    text = 'level=info msg=a\nlevel=error msg=b\n{"level":"warning","msg":"c"}\n'
    shown = report.write(replace(NOTHING, logs=(Log("p", "velero", text),)), [])
    assert "msg=a" not in shown
    assert "msg=b" in shown
    assert '"c"' in shown


def test_a_bundle_with_too_much_in_it_loses_the_beginning_of_its_logs() -> None:
    logs = tuple(Log(f"p{n}", "c", f"{n * 7919 % 9973} " * 40_000) for n in range(4))
    packed = bundle.make(replace(NOTHING, logs=logs), [], "report")
    assert len(packed) <= bundle.LIMIT
