"""The alert rules, judged by Prometheus' own tool: each fires when it has to and only then.

Time series have a value each minute, and rules are evaluated every five.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from tests.cluster.prometheus import Promtool
from tests.cluster.tools import ensure_prometheus_tools

from monitoring import rules
from monitoring.failures import FAILURES
from monitoring.watched import Watched
from velero.desired import Client

TOPOLOGY = {
    "juju_model": "backups",
    "juju_model_uuid": "20c1b2a6-6a4c-4c2b-8b5d-1f9f5a0c7a11",
    "juju_application": "velero-operator",
}
MATCHERS = ",".join(f'{name}="{value}"' for name, value in TOPOLOGY.items())
SOURCE = rules.Source(
    "velero-operator",
    "backups",
    "backups_20c1b2a6_velero_operator",
    {**TOPOLOGY, "juju_charm": "velero-operator"},
    MATCHERS,
)
HOURLY = Watched(
    "m1.shop.backup", Client("shop", "backup", "m1"), "@hourly", limit=5400, since=9000
)
"""Its first backup is due after an hour; it may take half an hour, and is missed after two and a
half hours, since Prometheus' time begins at 0 in these tests."""
RULES = rules.groups(SOURCE, [HOURLY], nodes=2)
SUCCESS = 'velero_backup_last_successful_timestamp{schedule="m1.shop.backup"}'
ENDED = ("success", "partial_failure", "failure")


@dataclass(frozen=True)
class Case:
    """What an alert does some time after time series began.

    Attributes:
        alert: its name.
        says: the case in words.
        after: when to look.
        series: the values of time series in Prometheus' notation, a minute apart.
        fires: whether it is firing then.
    """

    alert: str
    says: str
    after: str
    series: dict[str, str] = field(default_factory=dict[str, str])
    fires: bool = False

    def __str__(self) -> str:
        return f"{self.alert}: {self.says}"


def up(values: str, component: str = "server", **labels: str) -> dict[str, str]:
    more = "".join(f',{name}="{value}"' for name, value in labels.items())
    return {f'up{{component="{component}"{more}}}': values}


def backups(begun: str, good: str, *, up_for: str = "1x999") -> dict[str, str]:
    """What the server says of backups made by hand."""
    values = {"attempt": begun, "success": good, "partial_failure": "0x999", "failure": "0x999"}
    series = {f'velero_backup_{how}_total{{schedule=""}}': each for how, each in values.items()}
    return series | up(up_for)


def agents(*values: str) -> dict[str, str]:
    named = (up(each, "node-agent", node=f"n{number}") for number, each in enumerate(values))
    return {series: each for one in named for series, each in one.items()}


SERVER = [
    Case("VeleroServerDown", "down for ten minutes", "15m", up("1 0x20"), fires=True),
    Case("VeleroServerDown", "back after eight minutes", "15m", up("1 0x8 1x20")),
    Case("VeleroServerDown", "another application's", "20m", {'up{component="x"}': "0x30"}),
]
LOCATION = [
    Case(
        "VeleroStorageLocationUnavailable",
        "unavailable for a quarter of an hour",
        "20m",
        {'velero_backup_location_status_gauge{backup_location_name="default"}': "1 0x30"},
        fires=True,
    ),
    Case(
        "VeleroStorageLocationUnavailable",
        "available",
        "1h",
        {'velero_backup_location_status_gauge{backup_location_name="default"}': "1x60"},
    ),
    Case("VeleroStorageLocationUnavailable", "no storage yet", "1h", up("1x60")),
]
STUCK = "VeleroBackupsNotMoving"
QUEUE = [
    Case(STUCK, "one begun long ago", "8h", backups("0x30 1x999", "0x999"), fires=True),
    Case(STUCK, "one begun this hour", "8h", backups("0x450 1x999", "0x999")),
    Case(STUCK, "one of two ended lately", "8h", backups("2x999", "0x300 1x999")),
    Case(STUCK, "nothing to do", "8h", backups("0x999", "0x999")),
    Case(STUCK, "all ended", "8h", backups("3x999", "3x999")),
    Case(STUCK, "lost by a restart", "9h", backups("5x99 0x999", "4x99 0x999")),
    Case(
        STUCK,
        "a server of five hours",
        "8h",
        backups("_x180 1x999", "_x180 0x999", up_for="_x180 1x999"),
    ),
]
AGENTS = "VeleroNodeAgentsMissing"
NODES = [
    Case(AGENTS, "one of two cannot be scraped", "20m", agents("1x60", "1 0x60"), fires=True),
    Case(AGENTS, "one pod of two is known", "20m", agents("1x60"), fires=True),
    Case(AGENTS, "no pod is known", "20m", fires=True),
    Case(AGENTS, "both there", "1h", agents("1x60", "1x60")),
    Case(AGENTS, "one replaced", "20m", agents("1x60", "1 0x9 1x50")),
]
CLIENTS = [
    Case("VeleroBackupOverdue", "last success too old", "3h", {SUCCESS: "60x999"}, fires=True),
    Case("VeleroBackupOverdue", "last success recent", "3h", {SUCCESS: "0x100 6000x999"}),
    Case("VeleroBackupOverdue", "not due since its change", "2h", {SUCCESS: "60x999"}),
    Case(
        "VeleroBackupOverdue",
        "another schedule's",
        "3h",
        {SUCCESS.replace("shop", "news"): "60x999"},
    ),
    Case("VeleroBackupMissing", "never a success", "3h", up("1x999"), fires=True),
    Case("VeleroBackupMissing", "not due yet", "2h", up("1x999")),
    Case("VeleroBackupMissing", "one success", "3h", up("1x999") | {SUCCESS: "60x999"}),
    Case("VeleroBackupMissing", "the server is down", "3h", up("1x100 0x999")),
    Case(
        "VeleroBackupMissing",
        "the server has just started",
        "185m",
        up("1x999") | {SUCCESS: "60x170 _x5 60x999"},
    ),
]


