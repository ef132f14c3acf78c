import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tests.cluster import hook_tool, integrators
from tests.cluster.dispatch import Dispatch, State, charm_directory, dispatch, from_scenario
from tests.cluster.juju import Juju
from tests.unit.cluster.small_charm import SMALL

REPOSITORY = Path(__file__).parents[3]
S3 = {"access_key": "AK", "secret_key": "SK", "bucket": "backups"}


@pytest.fixture(scope="module")
def charm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("charm")
    (root / "charmcraft.yaml").write_text(json.dumps(SMALL.meta))
    (root / "actions.yaml").write_text(yaml.safe_dump(SMALL.actions))
    (root / "config.yaml").write_text(yaml.safe_dump(SMALL.config))
    (root / "src").mkdir()
    (root / "src" / "charm.py").write_text(
        "import sys\n"
        f"sys.path[:0] = [{str(REPOSITORY)!r}, {str(REPOSITORY / 'src')!r}]\n"
        "import ops\n"
        "from tests.unit.cluster.small_charm import SmallCharm\n"
        "ops.main(SmallCharm)\n"
    )
    return root


@pytest.fixture
def state() -> State:
    juju = Juju({"KUBECONFIG": ""}, app="small", charm=SMALL)
    juju.deploy()
    juju.integrate("s3-credentials", integrators.s3(S3))
    return from_scenario(juju.state(), "small/0", SMALL.config)


def run(event: str, state: State, directory: Path) -> Dispatch:
    return dispatch(event, state, {"KUBECONFIG": "/there"}, charm=directory, timeout=60)


def test_a_hook_runs_as_juju_starts_it(charm: Path, state: State, tmp_path: Path) -> None:
    directory = charm_directory(tmp_path / "charm", charm)
    state["status"] = {"status": "unknown", "message": ""}
    done = run("update-status", state, directory)
    assert (done.exit_code, done.stderr) == (0, "")
    assert state["status"] == {"status": "active", "message": "1 events, bucket=backups key=SK"}
    assert state["version"] == "v1"
    assert ["config-get", "--format=json"] in done.hook_tools
    assert {call[0] for call in done.hook_tools} >= {"is-leader", "status-set", "juju-log"}
    assert 0 < done.cpu_seconds < 60
    assert done.seconds > 0.1
    assert done.peak_rss_kib > 10_000
    assert (directory / "cache").read_text() == "/there"


def test_what_the_charm_keeps_stays_in_its_directory(
    charm: Path, state: State, tmp_path: Path
) -> None:
    directory = charm_directory(tmp_path / "charm", charm)
    run("config-changed", state, directory)
    run("s3-credentials-relation-changed", state, directory)
    assert state["status"]["message"].startswith("2 events")


def test_writes_reach_the_following_calls(charm: Path, state: State, tmp_path: Path) -> None:
    state["secrets"] = {}
    [relation] = state["relations"].values()
    relation["data"]["s3-integrator"] = {}
    relation["data"]["small"] = {}
    directory = charm_directory(tmp_path / "charm", charm)
    run("s3-credentials-relation-created", state, directory)
    assert relation != state["relations"]["s3-credentials:1"]
    assert "requested-secrets" in state["relations"]["s3-credentials:1"]["data"]["small"]
    run("install", state, directory)
    secrets: dict[str, dict[str, object]] = state["secrets"]
    [secret] = secrets.values()
    assert (secret["content"], secret["label"]) == ({"value": "s3cret"}, "password")
    done = run("update-status", state, directory)
    assert "secret-add" not in {call[0] for call in done.hook_tools}


def test_an_action_gets_its_parameters(charm: Path, state: State, tmp_path: Path) -> None:
    state["action"]["params"] = {"text": "hi", "how-often": 2}
    done = run("actions/echo", state, charm_directory(tmp_path / "charm", charm))
    assert done.exit_code == 0
    assert state["action"]["results"] == {"text": "hi hi", "password": "s3cret"}
    assert state["action"]["log"] == ["working"]


def test_a_charm_that_raises_has_an_exit_code(charm: Path, state: State, tmp_path: Path) -> None:
    state["config"]["broken"] = True
    done = run("install", state, charm_directory(tmp_path / "charm", charm))
    assert done.exit_code == 1
    assert "ZeroDivisionError: told to" in str(done.hook_tools)


