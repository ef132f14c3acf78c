"""Long lists, read as they arrive."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.kubernetes import stream

TEXT = st.text(alphabet=st.sampled_from('"[]{},:\\ äitems'), max_size=12)
VALUE = st.recursive(
    TEXT | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
ITEMS = st.lists(st.dictionaries(TEXT, VALUE, max_size=4), max_size=5)


def chunks(raw: bytes, size: int) -> Iterator[bytes]:
    return (raw[at : at + size] for at in range(0, len(raw), size))


def wrapped(items: list[Any], *, compact: bool) -> bytes:
    whole = {"kind": "BackupList", "metadata": {"resourceVersion": "1"}, "items": items}
    separators = (",", ":") if compact else None
    return json.dumps(whole, separators=separators, ensure_ascii=False).encode()


@given(ITEMS, st.integers(1, 64), st.booleans())
def test_items_come_whole_however_they_arrive(
    items: list[Any],
    size: int,
    compact: bool,  # noqa: FBT001 - hypothesis fills it in
) -> None:
    assert list(stream.items(chunks(wrapped(items, compact=compact), size))) == items


@given(ITEMS.filter(bool), st.integers(1, 64), st.data())
def test_a_list_that_breaks_off_is_an_error(
    items: list[Any], size: int, data: st.DataObject
) -> None:
    raw = wrapped(items, compact=True)
    begin = raw.index(b'"items":[')
    cut = data.draw(st.integers(begin + 9, len(raw) - 3))
    with pytest.raises(ValueError, match=r"middle of a list|codec|Expecting|Unterminated"):
        list(stream.items(chunks(raw[:cut], size)))


@pytest.mark.parametrize("text", ["<html>", "", "{"])
def test_what_is_no_list_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="Expecting"):
        list(stream.items([text.encode()]))


def test_a_list_without_items_is_empty() -> None:
    assert list(stream.items([b'{"kind": "BackupList", "items": null}'])) == []
