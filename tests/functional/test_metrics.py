"""Rules, panels and pages name only what Velero has, judged by Velero's own registry.

`tools/metrics` prints it: a server that runs shows a metric only when there is something to count,
and a node agent cannot run here.
"""

import itertools
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.cluster.prometheus import Promtool
from tests.cluster.tools import SOURCE as TOOLS
from tests.cluster.tools import ensure_prometheus_tools
from tests.functional.model import Model
from tests.functional.test_rules import HOURLY, SOURCE, TOPOLOGY

from monitoring import dashboard, rules, targets
from velero.backups.schedules import client_labels

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
DESCRIBED = re.compile(r'fqName: "(\w+)".*variableLabels: \{(.*?)\}')
SELECTOR = re.compile(r"([a-zA-Z_][\w:]*)\{([^}]*)\}")
EVERYWHERE = {*TOPOLOGY, "juju_charm", "component"}
"""Labels that Prometheus adds."""
CLIENT = {f"client_{key.rpartition('/')[2]}" for key in client_labels(HOURLY.client)}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The labels of each metric that Velero registers."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed")
    binary = tmp_path_factory.mktemp("metrics") / "metrics"
    build = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", str(binary)]
    subprocess.run([*build, "./metrics"], cwd=TOOLS, check=True, timeout=900)
    said = subprocess.run([binary], check=True, capture_output=True, text=True, timeout=60).stdout
    return {
        name: {*filter(None, re.split(", *", labels))} for name, labels in DESCRIBED.findall(said)
    }


@pytest.fixture(scope="module")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> Promtool:
    return Promtool(ensure_prometheus_tools(), tmp_path_factory.mktemp("promtool"))


def expressions() -> Iterator[str]:
    for group in rules.groups(SOURCE, [HOURLY], nodes=2)["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    board = dashboard.dashboard("0" * 40, "velero-operator")
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    for variable in board["templating"]["list"]:
        yield variable["query"]["query"].removeprefix("label_values(").rpartition(",")[0]


def known(registry: dict[str, set[str]], metric: str) -> set[str] | None:
    """The labels of a metric with those that Prometheus adds; None if there is no such metric."""
    if metric == "up":
        return {*EVERYWHERE, "node"}
    if metric == rules.LIMIT:
        return {*EVERYWHERE, "schedule"} | CLIENT
    of_histogram = re.sub(r"_(sum|count|bucket)$", "", metric)
    found = registry.get(metric, registry.get(of_histogram))
    return None if found is None else found | EVERYWHERE


def unknown(registry: dict[str, set[str]], expression: str) -> list[str]:
    """What a rule or panel names and Velero does not have."""
    wrong: list[str] = []
    selected = SELECTOR.findall(expression)
    labels = {label for metric, _ in selected for label in known(registry, metric) or ()}
    for metric, matchers in selected:
        there = known(registry, metric)
        used = set(re.findall(r"(\w+)[=!]", matchers))
        wrong += [metric] if there is None else sorted(used - there)
    for grouped in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression):
        wrong += sorted({*filter(None, re.split(", *", grouped))} - labels)
    return wrong


def test_every_metric_and_label_exists(registry: dict[str, set[str]]) -> None:
    assert len(registry) > 40
    for expression in expressions():
        assert SELECTOR.search(expression) or expression.startswith("vector(")
        assert unknown(registry, expression) == [], expression
    assert unknown(registry, 'velero_backup_atempt_total{timetable="x"}') == [
        "velero_backup_atempt_total"
    ]
    assert unknown(registry, 'sum by (nod) (velero_backup_attempt_total{timetable="x"})') == [
        "timetable",
        "nod",
    ]


def test_labels_in_texts_exist(registry: dict[str, set[str]]) -> None:
    for group in rules.groups(SOURCE, [HOURLY], nodes=2)["groups"]:
        for rule in group["rules"]:
            used = set(re.findall(r"\$labels\.(\w+)", str(rule.get("annotations", ""))))
            metrics = [
                known(registry, metric) or set() for metric, _ in SELECTOR.findall(rule["expr"])
            ]
            assert used <= set(itertools.chain(*metrics))


def test_every_query_parses(promtool: Promtool) -> None:
    for expression in expressions():
        query = expression.replace("$__rate_interval", "5m")
        assert promtool.check_query(query) == "", query
    assert "parse error" in promtool.check_query("sum(up{)")


def test_the_page_lists_what_there_is(registry: dict[str, set[str]]) -> None:
    rows = re.findall(
        r"^\| `(velero_\w+|podVolume_\w+)` \| ([^|]*)\|", PAGE.read_text(), re.MULTILINE
    )
    listed = {metric: {*re.findall(r"`(\w+)`", labels)} for metric, labels in rows}
    assert listed == registry


def test_a_server_that_runs_shows_what_is_registered_and_listens_where_it_is_looked_for(
    model: Model, registry: dict[str, set[str]]
) -> None:
    model.ready()
    model.succeed("backup create b --wait")
    address = model.cluster.kubelet.metrics_address(model.namespace)
    text = httpx2.get(f"http://{address}/metrics", trust_env=False).text
    shown = re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)
    ours = {name for name in shown if name.startswith("velero_")}
    assert len(ours) > 20
    assert ours <= set(registry)
    (port,) = model.api.get("Service", "velero-metrics")["spec"]["ports"]
    assert port["port"] == targets.PORT
