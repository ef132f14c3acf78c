"""The few kubectl commands of the documentation, on the real API server.

kubectl itself is not built here: what it would print is written by hand, as short as it can be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from tests.cluster.cluster import Cluster
from tests.cluster.compare import Object
from tests.cluster.inventory import Inventory

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 60.0
KINDS: Final = {
    "backup": "Backup",
    "backupstoragelocation": "BackupStorageLocation",
    "configmap": "ConfigMap",
    "crd": "CustomResourceDefinition",
    "daemonset": "DaemonSet",
    "deployment": "Deployment",
    "namespace": "Namespace",
    "order": "Order",
    "pod": "Pod",
    "schedule": "Schedule",
    "secret": "Secret",
    "service": "Service",
}
"""What the documentation calls a kind; an s at the end is its plural."""


class UnknownCommandError(Exception):
    """The documentation has a command that nobody taught the tests."""


class Kubectl:
    """What the administrator types after `kubectl`.

    Args:
        cluster: the cluster.
        files: the person's own files, by name; others are the repository's.
    """

    def __init__(self, cluster: Cluster, files: Mapping[str, str]) -> None:
        self._inventory = Inventory(cluster.url, cluster.ca, cluster.admin_token)
        self._files = files

    def close(self) -> None:
        """Close the connections."""
        self._inventory.__exit__(None, None, None)

    def run(self, words: list[str]) -> str:
        """Run a command; returns what it prints.

        Raises:
            UnknownCommandError: it is none of those known here.
        """
        verbs: dict[str, Callable[[list[str], dict[str, str]], str]] = {
            "apply": self._apply,
            "create": self._create,
            "delete": self._delete,
            "get": self._get,
            "wait": self._wait,
        }
        if not words or words[0] not in verbs:
            raise UnknownCommandError(f"kubectl {' '.join(words)}")
        return verbs[words[0]](*_flags(words[1:]))

    def _apply(self, names: list[str], flags: dict[str, str]) -> str:
        _only(names, flags, "-f")
        name = flags["-f"]
        text = self._files.get(name) or (ROOT / name).read_text()
        objects: list[Object] = list(yaml.safe_load_all(text))
        for obj in objects:
            self._inventory.apply(obj)
        return "\n".join(f"{_resource(obj)} created" for obj in objects)

    def _create(self, names: list[str], flags: dict[str, str]) -> str:
        *kind, name = names
        if kind != ["secret", "generic"]:
            raise UnknownCommandError(f"kubectl create {' '.join(kind)}")
        _only([], flags, "-n", "--from-file")
        key, _, file = flags["--from-file"].partition("=")
        secret: Object = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": flags["-n"]},
            "stringData": {key: self._files[file]},
        }
        self._inventory.apply(secret)
        return f"secret/{name} created"

    def _delete(self, names: list[str], flags: dict[str, str]) -> str:
        _only(names[2:], flags, "-n", "-l", "--wait", "--ignore-not-found")
        kind, namespace = _kind(names[0]), flags.get("-n", "")
        gone = self._chosen(kind, names[1:], flags)
        for name in gone:
            self._inventory.delete(kind, name, namespace)
        if flags.get("--wait") != "false":
            _until(lambda: not {*gone} & {*self._names(kind, namespace)}, f"{kind} {gone} goes")
        return "\n".join(f'{names[0].removesuffix("s")} "{name}" deleted' for name in gone)

    def _chosen(self, kind: str, names: list[str], flags: dict[str, str]) -> list[str]:
        """The names that a deletion is about."""
        if selector := flags.get("-l"):
            key, _, value = selector.partition("=")
            objects = self._inventory.objects(kind, flags.get("-n", ""))
            labelled = (o for o in objects if o["metadata"].get("labels", {}).get(key) == value)
            return [obj["metadata"]["name"] for obj in labelled]
        if "--ignore-not-found" in flags:
            return [name for name in names if name in self._names(kind, flags.get("-n", ""))]
        return names

    def _get(self, names: list[str], flags: dict[str, str]) -> str:
        _only(names[2:], flags, "-n", "-o", "-l")
        wanted = dict(part.split("=") for part in flags.get("-l", "").split(",") if part)
        found = [
            obj
            for kind in names[0].split(",")
            for obj in self._inventory.objects(_kind(kind), flags.get("-n", ""))
            if wanted.items() <= obj["metadata"].get("labels", {}).items()
            and (not names[1:] or obj["metadata"]["name"] == names[1])
        ]
        path = flags.get("-o", "")
        if path == "name":
            return "\n".join(_resource(obj) for obj in found)
        if path.startswith("jsonpath={."):
            keys = path.removeprefix("jsonpath={.").removesuffix("}").split(".")
            return "\n".join(str(_field(obj, keys)) for obj in found)
        raise UnknownCommandError("kubectl get is known with -o name or -o jsonpath={.a.b}")

    def _wait(self, names: list[str], flags: dict[str, str]) -> str:
        _only(names[1:], flags, "-n", "--for", "--all", "--timeout")
        kind = _kind(names[0])
        wanted = flags["--for"].removeprefix("condition=")

        def holds(obj: Object) -> bool:
            conditions = obj.get("status", {}).get("conditions", ())
            return any(c["type"] == wanted and c["status"] == "True" for c in conditions)

        def found() -> list[Object]:
            return self._inventory.objects(kind, flags["-n"])

        _until(lambda: all(map(holds, found())), f"{kind} is {wanted}")
        return "\n".join(f"{_resource(obj)} condition met" for obj in found())

    def _names(self, kind: str, namespace: str) -> list[str]:
        return [obj["metadata"]["name"] for obj in self._inventory.objects(kind, namespace)]


def _flags(words: list[str]) -> tuple[list[str], dict[str, str]]:
    names: list[str] = []
    flags: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word.startswith("--"):
            flag, _, value = word.partition("=")
            flags[flag] = value
        elif word.startswith("-"):
            flags[word] = next(rest)
        else:
            names.append(word)
    return names, flags


def _only(names: list[str], flags: dict[str, str], *known: str) -> None:
    strange = set(flags) - set(known)
    if names or strange:
        raise UnknownCommandError(f"{names or strange} is not known here")


def _kind(word: str) -> str:
    known = KINDS.get(word) or KINDS.get(word.removesuffix("s"))
    if not known:
        raise UnknownCommandError(f"no kind is known as {word}")
    return known


def _resource(obj: Object) -> str:
    group = obj["apiVersion"].rpartition("/")[0]
    kind = obj["kind"].lower()
    return f"{kind}{'.' * bool(group)}{group}/{obj['metadata']['name']}"


def _field(obj: Object, keys: list[str]) -> Any:  # noqa: ANN401 - JSON
    value: Any = obj
    for key in keys:
        value = value[key]
    return value


def _until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.1)
