"""The rules and their page; what they do is tested in tests/functional/test_rules.py."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.backups import ListParams
from monitoring import rules, watched
from velero.backups import cadence
from velero.cli import commands
from velero.desired import Client

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "alerts.md").read_text()
ACTIONS: dict[str, Any] = yaml.safe_load((ROOT / "actions.yaml").read_text())
LABELS = {"juju_model": "backups", "juju_application": "velero"}
SOURCE = rules.Source("velero", "backups", "backups_1234abcd_velero", LABELS, 'juju_model="x"')
DAILY = watched.Watched("s", Client("shop", "backup", "m1"), "@daily", 108000, 1)


def alerts(*schedules: watched.Watched, nodes: int = 2) -> dict[str, dict[str, Any]]:
    groups = rules.groups(SOURCE, schedules, nodes)["groups"]
    found = (rule for group in groups for rule in group["rules"])
    return {rule["alert"]: rule for rule in found if "alert" in rule}


@pytest.mark.parametrize("alert", alerts(DAILY).values(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_is_whose_and_what_to_run_next(alert: dict[str, Any]) -> None:
    assert alert["labels"].items() >= LABELS.items()
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert alert["annotations"]["summary"]
    description = alert["annotations"]["description"]
    assert re.search(r"juju run -m backups velero/leader \w|kubectl -n backups \w", description)
    for action in re.findall(r"velero/leader ([\w-]+)", description):
        assert action in ACTIONS
    for command in re.findall(r"command='([^']*)'", description):
        commands.parse(command.replace("NAME", "name"))
    for given in re.findall(r"list-backups ((?:\w+=\w+ ?)+)", description):
        params = dict(each.split("=") for each in given.split())
        ListParams.model_validate(params)


def test_the_page_lists_every_alert_with_its_severity_and_patience() -> None:
    rows = re.findall(r"^\| `(Velero\w+)` \| (\w+) \|.*\| (\w*) ?\|$", PAGE, re.MULTILINE)
    listed = {name: (severity, patience) for name, severity, patience in rows}
    there = alerts(DAILY).items()
    assert listed == {
        name: (rule["labels"]["severity"], rule.get("for", "")) for name, rule in there
    }


def test_the_page_says_the_limits_that_schedules_have() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (\d[^|]*) \| (\d[^|]*) \|$", PAGE, re.MULTILINE)
    assert len(rows) > 5
    for cron, gap, limit in rows:
        longest = cadence.longest_gap(cron)
        assert longest is not None
        assert longest.total_seconds() == seconds(gap), cron
        assert (longest + watched.margin_of(longest)).total_seconds() == seconds(limit), cron


def seconds(text: str) -> int:
    sizes = {"min": 60, "h": 3600, "day": 86400, "days": 86400}
    return sum(int(count) * sizes[unit] for count, unit in re.findall(r"(\d+) (\w+)", text))


def test_what_is_not_there_has_no_rules() -> None:
    assert "VeleroNodeAgentsMissing" not in alerts(nodes=0)
    assert not {"VeleroBackupOverdue", "VeleroBackupMissing"} & set(alerts())


def test_groups_have_names_of_their_own_that_say_whose_they_are() -> None:
    names = [group["name"] for group in rules.groups(SOURCE, [DAILY], 0)["groups"]]
    assert len(set(names)) == len(names) == 2
    # cosl leaves a name of this form as it is
    assert all(re.fullmatch(r"\w+_[0-9a-f]{8}_\w+_rules", name) for name in names)
