"""The one way from the words of others to Juju's hook tools.

Velero, the API server, pods and whoever is integrated say what they like: NUL, which no argument
of a process can hold, escape sequences, half of a character, a megabyte. A hook tool that cannot
be called fails the hook. What goes to `status-set` is made plain in ``velero.problem``, an error's
text in ``velero.errors``; here it is done for the log and for what an action says.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final, Self, cast

import ops
from ops.log import JujuLogHandler

from velero.total import block, plain

VERSION: Final = 64
"""Characters of a workload's version."""
_LINE: Final = 2000
_VALUE_BYTES: Final = 100_000
"""One argument of a process has fewer than 131,072 bytes."""


class _Formatter(logging.Formatter):
    """Another formatter's text, made plain."""

    def __init__(self, formatter: logging.Formatter | None) -> None:
        super().__init__()
        self._formatter = formatter or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        return block(self._formatter.format(record), _VALUE_BYTES)


def log_sparingly(*, traced: bool) -> None:
    """Leave out what only a debugger reads: each line is a process, and Juju throws it away.

    That is what ops says of its own work, and Juju's usual level is INFO.

    Args:
        traced: whether the hook's trace goes somewhere; others find it by one of these lines.
    """
    if not traced:
        logging.disable(logging.DEBUG)


def log_plainly() -> None:
    """Make plain what goes to `juju-log`, tracebacks and the libraries' messages included."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, JujuLogHandler) and not isinstance(handler.formatter, _Formatter):
            handler.setFormatter(_Formatter(handler.formatter))


class PlainEvent(ops.ActionEvent):
    """An action that says what it says in plain text."""

    @classmethod
    def of(cls, event: ops.ActionEvent) -> Self:
        """The same event, for whoever performs it."""
        made = cls(event.handle, event.id)
        made.framework, made.params = event.framework, event.params
        return made

    def set_results(self, results: dict[str, Any]) -> None:
        """As ops' own."""
        super().set_results(_plain(results))

    def log(self, message: str) -> None:
        """As ops' own, on one line."""
        super().log(plain(message, _LINE))

    def fail(self, message: str = "") -> None:
        """As ops' own, on one line."""
        super().fail(plain(message, _LINE))


def _plain(results: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _plain(cast("Mapping[str, Any]", value))
        if isinstance(value, Mapping)
        else block(str(value), _VALUE_BYTES)
        for key, value in results.items()
    }
