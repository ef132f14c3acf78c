"""The reference pages: those that are made from the charm's metadata, and what others claim."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ops import testing
from tests.markdown import Page
from tests.unit.options.test_options import load
from tools import reference

import actions.backups
import actions.commands
import charm
from actions import params
from charms.velero_libs.v0.velero_backup_config import BackupScope, VeleroBackupSpec
from velero import desired
from velero.errors import InvalidInput
from velero.installation import checks as server_checks
from velero.installation import pods
from velero.kubernetes import cluster
from velero.removal import removing
from velero.storage import checks as storage_checks

ROOT = Path(__file__).parents[2]
PAGES = reference.pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_metadata_say(name: str) -> None:
    assert (reference.FOLDER / name).read_text() == PAGES[name], "run: make docs"


@pytest.mark.parametrize(
    ("page", "source", "section"),
    [("options.md", "config.yaml", "options"), ("actions.md", "actions.yaml", None)],
)
def test_nothing_that_is_declared_is_left_out(page: str, source: str, section: str | None) -> None:
    declared = yaml.safe_load((ROOT / source).read_text())
    headings = [line.strip("# ") for line in PAGES[page].splitlines() if line.startswith("##")]
    assert set(declared[section] if section else declared) <= set(headings)


def test_values_are_a_list_and_examples_a_block() -> None:
    removing = PAGES["options.md"].partition("### crds-on-remove")[2]
    assert "\n\n- `auto` (default): deleted if" in removing
    assert "\n- `keep`: never deleted.\n- `delete`: " in removing
    listing = PAGES["actions.md"].partition("## list-backups")[2]
    example = "juju run velero-operator/leader list-backups app=shop status=completed limit=5"
    assert f'("synced"):\n\n```shell\n{example}\n```\n\n' in listing


def test_a_word_and_a_colon_within_a_sentence_is_no_value() -> None:
    section = PAGES["options.md"].partition("### extra-server-args")[2].partition("\n#")[0]
    assert "- `" not in section
    assert section.count("\n\n") == 2, "its type, and one paragraph"


def test_an_endpoint_says_its_limit_and_whether_it_is_needed() -> None:
    assert "Requires the interface `s3`; optional, at most 1." in PAGES["endpoints.md"]


def test_the_page_on_the_libraries_names_every_field_of_a_spec() -> None:
    text = (reference.FOLDER / "libraries.md").read_text()
    listed = re.findall(
        r"^\| `(\w+)` \| .* \| (both|`velero_backup_config`) \|$", text, re.MULTILINE
    )
    assert {name for name, _ in listed} == {*VeleroBackupSpec.model_fields}
    assert {name for name, where in listed if where == "both"} == {*BackupScope.model_fields}


def test_the_charm_on_the_page_asks_for_what_it_says() -> None:
    page = Page(reference.FOLDER / "libraries.md")
    (code,) = ("\n".join(block.lines) for block in page.blocks if block.language == "python")
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - what a reader would copy
    (metadata,) = ("\n".join(block.lines) for block in page.blocks if block.language == "yaml")
    endpoints = yaml.safe_load(metadata)["provides"]
    relation = testing.Relation("backup", "velero_backup_config")
    context = testing.Context(names["ShopCharm"], meta={"name": "shop", "provides": endpoints})
    # A copied charm's first tests have the default model, whose name is no namespace
    given = testing.State(leader=True, relations={relation})
    state = context.run(context.on.relation_created(relation), given)
    spec = json.loads(state.get_relation(relation.id).local_app_data["spec"])
    assert spec["include_namespaces"] == [given.model.name]
    assert (spec["schedule"], spec["ttl"]) == ("0 2 * * *", "30d")


LIMITS = {
    "`wait` of an action | 1 hour": params.WAIT_MAX == 3600,
    "`run` with `--wait` | 15 minutes": actions.commands.WAIT_SECONDS == 900,
    "One `velero` command of `run` | 120 s": actions.commands.CLI_SECONDS == 120,
    "48000 bytes": actions.commands.OUTPUT_BYTES == 48_000,
    "8000 bytes": actions.commands.ERROR_OUTPUT_BYTES == 8_000,
    "500 backups in one answer": actions.backups.LIMIT_MAX == 500,
    "One request to the Kubernetes API | 10 s": cluster.REQUEST_TIMEOUT == 10,
    "waits for pods | 60 s": charm.VeleroOperatorCharm.patience == 60,
    "90 s before the status": storage_checks.VERDICT_SECONDS == 90,
    "running backup or restore | 60 s": removing.PATIENCE == 60,
    "63 characters": desired.LABEL_MAX == 63,
}
BOUNDS = {
    "not ready for 30 s": pods.GRACE_SECONDS == 30,
    "after the third one, unless the server ran for 10 minutes": pods.CRASHES == 3,
    "nothing has changed for 600 s": server_checks.AGENT_SECONDS == 600,
    "90 s after the last change": storage_checks.VERDICT_SECONDS == 90,
}


@pytest.mark.parametrize("phrase", BOUNDS)
def test_a_bound_of_waiting_is_what_the_code_says(phrase: str) -> None:
    assert phrase in (reference.FOLDER / "statuses.md").read_text()
    assert BOUNDS[phrase]


@pytest.mark.parametrize("phrase", LIMITS)
def test_a_limit_is_what_the_code_says(phrase: str) -> None:
    assert phrase in (reference.FOLDER / "limits.md").read_text()
    assert LIMITS[phrase]


@pytest.mark.parametrize("minor", range(14, 21))
def test_the_versions_are_those_that_the_options_take(minor: int) -> None:
    text = (reference.FOLDER / "versions.md").read_text()
    pairs = dict(re.findall(r"^\| 1\.(\d+) \| 1\.(\d+) \|$", text, re.MULTILINE))
    image = f"velero/velero:v1.{minor}.0"
    if str(minor) not in pairs:
        with pytest.raises(InvalidInput):
            load(velero_image=image)
        return
    plugin = f"velero/velero-plugin-for-aws:v1.{pairs[str(minor)]}.0"
    load(velero_image=image).check_plugin("velero-aws-plugin-image", plugin)


def test_the_version_is_the_one_that_is_installed() -> None:
    options = yaml.safe_load((ROOT / "config.yaml").read_text())["options"]
    installed = options["velero-image"]["default"].rpartition(":")[2]
    assert f"charm | {installed}:" in (reference.FOLDER / "versions.md").read_text()


def test_the_kubernetes_of_the_tests_is_the_one_that_is_built() -> None:
    built = re.search(r"k8s.io/kubernetes v(1\.\d+)\.", (ROOT / "tools/go.mod").read_text())
    assert built
    assert f"the tests here run on {built[1]} " in (reference.FOLDER / "versions.md").read_text()
