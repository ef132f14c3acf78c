"""The measurements of `benchmarks.clients`: a model with clients, and many backups."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import yaml
from tests.cluster.application import REPOSITORY
from tests.cluster.cluster import Cluster
from tests.cluster.dispatch import charm_directory, dispatch, from_scenario
from tests.cluster.proxy import ApiProxy
from tests.functional import client
from tests.functional.api import Api, Object
from tests.functional.model import APP, Model

from velero.backups.making import TERMINAL

SCHEDULES: Final = (1, 50, 500)
BACKUPS: Final = (100, 1_000, 10_000)
SHOP: Final = "shop"
LISTS: Final = "benchmark-lists"
DAILY: Final = {"include_namespaces": [SHOP], "schedule": "0 2 * * *", "ttl": "72h"}
Row = Sequence[str]

_PROGRAM: Final = """
import sys, time
from velero import catalogue
from velero.cluster import Cluster
cluster = Cluster(sys.argv[1])
cluster.get(catalogue.k8s.BACKUP, "none")
started = time.perf_counter()
assert len(catalogue.newest(cluster, 20, lambda each: True).entries) == 20
print(time.perf_counter() - started)
"""
_LIST_SECONDS, _LIST_MIB, _STEADY_REQUESTS, _ADDED = 1.0, 100.0, 25, 0.3


class Bench:
    """One model in one cluster, its API requests counted.

    Args:
        cluster: the cluster.
        proxy: between the charm and the API server.
        runs: how often to measure what does not take long.

    Attributes:
        missed: the targets that were missed, as sentences.
    """

    def __init__(self, cluster: Cluster, proxy: ApiProxy, runs: int) -> None:
        self.missed: list[str] = []
        self._proxy = proxy
        self._runs = runs
        kubeconfig = proxy.kubeconfig(cluster.admin_token)
        self._model = Model(cluster, "benchmark", kubeconfig=kubeconfig)
        self._model.ready()
        client.fill(self._model.api, SHOP, 50)

    def events(self) -> Iterator[Row]:
        """A client's event, and update-status with more and more schedules."""
        model, server = self._model, self._model.server()
        relation = client.relate(model, DAILY)
        self._proxy.clear()
        with model.events() as seen:
            client.edit(model, relation, DAILY | {"ttl": "96h"})
        writes = len(self._proxy.writes)
        self._require(writes == 1 and model.server() == server, "a client's event")
        spent = sum(event.seconds for event in seen)
        yield self._row("a client edits its spec", "16.7 s, 27 reads, 8 writes, restarts", spent)
        model.juju.break_relation(relation)
        references = ("16.1 s, 24 reads, 1 write", "17.0 s, 122, 50", "25.8 s, 1,022, 500")
        related = 0
        for wanted, reference in zip(SCHEDULES, references, strict=True):
            targets = [client.target({}, app=f"app-{n}") for n in range(related, wanted)]
            model.juju.config(k8s_backup_targets_schedule="@daily")
            client.relate_targets(model, *targets)
            related = wanted
            title = f"update-status, {wanted} schedule{'s' * (wanted > 1)}"
            yield self._steady(title, reference)

    def operations(self) -> Iterator[Row]:
        """What the actions add to Velero's own time, and how fast a failure is told."""
        model = self._model
        relation = client.relate(model, DAILY)
        created = self._timed("create-backup", "Backup", target="shop:backup")
        yield ("create-backup", "15.1 s", *self._added(created))
        restored = self._timed("restore", "Restore", target="shop:backup")
        yield ("restore", "15.1 s", *self._added(restored))
        client.edit(model, relation, DAILY | {"include_namespaces": ["not-there"]})
        failed = self._timed("create-backup", "Backup", target="shop:backup")
        yield ("a backup that fails", "295.6 s, no reasons", *self._added(failed, 1.0))

    def lists(self, folder: Path) -> Iterator[Row]:
        """`list-backups` in whole dispatches, the memory of the process included."""
        references = ("0.05 s", "0.23 s", "1.55 s, 173 MiB; crashes from 4,000")
        self._model.juju.remove()
        # Directly: a counting proxy in Python would take longer than the charm over 30 MB
        self._model = Model(self._model.cluster, LISTS)
        self._model.deploy()
        made = 0
        charm = charm_directory(folder / "charm")
        for wanted, reference in zip(BACKUPS, references, strict=True):
            self._make_backups(range(made, wanted))
            made = wanted
            yield self._listed(wanted, reference, charm)

    def _row(self, title: str, reference: str, seconds: float) -> Row:
        verbs = self._proxy.verbs
        requests = f"{verbs.total()} requests, {len(self._proxy.writes)} writes"
        return title, reference, f"{seconds:.2f} s, {requests}", ""

    def _steady(self, title: str, reference: str) -> Row:
        seconds: list[float] = []
        for _ in range(self._runs):
            self._proxy.clear()
            with self._model.events() as seen:
                self._model.juju.update_status()
            seconds.append(seen[-1].seconds)
        requests = self._proxy.verbs.total()
        self._require(not self._proxy.writes and requests <= _STEADY_REQUESTS, title)
        return self._row(title, reference, statistics.median(seconds))

    def _timed(self, action: str, kind: str, **params: object) -> list[tuple[float, float]]:
        """How long an action took, and how long Velero had the object until its end."""
        times: list[tuple[float, float]] = []
        for _ in range(self._runs):
            before = {each["metadata"]["name"] for each in self._model.api.list(kind)}
            with _ended(self._model, kind, before) as verdict:
                started = time.monotonic()
                self._model.juju.run(action, params)
                ended = time.monotonic()
            times.append((ended - started, ended - started - (ended - verdict[0])))
        return times

    def _added(self, times: list[tuple[float, float]], most: float = _ADDED) -> tuple[str, str]:
        total = statistics.median(total for total, _ in times)
        velero = statistics.median(velero for _, velero in times)
        self._require(total - velero <= most, "an action adds too much to Velero's time")
        return f"{total:.2f} s, of which {max(total - velero, 0):.2f} s after Velero's end", ""

    def _listed(self, wanted: int, reference: str, charm: Path) -> Row:
        config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
        state = from_scenario(self._model.juju.state(), f"{APP}/0", config)
        state["action"]["params"] = {"limit": 20}
        state["model"] = self._model.namespace
        env = self._model.cluster.path_env
        runs = [dispatch("actions/list-backups", state, env, charm=charm) for _ in range(3)]
        assert all(run.exit_code == 0 for run in runs), runs[0].stderr
        result = self._model.juju.run("list-backups").results
        assert result["count"] == "20"
        seconds = statistics.median(self._read() for _ in range(self._runs))
        peak = max(run.peak_rss_kib for run in runs) / 1024
        whole = statistics.median(run.seconds for run in runs)
        title = f"list-backups, {wanted:,} backups"
        self._require(seconds < _LIST_SECONDS and peak < _LIST_MIB, title)
        size = len(json.dumps(dict(result)))
        mine = f"{seconds:.2f} s; as a whole dispatch {whole:.2f} s, {peak:.0f} MiB"
        return title, reference, mine, f"{size / 1000:.0f} kB"

    def _read(self) -> float:
        """How long the list itself takes, in a process that does nothing else."""
        path = os.pathsep.join(str(REPOSITORY / name) for name in ("src", "lib"))
        env = {**os.environ, **self._model.cluster.path_env, "PYTHONPATH": path}
        argv = [sys.executable, "-c", _PROGRAM, self._model.namespace]
        done = subprocess.run(argv, env=env, check=True, capture_output=True, text=True)
        return float(done.stdout)

    def _make_backups(self, numbers: Iterable[int]) -> None:
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(self._make_backup, numbers))

    def _make_backup(self, number: int) -> Object:
        return self._model.api.create("Backup", _backup(number))

    def _require(self, met: bool, what: str) -> None:  # noqa: FBT001 - reads as English
        if not met:
            self.missed.append(f"MISSED: {what}")


