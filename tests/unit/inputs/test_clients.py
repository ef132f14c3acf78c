"""What is read from the two client endpoints."""

import json
from typing import Any

import ops
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops import testing

from inputs import clients
from velero.backups import schedules
from velero.desired import Client, Desired
from velero.errors import Refused
from velero.problem import Need

META = {
    "name": "operator",
    "requires": {
        "velero-backups": {"interface": "velero_backup_config"},
        "k8s-backup-targets": {"interface": "k8s_backup_target"},
    },
}
NARROWING = ["include_namespaces", "exclude_namespaces", "include_resources", "label_selector"]
TIMES = ["ttl", "schedule", "paused", "skip_immediately", "use_owner_references_in_backup"]
FIELDS = [*NARROWING, *TIMES, "include_cluster_resources", "storage_location", "hooks"]
TOKEN = st.sampled_from(["a", "", "*", "72h", "30d", "@daily", "0 2 * * *", "banana", "a-*"])
VALUE = st.recursive(
    TOKEN | st.booleans() | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TOKEN, inner, max_size=2),
    max_leaves=3,
)
SPEC = st.dictionaries(st.sampled_from(FIELDS), VALUE, max_size=4)


class Charm(ops.CharmBase):
    """Requires both endpoints."""


def bag(spec: object, app: str = "shop", model: str = "m1") -> dict[str, str]:
    return {"app": app, "relation_name": "backup", "model": model, "spec": json.dumps(spec)}


def target(spec: object, app: str = "shop") -> dict[str, Any]:
    return {"app": app, "relation_name": "backup", "model": "m1", "spec": spec}


KEY = st.sampled_from(["app", "relation_name", "model", "spec", "backup_targets"])
BAG = st.dictionaries(KEY, TOKEN | SPEC.map(json.dumps), max_size=4) | SPEC.map(bag)
TARGETS = st.lists(VALUE | SPEC.map(target), max_size=3).map(
    lambda targets: {"backup_targets": json.dumps(targets)}
)


def read(
    *bags: dict[str, str], targets: dict[str, str] | None = None, schedule: str = ""
) -> clients.Clients:
    relations = [testing.Relation("velero-backups", remote_app_data=each) for each in bags]
    if targets is not None:
        relations.append(testing.Relation("k8s-backup-targets", remote_app_data=targets))
    context = testing.Context(Charm, meta=META)
    state = testing.State(relations=relations)
    with context(context.on.update_status(), state) as manager:
        return clients.read(manager.charm, schedule)


def test_clients_of_both_endpoints_are_read() -> None:
    found = read(
        bag({"include_namespaces": ["a"], "schedule": "@daily"}),
        targets={"backup_targets": json.dumps([target({"ttl": "30d"}, "db")])},
        schedule="@weekly",
    )
    crons = {str(each.client): each.cron for each in found.schedules}
    assert crons == {"shop:backup": "@daily", "db:backup": "@weekly"}
    assert found.schedules[1].scope.ttl == "720h"
    assert found.problem is None


def test_a_target_is_on_demand_without_the_option() -> None:
    found = read(targets={"backup_targets": json.dumps([target({})])})
    assert found.schedules == ()
    assert len(found.valid) == 1


def test_the_first_invalid_client_is_named_and_all_are_counted() -> None:
    found = read(bag({"ttl": "x" * 300}), bag({"schedule": "daily"}, "db"), bag({}, "ok"))
    assert found.problem
    assert found.problem.need is Need.NOTE
    assert found.problem.message.startswith("2 of 3 clients are invalid: shop:backup: ttl: ")
    assert len(found.problem.message) < 250


def test_a_client_without_a_readable_name_is_its_relation() -> None:
    found = read({"spec": "{}"})
    assert clients.label(found.invalid[0]).startswith("relation ")


def test_of_two_whose_objects_would_share_a_name_the_first_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def same(_: Client) -> str:
        return "same"

    monkeypatch.setattr(schedules, "name", same)
    found = read(bag({}), bag({}, "db"))
    assert [each.app for each in found.valid] == ["shop"]
    assert "would be named same" in found.invalid[0].reason


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        (("db", "backup", None), "There is no client db:backup; there are shop:backup"),
        (("shop", "backup", "m9"), "There is no client shop:backup in model m9; there are"),
        (("bad", "backup", None), "What bad:backup asks for is invalid: ttl: "),
        (("shop", "backup", None), "in several models; add model= one of m1, m2"),
    ],
)
def test_a_client_that_cannot_be_found_is_explained(
    named: tuple[str, str, str | None], reason: str
) -> None:
    found = read(bag({}), bag({}, model="m2"), bag({"ttl": "x"}, "bad"))
    with pytest.raises(Refused) as refusal:
        found.find(*named)
    assert reason in str(refusal.value)


def test_without_clients_it_says_where_they_would_be() -> None:
    with pytest.raises(Refused, match="none is integrated on velero-backups or k8s-backup"):
        read().find("shop", "backup", None)


@settings(max_examples=150, deadline=None)
@given(st.lists(BAG, max_size=3), st.none() | TARGETS | BAG, st.sampled_from(["", "@daily"]))
def test_whatever_clients_write_nothing_invalid_or_wider_becomes_an_object(
    bags: list[dict[str, str]], targets: dict[str, str] | None, schedule: str
) -> None:
    written = [{key: value for key, value in each.items() if value} for each in bags]
    found = read(*written, targets=targets, schedule=schedule)
    desired = Desired("ns", "app", "i:1", schedules=found.schedules)
    objects = list(schedules.wanted(desired, {}, runs=True))
    assert len(objects) == len(found.schedules) <= len(found.valid)
    for obj, client in zip(objects, [c for c in found.valid if c.spec.schedule], strict=True):
        template = obj["spec"]["template"]
        assert template["storageLocation"] == "default"
        assert "hooks" not in template
        for field, key in (("include_namespaces", "includedNamespaces"),):
            assert template.get(key) == getattr(client.spec, field)
            assert template.get(key) != []
        assert "labelSelector" not in template or template["labelSelector"]["matchLabels"]
    for each in found.invalid:
        assert each.reason
        assert "\n" not in each.reason
