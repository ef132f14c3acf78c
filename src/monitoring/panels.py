"""A panel of the dashboard, and how its queries are written. Pure.

``%all`` in a query stands for the matchers of Juju topology, ``%schedule`` for these and those of
the chosen schedules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Queries = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        title: what is shown.
        description: what it means, and what to do if it looks wrong.
        unit: Grafana's name of the values' unit.
        queries: of each line its legend and its PromQL.
        kind: Grafana's panel type.
        limits: where green ends and red begins; falling ones if little is bad.
        words: what to show instead of a value.
        nothing: what to show if there is no value.
    """

    title: str
    description: str
    unit: str
    queries: Queries
    kind: str = "timeseries"
    limits: tuple[float, ...] = ()
    words: Mapping[int, str] = field(default_factory=dict[int, str])
    nothing: str = "none"


def counted(metrics: Mapping[str, str], labels: str = "schedule") -> Queries:
    """How much counters grew, over the time that a point stands for."""
    return tuple(
        (f"{name} {{{{{labels}}}}}", f"sum by ({labels}) (increase({metric}[$__rate_interval]))")
        for name, metric in metrics.items()
    )


def mean(metric: str, matchers: str, label: str) -> str:
    """The mean of a histogram over the time that a point stands for."""
    by, range_ = f"sum by ({label})", "[$__rate_interval]"
    total, count = (f"{metric}_{part}{{{matchers}}}{range_}" for part in ("sum", "count"))
    return f"{by} (rate({total})) / {by} (rate({count}))"
