"""What the charm wants the cluster to be: frozen values without I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

LOCATION_NAME: Final = "default"
"""Velero marks the location of this name as its default when it starts (velero
pkg/cmd/server/config/config.go).

The name stays when the bucket or the provider changes. Velero takes Backup objects for a list of
what the location's store holds: within a minute it deletes those whose files are not in the
new store and adds those that are (velero pkg/controller/backup_sync_controller.go,
``deleteOrphanedBackups``). No file is deleted, so the objects are back when the old store is, and
a store that was copied goes on under the same objects. With a name for each store, objects would
stay that no restore can use, and would keep those of a copied store from being listed. The
change is logged with both stores' names."""

LABEL_MAX: Final = 63


class CrdsOnRemove(StrEnum):
    """The option ``crds-on-remove``."""

    AUTO = "auto"
    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, order=True)
class Client:
    """Who wants backups, by its own account; unique among all clients.

    Attributes:
        application: the application to back up.
        endpoint: that application's endpoint.
        model: that application's model.
    """

    application: str
    endpoint: str
    model: str

    def __str__(self) -> str:
        """As a person names it, and as the actions take it."""
        return f"{self.application}:{self.endpoint}"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who is meant by a client of which not everything can be read.

    Attributes:
        relation: Juju's id of the relation that it came over; unique in the model.
        client: the client; parts that cannot be read are empty.
    """

    relation: int
    client: Client


@dataclass(frozen=True, slots=True)
class Scope:
    """What goes into a backup and how long it is kept; the whole of a client's power.

    Attributes:
        include_namespaces: names or globs; None means all. Never empty: to Velero that is all.
        exclude_namespaces: names or globs.
        include_resources: resource types or globs; None means all. Never empty.
        exclude_resources: resource types or globs.
        include_cluster_resources: None lets Velero decide.
        label_selector: labels that an object must have, all of them; None means any.
        ttl: a Go duration; None means the server's default.
    """

    include_namespaces: tuple[str, ...] | None = None
    exclude_namespaces: tuple[str, ...] | None = None
    include_resources: tuple[str, ...] | None = None
    exclude_resources: tuple[str, ...] | None = None
    include_cluster_resources: bool | None = None
    label_selector: Mapping[str, str] | None = None
    ttl: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A client's backups at set times.

    Attributes:
        client: whose they are.
        scope: what they hold.
        cron: when; five fields, a descriptor or ``@every``, in Velero's grammar.
        paused: whether it waits.
        skip_immediately: whether a run that is due when it is made is left out.
        own_backups: whether its backups go with it.
        relation: Juju's id of the relation that it came over; None if it came over none.
    """

    client: Client
    scope: Scope
    cron: str
    paused: bool = False
    skip_immediately: bool = False
    own_backups: bool = False
    relation: int | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    """One object store, in Velero's terms.

    Attributes:
        endpoint: the Juju endpoint that it came from, such as ``s3-credentials``.
        provider: Velero's name of the provider, such as ``aws``.
        plugin_image: the image whose plugin handles the provider.
        bucket: the bucket or container.
        prefix: the folder in it that is Velero's alone; without slashes at its ends.
        own_prefix: whether the storage integrator names that folder.
        config: the plugin's documented keys; values are strings.
        credential: the content of the credential file that the plugin reads.
        ca_chain: PEM certificates that the store's own is signed by, or an empty string.
        snapshot_config: the plugin's documented keys for volume snapshots; None where the
            provider cannot make any with what is known.
    """

    endpoint: str
    provider: str
    plugin_image: str
    bucket: str
    prefix: str
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    credential: str = field(default="", repr=False)
    ca_chain: str = field(default="", repr=False)
    snapshot_config: Mapping[str, str] | None = None
    own_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """How Velero's workloads are to be; all in Velero's and Kubernetes' own terms.

    Attributes:
        install_flags: flags of `velero install`.
        server_args: arguments of the server that `velero install` has no flag for.
        pull_secrets: names of Secrets to pull images with.
        node_selector: labels of the nodes for the server.
        tolerations: for server and node agent.
        environment: variables for server and node agent, such as a proxy.
        node_agent: whether the node agent is wanted.
        node_agent_args: its further arguments.
        config_maps: data of ConfigMaps by name.
        set_pod_security_labels: whether we may label the namespace so that the pods may run.
    """

    install_flags: tuple[str, ...] = ()
    server_args: tuple[str, ...] = ()
    pull_secrets: tuple[str, ...] = ()
    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])
    tolerations: tuple[Mapping[str, Any], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    node_agent: bool = False
    node_agent_args: tuple[str, ...] = ()
    config_maps: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict[str, Mapping[str, str]]
    )
    set_pod_security_labels: bool = False


@dataclass(frozen=True, slots=True)
class Desired:
    """All that one reconcile works towards.

    Attributes:
        namespace: the model's namespace, which Juju owns.
        application: the name of the Juju application.
        image: the image of the Velero server.
        storage: where backups go; None if no storage integrator is integrated.
        keep_storage: the storage data cannot be used as it is now, so that what is in the
            cluster stays as it is.
        schedules: the clients' schedules; each client has one at most.
        on_demand: the clients that want no schedule.
        unclear: the clients of which it cannot be told whether they want one, for what they say
            is invalid; parts that cannot be read are empty.
        settings: how the workloads are to be.
        repository_password: what Juju keeps as the password of Velero's repositories; empty if
            it keeps none yet.
        adopted: what is remembered of a Velero that was taken over, see ``remembered.py``.
        owner: the uid of our ServiceAccount, with which all that is its goes (``custody.py``);
            empty as long as it is not known.
        cluster: the uid of namespace `kube-system`, by which backups are told from another
            cluster's; empty where it has not been read.
    """

    namespace: str
    application: str
    image: str
    storage: Storage | None = None
    keep_storage: bool = False
    schedules: tuple[Schedule, ...] = ()
    on_demand: tuple[Client, ...] = ()
    unclear: tuple[Claim, ...] = ()
    settings: Settings = field(default_factory=Settings)
    repository_password: str = field(default="", repr=False)
    adopted: str = ""
    owner: str = ""
    cluster: str = ""

    @property
    def instance(self) -> str:
        """The label value that tells our objects from another application's."""
        return valid_label(f"{self.namespace}.{self.application}")


def valid_label(value: str) -> str:
    """Shorten a label value that is too long, by Velero's own rule.

    57 characters and the first 6 of the SHA-256 in hex (velero pkg/label/label.go,
    ``GetValidName``).
    """
    if len(value) <= LABEL_MAX:
        return value
    return value[: LABEL_MAX - 6] + hashlib.sha256(value.encode()).hexdigest()[:6]
