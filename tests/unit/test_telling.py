"""Whatever others say, what goes to Juju's hook tools is text that they take."""

import logging

import ops
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ops import testing

import telling
from actions import performing
from velero.errors import CliError, VeleroError
from velero.problem import Need, Problem
from velero.total import block
from velero.velero import Velero

ANYTHING = st.text(st.characters(exclude_categories=[]))
HOSTILE = "\x00\x1b[2J\ud800\u202e\r\n\x85" * 40_000
"""More than one argument of a process may have."""


def is_plain(text: str, between: str = "") -> bool:
    return text.translate(dict.fromkeys(map(ord, between))).isprintable()


@example(HOSTILE)
@given(ANYTHING)
def test_a_status_and_an_error_are_one_bounded_line(text: str) -> None:
    for shown in (
        Problem(Need.BLOCKED, text).message,
        str(VeleroError(text)),
        str(CliError(text)),
    ):
        assert is_plain(shown)
        assert len(shown) <= 2000


@example(HOSTILE, 100_000)
@given(ANYTHING, st.integers(50, 200))
@settings(deadline=None)
def test_a_block_is_plain_and_has_as_many_bytes_as_are_asked_for(text: str, limit: int) -> None:
    shown = block(text, limit)
    assert is_plain(shown, "\n\t")
    assert len(shown.encode()) <= limit
    if is_plain(text, "\n\t") and len(text.encode()) <= limit:
        assert shown == text


class Loud(ops.CharmBase):
    """Says to Juju whatever it is told to."""

    said = ""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        telling.log_plainly()
        framework.observe(self.on["speak"].action, self._on_speak)

    def _on_speak(self, event: ops.ActionEvent) -> None:
        told = telling.PlainEvent.of(event)
        told.log(self.said)
        told.set_results({"one": self.said, "rows": {"1": {"cell": self.said}}})
        error = ValueError(self.said)
        logging.getLogger("elsewhere").error("It said %s", self.said, exc_info=error)
        told.fail(self.said)


@example(HOSTILE)
@given(ANYTHING)
@settings(max_examples=25, deadline=None)
def test_what_an_action_says_and_what_is_logged_is_plain(text: str) -> None:
    context = testing.Context(Loud, meta={"name": "loud"}, actions={"speak": {}})
    Loud.said = text
    with pytest.raises(testing.ActionFailed) as failed:
        context.run(context.on.action("speak"), testing.State())
    results = context.action_results or {}
    logged = [line.message for line in context.juju_log]
    assert any("It said" in line for line in logged)
    for shown in (results["one"], results["rows"]["1"]["cell"], *logged):
        assert is_plain(shown, "\n\t")
        assert len(shown.encode()) < 128 * 1024
    for shown in (failed.value.message, *context.action_logs):
        assert is_plain(shown)


def test_every_action_speaks_through_it() -> None:
    heard: list[ops.ActionEvent] = []

    def listen(event: ops.ActionEvent, _: ops.CharmBase, __: Velero) -> None:
        heard.append(event)

    class Asked(ops.CharmBase):
        def __init__(self, framework: ops.Framework) -> None:
            super().__init__(framework)
            framework.observe(self.on["run"].action, self._on_run)

        def _on_run(self, event: ops.ActionEvent) -> None:
            performed: dict[str, performing.Action] = {"run": listen}
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(performing, "ACTIONS", performed)
                performing.perform(event, self, None, None)  # pyright: ignore[reportArgumentType]

    context = testing.Context(Asked, meta={"name": "asked"}, actions={"run": {}})
    context.run(context.on.action("run"), testing.State())
    assert [type(event) for event in heard] == [telling.PlainEvent]
