"""The alert rules: some for the server, and a set for each schedule. Pure.

What Velero's metrics do not say shaped them:

- ``velero_backup_last_status`` becomes 1 again within a minute of a failure (velero
  pkg/controller/schedule_controller.go calls ``InitSchedule`` each time): nothing may rest on it.
- Counters start at zero with the server. Most show it, so that ``increase`` sees the first
  failure; those with a label that is not known before do not, which ``_counted`` is for.
- A backup that a restart of the server ended is counted nowhere; it is missed when it is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitoring.failures import FAILURES, Failure
from monitoring.targets import COMPONENT, NODE_AGENT, SERVER
from monitoring.watched import Watched

Rule = dict[str, Any]

LIMIT: Final = "velero_operator:backup_age_limit:seconds"
"""Recorded for each schedule, with its client as labels: what a dashboard compares ages with."""

STUCK: Final = "6h"
"""More than Velero's own limits for what a backup waits for (``--fs-backup-timeout`` and
``--item-operation-timeout``: 4h)."""

_SUCCESS: Final = "velero_backup_last_successful_timestamp"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the metrics come from.

    Attributes:
        application: the Juju application.
        model: its model, which is its namespace.
        identifier: of the application, for names of groups.
        labels: Juju topology, for every rule.
        matchers: the same as matchers of PromQL, for every selector.
    """

    application: str
    model: str
    identifier: str
    labels: Mapping[str, str]
    matchers: str

    def select(self, metric: str, *more: str) -> str:
        """A selector of a metric of this application alone."""
        return f"{metric}{{{','.join([self.matchers, *more])}}}"

    def up(self, component: str) -> str:
        """The selector of what scraping a component said."""
        return self.select("up", f'{COMPONENT}="{component}"')

    def run(self, action: str) -> str:
        """The command for an action."""
        return f"juju run -m {self.model} {self.application}/leader {action}"

    def kubectl(self, command: str) -> str:
        """The kubectl command in the model's namespace."""
        return f"kubectl -n {self.model} {command}"


def groups(
    source: Source, schedules: Iterable[Watched], nodes: int
) -> dict[str, list[dict[str, Any]]]:
    """All rules in Prometheus' format.

    Args:
        source: where the metrics come from.
        schedules: those that run.
        nodes: how many nodes are to have a node agent; 0 if it is not wanted.
    """
    server = [_server_down(source), _location(source), _stuck(source)]
    server += [_counted(source, failure) for failure in FAILURES]
    server += [_node_agents(source, nodes)] if nodes else []
    clients = [rule for each in schedules for rule in _schedule(source, each)]
    named = {"server": server, "schedules": clients}
    return {
        "groups": [
            {"name": f"{source.identifier}_velero_{name}_rules", "rules": rules}
            for name, rules in named.items()
            if rules
        ]
    }


def _alert(source: Source, name: str, expr: str, severity: str, **more: Any) -> Rule:  # noqa: ANN401
    """An alert; `more` are its summary, description, and what else a rule can have."""
    annotations = {key: more.pop(key) for key in ("summary", "description")}
    labels = {**source.labels, **more.pop("labels", {}), "severity": severity}
    return {"alert": name, "expr": expr, **more, "labels": labels, "annotations": annotations}


def _server_down(source: Source) -> Rule:
    return _alert(
        source,
        "VeleroServerDown",
        f"{source.up(SERVER)} == 0",
        "critical",
        **{"for": "10m"},
        summary=f"The Velero server of {source.application} cannot be scraped",
        description="No backup is made while it is down. Look at its pod: "
        + source.kubectl("describe pod -l deploy=velero")
        + f", and at juju status -m {source.model} {source.application}",
    )


def _location(source: Source) -> Rule:
    return _alert(
        source,
        "VeleroStorageLocationUnavailable",
        f"{source.select('velero_backup_location_status_gauge')} == 0",
        "critical",
        **{"for": "15m"},
        summary="Velero cannot use the storage location {{ $labels.backup_location_name }}",
        description="No backup can be made or restored. Velero's reason: "
        + source.kubectl("get backupstoragelocation -o yaml")
        + f"; juju status -m {source.model} shows it in short",
    )


