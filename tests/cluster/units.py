"""One unit of the application, and the running of one event.

What units share (configuration, relations, the application's databags, secrets and status) is kept
in `Application`; what is a unit's own (stored state, deferred events, status, the labels and
revisions of the secrets that it reads) in `Unit`. Before an event a `State` is put together from
both; after it both are updated, unless the charm raised, or has set what Juju's hook tools refuse
(`hook_calls`): then, as with Juju, nothing is kept.
"""

import dataclasses
import json
import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, Final, TypeAlias, cast
from unittest import mock

import ops
from ops import testing
from ops._private import yaml as ops_yaml
from scenario.errors import UncaughtCharmError
from tests.cluster import hook_calls
from tests.cluster.application import Application, Integration
from tests.cluster.integrators import quiet_library
from tests.cluster.table import Health

Fire: TypeAlias = Callable[[testing.CharmEvents, testing.State], object]
"""Makes the event, whose type Scenario keeps private, for a State."""
_ADDRESSES: dict[str, str] = dict.fromkeys(
    ("egress-subnets", "ingress-address", "private-address"), "127.0.0.1"
)
_QUICK_DUMP: Final = partial(json.dumps, ensure_ascii=False)
"""Scenario writes the charm's metadata anew for every event, and ops reads them, which took a
third of our time. JSON is YAML, and is written and read twenty times as fast."""

_LOAD: Final = ops_yaml.safe_load


@dataclasses.dataclass(frozen=True)
class Event:
    """One event that a unit handled.

    Attributes:
        name: as Juju writes it: `config-changed`, `s3-credentials-relation-joined`, `run` …
        unit: the unit's name.
        seconds: wall time from the dispatch to the charm's end, in this process.
        status: the unit's workload status afterwards.
        log: what the charm logged at WARNING or above, each line as "LEVEL text".
        log_lines: how many lines it logged at any level: each is a juju-log process.
        error: what the charm raised, or None.
        shown: the messages of the statuses that the unit had before that one, meanwhile.
    """

    name: str
    unit: str
    seconds: float
    status: Health
    log: tuple[str, ...]
    log_lines: int
    error: BaseException | None = None
    shown: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class ActionResult:
    """What `juju run` shows.

    Attributes:
        results: what the charm set as results.
        log: the progress lines, in order.
        failed: whether the charm called the action failed.
        message: why, or "".
    """

    results: Mapping[str, Any]
    log: list[str]
    failed: bool = False
    message: str = ""


