"""From the options to the flags, arguments and fields of Velero's workloads."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

import ops

from options import models, values
from velero.desired import Settings
from velero.errors import InvalidInput
from velero.installation import versions

NODE_AGENT_MAP: Final = "velero-node-agent"
MAINTENANCE_MAP: Final = "velero-repo-maintenance"
REPOSITORY_MAP: Final = "velero-repository"


@dataclass(frozen=True, slots=True)
class Options:
    """All options, by concern."""

    images: models.Images
    server: models.Server
    node_agent: models.NodeAgent
    resources: models.Resources
    placement: models.Placement
    identity: models.Identity
    documents: models.Documents
    clients: models.Clients
    removal: models.Removal

    @classmethod
    def load(cls, charm: ops.CharmBase) -> Self:
        """Read and check each concern's options.

        Raises:
            ValidationError: of pydantic; an option cannot be used.
            InvalidInput: options contradict each other.
        """
        loaded = cls(
            charm.load_config(models.Images, errors="raise"),
            charm.load_config(models.Server, errors="raise"),
            charm.load_config(models.NodeAgent, errors="raise"),
            charm.load_config(models.Resources, errors="raise"),
            charm.load_config(models.Placement, errors="raise"),
            charm.load_config(models.Identity, errors="raise"),
            charm.load_config(models.Documents, errors="raise"),
            charm.load_config(models.Clients, errors="raise"),
            charm.load_config(models.Removal, errors="raise"),
        )
        loaded.check()
        return loaded

    @property
    def plugin_images(self) -> Mapping[str, str]:
        """The plugins' images by option."""
        return {
            "velero-aws-plugin-image": self.images.velero_aws_plugin_image,
            "velero-azure-plugin-image": self.images.velero_azure_plugin_image,
            "velero-gcp-plugin-image": self.images.velero_gcp_plugin_image,
        }

    def check(self) -> None:
        """Rules across options.

        Raises:
            InvalidInput: one is broken.
        """
        server, agent = self.server, self.node_agent.use_node_agent
        if server.default_volumes_to_fs_backup and not agent:
            raise InvalidInput("option default-volumes-to-fs-backup", "needs use-node-agent=true")
        if server.default_snapshot_move_data and not (agent and server.enable_csi):
            raise InvalidInput(
                "option default-snapshot-move-data",
                "needs use-node-agent=true and enable-csi=true",
            )
        self._check_version()

    def _check_version(self) -> None:
        minor = versions.minor(self.images.velero_image)
        if minor is None:
            return
        if not versions.OLDEST_MINOR <= minor <= versions.CLI_MINOR:
            known = f"this charm runs Velero 1.{versions.OLDEST_MINOR} to 1.{versions.CLI_MINOR}"
            raise InvalidInput("option velero-image", f"v1.{minor} is not one that fits; {known}")
        self._check_arguments(minor)

    def _check_arguments(self, minor: int) -> None:
        given = (*self._install_flags(), *self._server_args())
        for name in (arg.removeprefix("--").partition("=")[0] for arg in given):
            since = versions.ARGUMENTS.get(name, 0)
            if minor >= since:
                continue
            is_extra = name in values.EXTRA_ARGS
            raise InvalidInput(
                f"option {'extra-server-args' if is_extra else name}",
                f"{f'{name} ' if is_extra else ''}needs Velero v1.{since} or newer, and"
                f" velero-image is v1.{minor}; reset the option, or use an image such as"
                " velero/velero:v1.18.3",
            )

    def check_plugin(self, option: str, image: str) -> None:
        """Whether a plugin fits the server.

        Raises:
            InvalidInput: its minor version belongs to another server.
        """
        behind = versions.PLUGIN_BEHIND
        server, plugin = versions.minor(self.images.velero_image), versions.minor(image)
        if server is None or plugin is None or plugin == server - behind:
            return
        raise InvalidInput(
            f"option {option}",
            f"plugin v1.{plugin} does not fit Velero v1.{server}; use v1.{server - behind}"
            f" of the plugin, or Velero v1.{plugin + behind}",
        )

    def settings(self) -> Settings:
        """What the options mean for the workloads."""
        docs, agent = self.documents, self.node_agent
        maps: dict[str, dict[str, str]] = {}
        if docs.node_agent_config and agent.use_node_agent:
            maps[NODE_AGENT_MAP] = {"node-agent-config.json": docs.node_agent_config}
        if docs.repo_maintenance_config:
            entries = json.loads(docs.repo_maintenance_config).items()
            maps[MAINTENANCE_MAP] = {key: json.dumps(value) for key, value in entries}
        if docs.repository_config:
            maps[REPOSITORY_MAP] = {"kopia": docs.repository_config}
        return Settings(
            install_flags=(*self._install_flags(),),
            server_args=(*self._server_args(),),
            pull_secrets=(*values.names(self.images.image_pull_secrets),),
            node_selector=values.pairs(self.placement.node_selector),
            tolerations=(*json.loads(self.placement.tolerations),),
            environment=proxy(),
            node_agent=agent.use_node_agent,
            node_agent_args=(*self._node_agent_args(maps),),
            config_maps=maps,
            set_pod_security_labels=agent.set_pod_security_labels,
        )

    def _install_flags(self) -> Iterator[str]:
        server, agent, placement = self.server, self.node_agent, self.placement
        switches = {
            "use-node-agent": agent.use_node_agent,
            "privileged-node-agent": agent.use_node_agent and agent.privileged_node_agent,
            "default-volumes-to-fs-backup": server.default_volumes_to_fs_backup,
            "default-snapshot-move-data": server.default_snapshot_move_data,
            "restore-only": server.restore_only,
            "disable-informer-cache": server.disable_informer_cache,
        }
        yield from (f"--{name}" for name, on in switches.items() if on)
        flags = {
            "features": "EnableCSI" if server.enable_csi else "",
            "garbage-collection-frequency": server.garbage_collection_frequency,
            "default-repo-maintain-frequency": server.default_repo_maintain_frequency,
            "pod-volume-operation-timeout": server.pod_volume_operation_timeout,
            "concurrent-backups": _more_than_one(server.concurrent_backups),
            "item-block-worker-count": _more_than_one(server.item_block_worker_count),
            "kubelet-root-dir": agent.kubelet_root_dir,
            "server-priority-class-name": placement.server_priority_class,
            "node-agent-priority-class-name": placement.node_agent_priority_class,
            "sa-annotations": self.identity.service_account_annotations,
            "pod-labels": self.identity.pod_labels,
        }
        yield from (f"--{name}={value}" for name, value in flags.items() if value)
        yield from self._resource_flags()

    def _resource_flags(self) -> Iterator[str]:
        for option, value in self.resources:
            who, what, bound = option.rsplit("_", 2)
            pod = {"server": "velero-pod", "node_agent": "node-agent-pod"}[who]
            yield f"--{pod}-{ {'cpu': 'cpu', 'memory': 'mem'}[what] }-{bound}={value}"

    def _server_args(self) -> Iterator[str]:
        server, docs = self.server, self.documents
        args = {
            "log-level": server.log_level if server.log_level != "info" else "",
            "log-format": server.log_format if server.log_format != "text" else "",
            "default-backup-ttl": server.default_backup_ttl,
            "repo-maintenance-job-configmap": MAINTENANCE_MAP * bool(docs.repo_maintenance_config),
            "backup-repository-configmap": REPOSITORY_MAP * bool(docs.repository_config),
        }
        yield from (f"--{name}={value}" for name, value in args.items() if value)
        yield from shlex.split(server.extra_server_args)

    def _node_agent_args(self, maps: Mapping[str, object]) -> Iterator[str]:
        """What it reads at its start, as far as its version knows it."""
        if NODE_AGENT_MAP in maps:
            yield f"--node-agent-configmap={NODE_AGENT_MAP}"
        is_old = versions.is_older(self.images.velero_image, versions.AGENT_READS_REPOSITORY)
        if REPOSITORY_MAP in maps and self.node_agent.use_node_agent and not is_old:
            yield f"--backup-repository-configmap={REPOSITORY_MAP}"


def proxy() -> dict[str, str]:
    """The model's proxy settings as Velero's pods need them.

    Juju hands them to a charm as JUJU_CHARM_*; the cluster itself is never behind the proxy.
    """
    given = {
        name: os.environ.get(f"JUJU_CHARM_{name}", "") for name in ("HTTP_PROXY", "HTTPS_PROXY")
    }
    found = {name: value for name, value in given.items() if value}
    if not found:
        return {}
    around = [os.environ.get("JUJU_CHARM_NO_PROXY", ""), "localhost,127.0.0.1,.svc,.cluster.local"]
    around.append(os.environ.get("KUBERNETES_SERVICE_HOST", ""))
    return found | {"NO_PROXY": ",".join(part for part in around if part)}


def _more_than_one(count: int) -> str:
    return str(count) if count > 1 else ""
