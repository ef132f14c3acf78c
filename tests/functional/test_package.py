"""The packed charm: what is in it, and that it works where Juju's agent runs it.

`make package` packs it, and `make test` does so first.
"""

import os
import platform
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
import yaml
from lightkube.models.authentication_v1 import TokenRequestSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.rbac_v1 import RoleRef, Subject
from lightkube.resources.core_v1 import ServiceAccount as Account
from lightkube.resources.core_v1 import ServiceAccountToken
from lightkube.resources.rbac_authorization_v1 import ClusterRoleBinding
from ops import testing
from tests.cluster import dispatch, tools
from tests.cluster.agent import UID, Agent, AgentError, ServiceAccount
from tests.cluster.base import NoBasePythonError, base_python
from tests.cluster.cluster import Cluster
from tests.functional.api import Api

ROOT = Path(__file__).parents[2]
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
ARCHIVE = ROOT / "dist" / f"velero-operator_{ARCHITECTURE}.charm"
BINDING = "trust-package"
RBAC = "rbac.authorization.k8s.io"


def load(text: str | bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load(text))


@pytest.fixture(scope="module")
def archive() -> Iterator[zipfile.ZipFile]:
    assert ARCHIVE.exists(), f"There is no {ARCHIVE.relative_to(ROOT)}; run: make package"
    with zipfile.ZipFile(ARCHIVE) as opened:
        yield opened


def test_it_holds_what_is_here_and_nothing_of_the_workshop(archive: zipfile.ZipFile) -> None:
    top = {name.partition("/")[0] for name in archive.namelist()}
    metadata = {"actions.yaml", "config.yaml", "metadata.yaml", "manifest.yaml"}
    assert top == metadata | {"bin", "dispatch", "icon.svg", "lib", "LICENSE", "src", "venv"}
    for folder in ("src", "lib"):
        paths = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        here = {str(p.relative_to(ROOT)): p for p in paths if "__pycache__" not in p.parts}
        names = (each for each in archive.namelist() if "/__pycache__/" not in each)
        packed = {name for name in names if name.startswith(f"{folder}/")}
        assert packed == set(here)
        stale = [name for name, path in here.items() if archive.read(name) != path.read_bytes()]
        assert not stale, "The archive is older than the sources; run: make package"


def test_its_metadata_says_what_charmcraft_yaml_says(archive: zipfile.ZipFile) -> None:
    project = load((ROOT / "charmcraft.yaml").read_text())
    metadata = load(archive.read("metadata.yaml"))
    for key in ("name", "summary", "description", "assumes", "charm-user", "requires"):
        assert metadata[key] == project[key], key
    assert metadata.get("provides") == project.get("provides")
    assert metadata["display-name"] == project["title"]
    assert metadata.get("docs") == project.get("links", {}).get("documentation")
    for name in ("actions.yaml", "config.yaml"):
        assert archive.read(name) == (ROOT / name).read_bytes()


@pytest.mark.parametrize("name", ["backup-client", "observer", "storage-provider"])
def test_options_inside_charmcraft_yaml_are_packed_too(name: str) -> None:
    path = ROOT / "dist" / f"{name}_{ARCHITECTURE}.charm"
    assert path.exists(), f"There is no {path.relative_to(ROOT)}; run: make package"
    folder = ROOT / "tests" / "integration" / "charms" / name
    project = load((folder / "charmcraft.yaml").read_text())
    files = {"config.yaml": "config", "actions.yaml": "actions"}
    with zipfile.ZipFile(path) as opened:
        there = files.keys() & set(opened.namelist())
        packed = {files[each]: load(opened.read(each)) for each in there}
    assert packed == {key: project[key] for key in files.values() if key in project}


def test_its_manifest_names_the_base_which_juju_demands(archive: zipfile.ZipFile) -> None:
    (base,) = load(archive.read("manifest.yaml"))["bases"]
    assert base == {"name": "ubuntu", "channel": "24.04", "architectures": [ARCHITECTURE]}


def test_every_wheel_is_for_the_bases_python_and_of_the_lock(archive: zipfile.ZipFile) -> None:
    packages = "venv/lib/python3.12/site-packages/"
    names = [name.removeprefix(packages) for name in archive.namelist() if packages in name]
    foreign = [name for name in names if name.endswith(".so") and "cpython-312-" not in name]
    assert not foreign
    installed = {name.partition(".dist-info")[0] for name in names if ".dist-info/" in name}
    lock = (ROOT / "uv.lock").read_text()
    for each in installed:
        name, _, version = each.rpartition("-")
        found = f'name = "{name.replace("_", "-").lower()}"\nversion = "{version}"'
        assert found in lock, each
    assert {each.rpartition("-")[0] for each in installed} >= {"ops", "lightkube", "pydantic"}


