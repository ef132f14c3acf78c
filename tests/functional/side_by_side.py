"""Several clusters side by side, each with a process of pytest-xdist in a network of its own.

Where the machine allows no such network there is one cluster and no other process; so it is, too,
for who wants to see what is printed (`-s`) or to stop where a test fails (`--pdb`).
"""

import os
import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.cluster import own_network, tools

MOST = 6  # clusters: each takes about a gigabyte of memory
LONG = ("test_convergence", "test_faults", "test_holding", "test_adopt", "test_removal")
LOGS = pytest.StashKey[list[Path]]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Answer `-n auto`: 0 for no other process, else one more than cores, as tests also wait."""
    alone = config.option.capture == "no" or config.option.usepdb or config.option.collectonly
    cores = len(os.sched_getaffinity(0))
    return 0 if alone or cores == 1 or not own_network.is_allowed() else min(cores + 1, MOST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Give every process a network of its own, from which nothing can be fetched any more.

    Raises:
        pytest.UsageError: the machine does not allow it.
    """
    if not own_network.is_allowed():
        raise pytest.UsageError("this machine allows one cluster only: leave out -n, or say -n 0")
    tools.ensure_tools()
    tools.ensure_google_tools()
    tools.ensure_prometheus_tools()
    tools.fetch_judges()
    for spec in specs:
        spec.python = shlex.join(own_network.command())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - xdist's WorkerController
    """Take over what a process says of its logs."""
    output: dict[str, Any] = getattr(node, "workeroutput", {})
    logs = node.config.stash.setdefault(LOGS, [])
    logs += map(Path, output.get("logs", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that began this one where the logs are."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["logs"] = [str(path) for path in session.config.stash.setdefault(LOGS, [])]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say where the logs are, if they were kept."""
    for logs in config.stash.setdefault(LOGS, []):
        if logs.exists():
            terminalreporter.write_line(f"The cluster's logs are in {logs}")
