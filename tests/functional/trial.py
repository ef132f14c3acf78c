"""One change, made again and again, each time disturbed at another request or in another way."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.functional.changes import REMOVALS, Change
from tests.functional.disturbance import Disturbance, Killed, Seen, Trouble
from tests.functional.model import Model, Status
from tests.functional.shape import Shape

TROUBLES: Final[tuple[Trouble, ...]] = (
    *(401, 403, 404, 409, 429, 500, 503),
    *("reset", "lost", "truncated", "timeout", "away", "killed"),
)
"""All that can go wrong with a request."""

_DENIED: Final = 403
"""The one that only a person may be able to end."""


@dataclass(frozen=True)
class Outcome:
    """What came of one disturbed change.

    Attributes:
        change: its name.
        trouble: what went wrong.
        n: at which of the hook's requests, from 1.
        hit: whether the hook had so many.
        converged: whether the next hook led to where an undisturbed one leads.
        failed: what left the charm as an exception, or "".
        untrue: how the status was wrong, or "".
        leaked: whether a secret was logged or shown.
        shown: the status after the disturbed hook.
        differs: what was otherwise after the next hook, or "".
    """

    change: str
    trouble: Trouble
    n: int
    hit: bool
    converged: bool = True
    failed: str = ""
    untrue: str = ""
    leaked: bool = False
    shown: str = ""
    differs: str = ""

    @property
    def good(self) -> bool:
        """Whether all is as it has to be."""
        return self.converged and not (self.failed or self.untrue or self.leaked)

    def __str__(self) -> str:
        found = [] if self.converged else [f"it did not converge: {self.differs}"]
        found += filter(None, [self.failed, self.untrue, "a secret shows" if self.leaked else ""])
        told = "; ".join(found) or "good"
        return f"{self.change}, {self.trouble} at request {self.n}: {told} ({self.shown})"


class Trial:
    """Makes one change in one model.

    Args:
        model: the model, of `Disturbance.model`.
        disturbance: disturbs its events.
        change: what to make.

    Attributes:
        requests: how many an undisturbed hook sends.
    """

    def __init__(self, model: Model, disturbance: Disturbance, change: Change) -> None:
        self._model = model
        self._disturbance = disturbance
        self._change = change
        change.begin(model)
        disturbance.plan(change.event)
        change.make(model)
        self._expected = disturbance.seen[0]
        self.requests = len(disturbance.requests)

    def each_request(self, trouble: Trouble) -> Iterator[Outcome]:
        """Disturb every request of the hook, one in each change."""
        n = 0
        while True:
            n += 1
            outcome = self.disturbed(trouble, n)
            if not outcome.hit:
                return
            yield outcome

    def disturbed(self, trouble: Trouble, n: int) -> Outcome:
        """Make the change; its hook is disturbed at request n."""
        model, change, disturbance = self._model, self._change, self._disturbance
        change.begin(model)
        disturbance.plan(change.event, n, trouble)
        failed = self._make()
        hit, log = disturbance.hit, "\n".join(disturbance.log.lines)
        first, *more = disturbance.seen
        then = more[0] if more else self._next(first)
        failed = failed or ("a traceback is logged" if "Traceback" in log else "")
        shown = f"{first.unit[0]}: {first.unit[1]}"
        return Outcome(
            change.name,
            trouble,
            n,
            hit,
            converged=self._is_done(then),
            failed=failed,
            untrue=self._untruth(trouble, first, log) if hit else "",
            leaked=any(secret in log + str(first.unit) for secret in self._secrets()),
            shown=shown,
            differs="" if self._is_done(then) else self._difference(then),
        )

    def _make(self) -> str:
        """Make the change; returns what was raised but for a kill, after which Juju retries."""
        raised = ""
        try:
            self._change.make(self._model)
        except Killed:
            self._model.juju.resolve()
        except Exception as error:  # noqa: BLE001 - whatever leaves the charm is to be counted
            raised = f"{type(error).__name__} left the charm"
            self._model.juju.resolve()
        return raised

    def _next(self, first: Seen) -> Seen:
        """What there is after the next hook; of a removal, after the next installation's."""
        model, disturbance = self._model, self._disturbance
        if self._change not in REMOVALS:
            model.juju.update_status()
            return disturbance.seen[1]
        if self._is_done(first):
            return first
        model.deploy()
        disturbance.plan(self._change.event)
        model.juju.remove()
        return disturbance.seen[0]

    def _is_done(self, seen: Seen) -> bool:
        if self._change in REMOVALS:  # whose status nobody can see any more
            return seen.shape == self._expected.shape
        return seen == self._expected

    def _difference(self, seen: Seen) -> str:
        there, expected = seen.shape, self._expected.shape
        keys = there.keys() | expected.keys()
        other = sorted(key for key in keys if there.get(key) != expected.get(key))
        return ", ".join([f"{seen.unit[0]}: {seen.unit[1]}", *other])

    def _untruth(self, trouble: Trouble, seen: Seen, log: str) -> str:
        """How a status after the disturbed hook is not true."""
        if trouble == "killed":
            return ""  # it had no time to say anything
        if self._change in REMOVALS:
            told = "stay" in log or "Could not" in log
            return "" if told or self._is_done(seen) else "it says nothing of what stays"
        found = (self._lie(trouble, status, seen.shape) for status in (seen.unit, seen.app))
        return next(filter(None, found), "")

    def _lie(self, trouble: Trouble, status: Status, there: Shape) -> str:
        name, message = status
        if name == "active":
            return "" if there == self._expected.shape else "active, and something is not done"
        if status in {self._expected.unit, self._expected.app}:
            return ""  # storage is still missing, whatever else is
        if name == "blocked" and (trouble != _DENIED or "Trust is missing" in message):
            return "blocked, although nobody has to act"
        said = name in {"waiting", "blocked"} and message
        return "" if said else f"{name} is no status for this"

    def _secrets(self) -> Iterator[str]:
        """What must not be read anywhere: keys, passwords and tokens."""
        model = self._model
        yield model.cluster.store.secret_key
        yield model.cluster.admin_token
        for secret in model.api.list("Secret"):
            for text in secret.get("data", {}).values():
                yield from _sensitive(base64.b64decode(text).decode())


def _sensitive(text: str) -> list[str]:
    """A Secret's text, and each of its lines that says something: but not names of sections."""
    lines = [line.partition("=")[2].strip() or line for line in text.splitlines()]
    return [line for line in lines if len(line) > 12 and not line.startswith(("[", "{", "-"))]
