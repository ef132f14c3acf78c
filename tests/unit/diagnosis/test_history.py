"""Of many backups and restores, what a person has to know."""

from typing import Any

from velero.diagnosis import history
from velero.kubernetes.resources import Object


def backup(name: str, phase: str, at: str, schedule: str = "", **labels: str) -> Object:
    marks = {**labels, **({"velero.io/schedule-name": schedule} if schedule else {})}
    metadata = {"name": name, "labels": marks, "creationTimestamp": f"2026-01-{at}T00:00:00Z"}
    status = {"phase": phase} if phase else {}
    return {"kind": "Backup", "metadata": metadata, "spec": {}, "status": status}


def read(*objects: Object, limit: int = 5) -> tuple[list[str], list[tuple[str, int, str]]]:
    running, failed = history.read(objects, limit)
    names = [obj["metadata"]["name"] for obj in running]
    return names, [(f.object["metadata"]["name"], f.before, f.since) for f in failed]


def test_the_last_failure_of_a_schedule_stands_for_those_in_a_row_before_it() -> None:
    found = read(
        backup("good", "Completed", "01", "s"),
        backup("bad-3", "Failed", "04", "s"),
        backup("bad-1", "PartiallyFailed", "02", "s"),
        backup("bad-2", "FailedValidation", "03", "s"),
        backup("old", "Failed", "01", "s") | {"status": {"phase": "Failed"}},
    )
    assert found == ([], [("bad-3", 2, "")])


def test_a_later_success_of_the_same_client_is_named_with_the_failure() -> None:
    client: dict[str, Any] = {
        f"velero-operator.canonical.com/{key}": "x" for key in ("application", "endpoint", "model")
    }
    found = read(
        backup("scheduled", "Failed", "01", "s", **client),
        backup("by-hand", "Completed", "02", **client),
        backup("of-another", "Completed", "03", "t"),
    )
    assert found == ([], [("scheduled", 0, "by-hand")])


def test_what_has_not_ended_is_in_progress_also_before_velero_saw_it() -> None:
    running, failed = read(backup("a", "", "01"), backup("b", "InProgress", "02"))
    assert (running, failed) == (["a", "b"], [])


def test_failures_that_nothing_followed_come_first_then_the_newest() -> None:
    several = [backup(f"b{n}", "Failed", f"{n:02}") for n in range(10, 15)]
    healed = [backup("h", "Failed", "20", "s"), backup("g", "Completed", "21", "s")]
    assert [name for name, _, _ in read(*several, *healed, limit=3)[1]] == ["b14", "b13", "b12"]


def test_restores_are_alike_if_they_are_of_one_backup() -> None:
    one = backup("r1", "Failed", "01") | {"kind": "Restore", "spec": {"backupName": "b"}}
    two = backup("r2", "Completed", "02") | {"kind": "Restore", "spec": {"backupName": "b"}}
    assert read(two, one) == ([], [("r1", 0, "r2")])
