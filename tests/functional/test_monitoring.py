"""What the charm publishes for Prometheus, in a real one that scrapes the real Velero."""

import base64
import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import ops
import pytest
from tests.cluster import integrators
from tests.cluster.application import Integration
from tests.cluster.cluster import Cluster
from tests.cluster.processes import Processes
from tests.cluster.prometheus import Prometheus, scrape_config
from tests.cluster.proxy import ApiProxy
from tests.cluster.tools import ensure_prometheus_tools
from tests.functional import client
from tests.functional.api import Object
from tests.functional.model import Model

METRICS = "metrics-endpoint"
DAILY = {"include_namespaces": ["shop"], "schedule": "0 2 * * *"}


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Prometheus]:
    processes = Processes(tmp_path)
    yield Prometheus(ensure_prometheus_tools(), tmp_path, processes)
    processes.stop()


@pytest.fixture
def counted(proxied: Model) -> Model:
    """A model whose charm's requests are counted; the charm is active."""
    proxied.ready()
    return proxied


def relate(model: Model) -> Integration:
    remote = integrators.DataBag({}, app="prometheus", endpoint=METRICS)
    return model.juju.integrate(METRICS, remote)


def published(model: Model, relation: Integration) -> Mapping[str, str]:
    return model.juju.state().get_relation(relation.id).local_app_data


def jobs(model: Model, relation: Integration) -> list[dict[str, Any]]:
    return json.loads(published(model, relation)["scrape_jobs"])


def rules(model: Model, relation: Integration) -> dict[str, Any]:
    return json.loads(published(model, relation)["alert_rules"])


def alerts(model: Model, relation: Integration) -> list[str]:
    found = (rule for group in rules(model, relation)["groups"] for rule in group["rules"])
    return [rule["alert"] for rule in found if "alert" in rule]


def test_prometheus_scrapes_velero_with_what_is_published_and_an_alert_fires(
    model: Model, prometheus: Prometheus
) -> None:
    model.ready()
    client.relate(model, DAILY)
    relation = relate(model)
    service = f"velero-metrics.{model.namespace}.svc:8085"
    server = model.cluster.kubelet.metrics_address(model.namespace)
    bag = published(model, relation)
    prometheus.start(scrape_config(bag, {service: server}), json.loads(bag["alert_rules"]))
    prometheus.until(lambda: bool(prometheus.query("velero_backup_attempt_total")))
    schedules = {
        each["metric"].get("schedule", "")
        for each in prometheus.query("velero_backup_attempt_total")
    }
    assert schedules == {"", "m1.shop.backup"}
    (up,) = prometheus.query('up{component="server"}')
    assert up["metric"]["juju_application"] == "velero-operator"
    assert up["metric"]["juju_model"] == model.namespace
    assert up["value"][1] == "1"
    prometheus.until(lambda: all(rule["health"] == "ok" for rule in prometheus.rules()))
    assert not [rule for rule in prometheus.rules() if rule.get("alerts")]
    lost = {"metadata": {"name": "lost"}, "spec": {"storageLocation": "nowhere"}}
    model.api.create("Backup", lost)
    prometheus.until(lambda: firing(prometheus) == {"VeleroBackupValidationFailed"})


def firing(prometheus: Prometheus) -> set[str]:
    return {
        each["metric"]["alertname"] for each in prometheus.query('ALERTS{alertstate="firing"}')
    }


def test_alerts_follow_the_schedules(model: Model) -> None:
    model.ready()
    relation = relate(model)
    assert not {"VeleroBackupOverdue", "VeleroBackupMissing"} & set(alerts(model, relation))
    shop = client.relate(model, DAILY)
    assert alerts(model, relation).count("VeleroBackupOverdue") == 1
    assert overdue(model, relation) == [str(30 * 3600)]
    client.edit(model, shop, DAILY | {"schedule": "@every 4h"})
    assert overdue(model, relation) == [str(5 * 3600)]
    client.edit(model, shop, DAILY | {"paused": True})
    assert overdue(model, relation) == []
    client.edit(model, shop, DAILY)
    assert overdue(model, relation) == [str(30 * 3600)]
    model.juju.break_relation("s3-credentials")  # its Schedule pauses: there is nowhere to go
    assert overdue(model, relation) == []
    model.relate()
    assert overdue(model, relation) == [str(30 * 3600)]
    model.juju.break_relation(shop)
    assert overdue(model, relation) == []


def overdue(model: Model, relation: Integration) -> list[str]:
    """The limits that the alerts compare with."""
    found = (rule for group in rules(model, relation)["groups"] for rule in group["rules"])
    exprs = [rule["expr"] for rule in found if rule.get("alert") == "VeleroBackupOverdue"]
    return [expr.partition("} > ")[2].partition(" ")[0] for expr in exprs]


