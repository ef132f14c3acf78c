"""What every hook has to load, also one that has nothing to do."""

import subprocess
import sys

HEAVY = (
    "lightkube",
    "httpx2",
    "pydantic",
    "jinja2",
    "cosl",
    "actions",
    "inputs.reader",
    "ops_tracing",
)


def test_the_charm_loads_neither_a_client_nor_models_before_they_are_needed() -> None:
    program = f"import charm, sys; print(*(name for name in {HEAVY} if sys.modules.get(name)))"
    path = [entry for entry in sys.path if entry]
    program = f"import sys; sys.path[:] = {path}; {program}"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert loaded.stdout.split() == []
