"""No hook and no action of the whole charm raises, whatever is in the cluster."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cluster import integrators
from tests.cluster.juju import Juju
from tests.cluster.tools import charm_cli
from tests.fuzz.samples import any_object, of_kind
from tests.fuzz.timed import SECONDS, repeat
from tests.fuzz.world import World, world

from charm import VeleroOperatorCharm

NIGHTLY: Final = {"backup": "nightly", "wait": "0s"}
ACTIONS: Final[tuple[tuple[str, dict[str, object]], ...]] = (
    ("list-backups", {}),
    ("list-clients", {}),
    ("delete-backup", {**NIGHTLY, "confirm": True}),
    ("restore", {**NIGHTLY, "allow-partial": True}),
    ("create-backup", {"target": "shop:backup", "wait": "0s"}),
    ("diagnose", {}),
    ("adopt", {}),
    ("apply-held-changes", {}),
)
KINDS: Final = ["Backup", "BackupStorageLocation", "Schedule", "DeleteBackupRequest", "Restore"]


@pytest.fixture(scope="module")
def somewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Juju]]:
    folder = tmp_path_factory.mktemp("world")
    with world(folder) as made, pytest.MonkeyPatch.context() as patched:
        patched.setattr(VeleroOperatorCharm, "patience", 0.1)
        env = {"KUBECONFIG": str(folder / "kubeconfig"), "PATH": str(charm_cli().parent)}
        juju = Juju(env, model="m1")
        juju.deploy()
        store = integrators.s3(access_key="a", secret_key="b", bucket="c", endpoint="http://x")
        juju.integrate("s3-credentials", store)
        yield made, juju


WANTED: Final = st.lists(st.sampled_from(KINDS).flatmap(of_kind), max_size=5)
OTHERS: Final = st.lists(any_object(), max_size=5)


def test_no_hook_and_no_action_raises(somewhere: tuple[World, Juju]) -> None:
    made, juju = somewhere

    @given(wanted=WANTED, others=OTHERS)
    @settings(max_examples=2)
    def fed(wanted: list[Any], others: list[Any]) -> None:
        made.objects = wanted + others
        _everything(juju)

    repeat(fed, 10 * SECONDS)


def _everything(juju: Juju) -> None:
    juju.update_status()
    for error in filter(None, (each.error for each in juju.history)):
        raise error
    for action, params in ACTIONS:
        assert juju.run(action, params).message.isprintable(), action
    assert juju.status.units["velero-operator/0"].message.isprintable()
