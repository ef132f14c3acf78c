"""When a schedule is due next, as Velero's parser would say. Pure.

Velero keeps only when a schedule ran last. The expression has been validated before: what cannot
be read here has no answer, rather than an error.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from velero.resources import Object

_DESCRIPTORS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_UNITS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,
    "\u03bcs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_TERM: Final = re.compile(rf"([0-9.]+)({'|'.join(_UNITS)})")
_DAYS: Final = re.findall("...", "sunmontuewedthufrisat")
_MONTHS: Final = re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec")
_FIELDS: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_SEARCHED_DAYS: Final = 366 * 5


def due(schedule: Object) -> dt.datetime | None:
    """When a Schedule is due, counted from its last run as Velero does; in UTC.

    It may lie in the past for a minute, which is how often Velero looks (velero
    pkg/controller/schedule_controller.go, ``getNextRunTime``). None if it is paused.
    """
    if schedule["spec"].get("paused"):
        return None
    status = schedule.get("status", {})
    last = status.get("lastBackup") or schedule["metadata"]["creationTimestamp"]
    last = max(last, status.get("lastSkipped") or "")
    return after(schedule["spec"]["schedule"], dt.datetime.fromisoformat(last))


def after(expression: str, moment: dt.datetime) -> dt.datetime | None:
    """The first time after a moment that an expression names, in UTC; None if it has none."""
    meant = read(expression)
    if isinstance(meant, Times):
        return next(meant.after(moment), None)
    if meant is None:
        return None
    # The parser counts whole seconds, from the second before the moment
    return moment.astimezone(dt.UTC).replace(microsecond=0) + meant


@dataclass(frozen=True, slots=True)
class Times:
    """The times of day and the days that a cron expression names, where a zone's clocks show them.

    Attributes:
        zone: whose clocks.
        minutes: of the hour; the others are hours, days of the month, months, and weekdays, of
            which 0 is Sunday.
    """

    zone: dt.tzinfo
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def falls_on(self, date: dt.date) -> bool:
        """Whether a day is named: its day of the month and its weekday both have to match."""
        return (
            date.day in self.days
            and date.month in self.months
            and date.isoweekday() % 7 in self.weekdays
        )

    def of_day(self, date: dt.date) -> Iterator[dt.datetime]:
        """All times of a day, in UTC and in their order."""
        for hour, minute in itertools.product(sorted(self.hours), sorted(self.minutes)):
            local = dt.datetime.combine(date, dt.time(hour, minute), self.zone)
            at = local.astimezone(dt.UTC)
            # Where clocks go forward, there is no such time; it does not survive the way back
            if at.astimezone(self.zone).hour == hour:
                yield at

    def after(self, moment: dt.datetime) -> Iterator[dt.datetime]:
        """All times after a moment, as far as Velero's parser searches."""
        first = moment.astimezone(self.zone).date()
        for ahead in range(_SEARCHED_DAYS):
            date = first + dt.timedelta(days=ahead)
            if self.falls_on(date):
                yield from (at for at in self.of_day(date) if at > moment)


def read(expression: str) -> Times | dt.timedelta | None:
    """What an expression means: times, or ``@every`` interval; None if it cannot be read."""
    zone_name, expression = _without_zone(expression)
    try:
        if expression.startswith("@every"):
            return _interval(expression.removeprefix("@every"))
        # A container's local time is UTC
        zone = dt.UTC if zone_name in {"UTC", "Local"} else zoneinfo.ZoneInfo(zone_name)
        fields = _DESCRIPTORS.get(expression, expression).lower().split()
        values = [_values(text, *limits) for text, limits in zip(fields, _FIELDS, strict=True)]
    except (ValueError, KeyError, OSError):
        return None
    minutes, hours, days, months, weekdays = values
    return Times(zone, minutes, hours, days, months, frozenset(day % 7 for day in weekdays))


def _without_zone(expression: str) -> tuple[str, str]:
    if not expression.startswith(("CRON_TZ=", "TZ=")):
        return "UTC", expression.strip()
    zone, _, rest = expression.partition(" ")
    return zone.partition("=")[2].strip("'\""), rest.strip()


def _interval(text: str) -> dt.timedelta:
    seconds = int(sum(float(number) * _UNITS[unit] for number, unit in _TERM.findall(text)))
    return dt.timedelta(seconds=max(seconds, 1))


def _values(text: str, low: int, high: int) -> frozenset[int]:
    return frozenset(
        number for item in text.split(",") if item for number in _range(item, low, high)
    )


def _range(item: str, low: int, high: int) -> Iterator[int]:
    span, slash, step = item.partition("/")
    first, dash, last = span.partition("-")
    if first in {"*", "?"}:
        start, end = low, high
    else:
        start = _number(first, high)
        end = _number(last, high) if dash else (high if slash else start)
    size = high - low + 1
    end += size if end < start else 0  # across the end, as in 22-2
    return ((number - low) % size + low for number in range(start, end + 1, int(step or 1)))


def _number(text: str, high: int) -> int:
    names = _DAYS if high == _FIELDS[-1][1] else _MONTHS
    if text in names:
        return names.index(text) + (names is _MONTHS)
    return int(text)
