"""Changes of the configuration on a real Velero: one rollout at most, and none for nothing."""

import pytest
from tests.functional.api import CRD, Object
from tests.functional.model import Model

from charm import VeleroOperatorCharm

NODE_AGENT = ("DaemonSet", "node-agent")


def container(workload: Object) -> Object:
    return workload["spec"]["template"]["spec"]["containers"][0]


def names(model: Model, kind: str) -> set[str]:
    return {obj["metadata"]["name"] for obj in model.api.list(kind)}


def crashes(model: Model) -> int:
    statuses = [pod.get("status", {}) for pod in model.api.list("Pod")]
    counts = [c["restartCount"] for each in statuses for c in each.get("containerStatuses", ())]
    return max(counts, default=0)


def test_several_options_at_once_are_one_rollout_and_the_server_takes_them(model: Model) -> None:
    model.ready()
    before = model.generation()
    model.juju.config(
        log_level="debug",
        default_backup_ttl="30d",
        concurrent_backups=2,
        server_memory_limit="3Gi",
        tolerations='[{"key": "backup", "operator": "Exists"}]',
        extra_server_args="--client-qps=50",
        repository_config='{"cacheLimitMB": 512}',
        repo_maintenance_config='{"global": {"keepLatestMaintenanceJobs": 1}}',
    )
    assert model.unit() == ("active", "")
    assert model.generation() == before + 1
    server = container(model.api.get("Deployment", "velero"))
    assert {"--log-level=debug", "--default-backup-ttl=720h", "--client-qps=50"} <= {
        *server["args"]
    }
    assert server["resources"]["limits"] == {"memory": "3Gi"}
    assert {"velero-repository", "velero-repo-maintenance"} <= names(model, "ConfigMap")
    model.juju.update_status()
    model.juju.config()
    assert model.generation() == before + 1


def test_a_document_that_the_server_reads_anew_restarts_nothing(model: Model) -> None:
    model.ready()
    model.juju.config(repo_maintenance_config='{"global": {"keepLatestMaintenanceJobs": 1}}')
    server = model.server()
    model.juju.config(repo_maintenance_config='{"global": {"keepLatestMaintenanceJobs": 2}}')
    assert model.server() == server
    data = model.api.get("ConfigMap", "velero-repo-maintenance")["data"]
    assert data == {"global": '{"keepLatestMaintenanceJobs": 2}'}
    model.juju.config(repo_maintenance_config=None)
    assert "velero-repo-maintenance" not in names(model, "ConfigMap")


def test_a_document_that_says_nothing_is_none_and_the_server_stays(model: Model) -> None:
    model.ready()
    server, before = model.server(), model.generation()
    model.juju.config(repo_maintenance_config="{}", repository_config="{}")
    assert model.unit() == ("active", "")
    assert (model.server(), model.generation()) == (server, before)
    assert not {"velero-repository", "velero-repo-maintenance"} & names(model, "ConfigMap")


def test_velero_reads_pairs_as_a_person_means_them(model: Model) -> None:
    model.deploy(
        {
            "service-account-annotations": 'a.example/x=1, "b.example/Y=2, 3"',
            "pod-labels": "c.example/z=4, d=",
        }
    )
    account = model.api.get("ServiceAccount", "velero")["metadata"]["annotations"]
    assert (account["a.example/x"], account["b.example/Y"]) == ("1", "2, 3")
    pod = model.api.get("Deployment", "velero")["spec"]["template"]["metadata"]
    assert (pod["labels"]["c.example/z"], pod["labels"]["d"]) == ("4", "")


def test_the_node_agents_document_restarts_the_node_agent(model: Model) -> None:
    model.ready()
    model.juju.config(use_node_agent=True)
    before = model.api.get(*NODE_AGENT)["metadata"]["generation"]
    model.juju.config(node_agent_config='{"loadConcurrency": {"globalConfig": 2}}')
    model.juju.config(node_agent_config='{"loadConcurrency": {"globalConfig": 3}}')
    agent = model.api.get(*NODE_AGENT)
    assert agent["metadata"]["generation"] == before + 2
    assert "--node-agent-configmap=velero-node-agent" in container(agent)["args"]


def test_the_repositorys_document_restarts_the_server_only_where_it_comes_or_goes(
    model: Model,
) -> None:
    def generations() -> tuple[int, int]:
        return model.generation(), model.api.get(*NODE_AGENT)["metadata"]["generation"]

    model.ready()
    model.juju.config(use_node_agent=True)
    server, agent = generations()
    model.juju.config(repository_config='{"cacheLimitMB": 512}')
    assert generations() == (server + 1, agent + 1)
    argument = "--backup-repository-configmap=velero-repository"
    assert argument in container(model.api.get(*NODE_AGENT))["args"]
    model.juju.config(repository_config='{"cacheLimitMB": 1024}')
    assert generations() == (server + 1, agent + 2)
    model.juju.config(repository_config=None)
    assert generations() == (server + 2, agent + 3)
    model.juju.config(repo_maintenance_config='{"global": {"keepLatestMaintenanceJobs": 1}}')
    assert generations() == (server + 3, agent + 3), "what the server alone reads"


