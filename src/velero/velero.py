"""The façade that the charm and its actions hold: observe, reconcile, remove."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from typing import Final

from velero import manifests, removal, status
from velero import resources as k8s
from velero.cli import Cli
from velero.cluster import Cluster
from velero.desired import LOCATION_NAME, CrdsOnRemove, Desired, Storage
from velero.difference import differs
from velero.observed import BUSY_PHASES, Key, Observed, is_rolled_out, is_validated
from velero.resources import Kind, Object

logger = logging.getLogger(__name__)

_LISTED: Final = (
    k8s.SERVICE_ACCOUNT,
    k8s.DEPLOYMENT,
    k8s.SERVICE,
    k8s.SECRET,
    k8s.LOCATION,
)
"""Kinds of ours in the model's namespace, CRDs aside: one request each."""

Live = dict[Key, Object]


class Velero:
    """One Velero in one namespace.

    Args:
        cluster: the Kubernetes API, in the model's namespace.
        cli: the velero CLI.
        patience: how many seconds to watch what was changed come up, at the most.
    """

    def __init__(self, cluster: Cluster, cli: Cli, patience: float = 60.0) -> None:
        self.cluster = cluster
        self.cli = cli
        self.patience = patience

    def observe(self, desired: Desired) -> Observed:
        """What is there now of all that we answer for.

        Raises:
            ClusterError: the API server cannot be asked.
        """
        if not self.cluster.may_everything():
            return Observed(trusted=False)
        return self._look(self._live(desired))

    def reconcile(self, desired: Desired, may_write: Callable[[], bool]) -> Observed:
        """Make the cluster what is desired, writing only what differs.

        Args:
            desired: what to work towards.
            may_write: asked again before what comes after a wait, as leadership may have gone.

        Returns:
            what is there afterwards; unchanged where it is someone else's or untrusted.

        Raises:
            VeleroError: it stopped half-way; the next call goes on from there.
        """
        observed = self.observe(desired)
        if status.trust_missing(desired, observed):
            return observed
        live = dict(observed.objects)
        rendered = manifests.install(desired, self.cli, self._plugins(desired, observed))
        self._look_for_foreign([*rendered, *_location(desired)], live)
        if status.foreign_installation(desired, Observed(objects=live)):
            return Observed(objects=live)
        held = self._held(desired, rendered, live)
        self._install(desired, rendered, live, hold=bool(held))
        if may_write() and not desired.keep_storage:
            self._storage(desired, live, hold=bool(held))
        return self._look(live, held)

    def remove(self, desired: Desired, crds: CrdsOnRemove) -> list[str]:
        """Take everything of ours out of the cluster, in order and within bounds.

        Returns:
            what was kept, why, and how to finish by hand: one sentence each.
        """
        return removal.Removal(self.cluster, desired, crds).run()

    def _live(self, desired: Desired) -> Live:
        ours = {k8s.INSTANCE: desired.instance}
        found = self.cluster.list(k8s.CRD, k8s.COMPONENT)
        for kind in (k8s.CLUSTER_ROLE_BINDING, *_LISTED):
            found += self.cluster.list(kind, ours)
        return {(obj["kind"], k8s.name_of(obj)): obj for obj in found}

    def _look(self, live: Live, held: str = "") -> Observed:
        deployment = live.get((k8s.DEPLOYMENT.name, "velero"))
        if deployment is None or is_rolled_out(deployment):
            return Observed(objects=live, held=held)
        pods = self.cluster.list(k8s.POD, {"deploy": "velero"})
        return Observed(objects=live, pods=tuple(pods), held=held)

    def _look_for_foreign(self, rendered: list[Object], live: Live) -> None:
        """Before something is made for the first time, see whether it is there unlabelled."""
        for obj in rendered:
            kind, name = k8s.kind_of(obj), k8s.name_of(obj)
            if kind != k8s.CRD and (kind.name, name) not in live:
                found = self.cluster.get(kind, name)
                live |= {(kind.name, name): found} if found else {}

    def _plugins(self, desired: Desired, observed: Observed) -> list[Object]:
        if desired.storage:
            return [manifests.plugin_container(desired.storage)]
        if not desired.keep_storage or observed.deployment is None:
            return []
        pod = observed.deployment["spec"]["template"]["spec"]
        return [
            {key: c[key] for key in ("name", "image", "imagePullPolicy", "volumeMounts")}
            for c in pod.get("initContainers", [])
        ]

    def _held(self, desired: Desired, rendered: list[Object], live: Live) -> str:
        """What has to wait, in words; asks what is in progress only if something would."""
        waits: list[str] = []
        server = next(obj for obj in rendered if obj["kind"] == k8s.DEPLOYMENT.name)
        seen = Observed(objects=live)
        if seen.deployment and differs(server, seen.deployment):
            waits.append("A change of the Velero server")
        if seen.location and not (desired.storage or desired.keep_storage):
            waits.append(f"{'the' if waits else 'The'} removal of the storage location")
        busy = self._in_progress() if waits else ""
        return f"{' and '.join(waits)} waits for {busy}" if busy else ""

    def _in_progress(self) -> str:
        objects = self.cluster.list(k8s.BACKUP) + self.cluster.list(k8s.RESTORE)
        busy = (o for o in objects if o.get("status", {}).get("phase") in BUSY_PHASES)
        return next((k8s.describe(obj) for obj in busy), "")

    def _install(
        self, desired: Desired, rendered: list[Object], live: Live, *, hold: bool
    ) -> None:
        crds = [obj for obj in rendered if obj["kind"] == k8s.CRD.name]
        changed = [k8s.name_of(obj) for obj in crds if self._apply(obj, live)]
        for name in changed:
            self.cluster.wait_until(k8s.CRD, name, _is_established, self.patience)
        self._make_repository_password(desired, live)
        fresh = False
        for obj in rendered:
            is_server = obj["kind"] == k8s.DEPLOYMENT.name
            if obj["kind"] != k8s.CRD.name and not (is_server and hold):
                fresh |= self._apply(obj, live) and is_server
        self._wait_for_server(live, fresh=fresh)

    def _make_repository_password(self, desired: Desired, live: Live) -> None:
        """Before the server's first start, which would otherwise make a well-known one."""
        name = manifests.REPOSITORY_SECRET
        if (k8s.SECRET.name, name) in live or self.cluster.get(k8s.SECRET, name):
            return
        self.cluster.create(manifests.repository_secret(desired, secrets.token_urlsafe(32)))
        logger.info("Made the password of the file-system repositories")

    def _storage(self, desired: Desired, live: Live, *, hold: bool) -> None:
        secret = ""
        if desired.storage:
            secret = self._storage_secret(desired, desired.storage, live)
            self._locate(manifests.location(desired, desired.storage, secret), live)
        elif not hold and (k8s.LOCATION.name, LOCATION_NAME) in live:
            self._delete(k8s.LOCATION, LOCATION_NAME, live)
        if desired.storage or not hold:
            self._prune_secrets(secret, live)

    def _locate(self, location: Object, live: Live) -> None:
        """Apply the location and watch Velero judge it, if a server runs that can."""
        before = live.get((k8s.LOCATION.name, LOCATION_NAME))
        if before and differs(location, before):
            # A verdict on the old location must not pass for one on the new
            self.cluster.merge(k8s.LOCATION, LOCATION_NAME, {"status": None})
        self._apply(location, live)
        deployment = Observed(objects=live).deployment
        if deployment and is_rolled_out(deployment):
            self._wait(k8s.LOCATION, LOCATION_NAME, is_validated, live)

    def _storage_secret(self, desired: Desired, storage: Storage, live: Live) -> str:
        """The Secret that holds the credential: a live one, or a new one with the next number.

        A new name changes the location's spec, which makes Velero check it at once; editing a
        Secret would go unseen for a minute (velero
        pkg/controller/backup_storage_location_controller.go).
        """
        names = sorted(_storage_secrets(live), key=_number)
        for name in reversed(names):
            if not differs(manifests.storage_secret(desired, storage, name), _secret(live, name)):
                return name
        last = _number(names[-1]) if names else 0
        name = f"{manifests.SECRET_PREFIX}{last + 1}"
        self._apply(manifests.storage_secret(desired, storage, name), live)
        return name

    def _prune_secrets(self, keep: str, live: Live) -> None:
        for name in _storage_secrets(live):
            if name != keep:
                self._delete(k8s.SECRET, name, live)

    def _apply(self, obj: Object, live: Live) -> bool:
        key = (obj["kind"], k8s.name_of(obj))
        if not differs(obj, live.get(key)):
            return False
        logger.info("%s %s", "Changing" if key in live else "Creating", k8s.describe(obj))
        live[key] = self.cluster.apply(obj)
        return True

    def _delete(self, kind: Kind, name: str, live: Live) -> None:
        logger.info("Deleting %s %s", kind.name, name)
        self.cluster.delete(kind, name)
        live.pop((kind.name, name), None)

    def _wait_for_server(self, live: Live, *, fresh: bool) -> None:
        """Watch a rollout, but not one that was seen before to lead nowhere."""
        if not fresh and status.is_hopeless(self._look(live)):
            return
        self._wait(k8s.DEPLOYMENT, "velero", is_rolled_out, live)

    def _wait(self, kind: Kind, name: str, done: Callable[[Object], bool], live: Live) -> None:
        """Watch an object until it is as it should be, or patience ends."""
        key = (kind.name, name)
        if key not in live or done(live[key]):
            return
        if found := self.cluster.wait_until(kind, name, done, self.patience):
            live[key] = found


def _location(desired: Desired) -> list[Object]:
    return [manifests.location(desired, desired.storage, "")] if desired.storage else []


def _is_established(crd: Object) -> bool:
    # A definition that is new has "conditions": null
    conditions = crd.get("status", {}).get("conditions") or ()
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


def _storage_secrets(live: Live) -> list[str]:
    pattern = re.compile(rf"{manifests.SECRET_PREFIX}\d+")
    return [n for kind, n in live if kind == k8s.SECRET.name and pattern.fullmatch(n)]


def _number(name: str) -> int:
    return int(name.removeprefix(manifests.SECRET_PREFIX))


def _secret(live: Live, name: str) -> Object:
    return live[k8s.SECRET.name, name]
