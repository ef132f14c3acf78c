"""The dashboard, read from top to bottom: what is wrong, where, and what it costs. Pure.

Grafana's charm adds the variables ``prometheusds`` and those of Juju topology, which every query
uses, so that one dashboard shows any number of Veleros.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Final

from monitoring import costs, health
from monitoring.panels import Panel

Json = dict[str, Any]

TITLE: Final = "Velero"
DATASOURCE: Final = {"type": "prometheus", "uid": "${prometheusds}"}
TOPOLOGY: Final = ("juju_model", "juju_model_uuid", "juju_application")
MATCHERS: Final = ",".join(f'{name}=~"${name}"' for name in TOPOLOGY)
ROWS: Final = (
    ("Is it healthy?", 4, health.HEALTH),
    ("Does each client have a recent backup?", 9, health.CLIENTS),
    ("What ran, and what failed?", 8, health.RUNS),
    ("What does it cost?", 8, costs.COST),
    ("Repositories", 8, costs.REPOSITORIES),
    ("Node agent", 8, costs.NODES),
)
"""Title, height and panels of each row."""
_GREEN_TO_RED: Final = ("green", "orange", "red")


def dashboard(uid: str, charm: str) -> Json:
    """The whole dashboard, as Grafana's JSON.

    Args:
        uid: the same for every application of the charm, as the dashboard is.
        charm: the charm's name, for the tag that Grafana's charm looks for.
    """
    return {
        "uid": uid,
        "title": TITLE,
        "description": "Whether backups are good and recent, what runs, what failed and its cost.",
        "tags": ["velero", f"charm: {charm}"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {"list": [_schedule_variable()]},
        "panels": [*_panels()],
    }


def _schedule_variable() -> Json:
    query = f"label_values(velero_backup_attempt_total{{{MATCHERS}}},schedule)"
    return {
        "name": "schedule",
        "label": "Schedule",
        "description": "Schedules of clients; the empty one is for backups made by hand.",
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": "schedule"},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _panels() -> Iterator[Json]:
    numbers = itertools.count(1)
    y = 0
    for title, height, panels in ROWS:
        yield {
            "id": next(numbers),
            "type": "row",
            "title": title,
            "collapsed": False,
            "gridPos": {"h": 1, "w": 24, "x": 0, "y": y},
            "panels": [],
        }
        y += 1
        width = 24 // len(panels)
        for place, panel in enumerate(panels):
            position = {"h": height, "w": width, "x": place * width, "y": y}
            yield {"id": next(numbers), "gridPos": position, **_panel(panel)}
        y += height


def _panel(panel: Panel) -> Json:
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "targets": [*_targets(panel)],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
    }


def _targets(panel: Panel) -> Iterator[Json]:
    now = panel.kind in {"stat", "bargauge", "table"}
    for number, (legend, expr) in enumerate(panel.queries):
        yield {
            "refId": chr(ord("A") + number),
            "datasource": DATASOURCE,
            "expr": _filled_in(expr),
            "legendFormat": legend,
            "instant": now,
            "range": not now,
            "format": "table" if panel.kind == "table" else "time_series",
        }


def _filled_in(expr: str) -> str:
    schedule = 'schedule=~"$schedule"'
    return expr.replace("%schedule", f"{MATCHERS},{schedule}").replace("%all", MATCHERS)


def _defaults(panel: Panel) -> Json:
    defaults: Json = {"unit": panel.unit, "noValue": panel.nothing}
    if panel.limits:
        defaults["color"] = {"mode": "thresholds"}
        defaults["thresholds"] = {"mode": "absolute", "steps": [*_steps(panel.limits)]}
    if panel.words:
        texts: Json = {str(value): {"text": text} for value, text in panel.words.items()}
        defaults["mappings"] = [{"type": "value", "options": texts}]
    if panel.kind == "bargauge":
        defaults |= {"min": 0, "max": 1}
    return defaults


def _steps(limits: Iterable[float]) -> Iterator[Json]:
    """Colours from each limit on; falling limits turn the colours around."""
    ordered = sorted(limits)
    colours = _GREEN_TO_RED if len(ordered) > 1 else (_GREEN_TO_RED[0], _GREEN_TO_RED[-1])
    if ordered != [*limits]:
        colours = tuple(reversed(colours))
    for value, colour in zip([None, *ordered], colours, strict=True):
        yield {"value": value, "color": colour}


def _options(panel: Panel) -> Json:
    reduced = {"values": False, "calcs": ["lastNotNull"], "fields": ""}
    if panel.kind == "stat":
        return {"reduceOptions": reduced, "colorMode": "background", "textMode": "auto"}
    if panel.kind == "bargauge":
        return {"reduceOptions": reduced, "orientation": "horizontal", "displayMode": "basic"}
    return {"legend": {"displayMode": "table", "placement": "bottom", "showLegend": True}}
