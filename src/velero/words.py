"""Words of others in a sentence of ours. Pure."""

from __future__ import annotations

from typing import Final

from velero.total import plain

_READ: Final = 20_000
_SHOWN: Final = 300


def short(text: str) -> str:
    """One printable line; of a long one its middle goes, for the reason is often at its end."""
    line = plain(text, _READ)
    half = _SHOWN // 2
    return line if len(line) <= _SHOWN else f"{line[:half]} … {line[-half:]}"
