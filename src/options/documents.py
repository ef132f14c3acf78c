"""The three JSON documents that Velero reads from ConfigMaps, checked before it sees them.

Velero's server exits at start over a document that it cannot read, and ignores a key that it
does not know. Source of the keys: velero ``pkg/types/node_agent.go``,
``pkg/types/repo_maintenance.go``, ``pkg/repository/udmrepo/repo_options.go``.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, ValidationError
from pydantic.alias_generators import to_camel

from options import values

Positive = Annotated[int, Field(gt=0)]
Quantity = Annotated[str, AfterValidator(values.quantity)]
Key = Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]{1,253}$")]
"""The key of a ConfigMap (apimachinery pkg/util/validation, ``IsConfigMapKey``)."""
Names = dict[str, str]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, strict=True)


class Expression(_Document):
    """One rule of a label selector."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[str] = []


class Selector(_Document):
    """A Kubernetes label selector."""

    match_labels: Names = {}
    match_expressions: list[Expression] = []


class Affinity(_Document):
    """Nodes on which work may run."""

    node_selector: Selector
    storage_class: str = ""


class PodResources(_Document):
    """Requests and limits of the pods that do the work."""

    cpu_request: Quantity = ""
    cpu_limit: Quantity = ""
    memory_request: Quantity = ""
    memory_limit: Quantity = ""
    ephemeral_storage_request: Quantity = ""
    ephemeral_storage_limit: Quantity = ""


class RuledNumber(_Document):
    """How many at once on the nodes that match."""

    node_selector: Selector
    number: Positive


class Concurrency(_Document):
    """How much a node agent does at once."""

    global_config: Positive | None = None
    per_node_config: list[RuledNumber] = []
    prepare_queue_length: Positive | None = None


class BackupVolume(_Document):
    """The volume between snapshot and store, by storage class of the source."""

    storage_class: str = ""
    read_only: bool = False
    spc_no_relabeling: bool = Field(default=False, alias="spcNoRelabeling")
    annotations: Names = {}
    secret_names: list[str] = []
    config_map_names: list[str] = []


class RestoreVolume(_Document):
    """The volume between store and target."""

    ignore_delay_binding: bool = False
    secret_names: list[str] = []
    config_map_names: list[str] = []


class CacheVolume(_Document):
    """A volume for the repository's cache in large restores."""

    storage_class: str = ""
    resident_threshold_in_mb: Positive | None = Field(default=None, alias="residentThresholdInMB")


class NodeAgentDocument(_Document):
    """Option ``node-agent-config``."""

    load_concurrency: Concurrency | None = None
    load_affinity: list[Affinity] = []
    backup_pvc: dict[str, BackupVolume] = Field(default={}, alias="backupPVC")
    restore_pvc: RestoreVolume | None = Field(default=None, alias="restorePVC")
    cache_pvc: CacheVolume | None = Field(default=None, alias="cachePVC")
    pod_resources: PodResources | None = None
    priority_class_name: str = ""
    privileged_fs_backup: bool = False
    pod_annotations: Names = {}
    pod_labels: Names = {}


class Maintenance(_Document):
    """How the maintenance Jobs of a repository run."""

    load_affinity: list[Affinity] = Field(default=[], max_length=1)  # Velero uses the first only
    pod_resources: PodResources | None = None
    keep_latest_maintenance_jobs: Annotated[int, Field(ge=0)] | None = None
    priority_class_name: str = ""
    pod_annotations: Names = {}
    pod_labels: Names = {}


class MaintenanceDocument(RootModel[dict[Key, Maintenance]]):
    """Option ``repo-maintenance-config``: by ``global`` or ``<namespace>-<location>-kopia``."""


class RepositoryDocument(_Document):
    """Option ``repository-config``."""

    cache_limit_mb: Positive | None = Field(default=None, alias="cacheLimitMB")
    full_maintenance_interval: Literal["normalGC", "fastGC", "eagerGC"] | None = None


def node_agent(text: str) -> str:
    """The value of ``node-agent-config``, as ``_checked`` gives it."""
    return _checked(text, NodeAgentDocument, '{"loadConcurrency": {"globalConfig": 2}}')


def maintenance(text: str) -> str:
    """The value of ``repo-maintenance-config``, as ``_checked`` gives it."""
    example = '{"global": {"podResources": {"memoryLimit": "1Gi"}}}'
    return _checked(text, MaintenanceDocument, example)


def repository(text: str) -> str:
    """The value of ``repository-config``, as ``_checked`` gives it."""
    return _checked(text, RepositoryDocument, '{"cacheLimitMB": 2048}')


def _checked(text: str, model: type[BaseModel], example: str) -> str:
    """A document in one canonical form; one that says nothing is empty.

    Of ``{}`` there would be a ConfigMap without data, at which the server exits (velero
    pkg/util/kube/utils.go, ``VerifyJSONConfigs``). A null says nothing either, and in a
    repository's document Velero would read it as the text ``<nil>``.

    Raises:
        ValueError: it is no JSON, or has a key or value that Velero has no use for.
    """
    if not text.strip():
        return ""
    try:
        parsed: Any = json.loads(text)
    except ValueError as error:
        raise ValueError(f"is no JSON ({error}); for example {example}") from error
    try:
        document = model.model_validate(parsed)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        reason = first["msg"].removeprefix("Value error, ").partition("; for example")[0]
        raise ValueError(f"{where}: {reason}; for example {example}") from error
    said = document.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)
    return json.dumps(said, sort_keys=True, separators=(",", ":")) if said else ""
