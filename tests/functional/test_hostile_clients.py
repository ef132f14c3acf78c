"""What client charms send: none reaches, hides, hangs or keeps alive what is another's."""

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cluster import integrators
from tests.cluster.application import Integration
from tests.cluster.proxy import ApiProxy
from tests.functional import client
from tests.functional.api import Object
from tests.functional.model import Model
from tests.unit.test_hostile_clients import BAG, FULL, MANY

from charm import VeleroOperatorCharm
from charms.velero_libs.v0.velero_backup_config import MAX_BYTES

DAILY = {"include_namespaces": ["shop"], "ttl": "30d", "schedule": "0 2 * * *"}
RELATION = "velero-operator.canonical.com/relation"


@pytest.fixture
def ready(proxied: Model, proxy: ApiProxy) -> Model:
    """A model whose charm's requests are counted; the charm is active."""
    proxied.ready()
    proxy.clear()
    return proxied


def the_schedules(model: Model) -> dict[str, Object]:
    return {obj["metadata"]["name"]: obj for obj in model.api.list("Schedule")}


def rows(model: Model) -> dict[str, Any]:
    """The rows of `list-clients`, by client and state."""
    result = model.juju.run("list-clients")
    assert not result.failed, result.message
    listed: dict[str, Any] = result.results.get("clients", {})
    assert len(result.results["table"].split("\n")) == len(listed) + 1
    return {f"{row['client']} {row['state']}": row for row in listed.values()}


def test_a_client_keeps_its_schedule_whoever_claims_it_and_whatever_it_says(
    ready: Model, proxy: ApiProxy
) -> None:
    ready.juju.config(k8s_backup_targets_schedule="@hourly")
    first = client.relate_targets(ready, client.target({}, app="web"))
    victim = client.relate(ready, DAILY)
    uid = the_schedules(ready)["m1.shop.backup"]["metadata"]["uid"]
    # Over the other endpoint, from a relation that was there before
    taker = client.target({"include_namespaces": ["*"]})
    both = json.dumps([client.target({}, app="web"), taker])
    ready.juju.publish(first, {"backup_targets": both})
    # And over the same one
    client.relate(ready, DAILY | {"include_namespaces": ["kube-system"]}, remote="evil")
    invalid: list[dict[str, Any]] = [{"ttl": "banana"}, {"include_namespaces": []}]
    for spec in [DAILY, *invalid, {"x": "y" * 300_000}]:
        client.edit(ready, victim, spec)
        found = the_schedules(ready)["m1.shop.backup"]
        assert found["metadata"]["uid"] == uid
        assert found["spec"]["template"]["includedNamespaces"] == ["shop"]
        listed = rows(ready)
        assert "is already the client of relation" in listed["shop:backup invalid"]["reason"]
        assert ("shop:backup scheduled" in listed) is (spec == DAILY)
        proxy.clear()
        ready.juju.update_status()
        assert proxy.writes == []
        assert "clients" in ready.unit()[1]
    ready.juju.break_relation(victim)
    found = the_schedules(ready)["m1.shop.backup"]
    assert found["spec"]["template"]["includedNamespaces"] == ["*"]


def test_an_unreadable_client_keeps_no_schedule_of_one_that_left(ready: Model) -> None:
    unreadable = client.relate(ready, DAILY, app="db")
    leaving = client.relate(ready, DAILY)
    ready.juju.set_data(unreadable, app="")
    assert set(the_schedules(ready)) == {"m1.shop.backup", "m1.db.backup"}
    ready.juju.break_relation(leaving)
    assert set(the_schedules(ready)) == {"m1.db.backup"}
    ready.juju.break_relation(unreadable)
    assert the_schedules(ready) == {}


def test_what_somebody_adds_to_a_clients_schedule_is_taken_out_and_told(
    ready: Model, proxy: ApiProxy
) -> None:
    client.relate(ready, DAILY)
    before = the_schedules(ready)["m1.shop.backup"]["spec"]
    hook = {"name": "h", "includedNamespaces": ["shop"], "post": []}
    template = {
        "excludedResources": ["secrets"],
        "hooks": {"resources": [hook]},
        "metadata": {"labels": {"mine": "yes"}},
        "labelSelector": {"matchLabels": {"none": "matches"}},
    }
    ready.api.patch("Schedule", "m1.shop.backup", {"spec": {"template": template}})
    row = rows(ready)["shop:backup differs"]
    assert json.loads(row["spec"])["excludedResources"] == ["secrets"]
    for field in ("excludedResources", "hooks", "labelSelector", "metadata"):
        assert field in row["reason"]
    ready.juju.update_status()
    after = the_schedules(ready)["m1.shop.backup"]["spec"]
    assert after["template"] == before["template"]
    assert "template.excludedResources" in ready.logged()
    assert "shop:backup scheduled" in rows(ready)
    proxy.clear()
    ready.juju.update_status()
    assert proxy.writes == []


def test_a_schedule_of_before_is_taken_over_as_it_is(ready: Model, proxy: ApiProxy) -> None:
    client.relate(ready, DAILY)
    found = the_schedules(ready)["m1.shop.backup"]
    server, uid = ready.server(), found["metadata"]["uid"]
    # As the version before wrote it: nothing remembered
    annotations = {"metadata": {"annotations": {RELATION: None}}}
    ready.api.patch("Schedule", "m1.shop.backup", annotations)
    proxy.clear()
    ready.juju.update_status()
    assert [request.verb for request in proxy.writes] == ["patch"]
    found = the_schedules(ready)["m1.shop.backup"]
    assert found["metadata"]["uid"] == uid
    assert found["metadata"]["annotations"][RELATION].isdigit()
    assert ready.server() == server
    assert ready.unit() == ("active", "")


