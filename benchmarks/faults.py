"""What every fault of the API server does to every hook, as a table for benchmarks/README.md.

`python -m benchmarks.faults`: every kind of fault at every request of every hook, on a real API
server, Velero and object stores. It takes hours; `--share 3` makes a third of it, spread evenly:
each request is still disturbed, by some of the faults, and each fault hits some of the requests.
"""

import argparse
import os
import re
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Final
from unittest import mock

from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import Namespaces
from tests.functional import changes
from tests.functional.changes import CHANGES, Change
from tests.functional.disturbance import Disturbance
from tests.functional.trial import TROUBLES, Outcome, Trial

from benchmarks import report

README: Final = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- faults -->", "<!-- /faults -->"
_HEADS: Final = (
    *("hook", "requests", "faults injected", "of all cases", "converged"),
    *("tracebacks", "untrue statuses", "secrets shown"),
)
_WITHOUT_SERVER: Final = (changes.INSTALL, changes.REMOVE)
"""Changes that come and go with the definitions, whose end no running server decides."""
_PATIENCE: Final = 0.2


def main() -> int:
    """Disturb, print and write; returns 1 if anything was not as it has to be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument("--share", type=int, default=1, help="make only each n-th of all cases")
    parser.add_argument("--hook", action="append", help="make only these rows, keep the others")
    given = parser.parse_args()
    bad: list[Outcome] = []
    wanted = [change for change in CHANGES if not given.hook or change.name in given.hook]
    with Cluster() as cluster:
        for change in wanted:
            requests, outcomes = _made(cluster, change, given.share)
            bad += [each for each in outcomes if not each.good]
            _publish(row(change.name, requests, outcomes))
    print("", *(bad or ["Every hook converged, and every status was true."]), sep="\n")
    return 1 if bad else 0


def row(name: str, requests: int, outcomes: Sequence[Outcome]) -> list[str]:
    """One row of the table."""
    counts = (
        requests,
        len(outcomes),
        requests * len(TROUBLES),
        sum(each.converged for each in outcomes),
        sum(bool(each.failed) for each in outcomes),
        sum(bool(each.untrue) for each in outcomes),
        sum(each.leaked for each in outcomes),
    )
    return [name, *(f"{count:,}" for count in counts)]


def _made(cluster: Cluster, change: Change, share: int) -> tuple[int, list[Outcome]]:
    """Disturb one change in a model of its own; returns its requests and what came of each."""
    name = re.sub("[^a-z0-9]+", "-", change.name.lower())
    namespaces, disturbance = Namespaces(cluster), Disturbance(cluster)
    namespaces.create(name)
    with disturbance.proxy, _surroundings(cluster, change):
        model = disturbance.model(cluster, name)
        trial = Trial(model, disturbance, change)
        outcomes = [*_cases(trial, share)]
        model.api.close()
    namespaces.delete(name)
    namespaces.close()
    return trial.requests, outcomes


def _cases(trial: Trial, share: int) -> Iterator[Outcome]:
    """Every fault at every request; of shares, each request has another."""
    for number, n in product(range(len(TROUBLES)), range(1, trial.requests + 1)):
        if (n + number) % share == 0:
            outcome = trial.disturbed(TROUBLES[number], n)
            print(outcome, file=sys.stderr, flush=True)
            yield from [outcome] if outcome.hit else []


@contextmanager
def _surroundings(cluster: Cluster, change: Change) -> Generator[None]:
    if change not in _WITHOUT_SERVER:
        yield
        return
    cluster.kubelet.pause()
    with mock.patch("charm.VeleroOperatorCharm.patience", _PATIENCE):
        yield
    cluster.kubelet.reset()


def _publish(new: list[str]) -> None:
    """Put one row into the table of README.md."""
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END)
    lines = [*old.splitlines(), f"| {' | '.join(new)} |"]
    rows = {cells[0]: cells for line in lines if (cells := line.strip("| ").split(" | "))}
    table = report.markdown(_HEADS, [rows[c.name] for c in CHANGES if c.name in rows])
    told = f"{report.hardware()}; load average {os.getloadavg()[1]:.1f}."
    README.write_text(f"{before}{BEGIN}\n{told}\n\n{table}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