def test_a_steady_hook_asks_no_more_and_says_nothing_again(
    counted: Model, proxy: ApiProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.relate(counted, DAILY)
    counted.juju.config(use_node_agent=True)
    relation = relate(counted)
    drawn = counted.juju.integrate("grafana-dashboard", integrators.DataBag({}, app="grafana"))
    said = published(counted, relation), published(counted, drawn)
    written: list[str] = []

    def noted(_: ops.RelationDataContent, key: str, __: str) -> None:
        written.append(key)

    monkeypatch.setattr(ops.RelationDataContent, "__setitem__", noted)
    proxy.clear()
    counted.juju.update_status()
    assert written == []
    assert 0 < len(proxy.requests) <= 10, [str(request) for request in proxy.requests]
    assert (published(counted, relation), published(counted, drawn)) == said


def test_every_pod_of_the_node_agent_is_scraped_and_looked_for_when_one_changes(
    counted: Model, proxy: ApiProxy
) -> None:
    relation = relate(counted)
    assert [job["job_name"] for job in jobs(counted, relation)] == ["velero-server"]
    counted.juju.config(use_node_agent=True)
    (pod,) = agents(counted)
    assert scraped(counted, relation) == {pod["spec"]["nodeName"]: "127.0.0.1:8085"}
    assert "VeleroNodeAgentsMissing" in alerts(counted, relation)
    counted.juju.update_status()
    proxy.clear()
    counted.juju.update_status()
    assert not questions(proxy)
    counted.api.delete("Pod", pod["metadata"]["name"])
    uid = pod["metadata"]["uid"]
    counted.api.until(lambda: [p["metadata"]["uid"] for p in agents(counted)] not in ([], [uid]))
    counted.api.until(
        lambda: counted.api.get("DaemonSet", "node-agent")["status"]["numberReady"] == 1
    )
    counted.juju.update_status()
    assert len(questions(proxy)) == 1
    assert scraped(counted, relation) == {pod["spec"]["nodeName"]: "127.0.0.1:8085"}
    counted.juju.config(use_node_agent=False)
    assert [job["job_name"] for job in jobs(counted, relation)] == ["velero-server"]


def agents(model: Model) -> list[Object]:
    pods = model.api.list("Pod")
    return [pod for pod in pods if pod["metadata"]["labels"].get("name") == "node-agent"]


def questions(proxy: ApiProxy) -> list[str]:
    """The requests for the node agent's pods."""
    return [str(each) for each in proxy.requests if "/pods" in str(each)]


def scraped(model: Model, relation: Integration) -> dict[str, str]:
    _, job = jobs(model, relation)
    return {each["labels"]["node"]: each["targets"][0] for each in job["static_configs"]}


def test_what_prometheus_cannot_use_is_shown_and_velero_works_on(model: Model) -> None:
    model.ready()
    relation = relate(model)
    model.juju.set_data(relation, event='{"errors": "group g: bad rule"}')
    said = "prometheus refuses what metrics-endpoint tells it: group g: bad rule"
    assert model.unit() == ("active", said)
    model.juju.set_data(relation, event=None)
    assert model.unit() == ("active", "")


def test_each_unit_says_where_it_is_and_the_leader_the_rest(
    cluster: Cluster, namespace: str
) -> None:
    model = Model(cluster, namespace, units=2)
    model.ready()
    relation = relate(model)
    bags = [model.juju.state(unit).get_relation(relation.id) for unit in (0, 1)]
    for number, bag in enumerate(bags):
        data = bag.local_unit_data
        assert data["prometheus_scrape_unit_name"] == f"velero-operator/{number}"
        assert data["prometheus_scrape_unit_address"]
    metadata = json.loads(bags[0].local_app_data["scrape_metadata"])
    assert metadata["application"] == "velero-operator"
    assert metadata["model"] == namespace
    assert metadata["charm_name"] == "velero-operator"
    model.api.close()


def test_grafana_gets_the_dashboard_as_its_charm_reads_it(model: Model) -> None:
    model.ready()
    drawn = model.juju.integrate("grafana-dashboard", integrators.DataBag({}, app="grafana"))
    said = json.loads(published(model, drawn)["dashboards"])
    (template,) = said["templates"].values()
    assert template["inject_dropdowns"] is True
    assert template["juju_topology"] == {}
    board = json.loads(lzma.decompress(base64.b64decode(template["content"])))
    assert board["title"] == "Velero"
    assert board["uid"] == template["dashboard_alt_uid"]
    assert len(board["uid"]) == 40
    assert "charm: velero-operator" in board["tags"]
