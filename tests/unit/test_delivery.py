"""What delivers the charm: workflows, hooks and the Terraform module name things that exist."""

import configparser
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import hcl2
import pytest
import yaml

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = {
    name
    for line in re.findall(r"^([a-z][a-z -]*):(?!=)", MAKEFILE, re.MULTILINE)
    for name in line.split()
}
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))
METADATA: dict[str, Any] = yaml.safe_load((ROOT / "charmcraft.yaml").read_text())
MODULE = ROOT / "terraform"
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def named(text: str) -> set[str]:
    """The targets that commands name."""
    return set(re.findall(r"\bmake ([a-z][a-z-]*)", text))


def steps(path: Path) -> Iterator[dict[str, Any]]:
    document = yaml.safe_load(path.read_text())
    for job in document["jobs"].values():
        yield from job.get("steps", [])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_runs_make_targets_that_exist(path: Path) -> None:
    commands = [step["run"] for step in steps(path) if "run" in step]
    assert {name for each in commands for name in named(each)} <= TARGETS
    foreign = [
        each for each in commands if not re.match(r"make |sudo (snap|concierge|sysctl) ", each)
    ]
    assert not foreign, "what CI runs, a person can run"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_pins_its_actions_and_has_few_rights(path: Path) -> None:
    text = path.read_text()
    for action in re.findall(r"uses: (?!\./)(.+)", text):
        assert PINNED.fullmatch(action), action
    document = yaml.safe_load(text)
    assert document["permissions"] == {"contents": "read"}
    for name, job in document["jobs"].items():
        assert "uses" in job or job["timeout-minutes"], name
    # An expression in a command would let a name with a quote run as code
    assert not [step for step in steps(path) if "${{" in step.get("run", "")]
    for step in steps(path):
        checks_out = step.get("uses", "").startswith("actions/checkout@")
        assert not checks_out or step["with"]["persist-credentials"] is False


def test_every_workflow_is_linted() -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    linted = {Path(each).name for each in tox["vars"]["workflows"].split()}
    assert linted == {path.name for path in WORKFLOWS}


def test_hooks_and_documents_name_targets_that_exist() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert {each["entry"] for each in hooks} == {"make format", "make lint", "make static"}
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        in_code = re.findall(r"`make ([a-z][a-z-]*)", path.read_text())
        assert set(in_code) <= TARGETS, path.name


def test_the_tox_environments_of_the_targets_exist() -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    environments = {each.removeprefix("testenv:") for each in tox.sections()}
    used = re.findall(r"tox (?:run|exec)[^\n]*?-e ([a-z,]+)", MAKEFILE)
    assert {name for each in used for name in each.split(",")} <= environments
    for section in tox.sections():
        if section.startswith("testenv:"):
            assert tox[section]["dependency_groups"] in groups, section


def module(path: str) -> dict[str, list[dict[str, Any]]]:
    loads = cast("Callable[[str], dict[str, list[dict[str, Any]]]]", hcl2.loads)  # pyright: ignore[reportUnknownMemberType]
    return loads((MODULE / f"{path}.tf").read_text())


def blocks(document: dict[str, list[dict[str, Any]]], kind: str) -> dict[str, dict[str, Any]]:
    """The blocks of a kind by their last label; the parser keeps a label's quotes."""
    found = {key: value for each in document[kind] for key, value in each.items()}
    return {key.strip('"'): value for key, value in found.items()}


def plain(value: object) -> object:
    return value.strip('"') if isinstance(value, str) else value


def test_the_terraform_module_outputs_every_endpoint() -> None:
    outputs = blocks(module("outputs"), "output")
    for role in ("provides", "requires"):
        given = {plain(key): plain(value) for key, value in outputs[role]["value"].items()}
        given = {key: value for key, value in given.items() if not str(key).startswith("__")}
        endpoints = list(METADATA.get(role, {}))
        assert given == {name.replace("-", "_"): name for name in endpoints}


def test_every_terraform_variable_is_described_used_and_in_the_readme() -> None:
    variables = blocks(module("variables"), "variable")
    main = (MODULE / "main.tf").read_text()
    readme = (MODULE / "README.md").read_text()
    for name, variable in variables.items():
        assert str(plain(variable["description"])), name
        assert f"var.{name}" in main
        assert f"| `{name}` |" in readme
    assert plain(variables["base"]["default"]) == METADATA["base"]
    assert set(re.findall(r"var\.(\w+)", main)) == variables.keys()


def test_the_terraform_example_relates_what_there_is() -> None:
    example = module("examples/s3/main")
    assert {"module", "resource", "variable"} <= example.keys()
    text = (MODULE / "examples/s3/main.tf").read_text()
    for role, name in re.findall(r"module\.velero_operator\.(provides|requires)\.(\w+)", text):
        assert name.replace("_", "-") in METADATA[role]
    sensitive = {name for name, each in blocks(example, "variable").items() if "sensitive" in each}
    assert sensitive == {"access_key", "secret_key"}