def test_all_sources_come_with_byte_code_that_no_time_makes_stale(
    archive: zipfile.ZipFile,
) -> None:
    try:
        base_python()
    except NoBasePythonError as error:
        pytest.skip(str(error))
    names = set(archive.namelist())
    sources = {name for name in names if name.endswith(".py")}
    compiled = {name: cached(name) for name in sources}
    assert sources
    assert not [name for name in sources if compiled[name] not in names]
    # The second word of the header: 1 is "by a hash, which is not looked at" (PEP 552)
    kinds = {archive.read(name)[4:8] for name in compiled.values()}
    assert kinds == {b"\1\0\0\0"}
    assert {name for name in names if name.endswith(".pyc")} == set(compiled.values())


def cached(source: str) -> str:
    folder, _, name = source.rpartition("/")
    return f"{folder}/__pycache__/{name.removesuffix('.py')}.cpython-312.pyc"


def test_programs_may_be_executed(archive: zipfile.ZipFile) -> None:
    for name in ("dispatch", "bin/velero", "src/charm.py"):
        assert archive.getinfo(name).external_attr >> 16 & stat.S_IXOTH, name
    assert archive.read("bin/velero") == tools.charm_cli().read_bytes()


@pytest.fixture
def agent(
    archive: zipfile.ZipFile, cluster: Cluster, namespace: str, tmp_path: Path
) -> Iterator[Agent]:
    """A unit whose service account Juju trusts."""
    client, meta = cluster.client(), ObjectMeta(name="velero-operator")
    client.create(Account(metadata=meta), namespace=namespace)
    client.apply(
        ClusterRoleBinding(
            metadata=ObjectMeta(name=BINDING),
            roleRef=RoleRef(apiGroup=RBAC, kind="ClusterRole", name="cluster-admin"),
            subjects=[Subject(kind="ServiceAccount", name=str(meta.name), namespace=namespace)],
        ),
        force=True,
    )
    request = ServiceAccountToken(metadata=meta, spec=TokenRequestSpec(audiences=[]))
    answer = client.create(request, "velero-operator", namespace=namespace)
    assert answer.status
    assert answer.status.token
    url = urlsplit(cluster.url)
    account = ServiceAccount(
        str(url.hostname), url.port or 443, cluster.ca, answer.status.token, namespace
    )
    try:
        yield Agent(Path(str(archive.filename)), tmp_path / "unit", account)
    except AgentError as error:
        pytest.skip(str(error))
    finally:
        client.delete(ClusterRoleBinding, BINDING)


def contents(charm: Path) -> dict[Path, int]:
    """When each file was written; the unit's memory, which each hook opens, aside."""
    paths = (path for path in charm.rglob("*") if path.is_file() and path.suffix != ".db")
    return {path.relative_to(charm): path.stat().st_mtime_ns for path in paths}


def test_it_installs_velero_as_a_user_without_rights_without_home_or_network(
    agent: Agent, cluster: Cluster, namespace: str
) -> None:
    model = testing.Model(name=namespace, type="kubernetes")
    config = load((ROOT / "config.yaml").read_text())
    given = testing.State(leader=True, planned_units=1, model=model)
    state = dispatch.from_scenario(given, "velero-operator/0", config)
    for event in ("install", "leader-elected", "config-changed", "start"):
        hook = agent.run(event, state)
        assert hook.exit_code == 0, hook.output
    assert state["status"]["status"] == "blocked"
    assert state["status"]["message"].startswith("Missing storage")
    assert state["version"] == tools.velero_version().removeprefix("v")
    api = Api(cluster, namespace)
    assert api.get("Deployment", "velero")["status"]["availableReplicas"] == 1
    before = contents(agent.charm)
    steady = agent.run("update-status", state, PYTHONVERBOSE="1")
    assert steady.exit_code == 0, steady.output
    loaded = re.findall(
        r"^# code object from '?(/mnt/unit/charm/[^'\n]+)", steady.output, re.MULTILINE
    )
    assert {Path(each).suffix for each in loaded} == {".pyc"}, loaded
    assert contents(agent.charm) == before
    action = state | {"action": state["action"] | {"params": {"command": "backup get"}}}
    ran = agent.run("actions/run", action)
    assert ran.exit_code == 0, ran.output
    assert action["action"]["failed"].startswith("There is no storage location")
    api.close()
    made = {path: (agent.charm / path).lstat().st_uid for path in (".cache", "venv/bin/python")}
    assert set(made.values()) == {os.geteuid() or UID}, made
