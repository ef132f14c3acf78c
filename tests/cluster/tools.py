"""The cluster's binaries, built once per machine from the Go modules that `tools/` pins.

`python -m tests.cluster.tools` builds what is missing and prints where everything is. Built files
stay in `${XDG_CACHE_HOME:-~/.cache}/velero-operator/tools/<key>/`, about 450 MB; the key changes
with the modules, their checksums and the Go version. Building takes about ten minutes on two
cores, and Go's own build cache (`go env GOCACHE`) grows by about 4 GB.

`python -m tests.cluster.tools google` does the same for a Google Cloud Storage server and the
plugin for it, which only the tests of that provider need: two to three minutes and 100 MB more.
They are a module of their own, `tools/gcp/`, because their dependencies would move Velero's.

`python -m tests.cluster.tools prometheus` does it for Prometheus and promtool, which only the
tests of monitoring need: two to three minutes and 100 MB more, from `tools/prometheus/`. They
are built without the web pages, which npm would have to make, and without service discovery,
whose clients for all clouds would be most of the work.

What is there already is not built: kube-apiserver and etcd in KUBEBUILDER_ASSETS, and a `velero`
of the pinned version on PATH.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import go
from tests.cluster.building import Build, BuildError, locked

SOURCE = go.ROOT / "tools"
PACKAGES = {
    "etcd": "./etcd",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "velero": "github.com/vmware-tanzu/velero/cmd/velero",
    "velero-plugin-for-aws": "github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws",
    "versitygw": "github.com/versity/versitygw/cmd/versitygw",
}
GOOGLE = SOURCE / "gcp"
GOOGLE_PACKAGES = {
    "fake-gcs-server": "github.com/fsouza/fake-gcs-server",
    "velero-plugin-for-gcp": "github.com/vmware-tanzu/velero-plugin-for-gcp/velero-plugin-for-gcp",
}
PROMETHEUS = SOURCE / "prometheus"
JUDGES = [SOURCE / name for name in ("credentials", "pflag")]
"""Programs of other projects' readers, by which tests judge ours."""
PROMETHEUS_PACKAGES = {
    "prometheus": "github.com/prometheus/prometheus/cmd/prometheus",
    "promtool": "github.com/prometheus/prometheus/cmd/promtool",
}
ASSETS = ("etcd", "kube-apiserver")


@dataclass(frozen=True)
class Tools:
    """Absolute paths of the binaries."""

    kube_apiserver: Path
    kube_controller_manager: Path
    etcd: Path
    velero: Path
    velero_plugin_for_aws: Path
    versitygw: Path


def ensure_tools() -> Tools:
    """Find the binaries, and build those that are missing.

    Returns:
        Where they are.

    Raises:
        BuildError: one cannot be built; the message says what to try.
        GoError: there is no Go to build with.
    """
    return Tools(**_ensure(SOURCE, PACKAGES, _elsewhere))


def charm_cli() -> Path:
    """Build the CLI that the charm ships, if it is missing; what PATH has does not count."""
    return _ensure(SOURCE, {"velero": PACKAGES["velero"]})["velero"]


@dataclass(frozen=True)
class GoogleTools:
    """Absolute paths of what the tests of Google Cloud Storage need beside `Tools`."""

    fake_gcs_server: Path
    velero_plugin_for_gcp: Path


def ensure_google_tools() -> GoogleTools:
    """Find these binaries, and build those that are missing, as `ensure_tools` does."""
    return GoogleTools(**_ensure(GOOGLE, GOOGLE_PACKAGES))


@dataclass(frozen=True)
class PrometheusTools:
    """Absolute paths of what the tests of monitoring need beside `Tools`."""

    prometheus: Path
    promtool: Path


def ensure_prometheus_tools() -> PrometheusTools:
    """Find these binaries, and build those that are missing, as `ensure_tools` does."""
    found = _ensure(PROMETHEUS, PROMETHEUS_PACKAGES, tags="remove_all_sd")
    return PrometheusTools(**found)


