"""The commands of CONTRIBUTING.md are taken, and run the tests that they name and no others."""

import configparser
import re
import shlex
import subprocess
import sys
from typing import Final

import pytest
from tests.markdown import ROOT, Page, words

COMMANDS: Final = [
    *[each for shell in Page(ROOT / "CONTRIBUTING.md").shells for each in shell.commands],
    *re.findall(r"`((?:TYPED=1 )?\.venv/bin/tox [^`]+)`", (ROOT / "CONTRIBUTING.md").read_text()),
]
TOX: Final = [each for each in COMMANDS if "tox run" in each]
POSARGS: Final = re.compile(r"\{posargs(?::(?P<default>[^}]*))?\}")


def env_and_arguments(command: str) -> tuple[str, list[str]]:
    """What follows `-e` and what follows `--`."""
    typed = words(command.replace("\n", " "))
    given = typed[typed.index("--") + 1 :] if "--" in typed else []
    return typed[typed.index("-e") + 1], given


def pytest_argv(env: str, given: list[str]) -> list[str]:
    """What tox runs in that environment, as its own documentation says it fills `{posargs}`."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "tox.ini")
    line = parser[f"testenv:{env}"]["commands"]
    return shlex.split(
        POSARGS.sub(lambda found: shlex.join(given) or found["default"] or "", line)
    )


def collected(env: str, *given: str) -> list[str]:
    """The tests that tox would run."""
    program, *arguments = pytest_argv(env, [*given])
    assert program == "pytest"
    argv = [sys.executable, "-m", "pytest", *arguments, "--collect-only", "-q", "--color=no"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if "::" in line]


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("make ")])
def test_make_knows_what_it_is_told(command: str) -> None:
    argv = ["make", "-n", *words(command)[1:]]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", TOX)
def test_tox_runs_what_is_named_and_no_more(command: str) -> None:
    env, given = env_and_arguments(command)
    if env == "integration":
        return  # tox's environment `collect` does that, with what it needs
    found = collected(env, *given)
    paths = [each for each in given if each.startswith("tests/")] or [f"tests/{env}/"]
    assert found
    assert {each for each in found if not each.startswith(tuple(paths))} == set()


def test_without_arguments_it_is_the_whole_folder() -> None:
    for env in ("unit", "functional"):
        files = {each.partition("::")[0] for each in collected(env)}
        there = {str(p.relative_to(ROOT)) for p in (ROOT / "tests" / env).rglob("test_*.py")}
        assert files == there


def test_a_name_alone_is_looked_for_in_the_folder() -> None:
    for env in ("unit", "functional"):
        found = collected(env, "-k", "test_package or selector")
        assert found
        assert all(each.startswith(f"tests/{env}/") for each in found)


def test_the_examples_are_there() -> None:
    assert {env_and_arguments(each)[0] for each in TOX} >= {"unit", "functional"}
    assert any(word.endswith(".py") for command in TOX for word in words(command))
