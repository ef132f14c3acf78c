"""What Prometheus and Grafana are told leads to what is there."""

import base64
import json
import lzma
from collections.abc import Iterator

import pytest
from tests.integration.application import APP, SECONDS, Application

METRICS, DASHBOARD = "metrics-endpoint", "grafana-dashboard"
OBSERVER = "observer"
UNIT = f"{OBSERVER}/0"


@pytest.fixture(scope="module", autouse=True)
def deployed(app: Application) -> Iterator[None]:
    app.deploy(trust=True)
    app.until("blocked", "Missing storage")
    app.observe(OBSERVER)
    yield
    app.juju.remove_application(OBSERVER, APP)
    app.juju.wait(lambda seen: not seen.apps, timeout=SECONDS)


def test_prometheus_is_led_to_the_metrics_service_and_gets_alerts(app: Application) -> None:
    app.integrate(METRICS, f"{OBSERVER}:metrics")
    app.world.eventually(
        lambda: "scrape_jobs" in app.told(UNIT, "metrics"), "there are scrape jobs"
    )
    bag = app.told(UNIT, "metrics")
    jobs = json.loads(bag["scrape_jobs"])
    targets = [each for job in jobs for each in job["static_configs"][0]["targets"]]
    (port,) = app.world.get("Service", "velero-metrics")["spec"]["ports"]
    assert f"velero-metrics.{app.world.namespace}.svc:{port['port']}" in targets
    assert [rule for group in json.loads(bag["alert_rules"])["groups"] for rule in group["rules"]]


def test_grafana_gets_a_dashboard(app: Application) -> None:
    app.integrate(DASHBOARD, f"{OBSERVER}:dashboards")
    app.world.eventually(
        lambda: "dashboards" in app.told(UNIT, "dashboards"), "there is a dashboard"
    )
    (template,) = json.loads(app.told(UNIT, "dashboards")["dashboards"])["templates"].values()
    assert json.loads(lzma.decompress(base64.b64decode(template["content"])))["panels"]
