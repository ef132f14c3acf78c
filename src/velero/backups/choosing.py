"""Which of a client's backups to take, and which is its last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from velero.backups import catalogue, schedules
from velero.backups.catalogue import Entry, Listing, is_newer
from velero.desired import Client
from velero.errors import Refused
from velero.installation import defined
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster

PASSED: Final = 3
"""How many Backups that a choice passes over are named."""


@dataclass(frozen=True, slots=True)
class Last:
    """A client's last Backups.

    Attributes:
        newest: the newest.
        ended: the newest that has ended, if one has.
    """

    newest: Entry
    ended: Entry | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of a client's Backups to take.

    Attributes:
        taken: the newest that is good and holds something.
        passed: those that are newer, and no good.
    """

    taken: Entry
    passed: Listing


def last_by_client(cluster: Cluster, rank: Callable[[Entry], int]) -> dict[Client, Last]:
    """Each client's newest Backups; the clients as ``schedules.shortened`` gives them.

    Args:
        cluster: the Kubernetes API.
        rank: how well a Backup answers, as ``origins.ranked`` tells: of a client's, those of the
            best rank count, and none of rank 0.

    Raises:
        ClusterError: they cannot be listed.
    """
    found: dict[Client, tuple[int, Last]] = {}
    for each in catalogue.entries(cluster):
        its = rank(each)
        if not each.client or not its:
            continue
        best, last = found.get(each.client, (0, None))
        if its >= best:
            found[each.client] = (its, _with(last if its == best else None, each))
    return {client: last for client, (_, last) in found.items()}


def newest_of(
    cluster: Cluster,
    wanted: Client,
    phases: frozenset[str],
    counts: Callable[[Entry], bool],
    *,
    model: bool,
) -> Choice:
    """A client's newest good Backup, whether or not the client is still there.

    Args:
        cluster: the Kubernetes API.
        wanted: the client.
        phases: which are good enough; what is known to hold nothing is not.
        counts: which are looked at, as ``origins.counting`` tells.
        model: whether the client's model counts; if not, there must be one only.

    Raises:
        Refused: there is none, or there are such clients in several models.
        ClusterError: they cannot be listed.
    """
    key = schedules.shortened(wanted)
    of_it = (each for each in catalogue.entries(cluster) if _is_of(each, key, model=model))
    good = _best(filter(counts, of_it), phases)
    if len(good) > 1:
        models = ", ".join(sorted(each.model for each in good))
        raise Refused(f"{wanted} has backups in several models; add model= one of {models}")
    taken = next(iter(good.values()), None)
    passed = catalogue.newest(
        cluster,
        PASSED,
        lambda each: each.client in good and counts(each) and is_newer(each, taken),
    )
    if taken is None:
        defined.require(cluster, k8s.BACKUP)
        told = f"; passed over: {passed_over(passed)}" if passed.entries else ""
        said = f"that is {' or '.join(sorted(phases))} and holds something{told}"
        raise Refused(f"There is no backup of {wanted} {said}; see list-backups")
    return Choice(taken, passed)


def passed_over(passed: Listing) -> str:
    """Which Backups are no good, and why."""
    said = [f"{each.name} {_flaw(each)}" for each in passed.entries]
    more = passed.matched - len(passed.entries)
    return ", ".join([*said, *([f"and {more} more"] if more > 0 else [])])


def _with(known: Last | None, each: Entry) -> Last:
    newest, ended = (known.newest, known.ended) if known else (None, None)
    has_ended = each.phase in catalogue.ENDED and is_newer(each, ended)
    return Last(
        newest=each if newest is None or is_newer(each, newest) else newest,
        ended=each if has_ended else ended,
    )


def _best(of_it: Iterable[Entry], phases: frozenset[str]) -> dict[Client, Entry | None]:
    """The newest good Backup of each client that has any Backup."""
    found: dict[Client, Entry | None] = {}
    for each in of_it:
        if each.client:
            best = found.get(each.client)
            good = each.phase in phases and not each.empty
            found[each.client] = each if good and is_newer(each, best) else best
    return found


def _is_of(each: Entry, wanted: Client, *, model: bool) -> bool:
    its = each.client
    if its is None or (model and its.model != wanted.model):
        return False
    return (its.application, its.endpoint) == (wanted.application, wanted.endpoint)


def _flaw(each: Entry) -> str:
    return "holds nothing" if each.empty else f"is {each.phase}"
