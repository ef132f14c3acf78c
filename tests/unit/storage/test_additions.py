"""What somebody added to the location is told by name, with the command that takes it out."""

import json
import shlex
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from velero.storage import additions

OURS = {"region": "eu", "s3Url": "https://s"}


def live(config: dict[str, str]) -> dict[str, Any]:
    below: dict[str, Any] = {f"f:{key}": {} for key in OURS}
    noted = {"f:spec": {"f:provider": {}, "f:config": below}}
    entry = {"manager": "velero-operator", "operation": "Apply", "fieldsV1": noted}
    return {
        "metadata": {"managedFields": [entry]},
        "spec": {"provider": "aws", "config": OURS | config},
    }


KEYS = st.text(min_size=1).filter(lambda key: key not in OURS)


@given(st.dictionaries(KEYS, st.text(), max_size=4))
def test_each_key_that_is_not_ours_is_found_and_the_command_takes_all_out(
    config: dict[str, str],
) -> None:
    paths = additions.found(live(config))
    assert paths == sorted(("spec", "config", key) for key in config)
    assert additions.words(paths).isprintable()
    [patch] = shlex.split(additions.patch(paths))
    assert json.loads(patch) == ({"spec": {"config": dict.fromkeys(config)}} if config else {})


def test_of_many_some_are_shown() -> None:
    paths = additions.found(live({f"k{n}": "" for n in range(9)}))
    assert additions.words(paths).endswith("config.k4 and 4 more")


def test_only_what_makes_any_connection_a_good_one_is_undone() -> None:
    there = live({"insecureSkipTLSVerify": "true", "kmsKeyId": "k"})
    patch = {"spec": {"config": {"insecureSkipTLSVerify": None}}}
    assert additions.undoing(there, OURS) == patch
    assert additions.undoing(live({"kmsKeyId": "k"}), OURS) == {}
    assert additions.undoing({"spec": {"config": []}}, OURS) == {}
