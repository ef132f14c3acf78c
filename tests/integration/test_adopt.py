"""A Velero that `velero install` made: left alone until a person says to take it over."""

import subprocess
import zipfile
from pathlib import Path

import pytest
from tests.integration.application import APP, Application


@pytest.fixture(scope="module")
def velero(app: Application, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CLI that the charm ships."""
    folder = tmp_path_factory.mktemp("cli")
    with zipfile.ZipFile(app.charms.operator) as archive:
        binary = Path(archive.extract("bin/velero", folder))
    binary.chmod(0o755)
    return binary


@pytest.mark.juju_setup
def test_it_is_not_touched_without_a_word(app: Application, velero: Path) -> None:
    flags = ["--no-default-backup-location", "--no-secret", "--use-volume-snapshots=false"]
    namespace = f"--namespace={app.world.namespace}"
    subprocess.run([velero, "install", namespace, *flags, "--wait"], check=True)
    installed = app.world.get("Deployment", "velero")
    app.deploy(trust=True)
    app.until("blocked")
    assert app.world.get("Deployment", "velero")["spec"] == installed["spec"]
    message = str(app.juju.status())
    assert "adopt" in message


def test_the_action_shows_first_and_takes_over_when_told(app: Application) -> None:
    before = app.world.get("Deployment", "velero")
    app.run("adopt")
    assert app.world.get("Deployment", "velero")["spec"] == before["spec"]
    app.run("adopt", confirm=True)
    app.until("blocked", "Missing storage")
    labels = app.world.get("Deployment", "velero")["metadata"]["labels"]
    assert labels["app.kubernetes.io/managed-by"] == "juju", "it goes with the application"
    assert labels["app.juju.is/created-by"] == APP
