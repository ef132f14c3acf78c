"""The façade that the charm and its actions hold: observe, reconcile, remove."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Final

from velero import holding, plan, reading
from velero.backups import identity, scheduling
from velero.cli.process import Cli
from velero.desired import CrdsOnRemove, Desired
from velero.installation import (
    checks,
    custody,
    defined,
    definitions,
    lost_definitions,
    manifests,
    ownership,
    permission,
    pod_security,
    repository_password,
    trust,
    workloads,
)
from velero.installation.permission import Permission
from velero.installation.pods import is_settled, newest
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.live import Live
from velero.kubernetes.resources import Key, Object
from velero.observed import Observed, is_everywhere, is_rolled_out
from velero.removal import abandoned, removing, terminating
from velero.removal.removing import Removed, Time
from velero.removal.waiting import Telling
from velero.storage import location, objects, remembered, unmarked

logger = logging.getLogger(__name__)

_SERVERS: Final = {"deploy": "velero"}
"""Labels of the server's pods (velero pkg/install/deployment.go)."""


class Velero:
    """One Velero in one namespace.

    Args:
        cluster: the Kubernetes API, in the model's namespace.
        cli: the velero CLI.
        patience: how many seconds to watch what was changed come up, at the most.
    """

    def __init__(self, cluster: Cluster, cli: Cli, patience: float = 60.0) -> None:
        self.cluster = cluster
        self.cli = cli
        self.patience = patience

    def observe(self, desired: Desired, *, sparing: bool = False) -> Observed:
        """What is there now of all that we answer for.

        Args:
            desired: what to look for.
            sparing: send fewer requests, as ``reading.read`` tells.

        Raises:
            ClusterError: the API server cannot be asked.
        """
        with trust.unless_missing(self.cluster):
            return self._look(reading.read(self.cluster, desired, sparing=sparing)[0])
        return Observed(trusted=False)

    def reconcile(
        self,
        desired: Desired,
        may_write: Callable[[], bool],
        *,
        force: bool = False,
        sparing: bool = False,
        only_first: bool = False,
    ) -> Observed:
        """Make the cluster what is desired, writing only what differs.

        Args:
            desired: what to work towards.
            may_write: asked again before what comes after a wait, as leadership may have gone.
            force: change also what interrupts an operation that is in progress.
            sparing: send fewer requests, as ``reading.read`` tells.
            only_first: write only where no server of ours is installed yet.

        Returns:
            what is there afterwards; unchanged where it is someone else's or untrusted.

        Raises:
            VeleroError: it stopped half-way; the next call goes on from there.
        """
        with trust.unless_missing(self.cluster):
            found, resting = reading.read(self.cluster, desired, sparing=sparing)
            observed = self._look(found)
            if only_first and observed.deployment:
                return observed
            with terminating.explained(self.cluster, desired):
                return self._write(desired, observed, resting, may_write, force=force)
        return Observed(trusted=False)

    def _write(
        self,
        desired: Desired,
        observed: Observed,
        resting: Collection[str],
        may_write: Callable[[], bool],
        *,
        force: bool,
    ) -> Observed:
        if remembered.planted(observed):
            logger.warning(remembered.NOT_OURS)
        live = Live(self.cluster, dict(observed.objects), self.patience)
        desired = self._with_owner(remembered.recalled(desired, observed), live)
        terminating.look(self.cluster, desired, live.objects)
        definitions.release(live)
        abandoned.clear(self.cluster, desired, live, self.patience)
        rendered = self._rendered(desired, observed, resting)
        self._look_for_foreign([*rendered, *objects.locations(desired)], live)
        if ownership.foreign_installation(desired, Observed(objects=live.objects)):
            return Observed(objects=live.objects)
        seen = replace(observed, objects=live.objects)
        held = "" if force else holding.held(self.cluster, desired, rendered, seen)
        if held:
            logger.info(held)
        permit = permission.permit(self.cluster, desired, observed)
        self._install(desired, rendered, live, permit, hold=bool(held))
        desired = self._with_owner(desired, live)
        if observed.lacking:
            logger.warning(lost_definitions.told(observed.lacking))
        if may_write() and not desired.keep_storage:
            location.Location(self.cluster, live).bring_about(desired, hold=bool(held))
        refused: dict[str, str] = {}
        if may_write():
            how = (trust.telling(self.cluster, live.apply), live.merge, live.delete)
            here = partial(identity.of, self.cluster)
            refused = scheduling.bring_about(desired, live.objects, *how, here)
        return replace(self._look(live.objects, held), unwritten=refused, remade=observed.lacking)

    def held(self, desired: Desired, observed: Observed) -> str:
        """What a reconcile would leave as it is for now, and why, in words; writes nothing.

        Raises:
            VeleroError: it cannot be told.
        """
        desired = remembered.recalled(desired, observed)
        rendered = self._rendered(desired, observed)
        return holding.held(self.cluster, desired, rendered, observed)

    def steps(self, desired: Desired, observed: Observed) -> list[plan.Step]:
        """What of the installation is not as it should be; writes nothing.

        Raises:
            VeleroError: it cannot be told.
        """
        desired = self._with_owner(remembered.recalled(desired, observed), observed)
        return [*plan.steps(self._rendered(desired, observed), observed)]

    def remove(
        self, desired: Desired, crds: CrdsOnRemove, time: Time, telling: Telling
    ) -> Removed:
        """Take everything of ours out of the cluster, in order and within bounds.

        Args:
            desired: tells what is ours.
            crds: what is to become of the definitions.
            time: how long it may take.
            telling: is told what is waited for.

        Raises:
            VeleroError: not even what is there can be told.
        """
        return removing.Removal(self.cluster, desired, crds, time, telling).run()

    def _with_owner(self, desired: Desired, live: Live | Observed) -> Desired:
        return custody.with_owner(desired, live.get(k8s.SERVICE_ACCOUNT, workloads.SERVER))

    def _look(self, found: dict[Key, Object], held: str = "") -> Observed:
        seen = Observed(objects=found, held=held, lacking=defined.lacking(self.cluster, found))
        deployment, agent = seen.deployment, seen.get(k8s.DAEMON_SET, workloads.NODE_AGENT)
        if deployment and not is_rolled_out(deployment):
            pods = self.cluster.list(k8s.POD, _SERVERS)
            maker = newest(self.cluster.list(k8s.REPLICA_SET, _SERVERS), deployment)
            seen = replace(seen, pods=(*pods,), replica_set=maker)
        if agent and not is_everywhere(agent):
            agents = self.cluster.list(k8s.POD, {"name": workloads.NODE_AGENT})
            seen = replace(seen, agents=(*agents,))
            if pod_security.is_short_of_pods(agent, agents):
                return permission.look(self.cluster, seen, agent)
        return seen

    def _look_for_foreign(self, rendered: list[Object], live: Live) -> None:
        """Before something is made for the first time, see whether it is there unlabelled.

        And before the server is, whether another one runs here, under whatever name.
        """
        if not live.get(k8s.DEPLOYMENT, workloads.SERVER):
            servers = filter(workloads.is_server, self.cluster.list(k8s.DEPLOYMENT))
            live.objects |= {(obj["kind"], k8s.name_of(obj)): obj for obj in servers}
        for obj in rendered:
            kind, name = k8s.kind_of(obj), k8s.name_of(obj)
            if kind not in (k8s.CRD, k8s.DEPLOYMENT) and not live.get(kind, name):
                found = self.cluster.get(kind, name)
                live.objects |= {(kind.name, name): found} if found else {}

    def _rendered(
        self, desired: Desired, observed: Observed, resting: Collection[str] = ()
    ) -> list[Object]:
        """The installation's objects, but for the kinds that are not looked at."""
        wanted = manifests.install(desired, self.cli, self._plugins(desired, observed))
        return [obj for obj in wanted if obj["kind"] not in resting]

    def _plugins(self, desired: Desired, observed: Observed) -> list[Object]:
        if desired.storage:
            return [manifests.plugin_container(desired.storage)]
        if not desired.keep_storage or observed.deployment is None:
            return []
        return workloads.plugins_of(observed.deployment)

    def _install(
        self,
        desired: Desired,
        rendered: list[Object],
        live: Live,
        permit: Permission,
        *,
        hold: bool,
    ) -> None:
        definitions.bring_about(rendered, live)
        repository_password.ensure(self.cluster, live, desired)
        unmarked.mark(live, desired)
        fresh = False
        for obj in rendered:
            is_workload = obj["kind"] in workloads.KINDS
            if obj["kind"] != k8s.CRD.name and not (is_workload and hold):
                whole = custody.owned(obj, self._with_owner(desired, live))
                fresh |= live.apply(whole) and is_workload
        if not hold:  # what is not wanted any more, pods that wait still name
            self._prune(rendered, live)
        self._wait_for_pods(live, fresh=fresh or permit.tried, permitted=permit.given)

    def _prune(self, rendered: list[Object], live: Live) -> None:
        """Take away the node agent and the documents that are not wanted any more."""
        for step in [*plan.steps(rendered, Observed(objects=live.objects))]:
            if step.verb is plan.Verb.DELETE:
                live.delete(step.kind, step.name)

    def _wait_for_pods(self, live: Live, *, fresh: bool, permitted: bool) -> None:
        """Watch a rollout, but not one that was seen before to lead nowhere."""
        if not fresh and checks.is_hopeless(self._look(live.objects)):
            return
        live.wait(k8s.DEPLOYMENT, "velero", is_rolled_out if permitted else is_settled)
        if fresh and permitted:
            live.wait(k8s.DAEMON_SET, workloads.NODE_AGENT, is_everywhere)
