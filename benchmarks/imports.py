"""What `import charm` costs, in fresh processes."""

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass

from tests.cluster.application import REPOSITORY

MEASURED = ("ops", "charm", "charm, inputs, velero.velero")
"""Juju's library; what every hook loads; what one that reconciles loads as well."""

_PROGRAM = """
import sys, time
sys.modules["ops_tracing"] = None  # as if it were not installed: see src/tracing.py
started = time.perf_counter()
import {module}
print(time.perf_counter() - started, len(sys.modules))
"""


@dataclass(frozen=True)
class Import:
    """The median of several imports.

    Attributes:
        seconds: wall time of the import statement.
        modules: how many modules the process has afterwards.
    """

    seconds: float
    modules: int


def measure(module: str, runs: int = 5) -> Import:
    """Import a module in processes of their own, after one that fills the caches."""
    path = os.pathsep.join(str(REPOSITORY / name) for name in ("src", "lib"))
    argv = [sys.executable, "-c", _PROGRAM.format(module=module)]
    results: list[tuple[float, int]] = []
    for _ in range(runs + 1):
        env = {**os.environ, "PYTHONPATH": path}
        done = subprocess.run(argv, env=env, check=True, capture_output=True, text=True)
        seconds, modules = done.stdout.split()
        results.append((float(seconds), int(modules)))
    seconds = statistics.median(seconds for seconds, _ in results[1:])
    return Import(seconds, results[0][1])
