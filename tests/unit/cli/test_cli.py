"""The CLI's cache, deadline and output, with a program in its place that does as it is told."""

import os
import re
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.cli.capture import CHUNK, Kept
from velero.cli.process import Cli
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


def program(folder: Path, body: str) -> Cli:
    """A CLI that runs a script of Python."""
    path = folder / "velero"
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}\n")
    path.chmod(0o755)
    return Cli(folder)


MEGABYTES = 50


def test_of_a_long_output_the_ends_are_kept_in_little_memory(tmp_path: Path) -> None:
    line = "x" * 1023
    cli = program(
        tmp_path,
        f"print('begins')\nfor _ in range({MEGABYTES} * 1024): print('{line}')\nprint('ends')\n"
        f"for _ in range(10_000): print('é' * 30, file=sys.stderr)",
    )
    tracemalloc.start()
    try:
        output = cli.run(["backup", "logs"], 120, (48_000, 8_001))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2 * 2**20
    assert output.stdout.startswith("begins\nxxx")
    assert output.stdout.endswith("xxx\nends\n")
    assert len(output.stdout) < 48_200
    begin, left, end = re.split(r"\n\[… (\d+) bytes are left out here; .*…\]\n", output.stdout)
    assert len(begin) + int(left) + len(end) == MEGABYTES * 2**20 + len("begins\nends\n")
    assert "\ufffd" not in output.stderr
    assert len(output.stderr.encode()) < 8_200


def test_both_outputs_are_read_at_once(tmp_path: Path) -> None:
    cli = program(
        tmp_path,
        "for _ in range(200):\n sys.stderr.write('e' * 8192)\n sys.stdout.write('o' * 8192)",
    )
    output = cli.run(["backup", "get"], 60)
    assert (len(output.stdout), len(output.stderr)) == (200 * 8192, 200 * 8192)


def test_one_that_prints_without_end_is_stopped_at_its_deadline(tmp_path: Path) -> None:
    cli = program(tmp_path, "while True: print('x' * 1000)")
    with pytest.raises(CliError, match="did not end within 1 s"):
        cli.run(["backup", "logs"], 1)


def test_one_that_closes_its_outputs_is_stopped_all_the_same(tmp_path: Path) -> None:
    cli = program(tmp_path, "os.close(1); os.close(2); time.sleep(600)")
    with pytest.raises(CliError, match="did not end within 1 s"):
        cli.run(["backup", "logs"], 1)


def test_a_child_that_holds_the_output_open_holds_nobody_up(tmp_path: Path) -> None:
    cli = program(tmp_path, "if os.fork() == 0: time.sleep(4)")
    output = cli.run(["backup", "logs"], 2)
    assert output.exit_code == 0


SECRET = "X-Amz-Signature=0123456789abcdef"
URL = f"https://minio:9000/velero/backups/b/b-logs.gz?X-Amz-Expires=600&{SECRET}"


@given(
    st.text("ab \n\"'?é", max_size=200),
    st.text("ab \n\"'?é", max_size=200),
    st.integers(2, 300),
    st.integers(1, 64),
)
def test_a_cut_shows_no_part_of_what_signs_a_url(
    before: str, after: str, limit: int, size: int
) -> None:
    raw = f"{before} {URL}\n{after}".encode()
    kept = Kept(limit)
    for start in range(0, len(raw), size):
        kept.add(raw[start : start + size])
    shown = kept.text()
    assert kept.total == len(raw)
    assert "Signature" not in shown
    assert "abcdef" not in shown
    assert "\ufffd" not in shown
    if len(raw) <= limit // 2 * 2:
        assert shown == f"{before} {URL.partition('?')[0]}?<redacted>\n{after}"


@given(st.lists(st.binary(max_size=400_000), max_size=8), st.integers(0, 2**20))
def test_what_is_kept_is_bounded_whatever_comes(chunks: list[bytes], limit: int) -> None:
    kept = Kept(limit)
    for chunk in chunks:
        kept.add(chunk)
        assert kept.size <= 2 * limit + 2 * CHUNK
    assert len(kept.text().encode()) <= 3 * limit + 200
