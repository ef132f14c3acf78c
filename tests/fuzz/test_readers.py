"""Every public function of the charm that reads what others wrote takes whatever they wrote.

Which functions those are is read from the modules, and what they take from their annotations: one
that takes something new fails here until it is said how to draw it, or why not.
"""

import contextlib
import importlib
import inspect
import itertools
import pkgutil
import typing
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.drawing import WORLDS, drawn
from tests.fuzz.schema import Strategy
from tests.fuzz.timed import repeat
from tests.fuzz.world import world

import monitoring
import velero
from velero.errors import VeleroError
from velero.kubernetes.cluster import Cluster

WRITERS: Final = {
    "velero.cli.allowed": "a policy of the charm's own",
    "velero.cli.commands": "what a person types; tests/functional/test_grammar.py has its grammar",
    "velero.diagnosis.meanings.row": "the patterns are the charm's own",
    "velero.installation.manifests": "what the pinned CLI prints",
    "velero.installation.versions": "what options say",
    "monitoring.dashboard": "made of nothing that others wrote",
    "monitoring.panels": "made of nothing that others wrote",
}
"""Modules that read nothing of others, and why."""
CHECKED: Final = {
    "velero.kubernetes.resources.kind_of": "of objects that the charm renders",
    "velero.installation.workloads.complete": "of what the pinned CLI prints",
    "velero.installation.workloads.plugins_of": "of a server that the charm applied",
    "velero.storage.remembered.memory_of": "of a location that is_sound",
    "velero.adoption.takeover.adopt": "of what survey has found",
    "velero.storage.location.outdated": "of a location that the charm renders",
    "velero.removal.waiting.twice": "it takes a step of the removal itself",
    "velero.diagnosis.spelling.fields": "of a view that spelling has made",
    "velero.backups.drift.paths": "of a patch that drift.added has made",
    "velero.backups.scheduling.added": "of a Schedule that the charm renders",
    "velero.kubernetes.names.placed": "of objects that the charm renders",
    "velero.storage.additions.patch": "of fields that additions.found has named",
    "velero.storage.providers.amazon.place": "of an endpoint that fields.url has taken",
    "velero.plan.steps": "of objects that the charm renders",
    "monitoring.endpoints.complaints": "of relations; tests/unit/inputs/test_databags.py",
    "velero.cli.capture.drain": "of a process; tests/unit/cli/test_cli.py floods its outputs",
}
"""Functions that are asked only where another has checked before, and by what."""


def modules() -> Iterator[str]:
    for package in (velero, monitoring):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield found.name


def functions() -> Iterator[Callable[..., Any]]:
    for module in (importlib.import_module(name) for name in modules() if name not in WRITERS):
        members = inspect.getmembers(module, inspect.isfunction)
        own = (each for name, each in members if not name.startswith("_"))
        yield from (each for each in own if each.__module__ == module.__name__)


def label(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__name__}"


def arguments(function: Callable[..., Any]) -> dict[str, Strategy | None]:
    # A module that is loaded with every hook imports the client for its types only
    hints = typing.get_type_hints(function, localns={"Cluster": Cluster})
    return {name: drawn(hints[name]) for name in inspect.signature(function).parameters}


FUNCTIONS: Final = [*functions()]
READERS: Final = [each for each in FUNCTIONS if label(each) not in CHECKED]


@pytest.fixture(scope="module", autouse=True)
def _somewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("world")
    with world(folder) as made, pytest.MonkeyPatch.context() as patched:
        patched.setenv("KUBECONFIG", str(folder / "kubeconfig"))
        WORLDS[:] = [made]
        yield


def test_every_reader_can_be_fed() -> None:
    unfed = [label(each) for each in READERS if None in [*arguments(each).values()]]
    assert unfed == []


def test_nothing_is_left_out_that_is_not_there() -> None:
    assert set(WRITERS) <= {*modules()}
    assert set(CHECKED) <= {label(each) for each in FUNCTIONS}


@pytest.mark.parametrize("function", READERS, ids=label)
def test_a_reader_takes_whatever_others_wrote(function: Callable[..., Any]) -> None:
    known = {name: each for name, each in arguments(function).items() if each is not None}

    @given(data=st.data())
    def fed(data: st.DataObject) -> None:
        found = _drawn(function, known, data)
        with contextlib.suppress(VeleroError, *_said(function)):
            _consumed(function(*found.args, **found.kwargs))

    repeat(fed)


def _drawn(
    function: Callable[..., Any], known: dict[str, Strategy], data: st.DataObject
) -> inspect.BoundArguments:
    found = inspect.signature(function).bind_partial()
    for name, each in inspect.signature(function).parameters.items():
        several = each.kind is inspect.Parameter.VAR_POSITIONAL
        value = st.lists(known[name], max_size=3).map(tuple) if several else known[name]
        found.arguments[name] = data.draw(value, name)
    return found


def _said(function: Callable[..., Any]) -> list[type[Exception]]:
    """What it says itself that it raises, beside errors of ours."""
    return [ValueError] if "ValueError" in (function.__doc__ or "") else []


def _consumed(result: object) -> None:
    """Run what is only begun."""
    if isinstance(result, Iterator):
        for _ in itertools.islice(typing.cast("Iterator[object]", result), 1000):
            pass
