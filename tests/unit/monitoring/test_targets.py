"""What Prometheus is told to scrape."""

from typing import Any

from monitoring import targets


def pod(node: str, address: str = "", **metadata: str) -> dict[str, Any]:
    return {"metadata": metadata, "spec": {"nodeName": node}, "status": {"podIP": address}}


def test_only_pods_with_an_address_that_stay_are_scraped() -> None:
    nowhere: dict[str, Any] = {"metadata": {}, "spec": {}}
    pods = [pod("b", "10.0.0.2"), pod("a", "10.0.0.1"), pod("c"), nowhere]
    pods.append(pod("d", "10.0.0.3", deletionTimestamp="2026-11-01T12:00:00Z"))
    assert list(targets.agents(pods).items()) == [("a", "10.0.0.1"), ("b", "10.0.0.2")]


def test_every_node_agent_is_a_target_with_its_node() -> None:
    server, agents = targets.jobs("backups", {"a": "10.0.0.1", "b": "fd00::1"})
    assert server["static_configs"] == [
        {"targets": ["velero-metrics.backups.svc:8085"], "labels": {"component": "server"}}
    ]
    assert agents["static_configs"] == [
        {"targets": ["10.0.0.1:8085"], "labels": {"component": "node-agent", "node": "a"}},
        {"targets": ["[fd00::1]:8085"], "labels": {"component": "node-agent", "node": "b"}},
    ]


def test_without_node_agents_the_server_is_all() -> None:
    assert [job["job_name"] for job in targets.jobs("backups", {})] == ["velero-server"]