def test_a_value_that_the_server_does_not_take_shows_the_servers_own_words(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.ready()
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 3.0)
    model.juju.config(extra_server_args="--client-qps=many")
    assert model.unit()[0] == "waiting", "it may still come up"
    model.api.until(lambda: crashes(model) >= 3)
    model.juju.update_status()
    status, message = model.unit()
    assert status == "blocked"
    assert "client-qps" in message
    model.juju.config(extra_server_args=None)
    model.api.until(lambda: is_active(model))


def test_a_plugin_that_cannot_be_pulled_is_named_and_the_former_one_heals(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.ready()
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 3.0)
    bad = "r.example/velero-plugin-for-aws:v1.14.99"
    model.cluster.kubelet.fail_image(bad)
    model.juju.config(velero_aws_plugin_image=bad)
    said = f'Velero server is not ready: ImagePullBackOff: Back-off pulling image "{bad}"'
    assert model.unit() == ("waiting", said)
    model.juju.config(velero_aws_plugin_image=None)
    model.api.until(lambda: is_active(model))


def is_active(model: Model) -> bool:
    model.juju.update_status()
    return model.unit() == ("active", "")


def test_juju_keeps_the_repositories_password_and_a_lost_one_comes_back(model: Model) -> None:
    model.ready()
    before = model.api.get("Secret", "velero-repo-credentials")["data"]
    model.api.delete("Secret", "velero-repo-credentials")
    model.juju.update_status()
    assert model.api.get("Secret", "velero-repo-credentials")["data"] == before
    assert model.unit() == ("active", "")


def test_another_password_is_reported_and_never_overwritten(model: Model) -> None:
    model.ready()
    other = {"data": {"repository-password": "b3RoZXI="}}
    model.api.patch("Secret", "velero-repo-credentials", other)
    model.juju.update_status()
    status, message = model.unit()
    assert status == "blocked"
    assert "velero-repo-credentials is not the password that Juju keeps" in message
    kept = model.api.get("Secret", "velero-repo-credentials")["data"]
    assert kept == other["data"]


def test_definitions_of_a_newer_velero_stay(model: Model) -> None:
    model.deploy()
    crd = "backups.velero.io"
    newer = {"metadata": {"annotations": {"velero-operator/version": "v9.0.0"}}}
    model.api.patch(CRD, crd, newer)
    before = model.api.get(CRD, crd)["metadata"]["resourceVersion"]
    model.juju.update_status()
    assert model.api.get(CRD, crd)["metadata"]["resourceVersion"] == before
    model.api.delete(CRD, crd)


def test_what_is_held_can_be_forced_and_nothing_is_said_of_nothing(model: Model) -> None:
    model.ready()
    result = model.juju.run("apply-held-changes")
    assert result.results == {"applied": "nothing was held"}
    stuck: Object = {
        "apiVersion": "velero.io/v2alpha1",
        "kind": "DataUpload",
        "metadata": {"name": "stuck", "namespace": model.namespace},
        "spec": {
            "snapshotType": "CSI",
            "sourceNamespace": "x",
            "operationTimeout": "10m",
            "backupStorageLocation": "default",
            "sourcePVC": "x",
        },
        "status": {"phase": "InProgress", "node": "elsewhere"},
    }
    model.api.create("DataUpload", stuck)
    before = model.generation()
    model.juju.config(log_level="debug")
    status, message = model.unit()
    assert (status, model.generation()) == ("waiting", before)
    assert message == "A change of the Velero server waits for DataUpload stuck"
    result = model.juju.run("apply-held-changes")
    assert not result.failed
    assert any("DataUpload stuck" in line for line in result.log)
    assert model.generation() == before + 1


def test_the_model_s_proxy_reaches_the_pods_and_goes_with_the_setting(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def variables(kind: str, name: str) -> dict[str, str]:
        listed = container(model.api.get(kind, name))["env"]
        return {each["name"]: each.get("value", "") for each in listed}

    model.deploy({"use_node_agent": True})
    workloads = (("Deployment", "velero"), NODE_AGENT)
    proxy = "http://proxy.example:3128"
    # So Juju hands `juju model-config juju-https-proxy=…` to a charm
    monkeypatch.setenv("JUJU_CHARM_HTTPS_PROXY", proxy)
    monkeypatch.setenv("JUJU_CHARM_NO_PROXY", "10.0.0.0/8")
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 0.2)
    model.juju.config()
    for workload in workloads:
        given = variables(*workload)
        assert given["HTTPS_PROXY"] == proxy
        assert {"10.0.0.0/8", ".svc"} <= set(given["NO_PROXY"].split(","))
    monkeypatch.delenv("JUJU_CHARM_HTTPS_PROXY")
    monkeypatch.delenv("JUJU_CHARM_NO_PROXY")
    model.juju.config()
    for workload in workloads:
        assert not {"HTTPS_PROXY", "NO_PROXY"} & variables(*workload).keys()
