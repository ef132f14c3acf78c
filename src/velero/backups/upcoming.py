"""When a schedule is due next, as Velero's parser would say. Pure.

Velero keeps only when a schedule ran last. Its API takes any text as a schedule, and so does every
function here: what that parser (netresearch/go-cron v0.15.0 ``parser.go``) refuses has no answer,
rather than an error, and none takes longer for being longer.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from velero import total
from velero.kubernetes.resources import Object

_LONGEST: Final = 1024
"""Bytes that the parser reads at the most (``MaxSpecLength``)."""
_DESCRIPTORS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_SECOND: Final = 10**9
_UNITS: Final = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
}
_LARGEST: Final = 2**63 - 1
"""Of Go's numbers, and nanoseconds of its longest duration, 292 years."""
_TERM: Final = rf"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)({'|'.join(_UNITS)})"
_DURATION: Final = re.compile(rf"\+?(?:{_TERM})+")
_NUMBER: Final = re.compile(r"\+?[0-9]+")
_ZONE: Final = re.compile(r"[A-Za-z0-9/_+:-]{1,64}")
_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""White space to Go; Python's own is more."""
_SPACES: Final = re.compile(f"[{_SPACE}]+")
_DAYS: Final = re.findall("...", "sunmontuewedthufrisat")
_MONTHS: Final = re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec")
_FIELDS: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_SEARCHED_DAYS: Final = 366 * 5


def due(schedule: Object) -> dt.datetime | None:
    """When a Schedule is due, counted from its last run as Velero does; in UTC.

    It may lie in the past for a minute, which is how often Velero looks (velero
    pkg/controller/schedule_controller.go, ``getNextRunTime``). None if it is paused, or nobody
    can tell.
    """
    if total.at(schedule, "spec", "paused"):
        return None
    last = total.moment(schedule, "status", "lastBackup") or total.moment(
        schedule, "metadata", "creationTimestamp"
    )
    skipped = total.moment(schedule, "status", "lastSkipped")
    if last is None:
        return None
    return after(total.text(schedule, "spec", "schedule"), max(last, skipped or last))


def after(expression: str, moment: dt.datetime) -> dt.datetime | None:
    """The first time after a moment that an expression names, in UTC; None if it has none."""
    meant = read(expression)
    try:
        if isinstance(meant, Times):
            return next(meant.after(moment), None)
        if meant is None:
            return None
        # The parser counts whole seconds, from the second before the moment
        return moment.astimezone(dt.UTC).replace(microsecond=0) + meant
    except OverflowError:  # beyond the years of the calendar
        return None


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


@functools.lru_cache(1024)
def read(expression: str) -> Times | dt.timedelta | None:
    """What an expression means: times, or ``@every`` interval; None if the parser refuses it."""
    if len(expression.encode(errors="replace")) > _LONGEST:
        return None
    try:
        zone, rest = _without_zone(expression)
        if rest.startswith("@every "):
            return _interval(rest.removeprefix("@every "))
        fields = _SPACES.split(_DESCRIPTORS.get(rest, rest).strip(_SPACE))
        values = [_values(text, *limits) for text, limits in zip(fields, _FIELDS, strict=True)]
        _refuse_extensions(fields[2], fields[4])
    except (ValueError, KeyError, OSError):
        return None
    minutes, hours, days, months, weekdays = values
    return Times(zone, minutes, hours, days, months, frozenset(day % 7 for day in weekdays))


def _without_zone(expression: str) -> tuple[dt.tzinfo, str]:
    if not expression.startswith(("CRON_TZ=", "TZ=")):
        return dt.UTC, expression
    zone, _, rest = expression.partition(" ")
    name = zone.partition("=")[2]
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1]
    if not _ZONE.fullmatch(name):
        raise ValueError(name)
    # A container's local time is UTC
    known = dt.UTC if name in {"UTC", "Local"} else zoneinfo.ZoneInfo(name)
    return known, rest.strip(_SPACE)


def _refuse_extensions(day: str, weekday: str) -> None:
    """Velero leaves the parser's extensions off, which it looks for wherever they stand."""
    if set("lLwW") & set(day) or "#" in weekday:
        raise ValueError(day, weekday)


def _interval(text: str) -> dt.timedelta | None:
    """A Go duration in whole seconds; None if it is none, or shorter than one."""
    if not _DURATION.fullmatch(text):
        return None
    length = 0
    for number, unit in re.findall(_TERM, text):
        whole, _, fraction = number.partition(".")
        length += int(whole or 0) * _UNITS[unit]
        length += int(fraction or 0) * _UNITS[unit] // 10 ** len(fraction)
    seconds = length // _SECOND
    return dt.timedelta(seconds=seconds) if seconds and length <= _LARGEST else None


def _values(text: str, low: int, high: int) -> frozenset[int]:
    """The numbers that a field names.

    Raises:
        ValueError: the parser refuses it, or it names none.
    """
    items = filter(None, text.split(","))
    found = frozenset(number for item in items for number in _range(item, low, high))
    if not found:
        raise ValueError(text)
    return found


def _range(item: str, low: int, high: int) -> Iterator[int]:
    span, slash, step_text = item.partition("/")
    first, *others = span.split("-")
    start, end = (low, high) if first in {"*", "?"} else _ends(first, others, high)
    end = high if slash and not others else end
    step = _number(step_text) if slash else 1
    if start < low or end > high:
        raise ValueError(item)
    size = high - low + 1
    last = end + (size if end < start else 0)  # across the end, as in 22-2
    # The parser counts the length in 64 bits without a sign
    if step == 0 or 1 < step >= (last - start + 1) % 2**64:
        raise ValueError(item)
    return ((number - low) % size + low for number in range(start, last + 1, step))


def _ends(first: str, others: list[str], high: int) -> tuple[int, int]:
    if len(others) > 1:
        raise ValueError(first)
    names = {_FIELDS[3][1]: _MONTHS, _FIELDS[4][1]: _DAYS}.get(high, [])
    start = _named(first, names)
    return start, _named(others[0], names) if others else start


def _named(text: str, names: list[str]) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + (names is _MONTHS)
    return _number(text)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) > _LARGEST:
        raise ValueError(text)
    return int(text)
