"""Lay the charm out as `charmcraft pack` does where charmcraft cannot build: on any Linux.

    python -m tools.pack dist        # dist/velero-operator_amd64.charm

charmcraft builds for Ubuntu on Ubuntu only. What can be had of it anywhere is used as it is: its
`expand-extensions` reads and validates the project, and its own code writes `metadata.yaml`,
`manifest.yaml`, `dispatch` and the archive. What stands in for it here are the two parts:

- `charm` (the uv plugin): the locked packages as wheels for the base's Python, in `venv/lib`,
  with `src` and `lib`. Their checksums are those of uv.lock, and nothing is built from source.
  Byte code comes beside them where this machine has the base's Python.
- `velero-cli`: the CLI built from the module that tools/go.mod pins, for this machine.

The archive is for the architecture of this machine. A release is built by charmcraft itself.
`--project` packs another charm, such as those of the integration tests, with the same packages.
"""

# charmcraft has no type information
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import yaml
from charmcraft import dispatch
from charmcraft.models.charmcraft import Base
from charmcraft.models.manifest import Manifest
from charmcraft.models.metadata import CharmMetadata
from charmcraft.models.project import PlatformCharm
from charmcraft.utils import build_zip
from craft_cli import EmitterMode, emit
from tests.cluster import tools
from tests.cluster.base import NoBasePythonError, base_python

ROOT: Final = Path(__file__).parents[1]
PYTHON: Final = "3.12"
"""Of Ubuntu 24.04, the base."""
_LIBC: Final = "manylinux_2_39"
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
_VERBATIM: Final = ("icon.svg", "LICENSE")
_MEDIATED: Final = {"actions.yaml": "actions", "config.yaml": "config"}
"""Files of their own or sections of charmcraft.yaml; in an archive always files."""
_UNPACKED: Final = shutil.ignore_patterns("__pycache__", "*.pyc")


class PackError(Exception):
    """The charm cannot be packed; the message says why and what to do."""


@dataclass(frozen=True)
class Project:
    """The project as charmcraft reads it.

    Attributes:
        folder: where its charmcraft.yaml is.
        model: charmcraft's own, validated.
        architecture: of this machine, in Juju's words.
    """

    folder: Path
    model: Any
    architecture: str

    @property
    def archive(self) -> str:
        """The file's name, as charmcraft gives it."""
        return f"{self.model.name}_{self.architecture}.charm"

    def metadata(self) -> str:
        """The text of metadata.yaml."""
        metadata = cast("Any", CharmMetadata.from_charm(self.model))
        return yaml.safe_dump(metadata.marshal(), sort_keys=True)

    def mediated(self) -> dict[str, str]:
        """The texts of the other files that Juju reads, by name.

        As charmcraft's PackageService has it (`_get_mediated_yaml`): none for a section that
        the project has not; else the file as it is, or the section where there is no file.
        """
        sections = {name: self.model.marshal().get(key) for name, key in _MEDIATED.items()}
        return {
            name: file.read_text()
            if (file := self.folder / name).is_file()
            else yaml.safe_dump(section, sort_keys=True)
            for name, section in sections.items()
            if section
        }

    def manifest(self) -> str:
        """The text of manifest.yaml."""
        base = cast("Any", Base).from_str_and_arch(self.model.base, [self.architecture])
        now = datetime.now(UTC).isoformat()
        manifest = cast("Any", Manifest)(charmcraft_started_at=now, bases=[base])
        return yaml.safe_dump(manifest.model_dump(mode="json", by_alias=True, exclude_none=True))


def read(folder: Path) -> Project:
    """Let charmcraft read and validate the project in a folder.

    Raises:
        PackError: the project is invalid, or this machine is none that it is for.
    """
    architecture = _ARCHITECTURES.get(platform.machine(), "")
    expanded = _run("charmcraft", "expand-extensions", cwd=folder)
    model = cast("Any", PlatformCharm).unmarshal(yaml.safe_load(expanded))
    if architecture not in model.platforms:
        raise PackError(f"charmcraft.yaml has no platform for {platform.machine()}")
    return Project(folder, model, architecture)