def counted() -> Iterator[Case]:
    for failure in FAILURES:
        label = "repository_name" if "maintenance" in failure.metric else "schedule"
        series = f'{failure.metric}{{{label}="m1.shop.backup"}}'
        case = Case(failure.alert, "counted", "40m", up("1x999"))
        cases = [
            ("the first", "40m", "0x30 1x300", True),
            ("a further one after a restart", "40m", "3x10 0x20 1x300", True),
            ("of a series that is new", "2h", "_x100 1x300", True),
            ("two hours ago", "150m", "0x30 1x300", False),
            ("a restart", "40m", "3x20 0x300", False),
            ("none", "40m", "0x300", False),
            ("before Prometheus looked", "30m", "3x300", False),
            ("before Prometheus looked, later", "2h", "3x300", False),
        ]
        for says, after, values, fires in cases:
            given = case.series | {series: values}
            yield replace(case, says=says, after=after, series=given, fires=fires)


CASES = [*SERVER, *LOCATION, *QUEUE, *NODES, *CLIENTS, *counted()]


@pytest.fixture(scope="module")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> Promtool:
    return Promtool(ensure_prometheus_tools(), tmp_path_factory.mktemp("promtool"))


def of_topology(series: str) -> str:
    return series.replace("{", "{" + MATCHERS + ",", 1)


def alerts() -> dict[str, dict[str, Any]]:
    every = (rule for group in RULES["groups"] for rule in group["rules"])
    return {rule["alert"]: rule for rule in every if "alert" in rule}


def test_the_rules_are_good(promtool: Promtool) -> None:
    assert promtool.check_rules(RULES) == ""
    assert "parse error" in promtool.check_rules(
        {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up ==="}]}]}
    )


def as_promtool(*cases: Case) -> dict[str, Any]:
    """One test of promtool for cases of several alerts that look at the same time."""
    series = {name: values for case in cases for name, values in case.series.items()}
    return {
        "interval": "1m",
        "input_series": [{"series": of_topology(n), "values": v} for n, v in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{case.alert}",alertstate="firing"}}) > 0',
                "eval_time": case.after,
                "exp_samples": [{"labels": "{}", "value": 1}] if case.fires else [],
            }
            for case in cases
        ],
    }


def test_an_alert_fires_when_it_has_to_and_only_then(promtool: Promtool) -> None:
    alike: dict[tuple[str, str], list[Case]] = {}
    for case in CASES:
        alike.setdefault((case.says, case.after), []).append(case)
    assert promtool.test_rules(RULES, *(as_promtool(*cases) for cases in alike.values())) == ""
    wrong = replace(CASES[0], fires=not CASES[0].fires)
    assert "FAILED" in promtool.test_rules(RULES, as_promtool(wrong))


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    for fires in (True, False):
        assert {case.alert for case in CASES if case.fires is fires} == set(alerts())


def test_an_alert_says_whose_backups_are_late(promtool: Promtool) -> None:
    labels = alerts()["VeleroBackupOverdue"]["labels"]
    assert (
        labels.items()
        >= {
            "client_application": "shop",
            "client_endpoint": "backup",
            "client_model": "m1",
            "severity": "critical",
        }.items()
    )
    expected = {
        "exp_labels": labels,
        "exp_annotations": {
            "summary": "The last good backup of shop:backup in model m1 is 2h 59m 0s old",
            "description": "It runs at '@hourly'. juju run -m backups velero-operator/leader "
            "list-backups app=shop model=m1 shows what became of its backups; list-clients "
            "shows what keeps it from having one",
        },
    }
    test = {
        "interval": "1m",
        "input_series": [{"series": of_topology(SUCCESS), "values": "60x999"}],
        "alert_rule_test": [
            {"eval_time": "3h", "alertname": "VeleroBackupOverdue", "exp_alerts": [expected]}
        ],
    }
    assert promtool.test_rules(RULES, test) == ""


def test_a_dashboard_can_compare_with_each_schedules_limit(promtool: Promtool) -> None:
    client = 'client_application="shop",client_endpoint="backup",client_model="m1"'
    labels = f'{rules.LIMIT}{{{MATCHERS},juju_charm="velero-operator",schedule="m1.shop.backup"'
    expected = [{"labels": f"{labels},{client}}}", "value": HOURLY.limit}]
    test = {
        "interval": "1m",
        "input_series": [],
        "promql_expr_test": [{"expr": rules.LIMIT, "eval_time": "5m", "exp_samples": expected}],
    }
    assert promtool.test_rules(RULES, test) == ""
