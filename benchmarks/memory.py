"""What memory Velero's server takes with many objects, against the charm's default limit.

`python -m benchmarks.memory`: a real API server, Velero and S3 server on this machine. The server
and its plugins share the limit of one container, so their memory counts together.
"""

import argparse
import sys
import threading
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

import psutil
from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import Namespaces
from tests.functional.api import Object
from tests.functional.model import Model

from benchmarks import report
from velero.backups.making import TERMINAL

MODEL: Final = "benchmark-memory"
FULL, EMPTY = "many-objects", "many-objects-again"
_HEADS: Final = ("what Velero does", "objects", "peak MiB", "of the default limit")
_MEBI: Final = 1024 * 1024
_UNITS: Final = {"Mi": 1, "Gi": 1024}
_EVERY_SECONDS: Final = 0.05
_PATIENCE: Final = 600
_CONTENT: Final = "x" * 1000
"""With the API server's own fields, an object is then of about 1.5 kB."""


def main() -> int:
    """Measure and print; returns 1 if the default limit is reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--objects", type=int, default=10_000, help="how many objects")
    objects: int = parser.parse_args().objects
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster())
        namespaces = Namespaces(cluster)
        stack.callback(namespaces.close)
        for name in (MODEL, FULL, EMPTY):
            namespaces.create(name)
        model = Model(cluster, MODEL)
        model.ready()
        limit = _limit(model)
        rows = [*_peaks(model, objects)]
    shown = [(w, f"{n:,}", f"{peak:.0f}", f"{peak / limit:.0%}") for w, n, peak in rows]
    print(f"\n## Memory\n\n{report.hardware()}; the default limit is {limit:,} MiB.\n")
    print(report.markdown(_HEADS, shown))
    return 1 if max(peak for *_, peak in rows) >= limit else 0


def _peaks(model: Model, objects: int) -> Generator[tuple[str, int, float]]:
    """What Velero does, with how many objects, and the most MiB that it took."""
    with _watched(model) as peak:
        model.api.until(model.server, 1)
    yield "nothing", 0, max(peak)
    _make(model, range(objects))
    with _watched(model) as peak:
        _follow(model, "Backup", "many", f"backup create many --include-namespaces {FULL}")
    yield "a backup", objects, max(peak)
    with _watched(model) as peak:
        mapping = f"--namespace-mappings {FULL}:{EMPTY}"
        _follow(model, "Restore", "many", f"restore create many --from-backup many {mapping}")
    yield "its restore", objects, max(peak)
    assert len(model.api.list("ConfigMap", EMPTY)) >= objects


def _follow(model: Model, kind: str, name: str, command: str) -> None:
    """Run a command and wait until what it made is complete, with every object."""
    model.succeed(command)
    found: list[Object] = []

    def is_over() -> bool:
        found[:] = [model.api.get(kind, name)]
        return found[0].get("status", {}).get("phase") in TERMINAL

    model.api.until(is_over, _PATIENCE)
    assert found[0]["status"]["phase"] == "Completed", found[0]["status"]


def _make(model: Model, numbers: Iterable[int]) -> None:
    def one(number: int) -> Object:
        content = {"metadata": {"name": f"c{number}"}, "data": {"key": _CONTENT}}
        return model.api.create("ConfigMap", content, FULL)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, numbers))


@contextmanager
def _watched(model: Model) -> Generator[list[float]]:
    """Look again and again at how many MiB the server and its plugins hold."""
    [server] = model.server()[1]
    seen: list[float] = []
    over = threading.Event()

    def look() -> None:
        while True:
            seen.append(_resident(model))
            if over.wait(_EVERY_SECONDS):
                return

    thread = threading.Thread(target=look)
    thread.start()
    yield seen
    over.set()
    thread.join()
    assert model.server()[1] == [server], "the server was started again"


def _resident(model: Model) -> float:
    total = 0
    for pid in model.cluster.velero_pids(model.namespace):
        with suppress(psutil.NoSuchProcess):  # plugins come and go
            total += psutil.Process(pid).memory_info().rss
    return total / _MEBI


def _limit(model: Model) -> int:
    """The limit of the server's container, in MiB."""
    pod = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]
    text: str = pod["containers"][0]["resources"]["limits"]["memory"]
    return int(text[:-2]) * _UNITS[text[-2:]]


if __name__ == "__main__":
    sys.exit(main())
