"""Velero on Kubernetes, without Juju.

::

    Desired ── manifests (velero install --dry-run) ──▶ objects
    objects ── cluster (apply what differs, prune what is ours and gone)
    cluster ── observe ──▶ Observed
    Desired + Observed ── status (ordered pure checks) ──▶ [Problem]

``Velero`` is the façade; it holds the one Kubernetes client and the one CLI.
"""
