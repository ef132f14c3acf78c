"""Whatever clients write, nothing raises, nothing costs much, and every good client is served."""

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ops import testing
from tests.unit.inputs.test_clients import META, Charm, bag, target

from charms.velero_libs.v0 import k8s_backup_target as targets_lib
from charms.velero_libs.v0 import velero_backup_config as lib
from inputs import claims, clients
from velero.backups import schedules
from velero.desired import Desired

# Lone surrogates too, which JSON can say
TEXT = st.text(st.characters(categories=None), max_size=30)
NASTY = st.sampled_from(
    [
        "\ud800",
        "\0",
        "\x1b[31m",
        "a\nb:c",
        "\u202e",
        "x" * 70_000,
        "[" * 5_000,
        "../../x",
        "9" * 5_000,
        "*",
        "good",
    ]
)
NAMES = st.sampled_from(["good", "backup", "m1", "shop"]) | NASTY | TEXT
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from([*lib.VeleroBackupSpec.model_fields, "include-cluster-resources"])
SPEC = st.dictionaries(FIELDS | NAMES, JSON, max_size=4) | JSON
ENTRY = st.fixed_dictionaries(
    {}, optional={"app": NAMES, "relation_name": NAMES, "model": NAMES, "spec": SPEC}
)
# What is in a databag is text that Juju took
WRITABLE = st.text(max_size=30) | st.sampled_from(["\0", "\x1b[31m", "{", "[" * 100_000, "{}"])
BAG = st.dictionaries(
    st.sampled_from(["app", "relation_name", "model", "spec", "backup_targets", "other"]),
    WRITABLE | ENTRY.map(json.dumps) | SPEC.map(json.dumps) | st.lists(ENTRY).map(json.dumps),
    max_size=5,
)


def named(app: str, spec: str) -> dict[str, str]:
    return bag({}) | {"app": app, "spec": spec}


FULL = st.builds(named, WRITABLE, SPEC.map(json.dumps))
MANY = st.lists(ENTRY | JSON, max_size=4).map(lambda some: {"backup_targets": json.dumps(some)})
GOOD = {"include_namespaces": ["good"], "schedule": "@daily"}


def relation(
    number: int, written: dict[str, str], endpoint: str = clients.BACKUPS
) -> testing.Relation:
    kept = {key: value for key, value in written.items() if value}
    return testing.Relation(endpoint, id=number, remote_app_data=kept)


def read(*relations: testing.Relation, schedule: str = "@weekly") -> clients.Clients:
    context = testing.Context(Charm, meta=META)
    with context(context.on.update_status(), testing.State(relations=relations)) as manager:
        return clients.read(manager.charm, schedule)


@settings(max_examples=200, deadline=None)
@given(st.lists(BAG | FULL | MANY, max_size=3), st.lists(MANY | BAG, max_size=2))
@example([bag({"\ud800": 1, "\x1b[2J": 2, "a\nb": 3})], [])
@example([], [{"backup_targets": "000\x1f\x1f\x08\x08" + 3 * "\U00010000"}])
def test_every_good_client_is_served_whatever_the_others_send(
    bags: list[dict[str, str]], several: list[dict[str, str]]
) -> None:
    relations = [relation(1, bag(GOOD, "good-one"))]
    relations += [relation(n, each) for n, each in enumerate(bags, 2)]
    relations += [relation(n, each, clients.TARGETS) for n, each in enumerate(several, 10)]
    relations.append(
        relation(20, {"backup_targets": json.dumps([target({}, "good-two")])}, clients.TARGETS)
    )
    found = read(*relations)
    assert {"good-one", "good-two"} <= {each.client.application for each in found.schedules}
    desired = Desired("ns", "app", "i:1", schedules=found.schedules, unclear=found.unclear)
    for obj in schedules.wanted(desired, {}, runs=True):
        assert json.dumps(obj).encode()
    shown = [found.problem.message if found.problem else "", *map(clients.label, found.invalid)]
    shown += [each.reason for each in found.invalid] + [str(found)]
    shown += [key for each in found.valid for key in each.ignored_keys]
    told = [text.replace("…", "...") for text in shown]  # our own sign that more was said
    assert all(text.isprintable() and text.isascii() and len(text) <= 500 for text in told)


