"""What each hook of the demonstration's story asks Juju, and costs: `python -m benchmarks.story`.

Whole dispatches on a real API server, with stand-in hook tools. `--charm FOLDER` measures the
sources of another commit in the same way.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import yaml
from tests.cluster.application import REPOSITORY
from tests.cluster.cluster import Cluster
from tests.cluster.dispatch import Dispatch, State, charm_directory, dispatch, from_scenario
from tests.cluster.namespaces import Namespaces
from tests.functional import client
from tests.functional.model import APP, S3, Model

from benchmarks import report

HEADS: Final = ("hook", "CPU s", "peak MiB", "hook tools", "secrets read")
NAMESPACES: Final = ("benchmark-before", "benchmark-story", "shop")
DAILY: Final = {"include_namespaces": ["shop"], "schedule": "0 2 * * *"}
_SUCCESSION: Final = ("created", "joined", "changed")
_SECRETS: Final = ("secret-get", "secret-info-get", "secret-ids")


class Life:
    """One life of the application, told hook by hook.

    Args:
        model: where it takes place; the charm is not deployed.
        others: what the hook tools answer of a model in which all is integrated.
        charm: the charm's sources.
        folder: an empty folder for the charm.
    """

    def __init__(self, model: Model, others: State, charm: Path, folder: Path) -> None:
        own = {key: each for key, each in others["secrets"].items() if not each["owner"]}
        self._sent: dict[str, Any] = own
        self._relations: dict[str, Any] = others["relations"]
        nothing: State = {"relations": {}, "secrets": {}, "version": ""}
        self._state: State = {**others, **nothing, "model": model.namespace}
        self._env = dict(model.cluster.path_env)
        self._charm = charm_directory(folder / "charm", charm)

    def hooks(self) -> Iterator[tuple[str, Dispatch]]:
        """Each hook, and what it did."""
        for event in ("install", "leader-elected", "config-changed", "start"):
            yield self._run(event)
        self._state["secrets"] |= self._sent
        for endpoint in (S3, client.BACKUPS):
            self._state["relations"] |= self._of(endpoint)
            yield from (self._run(f"{endpoint}-relation-{each}") for each in _SUCCESSION)
        self._run("update-status")  # what it finds out once is not asked again
        yield self._run("update-status")
        yield self._run("config-changed")
        self._state["leader"] = False
        self._run("update-status")
        title, done = self._run("update-status")
        yield f"{title}, without leading", done
        self._state["leader"] = True
        self._env["JUJU_SECRET_ID"] = next(iter(self._sent))
        yield self._run("secret-changed")
        for endpoint in (client.BACKUPS, S3):
            yield self._run(f"{endpoint}-relation-departed")
            yield self._run(f"{endpoint}-relation-broken")
            del self._state["relations"][next(iter(self._of(endpoint)))]
        self._state["planned"] = 0
        yield self._run("stop")
        yield self._run("remove")

    def _of(self, endpoint: str) -> dict[str, Any]:
        return {k: each for k, each in self._relations.items() if k.startswith(f"{endpoint}:")}

    def _run(self, event: str) -> tuple[str, Dispatch]:
        done = dispatch(event, self._state, self._env, charm=self._charm)
        assert done.exit_code == 0, f"{event}: {done.stderr} {done.hook_tools}"
        return event, done


def integrated(model: Model) -> State:
    """What the hook tools answer where a storage and a client are integrated."""
    model.ready()
    client.relate(model, DAILY)
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    state = from_scenario(model.juju.state(), f"{APP}/0", config)
    model.juju.remove()
    return state


def row(title: str, done: Dispatch) -> list[str]:
    """One line of the table."""
    secrets = sum(call[0] in _SECRETS for call in done.hook_tools)
    cost = [f"{done.cpu_seconds:.2f}", f"{done.peak_rss_kib / 1024:.0f}"]
    return [title, *cost, f"{len(done.hook_tools)}", f"{secrets}"]


def main() -> int:
    """Tell the story and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.story")
    parser.add_argument("--charm", type=Path, default=REPOSITORY, help="whose sources to run")
    charm: Path = parser.parse_args().charm
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        cluster = stack.enter_context(Cluster())
        namespaces = Namespaces(cluster)
        stack.callback(namespaces.close)
        for name in NAMESPACES:
            namespaces.create(name)
        before, here = (Model(cluster, name) for name in NAMESPACES[:2])
        life = Life(here, integrated(before), charm, folder)
        rows = [row(*each) for each in life.hooks()]
    told = [sum(int(each[column]) for each in rows) for column in (3, 4)]
    rows.append(["all", "", "", *map(str, told)])
    print(f"\n## The story\n\n{report.hardware()}; load average {os.getloadavg()[1]:.1f}.\n")
    print(report.markdown(HEADS, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
