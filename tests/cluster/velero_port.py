"""Whose turn it is to run: all Velero servers want port 8080 of the one machine.

Velero v1.18 lets controller-runtime serve metrics on its default address, port 8080 of all
interfaces, and has no flag for it; a busy port ends the server. In a cluster every pod has a
network of its own, here one server runs at a time.
"""

import contextlib
import logging
import threading
from collections.abc import Generator
from typing import Protocol

import psutil
from tests.cluster import detached
from tests.cluster.processes import HarnessError

PORT = 8080
PATIENCE = 60.0  # seconds that a server waits for another namespace's to go

log = logging.getLogger(__name__)


class PortUser(Protocol):
    """What wants the port: a Velero server's pod."""

    namespace: str
    created: str

    def hand_over(self) -> None:
        """Give the port up."""
        ...


def holder() -> str:
    """Say which process listens on the port.

    Returns:
        Its name and pid, "another user's process" where the system does not tell, or nothing if
        the port is free.
    """
    for connection in psutil.net_connections("tcp"):
        address = connection.laddr
        if connection.status == psutil.CONN_LISTEN and address and address.port == PORT:
            return _described(connection.pid)
    return ""


def require_free() -> None:
    """Check that no process listens on the port.

    Raises:
        HarnessError: one does; the message says which, and what to do.
    """
    taken_by = holder()
    if taken_by:
        kept = " (or, if that is a kept cluster, with: make stop)"
        raise HarnessError(
            f"Port {PORT}, which every Velero server needs, is taken by {taken_by}: "
            f"end that process{kept if detached.remembered() else ''} and try again."
        )


def _described(pid: int | None) -> str:
    with contextlib.suppress(psutil.Error):
        return f"{psutil.Process(pid).name()} (pid {pid})" if pid else "another user's process"
    return f"a process (pid {pid})"


class VeleroPort:
    """A lock on the port, with the two exceptions that pods ask for.

    A rolling update starts the new pod before it ends the old one, which would wait for ever
    here: the older pod of the same namespace hands over, and shows itself as not ready. Another
    namespace's server is waited for, with a bound; after that Velero is started all the same and
    says itself what is wrong.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._user: PortUser | None = None

    @contextlib.contextmanager
    def held_by(self, user: PortUser, stop: threading.Event) -> Generator[None]:
        """Wait for the port and keep it for the time of a `with` block."""
        self._displace_older(user)
        with self._changed:
            free = self._changed.wait_for(lambda: self._user is None or stop.is_set(), PATIENCE)
            if not free:
                log.warning("%s waited %.0f s in vain for %s", user, PATIENCE, self._user)
            elif not stop.is_set():
                self._user = user
        try:
            yield
        finally:
            self._release(user)

    def wake(self) -> None:
        """Let those who wait look again whether they still have to."""
        with self._changed:
            self._changed.notify_all()

    def busy(self) -> str:
        """Return why a pod has to wait now, nothing if it has not."""
        with self._changed:
            other = self._user
        return f"waits for port {PORT}, which {other} has" if other else ""

    def _displace_older(self, user: PortUser) -> None:
        with self._changed:
            other = self._user
        if other is None:
            return
        log.info("%s waits for port %d, which %s has", user, PORT, other)
        if other.namespace == user.namespace and other.created <= user.created:
            other.hand_over()

    def _release(self, user: PortUser) -> None:
        with self._changed:
            if self._user is user:
                self._user = None
            self._changed.notify_all()
