"""What has to wait until Velero has ended what it is at work on."""

from __future__ import annotations

from typing import Final

from velero import plan
from velero.desired import Desired
from velero.installation import checks, workloads
from velero.kubernetes import operations
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Kind, Object
from velero.observed import Observed
from velero.storage import location

_WITHOUT_SERVER: Final[tuple[Kind, ...]] = (k8s.DATA_UPLOAD, k8s.DATA_DOWNLOAD)
"""What goes on, and ends, where no server runs. All else fails, or goes on, at the server's next
start (velero pkg/cmd/server/server.go, ``markInProgressCRsFailed``): to wait would be for ever."""


def held(cluster: Cluster, desired: Desired, rendered: list[Object], seen: Observed) -> str:
    """What has to wait, in words; asks what is in progress only if something would.

    Args:
        cluster: the Kubernetes API.
        desired: what is wanted.
        rendered: the objects that say so.
        seen: what there is, the server's pods included.

    Raises:
        ClusterError: it cannot be asked.
    """
    is_dead = checks.is_given_up(seen)
    waits: list[str] = []
    if disturbed := _disturbed(rendered, seen, but_server=is_dead):
        waits.append(f"A change of the {' and the '.join(disturbed)}")
    if what := location.disturbance(desired, seen.location):
        waits.append(f"{'the' if waits else 'The'} {what} of the storage location")
    kinds = _WITHOUT_SERVER if is_dead else k8s.OPERATIONS
    busy = next(operations.in_progress(cluster, kinds), "") if waits else ""
    return f"{' and '.join(waits)} waits for {busy}" if busy else ""


def _disturbed(rendered: list[Object], seen: Observed, *, but_server: bool) -> list[str]:
    """The workloads that run and are about to change or to go, as a person calls them."""
    wanted = [obj for obj in rendered if obj["kind"] in workloads.KINDS]
    steps = [step for step in plan.steps(wanted, seen) if step.verb is not plan.Verb.MAKE]
    kinds = [step.kind.name for step in steps if step.kind.name in workloads.KINDS]
    return [
        workloads.KINDS[kind] for kind in kinds if kind != k8s.DEPLOYMENT.name or not but_server
    ]
