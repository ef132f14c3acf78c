"""What Prometheus is to scrape: the server's Service and every pod of the node agent. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from velero import total
from velero.kubernetes.resources import Object

PORT: Final = 8085
"""Of server and node agent (velero pkg/cmd/server/config/config.go, ``defaultMetricsAddress``)."""

COMPONENT: Final = "component"
SERVER: Final = "server"
NODE_AGENT: Final = "node-agent"

Agents = dict[str, str]
"""Addresses of the node agent's pods, by the names of their nodes."""


def agents(pods: Iterable[Object]) -> Agents:
    """Where the node agent's pods are; one that has no address yet is left out."""
    found: Agents = {}
    for pod in pods:
        node, address = total.text(pod, "spec", "nodeName"), total.text(pod, "status", "podIP")
        if node and address and "deletionTimestamp" not in total.mapping(pod, "metadata"):
            found[node] = address
    return dict(sorted(found.items()))


def jobs(namespace: str, agents: Agents) -> list[dict[str, Any]]:
    """The scrape jobs, as the interface ``prometheus_scrape`` wants them.

    A name without the cluster's domain is found from every namespace of the cluster. The
    consumer gives all fixed targets of an application one ``instance``, so that labels of ours
    have to tell them apart; a node agent's metrics have the same label ``node``.
    """
    server = {
        "job_name": "velero-server",
        "metrics_path": "/metrics",
        "static_configs": [
            {
                "targets": [f"velero-metrics.{namespace}.svc:{PORT}"],
                "labels": {COMPONENT: SERVER},
            }
        ],
    }
    node_agent = {
        "job_name": "velero-node-agent",
        "metrics_path": "/metrics",
        "static_configs": [
            {
                "targets": [_address(address)],
                "labels": {COMPONENT: NODE_AGENT, "node": node},
            }
            for node, address in agents.items()
        ],
        "metric_relabel_configs": [{"action": "labeldrop", "regex": "exported_node"}],
    }
    return [server, node_agent] if agents else [server]


def _address(host: str) -> str:
    return f"[{host}]:{PORT}" if ":" in host else f"{host}:{PORT}"
