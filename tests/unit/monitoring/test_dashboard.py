"""The dashboard is one that Grafana understands and a person can read."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring import dashboard, health

BOARD = dashboard.dashboard("0" * 40, "velero-operator")
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
VARIABLES = {"prometheusds", "schedule", "__rate_interval", *dashboard.TOPOLOGY}
"""Those that Grafana's charm adds, Grafana's own, and ours."""
KNOWN_UNITS = {value for value in vars(units).values() if isinstance(value, str)}


def title(panel: dict[str, Any]) -> str:
    return panel["title"]


def leaves(value: Any, where: str = "dashboard") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Each value that is no dictionary or list, with where it is."""
    if isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            yield from leaves(each, f"{where}.{key}")
    elif isinstance(value, list):
        for number, each in enumerate(cast("list[Any]", value)):
            yield from leaves(each, f"{where}[{number}]")
    else:
        yield where, value


def through_the_model(board: dict[str, Any]) -> list[str]:
    """Where the model does not give back what it was given: it does not know the field."""
    register_default_plugins()
    kept = json.loads(JSONEncoder().encode(Dashboard.from_json(json.loads(json.dumps(board)))))
    there = dict(leaves(kept))
    return [where for where, value in leaves(board) if there.get(where) != value]


def test_grafanas_own_model_knows_every_field() -> None:
    assert through_the_model(BOARD) == []


def test_a_field_that_the_model_does_not_know_is_found() -> None:
    panels = [BOARD["panels"][0], {**BOARD["panels"][1], "heading": "x"}]
    assert through_the_model({**BOARD, "panels": panels}) == ["dashboard.panels[1].heading"]


@pytest.mark.parametrize("panel", PANELS, ids=title)
def test_a_panel_has_a_unit_a_description_and_queries(panel: dict[str, Any]) -> None:
    assert panel["fieldConfig"]["defaults"]["unit"] in KNOWN_UNITS
    assert len(panel["description"]) > 20
    assert panel["targets"]


@pytest.mark.parametrize("panel", PANELS, ids=title)
def test_queries_use_the_variables_that_there_are_and_are_of_one_application(
    panel: dict[str, Any],
) -> None:
    for target in panel["targets"]:
        assert set(re.findall(r"\$\{?(\w+)", json.dumps(target))) <= VARIABLES
        assert "%" not in target["expr"]
        selectors = re.findall(r"[a-z_]\w*(?::\w+)*\{([^}]*)\}", target["expr"])
        assert selectors
        assert all(selector.startswith(dashboard.MATCHERS) for selector in selectors)


def test_panels_do_not_overlap_and_have_numbers_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        taken |= cells
    numbers = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(numbers)) == len(numbers)


def colours(panel: str) -> list[tuple[float | None, str]]:
    (found,) = (each for each in PANELS if each["title"] == panel)
    steps = found["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return [(step["value"], step["color"]) for step in steps]


def test_what_is_bad_is_red() -> None:
    assert colours("Server") == [(None, "red"), (0.5, "orange"), (1, "green")]
    assert colours("Overdue schedules") == [(None, "green"), (1, "red")]
    (age, _) = health.CLIENTS
    assert colours(age.title) == [(None, "green"), (0.8, "orange"), (1, "red")]
