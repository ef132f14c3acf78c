"""Whatever a charm sets that Juju refuses is the error of its event, and none of it is kept."""

import logging
from collections.abc import Callable
from typing import TypeAlias

import ops
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cluster import refusals
from tests.cluster.juju import Charm, Juju, JujuError

LONG = "a" * refusals.ARGUMENT_BYTES


def nothing(_: object, __: object) -> None:
    """Do so."""


class Wild(ops.CharmBase):
    """Does what it is told to, in an action and in a hook."""

    _stored = ops.StoredState()
    does: "Does" = staticmethod(nothing)

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        framework.observe(self.on.update_status, self._hook)
        framework.observe(self.on["do"].action, self._do)

    def _hook(self, _: ops.EventBase) -> None:
        Wild.does(self, None)

    def _do(self, event: ops.ActionEvent) -> None:
        Wild.does(self, event)

    def bag(self) -> ops.RelationDataContent:
        """Our application's, of the one relation."""
        return self.model.relations["peer"][0].data[self.app]

    def keep(self, **values: str) -> None:
        """Put values into the stored state."""
        for key, value in values.items():
            setattr(self._stored, key, value)


Does: TypeAlias = Callable[[Wild, ops.ActionEvent | None], object]
WILD = Charm(Wild, {"name": "w", "requires": {"peer": {"interface": "any"}}}, {"do": {}})


def deployed(does: Does) -> Juju:
    Wild.does = staticmethod(nothing)
    juju = Juju({}, app="w", charm=WILD)
    juju.deploy()
    juju.integrate("peer", {"said": "1"})
    Wild.does = staticmethod(does)
    return juju


def refused(does: Does, words: str) -> None:
    juju = deployed(does)
    before = juju.state()
    with pytest.raises(ops.ModelError, match=words):
        juju.update_status()
    assert str(juju.status.unit()) == 'error: hook failed: "update-status"'
    after = juju.state()
    assert (after.unit_status, after.relations) == (before.unit_status, before.relations)
    assert (after.secrets, after.stored_states) == (before.secrets, before.stored_states)


FAULTS: list[tuple[Does, str]] = [
    (lambda it, _: setattr(it.unit, "status", ops.ActiveStatus("a\0b")), "null byte"),
    (lambda it, _: setattr(it.unit, "status", ops.ActiveStatus("\ud800")), "surrogates"),
    (lambda it, _: setattr(it.app, "status", ops.BlockedStatus(LONG)), "too long"),
    (lambda it, _: it.unit.set_workload_version("1\0"), "null byte"),
    (lambda it, _: it.app.add_secret({"abc": "x"}, label="\0"), "null byte"),
    (lambda it, _: it.app.add_secret({"abc": "x"}, description=LONG), "too long"),
    (lambda it, _: it.app.add_secret({"abc": "x" * 1_000_001}), "secret content"),
    (lambda it, _: it.unit.add_secret({"abc": ""}), "empty value"),
    (lambda it, _: it.bag().update({"k": "x" * (2**24)}), "relation settings"),
    (lambda it, _: it.bag().update({"k": "\U0001f600"}), "Unicode"),
    (lambda it, _: it.keep(text="x" * 65536), "state value"),
]


@pytest.mark.parametrize(("does", "words"), FAULTS)
def test_a_hook_fails_with_what_juju_says(does: Does, words: str) -> None:
    refused(does, words)


def test_a_status_that_is_set_and_replaced_was_refused_all_the_same() -> None:
    def does(it: Wild, _: object) -> None:
        it.unit.status = ops.WaitingStatus("\0")
        it.unit.status = ops.ActiveStatus()

    refused(does, "null byte")


@pytest.mark.parametrize("text", ["a\0", "\udc80", "é" * refusals.ARGUMENT_BYTES])
def test_a_line_of_the_log_that_cannot_be_passed_on_fails_its_hook(text: str) -> None:
    refused(lambda _, __: logging.getLogger().warning(text), r"null byte|surrogates|too long")


def test_a_long_line_in_ascii_is_cut_by_ops() -> None:
    deployed(lambda _, __: logging.getLogger().warning(LONG * 2)).update_status()


@pytest.mark.parametrize("key", [*refusals.RESERVED, "a.stdout", "stderr.b"])
def test_an_action_that_sets_a_reserved_key_fails_and_its_results_are_lost(key: str) -> None:
    juju = deployed(lambda _, event: event and event.set_results({key: "x"}))
    with pytest.raises(ops.ModelError, match="cannot set reserved action key"):
        juju.run("do")


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.text("ab-1", min_size=1, max_size=3), st.text(max_size=3), max_size=3),
    st.text(max_size=3),
)
def test_what_an_action_says_arrives_or_is_refused(results: dict[str, str], said: str) -> None:
    def does(_: Wild, event: ops.ActionEvent | None) -> None:
        assert event
        event.set_results(results)
        event.log(said)
        event.fail(said)

    juju = deployed(does)
    good = True
    try:
        refusals.results(results)
        refusals.arguments([said])
    except refusals.RefusedByJuju:
        good = False
    try:
        answer = juju.run("do")
    except (ops.ModelError, ValueError):  # ops looks at keys itself
        assert not good
    else:
        assert good
        assert (answer.results, answer.log, answer.message) == (results, [said], said)


def test_what_others_say_is_refused_where_juju_would() -> None:
    juju = deployed(nothing)
    with pytest.raises(JujuError, match="relation settings"):
        juju.set_data("peer", said="x" * (2**24))
