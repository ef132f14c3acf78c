"""The charm's home is named in one place, and nobody is sent to another project's as if it were.

The place is `links` in charmcraft.yaml. As long as the home has no public address, pages speak of
the clone that the reader has, and lead to its issues by a relative link.
"""

import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).parents[2]
METADATA: Final[dict[str, Any]] = yaml.safe_load((ROOT / "charmcraft.yaml").read_text())
LINKS: Final[dict[str, str]] = METADATA["links"]
HOME: Final = LINKS.get("source", "")
ELSEWHERE: Final = ("velero-io/velero", "juju/juju")
"""Upstream projects, whose own weaknesses are reported to them."""
FOREIGN: Final = "https://github.com/canonical/velero-operator"
"""The charm that this one replaces: it may be spoken of, but only as what it is."""

_CLONES: Final = re.compile(r"\b(?:git|repo) clone\b|\bgit::")
_REPORTS: Final = re.compile(
    r"https?://[\w.-]+/(?P<project>[\w.-]+/[\w.-]+?)(?:/-)?/(?:issues|security|discussions)\b"
)


def complaints(text: str) -> list[str]:
    """What of a page sends its reader away: to clone, or to report."""
    found = [line for line in text.splitlines() if _CLONES.search(line)]
    reports = (each for each in _REPORTS.finditer(text) if each["project"] not in ELSEWHERE)
    return found + [each[0] for each in reports]


def pages() -> list[Path]:
    """What a person reads: pages, the module, and what Charmhub, the CLI and CI show."""
    argv = ["git", "ls-files", "*.md", "*.tf", "*.yaml", "*.yml", "*.toml", "*.json"]
    listed = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    found = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in found if path.exists() and path.name != "charmcraft.yaml"]


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_clones_or_reports_to_another_project(path: Path) -> None:
    text = path.read_text()
    assert complaints(text) == []
    assert not HOME or HOME not in text, "charmcraft.yaml names it, and nothing else"


def test_only_the_guide_to_adopting_it_names_the_charm_that_this_one_replaces() -> None:
    naming = {str(path.relative_to(ROOT)) for path in pages() if FOREIGN in path.read_text()}
    assert naming <= {"docs/how-to/adopt.md", "benchmarks/README.md"}


def test_the_links_are_all_below_the_home_or_not_there_yet() -> None:
    ours = {key: LINKS[key] for key in ("source", "issues", "documentation") if key in LINKS}
    assert len(ours) == (3 if HOME else 0)
    assert all(url.startswith(HOME) for url in ours.values())
    assert not any(url.startswith(FOREIGN) for url in LINKS.values())


@pytest.mark.parametrize(
    "text",
    [
        "git clone https://example.com/a/b && cd b",
        "$ gh repo clone canonical/velero-operator",
        'source = "git::https://github.com/canonical/velero-operator//terraform"',
        "[Report a bug](https://github.com/canonical/velero-operator/issues)",
        "see https://gitlab.com/a/b/-/issues/new",
        "https://github.com/canonical/velero-operator/security/advisories/new",
    ],
)
def test_who_is_sent_away_is_noticed(text: str) -> None:
    assert complaints(text)