def costly() -> dict[str, testing.Relation]:
    """Relations that say more than they may, each in another way."""
    spec = {"include_namespaces": ["a" * 60] * 50_000}
    junk = {"backup_targets": f"[{','.join(['1'] * 500_000)}]"}
    many = [target({}, f"a{number}") for number in range(1500)]
    return {
        "a long spec": relation(2, bag(spec)),
        "many namespaces": relation(2, bag({"include_namespaces": ["a-b"] * 20_000})),
        "a long key": relation(2, bag({"k" * 3_000_000: 1})),
        "a long entry": relation(2, bag({"exclude_namespaces": ["[" * 100_000]})),
        "many keys": relation(2, bag({f"k{number}": 1 for number in range(12_000)})),
        "many labels": relation(2, bag({"label_selector": {f"k{n}": "" for n in range(9_000)}})),
        "a long time": relation(2, bag({"schedule": "0-59," * 40_000 + " * * * *"})),
        "a long age": relation(2, bag({"ttl": "1h" * 100_000})),
        "a long name": relation(2, bag({}) | {"app": "a-" * 100_000}),
        "junk": relation(2, junk, clients.TARGETS),
        "many": relation(2, {"backup_targets": json.dumps(many)}, clients.TARGETS),
        "deep": relation(2, {"backup_targets": "[" * 3_000_000}, clients.TARGETS),
    }


@pytest.mark.parametrize("name", costly())
def test_too_much_is_one_client_that_costs_nothing(name: str) -> None:
    good = relation(1, bag(GOOD, "good-one"))
    context = testing.Context(Charm, meta=META)
    state = testing.State(relations=[good, costly()[name]])
    with context(context.on.update_status(), state) as manager:
        start = time.process_time()
        found = clients.read(manager.charm, "@weekly")
        spent = time.process_time() - start
    assert spent < 2.0
    assert len(found.invalid) == (0 if name == "many keys" else 1)
    assert found.schedules[0].client.application == "good-one"
    assert len(found.valid) <= 1 + targets_lib.MAX_TARGETS


def test_what_is_over_its_bounds_says_so() -> None:
    there = costly()
    told = {name: read(there[name]).invalid[0].reason for name in there if name != "many keys"}
    assert told["a long spec"].startswith("it says 3")
    assert "bytes, more than 262144" in told["a long spec"]
    assert told["many namespaces"] == (
        "include_namespaces: 20000 entries are more than 1000; use globs: team-*"
    )
    assert "an entry of 100000 characters is longer than 512" in told["a long entry"]
    assert "label_selector: 9000 entries are more than 1000" in told["many labels"]
    assert "backup_targets: 1500 targets, of which the first 200 are read" in told["many"]
    # A relation that says too much still is who it is
    assert read(there["a long spec"]).unclear[0].client.application == "shop"


def test_the_clients_of_one_operator_are_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MOST", 3)
    many = json.dumps([target({}, f"a{number}") for number in range(6)])
    found = read(
        relation(1, {"backup_targets": many}, clients.TARGETS),
        relation(2, bag(GOOD, "good-one")),
    )
    assert [each.app for each in found.valid] == ["a0", "a1", "good-one"]
    (over,) = found.invalid
    assert over.reason.startswith("4 clients are more than the 3 that one operator serves")
    # Those that had a schedule keep it
    assert [each.client.application for each in found.unclear] == ["a2", "a3", "a4", "a5"]


def test_five_hundred_clients_are_cheap() -> None:
    spec = {"include_namespaces": ["a", "b-*"], "ttl": "30d", "label_selector": {"a": "b"}}
    sets = [[target(spec, f"a{start}-{number}") for number in range(200)] for start in range(2)]
    relations = [
        relation(n, {"backup_targets": json.dumps(each)}, clients.TARGETS)
        for n, each in enumerate(sets, 1)
    ]
    relations += [
        relation(n, bag(spec | {"schedule": "0 2 * * 1-5"}, f"b{n}")) for n in range(10, 110)
    ]
    context = testing.Context(Charm, meta=META)
    with context(context.on.update_status(), testing.State(relations=relations)) as manager:
        start = time.process_time()
        found = clients.read(manager.charm, "@weekly")
        spent = time.process_time() - start
    assert len(found.valid) == 500
    assert spent < 3.0
