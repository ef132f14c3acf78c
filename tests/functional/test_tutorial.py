"""The tutorial, typed from its first command to its last, and seen to print what it shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.cluster.cluster import Cluster
from tests.functional.model import Models
from tests.functional.typist import Typist
from tests.functional.walk import walk
from tests.markdown import ROOT, Page

BUCKET = "team-backups"


@pytest.fixture
def typist(cluster: Cluster, models: Models) -> Iterator[Typist]:
    store = cluster.store
    store.empty_bucket(BUCKET)
    old = (store.access_key, store.secret_key)
    meaning = {
        "https://s3.example.com": store.endpoint,
        "NEW-ACCESS-KEY": "another",
        "NEW-SECRET-KEY": "a-new-secret-key",
        "ACCESS-KEY": store.access_key,
        "SECRET-KEY": store.secret_key,
    }
    typist = Typist(cluster, models, meaning)
    typist.before["juju update-secret"] = lambda: store.rotate("another", "a-new-secret-key")
    typist.before["juju run velero-operator/leader list-backups"] = typist.let_velero_look
    yield typist
    typist.close()
    store.rotate(*old)


def test_the_tutorial_does_what_it_says(typist: Typist) -> None:
    walk(Page(ROOT / "docs/tutorial/index.md"), typist)