@pytest.fixture
def tool(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    (tmp_path / "state").write_text(json.dumps(state))
    monkeypatch.setenv("JUJU_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("JUJU_CALLS", str(tmp_path / "calls"))
    return lambda *argv: hook_tool.main(list(argv))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("payload-register a b", "does not know"),
        ("config-get --all", "not defined: --all"),
        ("relation-get -r s3-credentials:77 - x", "relation not found"),
        ("relation-get -r s3-credentials:1 - stranger/0", "permission denied"),
        ("secret-get secret:nowhere", "not found"),
        ("credential-get", "cannot access"),
    ],
)
def test_a_hook_tool_refuses_what_it_does_not_know(
    tool: Callable[..., None], call: str, words: str
) -> None:
    with pytest.raises(SystemExit, match=words):
        tool(*call.split())


def test_a_secret_that_is_not_granted_is_refused_in_juju_s_words(
    tool: Callable[..., None], state: State, tmp_path: Path
) -> None:
    [key] = [key for key, secret in state["secrets"].items() if secret["owner"] is None]
    state["secrets"][key]["granted"] = False
    (tmp_path / "state").write_text(json.dumps(state))
    with pytest.raises(SystemExit, match=r"^ERROR permission denied$"):
        tool("secret-get", key, "--format=json")


def test_a_unit_that_does_not_lead_writes_for_itself_only(
    tool: Callable[..., None], state: State, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text(json.dumps({**state, "leader": False}))
    for call in (
        "relation-set -r s3-credentials:1 --app --file -",
        "relation-get -r s3-credentials:1 --app - small/0",
        "status-set --application=True active",
        "secret-add --owner application",
    ):
        with pytest.raises(SystemExit, match="permission denied"):
            tool(*call.split())
    tool("status-set", "--application=False", "active", "--", "-fine")
    assert json.loads((tmp_path / "state").read_text())["status"]["message"] == "-fine"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (["action-set", "stdout=x"], 'cannot set reserved action key "stdout"'),
        (["action-set", "a.stderr-encoding.b=x"], "cannot set reserved action key"),
        (["action-set", "Upper=x"], "must start and end with lowercase"),
        (["action-set", "ok=1", "a-=x"], "must start and end with lowercase"),
        (["action-log", "--", "\udc80"], "surrogates"),
        (["action-fail", "--", "a\0"], "null byte"),
        (["juju-log", "--log-level", "INFO", "--", "x" * 2**17], "too long"),
        (["application-version-set", "--", "1\0"], "null byte"),
        (["status-set", "--application=False", "error", "--", ""], "invalid status"),
        (["status-set", "--application=False", "active", "--", "x" * 2**17], "too long"),
        (["secret-add", "--label", "\0", "--owner", "unit"], "null byte"),
    ],
)
def test_a_hook_tool_refuses_what_juju_refuses(
    tool: Callable[..., None], tmp_path: Path, call: list[str], words: str
) -> None:
    before = (tmp_path / "state").read_text()
    with pytest.raises(SystemExit, match=words):
        tool(*call)
    assert (tmp_path / "state").read_text() == before


@pytest.mark.parametrize(
    ("call", "written", "words"),
    [
        (["relation-set", "-r", "s3-credentials:1", "--app"], {"k": "x" * 2**24}, "exceed"),
        (["relation-set", "-r", "s3-credentials:1"], {"k": "\U0001f600"}, "Unicode"),
        (["state-set"], {"k" * 257: "x"}, "state key"),
        (["state-set"], {"k": "x" * 65537}, "state value"),
    ],
)
def test_what_goes_by_file_has_limits_of_its_own(
    tool: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: list[str],
    written: dict[str, str],
    words: str,
) -> None:
    before = (tmp_path / "state").read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(written)))
    with pytest.raises(SystemExit, match=words):
        tool(*call, "--file", "-")
    assert (tmp_path / "state").read_text() == before


@pytest.mark.parametrize(("key", "value"), [("Ab", "x"), ("abc", ""), ("abc", "x" * 1_000_001)])
def test_a_secret_that_juju_does_not_take_is_refused(
    tool: Callable[..., None], tmp_path: Path, key: str, value: str
) -> None:
    (tmp_path / "value").write_text(value)
    with pytest.raises(SystemExit, match=r"not valid|secret content"):
        tool("secret-add", "--owner", "unit", f"{key}#file={tmp_path / 'value'}")


def test_what_a_charm_sets_and_juju_refuses_fails_the_whole_dispatch(
    charm: Path, state: State, tmp_path: Path
) -> None:
    state["action"]["params"] = {"text": "a\0b", "how-often": 1}
    done = run("actions/echo", state, charm_directory(tmp_path / "charm", charm))
    assert done.exit_code == 1
    assert state["action"]["results"] == {}
