"""Which kinds a sparing reading leaves out, and when."""

from itertools import pairwise
from typing import Final

from velero import reading
from velero.kubernetes import resources as k8s

DAY: Final = 86_400


def test_each_kind_rests_for_one_turn_at_a_time() -> None:
    turns = range(0, DAY, reading.TURN_SECONDS)
    rested = [reading.resting_at(at) for at in turns]
    assert all(one != following for one, following in pairwise(rested))
    assert set(rested) == {k8s.CLUSTER_ROLE_BINDING, k8s.SERVICE}


def test_a_kind_rests_no_longer_than_its_turn() -> None:
    first = reading.resting_at(0)
    assert reading.resting_at(reading.TURN_SECONDS - 0.1) == first
    assert reading.resting_at(reading.TURN_SECONDS) != first
