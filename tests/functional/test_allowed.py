"""What `run` allows, held against what the pinned velero CLI says it has."""

import re
import subprocess
from functools import cache

import pytest
from tests.cluster.tools import ensure_tools

from velero.cli import allowed

REFUSED = {
    ("backup", "create"): set[str](),
    ("backup", "describe"): {"--cacert", "--insecure-skip-tls-verify"},
    ("backup", "logs"): {"--cacert", "--insecure-skip-tls-verify"},
    ("backup", "delete"): {"--all", "--selector"},
    ("restore", "describe"): {"--cacert", "--insecure-skip-tls-verify"},
    ("restore", "logs"): {"--cacert", "--insecure-skip-tls-verify"},
    ("restore", "delete"): {"--all", "--selector"},
    ("schedule", "create"): set[str](),
    ("schedule", "pause"): {"--all", "--selector"},
    ("schedule", "unpause"): {"--all", "--selector"},
    ("schedule", "delete"): {"--all", "--selector"},
}
"""Every flag of these commands that we know and do not pass on."""
NEVER = {"--kubeconfig", "--kubecontext", "--namespace", "--log_file", "--log_dir", "--features"}
"""Flags of every command that no command may be given."""

_FLAG = re.compile(r"^ {2,6}(?:(-\w), )?(--[\w-]+)(?: (\S+))? {2,}", re.MULTILINE)


@cache
def flags(noun: str, verb: str, section: str) -> dict[str, tuple[str, str]]:
    """The flags that the CLI lists: long form to short form and the value's type."""
    argv = [ensure_tools().velero, noun, verb, "--help"]
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    part = text.partition(f"\n{section}:\n")[2].partition("\n\n")[0]
    return {long: (short, value) for short, long, value in _FLAG.findall(part)}


COMMANDS = sorted(allowed.ALLOWED)


@pytest.mark.parametrize(("noun", "verb"), COMMANDS)
def test_every_flag_of_a_command_is_allowed_or_knowingly_refused(noun: str, verb: str) -> None:
    known = set(flags(noun, verb, "Flags")) - {"--help"}
    assert known == allowed.ALLOWED[noun, verb] | REFUSED.get((noun, verb), set())


@pytest.mark.parametrize(("noun", "verb"), COMMANDS)
def test_an_allowed_flag_takes_a_value_exactly_if_the_cli_s_does(noun: str, verb: str) -> None:
    for flag, (_, value) in flags(noun, verb, "Flags").items():
        if flag in allowed.ALLOWED[noun, verb]:
            assert (flag in allowed.SWITCHES) == (not value), flag
            assert (flag in allowed.OPTIONAL) == value.endswith("[=true]"), flag


@pytest.mark.parametrize(("noun", "verb"), COMMANDS)
def test_a_short_flag_means_what_it_means_to_the_cli(noun: str, verb: str) -> None:
    for flag, (short, _) in flags(noun, verb, "Flags").items():
        if short and flag in allowed.ALLOWED[noun, verb]:
            assert allowed.SHORT[short] == flag


@pytest.mark.parametrize(("noun", "verb"), COMMANDS)
def test_no_command_takes_a_flag_of_all_commands(noun: str, verb: str) -> None:
    everywhere = set(flags(noun, verb, "Global Flags"))
    assert everywhere >= NEVER
    assert not everywhere & allowed.ALLOWED[noun, verb]


@pytest.mark.parametrize("noun", allowed.NOUNS)
def test_every_verb_of_a_noun_is_allowed_or_knowingly_refused(noun: str) -> None:
    argv = [ensure_tools().velero, noun, "--help"]
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    part = text.partition("\nAvailable Commands:\n")[2].partition("\n\n")[0]
    verbs = {line.split()[0] for line in part.splitlines()}
    ours = {verb for of, verb in allowed.ALLOWED if of == noun}
    assert verbs - ours == ({"download"} if noun == "backup" else set())
    assert ours <= verbs
