"""What the value of one option may be; a checked value is as Velero and Kubernetes take it.

Every error says what is wrong with the value and shows one that works.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from charms.velero_libs.v0.velero_backup_config import (
    check_labels,
    normalize_duration,
    normalize_schedule,
    normalize_ttl,
    parse_duration,
    quote,
)

_IMAGE: Final = re.compile(
    r"(?=.{1,512}$)[a-z0-9][A-Za-z0-9._:-]*(/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?"
    r"(@sha256:[0-9a-f]{64})?"
)
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_QUANTITY: Final = re.compile(r"[0-9]+(\.[0-9]+)?(m|[kMGTPE]|[KMGTPE]i)?")
_BARE_WORD: Final = re.compile(r"\A((?:CRON_)?TZ=\S+ +|)(?!(?:CRON_)?TZ=)(?=[A-Za-z])")
_PATH: Final = re.compile(r"(/[A-Za-z0-9._-]+)+")
_VELEROS_LABELS: Final = ("component", "deploy", "name", "role")
"""By these Velero's pods are found (velero pkg/install/deployment.go, daemonset.go)."""

EXTRA_ARGS: Final = {
    "backup-sync-period": "1m",
    "client-burst": "100",
    "client-page-size": "500",
    "client-qps": "100",
    "default-item-operation-timeout": "4h",
    "disable-controllers": "gc",
    "item-operation-sync-frequency": "10s",
    "max-concurrent-k8s-connections": "30",
    "resource-timeout": "10m",
    "restore-resource-priorities": "customresourcedefinitions,namespaces",
    "store-validation-frequency": "1m",
    "terminating-resource-timeout": "10m",
    "volume-group-snapshot-label-key": "velero.io/volume-group",
}
"""Server arguments that `extra-server-args` may hold, with an example of each
(velero pkg/cmd/server/config/config.go)."""


def image(value: str) -> str:
    """An image with a tag or a digest."""
    last = value.rpartition("/")[2]
    if not _IMAGE.fullmatch(value) or not (":" in last or "@" in last):
        raise ValueError(
            f"'{value[:100]}' is no image with a tag or digest; for example velero/velero:v1.18.3"
        )
    return value


def names(value: str) -> list[str]:
    """``a, b`` as a list."""
    return [part.strip() for part in value.split(",") if part.strip()]


def secret_names(value: str) -> str:
    """Names of objects, separated by commas."""
    for name in names(value):
        if not _NAME.fullmatch(name):
            raise ValueError(f"'{name[:63]}' is no name; for example registry-key,other-key")
    return value


def priority_class(value: str) -> str:
    """The name of one object, or nothing."""
    if value and not _NAME.fullmatch(value):
        raise ValueError(f"'{value[:63]}' is no name; for example system-cluster-critical")
    return value


def ttl(value: str) -> str:
    """A time to live of at least an hour as Go reads it, or nothing."""
    return normalize_ttl(value) if value.strip() else ""


def duration(value: str) -> str:
    """A duration of at least a minute as Go reads it; nothing and zero are Velero's default.

    `velero install` passes no zero on (velero pkg/install/deployment.go). With a few seconds every
    volume's backup times out, or the server does nothing but look for what has expired.
    """
    normal = normalize_duration(value) if value.strip() else ""
    if not normal or not parse_duration(normal):
        return ""
    if parse_duration(normal) < parse_duration("1m"):
        raise ValueError(f"{quote(value)} is less than 1m; for example 1h")
    return normal


def quantity(value: str) -> str:
    """A Kubernetes quantity; nothing stays nothing."""
    if value and not _QUANTITY.fullmatch(value):
        raise ValueError(f"'{value[:40]}' is no quantity; for example 500m or 512Mi")
    return value


def bound(value: str) -> str:
    """A request or a limit; 0 is none."""
    return quantity(value) or "0"


def cron(value: str) -> str:
    """A schedule in Velero's grammar, or empty; words such as ``daily`` need no ``@``.

    ``juju config`` takes a value that begins with ``@`` for the name of a file to read.
    """
    text = _BARE_WORD.sub(r"\1@", value.strip(" \t\n"))
    try:
        return normalize_schedule(text) if text else ""
    except ValueError as error:
        why = str(error).removeprefix(quote(text)).replace("@", "")
        raise ValueError(f"{quote(value)}{why}") from error


