"""Two short lives of the application, measured: once in this process, once as whole dispatches.

In this process the requests, the CLI's processes and the sleeping of each event can be told apart;
as dispatches (`tests.cluster.dispatch`) what Python, ops and the hook tools cost is added.
"""

import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import yaml
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition
from lightkube.resources.core_v1 import Namespace
from tests.cluster import integrators
from tests.cluster.application import REPOSITORY
from tests.cluster.cluster import Cluster
from tests.cluster.dispatch import Dispatch, State, charm_directory, dispatch, from_scenario
from tests.cluster.juju import Juju
from tests.cluster.proxy import ApiProxy

APP = "velero-operator"
COMMAND = "backup get"
INSTALL, STORAGE = "install", "s3-credentials-relation-changed"
STEADY, UNCHANGED, RUN = "update-status", "config-changed", "run"
ROWS = (INSTALL, STORAGE, STEADY, UNCHANGED, RUN)


@dataclass(frozen=True)
class Handler:
    """What one event did in this process.

    Attributes:
        seconds: wall time.
        verbs: API requests by verb; `writes` how many of all were meant to change something.
        writes: see above.
        cli: how many processes of the velero CLI.
        asleep: seconds in time.sleep.
    """

    seconds: float
    verbs: Counter[str]
    writes: int
    cli: int
    asleep: float


class Meter:
    """Measures each event that it surrounds.

    Attributes:
        events: each event's name and measurement, in order.
    """

    def __init__(self, proxy: ApiProxy, cli_calls: Path) -> None:
        self.events: list[tuple[str, Handler]] = []
        self._proxy = proxy
        self._cli_calls = cli_calls

    @contextmanager
    def __call__(self, event: str) -> Generator[None]:
        """Measure what happens inside, as that event."""
        self._proxy.clear()
        self._cli_calls.write_text("")
        with _counted_sleep() as sleeps:
            started = time.perf_counter()
            yield
            seconds = time.perf_counter() - started
        writes = len(self._proxy.writes)
        cli = len(self._cli_calls.read_text().splitlines())
        self.events.append((event, Handler(seconds, self._proxy.verbs, writes, cli, sum(sleeps))))


@contextmanager
def _counted_sleep() -> Generator[list[float]]:
    sleep, sleeps, here = time.sleep, list[float](), threading.get_ident()

    def counted(seconds: float) -> None:
        # The process kubelet sleeps too, in threads of its own.
        if threading.get_ident() == here:
            sleeps.append(seconds)
        sleep(seconds)

    with mock.patch("time.sleep", counted):
        yield sleeps


