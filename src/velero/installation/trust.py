"""Whether what is forbidden is so for want of `juju trust`, or for another reason."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from velero.errors import Denied, Forbidden
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Object


@contextmanager
def unless_missing(cluster: Cluster) -> Generator[None]:
    """Break a `with` block off silently where something is forbidden for want of trust.

    Raises:
        Denied: it is forbidden, but not for that.
    """
    try:
        yield
    except Forbidden as error:
        # Asked only then: a hook that may do all of this is trusted
        if cluster.may_everything():
            raise Denied(str(error)) from error


def telling(cluster: Cluster, apply: Callable[[Object], object]) -> Callable[[Object], object]:
    """A way to apply an object that tells want of trust from an object that is denied.

    It raises ``Forbidden`` for the one and ``Denied`` for the other.
    """

    def applied(obj: Object) -> object:
        try:
            return apply(obj)
        except Forbidden as error:
            if not cluster.may_everything():
                raise
            raise Denied(str(error)) from error

    return applied
