"""A backup of nothing, and a restore that brings nothing back, are no success without a word."""

import time
from typing import Any

import pytest
from tests.cluster.juju import ActionResult
from tests.functional import client
from tests.functional.model import Model

from velero.backups import returned


def ask(model: Model, spec: dict[str, Any], shop: str) -> None:
    """Make an active charm with one client, `shop:backup`, whose namespace holds something."""
    model.ready()
    client.fill(model.api, shop)
    client.relate(model, spec)


def succeed(model: Model, action: str, /, **params: object) -> ActionResult:
    result = model.juju.run(action, params)
    assert not result.failed, result
    return result


def lose(model: Model, namespace: str) -> None:
    model.api.delete("Namespace", namespace)
    model.api.until(lambda: model.api.find("Namespace", namespace) is None)


def damage(model: Model, shop: str) -> None:
    api = model.api
    api.namespace, own = shop, api.namespace
    for number in range(3):
        api.patch("ConfigMap", f"c{number}", {"data": {"number": "damaged"}})
    api.namespace = own


def test_a_backup_of_a_lost_namespace_fails_and_is_not_restored(model: Model, shop: str) -> None:
    ask(model, {"include_namespaces": [f"{shop[:-1]}*"]}, shop)
    before = {each["metadata"]["name"] for each in client.contents(model.api, shop)}
    good = succeed(model, "create-backup", target="shop:backup").results["name"]
    lose(model, shop)
    time.sleep(1)  # timestamps have no parts of a second
    made = model.juju.run("create-backup", target="shop:backup")
    empty = made.results["name"]
    assert made.failed
    assert made.message == (
        f"Backup {empty} is Completed, but holds nothing: no namespace matches {shop[:-1]}*"
    )
    assert (made.results["phase"], made.results["items"]) == ("Completed", "0")
    rows = succeed(model, "list-backups").results["backups"].values()
    assert {row["name"]: row["items"] == "0" for row in rows} == {good: False, empty: True}
    row = succeed(model, "list-clients").results["clients"]["1"]
    assert row["reason"] == f"its newest finished backup, {empty}, holds nothing"
    restored = succeed(model, "restore", target="shop:backup")
    assert restored.log[0] == f"Newer backups are passed over: {empty} holds nothing"
    assert restored.log[1].startswith(f"Backup {good} of ")
    assert {each["metadata"]["name"] for each in client.contents(model.api, shop)} == before
    assert int(restored.results["created"]) >= len(before)
    counted = sum(int(restored.results[each]) for each in returned.ACTIONS)
    assert str(counted) == restored.results["items"]
    asked = model.juju.run("restore", backup=empty)
    assert asked.message == (
        f"Backup {empty} is Completed and holds nothing; see list-backups for another"
    )
    synchronised_ones_are_known(model, good, empty)


def synchronised_ones_are_known(model: Model, good: str, empty: str) -> None:
    """What comes back from the bucket says what it holds, as it did before."""
    for name in (good, empty):
        model.api.delete("Backup", name)
    time.sleep(1)
    model.cluster.kubelet.kill_server(model.namespace)  # the bucket is read at a start
    model.api.until(lambda: len(model.api.list("Backup")) == 2, 60)
    rows = succeed(model, "list-backups").results["backups"].values()
    assert {row["name"]: row["items"] == "0" for row in rows} == {good: False, empty: True}
    assert all(row["origin"].endswith("synced") for row in rows)
    model.api.until(lambda: model.location().get("status", {}).get("phase") == "Available")
    log = succeed(model, "restore", target="shop:backup").log
    assert log[0] == f"Newer backups are passed over: {empty} holds nothing"


@pytest.mark.parametrize(
    ("narrowed", "said"),
    [
        (
            {"include_resources": ["secrets"], "label_selector": {"app": "no-such"}},
            "of kinds secrets, with labels app=no-such",
        ),
        ({"include_resources": ["persistentcolumeclaims"]}, "of kinds persistentcolumeclaims"),
    ],
    ids=["label", "kind"],
)
def test_what_matches_nothing_is_named_and_nothing_is_restored(
    model: Model, shop: str, narrowed: dict[str, Any], said: str
) -> None:
    ask(model, {"include_namespaces": [shop], **narrowed}, shop)
    made = model.juju.run("create-backup", target="shop:backup")
    assert made.failed
    assert made.message.endswith(
        f"no object matches what it asks for: in namespaces {shop}, {said}"
    )
    asked = model.juju.run("restore", target="shop:backup")
    assert asked.message == (
        "There is no backup of shop:backup that is Completed and holds something; passed over: "
        f"{made.results['name']} holds nothing; see list-backups"
    )


def test_a_command_that_waits_fails_too_and_a_restore_says_what_came_back(
    model: Model, shop: str
) -> None:
    ask(model, {"include_namespaces": [shop]}, shop)
    nothing = model.run("backup create b1 --include-namespaces no-such-*,nor[a-z]* --wait")
    assert nothing.failed
    assert nothing.message == (
        "Backup b1 is Completed, but holds nothing: no namespace matches no-such-*; no namespace "
        "matches nor[a-z]*"
    )
    assert nothing.results["phase"] == "Completed"
    name = succeed(model, "create-backup", target="shop:backup").results["name"]
    damage(model, shop)
    kept = succeed(model, "restore", backup=name).results
    assert kept["phase"] == "Completed"
    assert (kept["created"], kept["updated"], kept["failed"]) == ("0", "0", "3")
    assert kept["warnings"] == "3"
    assert kept["note"] == (
        f"None of {kept['items']} objects came back; 3 exist and differ, or could not be made: "
        "the warnings and errors say which; existing-resource-policy=update changes those that "
        "differ"
    )
    updates = {"backup": name, "existing-resource-policy": "update"}
    mended = succeed(model, "restore", **updates).results
    assert int(mended["updated"]) >= 3
    assert "note" not in mended
    model.api.delete("ConfigMap", "c0", shop)
    again = model.run(f"restore create back --from-backup {name} --wait")
    assert not again.failed
    assert again.results["created"] == "1"


def test_a_label_that_nothing_has_is_no_backup_though_the_namespace_is_in_it(
    model: Model, shop: str
) -> None:
    asked = {"include_namespaces": [shop], "label_selector": {"app": "even"}}
    ask(model, asked, shop)
    succeed(model, "create-backup", target="shop:backup")
    nothing = model.run(f"backup create b1 --include-namespaces {shop} --selector app=none --wait")
    assert nothing.failed
    assert nothing.message == (
        "Backup b1 is Completed, but holds namespaces alone: nothing in them matches what it asks "
        f"for: in namespaces {shop}, with labels app=none"
    )
