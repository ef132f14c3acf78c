"""Which fields of objects are shown, and which may hold anything and are not. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from velero import total
from velero.diagnosis.names import is_telling

MARK: Final = "<redacted>"

_ANNOTATIONS: Final = ("velero.io/", "velero-operator/", "deployment.kubernetes.io/")
_FLAG: Final = re.compile(r"(--[a-z0-9-]+)=.*", re.DOTALL)
_FLAGS: Final = re.compile(
    r"""--(
    backup-sync-period | client-(burst|page-size|qps) | concurrent-backups | features
    | default-(backup-storage-location|backup-ttl|item-operation-timeout|repo-maintain-frequency)
    | default-(snapshot-move-data|volumes-to-fs-backup) | disable-(controllers|informer-cache)
    | fs-backup-timeout | garbage-collection-frequency | item-block-worker-count
    | item-operation-sync-frequency | log-(format|level) | max-concurrent-k8s-connections
    | metrics-address | (backup-repository|node-agent|repo-maintenance-job)-configmap
    | (terminating-)?resource-timeout | restore-only | schedule-skip-immediately
    | store-validation-frequency | uploader-type
    )""",
    re.VERBOSE,
)
"""Flags of the server and the node agent whose values are numbers, durations and names."""
_WORD: Final = re.compile(r"[a-z-]+|/velero")
_VARIABLES: Final = frozenset(
    {"VELERO_SCRATCH_DIR", "LD_LIBRARY_PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
)
_CONFIG: Final = re.compile(
    r"""region | s3Url | publicUrl | s3ForcePathStyle | signatureVersion | profile
    | serverSideEncryption | insecureSkipTLSVerify | checksumAlgorithm | kmsKey(Name|Id)
    | resourceGroup | storageAccount | storageAccountKeyEnvVar | storageAccountURI | useAAD
    | activeDirectoryAuthorityURI | blockSizeInBytes | storeEndpoint | universeDomain
    """,
    re.VERBOSE,
)
"""Keys of a location that the plugins document and that hold no secret."""
_DEEPEST: Final = 40
_DROPPED: Final = frozenset({"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"})


def harmless(value: Any, deepest: int = _DEEPEST) -> Any:  # noqa: ANN401 - JSON
    """A JSON value without what its fields may hold of secrets; texts are left as they are."""
    if isinstance(value, str) or not isinstance(value, Mapping | list | tuple):
        return value
    if deepest <= 0:
        return MARK
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {key: _field(key, each, deepest) for key, each in items if key not in _DROPPED}
    return [harmless(each, deepest - 1) for each in cast("list[Any]", value)]


def _field(key: str, value: Any, deepest: int) -> Any:  # noqa: ANN401 - JSON
    rule = _RULES.get(key)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return MARK if rule is _hidden or is_telling(key) else value
    return harmless(rule(value) if rule and value else value, deepest - 1)


def _annotations(values: Any) -> Any:  # noqa: ANN401 - JSON
    found = total.mapping(values).items()
    return {key: value if key.startswith(_ANNOTATIONS) else MARK for key, value in found}


def _words(words: Any) -> Any:  # noqa: ANN401 - JSON
    """A command line: flags keep their value if it is known to be harmless."""
    return [_word(word) for word in total.texts(words)]


def _word(word: str) -> str:
    if found := _FLAG.fullmatch(word):
        return word if _FLAGS.fullmatch(found[1]) else f"{found[1]}={MARK}"
    return word if _WORD.fullmatch(word) else MARK


def _variables(variables: Any) -> Any:  # noqa: ANN401 - JSON
    return [
        each | {"value": MARK}
        if "value" in each and total.text(each, "name") not in _VARIABLES
        else each
        for each in total.items(variables)
    ]


def _configuration(values: Any) -> Any:  # noqa: ANN401 - JSON
    items = total.mapping(values).items()
    return {key: value if _CONFIG.fullmatch(key) else MARK for key, value in items}


def _times(entries: Any) -> Any:  # noqa: ANN401 - JSON
    """Of who wrote which field, when: a location's verdict is held against it."""
    return [{"time": total.text(each, "time")} for each in total.items(entries)]


def _hidden(_: Any) -> Any:  # noqa: ANN401 - JSON
    return MARK


_RULES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "annotations": _annotations,
    "args": _words,
    "command": _words,
    "env": _variables,
    "config": _configuration,
    "managedFields": _times,
    # Commands of hooks, which may log in somewhere
    "hooks": _hidden,
    "data": _hidden,
    "stringData": _hidden,
    "binaryData": _hidden,
    "caCert": _hidden,
}
