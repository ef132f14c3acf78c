"""The main job, told in a terminal: `make demo`.

Every step is verified; the first that is not as it should be ends the story with exit code 1.
With KEEP=1 in the environment, the cluster stays up at the end.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace
from tests.cluster.building import BuildError
from tests.cluster.cluster import Cluster
from tests.cluster.go import GoError
from tests.cluster.inventory import Inventory
from tests.cluster.processes import HarnessError
from tests.cluster.stage import BUCKET, MODEL, SHOP, Stage, Unexpected
from tests.cluster.story import Story
from tests.cluster.terminal import Terminal, columns
from tests.cluster.tools import ensure_tools, velero_version

INTRODUCTION = f"""\
The main job of velero-operator, each step verified. Real are, as processes on this machine, the
Kubernetes API and its controllers, Velero {velero_version()} and its plugin, and an object store.
Stood in for are Juju, by ops.testing, and the node: of all pods, only Velero's run."""
KEPT = """\
The cluster stays up, with Velero installed and its storage related. To use it:

  export KUBECONFIG={kubeconfig}
  alias velero='{velero} --namespace={model}'
  velero backup get
  velero backup create mine --include-namespaces {shop} --wait

What it lacks from now on is the node: nothing acts on new pods. To end it and remove its files:

  make stop"""


class Chapters:
    """Headings, times, and what to say when one goes wrong."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._rows: list[tuple[str, str]] = []
        self._started = time.monotonic()

    @contextmanager
    def chapter(self, title: str) -> Generator[None]:
        """Take the time of a `with` block.

        Raises:
            Unexpected: something in it was not as it should be.
        """
        self._terminal.heading(len(self._rows) + 1, title)
        started = time.monotonic()
        try:
            yield
        except (Unexpected, HarnessError, BuildError, GoError) as error:
            self._terminal.failed(str(error))
            raise
        except Exception as error:
            logging.getLogger(__name__).exception("%s", title)
            unexpected = Unexpected(title, "no error", f"{type(error).__name__}: {error}")
            self._terminal.failed(str(unexpected))
            raise unexpected from error
        seconds = f"{time.monotonic() - started:.1f} s"
        self._rows.append((title, seconds.rjust(6)))
        self._terminal.text(f"\n{seconds}", dim=True)

    def show(self) -> None:
        """All chapters with their times, and the sum."""
        total = f"{time.monotonic() - self._started:.1f} s"
        self._terminal.text()
        self._terminal.text(columns([*self._rows, ("Everything was as it should be", total)]))


def tell(terminal: Terminal) -> None:
    """Tell the story from beginning to end.

    Raises:
        Unexpected: something is not as it should be.
        HarnessError: the cluster does not come up.
        BuildError: a binary cannot be built.
        GoError: there is nothing to build one with.
    """
    terminal.text(INTRODUCTION)
    chapters = Chapters(terminal)
    with ExitStack() as stack:
        with chapters.chapter("Start a cluster"):
            ensure_tools()  # which shows its own progress
            cluster = _started(terminal, stack)
            stage = _stage(cluster, terminal, stack)
        _play(stage, chapters, _log_to(cluster.logs / "demo.log", stack))
        chapters.show()
        if os.environ.get("KEEP", "0") not in {"", "0"}:
            _keep(cluster, terminal)


def _started(terminal: Terminal, stack: ExitStack) -> Cluster:
    with terminal.working("starting the cluster"):
        return stack.enter_context(Cluster())


def _play(stage: Stage, chapters: Chapters, log: Path) -> None:
    for title, act in Story(stage, log).chapters.items():
        with chapters.chapter(title):
            act()
            stage.show_status()


def _stage(cluster: Cluster, terminal: Terminal, stack: ExitStack) -> Stage:
    """An empty model and an empty bucket."""
    token = cluster.admin_token
    inventory = stack.enter_context(Inventory(cluster.url, cluster.ca, token))
    terminal.command(f"juju add-model {MODEL}")
    cluster.client().create(Namespace(metadata=ObjectMeta(name=MODEL)))
    cluster.store.create_bucket(BUCKET)
    stage = Stage(cluster, inventory, terminal)
    stage.eventually(
        "Kubernetes' controllers work", lambda: stage.names("ServiceAccount"), ["default"]
    )
    stage.define_kind()
    return stage


def _log_to(path: Path, stack: ExitStack) -> Path:
    """Write what the charm logs to a file, for as long as the stack lasts."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    stack.callback(handler.close)
    stack.callback(logging.getLogger().removeHandler, handler)
    return path


def _keep(cluster: Cluster, terminal: Terminal) -> None:
    cluster.detach()
    kubeconfig, velero = cluster.kubeconfig, cluster.tools.velero
    print(f"\n{KEPT.format(kubeconfig=kubeconfig, velero=velero, model=MODEL, shop=SHOP)}")
    terminal.text()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End once, in order; who asks again need not, and would only disturb it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Run the demonstration; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    terminal = Terminal()
    try:
        tell(terminal)
    except (Unexpected, HarnessError, BuildError, GoError):
        return 1
    except KeyboardInterrupt:
        terminal.text("\nInterrupted. Everything that was started is ended.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
