"""Which backups take in what Juju keeps of Velero's own secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.backups import copies_of_juju, schedules
from velero.desired import Scope

MODEL = "backups"
NAMES = st.text("abcdefgh-", min_size=1, max_size=9).filter(lambda text: text != MODEL)


def held(scope: Scope) -> bool:
    return copies_of_juju.may_be_in(schedules.template(scope), MODEL)


@pytest.mark.parametrize(
    "scope",
    [
        Scope(),
        Scope(include_namespaces=("*",)),
        Scope(include_namespaces=("shop", "back*")),
        Scope(include_namespaces=("[a-c]ackup?",)),
        Scope(exclude_namespaces=("kube-*",)),
        Scope(include_resources=("pods", "Secret")),
        Scope(include_resources=("sec*",)),
        Scope(exclude_resources=("pods", "secret?x")),
        Scope(label_selector={"app.kubernetes.io/managed-by": "juju"}),
        Scope(label_selector={"model.juju.is/name": MODEL}),
    ],
    ids=str,
)
def test_they_may_be_in_it(scope: Scope) -> None:
    assert held(scope)


@pytest.mark.parametrize(
    "scope",
    [
        Scope(include_namespaces=("shop",)),
        Scope(include_namespaces=("backup", "backups-*")),
        Scope(exclude_namespaces=(MODEL,)),
        Scope(include_namespaces=("*",), exclude_namespaces=("back*",)),
        Scope(include_resources=("pods", "deployments.apps")),
        Scope(exclude_resources=("secrets",)),
        Scope(exclude_resources=("Secret",)),
        Scope(exclude_resources=("s*s",)),
        Scope(label_selector={"app": "shop"}),
    ],
    ids=str,
)
def test_they_are_not_in_it(scope: Scope) -> None:
    assert not held(scope)


@given(others=st.lists(NAMES, max_size=4), more=st.lists(NAMES, max_size=4))
def test_only_what_is_named_counts(others: list[str], more: list[str]) -> None:
    assert held(Scope(include_namespaces=(*others, MODEL), exclude_namespaces=(*more,)))
    assert not held(Scope(include_namespaces=(*others, MODEL), exclude_namespaces=(*more, MODEL)))
    assert held(Scope(exclude_namespaces=(*more,)))
    assert held(Scope(include_namespaces=(*others,))) is (not others)
