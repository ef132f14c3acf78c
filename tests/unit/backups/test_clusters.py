"""Which cluster a Schedule's Backups say they are of, and when that is read."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero import total
from velero.backups import clusters, schedules, scheduling
from velero.desired import Client, Desired, Schedule, Scope, Storage
from velero.kubernetes.difference import differs
from velero.kubernetes.resources import FIELD_MANAGER, Key, Kind, Object

HERE, OTHER = (f"{digit * 8}-1111-2222-3333-444444444444" for digit in "ab")
STORAGE = Storage("s3-credentials", "aws", "p:1", "b", "")
SHOP, DB = (
    Schedule(Client(name, "backup", "m1"), Scope(("shop",)), "@daily") for name in ("shop", "db")
)
DESIRED = Desired("ns", "velero-operator", "i:1", STORAGE, schedules=(SHOP, DB))
TREE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(OTHER),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["metadata", "labels", "spec", "template", clusters.CLUSTER])
            | st.text(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def fields(value: object) -> Object:
    """fieldsV1 of a manager that set all of this."""
    return {f"f:{key}": fields(each) for key, each in total.mapping(value).items()}


def applied(obj: Object, manager: str = FIELD_MANAGER) -> Object:
    """The object as the API server has it after an apply."""
    body = copy.deepcopy(obj)
    meta = {k: v for k, v in body["metadata"].items() if k not in {"name", "namespace"}}
    ours = fields({"metadata": meta, "spec": body["spec"]})
    entry = {"manager": manager, "operation": "Apply", "fieldsV1": ours}
    body["metadata"]["managedFields"] = [entry]
    return body


class Server:
    """Takes what is applied, and counts how often it is asked which cluster it is."""

    def __init__(self, uid: str) -> None:
        self.uid, self.asked, self.writes = uid, 0, 0
        self.live: dict[Key, Object] = {
            ("BackupStorageLocation", "default"): {"kind": "BackupStorageLocation"}
        }

    def identity(self) -> str:
        self.asked += 1
        return self.uid

    def apply(self, obj: Object) -> None:
        key = (obj["kind"], obj["metadata"]["name"])
        if differs(obj, self.live.get(key)):
            self.writes += 1
            self.live[key] = applied(obj)

    def hook(self, desired: Desired = DESIRED) -> None:
        scheduling.bring_about(
            desired, self.live, self.apply, self.no_merge, self.no_delete, self.identity
        )

    def no_merge(self, _kind: Kind, name: str, _patch: Object) -> None:
        raise AssertionError(name)

    def no_delete(self, _kind: Kind, name: str) -> None:
        raise AssertionError(name)

    def labels(self) -> list[dict[str, str]]:
        found = (obj for (kind, _), obj in self.live.items() if kind == "Schedule")
        return [total.pairs(obj, *clusters.TEMPLATE_LABELS) for obj in found]


def test_it_is_read_once_and_remembered_where_it_is_needed() -> None:
    server = Server(HERE)
    for _ in range(3):
        server.hook()
    assert (server.asked, server.writes) == (1, 2)
    assert [each[clusters.CLUSTER] for each in server.labels()] == [HERE, HERE]
    assert {each[clusters.INSTANCE] for each in server.labels()} == {"ns.velero-operator"}


def test_a_new_client_is_told_the_cluster_and_the_others_keep_it() -> None:
    server = Server(HERE)
    server.hook(replace(DESIRED, schedules=(SHOP,)))
    server.hook()
    assert (server.asked, server.writes) == (2, 2)
    assert [each[clusters.CLUSTER] for each in server.labels()] == [HERE, HERE]


def test_where_it_cannot_be_read_schedules_are_made_and_keep_what_they_say() -> None:
    server = Server("")
    server.hook()
    assert [clusters.CLUSTER in each for each in server.labels()] == [False, False]
    server.uid = HERE
    server.hook()
    assert [each[clusters.CLUSTER] for each in server.labels()] == [HERE, HERE]
    server.uid, writes = "", server.writes
    server.hook(replace(DESIRED, schedules=(replace(SHOP, cron="@hourly"), DB)))
    assert server.writes == writes + 1
    assert [each[clusters.CLUSTER] for each in server.labels()] == [HERE, HERE]


@pytest.mark.parametrize("planted", [OTHER, "", "not-a-uid", "x" * 63])
def test_what_somebody_else_wrote_is_not_believed(planted: str) -> None:
    server = Server(HERE)
    server.hook()
    key = ("Schedule", schedules.name(SHOP.client))
    label = server.live[key]["spec"]["template"]["metadata"]["labels"]
    label[clusters.CLUSTER] = planted
    [entry] = server.live[key]["metadata"]["managedFields"]
    path = ("f:spec", "f:template", "f:metadata", "f:labels")
    total.mapping(entry, "fieldsV1", *path).pop(f"f:{clusters.CLUSTER}")
    server.hook()
    assert [each[clusters.CLUSTER] for each in server.labels()] == [HERE, HERE]


@given(TREE)
def test_whatever_an_object_is_a_mark_is_a_uid_or_nothing(obj: object) -> None:
    assert clusters.marked(total.mapping(obj)) in {"", OTHER}
    assert clusters.remembered(total.mapping(obj)) == ""


def test_marks_are_label_values_however_long_the_names() -> None:
    marks = clusters.marks("a" * 70 + ".b", HERE)
    assert marks[clusters.CLUSTER] == HERE
    assert all(len(value) <= 63 for value in marks.values())
    assert clusters.CLUSTER not in clusters.marks("a.b", "")
