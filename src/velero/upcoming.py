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
    zone_name, expression = _without_zone(expression)
    try:
        if expression.startswith("@every"):
            return _every(expression.removeprefix("@every"), moment)
        # A container's local time is UTC
        zone = dt.UTC if zone_name in {"UTC", "Local"} else zoneinfo.ZoneInfo(zone_name)
        fields = _DESCRIPTORS.get(expression, expression).lower().split()
        values = [_values(text, *limits) for text, limits in zip(fields, _FIELDS, strict=True)]
    except (ValueError, KeyError, OSError):
        return None
    return next(_times(values, moment.astimezone(zone)), None)


def _without_zone(expression: str) -> tuple[str, str]:
    if not expression.startswith(("CRON_TZ=", "TZ=")):
        return "UTC", expression.strip()
    zone, _, rest = expression.partition(" ")
    return zone.partition("=")[2].strip("'\""), rest.strip()


def _every(text: str, moment: dt.datetime) -> dt.datetime:
    """The parser counts whole seconds, from the second before the moment."""
    seconds = int(sum(float(number) * _UNITS[unit] for number, unit in _TERM.findall(text)))
    begun = moment.astimezone(dt.UTC).replace(microsecond=0)
    return begun + dt.timedelta(seconds=max(seconds, 1))


def _times(values: list[frozenset[int]], moment: dt.datetime) -> Iterator[dt.datetime]:
    minutes, hours, days, months, weekdays = values
    weekdays = frozenset(day % 7 for day in weekdays)
    for ahead in range(_SEARCHED_DAYS):
        date = moment.date() + dt.timedelta(days=ahead)
        # Day of month and day of week have to match both
        if date.day in days and date.month in months and date.isoweekday() % 7 in weekdays:
            yield from _of_day(date, hours, minutes, moment)


def _of_day(
    date: dt.date, hours: frozenset[int], minutes: frozenset[int], moment: dt.datetime
) -> Iterator[dt.datetime]:
    for hour, minute in itertools.product(sorted(hours), sorted(minutes)):
        local = dt.datetime.combine(date, dt.time(hour, minute), moment.tzinfo)
        at = local.astimezone(dt.UTC)
        # Where clocks go forward, there is no such time; it does not survive the way back
        if at > moment and at.astimezone(moment.tzinfo).hour == hour:
            yield at


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
