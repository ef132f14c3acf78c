"""The answer for programs: whole, bounded, and as the reference says."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from velero.diagnosis import document
from velero.diagnosis.evidence import Evidence, Juju, Missed, Versions
from velero.diagnosis.finding import UNEXPLAINED, Finding

PAGE = (Path(__file__).parents[3] / "docs/reference/diagnosis.md").read_text()
EVIDENCE = Evidence(
    juju=Juju(model="m", application="velero", unit="velero/1", leads=False),
    now=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
    versions=Versions(plugins={"p": "v1"}, loaded=("velero.io/aws",)),
    missed=(Missed("the backups", "no trust"),),
)
FOUND = Finding("what", "where", "meaning", "next", "some-cause")


def keys(value: Any) -> set[str]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {*fields, *(key for each in fields.values() for key in keys(each))}
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return {key for each in items for key in keys(each)}


def test_its_keys_are_those_of_the_reference() -> None:
    answer = json.loads(document.write(EVIDENCE, [FOUND]))
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example
    assert keys(answer) - {"p", "why"} == keys(json.loads(example[1])) - {"velero-plugin-for-aws"}
    assert all(f"`{key}`" in PAGE or f"[].{key}`" in PAGE for key in keys(answer) - {"p"})
    assert answer["at"] == "2026-01-02T00:00:00Z"
    assert answer["complete"] is False


def test_what_nobody_explains_has_no_meaning() -> None:
    unknown = Finding("what", "where", UNEXPLAINED, "next")
    [problem] = json.loads(document.write(EVIDENCE, [unknown]))["problems"]
    assert problem["cause"] == "unexplained"
    assert problem["meaning"] is None


TEXT = st.text(max_size=1000)


@given(st.lists(st.builds(Finding, TEXT, TEXT, TEXT, TEXT, TEXT), max_size=30), TEXT)
@settings(max_examples=40, deadline=None)
def test_it_is_json_and_short_whatever_was_found(found: list[Finding], text: str) -> None:
    missed = (Missed(text, text),) * 30
    versions = Versions(server=text, plugins={text: text}, loaded=(text,) * 30)
    evidence = Evidence(EVIDENCE.juju, EVIDENCE.now, versions=versions, missed=missed)
    said = document.write(evidence, found)
    answer = json.loads(said)
    assert said.isascii()
    assert len(said) <= document.LIMIT
    assert len(answer["problems"]) + answer["problems-left-out"] == len(found)
