"""Something goes wrong at one request of one event, and what can be seen of it afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Literal, TypeAlias
from unittest import mock

import httpx2
from tests.cluster.cluster import Cluster
from tests.cluster.proxy import ApiProxy, Fault, Request
from tests.functional.model import Model, Status
from tests.functional.shape import Shape, shape

from velero.kubernetes import cluster as client
from velero.kubernetes.transport import BoundedTransport

Trouble: TypeAlias = Fault | Literal["away", "killed", "killed after a write"]
"""A fault of the proxy at one request. `away`: every request from that one on is reset, until the
event ends. `killed`: the charm's process ends before it sends the request. `killed after a write`:
it ends when it has written once, whatever the request's number."""

REQUEST_TIMEOUT: Final = 1.0
"""Seconds that the charm waits for an answer where none will come."""

_NO_RECONCILE: Final = ("-created", "-joined", "-departed", "start", "stop")


class Killed(Exception):
    """Stands for the end of the charm's process: nothing in the charm catches it."""


@dataclass(frozen=True)
class Seen:
    """What a person could see after an event.

    Attributes:
        unit: the unit's status and message.
        app: the application's.
        shape: all that there is of ours in the cluster.
    """

    unit: Status
    app: Status
    shape: Shape


@dataclass(frozen=True)
class _Plan:
    event: str
    n: int
    trouble: Trouble


class Disturbance:
    """Disturbs the events of one model as planned.

    Attributes:
        proxy: the charm's way to the API server.
        requests: those of the event that was planned.
        seen: what there was after that event, and after the next that reconciles.
        log: all that was logged since the plan was made, at any level.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.proxy = ApiProxy(cluster.url, cluster.ca, cluster.admin_token)
        self.requests: list[Request] = []
        self.seen: list[Seen] = []
        self.log = _Log()
        self._hit = False
        self._plan: _Plan | None = None
        self._model: Model | None = None

    def model(self, cluster: Cluster, namespace: str) -> Model:
        """A model whose events are disturbed."""
        kubeconfig = self.proxy.kubeconfig(cluster.admin_token)
        self._model = Model(cluster, namespace, kubeconfig=kubeconfig, around=self.around)
        return self._model

    def plan(self, event: str, n: int = 0, trouble: Trouble = "reset") -> None:
        """Disturb the next event of that name at its request n; 0 only notes its requests."""
        self._plan, self._hit, self.seen = _Plan(event, n, trouble), False, []
        self.log.lines.clear()

    @property
    def hit(self) -> bool:
        """Whether the event had so many requests."""
        return self._hit or any(request.fault for request in self.requests)

    @contextmanager
    def around(self, event: str) -> Generator[None]:
        """What surrounds every event."""
        planned = self._plan if self._plan and event == self._plan.event else None
        with self.log.listening(), self._disturbed(planned) if planned else nullcontext():
            yield
        if planned or (len(self.seen) == 1 and not event.endswith(_NO_RECONCILE)):
            self._look()

    def _look(self) -> None:
        if self._model:
            status, unit = self._model.juju.status, self._model.unit()
            app = (status.health.name, status.health.message)
            self.seen.append(Seen(unit, app, shape(self._model)))

    @contextmanager
    def _disturbed(self, plan: _Plan) -> Generator[None]:
        self._plan, n = None, plan.n
        self.proxy.clear()
        with ExitStack() as stack:
            stack.callback(self.proxy.heal)
            match plan.trouble:
                case _ if n == 0:
                    pass
                case "killed" | "killed after a write" as how:
                    kill = self._killing(n if how == "killed" else 0)
                    stack.enter_context(_each_request(kill))
                case "away":
                    self.proxy.fail_from(n, "reset")
                case fault:
                    self.proxy.fail_at(n, fault)
            if plan.trouble == "timeout":
                short = mock.patch.object(client, "REQUEST_TIMEOUT", REQUEST_TIMEOUT)
                stack.enter_context(short)
            yield
        self.requests = self.proxy.requests

    def _killing(self, n: int) -> Callable[[], None]:
        """Kill at request n, or, if that is 0, at the one after the first write."""
        numbers = count(1)

        def kill() -> None:
            if next(numbers) == n or (n == 0 and self.proxy.writes):
                self._hit = True
                raise Killed

        return kill


class _Log(logging.Handler):
    """Everything that is logged, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @contextmanager
    def listening(self) -> Generator[None]:
        """Hear what is logged meanwhile."""
        root = logging.getLogger()
        root.addHandler(self)
        try:
            yield
        finally:
            root.removeHandler(self)


@contextmanager
def _each_request(before: Callable[[], None]) -> Generator[None]:
    """Do something before each request of the charm."""
    handle: Any = BoundedTransport.handle_request

    def handle_request(self: BoundedTransport, request: httpx2.Request) -> httpx2.Response:
        before()
        return handle(self, request)

    with mock.patch.object(BoundedTransport, "handle_request", handle_request):
        yield
