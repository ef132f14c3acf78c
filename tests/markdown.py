"""The documentation as data: its pages' links, headings, shell blocks and outputs.

A block in `shell` is what a person types; a block in `text` after it is what they then see, where
`[…]` stands for lines that were left out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SHELLS: Final = frozenset({"shell", "sh", "bash", "console"})
NOT_RUN: Final = "<!-- not run"
LEFT_OUT: Final = "[…]"

_FENCE: Final = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^`]*$")
_LINK: Final = re.compile(
    r"\[[^\]]*\]\((?P<target>[^)\s]+)\)|^\[[^\]]+\]: (?P<other>\S+)$", re.MULTILINE
)
_HEADING: Final = re.compile(r"^#{1,6} (?P<text>.+)$", re.MULTILINE)
_INLINE: Final = re.compile(r"`(?P<code>juju [^`]+)`")
_NO_SLUG: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        line: the number of its first line in the page.
        language: what stands after the fence.
        lines: its content.
        is_run: whether the page does not say that the tests leave it out.
    """

    line: int
    language: str
    lines: tuple[str, ...]
    is_run: bool = True

    @property
    def commands(self) -> list[str]:
        """What a person types: without prompts, comments and the ends of continued lines.

        With a prompt before any line, lines without one are output.
        """
        prompted = any(line.startswith("$ ") for line in self.lines)
        joined = "\n".join(self.lines).replace("\\\n", " ").splitlines()
        lines = (line.removeprefix("$ ") for line in joined if not prompted or line[:2] == "$ ")
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


class Page:
    """One page."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text()
        self.blocks = list(_blocks(self.text.splitlines()))
        self.prose = _without_blocks(self.text)

    @property
    def shells(self) -> list[Block]:
        """The blocks with commands."""
        return [block for block in self.blocks if block.language in SHELLS]

    @property
    def commands(self) -> list[str]:
        """All commands of its blocks, and those for juju in its prose."""
        typed = [command for block in self.shells for command in block.commands]
        return typed + [found["code"] for found in _INLINE.finditer(self.prose)]

    @property
    def links(self) -> list[str]:
        """The targets of its links."""
        return [found["target"] or found["other"] for found in _LINK.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """What a link to a part of it can name, as GitHub makes it from the headings."""
        headings = (found["text"] for found in _HEADING.finditer(self.prose))
        return {_NO_SLUG.sub("", text.strip().lower()).replace(" ", "-") for text in headings}


def pages() -> list[Page]:
    """All pages of the repository."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *(ROOT / "docs").rglob("*.md")]
    visible = {path for path in found if not path.relative_to(ROOT).parts[0].startswith(".")}
    return [Page(path) for path in sorted(visible)]


def words(command: str) -> list[str]:
    """A command's words, as a shell splits it; without a comment at its end."""
    return shlex.split(re.sub(r"\s#\s.*$", "", command))


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


def _blocks(lines: list[str]) -> Iterator[Block]:
    start, language, indent = 0, "", 0
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if not start and fence:
            start, language, indent = number + 1, fence["language"], len(fence["indent"])
        elif start and fence and not fence["language"]:
            content = tuple(each[indent:] for each in lines[start - 1 : number - 1])
            before = [each for each in lines[max(0, start - 4) : start - 2] if each.strip()]
            left_out = any(each.startswith(NOT_RUN) for each in before)
            yield Block(start, language, content, not left_out)
            start = 0


def _without_blocks(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
