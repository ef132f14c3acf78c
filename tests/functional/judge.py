"""A program of `tools/` that holds a reader of another project's, by which a test judges ours."""

import json
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cluster import tools


class Judge:
    """The program, started once: it answers each line of JSON with one."""

    def __init__(self, argv: list[Path], environment: Mapping[str, str] | None) -> None:
        pipe = subprocess.PIPE
        self._run = subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True, env=environment)

    def ask(self, question: object) -> Any:  # noqa: ANN401 - JSON
        """What it says."""
        assert self._run.stdin
        assert self._run.stdout
        self._run.stdin.write(f"{json.dumps(question)}\n")
        self._run.stdin.flush()
        return json.loads(self._run.stdout.readline())

    def end(self) -> None:
        """Let it end."""
        self._run.communicate(timeout=30)


@contextmanager
def judging(
    name: str, folder: Path, *arguments: Path, environment: Mapping[str, str] | None = None
) -> Generator[Judge]:
    """Build a program of `tools/` and run it; its modules are there (`tools.fetch_judges`)."""
    program = folder / "program"
    argv = [tools.go_command(), "build", "-o", program, "."]
    subprocess.run(argv, cwd=tools.SOURCE / name, check=True)
    judge = Judge([program, *arguments], environment)
    yield judge
    judge.end()
