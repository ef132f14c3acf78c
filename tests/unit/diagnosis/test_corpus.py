"""What Velero, its plugins' clients and Kubernetes really say, and what the tables make of it."""

from __future__ import annotations

import corpus
import pytest
from corpus import NOBODY, OPEN, USUAL, Said
from hypothesis import given, settings
from hypothesis import strategies as st

from velero.diagnosis import cures
from velero.diagnosis.evidence import Evidence, Juju
from velero.diagnosis.meanings import tables
from velero.diagnosis.meanings.tables import TABLES

EVERY = corpus.read()
SILENT = [said for said in EVERY if not said.expected]
TOLD_BY_OTHERS = [said for said in EVERY if said.file != "charm"]
ENOUGH = 0.8
LIKE_CAUSES = (
    "oomkilled", "evicted", "accessdenied", "nosuchbucket", "x509", "hook-failed", "quota",
    "not-found", "invalid-repository-password", "imagepullbackoff", "failedmount", "no-such-host",
)  # fmt: skip
"""Names that somebody may give an object."""
NAMES = st.one_of(
    st.sampled_from(LIKE_CAUSES),
    st.from_regex(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?", fullmatch=True),
)
NUMBERS = st.integers(1, 65_000).map(str)
VALUES = {
    "name": NAMES,
    "id": st.from_regex(r"[0-9a-f]{5,32}", fullmatch=True),
    "uid": st.uuids().map(str),
    "n": NUMBERS,
    "ip": st.ip_addresses(v=4).map(str),
    "host": st.lists(NAMES, min_size=2, max_size=4).map(".".join),
    "path": st.lists(NAMES, min_size=1, max_size=6).map("/".join),
    "b64": st.from_regex(r"[A-Za-z0-9+/]{4,60}={0,2}", fullmatch=True),
    "port": st.integers(30_000, 32_767).map(str),
    "code": st.integers(1, 255).map(str),
}
WRAPPERS = (
    "",
    "rpc error: code = Unknown desc = ",
    'BackupStorageLocation "default" is unavailable: ',
    "Storage location default is Unavailable: ",
    "Backup shop-20261121020000 is PartiallyFailed, as were 6 before it: ",
    "BackupRepository shop-default-kopia-x1y2z is not ready: ",
    "Velero server is not ready: ",
    "error executing custom action (groupResource=pods, namespace=shop, name=data): ",
    "shop:  resource: /pods name: /db-0 message: /Error backing up item error: /",
    "error restoring configmaps/shop/a: ",
    "backup execution failed: ",
)
JOINTS = (": ", "; ", " ", "\n", ", ")


def shown(said: Said) -> str:
    return f"{said.cause}: {said.form[:60]}"


@pytest.mark.parametrize("said", EVERY, ids=shown)
def test_no_message_is_explained_wrongly(said: Said) -> None:
    assert tables.fitting(said.text()) in ([], said.expected)


def test_what_a_person_can_act_on_is_explained() -> None:
    acted_on = [said for said in EVERY if said.cause != NOBODY]
    right = [said for said in acted_on if tables.fitting(said.text()) == [said.cause]]
    assert len(EVERY) >= 300
    assert len(right) >= ENOUGH * len(acted_on)


def test_every_row_is_said_by_somebody() -> None:
    unsaid = [
        row.pattern.pattern
        for table in TABLES
        for row in table
        if not any(row.pattern.search(said.text()) for said in EVERY if said.cause == row.cause)
    ]
    assert unsaid == []
    assert {said.cause for said in EVERY} - {NOBODY, OPEN} == {
        row.cause for table in TABLES for row in table
    }


@pytest.mark.parametrize(
    "said", [said for said in EVERY if said.expected], ids=lambda said: said.form[:60]
)
def test_an_explanation_has_all_its_words(said: Said) -> None:
    juju = Juju(model="m", application="app-of-ours", unit="app-of-ours/0", leads=True)
    words = cures.words(Evidence(juju=juju, now=corpus.NOW))
    found = tables.of(said.text(), words)
    assert found is not None
    assert found.cause == said.cause
    assert "{" not in found.meaning + found.next_step.replace("'{}'", "")
    assert found.next_step


@given(st.sampled_from(TOLD_BY_OTHERS), st.sampled_from(WRAPPERS), st.data())
@settings(max_examples=300, deadline=None)
def test_names_numbers_and_what_stands_before_change_no_meaning(
    said: Said, before: str, data: st.DataObject
) -> None:
    usual = tables.fitting(said.text())
    text = said.text(lambda kind: data.draw(VALUES[kind], kind))
    assert tables.fitting(f"{before}{text}") == usual


@given(
    st.lists(st.sampled_from([said for said in SILENT if said.cause == NOBODY]), max_size=4),
    st.sampled_from(JOINTS),
    st.text(max_size=40),
)
@settings(max_examples=200, deadline=None)
def test_noise_makes_no_explanation(noise: list[Said], joint: str, text: str) -> None:
    parts = [said.text() for said in noise]
    assert tables.fitting(joint.join([*parts, text])) == []


@given(st.lists(st.sampled_from(EVERY), min_size=2, max_size=4), st.sampled_from(JOINTS))
@settings(max_examples=300, deadline=None)
def test_two_meanings_never_fit_equally_well(said: list[Said], joint: str) -> None:
    assert len(tables.fitting(joint.join(each.text() for each in said))) <= 1


def test_the_corpus_says_what_varies() -> None:
    assert set(VALUES) == set(USUAL)
    assert len({said.form for said in EVERY}) >= len(EVERY) - 10
    assert all(said.source for said in EVERY)