@contextmanager
def _ended(model: Model, kind: str, before: set[str]) -> Generator[list[float]]:
    """The moment in which Velero ends a new operation, seen by a thread of its own."""
    ended: list[float] = []
    api = Api(model.cluster, model.namespace)

    def watch() -> None:
        until = time.monotonic() + 60
        while not ended and time.monotonic() < until:
            if any(_is_over(each, before) for each in api.list(kind)):
                ended.append(time.monotonic())
            time.sleep(0.01)

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        yield ended
        watching.result()
    api.close()


def _is_over(obj: Object, before: set[str]) -> bool:
    ended = obj.get("status", {}).get("phase") in TERMINAL
    return ended and obj["metadata"]["name"] not in before


def _backup(number: int) -> Object:
    """A Backup as Velero leaves one."""
    at = f"2026-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
    app = f"app-{number % 50}"
    prefix = "velero-operator.canonical.com"
    who = {"application": app, "endpoint": "backup", "model": "m1"}
    labels = {f"{prefix}/{key}": value for key, value in who.items()}
    labels |= {
        "velero.io/schedule-name": f"m1.{app}.backup",
        "velero.io/storage-location": "default",
    }
    annotations = {
        f"velero.io/{key}": value
        for key, value in {
            "resource-timeout": "10m0s",
            "source-cluster-k8s-gitversion": "v1.33.13",
            "source-cluster-k8s-major-version": "1",
            "source-cluster-k8s-minor-version": "33",
        }.items()
    }
    name = f"m1.{app}.backup-2026{number:010}"
    return {
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "spec": {
            "csiSnapshotTimeout": "10m0s",
            "defaultVolumesToFsBackup": False,
            "hooks": {},
            "includedNamespaces": [app],
            "itemOperationTimeout": "4h0m0s",
            "metadata": {"labels": labels},
            "snapshotMoveData": False,
            "storageLocation": "default",
            "ttl": "72h0m0s",
            "volumeGroupSnapshotLabelKey": "velero.io/volume-group",
        },
        "status": {
            "completionTimestamp": at,
            "expiration": "2036-01-01T00:00:00Z",
            "formatVersion": "1.1.0",
            "hookStatus": {},
            "phase": "Completed",
            "progress": {"itemsBackedUp": 51, "totalItems": 51},
            "startTimestamp": at,
            "version": 1,
        },
    }
