"""Logs of containers, by way of the API server and the node."""

import pytest
from tests.cluster.cluster import Cluster as LocalCluster
from tests.functional.model import Model

from velero.errors import NotFound, Rejected, Unreachable
from velero.kubernetes.cluster import Cluster


@pytest.fixture
def cluster_of_ours(
    cluster: LocalCluster, model: Model, monkeypatch: pytest.MonkeyPatch
) -> Cluster:
    model.deploy()
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    return Cluster(model.namespace)


def test_the_last_lines_of_a_log_are_read(model: Model, cluster_of_ours: Cluster) -> None:
    [pod] = [pod["metadata"]["name"] for pod in model.api.list("Pod")]
    whole = cluster_of_ours.log(pod, "velero", 1000).splitlines()
    assert any("setting log-level to INFO" in line for line in whole)
    assert len(cluster_of_ours.log(pod, "velero", 3).splitlines()) == 3 < len(whole)
    with pytest.raises(Rejected, match="previous terminated container"):
        cluster_of_ours.log(pod, "velero", 10, previous=True)
    with pytest.raises(NotFound, match='pods "nobody" not found'):
        cluster_of_ours.log("nobody", "velero", 10)


def test_after_a_crash_there_are_the_logs_of_both_runs(
    model: Model, cluster_of_ours: Cluster
) -> None:
    [pod] = [pod["metadata"]["name"] for pod in model.api.list("Pod")]
    first = cluster_of_ours.log(pod, "velero", 1000)
    model.cluster.kubelet.kill_server(model.namespace)
    status = model.api.get
    model.api.until(
        lambda: (
            status("Pod", pod)["status"]["containerStatuses"][0]["restartCount"] == 1
            and status("Pod", pod)["status"]["containerStatuses"][0]["ready"]
        )
    )
    before = cluster_of_ours.log(pod, "velero", 10_000, previous=True)
    assert before.startswith(first[:200])
    now = cluster_of_ours.log(pod, "velero", 10_000)
    assert now.splitlines()[0] != before.splitlines()[0]


def test_a_node_that_cannot_be_reached_is_said_to_be(
    model: Model, cluster_of_ours: Cluster
) -> None:
    [pod] = [pod["metadata"]["name"] for pod in model.api.list("Pod")]
    model.cluster.kubelet.cut_off()
    with pytest.raises(Unreachable, match=f"Could not read the log of {pod}: .*EOF"):
        cluster_of_ours.log(pod, "velero", 10)
