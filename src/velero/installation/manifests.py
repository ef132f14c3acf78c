"""From what is desired to the objects that make it so. The only caller of the CLI's dry run."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any, Final, cast

from velero.cli.process import Cli
from velero.desired import Desired, Storage, valid_label
from velero.installation import versions, workloads
from velero.installation.custody import labelled
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import REPOSITORY_KEY, REPOSITORY_SECRET, Object

TEMPLATES: Final = Path(__file__).parents[2] / "templates"
ADOPTED: Final = "velero-operator/adopted"
"""Annotation of the ServiceAccount: the folder of a Velero that was adopted (`remembered.py`)."""


def install_arguments(desired: Desired) -> list[str]:
    """The dry run that prints CRDs, ServiceAccount, ClusterRoleBinding and Deployment.

    It opens no connection: locations and secrets are ours to build (velero
    pkg/cmd/cli/install/install.go, ``Validate``).
    """
    return [
        "install",
        "--dry-run",
        "--output=json",
        "--no-secret",
        "--no-default-backup-location",
        "--use-volume-snapshots=false",
        f"--namespace={desired.namespace}",
        f"--image={desired.image}",
        *desired.settings.install_flags,
    ]


def install(desired: Desired, cli: Cli, plugins: list[Object]) -> list[Object]:
    """All objects of the installation, CRDs first.

    Args:
        desired: what is wanted.
        cli: renders.
        plugins: the initContainers that bring the plugins.

    Raises:
        CliError: the CLI did not print manifests.
    """
    printed = cli.render(install_arguments(desired)).get("items", [])
    # Juju owns the model's namespace
    items: list[Object] = [_without_null(item) for item in printed if item["kind"] != "Namespace"]
    version = cli.version()
    for item in items:
        if item["kind"] == k8s.CRD.name:
            item["metadata"]["annotations"][versions.ANNOTATION] = version
        elif item["kind"] == k8s.SERVICE_ACCOUNT.name and desired.adopted:
            item["metadata"].setdefault("annotations", {})[ADOPTED] = desired.adopted
        elif item["kind"] in {k8s.DEPLOYMENT.name, k8s.DAEMON_SET.name}:
            workloads.complete(item, desired.settings, plugins)
    items.append(_template("metrics-service.yaml.j2", desired))
    items += [_config_map(desired, name) for name in desired.settings.config_maps]
    # What a pod needs at its start comes before the pod
    items.sort(key=lambda item: item["kind"] in {k8s.DEPLOYMENT.name, k8s.DAEMON_SET.name})
    return [labelled(item, desired) for item in items]


def _config_map(desired: Desired, name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": desired.namespace},
        "data": dict(desired.settings.config_maps[name]),
    }


def plugin_container(storage: Storage) -> Object:
    """The initContainer that brings the provider's plugin.

    Its name is ours: the CLI's has a random end since v1.18.3, which would restart the server
    at every hook (velero pkg/builder/container_builder.go).
    """
    path = storage.plugin_image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return {
        "name": valid_label(f"plugin-{re.sub('[^a-z0-9]+', '-', path.lower()).strip('-')}"),
        "image": storage.plugin_image,
        "imagePullPolicy": "IfNotPresent",
        "volumeMounts": [{"name": "plugins", "mountPath": "/target"}],
    }


def repository_secret(desired: Desired, password: str) -> Object:
    """The password of Velero's file-system repositories.

    Without it, Velero makes one itself with a value that everybody knows (velero
    pkg/repository/keys/keys.go). Juju must not delete it: old repositories need it.
    """
    secret: Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": REPOSITORY_SECRET,
            "namespace": desired.namespace,
            "labels": {},
        },
        "type": "Opaque",
        "data": {REPOSITORY_KEY: base64.b64encode(password.encode()).decode()},
    }
    return labelled(secret, desired)


def _template(name: str, desired: Desired) -> Object:
    import jinja2  # noqa: PLC0415 - most hooks end before they need it
    import yaml  # noqa: PLC0415

    text = (TEMPLATES / name).read_text()
    # Values are names that Juju has checked; the result is YAML, never HTML
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text)  # noqa: S701
    return yaml.safe_load(template.render(namespace=desired.namespace))


def _without_null(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Drop what the CLI prints as null: applied, it would be a wish to remove the field."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {k: _without_null(v) for k, v in items if v is not None}
    if isinstance(value, list):
        return [_without_null(v) for v in cast("list[Any]", value)]
    return value
