"""A whole dispatch as Juju starts it: `python src/charm.py` in a process of its own.

What runs is the charm as it is packed, ops' own `main`, the real subprocesses. What stands in is
`hook_tool` for Juju's hook tools: it answers from a JSON file of this shape (see `from_scenario`):

    {"unit": "velero-operator/0", "leader": true, "planned": 1, "model": "m", "model-uuid": "…",
     "config": {"option": "value, defaults included"},
     "relations": {"s3-credentials:1": {"app": "s3-integrator", "units": ["s3-integrator/0"],
                   "data": {"s3-integrator": {"bucket": "b"}, "velero-operator": {}, …}}},
     "secrets": {"secret:…": {"content": {}, "label": null, "owner": null, "revision": 1,
                              "granted": "false if it may not be read"}},
     "status": {"status": "active", "message": ""}, "app-status": {…}, "version": "",
     "action": {"params": {}, "results": {}, "log": [], "failed": null}, "stored": {}}
"""

import ast
import json
import os
import py_compile
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ops import testing
from tests.cluster import hook_tool, measured, refusals
from tests.cluster.application import REPOSITORY

State: TypeAlias = dict[str, Any]
_TOOL = """\
import os, sys
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/.lib")
from tests.cluster.hook_tool import main
main(sys.argv)
"""
_SHAREABLE = ("src", "lib", "actions.yaml", "config.yaml")


@dataclass(frozen=True)
class Dispatch(measured.Run):
    """What one dispatch did and cost.

    Attributes:
        hook_tools: each call of a hook tool, as its argument list.
    """

    hook_tools: list[list[str]]


def charm_directory(path: Path, root: Path = REPOSITORY) -> Path:
    """Lay a charm out as it is unpacked on a unit.

    Args:
        path: a directory to make. It can serve several dispatches, as on a unit: what ops and the
            charm keep there stays.
        root: the charm's repository, whose sources are linked, not copied.
    """
    path.mkdir(parents=True)
    for name in _SHAREABLE:
        if (root / name).exists():
            (path / name).symlink_to(root / name)
    # `charmcraft pack` makes this file of charmcraft.yaml, and ops reads no other.
    (path / "metadata.yaml").write_text((root / "charmcraft.yaml").read_text())
    return path


def dispatch(
    event: str,
    state: State,
    env: Mapping[str, str],
    *,
    charm: Path | None = None,
    timeout: float = 600.0,
) -> Dispatch:
    """Run one dispatch.

    Args:
        event: the hook's name, or `actions/NAME` with the parameters in `state`.
        state: what the hook tools answer; what the charm sets is in it afterwards.
        env: added to the environment: KUBECONFIG and PATH.
        charm: a directory of `charm_directory`; by default a new one.
        timeout: seconds after which the process is killed.

    Returns:
        What it cost; a charm that fails has an `exit_code`, nothing is raised.
    """
    with tempfile.TemporaryDirectory(prefix="dispatch-") as name:
        folder = Path(name)
        charm = charm or charm_directory(folder / "charm")
        files = {"JUJU_STATE": folder / "state.json", "JUJU_CALLS": folder / "calls"}
        files["JUJU_STATE"].write_text(json.dumps(state))
        files["JUJU_CALLS"].touch()
        refusals.config(state["config"])
        given = {**os.environ, **env, **juju_environment(event, state, charm)}
        given |= {key: str(path) for key, path in files.items()}
        given["PATH"] = os.pathsep.join(
            [str(hook_tools(folder / "tools", sys.executable)), given["PATH"]]
        )
        cost = measured.run(["src/charm.py"], charm, given, timeout)
        state.clear()
        state.update(json.loads(files["JUJU_STATE"].read_text()))
        calls = [ast.literal_eval(line) for line in files["JUJU_CALLS"].read_text().splitlines()]
        return Dispatch(**vars(cost), hook_tools=calls)


