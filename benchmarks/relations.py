"""How the work of a steady hook grows with integrated clients, in whole dispatches."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml
from tests.cluster.application import REPOSITORY
from tests.cluster.dispatch import charm_directory, dispatch, from_scenario
from tests.functional import client
from tests.functional.model import APP, Model

RELATIONS: Final = (1, 10, 100)
HEADS: Final = ("clients", "wall s", "hook tools", "of which")
Row = tuple[str, str, str, str]


def rows(model: Model, folder: Path) -> Iterator[Row]:
    """Integrate more and more clients and dispatch update-status.

    Args:
        model: where the charm is active, without clients.
        folder: where to lay the charm out.
    """
    charm = charm_directory(folder / "charm-with-clients")
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    related = 0
    for wanted in RELATIONS:
        for number in range(related, wanted):
            spec = {"include_namespaces": [f"shop-{number}"]}
            client.relate(model, spec, app=f"shop-{number}")
        related = wanted
        state = from_scenario(model.juju.state(), f"{APP}/0", config)
        done = dispatch("update-status", state, model.cluster.path_env, charm=charm)
        assert done.exit_code == 0, done.stderr
        calls = Counter(name for name, *_ in done.hook_tools)
        told = ", ".join(f"{count} {name}" for name, count in calls.most_common())
        yield f"{wanted}", f"{done.seconds:.1f}", f"{len(done.hook_tools)}", told
