"""From a Velero server's pod to the command line and environment of a process.

The process gets exactly what the container would get; only what cannot be as in a container is
replaced, and this module is all of that.
"""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from lightkube import ApiError, Client
from lightkube.resources.core_v1 import ConfigMap, Secret
from tests.cluster.pod_status import Pod

# A container has its own loopback interface and file system, this process has not.
REPLACED = ("--metrics-address", "--profiler-address", "--plugin-dir")


class ContainerConfigError(Exception):
    """The container's environment cannot be made, for example for want of a Secret."""


def is_velero_server(pod: Pod) -> bool:
    """Return whether the pod's first container is a Velero server."""
    first = pod["spec"]["containers"][0]
    return first.get("command") == ["/velero"] and first.get("args", [])[:1] == ["server"]


def plugin_name(image: str) -> str:
    """Return the name of the plugin binary that an init container's image would hold."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def environment(client: Client, pod: Pod) -> dict[str, str]:
    """Resolve the environment of the pod's first container.

    Raises:
        ContainerConfigError: a reference leads nowhere and is not optional.
    """
    container = pod["spec"]["containers"][0]
    if container.get("envFrom"):
        raise ContainerConfigError("the harness cannot resolve envFrom")
    resolved: dict[str, str] = {}
    for entry in container.get("env", ()):
        value = _value(client, pod, entry)
        if value is not None:
            resolved[entry["name"]] = _expand(value, resolved)
    return resolved


def arguments(pod: Pod, env: dict[str, str], metrics_port: int, plugins: Path) -> list[str]:
    """Return the first container's arguments with the three in `REPLACED` replaced."""
    theirs = [_expand(word, env) for word in pod["spec"]["containers"][0]["args"]]
    ours = [f"127.0.0.1:{metrics_port}", "", str(plugins)]
    return [
        *_without_replaced(theirs),
        *(f"{flag}={value}" for flag, value in zip(REPLACED, ours, strict=True)),
    ]


def secret_volumes(client: Client, pod: Pod) -> dict[str, dict[str, bytes]]:
    """Return the files of each Secret that the first container mounts, by where it does.

    Raises:
        ContainerConfigError: there is no such Secret, for which a kubelet would wait.
    """
    volumes = {one["name"]: one.get("secret") for one in pod["spec"].get("volumes", ())}
    mounts = pod["spec"]["containers"][0].get("volumeMounts", ())
    wanted = {one["mountPath"]: volumes.get(one["name"]) for one in mounts}
    return {
        path: _files(client, pod, secret["secretName"])
        for path, secret in wanted.items()
        if secret
    }


def _files(client: Client, pod: Pod, name: str) -> dict[str, bytes]:
    try:
        found = client.get(Secret, name, namespace=pod["metadata"]["namespace"])
    except ApiError as error:
        raise ContainerConfigError(f'secret "{name}" not found') from error
    data = cast("dict[str, str]", found.data or {})
    return {key: base64.b64decode(text) for key, text in data.items()}


def _without_replaced(words: list[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if word.partition("=")[0] in REPLACED:
            skip = "=" not in word  # its value is the next word
        elif skip:
            skip = False
        else:
            yield word


def _expand(text: str, env: dict[str, str]) -> str:
    return re.sub(r"\$\((\w+)\)", lambda match: env.get(match[1], match[0]), text)


def _value(client: Client, pod: Pod, entry: dict[str, Any]) -> str | None:
    source: dict[str, Any] = entry.get("valueFrom") or {}
    if not source:
        return entry.get("value", "")
    if "fieldRef" in source:
        return _field(pod, source["fieldRef"]["fieldPath"])
    if "secretKeyRef" in source:
        return _key(client, pod, Secret, source["secretKeyRef"])
    if "configMapKeyRef" in source:
        return _key(client, pod, ConfigMap, source["configMapKeyRef"])
    raise ContainerConfigError(f"the harness cannot resolve {entry}")


def _field(pod: Pod, path: str) -> str:
    value: Any = pod
    for part in path.split("."):
        value = cast("Pod", value).get(part) if isinstance(value, dict) else None
    if not isinstance(value, str):
        raise ContainerConfigError(f"fieldPath {path} names no text of the pod")
    return value


def _key(
    client: Client, pod: Pod, kind: type[Secret] | type[ConfigMap], ref: dict[str, Any]
) -> str | None:
    try:
        found = client.get(kind, ref["name"], namespace=pod["metadata"]["namespace"])
    except ApiError as error:
        if error.status.code != 404:
            raise
        found = None
    value = _text(found, ref["key"]) if found else None
    if value is None and not ref.get("optional"):
        raise ContainerConfigError(f"couldn't find key {ref['key']} in {kind.__name__} {ref}")
    return value


def _text(found: Secret | ConfigMap, key: str) -> str | None:
    data = cast("dict[str, str]", found.data or {})
    if key not in data or isinstance(found, ConfigMap):
        return data.get(key)
    return base64.b64decode(data[key]).decode()
