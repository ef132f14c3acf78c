"""With everything switched on, a steady hook is as cheap, and drift is still repaired."""

import json
from typing import Final

import pytest
from tests.cluster import integrators
from tests.cluster.application import Option
from tests.cluster.cluster import Cluster
from tests.cluster.proxy import ApiProxy
from tests.functional import client
from tests.functional.api import BINDING
from tests.functional.changes import GCS
from tests.functional.model import Model

REQUESTS: Final = 10
OPTIONS: Final[dict[str, Option]] = {
    "use_node_agent": True,
    "default_volumes_to_fs_backup": True,
    "enable_csi": True,
    "default_snapshot_move_data": True,
    "node_agent_config": json.dumps({"loadConcurrency": {"globalConfig": 2}}),
    "repo_maintenance_config": json.dumps({"global": {"podResources": {"cpuLimit": "1"}}}),
    "repository_config": json.dumps({"cacheLimitMB": 2048}),
}
SCOPE: Final = {"include_namespaces": ["default"], "schedule": "0 2 * * *", "ttl": "72h"}


@pytest.fixture
def full(cluster: Cluster, proxied: Model, proxy: ApiProxy) -> Model:
    """A model with every kind of object that the charm ever makes, and every endpoint in use."""
    model = proxied
    store = cluster.google_store()
    store.create_bucket(model.bucket)
    model.juju.deploy(OPTIONS)
    fields: dict[str, integrators.Field] = {
        "secret_key": store.account(),
        "bucket": model.bucket,
        "endpoint": store.endpoint,
    }
    model.juju.integrate(GCS, integrators.gcs(fields))
    client.relate(model, SCOPE)
    client.relate_targets(model, client.target(SCOPE, app="other"))
    for endpoint in ("metrics-endpoint", "grafana-dashboard"):
        model.juju.integrate(endpoint, integrators.DataBag({}, app=endpoint, endpoint=endpoint))
    assert model.unit() == ("active", "")
    model.juju.update_status()
    proxy.clear()
    return model


@pytest.mark.parametrize("hook", ["update-status", "config-changed"])
def test_a_steady_hook_is_cheap(
    full: Model, proxy: ApiProxy, processes: list[object], sleeps: list[float], hook: str
) -> None:
    assert {kind for kind, _ in full.api.everything()} >= {"ConfigMap", "VolumeSnapshotLocation"}
    sleeps.clear()  # what was looked at before may have been waited for
    {"update-status": full.juju.update_status, "config-changed": full.juju.config}[hook]()
    assert proxy.writes == []
    assert 0 < len(proxy.requests) <= REQUESTS, [str(request) for request in proxy.requests]
    assert processes == []
    assert sleeps == []


def test_what_a_sparing_hook_leaves_out_is_only_one_kind_and_an_upgrade_sees_all(
    full: Model, proxy: ApiProxy
) -> None:
    gone = {("Service", "velero-metrics"), (BINDING, f"velero-{full.namespace}")}
    assert gone <= full.api.everything().keys()
    for kind, name in gone:
        full.api.delete(kind, name)
    full.juju.update_status()
    assert len(gone & full.api.everything().keys()) == 1
    full.juju.refresh()
    assert gone <= full.api.everything().keys()
    assert full.unit() == ("active", "")
    proxy.clear()
    full.juju.update_status()
    assert proxy.writes == []
