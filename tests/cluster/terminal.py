"""How the demonstration looks: plain lines of at most 100 columns, colours only on a terminal."""

import os
import re
import sys
import textwrap
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager

WIDTH = 100
_BOLD, _DIM, _RED, _GREEN = "1", "2", "31", "32"
_GAP = "  "


class Terminal:
    """Standard output, and whether it is a person's terminal."""

    def __init__(self) -> None:
        self.is_tty = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._colours = self.is_tty and not os.environ.get("NO_COLOR")

    def heading(self, number: int, title: str) -> None:
        """A new chapter."""
        line = f"── {number}. {title} "
        self._say("")
        self._say(self._in(_BOLD, line.ljust(WIDTH, "─")))

    def command(self, text: str) -> None:
        """What a person would type."""
        self._say(self._in(_BOLD, f"$ {text}"))

    def ok(self, text: str) -> None:
        """Something that was checked and is as it should be."""
        self._say(self._in(_GREEN, "✓ ") + _wrapped(text))

    def failed(self, text: str) -> None:
        """Something that is not as it should be."""
        self._say(self._in(_RED, f"✗ {_wrapped(text)}"))

    def text(self, text: str = "", *, dim: bool = False) -> None:
        """Lines as they are; those that are too long are cut."""
        for line in text.splitlines() or [""]:
            cut = f"{line[: WIDTH - 1]}…" if len(line) > WIDTH else line
            self._say(self._in(_DIM, cut) if dim else cut)

    def status(self, table: str) -> None:
        """A table of `juju status`; a long message goes on below, in its column."""
        self.text("\n".join(_folded(table.splitlines())))

    @contextmanager
    def working(self, what: str) -> Generator[None]:
        """Count the seconds on a terminal, as long as a `with` block takes."""
        done = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(what, done), daemon=True)
        if self.is_tty:
            ticker.start()
        try:
            yield
        finally:
            done.set()
            if self.is_tty:
                ticker.join()
                self._write("\r\033[K")

    def _tick(self, what: str, done: threading.Event) -> None:
        started = time.monotonic()
        while not done.wait(0.1):
            seconds = time.monotonic() - started
            self._write(f"\r\033[K… {what}: {seconds:.1f} s")

    def _in(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colours else text

    def _say(self, text: str) -> None:
        self._write(f"{text}\n")

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned text."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    padded = ([c.ljust(w) for c, w in zip(row, widths, strict=True)] for row in rows)
    return "\n".join(_GAP.join(cells).rstrip() for cells in padded)


def _wrapped(text: str) -> str:
    lines = (textwrap.wrap(line, WIDTH - 2, break_on_hyphens=False) for line in text.splitlines())
    return "\n  ".join(part for wrapped in lines for part in wrapped)


def _folded(lines: Sequence[str]) -> Generator[str]:
    """Fold the last column, Message, of each table that is wider than the terminal."""
    column = 0
    for line in lines:
        if found := re.search(r"\bMessage$", line):
            column = found.start()
        elif not line:
            column = 0
        if column and len(line) > WIDTH:
            room = WIDTH - column
            parts = textwrap.wrap(line[column:], room, break_on_hyphens=False)
            yield line[:column] + parts[0]
            yield from (" " * column + part for part in parts[1:])
        else:
            yield line
