"""Wrong input and a broken way to the API server: one clear sentence, and nothing half-applied."""

from collections.abc import Iterator

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.juju import ActionResult
from tests.cluster.proxy import ApiProxy, Fault
from tests.functional.model import Model, Models


@pytest.fixture(scope="module")
def proxy(cluster: Cluster) -> Iterator[ApiProxy]:
    with ApiProxy(cluster.url, cluster.ca, cluster.admin_token) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def model(models: Models, cluster: Cluster, proxy: ApiProxy) -> Iterator[Model]:
    """One active model for all tests here, which leave it as it is."""
    kubeconfig = proxy.kubeconfig(cluster.admin_token)
    with models.model("bad-input", kubeconfig=kubeconfig) as model:
        model.ready()
        yield model


@pytest.fixture(autouse=True)
def healed(proxy: ApiProxy) -> Iterator[None]:
    """Leave no fault for the next test."""
    proxy.clear()
    yield
    proxy.heal()
    proxy.up()


def is_one_sentence(message: str) -> bool:
    """Whether a person can read it: no traceback, no link to HTTP's documentation, no class."""
    unwanted = ("\n", "Traceback", "mozilla", "httpx", "Error(", "<html")
    return bool(message) and not any(word in message for word in unwanted)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "   ",
        "velero",
        "backup",
        "backup create 'unclosed",
        "backup create b1 --",
        "backup create b1 --no-such-flag",
        "backup create b1 --kubeconfig /etc/passwd",
        "backup create b\u00e4ckup",
        "backup get \U0001f4be",
        "backup create b1; rm -rf /",
        "backup create $(id)",
        "install",
        "backup delete --all",
        "x" * 200_000,
        "backup create " + "y" * 5000,
        "\x00",
    ],
)
def test_a_command_that_is_not_allowed_fails_in_one_sentence_and_does_nothing(
    model: Model, proxy: ApiProxy, command: str
) -> None:
    result = model.run(command)
    assert result.failed
    assert is_one_sentence(result.message)
    assert len(result.message) < 1000
    assert proxy.requests == [], "nobody was asked"


def test_a_hook_without_an_api_server_waits_and_the_next_one_heals(
    model: Model, proxy: ApiProxy
) -> None:
    versions = model.api.versions()
    proxy.down()
    with model.events() as events:
        model.juju.update_status()
    assert all(event.error is None for event in events)
    name, message = model.unit()
    assert name == "waiting"
    assert "Kubernetes API" in message
    assert is_one_sentence(message)
    result = model.run("backup get")
    assert result.failed
    assert is_one_sentence(result.message)
    proxy.up()
    model.juju.update_status()
    assert model.unit() == ("active", "")
    assert model.api.versions() == versions


def test_a_change_that_met_no_api_server_is_made_by_the_next_hook(
    model: Model, proxy: ApiProxy
) -> None:
    def level() -> list[str]:
        [container] = model.api.get("Deployment", "velero")["spec"]["template"]["spec"][
            "containers"
        ]
        return [arg for arg in container["args"] if arg.startswith("--log-level")]

    proxy.down()
    model.juju.config(log_level="debug")
    assert model.unit()[0] == "waiting"
    proxy.up()
    model.juju.update_status()
    assert model.unit() == ("active", "")
    assert level() == ["--log-level=debug"]
    model.juju.config(log_level=None)
    assert level() == []


@pytest.mark.parametrize("fault", ["reset", "truncated", "not-json", 401, 403, 404, 409, 500, 503])
def test_no_answer_of_the_api_server_fails_a_hook(
    model: Model, proxy: ApiProxy, fault: Fault
) -> None:
    versions = model.api.versions()
    for n in (1, 2, 5):
        proxy.fail_at(n, fault)
        with model.events() as events:
            model.juju.update_status()
        assert all(event.error is None for event in events)
        name, message = model.unit()
        assert name in {"waiting", "blocked", "active"}
        assert name == "active" or is_one_sentence(message)
    model.juju.update_status()
    assert model.unit() == ("active", "")
    assert {key for key in versions if key not in model.api.versions()} == set()


@pytest.mark.parametrize("command", ["backup get", "backup create cut-{} --wait"])
def test_an_action_that_is_cut_off_anywhere_fails_in_one_sentence(
    model: Model, proxy: ApiProxy, command: str
) -> None:
    scope = " --include-namespaces kube-node-lease" if "create" in command else ""
    result, disturbed, n = ActionResult({}, []), True, 0
    while disturbed:
        n += 1
        proxy.clear()
        proxy.fail_at(n, 500)
        result = model.run(command.format(n) + scope)
        proxy.heal()
        assert not result.failed or is_one_sentence(result.message)
        disturbed = any(request.fault for request in proxy.requests)
    assert not result.failed, result.message
    assert n > 2
    assert model.unit() == ("active", "")
