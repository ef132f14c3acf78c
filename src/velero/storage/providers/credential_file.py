"""Values in the files that plugins read credentials from: what a file cannot hold is refused.

A value is written plainly where that is read back as it is, else in quotes. The functional test
``test_credential_files.py`` holds both against the readers themselves.
"""

from __future__ import annotations

import re
from typing import Final

from velero.errors import InvalidInput
from velero.storage.providers import fields as read

_COMMENTS: Final = (" #", " ;")
_QUOTES: Final = ("'", '"')
_PLAIN: Final = re.compile(r"[A-Za-z0-9+/=._~-]+")


def shared(where: str, value: str) -> str:
    """A value of AWS's shared credentials file.

    Its reader ends a value before a comment whether quoted or not, takes one pair of quotes off,
    and panics over a value that is a single quote character (aws-sdk-go-v2
    config/internal/ini/strings.go, ``trimPropertyComment``, ``unquote``).

    Args:
        where: ``endpoint: field``.
        value: a secret; white space around it is none of it.

    Raises:
        InvalidInput: it is missing, has no place in one line, or would be cut.
    """
    line = read.secret_line(where, value)
    if any(mark in line for mark in _COMMENTS):
        raise InvalidInput(
            where,
            "has a blank before # or ;, where Velero's plugin takes the rest for a comment; make "
            "another key without",
        )
    return f'"{line}"' if line.startswith(_QUOTES) and line[-1] == line[0] else line


def environment(where: str, value: str) -> str:
    r"""A value of Azure's file of variables, which has two readers.

    Velero and its plugin read it with godotenv until 1.18.2 and with velero pkg/util/dotenv
    since. ``#`` begins a comment outside of quotes; in single quotes nothing has a meaning, in
    double quotes ``\`` and, to one of them, ``$``. The older one counts quotes of both kinds
    together between one ``#`` and the next.

    Args:
        where: ``endpoint: field``.
        value: a secret; white space around it is none of it.

    Raises:
        InvalidInput: it is missing, has no place in one line, or no quotes hold it.
    """
    line = read.secret_line(where, value)
    if _PLAIN.fullmatch(line):
        return line
    if "'" not in line and not {'"', "#"} <= set(line):
        return f"'{line}'"
    if not set(line) & set('"\\$#'):
        return f'"{line}"'
    raise InvalidInput(
        where,
        "has a quote beside another of \" ' # $ \\, which Velero's file of credentials cannot "
        "hold; make another one without quotes",
    )
