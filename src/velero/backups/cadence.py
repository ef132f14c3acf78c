"""How long a schedule may at the most be between two of its runs. Pure.

A backup is late when more time than that has passed since the last good one, and not before:
weekdays, months, leap years and the clocks of a time zone all make some gaps longer than others.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from velero.backups.upcoming import Times, read

_FIRST: Final = dt.date(2024, 1, 1).toordinal()
_LAST: Final = dt.date(2064, 1, 1).toordinal()
"""Weekdays, days of the month and leap years come together anew after 28 years. The years after
that are for gaps that begin in them and end later; Velero searches five years ahead."""
_DAY: Final = 86400


@functools.lru_cache(1024)
def longest_gap(expression: str) -> dt.timedelta | None:
    """The longest time from one run to the next; None if the expression names no two of them.

    Args:
        expression: a schedule in Velero's grammar, which was validated before.
    """
    meant = read(expression)
    if not isinstance(meant, Times):
        return meant
    if meant.zone is dt.UTC:
        of_day = _of_day(meant)
        apart = _widest(_days(meant.days, meant.months, meant.weekdays)) * _DAY
        widest = max(_widest(of_day), apart and apart - of_day[-1] + of_day[0])
        return dt.timedelta(seconds=widest) if widest else None
    widest, before = 0, None
    for first, last, inside in _runs(meant):
        widest = max(widest, inside, 0 if before is None else first - before)
        before = last
    return dt.timedelta(seconds=widest) if widest else None


def _runs(times: Times) -> Iterator[tuple[int, int, int]]:
    """Of each day with a run: its first, its last, and the widest gap between two of them.

    Runs are seconds, those before and after a change of the clocks on the same scale.
    """
    of_day = _of_day(times)
    inside = _widest(of_day)
    offsets = _offsets(times.zone)
    for day in _days(times.days, times.months, times.weekdays):
        offset, tomorrow = offsets[day - _FIRST], offsets[day - _FIRST + 1]
        start = day * _DAY - offset
        if offset == tomorrow:
            yield start + of_day[0], start + of_day[-1], inside
            continue
        date = dt.date.fromordinal(day)
        midnight = dt.datetime.combine(date, dt.time(), dt.UTC)
        base = day * _DAY
        on = [base + int((at - midnight).total_seconds()) for at in times.of_day(date)]
        if on:
            yield on[0], on[-1], _widest(on)


def _of_day(times: Times) -> list[int]:
    return [60 * (60 * h + m) for h in sorted(times.hours) for m in sorted(times.minutes)]


def _widest(moments: Sequence[int]) -> int:
    return max((later - sooner for sooner, later in itertools.pairwise(moments)), default=0)


@functools.lru_cache(1024)
def _days(
    days: frozenset[int], months: frozenset[int], weekdays: frozenset[int]
) -> tuple[int, ...]:
    """The days of all years that are looked at which are named."""
    named = Times(dt.UTC, frozenset(), frozenset(), days, months, weekdays)
    return tuple(day for day in range(_FIRST, _LAST) if named.falls_on(dt.date.fromordinal(day)))


@functools.lru_cache(1024)
def _offsets(zone: dt.tzinfo) -> tuple[int, ...]:
    """How many seconds a zone is ahead of UTC at each midnight of all these years."""
    midnights = (
        dt.datetime.combine(dt.date.fromordinal(day), dt.time(), zone)
        for day in range(_FIRST, _LAST + 1)
    )
    return tuple(int((at.utcoffset() or dt.timedelta()).total_seconds()) for at in midnights)