def go_command() -> Path:
    """Return the Go on PATH, or else our own, which is installed if it is missing.

    Raises:
        GoError: it cannot be installed.
    """
    found = go.on_path()
    return found[0] if found else go.install(cache_folder() / go.pinned_version())


def fetch_judges() -> None:
    """Fetch the modules of the programs that tests build where nothing can be fetched any more.

    Raises:
        BuildError: they cannot be had; the message says what Go says.
        GoError: there is no Go to fetch them with.
    """
    argv = [go_command(), "mod", "download"]
    for judge in JUDGES:
        done = subprocess.run(argv, cwd=judge, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"The modules of {judge} cannot be fetched: {done.stderr}")


def _ensure(
    source: Path,
    packages: Mapping[str, str],
    elsewhere: Callable[[Path], dict[str, Path]] = lambda _: {},
    tags: str = "",
) -> dict[str, Path]:
    """Find or build the packages of a module; returns their paths by name, with underscores."""
    found_go = go.on_path()
    version = found_go[1] if found_go else go.pinned_version()
    folder = cache_folder() / "tools" / _key(source, version)
    places = {name: folder / name for name in packages} | elsewhere(folder)
    if _missing(places):
        with locked(cache_folder() / "tools.lock"):
            command = found_go[0] if found_go else go.install(cache_folder() / version)
            todo = {name: packages[name] for name in _missing(places)}
            _build(command, source, folder, todo, tags)
    return {name.replace("-", "_"): path for name, path in places.items()}


def cache_folder() -> Path:
    """Return the folder for what may be kept from run to run."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "velero-operator"


def velero_version() -> str:
    """Return the version of Velero that go.mod requires, such as "v1.18.3"."""
    pattern = r"^\s*(?:require )?github\.com/vmware-tanzu/velero (v\S+)"
    match = re.search(pattern, (SOURCE / "go.mod").read_text(), re.MULTILINE)
    if not match:
        raise BuildError(f"{SOURCE / 'go.mod'} requires no github.com/vmware-tanzu/velero")
    return match[1]


def _key(source: Path, go_version: str) -> str:
    digest = hashlib.sha256(go_version.encode())
    names = [source / name for name in ("go.sum", "go.mod", "etcd/main.go")]
    for path in filter(Path.exists, names):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _missing(places: dict[str, Path]) -> list[str]:
    return [name for name, path in places.items() if not path.exists()]


def _elsewhere(folder: Path) -> dict[str, Path]:
    return _assets() | ({} if (folder / "velero").exists() else _velero_on_path())


def _assets() -> dict[str, Path]:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    if not folder:
        return {}
    candidates = {name: Path(folder).absolute() / name for name in ASSETS}
    return {name: path for name, path in candidates.items() if os.access(path, os.X_OK)}


def _velero_on_path() -> dict[str, Path]:
    found = shutil.which("velero")
    if not found:
        return {}
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        argv = [found, "version", "--client-only"]
        answer = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=20)
        if f"Version: {velero_version()}\n" in answer.stdout:
            return {"velero": Path(found).absolute()}
    return {}


def _build(
    command: Path, source: Path, folder: Path, packages: Mapping[str, str], tags: str
) -> None:
    """Build into `folder`, again looking what is missing: another process may just have."""
    todo = {name: each for name, each in packages.items() if not (folder / name).exists()}
    # Without its version Velero installs the image tag "latest" and answers "".
    buildinfo = "github.com/vmware-tanzu/velero/pkg/buildinfo.Version"
    flags = f"-s -w -X {buildinfo}={velero_version()}"
    build = Build(command, source, folder, flags, tags)
    build.clean()
    if todo:
        build.run(todo)


if __name__ == "__main__":
    try:
        found = vars(ensure_tools())
        if "google" in sys.argv[1:]:
            found |= vars(ensure_google_tools())
        if "prometheus" in sys.argv[1:]:
            found |= vars(ensure_prometheus_tools())
            fetch_judges()
        for tool, path in found.items():
            print(f"{tool:24} {path}")
    except (BuildError, go.GoError) as error:
        sys.exit(str(error))
