"""Values of the types that readers take, told from their annotations."""

import dataclasses
import datetime as dt
import enum
import functools
import inspect
import ssl
import tempfile
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from tests.cluster.tools import charm_cli
from tests.fuzz.samples import any_object
from tests.fuzz.schema import ANYTHING, TEXTS, Strategy
from tests.fuzz.world import World

from velero.cli.process import Cli
from velero.desired import Claim, Client, Desired, Schedule, Scope, Storage
from velero.errors import VeleroError
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.live import Live
from velero.kubernetes.resources import Kind, Object
from velero.observed import Observed
from velero.velero import Velero

CACHE: Final = Path(tempfile.gettempdir()) / "velero-operator-fuzz"
WORLDS: Final[list[World]] = []
"""The one in which the test that runs has its cluster."""
_PATIENCE: Final = 0.1
CALLABLE: Final = typing.get_origin(Callable[[], None])
_MANY: Final = {list, tuple, frozenset, Collection, Iterable, Sequence, Iterator}

CLIENTS: Final = st.builds(Client, TEXTS, TEXTS, TEXTS)
STORAGES: Final = st.builds(
    Storage,
    endpoint=st.just("s3-credentials"),
    provider=st.just("aws"),
    plugin_image=st.just("p:v1"),
    bucket=st.just("b"),
    prefix=st.just("p"),
    config=st.just({"s3Url": "http://x"}),
    credential=st.just("c"),
)
SCHEDULES: Final = st.builds(
    Schedule, CLIENTS, st.just(Scope()), st.sampled_from(["@daily", "0 2 * * *"])
)
DESIRED: Final = st.builds(
    Desired,
    namespace=st.just("m1"),
    application=st.just("velero-operator"),
    image=st.just("velero/velero:v1.18.3"),
    storage=st.none() | STORAGES,
    keep_storage=st.booleans(),
    schedules=st.lists(SCHEDULES, max_size=2).map(tuple),
    unclear=st.lists(st.builds(Claim, st.integers(1, 9), CLIENTS), max_size=1).map(tuple),
)
"""What is desired is validated before, so its own texts are those of a good configuration."""


def _by_key(objects: list[Object]) -> dict[tuple[str, str], Object]:
    return {(each["kind"], each["metadata"]["name"]): each for each in objects}


def _cluster(objects: list[Object]) -> Cluster:
    WORLDS[0].objects = objects
    return Cluster("m1")


def _live(objects: list[Object]) -> Live:
    return Live(_cluster(objects), _by_key(objects), _PATIENCE)


def _velero(objects: list[Object]) -> Velero:
    return Velero(_cluster(objects), Cli(charm_cli().parent, CACHE), _PATIENCE)


@functools.cache
def _simple() -> dict[Any, Strategy]:
    several = st.lists(any_object(), max_size=8)
    pods = st.lists(any_object(), max_size=2).map(tuple)
    return {
        Any: ANYTHING,
        object: ANYTHING,
        str: TEXTS,
        int: st.integers(1, 4000),
        float: st.floats(0, 0.2),
        bool: st.booleans(),
        bytes: st.binary(max_size=100),
        type(None): st.none(),
        dt.datetime: st.datetimes(
            *(dt.datetime.fromisoformat(f"{year}-01-01") for year in (2000, 2100)),
            timezones=st.just(dt.UTC),
        ),
        dt.timedelta: st.timedeltas(dt.timedelta(0), dt.timedelta(days=400)),
        ssl.SSLContext: st.builds(ssl.create_default_context),
        VeleroError: TEXTS.map(VeleroError),
        Kind: st.sampled_from([*k8s.VELERO_KINDS, k8s.POD, k8s.DEPLOYMENT]),
        Object: any_object(),
        Client: CLIENTS,
        Schedule: SCHEDULES,
        Scope: st.just(Scope()),
        Storage: STORAGES,
        Desired: DESIRED,
        Observed: st.builds(
            Observed,
            objects=several.map(_by_key),
            pods=pods,
            agents=pods,
            namespace=st.none() | any_object(),
            refused=TEXTS,
            held=TEXTS,
        ),
        Cluster: several.map(_cluster),
        Live: several.map(_live),
        Velero: several.map(_velero),
    }


def drawn(annotation: Any) -> Strategy | None:  # noqa: ANN401 - a type
    """Values of a type; None of one that nobody has said how to draw."""
    if annotation in _simple():
        return _simple()[annotation]
    if inspect.isclass(annotation) and dataclasses.is_dataclass(annotation):
        return _built(annotation)
    if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        return st.sampled_from(annotation)
    return _composed(typing.get_origin(annotation), typing.get_args(annotation))


def _composed(origin: Any, inner: tuple[Any, ...]) -> Strategy | None:  # noqa: ANN401 - a type
    if origin is tuple and Ellipsis not in inner:
        return _whole(st.tuples, [*map(drawn, inner)])
    if origin in _MANY:
        below = drawn(inner[0])
        return None if below is None else st.lists(below, max_size=3).map(_kept_in(origin))
    if origin in {dict, Mapping}:
        return _whole(lambda *each: st.dictionaries(*each, max_size=3), [*map(drawn, inner)])
    if origin in {typing.Union, types.UnionType}:
        return _whole(st.one_of, [*map(drawn, inner)])
    return _function(inner) if origin is CALLABLE else None


def _function(inner: Any) -> Strategy | None:  # noqa: ANN401 - a type's arguments
    if inner == ([], str):
        return _simple()[str].map(_saying)
    return st.just(_ANSWERS[inner[1]]) if inner[1] in _ANSWERS else None


def _kept_in(origin: Any) -> Callable[[list[Any]], Collection[Any]]:  # noqa: ANN401 - a type
    return origin if origin in {frozenset, tuple} else list


def _told(*_: object) -> None:
    """Nobody wants to know how a reader gets on."""


def _sure(*_: object) -> bool:
    return True


def _saying(text: str) -> Callable[[], str]:
    return lambda: text


def _same(text: str) -> str:
    return text


def _backup(name: str) -> Object:
    return {
        "apiVersion": k8s.BACKUP.api_version,
        "kind": k8s.BACKUP.name,
        "metadata": {"name": name, "namespace": "m1"},
    }


def _one(*_given: object) -> int:
    return 1


_ANSWERS: Final[dict[Any, Callable[..., Any]]] = {
    None: _told,
    type(None): _told,
    object: _told,
    bool: _sure,
    int: _one,
    str: _same,
    Object: _backup,
}
"""What a function that a reader is given does, by what it returns."""


def _whole(make: Callable[..., Strategy], parts: list[Strategy | None]) -> Strategy | None:
    return None if any(each is None for each in parts) else make(*parts)


def _built(kind: type[Any]) -> Strategy | None:
    """Values of a class of ours."""
    hints = typing.get_type_hints(kind)
    fields = {each.name: drawn(hints[each.name]) for each in dataclasses.fields(kind)}
    if any(each is None for each in fields.values()):
        return None
    return st.builds(kind, **typing.cast("dict[str, Strategy]", fields))
