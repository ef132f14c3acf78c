"""What becomes of what the tables say: several messages in one, and values that are set."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.diagnosis import cures
from velero.diagnosis.evidence import Evidence, Juju
from velero.diagnosis.finding import UNKNOWN_CAUSE, Finding, Message, explained
from velero.kubernetes.resources import Object

JUJU = Juju(model="m", application="app", unit="app/0", leads=True)
QUOTA = 'pods "a" is forbidden: exceeded quota: q, requested: pods=1'
RULE = 'admission webhook "v.example.com" denied the request: no'


def told(*parts: str, pod: Object | None = None, **options: str) -> Finding:
    juju = replace(JUJU, options={key.replace("_", "-"): each for key, each in options.items()})
    evidence = Evidence(juju=juju, now=dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
    return explained(evidence, Message("; ".join(parts), "Pod p", parts, pod))


def pod(limit: str = "", *, agent: bool = False) -> Object:
    resources = {"limits": {"memory": limit}} if limit else {}
    labels = {"name": "node-agent"} if agent else {"deploy": "velero"}
    spec = {"containers": [{"name": "c", "resources": resources}]}
    return {"metadata": {"name": "p", "labels": labels}, "spec": spec}


@pytest.mark.parametrize("message", ["", "something nobody has ever said", "Backup b is Failed"])
def test_what_nobody_has_explained_stays_unexplained(message: str) -> None:
    assert told(message).cause == UNKNOWN_CAUSE


def test_of_several_messages_each_is_explained() -> None:
    found = told(QUOTA, RULE)
    assert "quota, q, is used up" in found.meaning
    assert "A rule of the cluster" in found.meaning
    assert "Raise the quota" in found.next_step
    assert "Ask whoever made the rule" in found.next_step


def test_what_is_explained_is_not_taken_for_the_whole() -> None:
    found = told("never heard of", QUOTA)
    assert found.cause == "quota-used-up"
    assert found.meaning.endswith("There is no explanation for the rest.")
    assert told(QUOTA, QUOTA).meaning == told(QUOTA).meaning


OOM = "OOMKilled, exit code 137"


def test_a_server_without_memory_is_to_get_more_than_it_has() -> None:
    found = told(OOM, pod=pod("2Gi"), server_memory_limit="2Gi")
    assert found.next_step == (
        "It may use 2Gi; give it more: juju config app server-memory-limit=4Gi"
    )


def test_the_node_agent_has_an_option_of_its_own() -> None:
    found = told(OOM, pod=pod("1Gi", agent=True), node_agent_memory_limit="1Gi")
    assert "juju config app node-agent-memory-limit=2Gi" in found.next_step


def test_more_memory_that_waits_is_not_asked_for_again() -> None:
    found = told(OOM, pod=pod("2Gi"), server_memory_limit="4Gi")
    assert "It has 2Gi still, and server-memory-limit is 4Gi already" in found.next_step
    assert "apply-held-changes" in found.next_step


def test_without_a_limit_it_is_the_node_that_lacks_memory() -> None:
    found = told(OOM, pod=pod(), server_memory_limit="0")
    assert "make room on the node" in found.next_step
    assert "limit=" not in found.next_step


def test_switches_that_are_on_are_not_to_be_switched_on() -> None:
    lacking = "daemonset pod not found in running state in node n1"
    assert "use-node-agent=true" in told(lacking, use_node_agent="False").next_step
    assert "use-node-agent=true" not in told(lacking, use_node_agent="True").next_step
    level = 'FailedCreate: pods "a" is forbidden: violates PodSecurity "baseline:latest": x'
    assert "labels=true" in told(level).next_step
    assert "labels=true" not in told(level, set_pod_security_labels="True").next_step


def test_a_copy_that_took_too_long_gets_longer_than_it_has() -> None:
    slow = "timed out waiting for all PodVolumeBackups to complete"
    found = told(slow, pod_volume_operation_timeout="8h")
    assert found.next_step.endswith("juju config app pod-volume-operation-timeout=16h")


VALUE = st.one_of(st.from_regex(r"[0-9]{1,4}(Ki|Mi|Gi|G|h|m|)", fullmatch=True), st.text())


@given(st.dictionaries(st.sampled_from(cures.OPTIONS), VALUE), VALUE, st.booleans())
def test_no_cure_names_the_value_that_is_set(
    options: dict[str, str],
    limit: str,
    agent: bool,  # noqa: FBT001 - drawn
) -> None:
    evidence = Evidence(replace(JUJU, options=options), dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
    for text in cures.words(evidence, pod(limit, agent=agent)).values():
        command = re.search(r"juju config \S+ (\S+)=(\S+)$", text)
        if command and command[1].endswith("memory-limit"):
            assert command[2] not in {limit, options.get(command[1])}
        elif command:
            assert command[2] != options.get(command[1], "").lower()
