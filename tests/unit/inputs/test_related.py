"""What Juju is not asked, because the unit would know of it."""

import dataclasses

import ops
import pytest
from ops import testing

from inputs.related import Related

META = {"name": "app", "requires": {name: {"interface": "any"} for name in ("one", "other")}}


class Reader(ops.CharmBase):
    """Looks at both endpoints in every hook."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.related = Related(self, "both", META["requires"])
        for event in (self.on.update_status, self.on.start, self.on.one_relation_created):
            framework.observe(event, self.look)
        for event in (self.on.one_relation_changed, self.on.one_relation_broken):
            framework.observe(event, self.look)

    def look(self, _: ops.EventBase) -> None:
        found = {name: len(self.related.of(name)) for name in ("one", "other")}
        self.unit.status = ops.ActiveStatus(f"{found['one']} {found['other']}")


@pytest.fixture
def context() -> testing.Context[Reader]:
    return testing.Context(Reader, meta=META)


@pytest.fixture
def unrelated(context: testing.Context[Reader]) -> testing.State:
    return context.run(context.on.update_status(), testing.State())


def said(state: testing.State) -> str:
    return state.unit_status.message


def test_an_endpoint_without_a_relation_is_asked_for_once(
    context: testing.Context[Reader], unrelated: testing.State
) -> None:
    assert said(unrelated) == "0 0"
    silent = dataclasses.replace(unrelated, relations={testing.Relation("one")})
    assert said(context.run(context.on.update_status(), silent)) == "0 0"


@pytest.mark.parametrize("news", ["created", "changed", "start"])
def test_it_is_asked_for_again_when_there_is_news(
    context: testing.Context[Reader], unrelated: testing.State, news: str
) -> None:
    relation = testing.Relation("one")
    state = dataclasses.replace(unrelated, relations={relation})
    on = context.on
    event = {
        "created": on.relation_created(relation),
        "changed": on.relation_changed(relation),
        "start": on.start(),
    }[news]
    state = context.run(event, state)
    assert said(state) == "1 0"
    assert said(context.run(on.update_status(), state)) == "1 0"


def test_one_that_goes_is_none_and_the_next_one_is_seen(
    context: testing.Context[Reader], unrelated: testing.State
) -> None:
    relation = testing.Relation("one")
    state = dataclasses.replace(unrelated, relations={relation})
    state = context.run(context.on.relation_created(relation), state)
    state = context.run(context.on.relation_broken(relation), state)
    assert said(state) == "0 0"
    gone = dataclasses.replace(state, relations=set())
    state = context.run(context.on.update_status(), gone)
    again = testing.Relation("one")
    state = dataclasses.replace(state, relations={again})
    assert said(context.run(context.on.relation_created(again), state)) == "1 0"
