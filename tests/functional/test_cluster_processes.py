"""No process outlives its cluster, unless somebody asked for it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from tests.cluster import tools, velero_port
from tests.cluster.cluster import Cluster
from tests.cluster.processes import HarnessError


def test_a_taken_port_is_named_before_anything_starts() -> None:
    complaint = pytest.raises(HarnessError, match=rf"is taken by \w+.* \(pid {os.getpid()}\)")
    with socket.create_server(("127.0.0.1", velero_port.PORT)), complaint:
        Cluster()


OWNER = """
import os, signal, sys
from tests.cluster.cluster import Cluster
with Cluster() as cluster:
    print(cluster.folder, *cluster.pids(), flush=True)
    if sys.argv[1] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if sys.argv[1] == "detach":
        cluster.detach()
"""


def own_a_cluster(then: str, cache: Path) -> tuple[Path, list[psutil.Process]]:
    """Run a process that starts a cluster and ends in some way; return what it started."""
    argv = [sys.executable, "-c", OWNER, then]
    env = os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join(sys.path)}
    answer = subprocess.run(argv, env=env, stdout=subprocess.PIPE, text=True, check=False)
    assert answer.returncode == (-signal.SIGKILL if then == "kill" else 0)
    folder, *pids = answer.stdout.split()
    assert len(pids) >= 4
    return Path(folder), [psutil.Process(int(pid)) for pid in pids if psutil.pid_exists(int(pid))]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Make a cache with the built tools, and without clusters that somebody keeps."""
    (tmp_path / "velero-operator").mkdir()
    (tmp_path / "velero-operator" / "tools").symlink_to(tools.cache_folder() / "tools")
    return tmp_path


@pytest.mark.parametrize("then", ["stop", "kill"])
def test_no_process_outlives_its_owner(cache: Path, then: str) -> None:
    folder, left = own_a_cluster(then, cache)
    _, alive = psutil.wait_procs(left, timeout=10)
    assert alive == []
    assert folder.exists() is (then == "kill")
    shutil.rmtree(folder, ignore_errors=True)


def test_a_detached_cluster_lives_until_it_is_stopped(cache: Path) -> None:
    folder, left = own_a_cluster("detach", cache)
    assert len(left) >= 4
    argv = [sys.executable, "-m", "tests.cluster.cluster", "stop"]
    env = os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(argv, env=env, check=True)
    _, alive = psutil.wait_procs(left, timeout=10)
    assert (alive, folder.exists()) == ([], False)
