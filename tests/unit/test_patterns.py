"""No text of others makes a regular expression of the charm slow."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit import patterns
from tests.unit.patterns import Named

from actions.params import TEXT_MAX
from velero.diagnosis.meanings import tables

EVERY = patterns.every()
BOUNDED = {
    r"\[[^]]+\]": TEXT_MAX,  # a glob of a parameter; of a client's spec, a shorter one
    r"\[([^]]+)\]": TEXT_MAX,
}
"""Patterns whose text is no longer than so many characters; beside those of a duration's terms."""
DURATION = 1024
"""Characters of a schedule, and so of a duration in it; of one elsewhere, it has 101."""


def longest(named: Named) -> int:
    if named.pattern.pattern.startswith("([0-9]+(?:") and "(ns|us|" in named.pattern.pattern:
        return DURATION
    if named.where.startswith("velero.diagnosis.meanings."):
        return tables.LONGEST
    return BOUNDED.get(named.pattern.pattern, patterns.LARGE)


@pytest.mark.parametrize("named", EVERY, ids=lambda each: each.where)
def test_a_pattern_is_linear(named: Named) -> None:
    patterns.check(named, longest(named))


@given(st.text(min_size=1, max_size=30), st.integers(1, 20_000), st.text(max_size=30))
@settings(max_examples=30, deadline=None)
def test_a_pattern_is_quick_on_any_text(word: str, times: int, end: str) -> None:
    for named in (each for each in EVERY if longest(each) == patterns.LARGE):
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
    assert "velero.kubernetes.names._UID" in found, "a name of a module"
    assert "velero.diagnosis.meanings.tables.TABLES" in found, "within tuples and rows"
    assert any(name.startswith("src/") for name in found), "in place"
    assert any(name.startswith("charms.velero_libs.v0.velero_backup_config.") for name in found)
