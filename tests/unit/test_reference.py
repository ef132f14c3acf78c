"""The reference pages that are made from the charm's metadata."""

from pathlib import Path

import pytest
import yaml
from tools import reference

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
    removal = PAGES["options.md"].partition("### crds-on-remove")[2]
    assert "\n\n- `auto` (default): deleted if" in removal
    assert "\n- `keep`: never deleted.\n- `delete`: " in removal
    listing = PAGES["actions.md"].partition("## list-backups")[2]
    example = "juju run velero-operator/leader list-backups app=shop status=completed limit=5"
    assert f'("synced"):\n\n```shell\n{example}\n```\n\n' in listing


def test_an_endpoint_says_its_limit_and_whether_it_is_needed() -> None:
    assert "Requires the interface `s3`; optional, at most 1." in PAGES["endpoints.md"]
