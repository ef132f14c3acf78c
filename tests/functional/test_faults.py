"""Whatever the API server answers, a hook ends without an exception and its status is true.

`python -m benchmarks.faults` puts every fault at every request of every hook; here each hook has
a part of them: of the hooks that restart no server each fault once, of the others a third of the
faults, another third each. The request differs with the fault, over the whole of the hook.
"""

from collections.abc import Iterator

import pytest
from tests.cluster.cluster import Cluster
from tests.functional.changes import (
    AGENT_OFF,
    AGENT_ON,
    BROKEN,
    INSTALL,
    PROVIDER,
    REFRESH,
    REMOVALS,
    ROTATION,
    STEADY,
    STORAGE,
    UNCHANGED,
    Change,
)
from tests.functional.disturbance import Disturbance
from tests.functional.model import Model
from tests.functional.trial import TROUBLES, Trial

LIGHT = (STEADY, UNCHANGED, AGENT_ON, AGENT_OFF, ROTATION)
HEAVY = (INSTALL, STORAGE, REFRESH, PROVIDER, BROKEN, *REMOVALS)
SHARE = 3


@pytest.fixture
def model(cluster: Cluster, namespace: str, disturbance: Disturbance) -> Iterator[Model]:
    model = disturbance.model(cluster, namespace)
    yield model
    model.api.close()


def survives(trial: Trial, first: int, step: int) -> None:
    """Disturb a change by some of the faults, at requests spread over its hook."""
    last = len(TROUBLES) - 1
    outcomes = [
        trial.disturbed(TROUBLES[index], 1 + index * (trial.requests - 2) // last)
        for index in range(first, len(TROUBLES), step)
    ]
    assert [str(outcome) for outcome in outcomes if not outcome.good] == []
    # A wait that has nothing to wait for any more sends fewer requests
    assert sum(outcome.hit for outcome in outcomes) > len(outcomes) / 2


@pytest.mark.parametrize("change", LIGHT, ids=str)
def test_no_fault_harms_a_hook_and_the_next_one_heals(
    model: Model, disturbance: Disturbance, change: Change
) -> None:
    survives(Trial(model, disturbance, change), 0, 1)


@pytest.mark.parametrize("number", range(len(HEAVY)), ids=[str(each) for each in HEAVY])
def test_no_fault_harms_a_hook_that_restarts_velero_and_the_next_one_heals(
    model: Model, disturbance: Disturbance, number: int
) -> None:
    survives(Trial(model, disturbance, HEAVY[number]), number % SHARE, SHARE)
