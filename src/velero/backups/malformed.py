"""What Velero cannot read though the API server takes it: durations, times, numbers. Pure.

The definitions call a duration a string, and a time a string of a format that is wider than Go's.
One object of a kind with such a value keeps Velero from reading all objects of that kind: it
makes none of them, sees none of them change, and does not come up again once it is restarted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

from velero import total
from velero.kubernetes.resources import Object

DURATIONS: Final = frozenset(
    {
        "backupSyncPeriod",
        "csiSnapshotTimeout",
        "execTimeout",
        "itemOperationTimeout",
        "maintenanceFrequency",
        "operationTimeout",
        "timeout",
        "ttl",
        "validationFrequency",
        "waitTimeout",
    }
)
"""Fields that are ``metav1.Duration`` (velero pkg/apis/velero/v1 and v2alpha1)."""
TIMES: Final = frozenset(
    {
        "acceptedTimestamp",
        "completeTimestamp",
        "completionTimestamp",
        "expiration",
        "lastBackup",
        "lastMaintenanceTime",
        "lastSkipped",
        "lastSyncedTime",
        "lastValidationTime",
        "processedTimestamp",
        "startTimestamp",
    }
)
"""Fields that are ``metav1.Time`` (likewise)."""
FREE: Final = frozenset(
    {
        "annotations",
        "config",
        "dataMoverConfig",
        "dataMoverResult",
        "labels",
        "matchLabels",
        "namespaceMapping",
        "orderedResources",
        "repositoryConfig",
        "tags",
        "uploaderSettings",
    }
)
"""Maps in which people choose the keys."""

_DURATION: Final = re.compile(
    r"[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|\xb5s|\u03bcs|ms|s|m|h))+)"
)
_UNIT: Final = re.compile(r"ns|us|\xb5s|\u03bcs|ms|s|m|h")
_NANOSECONDS: Final = {
    "ns": 1,
    "us": 10**3,
    "\xb5s": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))"
)
_LONGEST: Final = 1000
_DEEPEST: Final = 40
_LARGEST: Final = 2**63


def fault(obj: Object) -> str:
    """The first value of an object that Velero cannot read, with its place; empty if none.

    A value that is not a string where one belongs is none: the API server refuses those.
    """
    parts = {key: obj.get(key) for key in ("spec", "status")}
    return total.plain(next(_faults(parts, "", _DEEPEST), ""))


def is_duration(text: str) -> bool:
    """Whether Go's ``time.ParseDuration`` takes a text."""
    if len(text) > _LONGEST or (
        not text.isascii() and not set(text) - _ASCII <= {"\xb5", "\u03bc"}
    ):
        return False
    if not _DURATION.fullmatch(text):
        return False
    numbers = _UNIT.split(text.lstrip("+-"))
    spent = sum(map(_nanoseconds, numbers, _UNIT.findall(text)))
    return spent < _LARGEST or (text.startswith("-") and spent == _LARGEST)


def is_time(text: str) -> bool:
    """Whether Go's ``time.Parse`` takes a text as RFC 3339, as ``metav1.Time`` is read."""
    read = _TIME.fullmatch(text) if text.isascii() and len(text) <= _LONGEST else None
    if read is None:
        return False
    year, month, day, hour, minute, second, *zone = (int(part or 0) for part in read.groups())
    if not 1 <= month <= len(_DAYS) or not 1 <= day <= _days(year, month):
        return False
    return hour < 24 and minute < 60 and second < 60 and zone[0] <= 24 and zone[1] <= 60  # noqa: PLR2004


_ASCII: Final = frozenset(map(chr, range(128)))
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _days(year: int, month: int) -> int:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _DAYS[month - 1] + (month == 2 and is_leap)  # noqa: PLR2004


def _nanoseconds(number: str, unit: str) -> int:
    whole, _, fraction = number.partition(".")
    return int(whole + fraction) * _NANOSECONDS[unit] // 10 ** len(fraction)


def _faults(value: Any, path: str, deepest: int) -> Iterator[str]:  # noqa: ANN401 - JSON
    """What cannot be read in a value, below a path such as ``spec.template``."""
    if isinstance(value, list) and deepest:
        for n, each in enumerate(cast("list[Any]", value)):
            yield from _faults(each, f"{path}[{n}]", deepest - 1)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) >= _LARGEST):
        yield f"{path} {total.plain(str(value), 40)} is no whole number of 64 bits"
    elif isinstance(value, dict) and deepest:
        for key, each in cast("Object", value).items():
            yield from _of_field(key, each, f"{path}.{key}".removeprefix("."), deepest)


def _of_field(key: str, value: Any, path: str, deepest: int) -> Iterator[str]:  # noqa: ANN401
    if key in FREE:
        return
    if isinstance(value, str):
        shown = f'{path} "{total.plain(value, 40)}"'
        if key in DURATIONS and not is_duration(value):
            yield f"{shown} is no duration"
        elif key in TIMES and not is_time(value):
            yield f"{shown} is no time"
        return
    yield from _faults(value, path, deepest - 1)
