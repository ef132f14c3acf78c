"""The only subprocess: the official velero CLI.

It runs with a list of arguments, nothing on stdin, a home directory of its own that is thrown
away, an environment that holds only the way to the API server, and a deadline.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from velero.cli.capture import Kept, drain
from velero.errors import CliError

logger = logging.getLogger(__name__)

RENDER_TIMEOUT: Final = 30.0
_PASSED_ON: Final = (
    "KUBECONFIG",
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT",
    "PATH",
    "SSL_CERT_FILE",
)
KEPT_BYTES: Final = 8 * 2**20
"""Of what one run prints; all of what it renders is about 1 MB."""
_SHOWN: Final = 400
_KEPT: Final = 8
_VERSION: Final = re.compile(r"v\d+\.\d+\.\d+\S*")


@dataclass(frozen=True, slots=True)
class Output:
    """What one run of the CLI gave back; the middle of what is too long is left out."""

    exit_code: int
    stdout: str
    stderr: str


class Cli:
    """The velero binary that the charm ships.

    Args:
        folder: where the charm's own binary is; `PATH` serves where it has none.
        cache: a folder for what the CLI renders, or None to render each time. It holds no
            secret: none is ever given to the CLI.
    """

    def __init__(self, folder: Path, cache: Path | None = None) -> None:
        self._folder = folder
        self._cache = cache

    def run(
        self, argv: list[str], seconds: float, keep: tuple[int, int] = (KEPT_BYTES, KEPT_BYTES)
    ) -> Output:
        """Run ``velero`` with the arguments.

        Args:
            argv: the arguments.
            seconds: how long it may take.
            keep: how many bytes of its output and of its error output are kept.

        Raises:
            CliError: it is not there, could not be started, or took longer than ``seconds``.
        """
        command = [self._binary(), *argv]
        environment = {k: v for k, v in os.environ.items() if k in _PASSED_ON}
        logger.debug("Running velero %s", argv[0])
        with tempfile.TemporaryDirectory(prefix="velero-") as home:
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=environment | {"HOME": home, "TMPDIR": home},
                    cwd=home,
                )
            except OSError as error:
                raise CliError(f"velero could not be started: {error.strerror}") from error
            try:
                return _output(process, seconds, keep)
            except subprocess.TimeoutExpired as error:
                raise CliError(
                    f"velero {argv[0]} did not end within {seconds:.0f} s and was stopped"
                ) from error

    def render(self, argv: list[str]) -> Any:  # noqa: ANN401 - JSON
        """The JSON that a dry run prints; from the cache if the same was printed before.

        Raises:
            CliError: the CLI failed or printed something else.
        """
        kept = self._kept(argv)
        if kept and (printed := _read(kept)):
            return printed
        output = self.run(argv, RENDER_TIMEOUT)
        try:
            rendered = json.loads(output.stdout)
        except ValueError as error:
            said = (output.stderr or output.stdout).strip()[-_SHOWN:]
            raise CliError(f"velero {argv[0]} printed no manifests: {said}") from error
        if kept:
            _keep(kept, output.stdout)
        return rendered

    def version(self) -> str:
        """The CLI's own version, such as ``v1.18.3``; from the cache if it was asked before.

        Raises:
            CliError: the CLI failed or said something else.
        """
        argv = ["version", "--client-only"]
        kept = self._kept(argv)
        known = _read(kept) if kept else None
        printed = known or self.run(argv, RENDER_TIMEOUT).stdout
        found = _VERSION.search(printed)
        if not found:
            raise CliError(f"velero says no version: {printed[:_SHOWN]}")
        if kept and not known:
            _keep(kept, json.dumps(printed))
        return found.group()

    def _kept(self, argv: list[str]) -> Path | None:
        if self._cache is None:
            return None
        stat = Path(self._binary()).stat()
        key = json.dumps([stat.st_size, stat.st_mtime_ns, argv])
        return self._cache / f"{hashlib.sha256(key.encode()).hexdigest()[:20]}.json"

    def _binary(self) -> str:
        search = f"{self._folder}{os.pathsep}{os.environ.get('PATH', '')}"
        found = shutil.which("velero", path=search)
        if not found:
            raise CliError("The charm has no velero CLI; pack it again or refresh it")
        return found


def _output(process: subprocess.Popen[bytes], seconds: float, keep: tuple[int, int]) -> Output:
    """What a process prints until it ends; it does not outlive this.

    Raises:
        subprocess.TimeoutExpired: it took too long.
    """
    deadline = time.monotonic() + seconds
    stdout, stderr = (Kept(limit) for limit in keep)
    with process:
        try:
            pipes = {p: k for p, k in ((process.stdout, stdout), (process.stderr, stderr)) if p}
            drain(pipes, deadline)
            process.wait(max(0.0, deadline - time.monotonic()))
        finally:
            process.kill()
    return Output(process.returncode, stdout.text(), stderr.text())


def _read(path: Path) -> Any | None:  # noqa: ANN401 - JSON
    with suppress(OSError, ValueError):
        return json.loads(path.read_bytes())
    return None


def _keep(path: Path, text: str) -> None:
    """Write at once or not at all; of the renderings only the newest few are of use.

    A folder that cannot be written costs time, never a hook.
    """
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
        for old in kept[:-_KEPT]:
            old.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as unfinished:
            unfinished.write(text)
        Path(unfinished.name).rename(path)
