"""Goes through a page: types its shell blocks, and holds what is printed against what it shows."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

from tests.functional.typist import Typist
from tests.markdown import Page

LEFT_OUT = "[…]"


def walk(page: Page, typist: Typist) -> None:
    """Type every command of a page that is not said to be left out.

    With TYPED in the environment, all that is printed goes to standard output too, to be put into
    the page.
    """
    printed = ""
    for block in page.blocks:
        if block in page.shells and block.is_run:
            printed = "\n".join(_typed(typist, command) for command in block.commands)
        elif block.language == "text" and block.is_run and "TYPED" not in os.environ:
            compare(block.lines, printed.splitlines(), f"{page.name}:{block.line}")


def compare(shown: tuple[str, ...], printed: list[str], where: str) -> None:
    """Each line that is shown is printed, in this order; numbers, times and ids may differ.

    Lines may be left out before the first, and where the page says so.
    """
    lines: Iterator[str] = iter([line for line in map(essence, printed) if line])
    seen: list[str] = []
    anywhere = True
    for line in shown:
        if line.strip() == LEFT_OUT:
            anywhere = True
        elif line.strip():
            _find(essence(line), lines, seen, anywhere=anywhere, where=where)
            anywhere = False


def essence(line: str) -> str:
    """A line without what differs from run to run."""
    line = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "0", line)
    return " ".join(re.sub(r"\b\d+[smhd]\b|\d+", "0", line).split())


def _find(
    wanted: str, lines: Iterator[str], seen: list[str], *, anywhere: bool, where: str
) -> None:
    for line in lines:
        seen.append(line)
        if line == wanted:
            return
        assert anywhere, f"{where} shows {wanted!r}, but printed is {line!r}"
    raise AssertionError(f"{where} shows {wanted!r}, but printed is only:\n" + "\n".join(seen))


def _typed(typist: Typist, command: str) -> str:
    printed = typist.type(command)
    if "TYPED" in os.environ:
        sys.stdout.write(f"$ {command}\n{printed}\n")
    return printed
