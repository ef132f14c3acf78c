"""actions.yaml and the code agree, and no action ends in a traceback."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cluster.application import REPOSITORY
from tests.cluster.juju import Juju

from actions import adopting, backups, commands, diagnose, listing, output, restoring
from actions.params import Params
from actions.performing import ACTIONS

DECLARED: dict[str, dict[str, Any]] = yaml.safe_load((REPOSITORY / "actions.yaml").read_text())
MODELS: dict[str, type[Params]] = {
    "run": commands.RunParams,
    "create-backup": backups.CreateParams,
    "list-backups": backups.ListParams,
    "delete-backup": backups.DeleteParams,
    "restore": restoring.RestoreParams,
    "list-clients": listing.ListParams,
    "adopt": adopting.AdoptParams,
    "diagnose": diagnose.DiagnoseParams,
}
ON_INPUTS = {"apply-held-changes", "adopt", "diagnose"}
VALID = {
    "run": {"command": "backup get"},
    "create-backup": {"target": "shop:backup"},
    "list-backups": {},
    "delete-backup": {"backup": "b", "confirm": True},
    "restore": {"backup": "b"},
    "list-clients": {},
    "adopt": {"confirm": True},
    "diagnose": {"bundle": True},
}
NOWHERE = """
apiVersion: v1
kind: Config
current-context: x
clusters: [{name: x, cluster: {server: "http://127.0.0.1:9", insecure-skip-tls-verify: true}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
users: [{name: x, user: {token: t}}]
"""


def test_every_action_is_declared_and_every_declared_one_exists() -> None:
    # Those stand on all that Juju says, and are imported one by one
    assert DECLARED["apply-held-changes"]["additionalProperties"] is False
    assert set(DECLARED) - ON_INPUTS == set(ACTIONS)
    assert set(MODELS) == set(ACTIONS) | {"adopt", "diagnose"}


@pytest.mark.parametrize("action", MODELS)
def test_parameters_are_declared_as_they_are_read(action: str) -> None:
    declared, model = DECLARED[action], MODELS[action]
    params = declared.get("params", {})
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    assert set(params) == set(fields)
    assert declared["additionalProperties"] is False
    required = {name for name, field in fields.items() if field.is_required()}
    assert set(declared.get("required", ())) == required
    defaults = {name: each["default"] for name, each in params.items() if "default" in each}
    example = {"backup": "b"} if action == "restore" else VALID[action]
    assert model.from_values({**defaults, **example}) == model.from_values(example)
    assert all(each.get("description") for each in [declared, *params.values()])


@pytest.mark.parametrize("action", DECLARED)
def test_what_only_reads_runs_beside_others(action: str) -> None:
    assert DECLARED[action].get("parallel", False) is action.startswith(("list-", "diag"))


# diagnose says so and succeeds, see test_diagnose.py
@pytest.mark.parametrize("action", sorted(DECLARED.keys() - {"diagnose"}))
def test_without_an_api_server_an_action_fails_with_one_sentence(
    action: str, tmp_path: Path
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(NOWHERE)
    juju = Juju({"KUBECONFIG": str(kubeconfig), "PATH": ""}, model="m1")
    juju.deploy()
    bag = {"app": "shop", "relation_name": "backup", "model": "m1", "spec": "{}"}
    juju.integrate("velero-backups", bag)
    before = juju.status.units["velero-operator/0"]
    result = juju.run(action, VALID.get(action, {}))
    assert result.failed
    assert "Kubernetes API" in result.message
    assert "\n" not in result.message
    assert juju.status.units["velero-operator/0"] == before


class Event:
    """Keeps the results that an action sets."""

    results: dict[str, Any]

    def set_results(self, results: dict[str, Any]) -> None:
        self.results = results


@given(st.integers(0, 3000), st.integers(0, 400), st.text(max_size=3))
def test_results_stay_within_jujus_limits(count: int, length: int, text: str) -> None:
    rows = [{"name": f"b{number}", "reason": text * length} for number in range(count)]
    event: Any = Event()
    output.set_rows(event, "things", rows, ("name", "reason"))
    results = event.results
    flat = [(k, v) for row in results.get("things", {}).values() for k, v in row.items()]
    size = sum(len(key.encode()) + len(value.encode()) for key, value in flat)
    assert size + len(results.get("table", "").encode()) < 100_000
    shown = int(results["count"])
    assert len(results.get("things", {})) == shown
    assert shown == count or f"{count - shown} more do not fit" in results["note"]


NASTY = st.text() | st.sampled_from(["x" * 60_000, "a\nforged  row", "\x1b[2J", "\0", "\u202e"])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.fixed_dictionaries({"name": NASTY, "spec": NASTY, "reason": NASTY}), max_size=30)
)
def test_one_row_neither_hides_nor_forges_another(rows: list[dict[str, str]]) -> None:
    rows = [*rows, {"name": "honest", "spec": "{}", "reason": "-"}]
    event: Any = Event()
    output.set_rows(event, "things", rows, ("name", "reason"))
    results = event.results
    assert results["count"] == str(len(rows))
    assert results["things"][str(len(rows))]["name"] == "honest"
    lines = results["table"].split("\n")
    assert len(lines) == len(rows) + 1
    assert lines[-1].startswith("honest")
    assert all(line.isprintable() for line in lines)
    assert all(cell.isprintable() for row in results["things"].values() for cell in row.values())