def _stuck(source: Source) -> Rule:
    """Begun and not ended: Velero has no metric for its queue, which waits behind those."""
    ended = [f"velero_backup_{how}_total" for how in ("success", "partial_failure", "failure")]
    begun = f"sum({source.select('velero_backup_attempt_total')})"
    done = " - ".join(f"sum({source.select(metric)})" for metric in ended)
    moved = " + ".join(f"sum(increase({source.select(m)}[{STUCK}]))" for m in ended)
    started = f"sum(increase({source.select('velero_backup_attempt_total')}[{STUCK}]))"
    old = f"{source.up(SERVER)} offset {STUCK} == 1"
    return _alert(
        source,
        "VeleroBackupsNotMoving",
        f"({begun} - {done} > 0) and ({moved} + {started} == 0) and on() ({old})",
        "warning",
        summary=f"Backups are in progress, and none has begun or ended for {STUCK}",
        description="Others wait behind them. See which: "
        + source.run("list-backups status=inprogress")
        + "; then what they wait for: "
        + source.run("run command='backup describe NAME --details'"),
    )


def _node_agents(source: Source, nodes: int) -> Rule:
    return _alert(
        source,
        "VeleroNodeAgentsMissing",
        f"(count({source.up(NODE_AGENT)} == 1) or vector(0)) < {nodes}",
        "warning",
        **{"for": "15m"},
        summary=f"The node agent runs on {{{{ $value }}}} of {nodes} nodes",
        description="Volumes of pods on the other nodes are not backed up. See which: "
        + source.kubectl("get pods -l name=node-agent -o wide"),
    )


def _counted(source: Source, failure: Failure) -> Rule:
    """Something failed in the last hour.

    A series that is new and not zero counts too, if the server was scraped when it was not there
    yet: else failures from before Prometheus began to look would be news.
    """
    metric = source.select(failure.metric)
    fresh = f"({metric} > 0 unless {metric} offset 1h)"
    there = f"({source.up(SERVER)} offset 1h == 1)"
    command = source.kubectl if failure.by_kubectl else source.run
    return _alert(
        source,
        failure.alert,
        f"increase({metric}[1h]) > 0 or {fresh} and on() {there}",
        failure.severity,
        summary=failure.summary,
        description=f"{failure.meaning} {command(failure.command)}",
    )


def _schedule(source: Source, watched: Watched) -> list[Rule]:
    """A limit to compare with, and what is said when the last good backup is older or missing."""
    client = watched.client
    labels = {
        "schedule": watched.schedule,
        "client_application": client.application,
        "client_endpoint": client.endpoint,
        "client_model": client.model,
    }
    recorded = {"record": LIMIT, "expr": f"vector({watched.limit})"}
    success = source.select(_SUCCESS, f'schedule="{watched.schedule}"')
    due = f"and on() (vector(time()) > {watched.since})"
    whose = f"{client} in model {client.model}"
    overdue = f"time() - {success} > {watched.limit} {due}"
    old = f"The last good backup of {whose} is {{{{ $value | humanizeDuration }}}} old"
    missing = f"absent({success}) and on() ({source.up(SERVER)} == 1) {due}"
    more = {"labels": labels, "description": _next(source, watched)}
    # After its start the server counts its backups once in a minute
    late = {"for": "15m", **more}
    none = f"There is no good backup of {whose}"
    return [
        {**recorded, "labels": {**source.labels, **labels}},
        _alert(source, "VeleroBackupOverdue", overdue, "critical", summary=old, **more),
        _alert(source, "VeleroBackupMissing", missing, "critical", summary=none, **late),
    ]


def _next(source: Source, watched: Watched) -> str:
    client = watched.client
    listing = source.run(f"list-backups app={client.application} model={client.model}")
    return (
        f"It runs at '{watched.cron}'. {listing} shows what became of its backups; list-clients "
        "shows what keeps it from having one"
    )
