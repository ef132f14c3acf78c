"""What Juju refuses, held against other words for the same rules and against this system."""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from ops import hookcmds
from tests.cluster import refusals
from tests.cluster.refusals import RefusedByJuju

RESULT_KEY = re.compile(r"[a-z0-9](([a-z0-9-]*[a-z0-9])|)")
SECRET_KEY = re.compile(r"[a-z](-?[a-z0-9]){2,}")
TEXT = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=8)
KEYISH = st.text("abz09-.A_é", max_size=8) | st.sampled_from(refusals.RESERVED)
NESTED = st.recursive(
    st.text(max_size=4) | st.integers() | st.booleans(),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c-d"]), inner, max_size=3),
    max_leaves=8,
)


def refuses(rule: Callable[..., None], *given: object) -> bool:
    try:
        rule(*given)
    except RefusedByJuju:
        return True
    return False


@given(KEYISH, TEXT)
def test_a_result_s_key_is_refused_by_any_of_its_parts(key: str, value: str) -> None:
    parts = key.split(".")
    good = all(RESULT_KEY.fullmatch(part) and part not in refusals.RESERVED for part in parts)
    assume("\0" not in value and not re.search("[\ud800-\udfff]", value))
    assert refuses(refusals.results, {key: value}) is not good


@given(st.dictionaries(st.sampled_from(["a", "b"]), NESTED))
def test_results_are_flattened_as_ops_flattens_them(nested: dict[str, Any]) -> None:
    flat = hookcmds._action.format_result_dict(nested)  # pyright: ignore[reportPrivateUsage]
    assert refusals.flattened(nested) == {key: str(value) for key, value in flat.items()}


@given(st.text("ab0-A_z\n", max_size=6))
def test_a_secret_s_key_is_of_juju_s_grammar(key: str) -> None:
    assert refuses(refusals.secret, {key: "x"}) is not bool(SECRET_KEY.fullmatch(key))


@given(st.lists(TEXT, max_size=3))
def test_an_argument_is_refused_where_no_process_can_be_started_with_it(argv: list[str]) -> None:
    strange = any(re.search("[\0\ud800-\udfff]", each) for each in argv)
    assert refuses(refusals.arguments, argv) is strange
    if any(re.search("[\0\ud800-\udc7f\udd00-\udfff]", each) for each in argv):
        with pytest.raises(ValueError, match=r"null byte|surrogates|codec"):
            subprocess.run([sys.executable, "-c", "", *argv], check=False)


@pytest.mark.parametrize("letter", ["a", "é", "€"])
@pytest.mark.parametrize("more", [-1, 0])
def test_the_length_of_an_argument_is_that_of_this_system(letter: str, more: int) -> None:
    size = refusals.ARGUMENT_BYTES + more  # with the NUL at its end, one more
    text = letter * (size // len(letter.encode()))
    text += "a" * (size - len(text.encode()))
    started = False
    with suppress(OSError):
        started = not subprocess.run(["/bin/true", text], check=False).returncode
    assert refuses(refusals.arguments, [text]) is not started


def test_arguments_are_refused_by_their_sum_too() -> None:
    one = "a" * (refusals.ARGUMENT_BYTES - 1)
    assert not refuses(refusals.arguments, [one] * 16)
    assert refuses(refusals.arguments, [one] * 16 + [""])
    assert refuses(refusals.results, {f"k{number}": one[:-9] for number in range(17)})


@given(st.sampled_from([*refusals.STATUSES, "unknown", "error", "", "terminated"]), TEXT)
def test_four_statuses_can_be_set(name: str, message: str) -> None:
    good = name in refusals.STATUSES and not refuses(refusals.arguments, [message])
    assert refuses(refusals.status, name, message) is not good


@given(st.dictionaries(TEXT, TEXT, max_size=3))
def test_what_ops_writes_into_a_file_is_refused_where_yaml_cannot_read_it(
    written: dict[str, str],
) -> None:
    paired = any(
        re.search("[\ud800-\udfff\U00010000-\U0010ffff]", each) for each in texts(written)
    )
    assert refuses(refusals.databag, written, written) is paired
    assert refuses(refusals.stored, written) is paired


def texts(written: Mapping[str, str]) -> list[str]:
    return [*written, *written.values()]


BY_SIZE: list[tuple[Callable[[dict[str, str]], None], str, int]] = [
    (refusals.databag, "key", refusals.RELATION_BYTES - 3),
    (refusals.config, "key", refusals.CONFIG_BYTES - 3),
    (refusals.secret, "key", refusals.SECRET_BYTES),
    (refusals.stored, "key", refusals.STATE_VALUE_BYTES),
    (refusals.stored, "k" * refusals.STATE_KEY_BYTES, refusals.STATE_VALUE_BYTES),
]


@pytest.mark.parametrize(("rule", "key", "most"), BY_SIZE)
def test_sizes_are_counted_in_bytes(
    rule: Callable[[dict[str, str]], None], key: str, most: int
) -> None:
    assert not refuses(rule, {key: "a" * most})
    assert refuses(rule, {key: "a" * (most + 1)})
    assert refuses(rule, {key: "é" * (most // 2 + 1)})


@pytest.mark.parametrize("leader", [True, False])
def test_some_of_it_is_the_leader_s(*, leader: bool) -> None:
    assert refuses(refusals.leads, leader, "what") is not leader


def test_the_rest_of_the_limits() -> None:
    assert refuses(refusals.stored, {"k" * (refusals.STATE_KEY_BYTES + 1): ""})
    assert refuses(refusals.secret, {"key": ""})
    half = "a" * (refusals.SECRET_BYTES // 2)
    assert refuses(refusals.secret, {"one": half, "two": half, "three": "a"})


def test_results_that_the_actions_document_are_none_that_juju_keeps() -> None:
    actions = yaml.safe_load((Path(__file__).parents[3] / "actions.yaml").read_text())
    assert not set(refusals.RESERVED) & set(re.findall(r"[a-z-]+", str(actions)))
