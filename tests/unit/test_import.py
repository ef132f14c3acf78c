"""What every hook has to load, also one that has nothing to do."""

import subprocess
import sys
from collections.abc import Sequence

HEAVY = (
    "lightkube",
    "httpx2",
    "pydantic",
    "cosl",
    "actions",
    "inputs.reader",
    "ops_tracing",
)


STEADY = ("cosl", "actions", "inputs.clients", "inputs.claims", "jinja2", "monitoring.rules")


def loaded(modules: str, names: Sequence[str]) -> list[str]:
    """Which of some modules a process has that imports others."""
    program = f"import {modules}, sys; print(*(name for name in {names} if sys.modules.get(name)))"
    path = [entry for entry in sys.path if entry]
    program = f"import sys; sys.path[:] = {path}; {program}"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    return done.stdout.decode().split()


def test_the_charm_loads_neither_a_client_nor_models_before_they_are_needed() -> None:
    assert loaded("charm", HEAVY) == []


def test_a_hook_that_only_compares_loads_no_more_than_that_takes() -> None:
    assert loaded("charm, inputs.reader, velero.velero, velero.kubernetes.cluster", STEADY) == []
