"""Every command in the documentation is one that the charm takes, and every link leads somewhere.

What a command does is tested in tests/functional/test_tutorial.py and test_howto.py.
"""

from __future__ import annotations

import itertools
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from tests.markdown import Page, compare, pages, words
from tests.unit.options.test_options import load

from actions.backups import CreateParams, DeleteParams, ListParams
from actions.params import Params
from actions.restoring import RestoreParams
from velero.cli import commands
from velero.errors import InvalidInput

ROOT = Path(__file__).parents[2]
APP = "velero-operator"
METADATA: dict[str, Any] = yaml.safe_load((ROOT / "charmcraft.yaml").read_text())
ACTIONS: dict[str, Any] = yaml.safe_load((ROOT / "actions.yaml").read_text())
OPTIONS: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text())["options"]
ENDPOINTS = {**METADATA.get("requires", {}), **METADATA.get("provides", {})}
MODELS: dict[str, type[Params]] = {
    "create-backup": CreateParams,
    "list-backups": ListParams,
    "delete-backup": DeleteParams,
    "restore": RestoreParams,
}
JUJU = frozenset(
    {
        "add-k8s",
        "add-model",
        "add-secret",
        "bootstrap",
        "clouds",
        "config",
        "debug-log",
        "deploy",
        "destroy-model",
        "find-offers",
        "grant-secret",
        "info",
        "integrate",
        "models",
        "offer",
        "refresh",
        "remove-application",
        "remove-relation",
        "remove-unit",
        "resolve",
        "run",
        "scale-application",
        "show-application",
        "show-secret",
        "show-unit",
        "ssh",
        "status",
        "switch",
        "trust",
        "update-secret",
    }
)
FLAGS = frozenset({"--wait", "--format", "--quiet", "--background", "--params", "-m", "--model"})
PLACEHOLDER = re.compile(r"[A-Z]+(=[A-Z]+)?|.*[:=](ENDPOINT|APPLICATION)")
PAGES = {page.name: page for page in pages()}


class Wrong(Exception):
    """A command that nobody can run."""


def check(command: str) -> None:
    """Refuse a juju command that the charm would not take; others are not looked at.

    Raises:
        Wrong: saying what of it is wrong.
    """
    command = re.sub(r"^\w+=\$\((.*)\)$", r"\1", command)
    typed = words(command.partition(" | ")[0])
    if typed[:1] != ["juju"]:
        return
    if len(typed) < 2 or typed[1] not in JUJU:
        raise Wrong("juju has no such command, or the documentation has no use for it")
    if any(PLACEHOLDER.fullmatch(word) for word in typed):
        return
    rest = typed[2:]
    if typed[1] == "run" and rest:
        check_run(rest)
    elif typed[1] in {"config", "deploy"} and APP in rest:
        check_options(rest)
    elif typed[1] in {"integrate", "remove-relation"}:
        check_endpoints(rest)


def check_run(rest: list[str]) -> None:
    positional = [word for word in rest if not word.startswith("-")]
    unit, name, *given = positional
    if not re.fullmatch(rf"{APP}/(leader|\d+)", unit):
        raise Wrong(f"{unit} is no unit of {APP}")
    if unknown := {w.partition("=")[0] for w in rest if w.startswith("-")} - FLAGS:
        raise Wrong(f"juju run has no {unknown}")
    if name not in ACTIONS:
        raise Wrong(f"there is no action {name}")
    params = dict(part.split("=", 1) for part in given)
    declared = ACTIONS[name].get("params", {})
    if strange := set(params) - set(declared):
        raise Wrong(f"{name} has no parameter {strange}")
    if lacking := set(ACTIONS[name].get("required", ())) - set(params):
        raise Wrong(f"{name} needs {lacking}")
    check_params(name, {key: juju_value(text) for key, text in params.items()})


def check_params(name: str, params: dict[str, Any]) -> None:
    if name == "run":
        commands.parse(params["command"])
    if name in MODELS:
        MODELS[name].from_values(params)


def check_options(rest: list[str]) -> None:
    pairs = [word for word in rest if re.match(r"[a-z0-9-]+=", word)]
    given = dict(pair.split("=", 1) for pair in pairs)
    if files := [pair for pair in pairs if "=@" in pair.partition(" ")[0]]:
        raise Wrong(f"juju reads a file there: {files}")
    names = set(given)
    for flag, value in itertools.pairwise(rest):
        names |= set(value.split(",")) if flag == "--reset" else set[str]()
    if strange := names - set(OPTIONS):
        raise Wrong(f"there is no option {strange}")
    with suppress(InvalidInput):  # an option may need another, which is set already
        load(**{key.replace("-", "_"): juju_value(text) for key, text in given.items()})


def check_endpoints(rest: list[str]) -> None:
    ours = [word for word in rest if word.partition(":")[0] == APP]
    if not ours:
        raise Wrong(f"it does not integrate {APP}")
    for word in ours:
        endpoint = word.partition(":")[2]
        if endpoint and endpoint not in ENDPOINTS:
            raise Wrong(f"{APP} has no endpoint {endpoint}")


