"""Processes in networks of their own, each with the port that only one of them could have."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cluster import own_network

pytestmark = pytest.mark.skipif(
    not own_network.is_allowed(), reason="this machine allows no network of its own"
)
SERVE = """
import socket, sys
server = socket.create_server(("127.0.0.1", 8080))
socket.create_connection(server.getsockname()).close()
print("serves", flush=True)
sys.stdin.read()
"""


def test_two_processes_have_the_same_port_at_the_same_time() -> None:
    argv = [*own_network.command(), "-c", SERVE]
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True) as one,
        subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True) as other,
    ):
        assert one.stdout
        assert other.stdout
        assert (one.stdout.readline(), other.stdout.readline()) == ("serves\n", "serves\n")
        one.communicate("")
        other.communicate("")


def test_nothing_else_can_be_reached_from_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"import socket; socket.create_connection({server.getsockname()!r})"
        argv = [*own_network.command(), "-c", code]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "ConnectionRefusedError" in done.stderr


def test_files_belong_to_whom_they_did_before(tmp_path: Path) -> None:
    code = "import os, sys; open(sys.argv[1], 'w').close(); print(os.geteuid(), os.getegid())"
    argv = [*own_network.command(), "-c", code, str(tmp_path / "file")]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(os.geteuid()), str(os.getegid())]
    made = (tmp_path / "file").stat()
    assert (made.st_uid, made.st_gid) == (os.geteuid(), os.getegid())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_user_has_one_too_where_the_system_gives_users_namespaces(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    python = Path("/usr/bin/python3")  # one that everybody may run
    script = Path("/tmp") / f"own-network-{os.getpid()}.py"  # noqa: S108 - others see no folder of root's
    script.write_text(Path(own_network.__file__).read_text())
    try:
        argv = [str(python), str(script), "-c", "import os; print(os.geteuid())"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, user=65534)
    finally:
        script.unlink()
    assert done.stdout == "65534\n" or "No network of its own" in done.stderr


def test_where_it_is_not_allowed_that_is_said() -> None:
    code = "import ctypes, runpy, sys; ctypes.CDLL = lambda *_, **__: Refusing"
    refusing = "class Refusing: unshare = staticmethod(lambda _: -1)"
    run = f"runpy.run_path({own_network.__file__!r}, run_name='__main__')"
    argv = [sys.executable, "-c", f"{refusing}\n{code}\n{run}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("No network of its own: ")