def test_names_that_would_forge_rows_and_specs_that_are_too_much(ready: Model) -> None:
    client.relate(ready, DAILY, app="honest")
    nasty = {"\ud800": 1, "\x1b[2J": 2, "a\nevil:backup  m1  scheduled": 3, "\0": 4}
    client.relate(ready, {**DAILY, **nasty}, app="keys")
    client.relate(ready, {}, app="\x1b[31mred\nevil:backup")
    client.relate(ready, {"include_namespaces": ["a" * 60] * 990}, app="long")
    client.relate(ready, {"include_namespaces": ["a" * 60] * 50_000}, app="huge")
    client.relate_targets(ready, *[client.target({}, app=f"t{n}") for n in range(1500)])
    client.relate(ready, DAILY, app="last")
    start = time.process_time()
    ready.juju.update_status()
    assert time.process_time() - start < 10
    assert ready.unit()[0] == "active"
    assert ready.unit()[1].isprintable()
    assert set(the_schedules(ready)) == {f"m1.{app}.backup" for app in ("honest", "keys", "last")}
    result = ready.juju.run("list-clients")
    assert not result.failed, result.message
    listed = {row["client"]: row for row in result.results["clients"].values()}
    assert {"huge:backup", "keys:backup", "honest:backup"} <= set(listed)
    assert f"more than {MAX_BYTES}" in listed["huge:backup"]["reason"]
    assert all(line.isprintable() for line in result.results["table"].split("\n"))


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(BAG | FULL | MANY, max_size=2), st.lists(MANY | BAG, max_size=2))
def test_whatever_others_send_no_hook_and_no_action_fails(
    ready: Model, bags: list[dict[str, str]], several: list[dict[str, str]]
) -> None:
    written = [(client.BACKUPS, each) for each in bags]
    written += [(client.TARGETS, each) for each in several]
    there: list[Integration] = []
    for endpoint, each in written:
        data: dict[str, integrators.Field] = {
            key: value.replace("\0", "") for key, value in each.items() if value
        }
        there.append(ready.juju.integrate(endpoint, integrators.DataBag(data, app="evil")))
    good = client.relate(ready, DAILY, app="good")
    assert "m1.good.backup" in the_schedules(ready)
    assert ready.unit()[0] == "active"
    assert "good:backup scheduled" in rows(ready)
    for relation in [*there, good]:
        ready.juju.break_relation(relation)
    assert the_schedules(ready) == {}


LARGE = {**DAILY, "exclude_resources": ["x" * 250] * 950}
"""As much as a client may say; with what somebody else puts there, it is more than etcd takes."""
FILLER = ["x" * 250] * 5_200


def test_a_schedule_that_kubernetes_refuses_is_its_clients_note_only(ready: Model) -> None:
    large = client.relate(ready, DAILY, app="a")
    # Labels are stored twice, the second time as whose fields they are
    domain = ".".join(letter * 60 for letter in "pqrs")
    labels = {f"{domain}/n{number}": "x" * 63 for number in range(2_400)}
    ready.api.patch("Schedule", "m1.a.backup", {"metadata": {"labels": labels}})
    client.edit(ready, large, LARGE)
    assert ready.unit()[0] == "active"
    assert "Schedule m1.a.backup cannot be written: " in ready.unit()[1]
    client.relate(ready, DAILY, app="b")
    assert "m1.b.backup" in the_schedules(ready)
    assert "a:backup differs" in rows(ready)
    none = dict.fromkeys(labels)
    ready.api.patch("Schedule", "m1.a.backup", {"metadata": {"labels": none}})
    ready.juju.update_status()
    assert ready.unit() == ("active", "")
    assert "excludedResources" in the_schedules(ready)["m1.a.backup"]["spec"]["template"]


def test_what_somebody_adds_leaves_room_for_what_the_client_asks(ready: Model) -> None:
    large = client.relate(ready, DAILY)
    filler = {"spec": {"template": {"excludedClusterScopedResources": FILLER}}}
    ready.api.patch("Schedule", "m1.shop.backup", filler)
    client.edit(ready, large, LARGE)
    assert ready.unit() == ("active", "")
    template = the_schedules(ready)["m1.shop.backup"]["spec"]["template"]
    assert "excludedClusterScopedResources" not in template
    assert len(template["excludedResources"]) == 950


def test_a_schedule_that_is_held_stops_no_other(
    ready: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 1.0)
    client.relate(ready, DAILY, app="a")
    held = {"metadata": {"finalizers": ["example.com/held"]}}
    ready.api.patch("Schedule", "m1.a.backup", held)
    ready.api.delete("Schedule", "m1.a.backup")
    client.relate(ready, DAILY, app="b")
    assert "m1.b.backup" in the_schedules(ready)
    assert ready.unit()[0] == "active"
    assert "Schedule m1.a.backup cannot be written: " in ready.unit()[1]
    ready.api.patch("Schedule", "m1.a.backup", {"metadata": {"finalizers": []}})
    ready.juju.update_status()
    assert ready.unit() == ("active", "")
