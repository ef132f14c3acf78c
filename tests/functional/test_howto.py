"""The how-to guides and the README: every command typed, where the page supposes one to be."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from tests.cluster.certificates import Certificate
from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import Namespaces
from tests.cluster.object_store import ObjectStore
from tests.functional import installed
from tests.functional.api import Api
from tests.functional.client import bag, fill, target
from tests.functional.model import Models
from tests.functional.typist import Typist
from tests.functional.walk import walk
from tests.markdown import ROOT, Page

BUCKETS: Final = ("team-backups", "new-backups")
INSTALLED: Final = ("juju add-model platform", "juju deploy velero-operator --trust")
READY: Final = (
    *INSTALLED,
    "juju deploy s3-integrator --channel 2/edge",
    "juju config s3-integrator bucket=team-backups endpoint=https://s3.example.com",
    "id=$(juju add-secret s3-keys access-key=ACCESS-KEY secret-key=SECRET-KEY)",
    "juju grant-secret s3-keys s3-integrator",
    "juju config s3-integrator credentials=$id",
    "juju integrate velero-operator s3-integrator",
)
RUN: Final = "juju run velero-operator/leader"
BACKED_UP: Final = (
    *READY,
    f'{RUN} run command="backup create monday --include-namespaces shop --wait"',
)
"""What was typed before a page begins."""

CLIENTS: Final = {
    "shop": bag(
        {"include_namespaces": ["shop"], "schedule": "0 2 * * *", "ttl": "30d"}, model="platform"
    ),
    "db": {
        "backup_targets": json.dumps([target({"include_namespaces": ["db"]}, "db", "platform")])
    },
}
"""What the client charms write."""

OBSERVERS: Final = ("prometheus", "grafana", "tempo", "self-signed-certificates")
"""Charms that have nothing to say before they are told."""

New: TypeAlias = Callable[..., Typist]


@pytest.fixture
def shop(cluster: Cluster, namespaces: Namespaces) -> Iterator[None]:
    """An application to back up."""
    namespaces.create("shop")
    api = Api(cluster, "shop")
    fill(api, "shop")
    yield
    for name in ("shop", "shop-copy"):
        if api.find("Namespace", name):
            namespaces.delete(name)
    api.close()


@pytest.fixture
def new(cluster: Cluster, models: Models, shop: None) -> Iterator[New]:  # noqa: ARG001 # as its comment
    """Make a person at the keyboard of a store that is as it was at the end."""
    made: list[Typist] = []
    old = (cluster.store.access_key, cluster.store.secret_key)

    def typist(store: ObjectStore) -> Typist:
        for bucket in BUCKETS:
            store.empty_bucket(bucket)
        meaning = {
            "https://s3.example.com": store.endpoint,
            "NEW-ACCESS-KEY": "another",
            "NEW-SECRET-KEY": "a-new-secret-key",
            "ACCESS-KEY": store.access_key,
            "SECRET-KEY": store.secret_key,
        }
        silent = {each: dict[str, str]() for each in OBSERVERS}
        made.append(Typist(cluster, models, meaning, {**CLIENTS, **silent}))
        return made[0]

    yield typist
    made[0].close()
    if (cluster.store.access_key, cluster.store.secret_key) != old:
        cluster.store.rotate(*old)


def follow(page: str, typist: Typist, *given: str) -> None:
    for command in given:
        typist.type(command)
    walk(Page(ROOT / f"docs/how-to/{page}.md"), typist)


def test_the_readme(cluster: Cluster, new: New) -> None:
    typist = new(cluster.store)
    typist.type("juju add-model platform")
    page = Page(ROOT / "README.md")
    (commands,) = (block.commands for block in page.shells if "juju deploy" in block.lines[0])
    said = [typist.type(command) for command in commands]
    assert "phase: Completed" in said[-2]
    assert "phase: Completed" in said[-1]


def test_s3_private_ca(cluster: Cluster, new: New) -> None:
    store = cluster.tls_store()
    typist = new(store)
    typist.files["chain.pem"] = store.ca_pem
    typist.files["another.pem"] = Certificate.authority("Somebody else's").pem
    follow("s3-private-ca", typist, *INSTALLED)


def test_azure(cluster: Cluster, new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    typist = new(cluster.store)
    typist.meaning["ACCOUNT-KEY"] = base64.b64encode(b"not a real key").decode()
    for command in INSTALLED:
        typist.type(command)
    # No new Velero: its plugin is not there, and nothing is to be asked of Azure
    cluster.kubelet.pause()
    monkeypatch.setattr("charm.VeleroOperatorCharm.patience", 0.5)
    follow("azure", typist)


def test_google(cluster: Cluster, new: New) -> None:
    store = cluster.google_store()
    store.create_bucket(BUCKETS[0])
    typist = new(cluster.store)
    typist.more["gcs-integrator"] = {"endpoint": store.endpoint}
    typist.files["key.json"] = store.account()
    typist.files["another.json"] = json.dumps({"type": "authorized_user"})
    follow("google", typist, *INSTALLED)


def test_schedules(cluster: Cluster, new: New) -> None:
    follow("schedules", new(cluster.store), *READY)


def test_rotate_credentials(cluster: Cluster, new: New) -> None:
    typist = new(cluster.store)
    rotated = "juju update-secret s3-keys access-key=NEW-ACCESS-KEY secret-key=NEW"
    typist.before[rotated] = lambda: cluster.store.rotate("another", "a-new-secret-key")
    follow("rotate-credentials", typist, *READY)


def test_move_to_another_bucket(cluster: Cluster, new: New) -> None:
    follow("move-to-another-bucket", new(cluster.store), *BACKED_UP)


def test_restore_into_another_cluster(cluster: Cluster, new: New) -> None:
    typist = new(cluster.store)
    # One cluster has to be both, so the first Velero is lost in between
    lost = "juju remove-application velero-operator"
    typist.before["juju add-model recovery"] = lambda: typist.type(lost)
    typist.before[f"{RUN} list-backups"] = typist.let_velero_look
    follow("restore-into-another-cluster", typist, *BACKED_UP)
    used = typist.model.api.get("Secret", "velero-repo-credentials")["data"]
    assert base64.b64decode(used["repository-password"]).decode() == typist.files["password"]
    assert typist.model.unit() == ("active", "")


def test_upgrade(cluster: Cluster, new: New) -> None:
    follow("upgrade", new(cluster.store), *READY)


def test_adopt(cluster: Cluster, new: New, tmp_path: Path) -> None:
    typist = new(cluster.store)
    typist.type("juju add-model platform")
    typist.model.bucket = BUCKETS[0]
    installed.install(typist.model, tmp_path)
    installed.back_up(typist.model, "monday")
    follow("adopt", typist)
    assert typist.model.api.get("ConfigMap", "shop")["data"] == installed.SHOP["data"]


def test_remove(cluster: Cluster, new: New) -> None:
    typist = new(cluster.store)
    typist.before[f"{RUN} list-backups"] = typist.let_velero_look
    follow("remove", typist, *BACKED_UP)


def test_volumes(cluster: Cluster, new: New) -> None:
    follow("volumes", new(cluster.store), *READY)


def test_diagnose(cluster: Cluster, new: New) -> None:
    follow("diagnose", new(cluster.store), *READY)


# The tracing that comes with ops reads its pydantic models in an old way
@pytest.mark.filterwarnings("ignore:Accessing the 'model_fields':DeprecationWarning")
def test_monitor(cluster: Cluster, new: New) -> None:
    typist = new(cluster.store)
    deployed = [f"juju deploy {each}" for each in OBSERVERS]
    client = ("juju deploy shop", "juju integrate velero-operator:velero-backups shop:backup")
    follow("monitor", typist, *READY, *deployed, *client)
    told = {each.endpoint: each.app_data for each in typist.model.juju.integrations}
    assert "scrape_jobs" in told["metrics-endpoint"]
    assert "dashboards" in told["grafana-dashboard"]
    assert "receivers" in told["charm-tracing"]
    assert typist.model.unit() == ("active", "")
