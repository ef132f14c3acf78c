"""The units, and which events reach them in which order: what is behind `tests.cluster.juju`."""

import shutil
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from ops import testing
from tests.cluster.application import REPOSITORY, Application, Integration, JujuError
from tests.cluster.lifecycle import Ended, Lifecycle, ending_after
from tests.cluster.units import ActionResult, Event, Fire, Unit

_ENDLESS = 500
"""So many steps without coming to rest mean that charm and remote answer each other for ever."""


class Controller:
    """The units of an application, the events that wait, and those that were.

    Args:
        app: the application.
        root: a directory for the units' charm directories.

    Attributes:
        units: the units there are, by number.
        history: the events that were run, the newest last.
    """

    def __init__(self, app: Application, root: Path) -> None:
        self.app = app
        self.units: dict[int, Unit] = {}
        self.history: list[Event] = []
        self._root = root
        self._numbers = count()
        self._steps: deque[Callable[[], object]] = deque()

    def then(self, step: Callable[[], object]) -> None:
        """Do something that is no event, when its turn comes."""
        self._steps.append(step)

    def reset(self) -> None:
        """Start over, with units from number 0 on."""
        self.app.reset()
        self._numbers = count()

    def unit(self, number: int) -> Unit:
        """The unit of that number.

        Raises:
            JujuError: there is none.
        """
        if number not in self.units:
            raise JujuError(f'unit "{self.app.name}/{number}" not found')
        return self.units[number]

    def add(self) -> int:
        """Add a unit, queue what it gets at its start, and return its number."""
        number = next(self._numbers)
        if self.app.leader is None:
            self.app.leader = number
        self.app.planned += 1
        unit = self.units[number] = Unit(self.app, number, self._root / f"unit-{number}")
        self._replace_pod(unit)
        self._start(unit)
        return number

    def drop(self, unit: Unit, lifecycle: Lifecycle) -> None:
        """Queue what a unit gets at its end, and its going."""
        for integration in self.app.integrations:
            self.leave(unit, integration)
        for name in lifecycle.hooks(held=bool(self.app.integrations)):
            self.then(partial(self._run_last, unit, name, lifecycle.grace))
        self.then(partial(self._gone, unit.number))

    def refresh(self, unit: Unit) -> None:
        """Queue what a unit gets when its pod is replaced by one with a new charm."""
        self.hook(unit, "stop")
        self.then(partial(self._replace_pod, unit))
        for name in ("upgrade-charm", "config-changed", "start"):
            self.hook(unit, name)

    def hook(self, unit: Unit, name: str) -> None:
        """Queue a hook that has no relation: `install`, `config-changed` and so on."""
        made = name.replace("-", "_")
        self.then(partial(self._run, unit, name, lambda on, _: getattr(on, made)()))

    def integrate(self, integration: Integration) -> None:
        """Queue what the units get when a relation is made."""
        for unit in self.units.values():
            self._relation(unit, integration, "created")
        for unit in self.units.values():
            self._join(unit, integration)

    def leave(self, unit: Unit, integration: Integration) -> None:
        """Queue what a unit gets when the relation, or the unit itself, goes."""
        self._relation(unit, integration, "departed")
        self.then(partial(integration.departed.add, unit.number))
        self._relation(unit, integration, "broken")
        self.then(partial(integration.seen.pop, unit.number, None))

    def act(self, unit: Unit, name: str, params: Mapping[str, Any]) -> ActionResult:
        """Run an action now: Juju runs them also while a hook waits to be retried.

        Raises:
            Exception: what the charm raised.
        """
        event, result = unit.dispatch(name, lambda on, _: on.action(name, params=params))
        self.history.append(event)
        if event.error:
            raise event.error
        return result

    def settle(self) -> None:
        """Run what is queued, and what that leads to, until there is nothing left.

        Raises:
            Exception: what the charm raised; its event is first in the queue again.
            RuntimeError: it never ends.
        """
        for _ in range(_ENDLESS):
            self._hear()
            if not self._steps:
                return
            self._steps[0]()
            self._steps.popleft()
        raise RuntimeError(f"after {_ENDLESS} events charm and remotes still answer each other")

    def skip(self) -> None:
        """Drop the first event of the queue: the one that failed."""
        self._steps.popleft()

    def _start(self, unit: Unit) -> None:
        # The order seen on a real controller (Juju 4.0).
        self.hook(unit, "install")
        for integration in self.app.integrations:
            self._relation(unit, integration, "created")
        if self.app.leader == unit.number:
            self.hook(unit, "leader-elected")
        self.hook(unit, "config-changed")
        self.hook(unit, "start")
        for integration in self.app.integrations:
            self._join(unit, integration)

    def _gone(self, number: int) -> None:
        del self.units[number]
        if self.app.leader == number:
            self.app.leader = None

    def _replace_pod(self, unit: Unit) -> None:
        shutil.rmtree(unit.root, ignore_errors=True)
        unit.root.mkdir()
        for name in ("src", "lib"):
            (unit.root / name).symlink_to(REPOSITORY / name)
        unit.forget()

    def _run(self, unit: Unit, name: str, fire: Fire) -> None:
        unit.failed = ""
        event, _ = unit.dispatch(name, fire)
        if not event.error:
            self.history.append(event)
            return
        unit.failed = name
        self.history.append(replace(event, status=unit.health))
        raise event.error

    def _run_last(self, unit: Unit, name: str, grace: float) -> None:
        def fire(on: testing.CharmEvents, _: testing.State) -> object:
            return getattr(on, name)()

        started = time.monotonic()
        try:
            with ending_after(grace) if name == "remove" else nullcontext():
                self._run(unit, name, fire)
        except Ended as end:
            seconds = time.monotonic() - started
            self.history.append(Event(name, unit.name, seconds, unit.health, (), 0, end))

    def _hear(self) -> None:
        """Bring what our application wrote to the remotes, and queue what they changed."""
        for integration in self.app.integrations:
            if integration.app_data != integration.heard:
                integration.heard = dict(integration.app_data)
                integration.remote.changed(integration.heard)
        for unit in self.units.values():
            self._tell(unit)

    def _tell(self, unit: Unit) -> None:
        granted = self.app.granted()
        for key in granted.keys() & unit.granted.keys():
            if granted[key] != unit.granted[key]:
                self._secret_changed(unit, key)
        unit.granted = granted
        for integration in self.app.integrations:
            said = self.app.said(integration)
            if integration.seen.get(unit.number, said) != said:
                integration.seen[unit.number] = said
                self._relation(unit, integration, "changed")

    def _secret_changed(self, unit: Unit, key: str) -> None:
        def fire(on: testing.CharmEvents, now: testing.State) -> object:
            return on.secret_changed(now.get_secret(id=key))

        self.then(partial(self._run, unit, "secret-changed", fire))

    def _join(self, unit: Unit, integration: Integration) -> None:
        self._relation(unit, integration, "joined")
        self._relation(unit, integration, "changed")
        self.then(partial(integration.seen.__setitem__, unit.number, {}))

    def _relation(self, unit: Unit, integration: Integration, kind: str) -> None:
        def fire(on: testing.CharmEvents, now: testing.State) -> object:
            relation = now.get_relation(integration.id)
            if kind in {"created", "broken"}:
                return getattr(on, f"relation_{kind}")(relation)
            return getattr(on, f"relation_{kind}")(relation, remote_unit=0)

        name = f"{integration.endpoint}-relation-{kind}"
        self.then(partial(self._run, unit, name, fire))
