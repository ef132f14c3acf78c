"""Goes through a page: types its shell blocks, and holds what is printed against what it shows."""

from __future__ import annotations

import os
import sys

from tests.functional.typist import Typist
from tests.markdown import Page, compare


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


def _typed(typist: Typist, command: str) -> str:
    printed = typist.type(command)
    if "TYPED" in os.environ:
        sys.stdout.write(f"$ {command}\n{printed}\n")
    return printed
