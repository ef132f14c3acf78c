"""A namespace that enforces Pod Security: the API server's own admission keeps pods out."""

import re
from typing import cast

import pytest
from lightkube.models.core_v1 import ResourceQuotaSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ResourceQuota
from tests.functional.api import Object
from tests.functional.model import Model

from charm import VeleroOperatorCharm

ACTIVE = ("active", "")
ENFORCE = "pod-security.kubernetes.io/enforce"
OPTION = "set-pod-security-labels"


def enforce(model: Model, level: str | None) -> None:
    model.api.patch("Namespace", model.namespace, {"metadata": {"labels": {ENFORCE: level}}})


def namespace(model: Model) -> Object:
    return model.api.get("Namespace", model.namespace)["metadata"]


def obey(model: Model, message: str) -> None:
    """Set the label that the message says, as kubectl would."""
    found = re.search(r"kubectl label --overwrite namespace (\S+) (\S+)=(\w+) ", message)
    assert found, message
    name, label, level = found.groups()
    assert name == model.namespace
    model.api.patch("Namespace", name, {"metadata": {"labels": {label: level}}})


@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_the_node_agent_that_is_forbidden_is_told_with_the_label_that_allows_it(
    model: Model, level: str
) -> None:
    model.ready()
    enforce(model, level)
    before = namespace(model)
    model.juju.config(use_node_agent=True)
    status, message = model.unit()
    assert status == "blocked"
    assert message.startswith("Node agent may not run; run: kubectl label --overwrite namespace")
    assert f'it violates PodSecurity "{level}"' in message
    assert namespace(model) == before
    obey(model, message)
    # Its controller tries again when it likes, later each time
    model.api.until(lambda: model.api.get("DaemonSet", "node-agent")["status"]["numberReady"], 90)
    model.juju.update_status()
    assert model.unit() == ACTIVE


def test_the_server_that_is_forbidden_is_told_likewise(model: Model) -> None:
    enforce(model, "restricted")
    model.deploy()
    status, message = model.unit()
    assert status == "blocked"
    assert message.startswith("Velero server may not run; run: kubectl label --overwrite")
    assert f"{ENFORCE}=baseline" in message
    obey(model, message)
    model.juju.update_status()
    model.relate()
    assert model.unit() == ACTIVE


def test_with_the_option_the_label_is_set_and_goes_with_the_application(model: Model) -> None:
    enforce(model, "restricted")
    before = namespace(model)
    model.juju.deploy({"use-node-agent": True, OPTION: True})
    model.relate()
    assert model.unit() == ACTIVE
    assert namespace(model)["labels"][ENFORCE] == "privileged"
    assert f"Setting {ENFORCE}=privileged on namespace {model.namespace}" in model.logged()
    model.juju.remove()
    after = namespace(model)
    assert after["labels"] == before["labels"]
    assert "annotations" not in after


def test_a_level_that_is_set_in_two_steps_is_given_back_as_it_was_at_first(model: Model) -> None:
    enforce(model, "restricted")
    before = namespace(model)
    model.juju.deploy({OPTION: True})
    model.relate()
    assert namespace(model)["labels"][ENFORCE] == "baseline"
    model.juju.config(use_node_agent=True)
    assert model.unit() == ACTIVE
    assert namespace(model)["labels"][ENFORCE] == "privileged"
    model.juju.remove()
    after = namespace(model)
    assert after["labels"] == before["labels"]
    assert "annotations" not in after


def test_a_level_that_a_person_sets_in_between_is_the_one_given_back(model: Model) -> None:
    enforce(model, "baseline")
    model.juju.deploy({"use-node-agent": True, OPTION: True})
    model.relate()
    assert namespace(model)["labels"][ENFORCE] == "privileged"
    model.juju.config(use_node_agent=False)
    enforce(model, "restricted")
    model.juju.config(use_node_agent=True)
    assert model.unit() == ACTIVE
    assert namespace(model)["labels"][ENFORCE] == "privileged"
    model.juju.remove()
    assert namespace(model)["labels"][ENFORCE] == "restricted"


def test_an_option_that_comes_later_heals_at_once(model: Model) -> None:
    enforce(model, "restricted")
    model.juju.deploy({"use-node-agent": True})
    model.relate()
    assert model.unit()[0] == "blocked"
    model.juju.config(set_pod_security_labels=True)
    assert model.unit() == ACTIVE
    assert namespace(model)["labels"][ENFORCE] == "privileged"


def test_where_nothing_forbids_the_pods_the_namespace_is_left_alone(model: Model) -> None:
    enforce(model, "baseline")
    before = namespace(model)
    model.juju.deploy({OPTION: True})
    model.relate()
    assert model.unit() == ACTIVE
    enforce(model, None)
    between = namespace(model)
    model.juju.config(use_node_agent=True)
    assert model.unit() == ACTIVE
    assert between["resourceVersion"] != before["resourceVersion"]
    assert namespace(model) == between


def test_another_reason_why_no_pod_is_made_is_told_in_kubernetes_words(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.ready()
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 3.0)
    client = model.cluster.client()
    spec = ResourceQuotaSpec(hard={"pods": "1"})
    metadata = ObjectMeta(name="one", namespace=model.namespace)
    client.create(ResourceQuota(metadata=metadata, spec=spec))
    model.api.until(lambda: used(model))
    model.juju.config(use_node_agent=True)
    status, message = model.unit()
    assert status == "waiting"
    assert message.startswith("Node agent is ready on 0 of ")
    assert "nodes; Error creating: pods" in message
    assert "exceeded quota: one" in message
    client.delete(ResourceQuota, "one", namespace=model.namespace)


def bound(model: Model, **hard: str) -> None:
    spec = ResourceQuotaSpec(hard={key.replace("_", "."): value for key, value in hard.items()})
    metadata = ObjectMeta(name="bound", namespace=model.namespace)
    model.cluster.client().create(ResourceQuota(metadata=metadata, spec=spec))


def test_a_quota_of_requests_and_limits_lets_the_server_with_its_plugin_run(model: Model) -> None:
    bound(model, requests_cpu="4", requests_memory="4Gi", limits_cpu="4", limits_memory="4Gi")
    model.deploy({"server-cpu-limit": "1"})
    model.relate()
    assert model.unit() == ACTIVE
    pod = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]
    assert pod["initContainers"][0]["resources"] == pod["containers"][0]["resources"]
    generation = model.generation()
    model.juju.update_status()
    assert model.generation() == generation


def test_the_refusal_of_the_newest_template_is_told_and_not_of_an_earlier_one(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.ready()
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 3.0)
    bound(model, limits_cpu="1m")
    for number in ("500m", "600m"):
        model.juju.config(server_cpu_limit=number)
        template = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]
        assert template["containers"][0]["resources"]["limits"]["cpu"] == number
        model.api.until(lambda limit=number: f"limits.cpu={limit}" in told(model))


def told(model: Model) -> str:
    model.juju.update_status()
    return model.unit()[1]


def used(model: Model) -> bool:
    """Whether Kubernetes has counted the pods."""
    quota = model.cluster.client().get(ResourceQuota, "one", namespace=model.namespace)
    counted = cast("Object", quota.status.used or {}) if quota.status else {}
    return counted.get("pods") == "1"
