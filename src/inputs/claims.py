"""Who holds an identity that several clients claim, and how many are served. Pure.

Identity is what a client says of itself. Who had one first keeps it, also while the rest of what
it says is invalid, until its relation goes or says another: the Schedule remembers the relation.
Where nothing is remembered, the lowest relation has it, whichever endpoint it is of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from charms.velero_libs.v0.velero_backup_config import (
    BackupClient,
    InvalidClient,
    VeleroBackupSpec,
)
from velero.backups import schedules
from velero.desired import Claim, Client

MOST: Final = 500
"""Clients that one operator serves."""

Valid: TypeAlias = BackupClient[VeleroBackupSpec]
Read: TypeAlias = Valid | InvalidClient


def claimed(client: Read) -> Client:
    """The client as the core knows it; parts that cannot be read are empty."""
    return Client(client.app, client.endpoint, client.model)


def claim(client: Read) -> Claim:
    """The client and its relation, as the core knows them."""
    return Claim(client.relation_id, claimed(client))


def is_contested(clients: Sequence[Read]) -> bool:
    """Whether several relations claim one identity, or may do so."""
    relations: defaultdict[str, set[int]] = defaultdict(set)
    for each in clients:
        relations[_name(each)].add(each.relation_id)
    of_all = {each.relation_id for each in clients}
    return len(of_all) > 1 and (
        "" in relations or any(len(several) > 1 for several in relations.values())
    )


def settled(clients: Sequence[Read], remembered: Mapping[str, int]) -> list[Read]:
    """The clients, of which those that claim what is another's are invalid.

    Args:
        clients: all, by ascending relation.
        remembered: the relations that Schedules are of, by the Schedules' names.
    """
    owners = _owners(clients, remembered)
    served: dict[str, Valid] = {}
    result: list[Read] = []
    for each in clients:
        name = _name(each)
        if isinstance(each, InvalidClient):
            result.append(each)
        elif owners[name] == each.relation_id and name not in served:
            served[name] = each
            result.append(each)
        else:
            reason = _taken(each, owners[name], served.get(name))
            result.append(InvalidClient(each.relation_id, reason, *each.identity))
    return result


def fitting(clients: Sequence[Read]) -> tuple[list[Read], list[Read]]:
    """The clients that are served, and those that are too many.

    Of too many, every relation has its turn before one has a second: however many one names, it
    takes no place of another's first.
    """
    turns: Counter[int] = Counter()
    order: list[tuple[int, int]] = []
    for number, each in enumerate(clients):
        order.append((turns[each.relation_id], number))
        turns[each.relation_id] += 1
    kept = {number for _, number in sorted(order)[:MOST]}
    over = [each for number, each in enumerate(clients) if number not in kept]
    return [clients[number] for number in sorted(kept)], over


def _owners(clients: Sequence[Read], remembered: Mapping[str, int]) -> dict[str, int]:
    """The relation that holds each name of a Schedule that is claimed."""
    first: dict[str, Read] = {}
    of_relation: defaultdict[int, list[Read]] = defaultdict(list)
    for each in clients:
        first.setdefault(_name(each), each)
        of_relation[each.relation_id].append(each)
    owners = {name: each.relation_id for name, each in first.items()}
    for name in owners.keys() & remembered.keys():
        there = of_relation[remembered[name]]
        if any(_may_be(each, first[name]) for each in there):
            owners[name] = remembered[name]
    return owners


def _may_be(one: Read, other: Read) -> bool:
    """Whether a client may be another one, as far as its names can be read."""
    if name := _name(one):
        return name == _name(other)
    parts = ((one.app, other.app), (one.endpoint, other.endpoint), (one.model, other.model))
    return all(mine in {"", theirs} for mine, theirs in parts)


def _name(client: Read) -> str:
    """What the client's Schedule is named; empty if its names cannot be read."""
    named = client.app and client.endpoint and client.model
    return schedules.name(claimed(client)) if named else ""


def _taken(client: Valid, owner: int, served: Valid | None) -> str:
    if served and served.identity != client.identity:
        name = schedules.name(claimed(client))
        return f"its objects would be named {name}, as another client's; rename it"
    called = ":".join(client.identity)
    if owner == client.relation_id:
        return f"app, relation_name, model: {called} is there twice; name it once"
    return (
        f"app, relation_name, model: {called} is already the client of relation {owner}; "
        "remove one of the two relations"
    )
