"""What the charm publishes for Prometheus, in a real one that scrapes the real Velero."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cluster import integrators
from tests.cluster.application import Integration
from tests.cluster.cluster import Cluster
from tests.cluster.processes import Processes
from tests.cluster.prometheus import Prometheus, scrape_config
from tests.cluster.proxy import ApiProxy
from tests.cluster.tools import ensure_prometheus_tools
from tests.functional import client
from tests.functional.model import Model

METRICS = "metrics-endpoint"
DAILY = {"include_namespaces": ["shop"], "schedule": "0 2 * * *"}


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Prometheus]:
    processes = Processes(tmp_path)
    yield Prometheus(ensure_prometheus_tools(), tmp_path, processes)
    processes.stop()


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[ApiProxy]:
    with ApiProxy(cluster.url, cluster.ca, cluster.admin_token) as proxy:
        yield proxy


@pytest.fixture
def counted(cluster: Cluster, namespace: str, proxy: ApiProxy) -> Iterator[Model]:
    """A model whose charm's requests are counted; the charm is active."""
    model = Model(cluster, namespace, kubeconfig=proxy.kubeconfig(cluster.admin_token))
    model.ready()
    yield model
    model.api.close()


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
