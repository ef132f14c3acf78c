"""Who cleans up what: labels drawn at random, as Juju, other charms and people may leave them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.desired import Desired
from velero.installation import custody
from velero.kubernetes import difference, juju
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import REPOSITORY_SECRET, Object

DISABLED = "model.juju.is/disable-webhook"
CREATED_BY = "app.juju.is/created-by"
DESIRED = Desired("m", "velero-operator", "velero/velero:v1.18.3", owner="the-uid")
GOES = ("Deployment", "DaemonSet", "Service", "ServiceAccount", "ClusterRoleBinding", "Secret")
JUJU = {CREATED_BY: "velero-operator", "model.juju.is/name": "m", k8s.MANAGED_BY: "juju"}

keys = st.one_of(
    st.sampled_from([*JUJU, DISABLED, k8s.INSTANCE, "component", "model.juju.is/id"]),
    st.from_regex(r"[a-z]{1,5}(\.juju\.is)?/[a-z]{1,5}", fullmatch=True),
)
values = st.sampled_from(["", "juju", "velero-operator", "Helm", "other", "true", "m"])
labellings = st.dictionaries(keys, values)
names = st.sampled_from(["velero", "default", "velero-storage-1"])


def obj(kind: str, name: str, labels: dict[str, str]) -> Object:
    return {"kind": kind, "metadata": {"name": name, "labels": dict(labels)}}


def merged(labels: dict[str, str], change: dict[str, str | None]) -> dict[str, str]:
    """As the API server merges; Juju's webhook then looks away where the label says so."""
    return {key: value for key, value in (labels | change).items() if value is not None}


@given(labellings)
def test_what_juju_had_a_hand_in_is_released_for_good_with_one_write(
    labels: dict[str, str],
) -> None:
    definition = obj(k8s.CRD.name, "backups.velero.io", labels)
    after = merged(labels, juju.release(definition))
    assert juju.release(obj(k8s.CRD.name, "backups.velero.io", after)) == {}
    assert after.get(k8s.MANAGED_BY) != "juju"
    assert not [key for key in after if "juju.is/" in key and key != DISABLED]
    others = {key for key in labels if "juju.is/" not in key and key != k8s.MANAGED_BY}
    assert {key: after[key] for key in others} == {key: labels[key] for key in others}
    if juju.release(definition):
        assert after[DISABLED] == "true"


@given(labellings.filter(lambda labels: "juju" not in str(labels)))
def test_what_juju_has_no_hand_in_is_left_as_it_is(labels: dict[str, str]) -> None:
    assert juju.release(obj(k8s.CRD.name, "backups.velero.io", labels)) == {}


@given(st.sampled_from([kind.name for kind in (k8s.CRD, k8s.SECRET)]))
def test_what_outlives_the_application_has_its_marks_from_the_first_write(kind: str) -> None:
    made = custody.labelled(obj(kind, REPOSITORY_SECRET, {}), DESIRED)
    labels = made["metadata"]["labels"]
    assert (labels[k8s.MANAGED_BY], labels[DISABLED]) == (k8s.FIELD_MANAGER, "true")
    assert "ownerReferences" not in made["metadata"]


@given(st.sampled_from(GOES), names)
def test_what_goes_with_it_leaves_its_manager_to_juju(kind: str, name: str) -> None:
    labels = custody.labelled(obj(kind, name, {}), DESIRED)["metadata"]["labels"]
    assert not {k8s.MANAGED_BY, DISABLED, "app.kubernetes.io/name"} & labels.keys()
    assert labels[k8s.INSTANCE] == DESIRED.instance


@pytest.mark.parametrize("owner", ["", "the-uid"])
def test_only_a_known_owner_is_named(owner: str) -> None:
    desired = Desired("m", "a", "i:v1", owner=owner)
    metadata = custody.labelled(obj("Secret", "velero-storage-1", {}), desired)["metadata"]
    assert [each["uid"] for each in metadata.get("ownerReferences", ())] == [owner][: len(owner)]


def live(want: Object, more: dict[str, str]) -> Object:
    """As the API server holds what was applied and what a webhook added to it."""
    labels = {**want["metadata"]["labels"], **more}
    owned: Object = {f"f:{key}": Object() for key in labels}
    fields: Object = {"f:metadata": {"f:labels": owned}}
    entry = {"manager": k8s.FIELD_MANAGER, "operation": "Apply", "fieldsV1": fields}
    return obj(want["kind"], "velero", labels) | {
        "metadata": {"name": "velero", "labels": labels, "managedFields": [entry]}
    }


@given(st.sets(st.sampled_from([*JUJU])))
def test_what_the_webhook_adds_is_no_difference(added: set[str]) -> None:
    want = custody.labelled(obj("Service", "velero", {}), DESIRED)
    assert not difference.differs(want, live(want, {key: JUJU[key] for key in added}))


@given(values.filter(lambda value: value != "juju"))
def test_a_manager_that_we_set_once_is_one(value: str) -> None:
    want = custody.labelled(obj("Service", "velero", {}), DESIRED)
    assert difference.differs(want, live(want, {k8s.MANAGED_BY: value}))


@given(st.sampled_from(GOES), labellings, labellings)
def test_nothing_is_written_for_again_unless_the_webhook_is_at_work_on_ours(
    kind: str, mine: dict[str, str], other: dict[str, str]
) -> None:
    one, sibling = obj(kind, "velero", mine), obj("Service", "velero-metrics", other)
    if juju.is_missed(one, [one, sibling]):
        assert k8s.MANAGED_BY not in mine
        assert other[k8s.MANAGED_BY] == "juju"
        assert mine.get(k8s.INSTANCE) == other.get(k8s.INSTANCE)
    labelled = obj(kind, "velero", mine | JUJU)
    assert not juju.is_missed(labelled, [labelled, sibling])
