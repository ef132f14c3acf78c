"""What the integration tests read of Juju, whichever version prints it."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.integration import relating

NUMBERS = st.lists(st.integers(0, 10**6), unique=True)


@dataclass(frozen=True)
class Line:
    """One line of an application's relations."""

    related_app: str


@pytest.mark.parametrize(
    ("refusal", "there"),
    [
        ('ERROR cannot add relation "a:x b:y": relation a:x b:y already exists', True),
        ("ERROR relation a:x b:y is dying, but not yet removed", True),
        ('ERROR application "b" not found', False),
        ("ERROR no relations found", False),
        ("", False),
    ],
)
def test_an_earlier_relation_is_waited_for_and_nothing_else(refusal: str, there: bool) -> None:  # noqa: FBT001 - of a test
    assert relating.still_there(refusal) is there


@given(NUMBERS)
def test_the_newest_relation_is_that_of_the_highest_number(numbers: list[int]) -> None:
    listed = json.dumps([f"metrics:{each}" for each in numbers])
    expected = f"metrics:{max(numbers)}" if numbers else ""
    assert relating.newest(listed) == expected


@pytest.mark.parametrize("listed", ["", "[]", "null"])
def test_where_no_relation_is_listed_there_is_none(listed: str) -> None:
    assert not relating.newest(listed)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_a_databag_is_read_as_it_was_written(bag: dict[str, str]) -> None:
    assert relating.databag(json.dumps(bag)) == bag


@pytest.mark.parametrize("printed", ["", "null", '""'])
def test_an_empty_databag_is_empty(printed: str) -> None:
    assert relating.databag(printed) == {}


@given(st.lists(st.sampled_from(["a", "b", "c"])), st.sampled_from(["x", "y"]))
def test_a_relation_is_found_by_both_of_its_ends(others: list[str], endpoint: str) -> None:
    relations = {"x": [Line(each) for each in others]}
    expected = endpoint == "x" and "b" in others
    assert relating.is_related(relations, endpoint, "b") is expected
