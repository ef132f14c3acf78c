"""Whatever others wrote, the readers have an answer."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero import total

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
KEYS = ("metadata", "labels", "annotations", "status", "phase", "spec", "startTimestamp")
OBJECTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=20,
)
READERS = (total.mapping, total.items, total.text, total.texts, total.number, total.pairs)


@given(OBJECTS, st.lists(st.sampled_from(KEYS), max_size=3))
def test_no_reader_raises_whatever_the_object_is(obj: object, path: list[str]) -> None:
    for reader in (*READERS, total.moment, total.at):
        reader(obj, *path)
    for whole in (total.labels, total.annotations, total.phase):
        whole(obj)


@given(st.dictionaries(st.text(), st.text()))
def test_what_is_well_formed_is_read_as_it_is(labels: dict[str, str]) -> None:
    obj = {"metadata": {"labels": labels}}
    assert total.labels(obj) == labels
    assert total.mapping(obj, "metadata") == obj["metadata"]


@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_is_read_in_utc(moment: dt.datetime) -> None:
    text = moment.isoformat()
    read = total.moment({"at": text}, "at")
    # Not compared with the drawn one: around a change of clocks it equals no other zone's
    assert read is None or (read == dt.datetime.fromisoformat(text) and read.tzinfo is dt.UTC)


@pytest.mark.parametrize(
    "text", ["", "0000-01-01T00:00:00Z", "2026-01-01T00:00:00+24:00", "x" * 100_000, "9999-99-99"]
)
def test_a_moment_that_no_calendar_knows_is_none(text: str) -> None:
    assert total.moment({"at": text}, "at") is None


def test_a_moment_without_zone_is_taken_for_utc() -> None:
    assert total.moment({"at": "2026-01-02T03:04:05"}, "at") == dt.datetime(
        2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC
    )


@given(JSON)
def test_json_is_read_and_can_be_written(value: object) -> None:
    document = json.dumps(value)
    read = total.parsed(document, len(document))
    json.dumps(read, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "document", ["[" * 100_000, "[" * 70 + "]" * 70, "{", "1" * 5000, b"\xff", '{"a":1}' * 10]
)
def test_what_is_no_json_or_too_much_of_it_is_none(document: str | bytes) -> None:
    assert total.parsed(document, 60_000) is None


@given(st.text(alphabet=st.characters(), max_size=2000), st.integers(1, 600))
def test_a_plain_text_is_one_printable_line_within_its_limit(text: str, limit: int) -> None:
    line = total.plain(text, limit)
    assert line.isprintable()
    assert len(line) <= limit
    line.encode()


def test_a_plain_text_shows_what_it_hides() -> None:
    assert total.plain("a\x1b[31mb\nc\0\u202ed\ud800") == "a\\x1b[31mb c\\x00\\u202ed\\ud800"
