"""Everything that can go wrong in the Velero core, as one tree.

::

    VeleroError
    ├── InvalidInput        an option or a relation's data cannot be used as it is
    ├── Refused             what an action was asked to do and does not do
    ├── CliError            the velero CLI failed; says what it said
    ├── StoreUnreachable    a file cannot be fetched from the object store
    └── ClusterError        the Kubernetes API did not do what was asked
        ├── Unreachable     no answer, or none that means anything: time will heal it
        ├── Forbidden       no right to do it: trust is missing
        ├── Denied          we have every right, and it was denied all the same
        ├── BeingDeleted    the model's namespace goes, and takes nothing new
        ├── NotFound        no such object, or no such kind
        ├── Conflict        it exists already, or changed in between
        └── Rejected        the API server found the object wrong
            └── InvalidName what is no name in Kubernetes; the API server was not asked

Foreign errors (httpx2, lightkube, subprocess, urllib) become these in ``answers.py``, ``cli.py``
and ``fetching.py`` and nowhere else. No message ever holds a secret.
"""

from typing import Final

from velero.total import plain

_SHOWN: Final = 2000


class VeleroError(Exception):
    """The root; its text is one sentence for a person, of one plain line whoever said it."""

    def __init__(self, text: str = "") -> None:
        super().__init__(plain(text, _SHOWN))


class InvalidInput(VeleroError):
    """An option or a relation's data cannot be used.

    Args:
        where: the option, or ``endpoint: field``.
        reason: what is wrong with it and what would be right. Never a secret's value.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


class Refused(VeleroError):
    """What an action does not do as it was asked, and the nearest that it would."""


class CliError(VeleroError):
    """The velero CLI failed, could not be started, or ran out of time."""


class StoreUnreachable(VeleroError):
    """A file cannot be fetched from the object store from where the charm runs."""


class ClusterError(VeleroError):
    """The Kubernetes API did not do what was asked."""


class Unreachable(ClusterError):
    """The API server gave no usable answer: connection, time-out, 401, 429 or 5xx.

    401 is among them because the token is Kubernetes' to renew, and no right of ours is missing.
    """


class Forbidden(ClusterError):
    """The API server answered 403."""


class Denied(ClusterError):
    """The API server answered 403 although we may do everything: admission, or a quota."""


class BeingDeleted(ClusterError):
    """The model's namespace is being deleted, with all that is in it."""


class NotFound(ClusterError):
    """The API server said that there is no such object, that its kind is not installed, or 410."""


class Conflict(ClusterError):
    """The API server answered 409."""


class Rejected(ClusterError):
    """The API server answered with another 4xx: the object itself is wrong."""


class InvalidName(Rejected):
    """A name, a namespace or a selector is none in Kubernetes; the API server was not asked."""
