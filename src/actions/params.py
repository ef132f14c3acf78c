"""What a person types as parameters of actions, and what it means: read strictly.

Nothing malformed is ever taken for "nothing said", because nothing said means everything.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Self

import ops
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from charms.velero_libs.v0.velero_backup_config import (
    check_labels,
    check_namespace,
    check_resource,
    explain,
    parse_duration,
    quote,
)
from velero import total
from velero.backups.restores import Selector
from velero.errors import Refused
from velero.kubernetes import names

WAIT_MAX: Final = 3600.0
TEXT_MAX: Final = 4096
"""Characters of one parameter."""
COMMAND_MAX: Final = 16_384
_NUMBER_MAX: Final = 2**63
_SET: Final = re.compile(r"(\S+)\s+(in|notin)\s*\(([^()]*)\)")
_EQUALS: Final = re.compile(r"([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)")
_KEY: Final = re.compile(r"(!?)\s*([^\s=!()]+)")
_JUJU_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?")
_SELECTOR_LIKE: Final = 'use one such as "app=shop", "tier!=cache" or "env in (a, b)"'


class Params(BaseModel):
    """The root of all params models: hyphens for underscores, and nothing unknown."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=lambda name: name.replace("_", "-")
    )

    @classmethod
    def of(cls, event: ops.ActionEvent) -> Self:
        """The parameters of an event.

        Raises:
            Refused: naming the parameter at fault and what would be right.
        """
        return cls.from_values(event.params)

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        """As ``of``, for parameters by their names in actions.yaml, each of them any JSON."""
        for name, value in values.items():
            # Python does not write out a number of thousands of digits, in a message neither
            if isinstance(value, int) and abs(value) >= _NUMBER_MAX:
                raise Refused(
                    f"Wrong parameters: {total.plain(name, 60)}: the number is too large"
                )
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise Refused(f"Wrong parameters: {explain(error)}") from error


def _text(value: object, example: str, longest: int = TEXT_MAX) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'{quote(value)} is empty or no text; use for example "{example}"')
    if len(value) > longest:
        raise ValueError(
            f"{quote(value)} has {len(value)} characters; at most {longest} are taken, as in "
            f'"{example}"'
        )
    if not value.replace("\t", " ").replace("\n", " ").isprintable():
        raise ValueError(f'{quote(value)} has control characters; use for example "{example}"')
    return value.strip()


def _object_name(value: object) -> str:
    text = _text(value, "shop-20261121020000")
    if not names.is_subdomain(text):
        raise ValueError(
            f"{quote(text)} is no name and no UID of a backup, which have lower-case letters, "
            "digits, '-' and '.' only; see list-backups"
        )
    return text


def _cluster(value: object) -> str:
    text = _text(value, "1cde45c8").lower()
    if not re.fullmatch("[0-9a-f]{8}", text) and not names.is_uid(text):
        raise ValueError(
            f"{quote(text)} is no cluster, which is the uid of its namespace kube-system or the "
            "first 8 characters of that; see list-backups"
        )
    return text


def _juju_name(value: object) -> str:
    text = _text(value, "shop")
    if not _JUJU_NAME.fullmatch(text):
        raise ValueError(
            f"{quote(text)} is no name in Juju, which has letters, digits and inner '-', '_' or "
            "'.'; see list-clients"
        )
    return text


def _wait(value: object) -> float:
    seconds = parse_duration(_text(value, "5m")) / 1e9
    if not 0 <= seconds <= WAIT_MAX:
        raise ValueError(f'{quote(value)} is not between 0s and 1h; use for example "5m"')
    return seconds


def _target(value: object) -> tuple[str, str]:
    text = _text(value, "shop:backup")
    application, colon, endpoint = text.partition(":")
    if not (application and colon and endpoint) or ":" in endpoint:
        raise ValueError(f'{quote(text)} is not application:endpoint, such as "shop:backup"')
    return _juju_name(application), _juju_name(endpoint)


def _items(value: object, example: str) -> list[str]:
    items = [item.strip() for item in _text(value, example).split(",")]
    if not all(items):
        raise ValueError(
            f'{quote(value)} has an empty item; use for example "{example}", or leave the '
            "parameter out if nothing is to be narrowed"
        )
    return items


