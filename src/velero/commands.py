"""Which velero commands the `run` action passes on, and with which flags. Pure.

The tables are in ``allowed.py``; here a command is read and held against them.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from velero.allowed import ALIASES, ALLOWED, NOUNS, OPTIONAL, SHORT, SWITCHES, WHY_NOT
from velero.errors import Refused

_NAMED = frozenset({"delete", "logs", "pause", "unpause"})
"""Verbs that would ask, or act on all, without a name."""
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Command:
    """A command that may run.

    Attributes:
        argv: without the binary; ``--confirm`` added where the CLI would ask.
        noun: backup, restore or schedule.
        verb: create, get, describe, logs, delete, pause or unpause.
        names: the objects that it names.
        wait: whether to follow what it makes to the end.
    """

    argv: tuple[str, ...]
    noun: str
    verb: str
    names: tuple[str, ...] = ()
    wait: bool = False


def parse(text: str) -> Command:
    """Read a command as a person types it after `velero`.

    Raises:
        Refused: with the reason and the nearest form that is allowed.
    """
    words = _split(text)
    noun, verb = _noun_and_verb(words)
    flags, names = _flags_and_names(words[2:], noun, verb)
    _check_names(noun, verb, names)
    wait = any(flag in {"--wait", "--wait=true"} for flag in flags)
    argv = [noun, verb, *names, *(f for f in flags if not f.startswith("--wait"))]
    if verb == "delete" and "--confirm" not in argv:
        argv.append("--confirm")
    return Command(tuple(argv), noun, verb, tuple(names), wait)


def _split(text: str) -> list[str]:
    if not text.isascii():
        raise Refused(
            "The command has characters outside ASCII; Velero's names and flags have none"
        )
    if not text.replace("\t", " ").replace("\n", " ").isprintable():
        raise Refused("The command has control characters; type it on one line")
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Refused(f"The command cannot be read ({error}); close every quote") from error
    if words and words[0] == "velero":
        words = words[1:]
    if not words:
        raise Refused('The command is empty; for example: command="backup get"')
    return words


def _noun_and_verb(words: list[str]) -> tuple[str, str]:
    noun, verb = (ALIASES.get(word, word) for word in [*words, ""][:2])
    if noun in NOUNS and (noun, verb) in ALLOWED:
        return noun, verb
    if noun in {"create", "get", "describe", "delete"} and verb in NOUNS:
        raise Refused(f"'{noun} {verb}' is written '{verb} {noun}' here")
    if noun not in NOUNS:
        raise Refused(f"'{noun[:40]}' is not run by this action; it runs {', '.join(NOUNS)}")
    verbs = [allowed for of, allowed in ALLOWED if of == noun]
    near = difflib.get_close_matches(verb, verbs, 1)
    hint = f"; did you mean '{noun} {near[0]}'?" if near else ""
    raise Refused(f"'{noun} {verb[:40]}' is not run by this action; {', '.join(verbs)} are{hint}")


def _flags_and_names(words: list[str], noun: str, verb: str) -> tuple[list[str], list[str]]:
    flags: list[str] = []
    names: list[str] = []
    rest = iter(words)
    for word in rest:
        if word.startswith("-"):
            flags.append(_flag(word, rest, noun, verb))
        else:
            names.append(word)
    return flags, names


def _flag(word: str, rest: Iterator[str], noun: str, verb: str) -> str:
    """One flag with its value, which may be the next word."""
    flag, equals, value = _long(word).partition("=")
    _check_flag(flag, noun, verb)
    if equals or flag in SWITCHES | OPTIONAL | {"--wait"}:
        return f"{flag}{equals}{value}"
    following = next(rest, None)
    if following is None:
        raise Refused(f"{flag} needs a value, for example {flag}=…")
    return f"{flag}={following}"


def _long(word: str) -> str:
    """The long form of a flag, as the CLI would read it."""
    if word.startswith("--"):
        return word
    if word == "-w":
        return "--wait"
    if word[:2] in SHORT:
        value = word[2:].removeprefix("=")
        return f"{SHORT[word[:2]]}={value}" if value else SHORT[word[:2]]
    if word[:2] == "-n":
        return "--namespace"
    raise Refused(f"'{word[:40]}' is no flag of this command; write flags in their long form")


def _check_flag(flag: str, noun: str, verb: str) -> None:
    allowed = ALLOWED[noun, verb] | {"--help"}
    if flag in allowed:
        return
    if flag == "--":
        raise Refused("A lone -- has no meaning here; leave it out")
    if flag in WHY_NOT:
        raise Refused(f"{flag} {WHY_NOT[flag]}")
    near = difflib.get_close_matches(flag, sorted(allowed), 1)
    hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(sorted(allowed))}"
    raise Refused(f"{flag[:60]} is not taken by '{noun} {verb}' here; {hint}")


def _check_names(noun: str, verb: str, names: list[str]) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            raise Refused(
                f"'{name[:60]}' is no name of a {noun}: lower-case letters, digits, '-' and '.'"
            )
    if verb in _NAMED and not names:
        raise Refused(f"'{noun} {verb}' needs a name, for example: {noun} {verb} nightly")
    if verb == "create" and len(names) > 1:
        raise Refused(f"'{noun} create' takes one name, not {len(names)}: {', '.join(names)[:80]}")
