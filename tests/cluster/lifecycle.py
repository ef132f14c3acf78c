"""How an application goes, on each Juju (juju 4.0 domain/removal; seen on a real 4.0.15).

Both tell every unit that each relation has departed and broken, and wait for that.

- 3.6 then runs the stop and remove hooks. Kubernetes ends the unit's pod half a minute after the
  remove hook began.
- 4 takes a unit for dead as soon as no relation holds it. So without any relation there is no hook
  at all; with one, stop and remove race with the end.
"""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

GRACE: Final = 30.0
"""Seconds: `terminationGracePeriodSeconds` of the unit's pod, Juju's own constant."""


class Ended(BaseException):
    """The unit's pod was killed: nothing in the charm catches it."""


@dataclass(frozen=True)
class Lifecycle:
    """The end of an application.

    Attributes:
        last_hooks: the hooks that still come after the last relation has broken.
        without_relation: whether they also come where there was no relation.
        grace: seconds that the remove hook may take.
    """

    last_hooks: tuple[str, ...] = ("stop", "remove")
    without_relation: bool = True
    grace: float = GRACE

    def hooks(self, *, held: bool) -> tuple[str, ...]:
        """The hooks that are left once no relation holds a unit, which one did or did not."""
        return self.last_hooks if held or self.without_relation else ()


JUJU_3: Final = Lifecycle()
JUJU_4: Final = Lifecycle(last_hooks=(), without_relation=False)
"""As it may go at the worst; with other `last_hooks`, as it may go too."""


@contextmanager
def ending_after(seconds: float) -> Generator[None]:
    """End what runs in a `with` block of the main thread when its time is over.

    Raises:
        Ended: it was not done by then.
    """

    def end(*_: object) -> None:
        raise Ended

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
