"""What `velero install` cannot say of the server's Deployment and the node agent's DaemonSet."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Final

from velero import total
from velero.desired import Settings
from velero.kubernetes import resources as k8s
from velero.kubernetes.difference import owns_in_list
from velero.kubernetes.resources import Object

_INIT: Final = ("spec", "template", "spec", "initContainers")
CONFIG_HASH: Final = "velero-operator/config-hash"
"""Annotation of the node agent's pods, which read their documents at start only."""


SERVER: Final = "velero"
NODE_AGENT: Final = "node-agent"
KINDS: Final = {k8s.DEPLOYMENT.name: "Velero server", k8s.DAEMON_SET.name: "node agent"}
"""The kinds with pods, and what a person calls ours."""


def reads_config_map(workload: Object) -> bool:
    """Whether a live workload was told to read one of our documents."""
    if workload["kind"] not in KINDS:
        return False
    arguments = (arg for each in _containers(workload) for arg in total.texts(each, "args"))
    return any("-configmap=" in arg for arg in arguments)


def is_server(deployment: Object) -> bool:
    """Whether a live Deployment is in the way of our server: it runs one, or has its name.

    Two servers in a namespace would each fail what the other has in progress, whatever their
    Deployments are called. Command and arguments are those that the installers write (velero
    pkg/install/deployment.go).
    """
    return k8s.name_of(deployment) == SERVER or any(map(_runs_server, _containers(deployment)))


def is_other_server(obj: Object) -> bool:
    """Whether an object that is in the way is a server that cannot become ours by its name."""
    return obj["kind"] == k8s.DEPLOYMENT.name and k8s.name_of(obj) != SERVER


def _containers(workload: Object) -> list[Object]:
    return total.items(workload, "spec", "template", "spec", "containers")


def _runs_server(container: Object) -> bool:
    words = [*total.texts(container, "command"), *total.texts(container, "args")]
    return words[1:2] == ["server"] and words[0].rpartition("/")[2] == "velero"


def plugins_of(deployment: Object) -> list[Object]:
    """The initContainers of a live server that we applied, as they are rendered.

    One that somebody else has put there, or whose image is not ours any more, is left out: it
    would become ours by being applied.
    """
    keys = ("name", "image", "imagePullPolicy", "volumeMounts")
    return [
        {key: container[key] for key in keys if key in container}
        for container in total.items(deployment, *_INIT)
        if owns_in_list(deployment, *_INIT, name=total.text(container, "name"), key="image")
    ]


def complete(workload: Object, settings: Settings, plugins: list[Object]) -> None:
    """Add to a rendered workload what the settings say and flags cannot.

    Args:
        workload: a Deployment or DaemonSet as the CLI printed it; changed in place.
        settings: how it is to be.
        plugins: initContainers for the server.
    """
    spec = workload["spec"]
    pod = spec["template"]["spec"]
    if workload["kind"] == k8s.DEPLOYMENT.name:
        # Two servers at once would each fail what the other has in progress
        spec |= {"replicas": 1, "strategy": {"type": "Recreate"}}
        _server(pod, settings, plugins)
    else:
        spec.pop("updateStrategy", None)
        _node_agent(spec["template"], settings)
    if settings.tolerations:
        pod["tolerations"] = [dict(toleration) for toleration in settings.tolerations]
    if settings.pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in settings.pull_secrets]
    for container in pod["containers"]:
        _container(container, settings)


def _server(pod: Object, settings: Settings, plugins: list[Object]) -> None:
    pod["containers"][0]["args"] += settings.server_args
    if plugins:
        pod["initContainers"] = [_beside(plugin, pod["containers"][0]) for plugin in plugins]
    if settings.node_selector:
        pod["nodeSelector"] = dict(settings.node_selector)


def _beside(plugin: Object, server: Object) -> Object:
    """A plugin's initContainer with the server's requests and limits.

    A quota of the namespace may ask that every container has some. They cost nothing more: a pod
    needs the most of what its initContainers and its containers need.
    """
    bounds = server.get("resources")
    return plugin | ({"resources": copy.deepcopy(bounds)} if bounds else {})


def _node_agent(template: Object, settings: Settings) -> None:
    template["spec"]["containers"][0]["args"] += settings.node_agent_args
    named = {arg.partition("=")[2] for arg in settings.node_agent_args}
    # What the server alone reads must not restart the node agent
    documents = {name: dict(settings.config_maps[name]) for name in named}
    if documents:
        digest = hashlib.sha256(json.dumps(documents, sort_keys=True).encode()).hexdigest()[:16]
        template["metadata"].setdefault("annotations", {})[CONFIG_HASH] = digest


def _container(container: Object, settings: Settings) -> None:
    # The last lines of a crashed server's log then stand in its pod's status
    container["terminationMessagePolicy"] = "FallbackToLogsOnError"
    variables = container.setdefault("env", [])
    variables += [{"name": k, "value": v} for k, v in settings.environment.items()]
    for variable in variables:
        # The API server fills it in; a field reference is compared as a whole
        if reference := variable.get("valueFrom", {}).get("fieldRef"):
            reference.setdefault("apiVersion", "v1")