class Lives:
    """Where the measured lives take place.

    Args:
        cluster: the local cluster.
        proxy: counts the requests.
        folder: for the wrapper around the CLI, and for charm directories.
    """

    def __init__(self, cluster: Cluster, proxy: ApiProxy, folder: Path) -> None:
        self.cluster = cluster
        self.proxy = proxy
        self.folder = folder
        self.number = 0
        # Counts the CLI's processes where they start, whoever starts them.
        wrapper = self.folder / "bin" / "velero"
        wrapper.parent.mkdir()
        calls = self.folder / "cli-calls"
        real = shutil.which("velero", path=self.cluster.path_env["PATH"])
        wrapper.write_text(f'#!/bin/sh\necho "$1" >>"{calls}"\nexec "{real}" "$@"\n')
        wrapper.chmod(0o755)
        path = os.pathsep.join([str(wrapper.parent), self.cluster.path_env["PATH"]])
        kubeconfig = self.proxy.kubeconfig(self.cluster.admin_token)
        self.env = {"PATH": path, "KUBECONFIG": str(kubeconfig)}
        self.cluster.store.create_bucket("benchmark")

    def in_process(self) -> tuple[dict[str, Handler], State]:
        """Live once in this process.

        Returns:
            What each event did, and what the hook tools would have answered before it ended.
        """
        meter = Meter(self.proxy, self.folder / "cli-calls")
        juju = Juju(self.env, model=self._namespace(), app=APP, around=meter)
        juju.deploy()
        juju.integrate("s3-credentials", self._s3())
        assert juju.status.unit().name == "active", juju.status_table()
        juju.update_status()
        juju.config()
        assert not juju.run("run", command=COMMAND).failed
        # Of what happened several times, the first storage event found the credentials, and the
        # last config-changed changed nothing.
        handlers = {**dict(reversed(meter.events)), UNCHANGED: dict(meter.events)[UNCHANGED]}
        config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
        state = from_scenario(juju.state(), f"{APP}/0", config)
        juju.remove()
        self._clean()
        return handlers, state

    def as_dispatches(self, state: State) -> dict[str, Dispatch]:
        """Live once as Juju would make it, with the relation of another life.

        Args:
            state: of `in_process`.
        """
        relations = state["relations"]
        # The charm's own secret is another in each life
        sent = {key: each for key, each in state["secrets"].items() if not each["owner"]}
        state |= {"model": self._namespace(), "relations": {}, "secrets": {}, "version": ""}
        charm = charm_directory(self.folder / state["model"])
        done: dict[str, Dispatch] = {}

        def run(event: str) -> None:
            done[event.removeprefix("actions/")] = each = dispatch(
                event, state, self.env, charm=charm
            )
            assert each.exit_code == 0, f"{event}: {each.stderr} {each.hook_tools}"

        for event in (INSTALL, "leader-elected", UNCHANGED, "start"):
            run(event)
        state["relations"] = relations
        state["secrets"] |= sent
        state["action"]["params"] = {"command": COMMAND}
        for event in (STORAGE, STEADY, UNCHANGED, f"actions/{RUN}"):
            run(event)
            assert state["status"]["status"] == "active", state["status"]
        state |= {"relations": {}, "planned": 0}
        run("remove")
        self._clean()
        return done

    def versions(self) -> str:
        """The versions of Kubernetes and of the velero CLI."""
        token = {"Authorization": f"Bearer {self.cluster.admin_token}"}
        request = urllib.request.Request(f"{self.proxy.url}/version", headers=token)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310 # plain HTTP on loopback
            kubernetes = json.load(answer)["gitVersion"]
        if "$" in kubernetes:  # built as a Go module, it does not know its version
            pinned = re.search(
                r"k8s.io/kubernetes (\S+)", (REPOSITORY / "tools/go.mod").read_text()
            )
            kubernetes = pinned[1] if pinned else "unknown"
        argv = ["velero", "version", "--client-only"]
        told = subprocess.run(argv, env=self.env, check=True, capture_output=True, text=True)
        velero = re.search(r"Version: (\S+)", told.stdout)
        return f"Kubernetes {kubernetes}, Velero {velero[1] if velero else 'unknown'}"

    def _namespace(self) -> str:
        self.number += 1
        name = f"benchmark-{self.number}"
        self.cluster.client().create(Namespace(metadata=ObjectMeta(name=name)))
        return name

    def _s3(self) -> integrators.Provider:
        store = self.cluster.store
        return integrators.s3(
            access_key=store.access_key,
            secret_key=store.secret_key,
            bucket="benchmark",
            endpoint=store.endpoint,
            region="us-east-1",
            s3_uri_style="path",
        )

    def _clean(self) -> None:
        """Make the next install a first one, whatever the removal had reason to keep."""
        client = self.cluster.client()
        for each in self._definitions():
            client.delete(CustomResourceDefinition, each)
        while self._definitions():
            time.sleep(0.05)

    def _definitions(self) -> list[str]:
        client = self.cluster.client()
        found = client.list(CustomResourceDefinition, labels={"component": "velero"})  # pyright: ignore[reportUnknownMemberType] # half typed
        return [each.metadata.name for each in found if each.metadata and each.metadata.name]
