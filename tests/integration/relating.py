"""What Juju says of relations, read in the same way from Juju 3.6 and 4."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

_ENDING = ("already exists", "is dying", "not yet removed")


class Related(Protocol):
    """One line of an application's relations in `juju status`."""

    @property
    def related_app(self) -> str:
        """The other application."""
        ...


def still_there(refusal: str) -> bool:
    """Whether `juju integrate` failed because an earlier relation of the two is not gone yet.

    It is there until the hooks of its removal have ended; what says so differs with the version.
    """
    return any(words in refusal for words in _ENDING)


def is_related(relations: Mapping[str, Sequence[Related]], endpoint: str, other: str) -> bool:
    """Whether `juju status` shows a relation of an endpoint with another application.

    Args:
        relations: those of the application, by endpoint.
        endpoint: the application's endpoint.
        other: the other application.
    """
    return any(each.related_app == other for each in relations.get(endpoint, ()))


def newest(listed: str) -> str:
    """The newest relation of those that `relation-ids --format=json` prints; empty if none is.

    Beside a new one an old one may be there, whose removal has not ended.
    """
    found = cast("list[str]", json.loads(listed or "null") or [])
    return max(found, key=lambda each: int(each.rpartition(":")[2]), default="")


def databag(printed: str) -> dict[str, str]:
    """What `relation-get --format=json` prints of a whole databag."""
    found: Any = json.loads(printed or "null")
    return cast("dict[str, str]", found) if isinstance(found, dict) else {}
