"""What `run` accepts it reads as pflag does: the CLI's own library is the judge.

The flags of each command are those that the pinned velero CLI lists, so that neither our tables
nor our reading of a command line is taken for granted.
"""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cluster import tools
from tests.functional.judge import Judge, judging
from tests.functional.test_allowed import COMMANDS, flags

from velero.cli import allowed
from velero.cli.commands import Command, parse
from velero.errors import Refused

SOURCE = tools.SOURCE / "pflag"
VALUES = ["", "0", "1", "T", "TRUE", "tRUE", "true", "false", "F", "banana", "json", "a,b=c", "-w"]
NAMES = ["b1", "b2", "w1", "--", "-", "other", "help", "b/../c", "''"]
LISTS = 12


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    with judging("pflag", tmp_path_factory.mktemp("pflag")) as judge:
        yield judge


def read(judge: Judge, noun: str, verb: str, argvs: list[list[str]]) -> list[dict[str, Any]]:
    """What pflag reads of the words behind a command."""
    return judge.ask({"flags": described(noun, verb), "argvs": argvs})


def described(noun: str, verb: str) -> list[dict[str, str]]:
    """A command's flags as its help has them, those of all commands too."""
    listed = flags(noun, verb, "Flags") | flags(noun, verb, "Global Flags")
    return [
        {
            "name": long.removeprefix("--"),
            "short": short.removeprefix("-"),
            "type": value.partition("[")[0] or "bool",
            "alone": "true" if value.endswith("[=true]") else "",
        }
        for long, (short, value) in listed.items()
    ]


def words(noun: str, verb: str) -> st.SearchStrategy[list[str]]:
    """Words that may stand behind a command: its flags in every form, values and names."""
    listed = {*flags(noun, verb, "Flags"), "--namespace", "--kubeconfig", "--wai", "--confirm"}
    long = st.sampled_from(sorted(listed))
    value = st.sampled_from(VALUES)
    letters = st.text("owlLhnvx=", min_size=1, max_size=4).map(lambda text: f"-{text}")
    with_value = st.tuples(long, value).map("=".join)
    short = st.tuples(letters, value).map("=".join)
    word = st.one_of(long, with_value, letters, short, value, st.sampled_from(NAMES), st.text())
    return st.lists(word, max_size=5)


def accepted(noun: str, verb: str, argv: list[str]) -> Command | None:
    try:
        return parse(shlex.join([noun, verb, *argv]))
    except Refused:
        return None


def last(read: dict[str, Any], name: str) -> bool | None:
    """Whether a switch is on, as pflag has it in the end; None if nothing is said."""
    said = [value for flag, value in read["Set"] if flag == name]
    return said[-1] in {"1", "t", "T", "TRUE", "true", "True"} if said else None


@pytest.mark.parametrize(("noun", "verb"), COMMANDS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_what_is_accepted_is_read_as_pflag_reads_it(
    judge: Judge, noun: str, verb: str, data: st.DataObject
) -> None:
    argvs = data.draw(st.lists(words(noun, verb), min_size=LISTS, max_size=LISTS))
    commands = [(argv, command) for argv in argvs if (command := accepted(noun, verb, argv))]
    typed = read(judge, noun, verb, [argv for argv, _ in commands])
    passed = read(judge, noun, verb, [[*command.argv[2:]] for _, command in commands])
    for (argv, command), meant, runs in zip(commands, typed, passed, strict=True):
        assert not meant["Error"], argv
        assert not runs["Error"], command
        assert tuple(meant["Names"] or ()) == command.names == tuple(runs["Names"] or ())
        ours = [pair for pair in meant["Set"] if pair[0] not in {"wait", "confirm"}]
        theirs = [pair for pair in runs["Set"] if pair[0] not in {"wait", "confirm"}]
        assert ours == theirs
        assert command.wait == bool(last(meant, "wait"))
        assert last(runs, "wait") is None
        assert last(runs, "confirm") is (True if verb == "delete" else None)
        assert last(meant, "confirm") is not False
        said = {f"--{name}" for name, _ in runs["Set"]}
        assert said <= allowed.ALLOWED[noun, verb] | {"--help"}


@pytest.mark.parametrize(("noun", "verb"), COMMANDS)
def test_every_flag_alone_and_with_a_value_is_read_as_pflag_reads_it(
    judge: Judge, noun: str, verb: str
) -> None:
    known = sorted(allowed.ALLOWED[noun, verb] - {"--confirm"})
    argvs = [argv for flag in known for argv in forms(flag)]
    commands = [(argv, command) for argv in argvs if (command := accepted(noun, verb, argv))]
    assert len(commands) >= len(known)
    found = read(judge, noun, verb, [argv for argv, _ in commands])
    for (argv, command), meant in zip(commands, found, strict=True):
        assert not meant["Error"], argv
        assert tuple(meant["Names"] or ()) == command.names


def forms(flag: str) -> list[list[str]]:
    """A flag with and without a value, before and after a name."""
    return [["b1", flag], ["b1", flag, "true"], ["b1", f"{flag}=true"], [flag, "b1"]]


def test_the_judge_has_velero_s_own_version_of_pflag() -> None:
    versions = [
        re.findall(r"spf13/pflag (v\S+)", (folder / "go.mod").read_text())
        for folder in (SOURCE, tools.SOURCE)
    ]
    assert versions[0] == versions[1]
