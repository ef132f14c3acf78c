"""What Juju's hook tools refuse, in one place for both stand-ins (`hook_tool`, `hook_calls`).

The rules are those of Juju 4.0's own sources, `internal/worker/uniter/runner/jujuc` where nothing
else is named, and of the operating system that starts the tools. Everything is a size, a grammar
or a name: there is no I/O here, and nothing is imported that `python -I -S` does not have.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

ARGUMENT_BYTES: Final = 128 * 1024
"""Of one argument, its final NUL included (Linux, MAX_ARG_STRLEN)."""
ARGUMENTS_BYTES: Final = 2 * 1024 * 1024
"""Of all arguments (Linux: a quarter of the usual 8 MiB of stack)."""
RELATION_BYTES: Final = 16 * 1024 * 1024
CONFIG_BYTES: Final = 16 * 1024 * 1024
SECRET_BYTES: Final = 1_000_000
STATE_KEY_BYTES: Final = 256
STATE_VALUE_BYTES: Final = 64 * 1024
STATUSES: Final = ("maintenance", "blocked", "waiting", "active")
RESERVED: Final = ("stdout", "stdout-encoding", "stderr", "stderr-encoding")

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_ALPHANUMERIC: Final = _LETTERS | frozenset("0123456789")
_SHORTEST_SECRET_KEY: Final = 3


class RefusedByJuju(Exception):
    """Juju, or the system that starts its tool, would refuse this; the message is its own."""


def arguments(argv: Iterable[str]) -> None:
    """Refuse what no process can be started with.

    Raises:
        RefusedByJuju: one has a NUL or a lone surrogate, or is too long; or all together are.
    """
    total = 0
    for each in argv:
        if "\0" in each:
            raise RefusedByJuju("embedded null byte")
        size = len(_encoded(each)) + 1
        total += size
        if size > ARGUMENT_BYTES:
            raise RefusedByJuju(f"Argument list too long: one argument of {size} bytes")
    if total > ARGUMENTS_BYTES:
        raise RefusedByJuju(f"Argument list too long: {total} bytes")


def results(flat: Mapping[str, str]) -> None:
    """Refuse results of an action, by dotted key.

    Raises:
        RefusedByJuju: a part of a key is reserved or none of Juju's grammar, or they are too long.
    """
    for key in flat:
        for part in key.split("."):
            _result_key(part)
    arguments(["action-set", *(f"{key}={value}" for key, value in flat.items())])


def flattened(nested: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Results as `action-set` gets them from ops: dotted keys, and every value as text."""
    flat: dict[str, str] = {}
    for key, value in nested.items():
        name = f"{above}.{key}" if above else key
        inner = isinstance(value, Mapping)
        flat |= flattened(cast("Any", value), name) if inner else {name: str(value)}
    return flat


def status(name: str, message: str) -> None:
    """Refuse a status that a charm cannot set, or a message that cannot be passed on.

    Raises:
        RefusedByJuju: it is such a one.
    """
    if name not in STATUSES:
        raise RefusedByJuju(f'invalid status "{name}", expected one of {list(STATUSES)}')
    arguments(["status-set", name, message])


def databag(bag: Mapping[str, str], written: Mapping[str, str] | None = None) -> None:
    """Refuse what is written into a databag.

    Args:
        bag: all that is in it afterwards.
        written: what of it is written now, by ops; None if by someone of whom no more is known.

    Raises:
        RefusedByJuju: it is too large, or Juju cannot read it.
    """
    _as_yaml(written or {})
    size = _size(bag)
    if size > RELATION_BYTES:
        raise RefusedByJuju(f"relation settings of {size} bytes exceed {RELATION_BYTES}")


def stored(written: Mapping[str, str]) -> None:
    """Refuse what is written into the state that Juju keeps for a charm.

    Raises:
        RefusedByJuju: a key or a value is too long, or Juju cannot read it.
    """
    _as_yaml(written)
    for key, value in written.items():
        if len(_encoded(key)) > STATE_KEY_BYTES:
            raise RefusedByJuju(f"state key of more than {STATE_KEY_BYTES} bytes")
        if len(_encoded(value)) > STATE_VALUE_BYTES:
            raise RefusedByJuju(f'state value of "{key}" of more than {STATE_VALUE_BYTES} bytes')


def secret(content: Mapping[str, str]) -> None:
    """Refuse a secret's content.

    Raises:
        RefusedByJuju: a key is none of Juju's grammar, a value is empty, or there is too much.
    """
    for key, value in content.items():
        if not _is_secret_key(key):
            raise RefusedByJuju(f'key "{key}" not valid')
        if not value:
            raise RefusedByJuju(f'empty value for key "{key}" not valid')
    if sum(len(_encoded(value)) for value in content.values()) > SECRET_BYTES:
        raise RefusedByJuju(f"secret content of more than {SECRET_BYTES} bytes")


def config(options: Mapping[str, Any]) -> None:
    """Refuse an application's configuration.

    Raises:
        RefusedByJuju: it is too large.
    """
    size = _size({key: str(value) for key, value in options.items()})
    if size > CONFIG_BYTES:
        raise RefusedByJuju(f"application config of {size} bytes exceeds {CONFIG_BYTES}")


def leads(leader: bool, what: str) -> None:  # noqa: FBT001 - that is the point
    """Refuse what only the leader may do.

    Raises:
        RefusedByJuju: the unit does not lead.
    """
    if not leader:
        raise RefusedByJuju(f"{what}: this unit is not the leader: permission denied")


def _result_key(part: str) -> None:
    inner = frozenset(part) <= _ALPHANUMERIC | {"-"}
    if not part or not inner or part[0] == "-" or part[-1] == "-":
        raise RefusedByJuju(
            f'key "{part}" must start and end with lowercase alphanumeric, and contain only '
            "lowercase alphanumeric and hyphens"
        )
    if part in RESERVED:
        raise RefusedByJuju(f'cannot set reserved action key "{part}"')


def _is_secret_key(key: str) -> bool:
    """Whether it matches `^[a-z](-?[a-z0-9]){2,}$` (core/secrets)."""
    letters = key.replace("-", "")
    return (
        len(letters) >= _SHORTEST_SECRET_KEY
        and key[0] in _LETTERS
        and frozenset(letters) <= _ALPHANUMERIC
        and "--" not in key
        and not key.endswith("-")
    )


def _as_yaml(written: Mapping[str, str]) -> None:
    """Refuse what Juju cannot read of the file that ops gives it.

    ops writes JSON in ASCII, where a character beyond U+FFFF is two escapes; Juju reads it as YAML
    (gopkg.in/yaml.v2, scannerc.go), which has no such pairs.
    """
    for text in [*written, *written.values()]:
        if not text.isascii() and any(map(_is_paired, text)):
            raise RefusedByJuju("yaml: found invalid Unicode character escape code")


def _is_paired(character: str) -> bool:
    """Whether JSON writes it as, or it is, a surrogate."""
    return "\ud800" <= character <= "\udfff" or character > "\uffff"


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise RefusedByJuju("surrogates not allowed") from None


def _size(texts: Mapping[str, str]) -> int:
    return sum(len(_encoded(key)) + len(_encoded(text)) for key, text in texts.items())
