"""The cluster itself: what tests assert, beside what Juju says."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, cast

import httpx2
from lightkube import KubeConfig
from lightkube.config import client_adapter
from tests.functional.api import Objects

PATIENCE: Final = 300.0
"""Seconds for what the cluster or Velero does by itself."""


class World(Objects):
    """The cluster that `KUBECONFIG`, or else `~/.kube/config`, is for.

    Args:
        namespace: the model's.
    """

    def __init__(self, namespace: str) -> None:
        config = cast("Any", KubeConfig.from_env()).get()
        how = client_adapter.ConnectionParams(httpx2.Timeout(30))
        super().__init__(client_adapter.Client(config, how), namespace)

    def names(self, kind: str) -> list[str]:
        """The names of all objects of a kind, sorted."""
        return sorted(each["metadata"]["name"] for each in self.list(kind))

    def eventually(self, check: Callable[[], object], what: str) -> None:
        """Wait until something is so.

        Raises:
            AssertionError: it is not within the time.
        """
        deadline = time.monotonic() + PATIENCE
        while not check():
            assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
            time.sleep(1)

    def lose(self, kind: str, name: str, namespace: str = "") -> None:
        """Delete an object, and wait until it is gone."""
        self.delete(kind, name, namespace)
        self.eventually(lambda: not self.find(kind, name, namespace), f"{kind} {name} is gone")