def path(value: str) -> str:
    """An absolute path."""
    if not _PATH.fullmatch(value) or ".." in value:
        raise ValueError(f"'{value[:100]}' is no absolute path; for example /var/lib/kubelet")
    return value


def pairs(value: str) -> dict[str, str]:
    """``a=b, c=d`` as a dictionary; a pair with a comma in it stands in double quotes.

    It is read as Velero reads it (velero pkg/cmd/util/flag/map.go), but for blanks around a pair.

    Raises:
        ValueError: a part is no pair, is there twice, or a quote is out of place.
    """
    try:
        rows = [*csv.reader(value.strip().splitlines(), skipinitialspace=True, strict=True)]
    except csv.Error as error:
        raise ValueError(f"has an odd quote ({error}); for example disktype=ssd,zone=a") from error
    found: dict[str, str] = {}
    for part in (part.strip() for row in rows for part in row):
        key, equals, text = (each.strip() for each in part.partition("="))
        if not part:
            continue
        if not key or not equals or '"' in part:
            raise ValueError(f"'{part[:63]}' is no pair; for example disktype=ssd,zone=a")
        if key in found:
            raise ValueError(f"'{key[:63]}' is there twice; for example disktype=ssd,zone=a")
        found[key] = text
    return found


def labels(value: str) -> str:
    """Labels as Velero's flags take them, without blanks."""
    return _joined(check_labels(pairs(value)))


def pod_labels(value: str) -> str:
    """Labels that may be added to Velero's pods."""
    for key in pairs(value):
        if key in _VELEROS_LABELS:
            raise ValueError(
                f"'{key}' is Velero's own label; for example example.com/{key}=backup"
            )
    return labels(value)


def account_annotations(value: str) -> str:
    """Annotations as Velero's flags take them: a value may be anything, a key may not.

    Kubernetes checks a key in lower case (apimachinery pkg/api/validation/objectmeta.go).
    """
    found = pairs(value)
    for key in found:
        try:
            check_labels({key.lower(): ""})
        except ValueError as error:
            raise ValueError(
                f"{quote(key)} is no key of an annotation; for example "
                "eks.amazonaws.com/role-arn=arn:aws:iam::1:role/velero"
            ) from error
    return _joined(found)


def _joined(found: dict[str, str]) -> str:
    parts = (f"{key}={text}" for key, text in found.items())
    return ",".join(f'"{part}"' if "," in part else part for part in parts)


def extra_args(value: str) -> str:
    """Arguments of the server that ``EXTRA_ARGS`` knows."""
    try:
        args = shlex.split(value)
    except ValueError as error:
        example = "--client-qps=200 --resource-timeout=20m"
        raise ValueError(f"cannot be split at blanks ({error}); for example {example}") from error
    for arg in args:
        name, equals, _ = arg.removeprefix("--").partition("=")
        if name not in EXTRA_ARGS or not arg.startswith("--") or not equals:
            known = ", ".join(f"--{key}={example}" for key, example in EXTRA_ARGS.items())
            raise ValueError(f"'{arg[:60]}' is not taken; it takes {known}")
    return value


class Toleration(BaseModel):
    """A Kubernetes toleration."""

    model_config = ConfigDict(extra="forbid", strict=True)

    key: str = ""
    operator: Literal["Exists", "Equal"] = "Equal"
    value: str = ""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""
    tolerationSeconds: int | None = None  # noqa: N815 - Kubernetes' name


_TOLERATIONS: Final = TypeAdapter(list[Toleration])


def tolerations(value: str) -> str:
    """A JSON list of tolerations."""
    if not value.strip():
        return "[]"
    try:
        given = _TOLERATIONS.validate_json(value)
    except ValidationError as error:
        example = '[{"key": "backup", "operator": "Exists", "effect": "NoSchedule"}]'
        raise ValueError(f"is no JSON list of tolerations; for example {example}") from error
    return json.dumps([one.model_dump(exclude_unset=True) for one in given])
