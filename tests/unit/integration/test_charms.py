"""The charms that the integration tests relate: what they write is what our charm reads."""

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ops
import pytest
import yaml
from ops import testing
from tests.cluster.integrators import quiet_library

from charms.velero_libs.v0.k8s_backup_target import K8sBackupTargetRequirer
from charms.velero_libs.v0.velero_backup_config import BackupClient, VeleroBackupRequirer

CHARMS = Path(__file__).parents[2] / "integration" / "charms"
PAIR = {"access-key": "ak", "secret-key": "sk"}


def context(name: str) -> testing.Context[ops.CharmBase]:
    spec = importlib.util.spec_from_file_location(f"{name}-charm", CHARMS / name / "src/charm.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (charm,) = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, ops.CharmBase) and each is not ops.CharmBase
    ]
    meta: dict[str, Any] = yaml.safe_load((CHARMS / name / "charmcraft.yaml").read_text())
    return testing.Context(charm, meta=meta)


def provided(
    endpoint: str, asked: Mapping[str, str], fields: Mapping[str, str]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The databag, and the secret's content, that an asker sees."""
    keys = testing.Secret(PAIR)
    relation = testing.Relation(endpoint, remote_app_data=dict(asked))
    config: dict[str, str | int | float | bool] = {
        "fields": json.dumps(dict(fields)),
        "credentials": keys.id,
    }
    state = testing.State(leader=True, relations={relation}, secrets={keys}, config=config)
    with quiet_library():
        made = context("storage-provider")
        out = made.run(made.on.relation_changed(relation, remote_unit=0), state)
    bag = out.get_relation(relation.id).local_app_data
    (secret,) = [each for each in out.secrets if each.id == bag["secret-extra"]]
    return bag, secret.latest_content or {}


@pytest.mark.parametrize(
    ("endpoint", "secret"),
    [("s3", ["access-key", "secret-key"]), ("azure", ["secret-key"]), ("gcs", ["secret-key"])],
)
def test_a_provider_publishes_fields_in_clear_and_credentials_as_a_secret(
    endpoint: str, secret: list[str]
) -> None:
    wanted = json.dumps(secret)
    asked = {"version": "1", "requested-secrets": wanted, "bucket": "", "container": ""}
    bag, content = provided(endpoint, asked, {"bucket": "b", "endpoint": "http://s"})
    assert bag["bucket"] == "b"
    assert bag["endpoint"] == "http://s"
    assert content.items() >= {key: PAIR[key] for key in secret}.items()
    assert not PAIR.keys() & {key for key in bag if key in secret}


def test_a_principal_is_answered_as_azure_auth_integrator_does() -> None:
    asked = {"requested-secrets": '["access-key"]'}
    bag, content = provided("principal", asked, {"tenant-id": "t"})
    assert bag["tenant-id"] == "t"
    assert content == {"access-key": "ak"}
    assert "access-key" not in bag


class Reader(ops.CharmBase):
    """Our charm's side of both interfaces."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.readers = {
            "backup": VeleroBackupRequirer(self, "backup"),
            "target": K8sBackupTargetRequirer(self, "target"),
        }


@pytest.mark.parametrize("endpoint", ["backup", "target"])
def test_a_clients_wish_is_read_by_our_side(endpoint: str) -> None:
    wish = {"ttl": "72h", "schedule": "@daily"}
    relation = testing.Relation(endpoint)
    model = testing.Model(name="shop")
    made = context("backup-client")
    state = testing.State(
        leader=True, relations={relation}, model=model, config={"spec": json.dumps(wish)}
    )
    out = made.run(made.on.relation_created(relation), state)
    bag = out.get_relation(relation.id).local_app_data
    interfaces = {"backup": "velero_backup_config", "target": "k8s_backup_target"}
    requires = {name: {"interface": interface} for name, interface in interfaces.items()}
    reader = testing.Context(Reader, meta={"name": "reader", "requires": requires})
    seen = testing.Relation(endpoint, remote_app_data=dict(bag))
    with reader(reader.on.update_status(), testing.State(relations={seen})) as manager:
        (client,) = manager.charm.readers[endpoint].clients()
    assert isinstance(client, BackupClient)
    assert client.app == "backup-client"
    assert client.model == "shop"
    assert client.spec.include_namespaces == ["shop"]
    assert client.spec.ttl == "72h"
