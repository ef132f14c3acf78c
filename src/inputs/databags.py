"""The one reader of databags, whatever the other side wrote there.

Whoever is integrated may send any text, of any length. Libraries decode some of it as JSON in
their own handlers, and a hook then fails until the other side mends it: nothing of ours is within
reach to catch that. So what they would read is read here, and none of these functions raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import ops

from velero.total import parsed

SECRET: Final = "secret-extra"  # noqa: S105 - the field that holds a secret's id
FIELD_BYTES: Final = 1024 * 1024
"""What one field may hold: the certificates of a whole company take less."""
DOCUMENT_BYTES: Final = 64 * 1024
"""What a JSON document in a field may hold that is not a list of certificates."""
_SECRET_ID: Final = re.compile(r"(secret:)?[A-Za-z0-9/:-]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Said:
    """What the other side of a relation says.

    Attributes:
        fields: texts by field, those of its secret among them, without white space around them.
        lacking: what keeps the rest from being read, as what the other side has to do; empty if
            nothing does.
        wrong: what cannot be used whatever is waited for: the field, and what is wrong with it.
    """

    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    lacking: str = ""
    wrong: str = ""


def bag(relation: ops.Relation, of: ops.Application | ops.Unit | None = None) -> dict[str, str]:
    """What one of the other side wrote: its application, or a unit; empty if it is out of reach.

    Texts are free of lone surrogates, and of white space around them.
    """
    try:
        found = dict(relation.data[of or relation.app])
    except (ops.ModelError, KeyError):
        return {}
    return {key: _encodable(text).strip() for key, text in found.items()}


def said(framework: ops.Framework, relation: ops.Relation, secret_fields: Sequence[str]) -> Said:
    """The fields of a relation, and those of the secret that belongs to it.

    The secret's newest revision is read: Juju then tells of the next one. It is asked for by its
    id, for a label stays with the secret that had it first.

    Args:
        framework: the charm's.
        relation: the relation.
        secret_fields: what is taken from the secret; of a provider that knows no secrets, the
            databag's own fields are as good.
    """
    fields = bag(relation)
    if large := [key for key, text in fields.items() if len(text) > FIELD_BYTES]:
        return Said(wrong=f"{large[0]}: is longer than {FIELD_BYTES} characters; shorten it")
    secret = fields.pop(SECRET, "")
    if not secret:
        return Said(fields)
    if not _SECRET_ID.fullmatch(secret):
        return Said(fields, wrong=f"{SECRET}: is no secret's id; integrate it anew")
    try:
        content = _secret(framework, secret).get_content(refresh=True)
    except ops.ModelError:
        # Juju says "permission denied" of a secret that exists, and only of one that does not
        # "not found"
        return Said(fields, lacking="grant its secret")
    kept = {key: _encodable(text).strip() for key, text in content.items() if key in secret_fields}
    return Said(fields | kept)


def _secret(framework: ops.Framework, name: str) -> ops.Secret:
    """A secret that is not read yet: ``Model.get_secret`` reads it, and ``refresh`` once more."""
    event = ops.SecretChangedEvent(ops.Handle(None, "secret", None), name, None)
    event.framework = framework
    return event.secret


def document(text: str) -> Any:  # noqa: ANN401 - JSON
    """What a field says that holds JSON; None if it holds none, or more than anybody reads."""
    return parsed(text, DOCUMENT_BYTES)


def unreadable(relation: ops.Relation, fields: Sequence[str]) -> str:
    """The first of some fields that holds no JSON, at whoever of the other side; else empty."""
    bags = [bag(relation), *(bag(relation, unit) for unit in relation.units)]
    held = ((key, each[key]) for each in bags for key in fields if key in each)
    return next((key for key, text in held if parsed(text, FIELD_BYTES) is None), "")


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()
