"""Without trust nothing is touched; with it Velero comes, as a charm that is not root."""

import pytest
from tests.integration.application import APP, Application

UNTRUSTED = "Trust is missing; run: juju trust"
WITHOUT_HOOKS = 4
"""The version of Juju that calls no hook of an application that nothing is integrated with."""


@pytest.mark.juju_setup
def test_without_trust_it_asks_for_it_and_touches_nothing(app: Application) -> None:
    app.deploy(trust=False)
    app.until("blocked", UNTRUSTED)
    assert app.world.find("Deployment", "velero") is None
    assert app.world.find("ServiceAccount", "velero") is None
    assert app.world.find("ClusterRoleBinding", f"velero-{app.world.namespace}") is None


def test_the_charm_container_is_not_root(app: Application) -> None:
    pod = app.world.get("Pod", f"{APP}-0")["spec"]
    (charm,) = [each for each in pod["containers"] if each["name"] == "charm"]
    context = {**pod.get("securityContext", {}), **charm.get("securityContext", {})}
    assert context["runAsUser"] == 170


def test_trust_that_comes_later_is_noticed(app: Application) -> None:
    app.juju.trust(APP, scope="cluster")
    app.juju.cli("config", APP, "log-level=debug")  # sooner than the next update-status
    app.until("blocked", "Missing storage")
    assert app.world.get("Deployment", "velero")["status"]["availableReplicas"] == 1
    ours = [
        each
        for each in app.world.list("CustomResourceDefinition")
        if "velero.io" in each["metadata"]["name"]
    ]
    assert len(ours) == 13
    managed = {each["metadata"]["labels"].get("app.kubernetes.io/managed-by") for each in ours}
    assert managed == {APP}


def test_trust_withdrawn_blocks_and_leaves_velero_alone(app: Application) -> None:
    server = app.server()
    app.juju.trust(APP, remove=True, scope="cluster")
    app.juju.cli("config", APP, "log-level=info")
    app.until("blocked", UNTRUSTED)
    assert app.server() == server


@pytest.mark.juju_teardown
def test_with_trust_again_it_can_be_removed_wholly(app: Application) -> None:
    app.juju.trust(APP, scope="cluster")
    app.juju.cli("config", APP, "log-level=warning")
    app.until("blocked", "Missing storage")
    app.juju.remove_application(APP)
    app.juju.wait(lambda seen: APP not in seen.apps, timeout=600)
    world = app.world
    world.eventually(lambda: world.find("Deployment", "velero") is None, "the server is gone")
    assert app.world.find("ClusterRoleBinding", f"velero-{app.world.namespace}") is None
    left = [
        name for name in app.world.names("CustomResourceDefinition") if name.endswith("velero.io")
    ]
    # Where no hook has taken them, Juju itself must not
    assert len(left) == (0 if app.juju.version().major < WITHOUT_HOOKS else 13)
