"""The CLI's cache, with a program in its place that counts its runs."""

import os
from pathlib import Path

import pytest

from velero.cli import Cli
from velero.errors import CliError

COUNTING = """#!/bin/sh
echo run >> "{log}"
echo '{{"items": []}}'
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    program = tmp_path / "velero"
    program.write_text(COUNTING.format(log=tmp_path / "log"))
    program.chmod(0o755)
    return tmp_path / "log"


def runs(log: Path) -> int:
    return len(log.read_text().splitlines())


def test_the_same_is_rendered_once(log: Path) -> None:
    cli = Cli(log.parent, log.parent / "cache")
    assert cli.render(["install"]) == cli.render(["install"]) == {"items": []}
    assert runs(log) == 1
    cli.render(["install", "--image=x"])
    assert runs(log) == 2


def test_a_spoilt_cache_is_rendered_anew(log: Path) -> None:
    cli = Cli(log.parent, log.parent / "cache")
    cli.render(["install"])
    for kept in (log.parent / "cache").iterdir():
        kept.write_text("{")
    assert cli.render(["install"]) == {"items": []}
    assert runs(log) == 2


def test_a_cache_that_cannot_be_written_costs_a_run_and_no_error(log: Path) -> None:
    (log.parent / "cache").write_text("a file where the folder should be")
    cli = Cli(log.parent, log.parent / "cache")
    assert cli.render(["install"]) == cli.render(["install"])
    assert runs(log) == 2


def test_without_a_cli_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CliError, match="pack it again or refresh it"):
        Cli(tmp_path).run(["version"], 1)


def test_a_command_that_hangs_is_stopped_at_its_deadline(tmp_path: Path) -> None:
    program, pid = tmp_path / "velero", tmp_path / "pid"
    program.write_text(f"#!/bin/sh\necho $$ > {pid}\nexec sleep 600\n")
    program.chmod(0o755)
    with pytest.raises(CliError, match="velero backup did not end within 1 s and was stopped"):
        Cli(tmp_path).run(["backup", "get"], 1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
