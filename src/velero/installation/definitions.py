"""The definitions of Velero's kinds, which all Veleros of a cluster share: made, and kept."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from velero.installation import versions
from velero.kubernetes import juju
from velero.kubernetes import resources as k8s
from velero.kubernetes.live import Live
from velero.kubernetes.resources import Object
from velero.observed import is_established

logger = logging.getLogger(__name__)


def bring_about(rendered: Iterable[Object], live: Live) -> None:
    """Apply those that are not as they should be, but none over a newer one.

    Args:
        rendered: the installation's objects.
        live: what there is.

    Raises:
        ClusterError: it stopped half-way.
    """
    wanted = [obj for obj in rendered if obj["kind"] == k8s.CRD.name]
    older = [
        obj for obj in wanted if not versions.is_newer(live.get(k8s.CRD, k8s.name_of(obj)), obj)
    ]
    changed = [k8s.name_of(obj) for obj in older if live.apply(obj)]
    for name in changed:
        live.wait(k8s.CRD, name, is_established)


def release(live: Live) -> None:
    """Take off the labels by which Juju would delete them together with an application.

    With them every Backup object of the cluster would go. So it is done for whoever made them,
    and also where another Velero keeps us from installing one.

    Raises:
        ClusterError: it stopped half-way.
    """
    for crd in live.of(k8s.CRD):
        if labels := juju.release(crd):
            logger.info("Keeping Juju from deleting %s with an application", k8s.describe(crd))
            live.merge(k8s.CRD, k8s.name_of(crd), {"metadata": {"labels": labels}})
