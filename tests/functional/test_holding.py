"""A change waits for what it would interrupt, for nothing else, and not for ever."""

from typing import Final

import pytest
from tests.functional.api import Object
from tests.functional.model import MISSING, S3, Model

from charm import VeleroOperatorCharm
from velero.kubernetes import resources as k8s
from velero.kubernetes.operations import BUSY_PHASES

ACTIVE: Final = ("active", "")
DATA: Final = {"backupStorageLocation": "default", "operationTimeout": "10m"}
VOLUME: Final[Object] = {"backupStorageLocation": "default", "node": "n", "pod": {}, "volume": "v"}
CSI: Final = {"snapshotType": "CSI", "sourceNamespace": "x", "sourcePVC": "x"}
TARGET: Final = {"namespace": "x", "pv": "x", "pvc": "x"}
MOVED: Final = {"snapshotID": "x", "sourceNamespace": "x", "targetVolume": TARGET}
READ: Final = {"repoIdentifier": "x", "snapshotID": "x", "sourceNamespace": "x"}
SPECS: Final[dict[str, Object]] = {
    "Backup": {},
    "Restore": {"backupName": "b"},
    "DeleteBackupRequest": {"backupName": "b"},
    "DataUpload": DATA | CSI,
    "DataDownload": DATA | MOVED,
    "PodVolumeBackup": VOLUME | {"repoIdentifier": "x"},
    "PodVolumeRestore": VOLUME | READ,
}
"""What the definitions require of each kind that may be at work."""


def begin(model: Model, kind: str, name: str, phase: str = "InProgress") -> None:
    obj: Object = {"metadata": {"name": name}, "spec": SPECS[kind], "status": {"phase": phase}}
    model.api.create(kind, obj)


def phases(model: Model, kind: str) -> set[str]:
    """The busy phases that the definition of a kind knows."""
    plural = next(each.plural for each in k8s.OPERATIONS if each.name == kind)
    [version] = model.api.get(k8s.CRD.name, f"{plural}.velero.io")["spec"]["versions"]
    status = version["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"]
    return set(status["phase"]["enum"]) & BUSY_PHASES


def test_the_kinds_are_all_that_can_be_at_work() -> None:
    assert set(SPECS) == {kind.name for kind in k8s.OPERATIONS}


@pytest.mark.parametrize("kind", SPECS)
def test_each_operation_is_waited_for_in_each_phase_of_its_work(
    model: Model, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    model.cluster.kubelet.pause()  # nobody is there who would act on the operation
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 0.2)
    model.deploy()
    before = model.generation()
    for phase in phases(model, kind):
        begin(model, kind, "long", phase)
        model.juju.config(log_level="debug")
        assert model.generation() == before, phase
        assert f"waits for {kind} long" in model.unit()[1], phase
        model.juju.config(log_level=None)
        model.api.delete(kind, "long")
    model.juju.config(log_level="debug")
    assert model.generation() == before + 1


def test_a_backup_that_cannot_be_deleted_holds_nothing(model: Model) -> None:
    model.ready()
    begin(model, "Backup", "stuck", "Deleting")
    before = model.generation()
    model.juju.config(log_level="debug")
    assert model.unit() == ACTIVE
    assert model.generation() == before + 1


def test_a_server_that_cannot_run_is_mended_whatever_it_left_unfinished(model: Model) -> None:
    model.ready()
    image = "r.example/broken:v1.18.3"
    model.cluster.kubelet.fail_image(image)
    model.juju.config(velero_image=image)
    assert model.unit()[0] == "blocked"
    begin(model, "Backup", "cut-off")
    model.juju.config(velero_image=None)
    assert model.unit() == ACTIVE
    failed = model.api.get("Backup", "cut-off")["status"]
    assert "during the server starting" in failed["failureReason"]


def test_what_worse_is_to_be_told_does_not_hide_what_is_held(model: Model) -> None:
    model.ready()
    begin(model, "Backup", "long")
    model.juju.break_relation(S3)
    held = "the removal of the storage location waits for Backup long"
    change = f"a change of the Velero server and {held}"
    more = "(apply-held-changes does not wait)"
    assert model.unit() == ("blocked", f"{MISSING[1]}; {change} {more}")


def test_a_document_stays_while_the_pods_that_name_it_wait(model: Model) -> None:
    model.ready()
    model.juju.config(repository_config='{"cacheLimitMB": 512}')
    begin(model, "Backup", "long")
    before = {name for kind, name in model.api.everything() if kind == "ConfigMap"}
    assert len(before) == 1
    model.juju.config(repository_config=None)
    assert model.unit()[0] == "waiting"
    assert before <= {name for kind, name in model.api.everything() if kind == "ConfigMap"}
    model.api.patch("Backup", "long", {"status": {"phase": "Completed"}})
    model.juju.update_status()
    assert model.unit() == ACTIVE
    assert not [name for kind, name in model.api.everything() if kind == "ConfigMap"]


def test_all_that_is_interrupted_is_named_and_the_status_is_true_at_once(model: Model) -> None:
    model.ready()
    begin(model, "Backup", "one")
    begin(model, "DataUpload", "two")
    model.juju.config(log_level="debug")
    assert model.unit()[0] == "waiting"
    result = model.juju.run("apply-held-changes")
    assert not result.failed
    assert result.log[-2:] == ["Interrupting Backup one", "Interrupting DataUpload two"]
    assert result.results["interrupted"].splitlines() == ["Backup one", "DataUpload two"]
    assert model.unit() == ACTIVE
