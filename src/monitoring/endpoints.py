"""What the charm tells Prometheus and Grafana, and what they say to it.

::

    Desired + Observed ── watched (cadence, when each is late) ──▶ [Watched]
    [Watched] ── rules, targets, panels (pure) ──▶ JSON ── here ──▶ databags

Imported by every hook: what is only needed with a relation is imported then.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import ops

from inputs import databags
from inputs.related import Related
from velero import total
from velero.errors import VeleroError
from velero.installation.ownership import foreign_installation
from velero.installation.workloads import NODE_AGENT
from velero.kubernetes import resources as k8s
from velero.observed import Observed
from velero.problem import Need, Problem
from velero.total import plain

if TYPE_CHECKING:
    from cosl import JujuTopology

    from velero.desired import Desired
    from velero.velero import Velero

logger = logging.getLogger(__name__)

METRICS: Final = "metrics-endpoint"
DASHBOARD: Final = "grafana-dashboard"
ENDPOINTS: Final = (METRICS, DASHBOARD)

_SHOWN: Final = 200


class Monitoring(ops.Object):
    """The two endpoints of the charm.

    Args:
        charm: whose endpoints they are.
    """

    _seen = ops.StoredState()
    """A question saved: where the node agent's pods were when its DaemonSet changed last."""

    def __init__(self, charm: ops.CharmBase) -> None:
        super().__init__(charm, "monitoring")
        self._charm = charm
        self._seen.set_default(daemon_set="", agents={})
        self._related = Related(charm, "monitoring", ENDPOINTS)

    def publish(self, desired: Desired, observed: Observed, velero: Velero) -> list[Problem]:
        """Tell what changed, and take note of what the other side makes of it.

        Args:
            desired: the schedules that are wanted.
            observed: what became of them.
            velero: asked for the node agent's pods when these have changed.

        Returns:
            what the other side cannot use.
        """
        metrics, dashboards = self._related.of(METRICS), self._related.of(DASHBOARD)
        for relation in metrics:
            _put(relation.data[self.model.unit], self._address(relation))
        ours = observed.deployment and not foreign_installation(desired, observed)
        if self.model.unit.is_leader() and ours:
            data: dict[str, Mapping[str, str]] = {}
            if metrics:
                data[METRICS] = self._metrics(desired, observed, velero)
            if dashboards:
                data[DASHBOARD] = self._dashboards()
            for relation in (*metrics, *dashboards):
                _put(relation.data[self.model.app], data[relation.name])
        return [*complaints([*metrics, *dashboards])]

    def _address(self, relation: ops.Relation) -> Mapping[str, str]:
        binding = self.model.get_binding(relation)
        address = binding and binding.network.bind_address
        name = {"prometheus_scrape_unit_name": self.model.unit.name}
        return name | {"prometheus_scrape_unit_address": str(address)} if address else {}

    def _topology(self) -> JujuTopology:
        from cosl import JujuTopology

        return JujuTopology.from_charm(self._charm)

    def _metrics(self, desired: Desired, observed: Observed, velero: Velero) -> Mapping[str, str]:
        from monitoring import rules, targets, watched

        topology = self._topology()
        source = rules.Source(
            application=topology.application,
            model=topology.model,
            identifier=topology.identifier.replace("-", "_"),
            labels=topology.label_matcher_dict,
            matchers=topology.alert_expression_str,
        )
        daemon_set = observed.get(k8s.DAEMON_SET, NODE_AGENT) or {}
        nodes = total.number(daemon_set, "status", "desiredNumberScheduled")
        agents = self._agents(daemon_set, velero) if daemon_set else {}
        schedules = watched.watched(desired, observed)
        return {
            "scrape_metadata": _text(topology.as_dict()),
            "scrape_jobs": _text(targets.jobs(desired.namespace, agents)),
            "alert_rules": _text(rules.groups(source, schedules, nodes)),
        }

    def _agents(self, daemon_set: k8s.Object, velero: Velero) -> dict[str, str]:
        """Addresses of the node agent's pods.

        A pod that comes or goes changes the DaemonSet's status, and so its version.
        """
        from monitoring import targets

        version = total.text(daemon_set, "metadata", "resourceVersion")
        if self._seen.daemon_set != version:
            try:
                pods = velero.cluster.list(k8s.POD, {"name": NODE_AGENT})
            except VeleroError as error:
                logger.warning("The node agent's pods are not known: %s", error)
            else:
                self._seen.agents = targets.agents(pods)
                self._seen.daemon_set = version
        return dict(cast("dict[str, str]", self._seen.agents))

    def _dashboards(self) -> Mapping[str, str]:
        from cosl import DashboardPath40UID, LZMABase64

        from monitoring import dashboard

        charm = self._topology().charm_name or ""
        uid = DashboardPath40UID.generate(charm, "velero")
        content = LZMABase64.compress(_text(dashboard.dashboard(uid, charm)))
        template: dict[str, Any] = {
            "charm": charm,
            "content": content,
            # With a topology, Grafana's charm would show this application alone, and only what
            # its leader's unit is labelled with, which is nothing
            "juju_topology": {},
            "inject_dropdowns": True,
            "dashboard_alt_uid": uid,
        }
        # The library's random uuid would be a change each time
        said: dict[str, Any] = {"templates": {"file:velero": template}, "uuid": content[-24:]}
        return {"dashboards": _text(said)}


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps(value, sort_keys=True)


def _put(bag: ops.RelationDataContent, data: Mapping[str, str]) -> None:
    """Write what differs: each write wakes the other side."""
    for key, text in data.items():
        if bag.get(key) != text:
            bag[key] = text


def complaints(relations: list[ops.Relation]) -> Iterator[Problem]:
    """What the other sides say is wrong with rules, jobs or dashboards."""
    for relation in relations:
        who, said = relation.app.name, databags.bag(relation).get("event", "{}")
        event = databags.document(said)
        if not isinstance(event, dict):
            where = f"{who} answers on {relation.name} with an event"
            yield Problem(Need.NOTE, f"{where} that is no JSON object; upgrade {who}")
        elif what := _reason(cast("dict[str, Any]", event)):
            whom = f"{who} refuses what {relation.name} tells it"
            yield Problem(Need.NOTE, f"{whom}: {what}")


def _reason(event: Mapping[str, Any]) -> str:
    """The errors of an event, as one line; empty if there are none."""
    parts = [event.get("errors"), event.get("scrape_job_errors")]
    texts = [part if isinstance(part, str) else json.dumps(part) for part in parts if part]
    return plain("; ".join(texts), _SHOWN)
