"""Building Go binaries, all of a module at once: seen, interruptible, never twice at once."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

BEAT = 30.0  # seconds between lines where there is no terminal to count on
PARTIAL = ".partial"

HINTS = """What helps most often:
- no space left: the build needs about 6 GB, for `go env GOCACHE GOMODCACHE` and TMPDIR
- a module cannot be fetched: let `go env GOPROXY` name a Go module proxy that is reachable
- a checksum or a version is wrong: tools/go.mod and tools/go.sum belong together
- killed: the compiler needs about 3 GB of memory; GOFLAGS=-p=1 needs less"""


class BuildError(Exception):
    """A binary could not be built; the message has the compiler's last words."""


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold a lock between processes, and say so if it has to be waited for.

    The kernel drops it when its holder ends, so nothing is left to clean up.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"waiting for another build of the same tools ({_holder(path)})\n")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"pid {os.getpid()}")
        file.flush()
        yield


def _holder(path: Path) -> str:
    return path.read_text(encoding="utf-8") or "pid unknown"


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


@dataclass(frozen=True)
class Build:
    """How to build.

    Attributes:
        go: the `go` command.
        source: the folder with go.mod.
        target: the folder to put binaries into.
        ldflags: for the linker.
        tags: build tags.
    """

    go: Path
    source: Path
    target: Path
    ldflags: str
    tags: str = ""

    def clean(self) -> None:
        """Remove what interrupted builds left; only for the holder of the lock."""
        self.target.mkdir(parents=True, exist_ok=True)
        for stale in self.target.glob(f"{PARTIAL}*"):
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink()

    def run(self, packages: Mapping[str, str]) -> None:
        """Build binaries; their names appear in the target folder when all are whole.

        One build links a binary while it compiles for the next, and compiles nothing twice.

        Args:
            packages: Go's names of the main packages, by the name of the binary, which has to
                be a package's last element.

        Raises:
            BuildError: one does not build.
        """
        partial, names = self.target / PARTIAL, ", ".join(packages)
        partial.mkdir()
        log = self.target / f"{PARTIAL}.log"
        _say(f"building {names}\n")
        with log.open("wb") as output:
            argv = self._argv([*packages.values()], partial)
            process = subprocess.Popen(argv, cwd=self.source, env=self._env(), stderr=output)
            code = _watch(process, "building")
        if code:
            words = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise BuildError(f"{names}: go ended with {code}:\n{words}\n{HINTS}")
        for name in packages:
            (partial / name).replace(self.target / name)
        self.clean()

    def _argv(self, packages: list[str], folder: Path) -> list[str | Path]:
        flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", self.ldflags]
        # What `-s -w` would throw away is not made: a tenth of the compiler's work
        flags += ["-gcflags=all=-dwarf=false"]
        flags += [f"-tags={self.tags}"] if self.tags else []
        # The slash: with one package it would else be the name of the binary
        return [self.go, "build", *flags, "-o", f"{folder}{os.sep}", *packages]

    @staticmethod
    def _env() -> dict[str, str]:
        # CGO_ENABLED=0: no C compiler is needed, and the binaries run on any Linux.
        # GOTOOLCHAIN: the key of the cache names this Go, so no other may take its place.
        return os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def _watch(process: subprocess.Popen[bytes], what: str) -> int:
    """Show that the build lives until it ends; end it if this process is interrupted."""
    started, beat = time.monotonic(), 1.0 if sys.stderr.isatty() else BEAT
    _show(what, 0)
    try:
        while not _ended(process, beat):
            _show(what, time.monotonic() - started)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    _show(what, time.monotonic() - started)
    _say("\n" if sys.stderr.isatty() else "")
    return process.returncode


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.returncode is not None


def _show(what: str, seconds: float) -> None:
    text = f"{what}: {seconds:.0f} s"
    _say(f"\r\033[K{text}" if sys.stderr.isatty() else f"{text}\n")
