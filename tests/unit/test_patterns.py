"""No text of others makes a regular expression of the charm slow."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit import patterns
from tests.unit.patterns import Named

EVERY = patterns.every()
BOUNDED = {
    "lib/charms/velero_libs/v0/velero_backup_config.py:191-0": 101,
    "src/velero/upcoming.py:179-0": 1024,
}
"""Patterns whose text was held against another before, which takes no more characters."""
NOT_YET = (
    "lib/charms/velero_libs/v0/velero_backup_config.py:3",
    "src/velero/diagnosis",
    "velero.diagnosis",
    "velero.results",
    "velero.upcoming",
)
"""What is not linear yet."""


MENDED = [each for each in EVERY if not each.where.startswith(NOT_YET)]


@pytest.mark.parametrize("named", MENDED, ids=lambda each: each.where)
def test_a_pattern_is_linear(named: Named) -> None:
    patterns.check(named, BOUNDED.get(named.where, patterns.LARGE))


@given(st.text(min_size=1, max_size=30), st.integers(1, 20_000), st.text(max_size=30))
@settings(max_examples=30, deadline=None)
def test_a_pattern_is_quick_on_any_text(word: str, times: int, end: str) -> None:
    for named in (each for each in MENDED if each.where not in BOUNDED):
        patterns.check_text(named, word * times + end)


@pytest.mark.parametrize(
    "slow",
    [
        r"(https?://[^\s?]+)\?[^\s]+",
        r"(a+)+b",
        r"x[ab]*[bc]*y",
        r"(\w+://)[^/]+@",
        r"\s+or\s+",
        r",(?![^(]*\))",
        r"(\w|\d)*!",
    ],
)
def test_one_that_is_not_linear_is_found(slow: str) -> None:
    with pytest.raises(AssertionError):
        patterns.check(Named("slow", re.compile(slow), anywhere=True))


def test_patterns_of_every_sort_of_place_are_found() -> None:
    found = {each.where.rpartition("-")[0] for each in EVERY}
    assert "velero.catalogue._UID" in found, "a name of a module"
    assert "velero.diagnosis.meanings.TABLES" in found, "within tuples and rows"
    assert any(name.startswith("src/") for name in found), "in place"
    assert any(name.startswith("charms.velero_libs.v0.velero_backup_config.") for name in found)
