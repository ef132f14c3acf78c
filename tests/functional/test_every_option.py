"""Every option changes what it has to in one hook: one rollout at most, and none for nothing.

The options are changed one after the other, each on top of those before, and no new pod is
started meanwhile: what a hook writes does not depend on it. At the end a real server gets them
all, and the next hook writes nothing.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest
import yaml
from tests.cluster.application import Option
from tests.cluster.cluster import Cluster
from tests.cluster.proxy import ApiProxy
from tests.functional.model import Model, Models

from charm import VeleroOperatorCharm

ROOT: Final = Path(__file__).parents[2]
SERVER, AGENT = ("Deployment", "velero"), ("DaemonSet", "node-agent")
BASE: Final[Mapping[str, Option]] = {
    "use-node-agent": True,
    "enable-csi": True,
    "node-agent-config": '{"loadConcurrency": {"globalConfig": 2}}',
}
"""What others need; it is set again after it was changed."""
PRIORITY: Final = "system-cluster-critical"


class Change(NamedTuple):
    """Another value of an option.

    Attributes:
        value: what it is set to.
        rolled: what is rolled out for it.
        writes: how many requests of the hook write anything.
    """

    value: Option
    rolled: tuple[tuple[str, str], ...] = (SERVER,)
    writes: int = 1


BOTH, NONE = (SERVER, AGENT), ()
CHANGES: Final = {
    "velero-image": Change("r.example/velero:v1.18.4", BOTH, 2),
    "velero-aws-plugin-image": Change("r.example/velero-plugin-for-aws:v1.14.4"),
    "velero-azure-plugin-image": Change("r.example/azure:v1.14.4", NONE, 0),
    "velero-gcp-plugin-image": Change("r.example/gcp:v1.14.4", NONE, 0),
    "image-pull-secrets": Change("registry-key", BOTH, 2),
    "log-level": Change("debug"),
    "log-format": Change("json"),
    "default-backup-ttl": Change("30d"),
    "garbage-collection-frequency": Change("2h"),
    "default-repo-maintain-frequency": Change("24h"),
    "pod-volume-operation-timeout": Change("8h"),
    "concurrent-backups": Change(2),
    "item-block-worker-count": Change(3),
    "default-volumes-to-fs-backup": Change(value=True),
    "enable-csi": Change(value=False, rolled=BOTH, writes=2),
    "default-snapshot-move-data": Change(value=True),
    "restore-only": Change(value=True),
    "disable-informer-cache": Change(value=True),
    "extra-server-args": Change("--client-qps=50 --resource-timeout=20m"),
    "use-node-agent": Change(value=False, rolled=(AGENT,), writes=2),
    "privileged-node-agent": Change(value=True, rolled=(AGENT,)),
    "set-pod-security-labels": Change(value=True, rolled=NONE, writes=0),
    "kubelet-root-dir": Change("/var/snap/microk8s/common/var/lib/kubelet", (AGENT,)),
    "server-cpu-request": Change("400m"),
    "server-cpu-limit": Change("2"),
    "server-memory-request": Change("300Mi"),
    "server-memory-limit": Change("3Gi"),
    "node-agent-cpu-request": Change("100m", (AGENT,)),
    "node-agent-cpu-limit": Change("1", (AGENT,)),
    "node-agent-memory-request": Change("200Mi", (AGENT,)),
    "node-agent-memory-limit": Change("1Gi", (AGENT,)),
    "node-selector": Change("disktype=ssd"),
    "tolerations": Change('[{"key": "backup", "operator": "Exists"}]', BOTH, 2),
    "server-priority-class": Change(PRIORITY),
    "node-agent-priority-class": Change(PRIORITY, (AGENT,)),
    "service-account-annotations": Change("example.com/role=velero", NONE, 1),
    "pod-labels": Change("example.com/use=true", BOTH, 2),
    "node-agent-config": Change('{"loadConcurrency": {"globalConfig": 3}}', (AGENT,), 2),
    "repo-maintenance-config": Change('{"global": {"keepLatestMaintenanceJobs": 1}}', writes=2),
    "repository-config": Change('{"cacheLimitMB": 512}', BOTH, 3),
    "k8s-backup-targets-schedule": Change("@daily", NONE, 0),
    "crds-on-remove": Change("keep", NONE, 0),
}


@pytest.fixture(scope="module")
def proxy(cluster: Cluster) -> Iterator[ApiProxy]:
    with ApiProxy(cluster.url, cluster.ca, cluster.admin_token) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def model(models: Models, cluster: Cluster, proxy: ApiProxy) -> Iterator[Model]:
    """An active model, of which no new pod starts any more."""
    kubeconfig = proxy.kubeconfig(cluster.admin_token)
    with models.model("every-option", kubeconfig=kubeconfig) as model:
        model.deploy(BASE)
        model.relate()
        assert model.unit() == ("active", "")
        cluster.kubelet.pause()
        yield model


def templates(model: Model) -> dict[tuple[str, str], object]:
    """What the pods of each workload are made from."""
    found = {key: model.api.find(*key) for key in (SERVER, AGENT)}
    return {key: obj["spec"]["template"] for key, obj in found.items() if obj}


def generations(model: Model) -> dict[tuple[str, str], int]:
    found = {key: model.api.find(*key) for key in (SERVER, AGENT)}
    return {key: obj["metadata"]["generation"] for key, obj in found.items() if obj}


def test_every_option_is_here() -> None:
    declared = yaml.safe_load((ROOT / "config.yaml").read_text())["options"]
    assert CHANGES.keys() == declared.keys()


@pytest.mark.parametrize("option", sorted(CHANGES, key=lambda name: name not in BASE))
def test_an_option_takes_one_hook_and_one_rollout_at_most(
    model: Model, proxy: ApiProxy, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 0.1)
    change = CHANGES[option]
    again = (BASE[option],) if option in BASE else ()
    for value in (change.value, *again):
        before, made_from = generations(model), templates(model)
        proxy.clear()
        model.juju.config(**{option: value})
        assert len(proxy.writes) == change.writes, [str(request) for request in proxy.writes]
        now, after = templates(model), generations(model)
        rolled = {key for key in (SERVER, AGENT) if now.get(key) != made_from.get(key)}
        assert rolled == {*change.rolled}
        stayed = after.keys() & before.keys()
        steps = {key: after[key] - before[key] for key in stayed}
        assert steps == {key: int(key in rolled) for key in stayed}


def test_a_server_takes_all_options_at_once_and_the_next_hook_writes_nothing(
    model: Model, cluster: Cluster, proxy: ApiProxy
) -> None:
    cluster.kubelet.resume()
    before = generations(model)
    given = {option: change.value for option, change in CHANGES.items()}
    model.juju.config(**{**given, **BASE})
    assert model.unit() == ("active", "")
    after = generations(model)
    assert all(after[key] - before[key] <= 1 for key in (SERVER, AGENT))
    proxy.clear()
    model.juju.update_status()
    assert proxy.writes == []
    assert model.unit() == ("active", "")
