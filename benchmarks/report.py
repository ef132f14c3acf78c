"""The measurements as Markdown, beside the reference charm's."""

import os
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import psutil
from tests.cluster.dispatch import Dispatch

from benchmarks.imports import Import
from benchmarks.lives import COMMAND, INSTALL, ROWS, RUN, STEADY, STORAGE, UNCHANGED, Handler

T = TypeVar("T")
Handlers = Sequence[dict[str, Handler]]
Dispatches = Sequence[dict[str, Dispatch]]

_TITLES = {
    INSTALL: "install",
    STORAGE: "first S3 relation",
    STEADY: "update-status, steady",
    UNCHANGED: "config-changed, nothing changed",
    RUN: f'`run command="{COMMAND}"`',
}


@dataclass(frozen=True)
class Reference:
    """What the existing charm, canonical/velero-operator at 4c89cc3, takes for the same event.

    Measured separately on the same kind of set-up (a real API server, Velero and S3 server as
    processes on a machine of two cores), medians.
    """

    seconds: float
    asleep: float
    requests: int
    writes: int
    cli: int


_REFERENCE = {
    INSTALL: Reference(11.7, 10, 42, 18, 1),
    STORAGE: Reference(16.5, 16, 34, 8, 3),
    STEADY: Reference(16.1, 16, 22, 0, 0),
    UNCHANGED: Reference(16.1, 16, 27, 4, 0),
}
_REFERENCE_DISPATCH = ("reference: update-status, steady", "17.1", "", "276", "268", "55")
_REFERENCE_IMPORT = ("reference: `import charm`", "0.47", "3.4", "621")


def machine(versions: str, runs: int) -> str:
    """One line on what it was measured with; no names, no paths."""
    load = os.getloadavg()[1]
    return f"{hardware()}, {versions}; medians of {runs} runs; load average {load:.1f}."


def hardware() -> str:
    """What it was measured on."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB of memory, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}"
    )


def handlers(measured: Handlers) -> str:
    """The table of what the handlers do, each figure beside the reference's."""
    heads = ("event", "wall s", "times faster", "asleep s", "API requests", "writes", "CLI runs")
    rows = [_handler([each[name] for each in measured], name) for name in ROWS]
    note = "Reference charm in brackets. Requests of the CLI and of every retry count too."
    return f"{markdown(heads, rows)}\n\n{note}"


def dispatches(measured: Dispatches) -> str:
    """The table of whole dispatches, from the fork to the end of the process."""
    heads = ("event", "wall s", "CPU s", "hook tools", "of them juju-log", "peak MiB")
    rows = [_dispatch([each[name] for each in measured], name) for name in ROWS]
    return markdown(heads, [*rows, _REFERENCE_DISPATCH])


def imports(measured: dict[str, Import]) -> str:
    """The table of imports."""
    alone = measured["ops"].seconds
    rows = [
        (
            f"`import {name}`",
            f"{each.seconds:.2f}",
            f"{each.seconds / alone:.1f}",
            f"{each.modules}",
        )
        for name, each in measured.items()
    ]
    return markdown(("", "seconds", "times ops alone", "modules"), [*rows, _REFERENCE_IMPORT])


def misses(measured: Handlers, whole: Dispatches) -> list[str]:
    """The targets that were missed, worst run counted, as sentences."""
    found: list[str] = []
    for name in (STEADY, UNCHANGED):
        worst = {
            "writes": (max(each[name].writes for each in measured), 0),
            "CLI runs": (max(each[name].cli for each in measured), 0),
            "seconds asleep": (max(each[name].asleep for each in measured), 0),
            "API requests": (max(each[name].verbs.total() for each in measured), 10),
            "hook tools": (max(len(each[name].hook_tools) for each in whole), 10),
        }
        told = ((what, value, limit) for what, (value, limit) in worst.items() if value > limit)
        found += [f"MISSED: {name}: {value} {what}, not {limit}" for what, value, limit in told]
    return found


def _handler(each: Sequence[Handler], name: str) -> list[str]:
    wall = _median(each, lambda handler: handler.seconds)
    verbs = max((handler.verbs for handler in each), key=lambda one: one.total())
    told = ", ".join(f"{count} {verb}" for verb, count in verbs.most_common())
    figures = {
        "seconds": f"{wall:.2f}",
        "asleep": f"{_median(each, lambda handler: handler.asleep):.1f}",
        "requests": f"{_median(each, lambda handler: handler.verbs.total()):.0f}",
        "writes": f"{_median(each, lambda handler: handler.writes):.0f}",
        "cli": f"{_median(each, lambda handler: handler.cli):.0f}",
    }
    faster = ""
    if name in _REFERENCE:
        reference = _REFERENCE[name]
        faster = f"{reference.seconds / wall:.0f}"
        figures = {key: f"{text} ({getattr(reference, key)})" for key, text in figures.items()}
    seconds, asleep, requests, writes, cli = figures.values()
    return [_TITLES[name], seconds, faster, asleep, f"{requests}: {told}", writes, cli]


def _dispatch(each: Sequence[Dispatch], name: str) -> list[str]:
    return [
        _TITLES[name],
        f"{_median(each, lambda dispatch: dispatch.seconds):.2f}",
        f"{_median(each, lambda dispatch: dispatch.cpu_seconds):.2f}",
        f"{_median(each, lambda dispatch: len(dispatch.hook_tools)):.0f}",
        f"{_median(each, lambda dispatch: _logs(dispatch.hook_tools)):.0f}",
        f"{_median(each, lambda dispatch: dispatch.peak_rss_kib) / 1024:.0f}",
    ]


def _logs(calls: Iterable[list[str]]) -> int:
    return sum(call[0] == "juju-log" for call in calls)


def _median(each: Iterable[T], figure: Callable[[T], float]) -> float:
    return statistics.median(figure(one) for one in each)


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
