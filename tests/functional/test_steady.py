"""A hook that finds everything as it should be costs next to nothing and changes nothing."""

from pathlib import Path

import pytest
import yaml
from tests.cluster.application import REPOSITORY
from tests.cluster.dispatch import charm_directory, dispatch, from_scenario
from tests.cluster.proxy import ApiProxy
from tests.functional.model import APP, Model

REQUESTS = 10
TOOLS = {
    ("update-status", True): 8,
    ("update-status", False): 7,
    ("config-changed", True): 8,
    ("s3-credentials-relation-changed", True): 8,
    ("secret-changed", True): 8,
}
"""Hook tools, each a process and a request to the controller, by hook and whether it leads."""


@pytest.fixture
def watched(proxied: Model, proxy: ApiProxy) -> Model:
    """A model whose charm's requests can be counted; the charm is active."""
    proxied.ready()
    proxy.clear()
    return proxied


@pytest.mark.parametrize("hook", ["update-status", "config-changed"])
def test_a_steady_hook_writes_nothing_runs_nothing_and_never_sleeps(
    watched: Model, proxy: ApiProxy, processes: list[object], sleeps: list[float], hook: str
) -> None:
    versions, server = watched.api.versions(), watched.server()
    generation = watched.api.get("Deployment", "velero")["metadata"]["generation"]
    fire = {"update-status": watched.juju.update_status, "config-changed": watched.juju.config}
    sleeps.clear()  # what was looked at before may have been waited for
    fire[hook]()
    assert proxy.writes == []
    assert 0 < len(proxy.requests) <= REQUESTS, [str(request) for request in proxy.requests]
    assert processes == []
    assert sleeps == []
    assert watched.api.versions() == versions
    assert watched.server() == server
    assert watched.api.get("Deployment", "velero")["metadata"]["generation"] == generation


def test_a_second_install_and_an_upgrade_change_nothing(watched: Model) -> None:
    versions, server = watched.api.versions(), watched.server()
    watched.juju.refresh()
    assert watched.api.versions() == versions
    assert watched.server() == server


def test_without_storage_a_steady_hook_is_as_cheap(watched: Model, proxy: ApiProxy) -> None:
    watched.juju.break_relation("s3-credentials")
    versions = watched.api.versions()
    proxy.clear()
    watched.juju.update_status()
    assert proxy.writes == []
    assert 0 < len(proxy.requests) <= REQUESTS
    assert watched.api.versions() == versions


def test_what_velero_could_not_use_from_the_start_is_not_judged_again(
    proxied: Model, proxy: ApiProxy, sleeps: list[float]
) -> None:
    proxied.deploy()
    proxied.relate(secret_key="not-the-right-key")
    name, message = proxied.unit()
    assert name == "blocked"
    assert "SignatureDoesNotMatch" in message
    proxy.clear()
    sleeps.clear()
    proxied.juju.update_status()
    assert proxied.unit() == (name, message)
    assert proxy.writes == []
    assert sleeps == []


def test_a_change_waits_for_a_backup_and_comes_after_it(model: Model) -> None:
    model.ready()
    server, prefix = model.server(), {"velero_image": "r.example/velero:v1.18.4"}
    backup = {"metadata": {"name": "long"}, "spec": {}, "status": {"phase": "InProgress"}}
    model.api.create("Backup", backup)
    model.juju.config(**prefix)
    held = "A change of the Velero server waits for Backup long"
    assert model.unit() == ("waiting", held)
    assert model.server() == server
    model.api.patch("Backup", "long", {"status": {"phase": "Completed"}})
    model.juju.update_status()
    assert model.unit() == ("active", "")
    assert model.server() != server


@pytest.mark.parametrize(("hook", "leads"), list(TOOLS))
def test_no_hook_tool_is_asked_twice_and_few_are_asked_at_all(
    model: Model, tmp_path: Path, hook: str, *, leads: bool
) -> None:
    model.ready()
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    state = from_scenario(model.juju.state(), f"{APP}/0", config)
    state["leader"] = leads
    [secret] = [str(key) for key, each in state["secrets"].items() if each["owner"] is None]
    env: dict[str, str] = {
        **model.cluster.path_env,
        "JUJU_SECRET_ID": secret,
        "JUJU_SECRET_LABEL": "",
    }
    charm = charm_directory(tmp_path / "charm")
    first = dispatch("update-status", state, env, charm=charm)
    asked = dispatch(hook, state, env, charm=charm)
    assert (first.exit_code, asked.exit_code) == (0, 0), first.stderr + asked.stderr
    assert state["status"] == {"status": "active", "message": "" if leads else "Standby"}
    calls = asked.hook_tools
    assert not [call for call in calls if calls.count(call) > 1]
    assert len(calls) <= TOOLS[hook, leads], calls