class Unit:
    """One unit: its own part of the State, and its charm directory.

    Args:
        app: what it shares with the others.
        number: its number.
        root: its charm directory, which must exist; files in it stay from event to event.

    Attributes:
        failed: the hook that raised and was not yet retried, or "".
        granted: the secrets of others as this unit was last told of them.
    """

    def __init__(self, app: Application, number: int, root: Path) -> None:
        self.app = app
        self.number = number
        self.name = f"{app.name}/{number}"
        self.root = root
        self.failed = ""
        self.granted: Mapping[str, Mapping[str, str]] = {}
        self._own = testing.State()

    @property
    def health(self) -> Health:
        """The workload status, or `error` and the hook's name after a hook failed."""
        if self.failed:
            return Health("error", f'hook failed: "{self.failed}"')
        return Health(self._own.unit_status.name, self._own.unit_status.message)

    def forget(self) -> None:
        """A new pod: stored state and deferred events are gone, the status stays."""
        self._own = dataclasses.replace(self._own, stored_states=frozenset(), deferred=[])

    def dispatch(self, name: str, fire: Fire) -> tuple[Event, ActionResult]:
        """Run one event of that name.

        Returns:
            What happened, an uncaught exception of the charm included, and what an action said.
        """
        given = self.state()
        if name == "install":  # Juju tells of no relation before it has ended
            given = dataclasses.replace(given, relations=frozenset())
        error: BaseException | None = None
        message: str | None = None
        after: testing.State | None = None
        started = time.perf_counter()
        with self._context() as context, self._surroundings(name):
            try:
                after = context.run(fire(context.on, given), given)  # pyright: ignore[reportArgumentType] # its type is private
            except testing.ActionFailed as failure:
                message = failure.message
                after = cast("testing.State", failure.state)
            except UncaughtCharmError as wrapper:
                error = wrapper.__cause__ or wrapper
            seconds = time.perf_counter() - started
            if after is not None:  # within what surrounds the event, which looks at its end
                error = hook_calls.error_of(context, message, given, after)
            if after is not None and error is None:
                self._keep(after)
        log = [f"{line.level} {line.message}" for line in context.juju_log]
        loud = tuple(line for line in log if line.startswith(("WARNING", "ERROR", "CRITICAL")))
        shown = tuple(each.message for each in context.unit_status_history)
        event = Event(name, self.name, seconds, self.health, loud, len(log), error, shown)
        results = dict(context.action_results or {})
        logged = list(context.action_logs)
        return event, ActionResult(results, logged, message is not None, message or "")

    def state(self) -> testing.State:
        """The State that the next event of this unit starts from."""
        app = self.app
        status = testing.UnknownStatus()
        if app.health.name != "unknown":
            status = ops.StatusBase.from_name(app.health.name, app.health.message)
        return dataclasses.replace(
            self._own,
            config=dict(app.config),
            relations=frozenset(self._relation(each) for each in app.integrations),
            secrets=frozenset([*app.secrets.values(), *self._readable()]),
            leader=app.leader == self.number,
            planned_units=app.planned,
            model=app.model,
            app_status=status,
            workload_version=app.version,
        )

    def _context(self) -> testing.Context[ops.CharmBase]:
        charm = self.app.charm
        return testing.Context(
            charm.type,
            meta=dict(charm.meta),
            actions=dict(charm.actions),
            config=dict(charm.config),
            charm_root=self.root,
            app_name=self.app.name,
            unit_id=self.number,
        )

    @contextmanager
    def _surroundings(self, event: str) -> Generator[None]:
        dump = mock.patch("yaml.safe_dump", _QUICK_DUMP)
        load = mock.patch("ops._private.yaml.safe_load", _quick_load)
        with dump, load, _environment(self.app.env), quiet_library(), self.app.around(event):
            yield

    def _relation(self, integration: Integration) -> testing.Relation:
        units = {} if self.number in integration.departed else {0: _ADDRESSES}
        return testing.Relation(
            integration.endpoint,
            id=integration.id,
            remote_app_name=integration.remote.app,
            remote_app_data=self.app.said(integration),
            remote_units_data=units,
            local_app_data=integration.app_data,
            local_unit_data=integration.unit_data.get(self.number, _ADDRESSES),
        )

    def _readable(self) -> Generator[testing.Secret]:
        own = {secret.id: secret for secret in self._own.secrets}
        yield from (secret for secret in own.values() if secret.owner == "unit")
        for key, latest in self.app.granted().items():
            known = own.get(key)
            tracked = known.tracked_content if known else latest
            label = known.label if known else None
            yield testing.Secret(dict(tracked), latest_content=dict(latest), id=key, label=label)

    def _keep(self, state: testing.State) -> None:
        app = self.app
        self._own = state
        by_id = {relation.id: relation for relation in state.relations}
        for integration in (each for each in app.integrations if each.id in by_id):
            relation = by_id[integration.id]
            integration.unit_data[self.number] = dict(relation.local_unit_data)
            integration.app_data = dict(relation.local_app_data)
        if app.leader == self.number:
            app.secrets = {each.id: each for each in state.secrets if each.owner == "app"}
            app.health = Health(state.app_status.name, state.app_status.message)
        app.version = state.workload_version or app.version


def _quick_load(stream: str | IO[str]) -> Any:  # noqa: ANN401 - as ops' own
    """What `_QUICK_DUMP` wrote is read as JSON, all else as ops would."""
    text = stream if isinstance(stream, str) else stream.read()
    return json.loads(text) if text.startswith("{") and text.endswith("}") else _LOAD(text)


@contextmanager
def _environment(env: Mapping[str, str]) -> Generator[None]:
    before = os.environ.copy()
    os.environ.update(env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