def juju_value(text: str) -> Any:  # noqa: ANN401 - as YAML has it
    """A parameter's value as Juju reads it."""
    return yaml.safe_load(text) if re.fullmatch(r"true|false|\d+", text) else text


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_command_is_one_that_the_charm_takes(page: Page) -> None:
    for command in page.commands:
        try:
            check(command)
        except Exception as error:
            raise AssertionError(f"{page.name}: {command}: {error}") from error


@pytest.mark.parametrize(
    "command",
    [
        "juju run velero-operator/leader run command='backup crate b1'",
        "juju run velero-operator/leader run command='backup get --all'",
        "juju run velero-operator/leader run",
        "juju run velero-operator/leader rerun",
        "juju run velero/leader list-backups",
        "juju run velero-operator/leader list-backups count=3",
        "juju run velero-operator/leader restore target=shop",
        "juju config velero-operator use-node-agents=true",
        "juju config velero-operator --reset use-node-agents",
        "juju config velero-operator log-level=loud",
        "juju config velero-operator k8s-backup-targets-schedule=@daily",
        "juju deploy velero-operator --config k8s-backup-targets-schedule='@every 6h'",
        "juju deploy velero-operator --config velero-image=velero",
        "key=$(juju run velero-operator/leader rerun)",
        "juju integrate velero-operator:s3 s3-integrator",
        "juju integrate s3-integrator velero",
        "juju unite velero-operator s3-integrator",
    ],
)
def test_a_wrong_command_is_noticed(command: str) -> None:
    with pytest.raises(Exception, match=r"."):
        check(command)


def leads_to_the_forge(page: Page, path: str) -> bool:
    """Whether a link goes to the repository's own issues or reports, wherever it is hosted.

    GitHub shows a page below `blob/main`, so two folders up from the root is the repository.
    """
    hosted = ROOT.parent / "repository" / "blob" / "main" / page.path.parent.relative_to(ROOT)
    found = Path(os.path.normpath(hosted / path)).relative_to(ROOT.parent)
    return str(found) in {"repository/issues", "repository/security/advisories/new"}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_link_leads_to_a_file_and_a_heading(page: Page) -> None:
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme in {"https", "mailto"}, link
            continue
        if leads_to_the_forge(page, parts.path):
            continue
        target = (page.path.parent / parts.path).resolve() if parts.path else page.path
        assert target.exists(), f"{page.name}: {link}"
        if parts.fragment:
            assert parts.fragment in Page(target).anchors, f"{page.name}: {link}"


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_begins_with_its_one_title(page: Page) -> None:
    titles = [line for line in page.prose.splitlines() if line.startswith("# ")]
    assert len(titles) == 1
    assert page.prose.startswith("# ")


def test_every_page_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "docs" / "index.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        links = [urlsplit(link) for link in Page(path).links]
        waiting += [(path.parent / p.path).resolve() for p in links if p.path and not p.scheme]
    documented = {page.path for page in PAGES.values() if page.name.startswith("docs/")}
    missing = {str(path.relative_to(ROOT)) for path in documented - reached}
    assert not missing, f"docs/index.md has to lead to {missing}"


def test_every_test_that_a_page_names_is_there() -> None:
    named = re.compile(r"`(?P<path>tests/[\w/]+\.py)::(?P<name>test_\w+)`")
    found = [each for page in PAGES.values() for each in named.finditer(page.prose)]
    assert len(found) > 20
    for each in found:
        assert f"def {each['name']}(" in (ROOT / each["path"]).read_text(), each[0]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_what_the_tests_leave_out_is_said_to_the_reader(page: Page) -> None:
    if all(block.is_run for block in page.shells):
        return
    shown = re.sub(r"<!--.*?-->", "", page.prose, flags=re.DOTALL)
    assert re.search(r"\bnot run\b|no test has", shown, re.IGNORECASE)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_file_that_a_page_names_is_there(page: Page) -> None:
    named = re.findall(r"`((?:src|tests|docs|lib|tools|benchmarks)/[\w./-]*)`", page.prose)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_make_target_that_a_page_names_is_there() -> None:
    targets = re.findall(r"^([a-z -]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    known = {name for line in targets for name in line.split()}
    typed = [c for page in PAGES.values() for c in page.commands if c.startswith("make ")]
    assert {words(command)[1] for command in typed} <= known


PRINTED = ["a: 1", "", "Backup b1: Completed, 29 of 29 items", "name:   b1", "phase: Completed"]


@pytest.mark.parametrize(
    "shown",
    [
        ("Backup b7: Completed, 3 of 3 items", "name: b7", "phase: Completed"),
        ("name: b1",),
        ("a: 1", "[…]", "phase: Completed"),
    ],
)
def test_what_is_shown_may_have_other_numbers_and_leave_lines_out(shown: tuple[str, ...]) -> None:
    compare(shown, PRINTED, "page")


@pytest.mark.parametrize(
    "shown",
    [
        ("Backup b1: Failed, 29 of 29 items",),
        ("a: 1", "phase: Completed"),
        ("phase: Completed", "[…]", "name: b1"),
        ("phase: Completed", "more: 1"),
    ],
)
def test_what_is_shown_has_to_be_printed_and_in_order(shown: tuple[str, ...]) -> None:
    with pytest.raises(AssertionError):
        compare(shown, PRINTED, "page")
