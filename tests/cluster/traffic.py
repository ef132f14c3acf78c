"""What went to the API server: each request, and the verb that the API server's audit calls it."""

import urllib.parse
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

WRITING = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_REVIEWS = ("/authorization.k8s.io/", "/authentication.k8s.io/")


@dataclass
class Request:
    """One request, recorded when it arrives and completed when its answer ends.

    Attributes:
        method: the HTTP method.
        path: without the query.
        query: the query, undecoded, or "".
        status: the answer's HTTP status, or 0 while and where there is none.
        bytes: length of the answer's body.
        seconds: from its arrival to the end of the answer.
        fault: what was done to it on purpose, or "".
    """

    method: str
    path: str
    query: str = ""
    status: int = 0
    bytes: int = 0
    seconds: float = 0.0
    fault: str = ""

    @property
    def verb(self) -> str:
        """get, list, watch, create, update, patch, delete or deletecollection."""
        named = _is_named(self.path)
        if self.method == "DELETE":
            return "delete" if named else "deletecollection"
        if self.method in _VERBS:
            return _VERBS[self.method]
        if named:
            return "get"
        watch = urllib.parse.parse_qs(self.query).get("watch", [""])[0]
        return "watch" if watch in {"1", "true"} else "list"

    @property
    def writes(self) -> bool:
        """Whether it is meant to change something: not with dryRun, and no access review."""
        if self.verb not in WRITING or "dryRun=All" in self.query:
            return False
        return not any(group in self.path for group in _REVIEWS)

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        told = self.fault or str(self.status)
        return f"{self.verb} {self.path}{query}: {told}, {self.bytes} bytes, {self.seconds:.4f} s"


def by_verb(requests: Iterable[Request]) -> Counter[str]:
    """How many requests there were of each verb."""
    return Counter(request.verb for request in requests)


def _is_named(path: str) -> bool:
    """Whether a path names one object; paths that are no resource's (/version) count as that."""
    parts = path.strip("/").split("/")
    match parts:
        case ["api", _, *rest] | ["apis", _, _, *rest] if rest:
            pass
        case _:
            return True
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in {"status", "finalize"}:
        rest = rest[2:]
    return len(rest) > 1
