"""Clusters that were left running, and their end."""

import json
import shutil
from pathlib import Path
from typing import TypedDict

import psutil
from tests.cluster.tools import cache_folder

USAGE = "usage: python -m tests.cluster.cluster stop"


class Kept(TypedDict):
    """One cluster: its folder, and the start times of its processes by pid."""

    folder: str
    processes: dict[str, float]


def remember(pids: list[int], folder: Path) -> None:
    """Note the processes of a cluster that lives on.

    Args:
        pids: of all its processes.
        folder: with its files, removed with it.
    """
    # A pid alone may be somebody else's by the time; with its start time it is unique.
    processes = {str(pid): psutil.Process(pid).create_time() for pid in pids}
    kept = [*remembered(), Kept(folder=str(folder), processes=processes)]
    _state_file().parent.mkdir(parents=True, exist_ok=True)
    _state_file().write_text(json.dumps(kept, indent=2))


def remembered() -> list[Kept]:
    """Return what `remember` noted."""
    try:
        return json.loads(_state_file().read_text())
    except FileNotFoundError:
        return []


def stop() -> str:
    """End exactly the noted processes and remove the clusters' files.

    Returns:
        A sentence for people about what was done.
    """
    kept = remembered()
    if not kept:
        return "No cluster was left running."
    ended = [process for one in kept for process in _running(one)]
    for process in ended:
        process.kill()
    psutil.wait_procs(ended, timeout=10)
    for one in kept:
        shutil.rmtree(one["folder"], ignore_errors=True)
    _state_file().unlink()
    folders = " and ".join(one["folder"] for one in kept)
    return f"Ended {len(ended)} processes and removed {folders}."


def main(words: list[str]) -> int:
    """Run the command line; returns the exit code."""
    if words != ["stop"]:
        print(USAGE)
        return 2
    print(stop())
    return 0


def _state_file() -> Path:
    return cache_folder() / "clusters.json"


def _running(kept: Kept) -> list[psutil.Process]:
    found = (_same(int(pid), started) for pid, started in kept["processes"].items())
    return [process for process in found if process]


def _same(pid: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        same = process.create_time() == started
    except psutil.NoSuchProcess:
        return None
    return process if same else None
