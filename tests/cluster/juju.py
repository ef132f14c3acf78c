"""A thin stand-in for a Juju controller, for one application of our charm.

It carries `ops.testing` State from one event to the next, in this process. The charm, ops, the
storage libraries on both sides and Kubernetes are real. What stands in for something:

- `Juju` for controller and unit agents: which events come, in which order, with what in the
  databags. Events of several units run one after the other, never at once. A hook that raises is
  retried before anything else happens, as by a unit agent; here with the next call.
- Scenario for the hook tools. Two things it cannot express: relation-changed for the application
  without a unit (it names unit 0), and the unit itself as the departing one.
- `integrators` for the charms on the other side.

The model is the Kubernetes namespace of its name, as in Juju; it has to exist before the charm
needs it. There is no pod for the charm and no peer relation; `modeloperator` is another module.
"""

import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ops import testing
from tests.cluster import refusals
from tests.cluster.application import Application, Around, Charm, Integration, JujuError, Option
from tests.cluster.controller import Controller
from tests.cluster.integrators import DataBag, Field, Remote, dashed
from tests.cluster.lifecycle import JUJU_3
from tests.cluster.refusals import RefusedByJuju
from tests.cluster.table import Status, worst
from tests.cluster.units import ActionResult, Event

if TYPE_CHECKING:  # it needs the cluster, which not every test has
    from tests.cluster.modeloperator import Leavings

__all__ = ["ActionResult", "Charm", "Event", "Integration", "Juju", "JujuError", "Status"]

Which: TypeAlias = str | Integration
"""An endpoint that has one relation, or the relation that `Juju.integrate` returned."""


