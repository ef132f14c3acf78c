"""What an image says of its version, and what servers that are older than the CLI do not know."""

from __future__ import annotations

import re
from typing import Final

from velero import total
from velero.kubernetes.resources import Object

CLI_MINOR: Final = 18
"""The charm's CLI, and with it the definitions that it installs, are Velero v1.18."""
OLDEST_MINOR: Final = 16
PLUGIN_BEHIND: Final = 4
"""Velero 1.18 goes with plugins 1.14, 1.17 with 1.13 and so on (the plugins' READMEs)."""
ARGUMENTS: Final = {"concurrent-backups": 18, "volume-group-snapshot-label-key": 17}
"""Arguments of the server that are not in all of these versions, with the first minor version
that knows them; with another it exits (velero pkg/cmd/server/config/config.go)."""
CA_REFERENCE: Final = 18
"""Since then a location refers to the Secret with its certificates (``caCertRef``; velero
pkg/apis/velero/v1/backupstoragelocation_types.go)."""
AGENT_READS_REPOSITORY: Final = 18
"""Since then the node agent takes ``--backup-repository-configmap`` (velero
pkg/cmd/cli/nodeagent/server.go)."""
ANNOTATION: Final = "velero-operator/version"
"""Annotation of a definition: the version of the CLI that it came from."""
_READ: Final = 64
_MINOR: Final = re.compile(r":v1\.(\d+)\.\d+")


def minor(image: str) -> int | None:
    """The minor version in an image's tag; None if it has no such tag."""
    found = _MINOR.search(image.rpartition("/")[2])
    return int(found.group(1)) if found else None


def is_older(image: str, than: int) -> bool:
    """Whether an image is known to be of an earlier minor version."""
    known = minor(image)
    return known is not None and known < than


def is_newer(live: Object | None, wanted: Object) -> bool:
    """Whether a definition came from a newer Velero than the charm's, and therefore stays.

    All Veleros of a cluster share the definitions.
    """

    def version(obj: Object) -> tuple[int, ...]:
        text = total.annotations(obj).get(ANNOTATION, "")
        return tuple(map(int, re.findall(r"[0-9]{1,9}", text[:_READ])[:3]))

    return live is not None and version(live) > version(wanted)
