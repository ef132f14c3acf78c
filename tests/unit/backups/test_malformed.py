"""What Velero cannot read: by Go's grammars, in objects of any shape."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.backups import malformed
from velero.backups.malformed import fault, is_duration, is_time

GOOD = ("0", "+0", "-0", "1h", "-1.5h", ".5m", "1.s", "1h2m3s4ms5us6ns", "1\xb5s", "1\u03bcs")
BAD = ("", "x", "1", "h", ".h", "1d", "1h 1m", " 1h", "1h\n", "--1h", "1e3s", "\u0661h", "1h0")
LARGEST = 2**63 - 1


@pytest.mark.parametrize("text", GOOD)
def test_a_duration_of_go(text: str) -> None:
    assert is_duration(text)


@pytest.mark.parametrize("text", BAD)
def test_no_duration_of_go(text: str) -> None:
    assert not is_duration(text)


@given(st.integers(0, 2**65))
def test_a_duration_ends_where_64_bits_do(number: int) -> None:
    assert is_duration(f"{number}ns") == (number <= LARGEST)
    assert is_duration(f"-{number}ns") == (number <= LARGEST + 1)


@given(st.datetimes(), st.integers(-1439, 1439))
def test_every_moment_that_is_written_as_go_writes_it_is_a_time(
    moment: dt.datetime, minutes: int
) -> None:
    plain = moment.isoformat()
    sign, (hours, rest) = "+-"[minutes < 0], divmod(abs(minutes), 60)
    assert is_time(f"{plain}Z")
    assert is_time(f"{plain}{sign}{hours:02}:{rest:02}")
    assert not is_time(plain)
    assert not is_time(f"{plain}z")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("0000-02-29T00:00:00Z", True),
        ("1900-02-29T00:00:00Z", False),
        ("2026-13-01T00:00:00Z", False),
        ("2026-01-01T24:00:00Z", False),
        ("2026-01-01T00:00:00+24:00", True),
        ("2026-01-01T00:00:00+25:00", False),
        ("2026-01-01t00:00:00Z", False),
        ("", False),
    ],
)
def test_a_time_of_go(text: str, *, is_one: bool) -> None:
    assert is_time(text) == is_one


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: (
        st.lists(below)
        | st.dictionaries(
            st.text() | st.sampled_from(["spec", "status", "ttl", "config", "startTimestamp"]),
            below,
        )
    ),
    max_leaves=30,
)


@given(st.dictionaries(st.sampled_from(["metadata", "spec", "status"]), JSON))
def test_an_object_of_any_shape_is_read(obj: dict[str, object]) -> None:
    assert fault(obj).isprintable()


@given(st.text().filter(lambda text: not is_duration(text)))
def test_a_fault_is_found_wherever_it_is_and_named(text: str) -> None:
    hooks = {"resources": [{"pre": [{"exec": {"timeout": text}}]}]}
    template = {"schedule": "@daily", "template": {"hooks": hooks}}
    found = fault({"spec": template})
    assert found.startswith("spec.template.hooks.resources[0].pre[0].exec.timeout ")
    assert found.endswith(" is no duration")


def test_keys_that_people_choose_are_no_fields() -> None:
    free = {"timeout": "x", "ttl": "y"}
    assert not fault({"metadata": {"labels": free}, "spec": {"config": free, "labels": free}})
    assert not fault({"status": {"progress": {"itemsBackedUp": 2**63 - 1}}})
    assert fault({"status": {"errors": 2**63}}) == (
        "status.errors 9223372036854775808 is no whole number of 64 bits"
    )
    assert malformed.fault({}) == ""
