"""What can be a name in Kubernetes: the one gate of every path and selector. Pure.

A name that a person, a client or an object of the cluster gives must not lead elsewhere: a slash,
a dot segment or a question mark in it would make another path of it. The grammars are those of
apimachinery (``pkg/util/validation/validation.go``, ``pkg/api/validation/path/name.go``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from velero import total
from velero.errors import InvalidName
from velero.kubernetes.resources import CLUSTER_ROLE_BINDING, NAMESPACE, Kind, Object, kind_of

LABEL_MAX: Final = 63
SUBDOMAIN_MAX: Final = 253
_LABEL: Final = re.compile(r"[a-z0-9-]{1,63}")
_PART: Final = re.compile(r"[a-z0-9-]+")
_VALUE: Final = re.compile(r"[A-Za-z0-9_.-]{1,63}")
_FIELD: Final = re.compile(r"[A-Za-z]{1,40}(\.[A-Za-z]{1,40}){0,3}")
_SEGMENT: Final = re.compile(r"[!-~]{1,253}")
_UID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ELSEWHERE: Final = frozenset("/%?#\\")
_JOINS: Final = frozenset(",=\\!")
_OBJECTS: Final = (
    f"1 to {SUBDOMAIN_MAX} lower-case letters, digits, inner hyphens and dots between them"
)
_LABELS: Final = f"1 to {LABEL_MAX} lower-case letters, digits and inner hyphens"


def is_label(text: str) -> bool:
    """Whether a text is a DNS label, such as a namespace's or a container's name."""
    return bool(_LABEL.fullmatch(text)) and not text.startswith("-") and not text.endswith("-")


def is_subdomain(text: str) -> bool:
    """Whether a text is a DNS subdomain, such as the name of a Backup."""
    return len(text) <= SUBDOMAIN_MAX and all(map(_is_part, text.split(".")))


def is_uid(text: str) -> bool:
    """Whether a text is a UID as the API server gives it."""
    return bool(_UID.fullmatch(text))


def is_label_value(text: str) -> bool:
    """Whether a text is the value of a label; an empty one is."""
    ends = text[:1] + text[-1:]
    return not text or (bool(_VALUE.fullmatch(text)) and not set(ends) & set("-_."))


def is_label_key(text: str) -> bool:
    """Whether a text is the key of a label: ``name`` or ``prefix/name``."""
    prefix, slash, name = text.rpartition("/")
    return bool(name) and is_label_value(name) and (not slash or is_subdomain(prefix))


def namespace(text: str) -> str:
    """A namespace's name, checked.

    Raises:
        InvalidName: it is none.
    """
    if is_label(text):
        return text
    raise InvalidName(_refusal(text, "name of a namespace", _LABELS))


def container(text: str) -> str:
    """A container's name, checked.

    Raises:
        InvalidName: it is none.
    """
    if is_label(text):
        return text
    raise InvalidName(_refusal(text, "name of a container", _LABELS))


def segment(kind: Kind, text: str) -> str:
    """The name of an object of a kind, as the last part of its path.

    Raises:
        InvalidName: no such object can have that name.
    """
    if kind == NAMESPACE:
        return namespace(text)
    if kind == CLUSTER_ROLE_BINDING:  # only those of RBAC may have other characters
        return quote(_any_segment(kind, text), safe="")
    if is_subdomain(text):
        return text
    raise InvalidName(_refusal(text, f"name of a {kind.name}", _OBJECTS))


def labels(selector: Mapping[str, str]) -> dict[str, str]:
    """Labels that objects are chosen by, checked: each is one requirement and no more.

    Raises:
        InvalidName: a key or a value is none.
    """
    for key, value in selector.items():
        if not is_label_key(key):
            raise InvalidName(_refusal(key, "label", "the form app or example.com/app"))
        if not is_label_value(value):
            allowed = f"at most {LABEL_MAX} letters, digits and inner '-', '_' or '.'"
            raise InvalidName(_refusal(value, f"value of label {key}", allowed))
    return dict(selector)


def fields(selector: Mapping[str, str]) -> dict[str, str]:
    """Fields that objects are chosen by, checked likewise.

    Raises:
        InvalidName: a path or a value is none.
    """
    for path, value in selector.items():
        if not _FIELD.fullmatch(path):
            raise InvalidName(_refusal(path, "field", "the form metadata.name"))
        if not _SEGMENT.fullmatch(value) or _JOINS & set(value):
            raise InvalidName(_refusal(value, f"value of field {path}", _OBJECTS))
    return dict(selector)


def placed(obj: Object, here: str) -> Kind:
    """The kind of an object that is to be written under its name and in our namespace.

    Raises:
        InvalidName: the name is none, or it belongs into another namespace than ours.
    """
    kind, where = kind_of(obj), total.at(obj, "metadata", "namespace")
    segment(kind, total.text(obj, "metadata", "name"))
    if kind.namespaced and where is not None and where != namespace(here):
        raise InvalidName(
            f"A {kind.name} in namespace {total.plain(str(where), 80)} is not written; the charm "
            f"works in its own, {here}"
        )
    return kind


def _is_part(text: str) -> bool:
    # A label within a subdomain may be as long as the whole (apimachinery's DNS1123Subdomain)
    return bool(_PART.fullmatch(text)) and not text.startswith("-") and not text.endswith("-")


def _any_segment(kind: Kind, text: str) -> str:
    if not _SEGMENT.fullmatch(text) or text in {".", ".."} or _ELSEWHERE & set(text):
        raise InvalidName(_refusal(text, f"name of a {kind.name}", _OBJECTS))
    return text


def _refusal(text: str, what: str, allowed: str) -> str:
    shown = f"'{total.plain(text, 80)}'" if text else "An empty text"
    return f"{shown} is no {what}, which has {allowed}; look at what there is, and name that"
