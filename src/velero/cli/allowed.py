"""The velero commands and flags that the `run` action passes on, as tables.

They are those of velero v1.18 (``pkg/cmd/cli``) less what leaves the namespace, reads or writes
local files, switches off TLS verification, acts on more than what is named, or waits without
end. A test holds them against what ``velero … --help`` prints.
"""

from __future__ import annotations

from typing import Final

NOUNS: Final = ("backup", "restore", "schedule")

SWITCHES: Final = frozenset(
    {
        "--confirm",
        "--details",
        "--help",
        "--paused",
        "--show-labels",
        "--use-owner-references-in-backup",
        "--wait",
    }
)
"""Flags that are on or off: alone, they are on; a value stands behind ``=`` only."""

OPTIONAL: Final = frozenset(
    {
        "--allow-partially-failed",
        "--default-volumes-to-fs-backup",
        "--include-cluster-resources",
        "--preserve-nodeports",
        "--restore-volumes",
        "--snapshot-move-data",
        "--snapshot-volumes",
        "--write-sparse-files",
    }
)
"""Likewise, and nothing behind ``=`` leaves it to Velero."""

DECIDED: Final = frozenset({"--skip-immediately"})
"""As these, but never alone: the next word is the value (velero pkg/cmd/cli/schedule/
skip_options.go, whose ``NoOptDefVal`` is empty)."""

ON: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
OFF: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})
"""What Go's ``strconv.ParseBool`` takes."""

SHORT: Final = {
    "-o": "--output",
    "-l": "--selector",
    "-L": "--label-columns",
    "-h": "--help",
    "-w": "--wait",
    "-n": "--namespace",
}

_LISTING: Final = frozenset({"--output", "--selector", "--label-columns", "--show-labels"})
_FILTERS: Final = frozenset(
    {
        "--annotations",
        "--exclude-namespaces",
        "--exclude-resources",
        "--include-cluster-resources",
        "--include-namespaces",
        "--include-resources",
        "--item-operation-timeout",
        "--labels",
        "--or-selector",
        "--resource-policies-configmap",
    }
)
_WHAT_TO_BACK_UP: Final = (
    _LISTING
    | _FILTERS
    | {
        "--csi-snapshot-timeout",
        "--data-mover",
        "--default-volumes-to-fs-backup",
        "--exclude-cluster-scoped-resources",
        "--exclude-namespace-scoped-resources",
        "--include-cluster-scoped-resources",
        "--include-namespace-scoped-resources",
        "--ordered-resources",
        "--parallel-files-upload",
        "--snapshot-move-data",
        "--snapshot-volumes",
        "--storage-location",
        "--ttl",
        "--volume-snapshot-locations",
    }
)
_PAUSE: Final = frozenset({"--skip-immediately"})

ALLOWED: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("backup", "create"): _WHAT_TO_BACK_UP | {"--from-schedule", "--wait"},
    ("backup", "get"): _LISTING,
    ("backup", "describe"): frozenset({"--details", "--output", "--selector"}),
    ("backup", "logs"): frozenset({"--timeout"}),
    ("backup", "delete"): frozenset({"--confirm"}),
    ("restore", "create"): _LISTING
    | _FILTERS
    | {
        "--allow-partially-failed",
        "--existing-resource-policy",
        "--from-backup",
        "--from-schedule",
        "--namespace-mappings",
        "--parallel-files-download",
        "--preserve-nodeports",
        "--resource-modifier-configmap",
        "--restore-volumes",
        "--status-exclude-resources",
        "--status-include-resources",
        "--wait",
        "--write-sparse-files",
    },
    ("restore", "get"): _LISTING,
    ("restore", "describe"): frozenset({"--details", "--selector"}),
    ("restore", "logs"): frozenset({"--timeout"}),
    ("restore", "delete"): frozenset({"--confirm"}),
    ("schedule", "create"): _WHAT_TO_BACK_UP
    | {"--paused", "--schedule", "--skip-immediately", "--use-owner-references-in-backup"},
    ("schedule", "get"): _LISTING,
    ("schedule", "describe"): frozenset({"--selector"}),
    ("schedule", "pause"): _PAUSE,
    ("schedule", "unpause"): _PAUSE,
    ("schedule", "delete"): frozenset({"--confirm"}),
}
"""Long flags by noun and verb; ``--help`` goes with each."""

WHY_NOT: Final = {
    "--all": "acts on more than you name; name each one",
    "--cacert": "reads a file of the charm; the CA comes from the storage relation",
    "--insecure-skip-tls-verify": "switches off TLS verification; give the storage relation a CA",
    "--kubeconfig": "leads to another cluster; the charm works in its own",
    "--kubecontext": "leads to another cluster; the charm works in its own",
    "--namespace": "leaves the model; the charm works in its own namespace",
    "--selector": "acts on more than you name; name each one",
}
ALIASES: Final = {
    "backups": "backup",
    "restores": "restore",
    "schedules": "schedule",
    "list": "get",
}
