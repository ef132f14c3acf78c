"""What a Python program costs in a process of its own, without the memory of who starts it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

BYTE_CODE: Final = Path(tempfile.gettempdir()) / f"velero-operator-byte-code-{os.getuid()}"
"""What the packed charm brings along; here the first run makes it, whatever the shell says."""

# A process begins as a copy of the one that starts it, whose memory counts as its own at its
# highest: so a small one starts it. Only wait4 says what this one child has used.
_STARTER: Final = """
import json, os, sys, time
cost, *argv = sys.argv[1:]
started = time.perf_counter()
_, status, used = os.wait4(os.posix_spawn(argv[0], argv, os.environ), 0)
seconds = time.perf_counter() - started
told = [seconds, used.ru_utime + used.ru_stime, used.ru_maxrss, os.waitstatus_to_exitcode(status)]
with open(cost, "w") as file:
    json.dump(told, file)
"""


@dataclass(frozen=True)
class Run:
    """What a program did and cost.

    Attributes:
        seconds: wall time from the fork to the end of the process.
        cpu_seconds: user and system time of the process and of all that it waited for.
        peak_rss_kib: resident memory at its highest, of the largest of these processes.
        stdout: what it printed.
        stderr: what it printed there, a traceback included.
        exit_code: 0, or it failed.
    """

    seconds: float
    cpu_seconds: float
    peak_rss_kib: int
    stdout: str
    stderr: str
    exit_code: int


def run(argv: Sequence[str], where: Path, env: Mapping[str, str], timeout: float) -> Run:
    """Run a Python program.

    Args:
        argv: the program and its arguments.
        where: the folder that it runs in.
        env: its environment.
        timeout: seconds after which it and all that it started is killed; the cost is then 0.
    """
    with tempfile.TemporaryDirectory(prefix="measured-") as name:
        out, err, cost = (Path(name) / each for each in ("stdout", "stderr", "cost"))
        starter = [sys.executable, "-ISc", _STARTER, str(cost), sys.executable, *argv]
        given = {**env, "PYTHONPYCACHEPREFIX": str(BYTE_CODE)}
        given.pop("PYTHONDONTWRITEBYTECODE", None)
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                starter,
                cwd=where,
                env=given,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            alarm = threading.Timer(timeout, os.killpg, [process.pid, signal.SIGKILL])
            alarm.start()
            code = process.wait()
            alarm.cancel()
        told: Any = json.loads(cost.read_text()) if cost.exists() else [0.0, 0.0, 0, code]
        seconds, cpu_seconds, peak, code = told
        return Run(seconds, cpu_seconds, peak, out.read_text(), err.read_text(), code)
