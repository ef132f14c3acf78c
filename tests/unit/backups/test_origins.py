"""Whose backups count, whatever they say and whenever they came."""

from hypothesis import given
from hypothesis import strategies as st

from velero.backups import catalogue, clusters, origins
from velero.backups.clusters import CLUSTER, Whose
from velero.kubernetes.resources import Object

HERE, OTHER = (f"{digit * 8}-1111-2222-3333-444444444444" for digit in "ab")
MADE = "2026-11-21T08:00:00Z"
ENDS = {"2026-11-21T07:59:00Z": True, "2026-11-21T08:00:09Z": False}
LABELS = st.sampled_from([None, HERE, OTHER, "", "rubbish", HERE.upper()])


def backup(label: str | None, ended: str) -> Object:
    labels = {} if label is None else {CLUSTER: label}
    meta: Object = {"name": "b", "creationTimestamp": MADE, "labels": labels}
    return {"metadata": meta, "status": {"completionTimestamp": ended} if ended else {}}


BACKUPS = st.builds(backup, LABELS, st.sampled_from([*ENDS, ""]))


@given(BACKUPS)
def test_a_label_says_whose_it_is_and_without_one_how_it_came(made: Object) -> None:
    entry = catalogue.entry(made)
    label = made["metadata"]["labels"].get(CLUSTER)
    synced = ENDS.get(made["status"].get("completionTimestamp", ""), False)
    labelled = {HERE: Whose.HERE, OTHER: Whose.OTHER}
    unlabelled = Whose.UNKNOWN if synced else Whose.HERE
    assert origins.whose(entry, HERE) is labelled.get(label, unlabelled)


@given(BACKUPS)
def test_as_long_as_this_cluster_is_unknown_no_backup_is_anothers(made: Object) -> None:
    entry = catalogue.entry(made)
    assert origins.whose(entry, "") is (Whose.UNKNOWN if entry.synced else Whose.HERE)


@given(BACKUPS)
def test_what_counts_is_this_clusters_then_unknown_and_anothers_never(made: Object) -> None:
    entry = catalogue.entry(made)
    rank, whose = origins.ranked(HERE)(entry), origins.whose(entry, HERE)
    assert rank == {Whose.HERE: 2, Whose.UNKNOWN: 1, Whose.OTHER: 0}[whose]
    assert origins.ranked(HERE, HERE)(entry) == rank
    assert bool(origins.ranked(HERE, OTHER)(entry)) == (entry.cluster == OTHER)
    assert bool(origins.told(entry, HERE)) == (whose is not Whose.HERE)


def test_a_person_is_shown_as_much_of_a_cluster_as_is_taken() -> None:
    assert clusters.called(OTHER, Whose.OTHER) == "cluster bbbbbbbb"
