"""Which velero commands the `run` action passes on, and with which flags. Pure.

The tables are in ``allowed.py``; here a command is read and held against them. Flags are read as
pflag reads them (spf13/pflag flag.go, ``parseArgs``), or refused; a test holds the two together.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from velero.cli.allowed import (
    ALIASES,
    ALLOWED,
    DECIDED,
    NOUNS,
    OFF,
    ON,
    OPTIONAL,
    SHORT,
    SWITCHES,
    WHY_NOT,
)
from velero.errors import Refused
from velero.kubernetes import names as grammar

_NAMED = frozenset({"delete", "logs", "pause", "unpause"})
"""Verbs that would ask, or act on all, without a name."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag in its long form, and its value; None where it stands alone."""

    name: str
    value: str | None

    def __str__(self) -> str:
        """As the CLI takes it, in one word."""
        return self.name if self.value is None else f"{self.name}={self.value}"


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
    kept = [str(flag) for flag in flags if flag.name not in {"--wait", "--confirm"}]
    if verb == "delete":
        if not _is_on(flags, "--confirm", default=True):
            raise Refused(f"--confirm=false deletes nothing; leave it out to delete the {noun}")
        kept.append("--confirm")
    argv = (noun, verb, *names, *kept)
    return Command(argv, noun, verb, tuple(names), _is_on(flags, "--wait", default=False))


def _is_on(flags: list[Flag], name: str, *, default: bool) -> bool:
    """Whether a switch is on; of several, the last counts."""
    said = [flag.value is None or flag.value in ON for flag in flags if flag.name == name]
    return said[-1] if said else default


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


def _flags_and_names(words: list[str], noun: str, verb: str) -> tuple[list[Flag], list[str]]:
    flags: list[Flag] = []
    names: list[str] = []
    rest = iter(words)
    for word in rest:
        if word.startswith("--"):
            flag, equals, value = word.partition("=")
            _check_flag(flag, noun, verb)
            flags.append(_valued(flag, value if equals else None, rest))
        elif word.startswith("-") and word != "-":
            flags += _bundle(word[1:], rest, noun, verb)
        else:
            names.append(word)
    return flags, names


def _bundle(letters: str, rest: Iterator[str], noun: str, verb: str) -> Iterator[Flag]:
    """Short flags in one word: switches, and one with a value at the end."""
    while letters:
        flag = SHORT.get(f"-{letters[0]}")
        if not flag:
            raise Refused(
                f"'-{letters[:40]}' is no flag of this command; write flags in their long form"
            )
        _check_flag(flag, noun, verb)
        value, letters = _behind(letters, is_switch=flag in SWITCHES)
        yield _valued(flag, value, rest)


def _behind(letters: str, *, is_switch: bool) -> tuple[str | None, str]:
    """What stands behind a short flag in its word: its value, and other flags."""
    if len(letters) > len("x=") and letters[1] == "=":
        return letters[2:], ""
    if is_switch:
        return None, letters[1:]
    return letters[1:] or None, ""


def _valued(flag: str, value: str | None, rest: Iterator[str]) -> Flag:
    """A flag with its value, which may be the next word."""
    if value is None and flag not in SWITCHES | OPTIONAL:
        value = next(rest, None)
        if value is None:
            raise Refused(f"{flag} needs a value, for example {flag}=…")
    if value is not None:
        _check_switch(flag, value)
    return Flag(flag, value)


def _check_switch(flag: str, value: str) -> None:
    if flag not in SWITCHES | OPTIONAL | DECIDED or value in ON | OFF:
        return
    if value or flag in SWITCHES:
        raise Refused(
            f"{flag}={value[:40]} is neither on nor off; use {flag}=true or {flag}=false"
        )


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
        if not grammar.is_subdomain(name):
            raise Refused(
                f"'{name[:60]}' is no name of a {noun}: lower-case letters, digits, '-' and '.'"
            )
    if verb in _NAMED and not names:
        raise Refused(f"'{noun} {verb}' needs a name, for example: {noun} {verb} nightly")
    if verb == "create" and len(names) > 1:
        raise Refused(f"'{noun} create' takes one name, not {len(names)}: {', '.join(names)[:80]}")
