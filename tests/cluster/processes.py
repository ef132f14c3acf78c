"""Child processes of the harness: a log file each, a group each, and none left behind."""

import collections
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.cluster import watchdog


class HarnessError(Exception):
    """The harness itself failed; the message says where to look."""


def free_port() -> int:
    """Return a TCP port of the loopback interface that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether something accepts connections on this port, by default on loopback."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log file, or nothing when there is none."""
    try:
        with log.open(encoding="utf-8", errors="replace") as file:
            return "".join(collections.deque(file, maxlen=lines)).rstrip()
    except FileNotFoundError:
        return ""


class Process:
    """One child process, in a process group of its own so that Ctrl-C does not reach it.

    Attributes:
        name: how messages call it.
        log: the file with its standard output and error.
    """

    def __init__(self, name: str, popen: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._popen = popen
        self._over = False

    @property
    def pid(self) -> int:
        """The process id, also that of its group."""
        return self._popen.pid

    def exit_code(self) -> int | None:
        """Return the exit code (negative: the signal's number), or None while it runs."""
        return self._popen.poll()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end, at most `timeout` seconds.

        Returns:
            The exit code, or None if it still runs.
        """
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone, if it still runs."""
        self._popen.send_signal(number)

    def kill_group(self) -> None:
        """Kill the process and those it started, at once, and reap it."""
        if self._over:
            return  # the number may be somebody else's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        self._over = True

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return as soon as `ready` says so.

        Raises:
            HarnessError: the process ended or `seconds` passed before that.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if self.exit_code() is not None:
                raise HarnessError(self.complaint(f"ended with exit code {self.exit_code()}"))
            if time.monotonic() > deadline:
                raise HarnessError(self.complaint(f"was not ready after {seconds:.0f} s"))
            time.sleep(0.02)

    def complaint(self, what: str) -> str:
        """Return a message that names the process, its log file and the log's last lines."""
        return f"{self.name} {what}; its log {self.log} ends with:\n{tail(self.log)}"

    def disown(self) -> None:
        """Forget that this is our child: it may outlive us."""
        # Popen warns when it is collected while its child runs; here that is the intention.
        self._popen.returncode = 0


class Processes:
    """All child processes of one cluster, and the watchdog over them.

    Attributes:
        marker: the value of the environment variable by which they are known.
        logs: the folder with a log file per process.
    """

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.marker = secrets.token_hex(8)
        self._started: list[Process] = []
        self._watchdog: subprocess.Popen[bytes] | None = None

    def start(
        self, name: str, argv: Sequence[str | Path], env: Mapping[str, str] | None = None
    ) -> Process:
        """Start a process whose output is appended to `<logs>/<name>.log`.

        Args:
            name: names the process in messages and its log file.
            argv: the program and its arguments.
            env: its whole environment but PATH and HOME; ours is not inherited.
        """
        self._watch()
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        log = self.logs / f"{name}.log"
        with log.open("ab") as output:
            popen = subprocess.Popen(
                [str(word) for word in argv],
                env={**kept, **(env or {}), watchdog.MARKER: self.marker},
                cwd=self.logs,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(name, popen, log)
        self._started.append(process)
        return process

    def pids(self, **env: str) -> list[int]:
        """Return the pids of running processes with these environment variables, oldest first."""
        found = sorted(watchdog.marked(self.marker, **env), key=lambda one: one.create_time())
        return [process.pid for process in found]

    def stop(self) -> None:
        """Kill everything at once: the data are thrown away, so nothing needs a graceful end."""
        for process in self._started:
            process.kill_group()
        watchdog.kill(self.marker)
        self._dismiss_watchdog()

    def detach(self) -> None:
        """Let all processes live on without us; `stop` must not be called afterwards."""
        for process in self._started:
            process.disown()
        self._dismiss_watchdog()

    def _watch(self) -> None:
        if self._watchdog is None:
            argv = [sys.executable, watchdog.__file__, self.marker]
            self._watchdog = subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True)

    def _dismiss_watchdog(self) -> None:
        if self._watchdog:
            self._watchdog.communicate(b"dismissed\n")
