"""A backup that Velero calls Completed and that holds nothing: what of its scope matched nothing.

Velero makes no difference between all that was asked for and nothing that was asked for: a
namespace that is gone, a glob or a label that nothing has and a kind of another spelling all end
as Completed (velero v1.18.3 pkg/backup/backup.go:442-465).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Final

from velero import total
from velero.backups import catalogue, results
from velero.errors import ClusterError, VeleroError
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Object

SHOWN: Final = 5
"""Of names in one list."""
_NAME: Final = 80
_FILE: Final = "BackupResourceList"
"""Of velero pkg/apis/velero/v1/download_request_types.go."""
_NAMESPACES: Final = "v1/Namespace"
LISTS: Final = (
    ("includedNamespaces", "in namespaces"),
    ("excludedNamespaces", "not in namespaces"),
    ("includedResources", "of kinds"),
    ("includedNamespaceScopedResources", "of kinds"),
    ("includedClusterScopedResources", "of cluster-wide kinds"),
    ("excludedResources", "not of kinds"),
    ("excludedNamespaceScopedResources", "not of kinds"),
    ("excludedClusterScopedResources", "not of cluster-wide kinds"),
)
"""What narrows a backup (velero pkg/apis/velero/v1/backup_types.go), and what is said of it."""
_VELEROS: Final = frozenset(
    {"volumesnapshots.snapshot.storage.k8s.io", "volumesnapshotcontents.snapshot.storage.k8s.io"}
)
"""What Velero excludes from every backup (velero pkg/controller/backup_controller.go:72-84)."""
_GLOB: Final = frozenset("*?[")


def reason(cluster: Cluster, backup: Object) -> str:
    """That a backup that has ended holds nothing, and why; empty if it does, or nobody knows.

    The namespaces are those of now, a moment after it ended.
    """
    if catalogue.entry(backup).empty:
        said = _missing(cluster, total.texts(backup, "spec", "includedNamespaces"))
        why = "; ".join(said) or f"no object matches what it asks for: {scope(backup)}"
        return f"holds nothing: {why}"
    if _selects(backup) and _kinds(cluster, k8s.name_of(backup)) == {_NAMESPACES}:
        return f"holds namespaces alone: nothing in them matches what it asks for: {scope(backup)}"
    return ""


def _selects(backup: Object) -> bool:
    """Whether it asks for labels; Velero adds the namespaces themselves, whatever they have."""
    return any(total.at(backup, "spec", each) for each in ("labelSelector", "orLabelSelectors"))


def _kinds(cluster: Cluster, name: str) -> set[str]:
    """The kinds of what is in a backup, such as ``apps/v1/Deployment``; none if nobody knows."""
    with suppress(VeleroError):  # The store need not be reachable from here
        return {*total.mapping(results.parsed(*results.download(cluster, _FILE, name)))}
    return set()


def scope(backup: Object) -> str:
    """What a backup asks for, in words."""
    spec = total.mapping(backup, "spec")
    lists = [(word, _asked(total.texts(spec, key))) for key, word in LISTS]
    said = [f"{word} {_named(texts)}" for word, texts in lists if texts]
    alternatives = total.items(spec, "orLabelSelectors")
    selectors = [total.mapping(spec, "labelSelector"), *alternatives[:SHOWN]]
    said += [f"with labels {labels}" for each in selectors if (labels := _labels(each))]
    return ", ".join(said) or "everything"


def _asked(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for text in texts if text not in _VELEROS)


def _missing(cluster: Cluster, included: tuple[str, ...]) -> list[str]:
    """What is wrong with each namespace that is asked for; nothing if one of them is there."""
    if not included or "*" in included:
        return []
    with suppress(ClusterError):  # Then the scope itself has to do
        there = {k8s.name_of(each): each for each in cluster.list(k8s.NAMESPACE)}
        wrong = [_wrong(wanted, there) for wanted in included]
        more = [f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        return [*wrong[:SHOWN], *more] if all(wrong) else []
    return []


def _wrong(wanted: str, there: dict[str, Object]) -> str:
    shown = total.plain(wanted, _NAME)
    matching = [each for name, each in there.items() if _matches(wanted, name)]
    if not matching:
        is_glob = _GLOB.intersection(wanted)
        return f"no namespace matches {shown}" if is_glob else f"there is no namespace {shown}"
    going = all(total.text(each, "metadata", "deletionTimestamp") for each in matching)
    return f"namespace {shown} is being deleted" if going else ""


def _matches(wanted: str, name: str) -> bool:
    """As Velero matches; it refuses what the two grammars differ in (wildcard/expand.go:67)."""
    return fnmatchcase(name, wanted) if _GLOB.intersection(wanted) else name == wanted


def _labels(selector: Object) -> str:
    said = [f"{key}={value}" for key, value in total.pairs(selector, "matchLabels").items()]
    return _named((*said, *_expressions(selector)))


def _expressions(selector: Object) -> Iterator[str]:
    for each in total.items(selector, "matchExpressions"):
        values = total.texts(each, "values")
        listed = f" ({_named(values)})" if values else ""
        yield f"{total.text(each, 'key')} {total.text(each, 'operator')}{listed}"


def _named(texts: tuple[str, ...]) -> str:
    more = [f"and {len(texts) - SHOWN} more"] if len(texts) > SHOWN else []
    return ", ".join([*(total.plain(text, _NAME) for text in texts[:SHOWN]), *more])
