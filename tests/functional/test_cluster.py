"""The harness itself: what stands in for a node must behave as one."""
# lightkube annotates its dictionaries without saying of what.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import base64
import json
import subprocess
import time
from typing import Any, cast

import pytest
from lightkube import ApiError, Client, KubeConfig, codecs
from lightkube.generic_resource import GenericNamespacedResource, create_namespaced_resource
from lightkube.resources.apps_v1 import DaemonSet, Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Namespace
from tests.cluster import node_api, tools
from tests.cluster.cluster import Cluster
from tests.cluster.object_store import ObjectStore
from tests.functional.api import until

Location = create_namespaced_resource(
    "velero.io", "v1", "BackupStorageLocation", "backupstoragelocations"
)
Backup = create_namespaced_resource("velero.io", "v1", "Backup", "backups")
IMAGE = f"velero/velero:{tools.velero_version()}"
PLUGIN = "velero/velero-plugin-for-aws:v1.14.3"
Document = dict[str, Any]


def create(cluster: Cluster, namespace: str, document: Document) -> None:
    document["metadata"]["namespace"] = namespace
    cluster.client().create(codecs.from_dict(document))


def workload(kind: str, image: str = "example/app:1") -> Document:
    labels = {"app": "app"}
    pod: Document = {"containers": [{"name": "app", "image": image}]}
    spec: Document = {"template": {"metadata": {"labels": labels}, "spec": pod}}
    if kind == "Job":
        pod["restartPolicy"] = "Never"
        spec["backoffLimit"] = 0
        return {"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": "app"}, "spec": spec}
    spec["selector"] = {"matchLabels": labels}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "app"}, "spec": spec}


def available(cluster: Cluster, namespace: str, name: str) -> None:
    cluster.client().wait(Deployment, name, namespace=namespace, for_conditions=["Available"])


def pods(cluster: Cluster, namespace: str) -> list[Document]:
    everywhere, _ = node_api.list_pods(cluster.client())
    return [pod for pod in everywhere if pod["metadata"]["namespace"] == namespace]


def container(cluster: Cluster, namespace: str) -> Document:
    """Return the status of the first container of the namespace's newest pod, once it has one."""
    here = pods(cluster, namespace)
    here.sort(key=lambda pod: pod["metadata"]["creationTimestamp"])
    return here[-1]["status"].get("containerStatuses", [{}])[0] if here else {}


def waits_for(cluster: Cluster, namespace: str) -> str:
    """Return the reason for which that container waits, if it does."""
    return container(cluster, namespace).get("state", {}).get("waiting", {}).get("reason", "")


def install(cluster: Cluster, namespace: str, *args: str) -> None:
    """Install Velero as its command line says, with additional arguments of the server."""
    flags = ["--dry-run", "-o", "json", "--no-secret", "--no-default-backup-location"]
    flags += ["--use-volume-snapshots=false", "--image", IMAGE, "--plugins", PLUGIN]
    rendered = subprocess.run(
        [cluster.tools.velero, "install", *flags, "--namespace", namespace],
        env=cluster.path_env,
        capture_output=True,
        check=True,
    )
    for item in json.loads(rendered.stdout)["items"]:
        if item["kind"] != "Namespace":
            cluster.client().apply(codecs.from_dict(prepared(item, args)), force=True)


def prepared(item: Document, args: tuple[str, ...]) -> Document:
    item["metadata"].pop("creationTimestamp", None)
    if item["kind"] == "Deployment":
        template = item["spec"]["template"]
        template["metadata"].pop("creationTimestamp", None)
        template["spec"]["initContainers"][0]["name"] = "aws"
        server = template["spec"]["containers"][0]
        server["args"] += args
        server["terminationMessagePolicy"] = "FallbackToLogsOnError"
    return item


def add_location(cluster: Cluster, namespace: str, store: ObjectStore) -> None:
    store.create_bucket(namespace)
    keys = f"[default]\naws_access_key_id={store.access_key}\naws_secret_access_key="
    secret: Document = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}}
    create(cluster, namespace, secret | {"stringData": {"cloud": keys + store.secret_key}})
    storage = {"bucket": namespace}
    if store.ca_pem:
        storage["caCert"] = base64.b64encode(store.ca_pem.encode()).decode()
    spec = {
        "provider": "aws",
        "default": True,
        "config": {"region": "us-east-1", "s3Url": store.endpoint, "s3ForcePathStyle": "true"},
        "credential": {"name": "keys", "key": "cloud"},
        "objectStorage": storage,
    }
    velero = {"apiVersion": "velero.io/v1", "kind": "BackupStorageLocation"}
    create(cluster, namespace, velero | {"metadata": {"name": "default"}, "spec": spec})


def phase(cluster: Cluster, kind: type[GenericNamespacedResource], namespace: str) -> str:
    (found,) = cluster.client().list(kind, namespace=namespace)
    return (document(found).get("status") or {}).get("phase", "")


def document(found: Deployment | DaemonSet | GenericNamespacedResource) -> Document:
    return cast("Document", found.to_dict())


def test_other_images_are_shown_as_ready(cluster: Cluster, namespace: str) -> None:
    for kind in ("Deployment", "DaemonSet"):
        create(cluster, namespace, workload(kind))
    available(cluster, namespace, "app")

    def daemons() -> Document:
        found = cluster.client().get(DaemonSet, "app", namespace=namespace)
        return document(found)["status"]

    until(lambda: daemons()["numberReady"] == 1)
    assert cluster.velero_pids(namespace) == []


