"""The changes that hooks make, each of which can be made again and again in one model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.cluster import integrators
from tests.cluster.lifecycle import JUJU_3, JUJU_4, Lifecycle
from tests.functional.api import CRD, Object
from tests.functional.model import S3, Model

GCS: Final = "gcs-credentials"
KEYS: Final = ("the-first-secret-key", "the-second-secret-key")
OTHER_IMAGE: Final = "velero/velero:v1.18.2"
OLDER: Final = "v1.18.0"

Step = Callable[[Model], object]


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        name: what a person calls it.
        event: the hook that makes it.
        begin: goes back, undisturbed, to how it was before; also the first time.
        make: lets the hook come, once.
    """

    name: str
    event: str
    begin: Step
    make: Step

    def __str__(self) -> str:
        return self.name


def _deployed(model: Model) -> None:
    if model.juju.history[-1:] and model.juju.status.units:
        return
    model.deploy()


def _ready(model: Model) -> None:
    _deployed(model)
    if not model.juju.integrations:
        model.relate()


def _removed(model: Model) -> None:
    """Neither the application nor anything that it could have left."""
    if model.juju.status.units:
        model.juju.remove()
    for kind, name in model.api.everything():
        model.api.delete(kind, name)
    model.api.until(lambda: not model.api.names())


def _with_older_definitions(model: Model) -> None:
    """As an older charm leaves it: the image is another, and some definitions are older."""
    _ready(model)
    model.juju.config(velero_image=None)
    old: Object = {"metadata": {"annotations": {"velero-operator/version": OLDER}}}
    for name in ("backups.velero.io", "schedules.velero.io"):
        model.api.patch(CRD, name, old)


def _without_storage(model: Model) -> None:
    _deployed(model)
    for each in [*model.juju.integrations]:
        model.juju.break_relation(each)


def _on_s3_with_google_waiting(model: Model) -> None:
    """Two storages, of which the first is in use."""
    _ready(model)
    google = [each for each in model.juju.integrations if each.endpoint == GCS]
    if google:
        model.relate()
        model.juju.break_relation(google[0])
    store = model.cluster.google_store()
    store.create_bucket(model.bucket)
    fields: dict[str, integrators.Field] = {
        "secret_key": store.account(),
        "bucket": model.bucket,
        "endpoint": store.endpoint,
    }
    model.juju.integrate(GCS, integrators.gcs(fields))


def _keys(number: int) -> Step:
    def rotate(model: Model) -> None:
        _ready(model)
        model.cluster.store.rotate(model.cluster.store.access_key, KEYS[number])
        model.juju.rotate_secret(S3, secret_key=KEYS[number])

    return rotate


def _node_agent(*, on: bool) -> Step:
    def switch(model: Model) -> None:
        _ready(model)
        model.juju.config(use_node_agent=on)

    return switch


def _used(model: Model) -> None:
    """With storage, and a Restore whose finalizer nobody answers once the server is gone."""
    _removed(model)
    _ready(model)
    finalizers = ["restores.velero.io/external-resources-finalizer"]
    model.api.create(
        "Restore",
        {
            "metadata": {"name": "r1", "finalizers": finalizers},
            "spec": {"backupName": "b1"},
            "status": {"phase": "Completed"},
        },
    )


def _used_without_storage(model: Model) -> None:
    _used(model)
    _without_storage(model)


def _leaves(lifecycle: Lifecycle) -> Step:
    def leave(model: Model) -> None:
        model.juju.lifecycle = lifecycle
        model.juju.remove()

    return leave


INSTALL: Final = Change("install", "install", _removed, Model.deploy)
STORAGE: Final = Change(
    "first S3 relation", f"{S3}-relation-changed", _without_storage, Model.relate
)
STEADY: Final = Change(
    "update-status, steady", "update-status", _ready, lambda model: model.juju.update_status()
)
UNCHANGED: Final = Change(
    "config-changed, nothing changed", "config-changed", _ready, lambda model: model.juju.config()
)
AGENT_ON: Final = Change(
    "node agent on", "config-changed", _node_agent(on=False), _node_agent(on=True)
)
AGENT_OFF: Final = Change(
    "node agent off", "config-changed", _node_agent(on=True), _node_agent(on=False)
)
ROTATION: Final = Change("rotation of the keys", "secret-changed", _keys(0), _keys(1))
REFRESH: Final = Change(
    "refresh, another Velero",
    "upgrade-charm",
    _with_older_definitions,
    lambda model: model.juju.refresh({"velero-image": OTHER_IMAGE}),
)
BROKEN: Final = Change(
    "storage broken", f"{S3}-relation-broken", _ready, lambda model: model.juju.break_relation(S3)
)
PROVIDER: Final = Change(
    "from S3 to Google",
    f"{S3}-relation-broken",
    _on_s3_with_google_waiting,
    lambda model: model.juju.break_relation(S3),
)
REMOVE: Final = Change("remove, Juju 4", f"{S3}-relation-departed", _used, _leaves(JUJU_4))
REMOVE_3: Final = Change("remove, Juju 3.6", f"{S3}-relation-departed", _used, _leaves(JUJU_3))
REMOVE_BARE: Final = Change(
    "remove, Juju 3.6, nothing integrated", "stop", _used_without_storage, _leaves(JUJU_3)
)
REMOVALS: Final = (REMOVE, REMOVE_3, REMOVE_BARE)

CHANGES: Final = (
    INSTALL,
    STORAGE,
    STEADY,
    UNCHANGED,
    AGENT_ON,
    AGENT_OFF,
    ROTATION,
    REFRESH,
    PROVIDER,
    BROKEN,
    *REMOVALS,
)
"""All of them, in the order of an application's life."""
