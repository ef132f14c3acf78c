"""Whether a backup takes in what Juju keeps of Velero's own secrets. Pure.

Where Juju has no other backend, each revision of a secret is a Secret ``<id>-<revision>`` in the
model's namespace: the integrator's keys, and the repository password. They are Juju's, so that no
label of ours can leave them out (``custody.py`` does so with the charm's own).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final

from velero import total
from velero.kubernetes.resources import Object

_SECRETS: Final = "secrets"
_LONGEST: Final = 512
_PREFIX: Final = "app.kubernetes.io/"


def may_be_in(spec: Object, namespace: str) -> bool:
    """Whether a Backup of this spec may hold them; labels decide as far as Juju's are known.

    Args:
        spec: the spec of a Backup.
        namespace: the model's.
    """
    return (
        _is_taken(spec, "Namespaces", namespace)
        and _is_taken(spec, "Resources", _SECRETS)
        and all(map(_may_be_jujus, total.pairs(spec, "labelSelector", "matchLabels")))
    )


def told(namespace: str) -> str:
    """What a person has to know of such a backup, and what to do if it is not wanted."""
    return (
        f"This backup takes in namespace {namespace}, this model's own: Juju's copies of the "
        "storage credential and of the repository password (Secrets <id>-<revision>) may be in "
        "it, for all who can read the bucket. If they are not to be, let the client exclude that "
        f"namespace: exclude_namespaces: [{namespace}]"
    )


def noted(namespace: str) -> str:
    """The same in a few words, for one row of many."""
    return f"takes in {namespace}, where Juju keeps copies of Velero's secrets"


def _is_taken(spec: Object, what: str, name: str) -> bool:
    """Nothing included is everything (velero pkg/util/collections/includes_excludes.go)."""
    included = total.texts(spec, f"included{what}")
    excluded = total.texts(spec, f"excluded{what}")
    return (not included or any(_means(each, name) for each in included)) and not any(
        _means(each, name) for each in excluded
    )


def _means(text: str, name: str) -> bool:
    """Whether a name or a glob is of this; Velero takes a kind's singular too."""
    if len(text) > _LONGEST:
        return False
    is_kind = name == _SECRETS and text.lower() in {_SECRETS, _SECRETS[:-1]}
    return is_kind or fnmatchcase(name, text)


def _may_be_jujus(label: str) -> bool:
    return "juju" in label or label.startswith(_PREFIX)
