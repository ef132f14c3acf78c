"""The Python that the charm's base has, as far as this machine has one of that version."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

PYTHON: Final = "python3.12"
"""Of Ubuntu 24.04."""


class NoBasePythonError(Exception):
    """This machine has none; the message says so."""


def base_python() -> Path:
    """Find the prefix of a Python of the version that the charm's base has.

    Raises:
        NoBasePythonError: there is none.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [shutil.which(PYTHON), *pyenv.glob(f"3.12.*/bin/{PYTHON}"), f"/usr/bin/{PYTHON}"]
    for place in [str(each) for each in places if each and Path(each).exists()]:
        argv = [place, "-c", "import sys; print(sys.base_prefix)"]
        said = subprocess.run(argv, capture_output=True, text=True, check=False)
        if said.returncode == 0:  # pyenv's shims exist for versions that are not switched on
            return Path(said.stdout.strip())
    raise NoBasePythonError(f"There is no {PYTHON}, the Python of the charm's base")
