"""End a cluster's processes when their owner is gone, however it went.

Run as `python watchdog.py MARKER` with a pipe as standard input, whose other end only the owner
holds. When the owner dies, even by SIGKILL, the kernel closes the pipe; then every process that
carries the marker in its environment is killed. PR_SET_PDEATHSIG would be shorter, but it fires
when the *thread* that started a child ends, and it does not reach grandchildren: Velero's plugins
stay behind when only the server is killed. The environment is inherited by them too.

A line on standard input says that the processes are to live on, and ends the watchdog only.
"""

import contextlib
import sys
from collections.abc import Iterator

import psutil

MARKER = "VELERO_OPERATOR_CLUSTER"


def marked(marker: str, **also: str) -> Iterator[psutil.Process]:
    """Yield the processes started for the cluster `marker`, and by these in turn.

    Args:
        marker: a cluster's own value of the environment variable `MARKER`.
        also: further environment variables that must have exactly these values.
    """
    wanted = {MARKER: marker, **also}.items()
    for process in psutil.process_iter():
        if wanted <= _environ(process).items():
            yield process


def kill(marker: str) -> None:
    """Kill what carries the marker, twice: a process may just have been starting another."""
    for _ in range(2):
        found = list(marked(marker))
        for process in found:
            _kill(process)
        psutil.wait_procs(found, timeout=5)


def _environ(process: psutil.Process) -> dict[str, str]:
    with contextlib.suppress(psutil.Error, OSError):
        return process.environ()
    return {}  # gone, or somebody else's


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.Error):
        process.kill()


if __name__ == "__main__" and not sys.stdin.readline():
    kill(sys.argv[1])
