"""When the server seems not to read what there is, from what each hook sees anyway."""

import datetime as dt
from typing import Any

import pytest

from velero.backups.unreadable import STILL_SECONDS, is_suspected
from velero.observed import Observed

OLD, NEW = STILL_SECONDS + 60, 30


def ago(seconds: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)).isoformat()


def observed(checked: float, server: float, *, ready: int = 1, **spec: str) -> Observed:
    state = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": ready}
    metadata = {"name": "velero", "generation": 1, "creationTimestamp": ago(server)}
    deployment: dict[str, Any] = {"metadata": metadata, "spec": {"replicas": 1}}
    deployment["status"] = {"observedGeneration": 1} | state
    location = {"spec": spec, "status": {"lastValidationTime": ago(checked)}}
    objects = {("Deployment", "velero"): deployment}
    objects["BackupStorageLocation", "default"] = location
    return Observed(objects=objects, pods=() if ready else (deployment,))


@pytest.mark.parametrize(
    ("seen", "suspected"),
    [
        (observed(OLD, OLD), True),
        (observed(NEW, OLD), False),
        (observed(OLD, NEW), False),
        (observed(OLD, OLD, validationFrequency="1h"), False),
        (observed(NEW, OLD, ready=0), True),
        (observed(NEW, NEW, ready=0), False),
        (Observed(), False),
    ],
)
def test_a_server_that_does_nothing_is_suspected(seen: Observed, *, suspected: bool) -> None:
    assert is_suspected(seen) == suspected