def _namespaces(value: object) -> tuple[str, ...]:
    return tuple(check_namespace(item) for item in _items(value, "shop,team-*"))


def _resources(value: object) -> tuple[str, ...]:
    return tuple(check_resource(item) for item in _items(value, "deployments.apps,secrets"))


def _mapping(value: object) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for item in _items(value, "shop:shop-copy"):
        old, colon, new = (part.strip() for part in item.partition(":"))
        if not colon or set("*?[") & set(item):
            raise ValueError(f'{quote(item)} is not old:new, such as "shop:shop-copy"')
        if check_namespace(old) in mapping:
            raise ValueError(f"{quote(old)} is mapped twice; map it once")
        mapping[old] = check_namespace(new)
    return mapping


def selector(value: object) -> Selector:
    """A label selector in Kubernetes' grammar (apimachinery ``pkg/labels/selector.go``).

    Raises:
        ValueError: it is malformed or empty.
    """
    parts = _split(_text(value, "app=shop"))
    return tuple(_requirement(part.strip()) for part in parts)


def _split(text: str) -> list[str]:
    """The parts between commas; those within brackets do not count."""
    parts, depth = [""], 0
    for each in text:
        depth = max(0, depth + (each == "(") - (each == ")"))
        if each == "," and not depth:
            parts.append("")
        else:
            parts[-1] += each
    return parts


def _requirement(text: str) -> tuple[str, str, tuple[str, ...]]:
    if found := _SET.fullmatch(text):
        values = [item.strip() for item in found[3].split(",")]
        return _checked(found[1], {"in": "In", "notin": "NotIn"}[found[2]], values, text)
    if found := _EQUALS.fullmatch(text):
        return _checked(found[1], "NotIn" if found[2] == "!=" else "In", [found[3]], text)
    if found := _KEY.fullmatch(text):
        return _checked(found[2], "DoesNotExist" if found[1] else "Exists", [], text)
    raise ValueError(f"{quote(text)} is no label selector; {_SELECTOR_LIKE}")


def _checked(
    key: str, operator: str, values: list[str], text: str
) -> tuple[str, str, tuple[str, ...]]:
    if not all(values):
        raise ValueError(f"{quote(text)} has an empty value; {_SELECTOR_LIKE}")
    for value in values or [""]:
        check_labels({key: value})
    return key, operator, tuple(values)


def _or_selector(value: object) -> tuple[Selector, ...]:
    parts: list[list[str]] = [[]]
    for word in _text(value, "a=b").split():
        if word == "or":
            parts.append([])
        else:
            parts[-1].append(word)
    found = tuple(selector(" ".join(words)) for words in parts)
    if len(found) == 1:
        raise ValueError(
            f'{quote(value)} is one selector; join two or more with "or", as in '
            '"app=shop or app=db", or use selector'
        )
    return found


Wait = Annotated[float, BeforeValidator(_wait)]
"""Seconds to follow an operation; typed as a duration of up to an hour."""
Target = Annotated[tuple[str, str], BeforeValidator(_target)]
"""Application and endpoint."""
Text = Annotated[str, BeforeValidator(lambda value: _text(value, "Completed"))]
Command = Annotated[str, BeforeValidator(lambda value: _text(value, "backup get", COMMAND_MAX))]
ObjectName = Annotated[str, BeforeValidator(_object_name)]
"""The name or UID of an object of Velero's."""
Name = Annotated[str, BeforeValidator(_juju_name)]
"""The name of an application, an endpoint or a model."""
ClusterName = Annotated[str, BeforeValidator(_cluster)]
"""A cluster's uid, or the beginning of it."""
Namespaces = Annotated[tuple[str, ...], BeforeValidator(_namespaces)]
Resources = Annotated[tuple[str, ...], BeforeValidator(_resources)]
Mapping = Annotated[dict[str, str], BeforeValidator(_mapping)]
LabelSelector = Annotated[tuple[tuple[str, str, tuple[str, ...]], ...], BeforeValidator(selector)]
OrSelector = Annotated[
    tuple[tuple[tuple[str, str, tuple[str, ...]], ...], ...], BeforeValidator(_or_selector)
]
