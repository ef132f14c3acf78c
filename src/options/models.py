"""The options of config.yaml, one model per concern; each says what it means for Velero.

Every error names the option, says what is wrong with it and shows a value that works.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from options import documents, values
from velero.desired import CrdsOnRemove

Image = Annotated[str, AfterValidator(values.image)]
Duration = Annotated[str, AfterValidator(values.duration)]
Quantity = Annotated[str, AfterValidator(values.bound)]
Name = Annotated[str, AfterValidator(values.priority_class)]
Cron = Annotated[str, AfterValidator(values.cron)]
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
    image_pull_secrets: Annotated[str, AfterValidator(values.secret_names)]


class Server(Concern):
    """How the server works."""

    log_level: Literal["trace", "debug", "info", "warning", "error"]
    log_format: Literal["text", "json"]
    default_backup_ttl: Annotated[str, AfterValidator(values.ttl)]
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
    extra_server_args: Annotated[str, AfterValidator(values.extra_args)]


class NodeAgent(Concern):
    """The node agent, for backups of volumes' content."""

    use_node_agent: bool
    privileged_node_agent: bool
    kubelet_root_dir: Annotated[str, AfterValidator(values.path)]
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

    node_selector: Annotated[str, AfterValidator(values.labels)]
    tolerations: Annotated[str, AfterValidator(values.tolerations)]
    server_priority_class: Name
    node_agent_priority_class: Name


class Identity(Concern):
    """Who the pods are, for a cloud's workload identity."""

    service_account_annotations: Annotated[str, AfterValidator(values.account_annotations)]
    pod_labels: Annotated[str, AfterValidator(values.pod_labels)]


class Documents(Concern):
    """Velero's own JSON documents."""

    node_agent_config: Annotated[str, AfterValidator(documents.node_agent)]
    repo_maintenance_config: Annotated[str, AfterValidator(documents.maintenance)]
    repository_config: Annotated[str, AfterValidator(documents.repository)]


class Clients(Concern):
    """What the applications that are backed up leave to the operator."""

    k8s_backup_targets_schedule: Cron


class Removal(Concern):
    """What happens when the application goes."""

    crds_on_remove: CrdsOnRemove