def lay_out(project: Project, prime: Path) -> None:
    """Fill a folder with what the archive holds."""
    for name in filter(lambda each: (project.folder / each).exists(), _VERBATIM):
        shutil.copy(project.folder / name, prime)
    shutil.copytree(project.folder / "src", prime / "src", ignore=_UNPACKED)
    shutil.copytree(ROOT / "lib", prime / "lib", ignore=_UNPACKED)
    made = {"metadata.yaml": project.metadata(), "manifest.yaml": project.manifest()}
    for name, text in {**made, **project.mediated()}.items():
        (prime / name).write_text(text)
    if "velero-cli" in project.model.parts:
        (prime / "bin").mkdir()
        shutil.copy(tools.charm_cli(), prime / "bin" / "velero")
    _install_packages(prime / "venv")
    _compile(prime)
    emit.init(EmitterMode.QUIET, "pack", "")
    dispatch.create_dispatch(prime_dir=prime)
    emit.ended_ok()


def pack(folder: Path, target: Path) -> Path:
    """Pack the project in one folder into another; returns the archive.

    Raises:
        PackError: it cannot be packed.
    """
    project = read(folder)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="charm-", dir=target) as name:
        prime = Path(name) / "prime"
        prime.mkdir()
        lay_out(project, prime)
        unfinished = Path(name) / project.archive
        build_zip(unfinished, prime)
        return unfinished.replace(target / project.archive)


def _install_packages(venv: Path) -> None:
    """Make the environment that the uv plugin makes, less the files it removes again.

    `dispatch` adds bin/python on the unit, where pyvenv.cfg makes it find the packages.
    """
    packages = venv / "lib" / f"python{PYTHON}" / "site-packages"
    packages.mkdir(parents=True)
    about = f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {PYTHON}\n"
    (venv / "pyvenv.cfg").write_text(about)
    locked = _run("uv", "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(locked)
        requirements.flush()
        wheels = ["--only-binary", ":all:", "--require-hashes", "--no-deps"]
        platforms = ["--python-platform", f"{platform.machine()}-{_LIBC}"]
        versions = ["--python", sys.executable, "--python-version", PYTHON]
        where = ["--quiet", "--target", str(packages), "-r", requirements.name]
        _run("uv", "pip", "install", *wheels, *platforms, *versions, *where)
    shutil.rmtree(packages / "bin", ignore_errors=True)


def _compile(prime: Path) -> None:
    """Lay byte code beside all sources, as the part of charmcraft.yaml does.

    A unit's user may not write beside what Juju unpacked, and would compile at every hook. Byte
    code that is not held against its source, for archives keep no exact times.
    """
    try:
        python = base_python() / "bin" / f"python{PYTHON}"
    except NoBasePythonError as error:
        print(f"{error}: the packed charm works, but compiles itself at every hook")
        return
    folders = [str(prime / name) for name in ("src", "lib", "venv")]
    how = ["--invalidation-mode", "unchecked-hash", "-s", str(prime)]
    _run(str(python), "-m", "compileall", "-q", "-f", "-j", "0", *how, *folders)


def _run(*argv: str, cwd: Path = ROOT) -> str:
    """Run a program in a folder; returns what it printed."""
    beside = str(Path(sys.executable).parent)
    path = os.pathsep.join([beside, os.environ.get("PATH", os.defpath)])
    found = shutil.which(argv[0], path=path)
    if not found:
        raise PackError(f"{argv[0]} is not on PATH; `make pack` sets it up")
    done = subprocess.run([found, *argv[1:]], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackError(f"{' '.join(argv[:3])} failed:\n{done.stderr.strip() or done.stdout}")
    return done.stdout


def main() -> None:
    """Pack into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Lay the charm out as charmcraft does.")
    parser.add_argument("folder", type=Path, help="where the archive goes")
    parser.add_argument("--project", type=Path, default=ROOT, help="where charmcraft.yaml is")
    given = parser.parse_args()
    try:
        archive = pack(given.project, given.folder)
    except PackError as error:
        sys.exit(str(error))
    print(f"Packed {archive} without charmcraft's build; a release is built by charmcraft")


if __name__ == "__main__":
    main()
