"""What others did to our installation, or have in its way, as checks of ``status.py``. Pure."""

from __future__ import annotations

from velero import total
from velero.desired import Desired
from velero.installation import lost_definitions
from velero.installation.workloads import is_other_server
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object
from velero.observed import Observed
from velero.problem import Need, Problem


def foreign_installation(desired: Desired, observed: Observed) -> Problem | None:
    """An object that we would write belongs to someone else."""
    others = (obj for obj in observed.objects.values() if is_foreign(obj, desired))
    found = next((obj for obj in others if obj["kind"] != k8s.SCHEDULE.name), None)
    if found is None:
        return None
    what = k8s.describe(found)
    ways = "remove that Velero, use another model, or take it over with the action adopt"
    message = f"{what} exists and was not made by this application; {ways}"
    if is_other_server(found):
        message = (
            f"{what} runs another Velero server; delete it (backups stay) or use another model"
        )
    return Problem(Need.BLOCKED, message)


def is_foreign(obj: Object, desired: Desired) -> bool:
    """Whether an object is neither ours nor one that all Veleros of a cluster share."""
    if obj["kind"] == k8s.CRD.name:
        return False
    return total.labels(obj).get(k8s.INSTANCE) != desired.instance


def definitions_lacking(_: Desired, observed: Observed) -> Problem | None:
    """Somebody deleted Velero's definitions."""
    if not observed.lacking:
        return None
    names = lost_definitions.words(observed.lacking)
    return Problem(
        Need.WAITING,
        f"Velero's definitions were deleted, and with them every object of these kinds ({names}); "
        "the leader makes them again at its next event",
    )


def definitions_remade(_: Desired, observed: Observed) -> Problem | None:
    """Definitions were made again just now; what went with them did not come back."""
    if not observed.remade or observed.lacking:
        return None
    return Problem(Need.NOTE, lost_definitions.told(observed.remade))