def from_scenario(
    state: testing.State, unit: str, config: Mapping[str, Any], **params: object
) -> State:
    """Turn a State of `ops.testing` (`Juju.state`) into what the hook tools answer.

    Args:
        state: the unit's state.
        unit: the unit's name.
        config: config.yaml, parsed, for the defaults.
        **params: the action's parameters, if it is for an action.
    """
    options = config.get("options", {})
    defaults = {key: each["default"] for key, each in options.items() if "default" in each}
    secrets = {
        secret.id: {
            "content": dict(secret.latest_content),
            "label": secret.label,
            "owner": {"app": "application", "unit": "unit"}.get(secret.owner or ""),
            "revision": 1,
        }
        for secret in state.secrets
    }
    return {
        "unit": unit,
        "leader": state.leader,
        "planned": state.planned_units,
        "model": state.model.name,
        "model-uuid": state.model.uuid,
        "config": {**defaults, **state.config},
        "relations": dict(_relation(each, unit) for each in state.relations),
        "secrets": secrets,
        "status": {"status": state.unit_status.name, "message": state.unit_status.message},
        "app-status": {"status": state.app_status.name, "message": state.app_status.message},
        "version": state.workload_version,
        "action": {"params": params, "results": {}, "log": [], "failed": None},
        "stored": {},
    }


def _relation(relation: testing.RelationBase, unit: str) -> tuple[str, dict[str, Any]]:
    assert isinstance(relation, testing.Relation)
    app = relation.remote_app_name
    units = {f"{app}/{n}": dict(bag) for n, bag in relation.remote_units_data.items()}
    data = {
        **units,
        app: dict(relation.remote_app_data),
        unit: dict(relation.local_unit_data),
        unit.partition("/")[0]: dict(relation.local_app_data),
    }
    return f"{relation.endpoint}:{relation.id}", {"app": app, "units": list(units), "data": data}


def juju_environment(event: str, state: State, charm: Path) -> dict[str, str]:
    """The variables that Juju sets for an event of a unit whose charm is in that directory."""
    action = event.removeprefix("actions/") if event.startswith("actions/") else ""
    env = {
        "JUJU_CHARM_DIR": str(charm),
        "JUJU_DISPATCH_PATH": event if action else f"hooks/{event}",
        "JUJU_HOOK_NAME": "" if action else event,
        "JUJU_MODEL_NAME": state["model"],
        "JUJU_MODEL_UUID": state["model-uuid"],
        "JUJU_UNIT_NAME": state["unit"],
        "JUJU_VERSION": "3.6.14",
        "PYTHONPATH": str(charm / "lib"),
    }
    if action:
        env |= {"JUJU_ACTION_NAME": action, "JUJU_ACTION_UUID": "1", "JUJU_ACTION_TAG": "action-1"}
    for name, relation in state["relations"].items():
        endpoint = name.partition(":")[0]
        if event.startswith(f"{endpoint}-relation-"):
            env |= {"JUJU_RELATION": endpoint, "JUJU_RELATION_ID": name}
            env |= {"JUJU_REMOTE_APP": relation["app"], "JUJU_REMOTE_UNIT": relation["units"][0]}
    return env


def hook_tools(folder: Path, python: str) -> Path:
    """Make a folder of hook tools that run with that Python; it has to be on PATH."""
    folder.mkdir()
    program, library = folder / ".program", folder / ".lib" / "tests" / "cluster"
    library.mkdir(parents=True)
    for module in (refusals, hook_tool):
        py_compile.compile(str(shutil.copy(str(module.__file__), library)))
    program.write_text(f"#!{python} -IS\n{_TOOL}")
    program.chmod(0o755)
    named = [name for name in vars(hook_tool.Tools) if not name.startswith("_")]
    for name in ["juju-log", "juju-reboot", *named]:
        (folder / name.replace("_", "-")).symlink_to(program.name)
    return folder
