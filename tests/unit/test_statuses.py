"""A status that Juju knows is not told again; one that it may not know, is."""

import dataclasses
from collections.abc import Callable

import ops
import pytest
from ops import testing

import statuses
from statuses import Statuses
from velero.problem import Need, Problem

META = {"name": "app"}
OTHER = testing.WaitingStatus("set by nobody that the unit knows of")
PROBLEM = Problem(Need.BLOCKED, "Missing storage")


class Teller(ops.CharmBase):
    """Tells what `problems` says, in each hook."""

    problems: tuple[Problem, ...] = ()

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.statuses = Statuses(self)
        on = self.on
        anew = (on.install, on.start, on.upgrade_charm, on.leader_elected)
        for event in (on.update_status, on.config_changed, *anew):
            framework.observe(event, self.statuses.begin)
        framework.observe(self.on.stop, self.end)
        framework.observe(self.on.collect_unit_status, self.tell_unit)
        framework.observe(self.on.collect_app_status, self.tell_app)

    def end(self, _: ops.StopEvent) -> None:
        self.statuses.forget()
        self.unit.status = ops.MaintenanceStatus("Removing")

    def tell_unit(self, event: ops.CollectStatusEvent) -> None:
        if self.unit.status.name != "maintenance":
            self.statuses.tell(event, "unit", self.problems, ops.ActiveStatus())

    def tell_app(self, event: ops.CollectStatusEvent) -> None:
        self.statuses.tell(event, "app", self.problems, ops.ActiveStatus())


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> testing.Context[Teller]:
    monkeypatch.setattr(Teller, "problems", ())
    return testing.Context(Teller, meta=META)


@pytest.fixture
def told(context: testing.Context[Teller]) -> testing.State:
    """A leader that has told that all is well; then the statuses are set in another way."""
    state = context.run(context.on.update_status(), testing.State(leader=True))
    assert (state.unit_status, state.app_status) == (testing.ActiveStatus(),) * 2
    return dataclasses.replace(state, unit_status=OTHER, app_status=OTHER)


@pytest.mark.parametrize("event", ["config_changed", "update_status"])
def test_what_juju_knows_is_not_told_again(
    context: testing.Context[Teller], told: testing.State, event: str
) -> None:
    state = context.run(getattr(context.on, event)(), told)
    assert (state.unit_status, state.app_status) == (OTHER, OTHER)


def test_what_differs_is_told_and_remembered(
    context: testing.Context[Teller], told: testing.State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Teller, "problems", (PROBLEM,))
    blocked = testing.BlockedStatus(PROBLEM.message)
    state = context.run(context.on.update_status(), told)
    assert (state.unit_status, state.app_status) == (blocked, blocked)
    monkeypatch.setattr(Teller, "problems", ())
    state = context.run(context.on.update_status(), state)
    assert state.unit_status == testing.ActiveStatus()


@pytest.mark.parametrize("event", ["install", "leader_elected", "start", "upgrade_charm"])
def test_a_hook_that_makes_it_another_unit_tells_it_again(
    context: testing.Context[Teller], told: testing.State, event: str
) -> None:
    state = context.run(getattr(context.on, event)(), told)
    assert (state.unit_status, state.app_status) == (testing.ActiveStatus(),) * 2


def later(now: float) -> float:
    return now + statuses.SECONDS + 1


def earlier(now: float) -> float:
    return now - 86_400


@pytest.mark.parametrize("moved", [later, earlier])
def test_it_is_told_again_after_an_hour_or_by_a_clock_that_was_set(
    context: testing.Context[Teller],
    told: testing.State,
    monkeypatch: pytest.MonkeyPatch,
    moved: Callable[[float], float],
) -> None:
    now = moved(statuses.time.time())
    monkeypatch.setattr(statuses.time, "time", lambda: now)
    state = context.run(context.on.update_status(), told)
    assert (state.unit_status, state.app_status) == (testing.ActiveStatus(),) * 2


def test_it_is_told_again_after_something_else_was_set(
    context: testing.Context[Teller], told: testing.State
) -> None:
    state = context.run(context.on.stop(), told)
    state = dataclasses.replace(state, unit_status=OTHER, app_status=OTHER)
    state = context.run(context.on.update_status(), state)
    assert state.unit_status == testing.ActiveStatus()
