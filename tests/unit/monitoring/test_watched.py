"""Which schedules are waited for, and from when on."""

import datetime as dt

import pytest

from monitoring.watched import margin_of, watched
from velero.backups import schedules
from velero.desired import Client, Desired, Schedule, Scope
from velero.observed import Observed

CLIENT = Client("shop", "backup", "m1")
MADE = "2026-11-01T12:00:00Z"
NOON = int(dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC).timestamp())
HOUR = 3600


def desired(cron: str = "0 2 * * *") -> Desired:
    wish = Schedule(CLIENT, Scope(), cron)
    return Desired("backups", "velero-operator", "velero:v1", schedules=(wish,))


def observed(wanted: Desired, times: tuple[tuple[str, str], ...] = (), **spec: bool) -> Observed:
    obj = schedules.schedule(wanted, wanted.schedules[0], None, runs=True)
    obj["spec"] |= spec
    fields = [{"manager": manager, "time": time} for manager, time in times]
    obj["metadata"] |= {"creationTimestamp": MADE, "managedFields": fields}
    return Observed(objects={("Schedule", "m1.shop.backup"): obj})


def test_a_schedule_is_late_after_its_gap_and_a_margin() -> None:
    wanted = desired()
    (found,) = watched(wanted, observed(wanted))
    assert (found.schedule, found.client, found.cron) == ("m1.shop.backup", CLIENT, "0 2 * * *")
    assert found.limit == 30 * HOUR
    assert found.since == NOON + 14 * HOUR + 6 * HOUR


def test_nothing_is_late_before_what_is_due_after_the_last_change_of_ours() -> None:
    wanted = desired("@hourly")
    times = (
        ("velero-operator", "2026-11-03T12:10:00Z"),
        ("velero-server", "2026-11-09T12:00:00Z"),
    )
    (found,) = watched(wanted, observed(wanted, times))
    assert found.since == NOON + 48 * HOUR + HOUR + HOUR // 2


def test_one_that_does_not_run_is_not_waited_for() -> None:
    wanted = desired()
    assert not list(watched(wanted, observed(wanted, paused=True)))
    assert not list(watched(wanted, Observed()))
    foreign = observed(wanted)
    foreign.objects["Schedule", "m1.shop.backup"]["metadata"]["labels"] = {}
    assert not list(watched(wanted, foreign))


@pytest.mark.parametrize(("gap", "margin"), [(300, 1800), (8 * HOUR, 2 * HOUR), (10**7, 6 * HOUR)])
def test_the_margin_is_a_quarter_within_bounds(gap: int, margin: int) -> None:
    assert margin_of(dt.timedelta(seconds=gap)) == dt.timedelta(seconds=margin)
