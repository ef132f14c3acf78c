"""The options of config.yaml, one model per concern; each says what it means for Velero.

Every error names the option, says what is wrong with it and shows a value that works.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

import documents
from charms.velero_libs.v0.velero_backup_config import check_labels, normalize_duration
from clients import CronOption
from velero.desired import CrdsOnRemove

_IMAGE: Final = re.compile(
    r"(?=.{1,512}$)[a-z0-9][A-Za-z0-9._:-]*(/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?"
    r"(@sha256:[0-9a-f]{64})?"
)
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_QUANTITY: Final = re.compile(r"[0-9]+(\.[0-9]+)?(m|[kMGTPE]|[KMGTPE]i)?")
_PATH: Final = re.compile(r"(/[A-Za-z0-9._-]+)+")

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


def _image(value: str) -> str:
    last = value.rpartition("/")[2]
    if not _IMAGE.fullmatch(value) or not (":" in last or "@" in last):
        raise ValueError(
            f"'{value[:100]}' is no image with a tag or digest; for example velero/velero:v1.18.3"
        )
    return value


def _names(value: str) -> str:
    for name in names(value):
        if not _NAME.fullmatch(name):
            raise ValueError(f"'{name[:63]}' is no name; for example registry-key,other-key")
    return value


def _duration(value: str) -> str:
    return normalize_duration(value) if value.strip() else ""


def _quantity(value: str) -> str:
    if value and not _QUANTITY.fullmatch(value):
        raise ValueError(f"'{value[:40]}' is no quantity; for example 500m or 512Mi")
    return value or "0"


def _path(value: str) -> str:
    if not _PATH.fullmatch(value) or ".." in value:
        raise ValueError(f"'{value[:100]}' is no absolute path; for example /var/lib/kubelet")
    return value


def _labels(value: str) -> str:
    check_labels(pairs(value))
    return value


def _annotations(value: str) -> str:
    pairs(value)
    return value


def _extra_args(value: str) -> str:
    for arg in shlex.split(value):
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


def _tolerations(value: str) -> str:
    if not value.strip():
        return "[]"
    try:
        given = _TOLERATIONS.validate_json(value)
    except ValidationError as error:
        example = '[{"key": "backup", "operator": "Exists", "effect": "NoSchedule"}]'
        raise ValueError(f"is no JSON list of tolerations; for example {example}") from error
    return json.dumps([one.model_dump(exclude_unset=True) for one in given])


def _node_agent(value: str) -> str:
    return documents.checked(
        value, documents.NodeAgentDocument, '{"loadConcurrency": {"globalConfig": 2}}'
    )


def _maintenance(value: str) -> str:
    return documents.checked(
        value,
        documents.MaintenanceDocument,
        '{"global": {"podResources": {"memoryLimit": "1Gi"}}}',
    )


def _repository(value: str) -> str:
    return documents.checked(value, documents.RepositoryDocument, '{"cacheLimitMB": 2048}')


Image = Annotated[str, AfterValidator(_image)]
Duration = Annotated[str, AfterValidator(_duration)]
Quantity = Annotated[str, AfterValidator(_quantity)]
Name = Annotated[str, AfterValidator(_names)]
Labels = Annotated[str, AfterValidator(_labels)]
Count = Annotated[int, Field(ge=1, le=100)]


class Concern(BaseModel):
    """Options that belong together; each field is the option of its name with dashes."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Images(Concern):
    """Where the images come from."""

    velero_image: Image
    velero_aws_plugin_image: Image
    velero_azure_plugin_image: Image
    velero_gcp_plugin_image: Image
    image_pull_secrets: Name


class Server(Concern):
    """How the server works."""

    log_level: Literal["trace", "debug", "info", "warning", "error"]
    log_format: Literal["text", "json"]
    default_backup_ttl: Duration
    garbage_collection_frequency: Duration
    default_repo_maintain_frequency: Duration
    pod_volume_operation_timeout: Duration
    concurrent_backups: Count
    item_block_worker_count: Count
    default_volumes_to_fs_backup: bool
    default_snapshot_move_data: bool
    enable_csi: bool
    restore_only: bool
    disable_informer_cache: bool
    extra_server_args: Annotated[str, AfterValidator(_extra_args)]


class NodeAgent(Concern):
    """The node agent, for backups of volumes' content."""

    use_node_agent: bool
    privileged_node_agent: bool
    kubelet_root_dir: Annotated[str, AfterValidator(_path)]
    set_pod_security_labels: bool


class Resources(Concern):
    """What the pods may use."""

    server_cpu_request: Quantity
    server_cpu_limit: Quantity
    server_memory_request: Quantity
    server_memory_limit: Quantity
    node_agent_cpu_request: Quantity
    node_agent_cpu_limit: Quantity
    node_agent_memory_request: Quantity
    node_agent_memory_limit: Quantity


class Placement(Concern):
    """Where the pods run."""

    node_selector: Labels
    tolerations: Annotated[str, AfterValidator(_tolerations)]
    server_priority_class: Name
    node_agent_priority_class: Name


class Identity(Concern):
    """Who the pods are, for a cloud's workload identity."""

    service_account_annotations: Annotated[str, AfterValidator(_annotations)]
    pod_labels: Labels


class Documents(Concern):
    """Velero's own JSON documents."""

    node_agent_config: Annotated[str, AfterValidator(_node_agent)]
    repo_maintenance_config: Annotated[str, AfterValidator(_maintenance)]
    repository_config: Annotated[str, AfterValidator(_repository)]


class Clients(Concern):
    """What the applications that are backed up leave to the operator."""

    k8s_backup_targets_schedule: CronOption


class Removal(Concern):
    """What happens when the application goes."""

    crds_on_remove: CrdsOnRemove


def names(value: str) -> list[str]:
    """``a, b`` as a list."""
    return [part.strip() for part in value.split(",") if part.strip()]


def pairs(value: str) -> dict[str, str]:
    """``a=b,c=d`` as a dictionary.

    Raises:
        ValueError: a part is no pair.
    """
    found: dict[str, str] = {}
    for part in names(value):
        key, equals, text = part.partition("=")
        if not key.strip() or not equals:
            raise ValueError(f"'{part[:63]}' is no pair; for example disktype=ssd,zone=a")
        found[key.strip()] = text.strip()
    return found
