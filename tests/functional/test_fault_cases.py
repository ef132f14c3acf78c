"""Which cases a run of `benchmarks.faults` makes, and how it goes on after a stop."""

from collections import Counter
from pathlib import Path

import pytest
from benchmarks.cases import Record
from benchmarks.faults import Plan
from hypothesis import given
from hypothesis import strategies as st
from tests.functional.changes import STEADY
from tests.functional.trial import TROUBLES, Outcome

numbers = st.integers(1, 20)


@given(numbers, numbers)
def test_parts_make_every_case_of_a_share_once(requests: int, parts: int) -> None:
    whole = Counter(Plan(1, 1, 1).cases(requests))
    assert set(whole.values()) == {1}
    assert whole.total() == requests * len(TROUBLES)
    made = [case for n in range(parts) for case in Plan(1, n + 1, parts).cases(requests)]
    assert Counter(made) == whole


@given(numbers, numbers, st.integers(2, 8))
def test_parts_make_no_case_twice_although_each_counts_the_requests(
    one: int, other: int, parts: int
) -> None:
    made = {*Plan(1, 1, parts).cases(one)}
    assert not made & {*Plan(1, 2, parts).cases(other)}


@given(numbers, st.integers(1, len(TROUBLES)))
def test_a_share_leaves_no_request_out(requests: int, share: int) -> None:
    made = list(Plan(share, 1, 1).cases(requests))
    assert {n for _, n in made} == set(range(1, requests + 1))
    assert set(made) <= set(Plan(1, 1, 1).cases(requests))


@pytest.mark.parametrize("kept", [True, False])
def test_outcomes_are_kept_for_the_next_run_only_where_a_folder_is_given(
    tmp_path: Path, *, kept: bool
) -> None:
    folder = tmp_path / "new" / "folder" if kept else None
    outcomes = [Outcome(STEADY.name, 429, 3, hit=True), Outcome(STEADY.name, "away", 1, hit=False)]
    record = Record(folder, STEADY)
    assert [*record] == []
    for outcome in outcomes:
        record.add(outcome)
    assert [*record] == outcomes
    assert [*Record(folder, STEADY)] == (outcomes if kept else [])
