"""The reference pages on objects and permissions, held against what really happens."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.proxy import ApiProxy
from tests.cluster.traffic import Request
from tests.functional.api import CRD, Api
from tests.functional.client import fill, relate
from tests.functional.model import Model
from tests.markdown import ROOT

EVERYTHING = {
    "use_node_agent": True,
    "node_agent_config": '{"loadConcurrency": {"globalConfig": 2}}',
    "repo_maintenance_config": '{"global": {"keepLatestMaintenanceJobs": 1}}',
    "repository_config": '{"cacheLimitMB": 2048}',
}
OURS = "app.kubernetes.io/instance"


def table(page: str) -> list[list[str]]:
    """The cells of the page's first table, without code marks."""
    lines = (ROOT / "docs/reference" / page).read_text().splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in row] for row in rows[2:]]


@pytest.fixture
def full(cluster: Cluster, namespace: str, proxy: ApiProxy) -> Iterator[Model]:
    """A model with all that the charm can make, whose requests are written down."""
    api = Api(cluster, namespace)
    for crd in api.list(CRD):  # what an earlier test has installed
        api.delete(CRD, crd["metadata"]["name"])
    api.until(lambda: not api.list(CRD))
    api.close()
    model = Model(cluster, namespace, kubeconfig=proxy.kubeconfig(cluster.admin_token))
    model.ready()
    model.juju.config(**EVERYTHING)
    relate(model, {"include_namespaces": [namespace], "schedule": "0 2 * * *"})
    assert model.unit() == ("active", "")
    yield model
    model.api.close()


def test_the_objects_are_those_of_the_table(full: Model) -> None:
    listed = [(kind, name) for kind, name, *_ in table("objects.md")]
    made = {
        (kind, name)
        for (kind, name), obj in full.api.everything().items()
        if OURS in obj["metadata"].get("labels", {}) or kind == CRD
    }
    made -= {pair for pair in made if pair[1].endswith("velero-system")}

    def is_listed(kind: str, name: str) -> bool:
        plain = name.replace(full.namespace, "MODEL")
        return any(kind == k and fnmatchcase(plain, pattern) for k, pattern in listed)

    assert [pair for pair in made if not is_listed(*pair)] == []
    kinds = {kind for kind, _ in made}
    # A store that makes snapshots is AWS, Azure or Google; none is here
    assert {kind for kind, _ in listed} - kinds == {"VolumeSnapshotLocation"}


NOT_SEEN = {"get", "patch", "watch"}
"""Verbs that depend on who is faster, and on finalizers that are left on removal."""


def resource(request: Request) -> str:
    """What a request is about, as RBAC names it: resource, perhaps a part of it, and group."""
    found = re.fullmatch(
        r"/(?:api|apis/(?P<group>[^/]+))/v[^/]+(?:/namespaces/[^/]+(?=/))?"
        r"/(?P<plural>[^/]+)(?:/[^/]+(?P<part>/[^/]+)?)?",
        request.path,
    )
    assert found, request.path
    group = f".{found['group']}" if found["group"] else ""
    return f"{found['plural']}{found['part'] or ''}{group}"


def test_the_permissions_are_those_that_a_life_needs(full: Model, proxy: ApiProxy) -> None:
    fill(full.api, full.namespace)
    full.juju.run("create-backup", target="shop:backup")
    full.juju.run("list-clients")
    full.juju.run("diagnose")
    name = full.juju.run("list-backups").results["backups"]["1"]["name"]
    full.juju.run("restore", backup=name)
    full.succeed(f"backup describe {name}")
    full.succeed("schedule create mine --schedule @daily")
    full.succeed("schedule pause mine")
    full.succeed("schedule delete mine")
    full.juju.run("delete-backup", backup=name, confirm=True)
    full.juju.rotate_secret("s3-credentials", secret_key="wrong")
    full.juju.config(use_node_agent=False, node_agent_config=None)
    full.juju.remove()
    used: dict[str, set[str]] = defaultdict(set)
    for request in proxy.requests:
        if re.match(r"/(api|apis/[^/]+)/v[^/]+/", request.path):  # not what the API itself is
            used[resource(request)].add(request.verb)
    documented = {row[0]: set(row[1].split(", ")) for row in table("permissions.md")}
    unlisted = {name: verbs - documented.get(name, set()) for name, verbs in used.items()}
    assert {name: verbs for name, verbs in unlisted.items() if verbs} == {}
    unused = {name: verbs - used[name] - NOT_SEEN for name, verbs in documented.items()}
    # For pods that are not made, for an untrusted charm, for a store that makes snapshots
    assert {name: verbs for name, verbs in unused.items() if verbs} == {
        "events": {"list"},
        "selfsubjectaccessreviews.authorization.k8s.io": {"create"},
        "volumesnapshotlocations.velero.io": {"delete"},
    }
