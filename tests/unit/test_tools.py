"""Finding and building the cluster's binaries, with small programs in place of Go and Velero."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.cluster import building, go, tools

# Stands for `go`: says its version, or writes the file that a build should write.
GO = """#!{python}
import pathlib, sys
if sys.argv[1] == "env":
    print("{version}")
else:
    output = sys.argv.index("-o") + 1
    for package in sys.argv[output + 1:]:
        with open("{log}", "a") as log:
            print(package, file=log)
        name = pathlib.Path(sys.argv[output]) / package.rpartition("/")[2]
        {build}
"""
WORKS = 'name.write_text("binary")'
FAILS = 'sys.exit("no space left on device")'


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


class Machine:
    """A machine of its own: nothing on PATH but what a test puts there, and an empty cache."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bin"
        self.path.mkdir()
        self.cache = folder / "cache"
        self.log = folder / "go.log"

    def install_go(self, version: str = "go1.26.8", build: str = WORKS) -> None:
        text = GO.format(python=sys.executable, version=version, log=self.log, build=build)
        program(self.path / "go", text)

    def built(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", str(machine.path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine.cache))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return machine


def test_builds_everything_once(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.install_go()
    found = tools.ensure_tools()
    assert found == tools.ensure_tools()
    assert machine.built() == list(tools.PACKAGES.values())
    assert all(path.is_absolute() and path.exists() for path in vars(found).values())
    said = capsys.readouterr().err.splitlines()
    assert said[:2] == [f"building {', '.join(tools.PACKAGES)}", "building: 0 s"]


def test_prometheus_is_a_module_of_its_own(machine: Machine) -> None:
    machine.install_go()
    found = tools.ensure_prometheus_tools()
    assert machine.built() == list(tools.PROMETHEUS_PACKAGES.values())
    assert found.promtool.parent != tools.ensure_tools().velero.parent


def test_builds_only_what_is_missing(machine: Machine) -> None:
    machine.install_go()
    tools.ensure_tools().etcd.unlink()
    tools.ensure_tools()
    assert machine.built()[6:] == ["./etcd"]


def test_another_go_builds_anew(machine: Machine) -> None:
    machine.install_go()
    before = tools.ensure_tools()
    machine.install_go("go1.27.0")
    assert tools.ensure_tools().velero != before.velero


def test_an_interrupted_build_leaves_nothing(machine: Machine) -> None:
    machine.install_go(build=f"{WORKS}; {FAILS}")
    with pytest.raises(building.BuildError, match="no space left on device"):
        tools.ensure_tools()
    machine.install_go()
    folder = tools.ensure_tools().etcd.parent
    assert {file.name for file in folder.iterdir()} == set(tools.PACKAGES)


def test_a_failed_build_says_what_to_try(machine: Machine) -> None:
    machine.install_go(build=FAILS)
    with pytest.raises(building.BuildError, match="go env GOPROXY"):
        tools.ensure_tools()


def test_kubebuilder_assets_are_not_built(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install_go()
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    for name in tools.ASSETS:
        program(tmp_path / name, "")
    found = tools.ensure_tools()
    assert (found.etcd, found.kube_apiserver) == (tmp_path / "etcd", tmp_path / "kube-apiserver")
    assert len(machine.built()) == 4


@pytest.mark.parametrize(
    ("version", "taken"), [(tools.velero_version(), True), ("v1.16.0", False)]
)
def test_velero_on_path(machine: Machine, version: str, *, taken: bool) -> None:
    machine.install_go()
    text = f"#!{sys.executable}\nprint('Client:\\n\\tVersion: {version}\\n\\tGit commit: -')\n"
    program(machine.path / "velero", text)
    assert (tools.ensure_tools().velero == machine.path / "velero") is taken


@pytest.mark.parametrize("version", ["go1.25.9", "devel"])
def test_without_a_new_go_uv_is_asked(machine: Machine, version: str) -> None:
    machine.install_go(version)
    with pytest.raises(go.GoError, match=r"Go 1\.26 or newer is needed on PATH, or uv"):
        tools.ensure_tools()


def test_uv_installs_the_pinned_go(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    uv = f"#!{sys.executable}\nimport os\nprint(os.environ['UV_PROJECT_ENVIRONMENT'])\n"
    program(machine.path / "uv", uv)
    monkeypatch.chdir(machine.path)
    command = go.install(machine.cache / "go")
    assert command == machine.cache / "go" / "bin" / "go"
    assert capfd.readouterr().out.strip() == str(machine.cache / "go")


def test_two_processes_do_not_build_at_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lock"
    entered = threading.Event()

    def second() -> None:
        with building.locked(path):
            entered.set()

    waiter = threading.Thread(target=second)
    with building.locked(path):
        waiter.start()
        assert not entered.wait(0.2)
    waiter.join(10)
    assert entered.is_set()
    assert f"waiting for another build of the same tools (pid {os.getpid()})" in (
        capfd.readouterr().err
    )


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = f"""
import os, signal, pathlib
from tests.cluster import building
with building.locked(pathlib.Path({str(path)!r})):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=env, check=False)
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