def test_a_job_fails_because_nothing_ran_it(cluster: Cluster, namespace: str) -> None:
    create(cluster, namespace, workload("Job"))
    cluster.client().wait(Job, "app", namespace=namespace, for_conditions=["Failed"])


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_velero_backs_up(cluster: Cluster, namespace: str, *, tls: bool) -> None:
    store = cluster.tls_store() if tls else cluster.store
    install(cluster, namespace)
    available(cluster, namespace, "velero")
    add_location(cluster, namespace, store)
    until(lambda: phase(cluster, Location, namespace) == "Available")
    backup: Document = {"apiVersion": "velero.io/v1", "kind": "Backup"}
    spec = {"includedNamespaces": [namespace]}
    create(cluster, namespace, backup | {"metadata": {"name": "first"}, "spec": spec})
    until(lambda: phase(cluster, Backup, namespace) == "Completed")
    assert (store.bucket_path(namespace) / "backups/first/first.tar.gz").exists()


def test_a_bad_argument_is_a_crash_loop(cluster: Cluster, namespace: str) -> None:
    install(cluster, namespace, "--no-such-flag")
    until(lambda: waits_for(cluster, namespace) == "CrashLoopBackOff")
    ended = container(cluster, namespace)["lastState"]["terminated"]
    assert ended["exitCode"] == 1
    assert "unknown flag: --no-such-flag" in ended["message"]


def test_a_killed_server_is_a_restart(cluster: Cluster, namespace: str) -> None:
    install(cluster, namespace)
    available(cluster, namespace, "velero")
    cluster.kubelet.kill_server(namespace)
    until(lambda: container(cluster, namespace)["restartCount"] == 1)
    until(lambda: container(cluster, namespace)["ready"])
    assert container(cluster, namespace)["lastState"]["terminated"]["exitCode"] == 128 + 9


def test_a_rolling_update_has_one_server_at_the_end(cluster: Cluster, namespace: str) -> None:
    install(cluster, namespace)
    available(cluster, namespace, "velero")
    before = cluster.velero_pids(namespace)
    install(cluster, namespace, "--log-level=debug")

    def settled() -> bool:
        found = document(cluster.client().get(Deployment, "velero", namespace=namespace))
        status, generation = found["status"], found["metadata"]["generation"]
        counts = [status.get(f"{name}plicas") for name in ("re", "updatedRe", "availableRe")]
        return status["observedGeneration"] == generation and counts == [1, 1, 1]

    until(settled)
    assert not set(before) & set(cluster.velero_pids(namespace))


def test_deletion_ends_the_processes(cluster: Cluster, namespace: str) -> None:
    install(cluster, namespace)
    available(cluster, namespace, "velero")
    assert cluster.velero_pids(namespace)
    cluster.client().delete(Deployment, "velero", namespace=namespace)
    until(lambda: not cluster.velero_pids(namespace))
    until(lambda: not container(cluster, namespace))


def test_images_fail_and_heal(cluster: Cluster, namespace: str) -> None:
    image = "example/missing:1"
    cluster.kubelet.fail_image(image)
    create(cluster, namespace, workload("Deployment", image))
    until(lambda: waits_for(cluster, namespace) == "ImagePullBackOff")
    cluster.kubelet.heal_image(image)
    available(cluster, namespace, "app")


def test_a_failing_plugin_image_holds_up_the_server(cluster: Cluster, namespace: str) -> None:
    cluster.kubelet.fail_image(PLUGIN, "ErrImagePull")
    install(cluster, namespace)
    until(lambda: waits_for(cluster, namespace) == "PodInitializing")
    (pod,) = pods(cluster, namespace)
    (init,) = pod["status"]["initContainerStatuses"]
    assert init["state"]["waiting"]["reason"] == "ErrImagePull"
    assert cluster.velero_pids(namespace) == []


def test_a_paused_kubelet_leaves_pods_pending(cluster: Cluster, namespace: str) -> None:
    cluster.kubelet.pause()
    create(cluster, namespace, workload("Deployment"))
    until(lambda: any(pods(cluster, namespace)))
    time.sleep(0.3)  # to see that nothing happens, there is no event to wait for
    assert all("nodeName" not in pod["spec"] for pod in pods(cluster, namespace))
    cluster.kubelet.resume()
    available(cluster, namespace, "app")


def test_trust_comes_and_goes(cluster: Cluster) -> None:
    config = KubeConfig.from_file(cluster.kubeconfig_for("untrusted"))
    with Client(config, trust_env=False) as client:
        with pytest.raises(ApiError, match="forbidden"):
            list(client.list(Namespace))
        cluster.set_trusted("untrusted", trusted=True)
        assert list(client.list(Namespace))
        cluster.set_trusted("untrusted", trusted=False)
        with pytest.raises(ApiError, match="forbidden"):
            list(client.list(Namespace))


def test_the_store_goes_down_comes_back_and_changes_keys(cluster: Cluster) -> None:
    store = cluster.store
    store.create_bucket("kept")
    before, first = store.endpoint, store.access_key
    store.rotate("other", store.secret_key)
    store.stop()
    store.start()
    assert (store.endpoint, store.access_key) == (before, "other")
    assert store.bucket_path("kept").is_dir()
    store.rotate(first, store.secret_key)
