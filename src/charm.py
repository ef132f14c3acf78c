#!/usr/bin/env python3
"""The charm: every event leads to one reconcile of Velero; nothing else happens here.

Many of Juju's events need neither the cluster nor an option, so what does is imported only when
it is needed: lightkube, pydantic and all that is built on them take longer than ops itself.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

if __name__ == "__main__":  # pragma: no cover
    import collecting  # noqa: F401 # pyright: ignore[reportUnusedImport]

import tracing  # has to come before ops: it decides whether ops loads its tracing

# isort: split
import ops

import refusals
import suspicion
import telling
from inputs.related import CLIENTS, Related
from inputs.storages import Storages
from monitoring import endpoints
from statuses import Statuses
from velero import status, total
from velero.errors import VeleroError
from velero.observed import Observed, is_rolled_out
from velero.problem import Problem

if TYPE_CHECKING:
    from inputs.reader import Inputs
    from velero.desired import Desired
    from velero.velero import Velero

logger = logging.getLogger(__name__)


class VeleroOperatorCharm(ops.CharmBase):
    """Installs, configures and operates Velero."""

    patience = 60.0
    """Seconds to watch what a hook changed come up."""

    _told = ops.StoredState()

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        telling.log_plainly()
        told = {"worked": False, "refused": False, "removed": False, "notes": ""}
        self._told.set_default(version="", untraced="", **told)
        self._told.set_default(looked=0.0, unreadable=False)
        self.storages = Storages(self)
        self.clients = Related(self, "clients", CLIENTS)
        self._statuses = Statuses(self)
        self.monitoring = endpoints.Monitoring(self)
        self._problems: list[Problem] | None = None
        for event in self._reconciled_on():
            framework.observe(event, self._on_any)
        self._tracing, untraced = tracing.observe(self)
        if untraced not in {None, self._told.untraced}:
            self._told.untraced = untraced
        for event in self._last_events():
            framework.observe(event, self._on_last)
        for name in self.meta.actions:
            framework.observe(self.on[name].action, self._on_action)
        framework.observe(self.on.collect_unit_status, self._on_collect_unit_status)
        framework.observe(self.on.collect_app_status, self._on_collect_app_status)

    def _reconciled_on(self) -> list[ops.BoundEvent]:
        on = self.on
        events = [on.install, on.upgrade_charm, on.config_changed, on.leader_elected]
        events += [on.update_status, on.secret_changed]
        for endpoint in (*Storages.endpoints(), *CLIENTS, *endpoints.ENDPOINTS):
            events += [on[endpoint].relation_changed, on[endpoint].relation_broken]
        return events

    def _last_events(self) -> list[ops.BoundEvent]:
        """What a unit may hear last.

        Juju waits for the hooks of relations only: version 4 may end a unit before or within its
        stop and remove hooks.
        """
        events = [self.on.stop, self.on.remove]
        for endpoint in self.meta.relations:
            events += [self.on[endpoint].relation_departed, self.on[endpoint].relation_broken]
        return events

    @functools.cached_property
    def velero(self) -> Velero:
        """The core, made when first needed: not every hook needs it."""
        from velero.cli.process import Cli
        from velero.kubernetes.cluster import Cluster
        from velero.velero import Velero

        cli = Cli(self.charm_dir / "bin", self.charm_dir / ".cache")
        return Velero(Cluster(self.model.name), cli, self.patience)

    @functools.cached_property
    def _planned(self) -> int:
        return self.app.planned_units()

    def _inputs(self) -> Inputs:
        from inputs import reader
        from velero.kubernetes.resources import SCHEDULE

        return reader.read(
            self,
            self.storages,
            lambda: self.velero.cluster.list(SCHEDULE),
            [endpoint for endpoint in CLIENTS if self.clients.of(endpoint)],
        )

    def _on_any(self, event: ops.EventBase) -> None:
        if self._is_departing():
            logger.info("This unit is leaving; whoever stays goes on")
            return
        self._statuses.begin(event)
        if self._told.removed:
            self._told.removed = False
        given = self._inputs()
        self._problems = [*given.problems]
        if given.desired is None:
            return
        try:
            observed = self._brought_about(given.desired, event)
        except VeleroError as error:
            logger.warning("Stopped half-way, the next hook goes on: %s", error)
            found = [status.of_error(error, self.app.name), *self._problems]
            self._problems = self._judged(found, error, given.desired)
        else:
            found = status.check(given.desired, observed, given.problems)
            self._problems = self._judged(found, observed, given.desired)
            if self.unit.is_leader() and observed.trusted:
                bad = suspicion.looked(event, self._told, self.velero, observed)
                self._problems = [*bad, *self._problems]
            self._set_version(observed)
            self._keep_password(given.desired, observed)
            self._problems += self.monitoring.publish(given.desired, observed, self.velero)

    def _judged(
        self, problems: list[Problem], outcome: Observed | VeleroError, desired: Desired
    ) -> list[Problem]:
        """The problems, of which the first may be that something was refused."""
        if not refusals.is_one(outcome):
            if isinstance(outcome, Observed):
                refusals.forget(self._told, outcome)
            return problems
        worked = bool(desired.repository_password)  # outlives the unit's own memory
        first, *others = problems
        return [refusals.judged(first, self._told, self.app.name, worked=worked), *others]

    def _brought_about(self, desired: Desired, event: ops.EventBase) -> Observed:
        # These come again and again and mostly find nothing to do
        sparing = isinstance(event, ops.UpdateStatusEvent | ops.ConfigChangedEvent)
        if not self.unit.is_leader():
            return self.velero.observe(desired, sparing=sparing)
        return self.velero.reconcile(
            desired,
            self.unit.is_leader,
            sparing=sparing,
            # Juju tells of no relation before install has ended: to a unit that leads already,
            # all that others have integrated would seem to be gone
            only_first=isinstance(event, ops.InstallEvent),
        )

    def _is_departing(self) -> bool:
        """Whether Juju is about to take this unit away.

        On Kubernetes the units with the highest numbers go first. Such a unit sees every
        relation break, which is true for it alone.
        """
        return int(self.unit.name.rpartition("/")[2]) >= self._planned

    def _set_version(self, observed: Observed) -> None:
        deployment = observed.deployment
        if not self.unit.is_leader() or deployment is None or not is_rolled_out(deployment):
            return
        containers = total.items(deployment, "spec", "template", "spec", "containers")
        image = total.text(containers[0], "image") if containers else ""
        said = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
        tag = total.plain(said, telling.VERSION)
        if tag and tag != self._told.version:  # Juju remembers; telling it is a process each time
            self.unit.set_workload_version(tag.removeprefix("v"))
            self._told.version = tag

    def _keep_password(self, desired: Desired, observed: Observed) -> None:
        if not self.unit.is_leader() or desired.repository_password:
            return
        if observed.repository_password:
            from inputs import reader

            reader.keep_repository_password(self, observed.repository_password)

    def _on_last(self, event: ops.EventBase) -> None:
        if not self.unit.is_leader() or self._planned > 0:
            return  # Velero stays, or another unit is the one to remove it
        if self._told.removed:
            return
        from inputs import reader
        from velero.removal.removing import Time

        time = Time.AMPLE if isinstance(event, ops.RelationEvent) else Time.ENDING
        if isinstance(event, ops.RemoveEvent):
            time = Time.LAST
        self._statuses.forget()
        self.unit.status = ops.MaintenanceStatus("Removing Velero")
        desired, crds = reader.without_config(self), reader.crds_on_remove(self)
        try:
            removed = self.velero.remove(desired, crds, time, self._tell_of_waiting)
        except VeleroError as error:
            self._note(f"Velero was not removed: {error}")
        else:
            self._note(*removed.notes)
            self._told.removed = removed.complete
        self.unit.status = ops.MaintenanceStatus("Removing Velero")

    def _tell_of_waiting(self, what: str, seconds: float) -> None:
        waits = f"Removing Velero; {what} may end first, in {seconds:.0f} s at the most"
        self.unit.status = ops.MaintenanceStatus(waits)

    def _note(self, *notes: str) -> None:
        """Log what the hook before has not said."""
        known = str(self._told.notes).splitlines()
        for note in notes:
            if note not in known:
                logger.warning(note)
        self._told.notes = "\n".join(notes)

    def _on_action(self, event: ops.ActionEvent) -> None:
        from actions import performing

        if performing.perform(event, self, self.velero, self._inputs):
            self._on_any(event)  # a reconcile like any other, so that its end shows at once

    def _on_collect_unit_status(self, event: ops.CollectStatusEvent) -> None:
        if self._problems is None:
            return
        well = ops.ActiveStatus("" if self.unit.is_leader() else "Standby")
        self._statuses.tell(
            event, "unit", [*self._problems, *tracing.problems(str(self._told.untraced))], well
        )

    def _on_collect_app_status(self, event: ops.CollectStatusEvent) -> None:
        if self._problems is not None:
            self._statuses.tell(event, "app", self._problems, ops.ActiveStatus())


if __name__ == "__main__":  # pragma: no cover
    telling.log_sparingly(traced=tracing.is_kept())
    ops.main(VeleroOperatorCharm)