class Juju:
    """A model with one application.

    Every method that makes events returns when the application has come to rest. If the charm
    raises, its exception is raised here once the event is recorded; the rest of the events stay
    queued, and the next call first retries, as Juju does (`resolve` can skip instead).

    Args:
        env: set in the environment while an event runs: KUBECONFIG and PATH.
        model: the model's name, which is the namespace's.
        app: the application's name.
        units: how many units `deploy` starts.
        charm: the charm; by default the one of this repository.
        around: makes a context for each event, by its name, to measure or disturb it.

    Attributes:
        lifecycle: how the application goes; Juju 3.6's way unless set.
        leavings: what the controller does of the application's StatefulSet and labels, if it does.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        *,
        model: str = "models-name",
        app: str = "velero-operator",
        units: int = 1,
        charm: Charm | None = None,
        around: Around = nullcontext,
    ) -> None:
        self.lifecycle = JUJU_3
        self.leavings: Leavings | None = None
        models = testing.Model(name=model, type="kubernetes")
        self._app = Application(app, models, charm or Charm.ours(), env, around)
        self._scale = units
        self._relations = count(1)
        root = tempfile.mkdtemp(prefix="juju-")
        weakref.finalize(self, shutil.rmtree, root, ignore_errors=True)
        self._controller = Controller(self._app, Path(root))

    @property
    def history(self) -> list[Event]:
        """All events so far, the newest last."""
        return self._controller.history

    @property
    def integrations(self) -> list[Integration]:
        """The relations there are."""
        return self._app.integrations

    @property
    def status(self) -> Status:
        """What `juju status` would show now."""
        app, units = self._app, self._controller.units
        healths = {unit.name: unit.health for unit in units.values()}
        own = app.health.name != "unknown" and not any(each.failed for each in units.values())
        return Status(
            model=app.model.name,
            app=app.name,
            charm=str(app.charm.meta["name"]),
            health=app.health if own and units else worst(healths.values()),
            version=app.version,
            units=healths,
            leader="" if app.leader is None else units[app.leader].name,
            relations=[app.described(each) for each in app.integrations],
        )

    def status_table(self) -> str:
        """What `juju status --relations` would print now, without its empty columns."""
        return self.status.table()

    def state(self, number: int = 0) -> testing.State:
        """The State that the unit's next event would start from.

        Raises:
            JujuError: there is no such unit.
        """
        return self._controller.unit(number).state()

    def deploy(self, config: Mapping[str, Option] | None = None) -> None:
        """Deploy the application: the start-up events of every unit.

        Args:
            config: options, named as in config.yaml or with underscores.

        Raises:
            JujuError: it is deployed already, or there is no such option.
        """
        if self._controller.units:
            raise JujuError(f'application "{self._app.name}" is already deployed')
        self._controller.reset()
        self._configure(config or {})
        if self.leavings:
            self.leavings.deployed(self._app.name)
        for _ in range(self._scale):
            self._controller.add()
        self._settle()

    def refresh(self, config: Mapping[str, Option] | None = None) -> None:
        """Upgrade the charm: every unit's pod is replaced, and with it its files.

        Args:
            config: options that are others from then on, without an event of their own: those
                of `juju refresh --config`, or what stands for the new charm's other defaults.

        Raises:
            JujuError: there is no such option.
        """
        self._configure(config or {})
        for unit in self._controller.units.values():
            self._controller.refresh(unit)
        self._settle()

    def config(self, **options: Option | None) -> None:
        """Set options (underscores stand for hyphens; None resets), then config-changed.

        Raises:
            JujuError: there is no such option.
        """
        self._configure(options)
        self._hook("config-changed")

    def update_status(self) -> None:
        """Let five minutes pass: update-status for every unit."""
        self._hook("update-status")

    def elect(self, number: int) -> None:
        """Make that unit the leader."""
        unit = self._controller.unit(number)
        self.lead(number)
        self._controller.hook(unit, "leader-elected")
        self._settle()

    def lead(self, number: int | None) -> None:
        """Let that unit lead from its next event on, or none, and tell nobody yet.

        So it is when a leader dies: `is-leader` is false everywhere until its lease has run out,
        and then true for another unit before that one's leader-elected.
        """
        self._app.leader = number

    def integrate(self, endpoint: str, remote: Remote | Mapping[str, Field]) -> Integration:
        """Relate an endpoint of our charm to another application.

        More than one relation on an endpoint is accepted, also where Juju's `limit` forbids it.

        Args:
            endpoint: our charm's endpoint.
            remote: the other application (`tests.cluster.integrators`), or just its databag.

        Returns:
            The relation, for the methods that want to know which.

        Raises:
            JujuError: our charm has no such endpoint.
        """
        self._app.charm.interface(endpoint)
        other = DataBag(remote, endpoint=endpoint) if isinstance(remote, Mapping) else remote
        integration = Integration(next(self._relations), endpoint, other)
        self._app.integrations.append(integration)
        other.created(integration.id, self._app.name)
        _refused(refusals.databag, other.data)
        self._controller.integrate(integration)
        self._settle()
        return integration

    def set_data(self, which: Which, **fields: Field) -> None:
        """Change what the other application publishes; relation-changed follows if it did.

        Underscores stand for hyphens; None takes a field away.
        """
        self.publish(which, dashed(fields))

    def publish(self, which: Which, fields: Mapping[str, Field]) -> None:
        """As `set_data`, with the fields' names as they are."""
        remote = self._integration(which).remote
        remote.publish(fields)
        _refused(refusals.databag, remote.data)
        self._settle()

    def rotate_secret(self, which: Which, **content: str) -> None:
        """Change the other application's credential; secret-changed follows where it is a secret.

        Underscores stand for hyphens: `rotate_secret("s3-credentials", secret_key="…")`.
        """
        self.set_data(which, **content)

    def break_relation(self, which: Which) -> None:
        """Take the relation away: relation-departed and relation-broken for every unit."""
        integration = self._integration(which)
        for unit in self._controller.units.values():
            self._controller.leave(unit, integration)
        self._controller.then(partial(self._app.integrations.remove, integration))
        self._settle()

    def run(
        self,
        action: str,
        params: Mapping[str, object] | None = None,
        *,
        unit: int = 0,
        **more: object,
    ) -> ActionResult:
        """Run an action on a unit.

        Args:
            action: its name.
            params: its parameters, as named in actions.yaml.
            unit: the unit's number.
            **more: further parameters; underscores stand for hyphens.

        Raises:
            JujuError: actions.yaml does not allow that.
            Exception: what the charm raised; Juju would call the action failed.
        """
        given = self._app.charm.params(action, {**(params or {}), **dashed(more)})
        result = self._controller.act(self._controller.unit(unit), action, given)
        if not any(each.failed for each in self._controller.units.values()):
            self._settle()
        return result

    def add_unit(self) -> int:
        """Scale up by one; returns the new unit's number."""
        number = self._controller.add()
        self._settle()
        return number

    def remove_unit(self) -> None:
        """Scale down by one: the unit of the highest number goes, as in a StatefulSet."""
        unit = self._controller.units[max(self._controller.units)]
        self._app.planned -= 1
        self._controller.drop(unit, JUJU_3)
        self._settle()
        if self._app.leader is None and self._controller.units:
            self.elect(min(self._controller.units))

    def remove(self) -> None:
        """Remove the application: for every unit the hooks that `lifecycle` says.

        Then the controller deletes what is left with its labels.
        """
        self._app.planned = 0
        for number in sorted(self._controller.units, reverse=True):
            self._controller.drop(self._controller.units[number], self.lifecycle)
        self._controller.then(self._app.integrations.clear)
        if self.leavings:
            self._controller.then(partial(self.leavings.removed, self._app.name))
        self._settle()

    def resolve(self, *, retry: bool = True) -> None:
        """Retry the hook that failed, or skip it, and go on with what is queued.

        Raises:
            JujuError: no hook has failed.
        """
        failed = [unit for unit in self._controller.units.values() if unit.failed]
        if not failed:
            raise JujuError("no unit is in error")
        if not retry:
            failed[0].failed = ""
            self._controller.skip()
        self._settle()

    def _settle(self) -> None:
        self._controller.settle()

    def _hook(self, name: str) -> None:
        for unit in self._controller.units.values():
            self._controller.hook(unit, name)
        self._settle()

    def _configure(self, options: Mapping[str, Option | None]) -> None:
        known = self._app.charm.config.get("options", {})
        for name, value in dashed(options).items():
            if name not in known:
                raise JujuError(f'unknown option "{name}"')
            self._app.config.pop(name, None)
            if value is not None:
                self._app.config[name] = value
        _refused(refusals.config, self._app.config)

    def _integration(self, which: Which) -> Integration:
        if isinstance(which, Integration):
            return which
        found = [each for each in self._app.integrations if each.endpoint == which]
        if len(found) != 1:
            raise JujuError(f'"{which}" has {len(found)} relations: name one')
        return found[0]


def _refused(rule: Callable[[Mapping[str, Any]], None], given: Mapping[str, Any]) -> None:
    """Put what the command would set before a rule.

    Raises:
        JujuError: Juju would refuse it.
    """
    try:
        rule(given)
    except RefusedByJuju as refused:
        raise JujuError(str(refused)) from refused
