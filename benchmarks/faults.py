"""What every fault of the API server does to every hook, as a table for benchmarks/README.md.

`python -m benchmarks.faults`: every kind of fault at every request of every hook, on a real API
server, Velero and object stores. It takes hours; `--share 3` makes a third of it, spread evenly:
each request is still disturbed, by some of the faults, and each fault hits some of the requests.
With `--record FOLDER` a run goes on where an earlier one was stopped, and several can make parts
of the same rows side by side: `--part 1/2` and `--part 2/2`.
"""

import argparse
import os
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final
from unittest import mock

from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import Namespaces
from tests.functional import changes
from tests.functional.changes import CHANGES, Change
from tests.functional.disturbance import Disturbance, Trouble
from tests.functional.trial import TROUBLES, Outcome, Trial

from benchmarks import report
from benchmarks.cases import Record, slug

README: Final = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- faults -->", "<!-- /faults -->"
_HEADS: Final = (
    *("hook", "requests", "faults injected", "of all cases", "converged"),
    *("tracebacks", "untrue statuses", "secrets shown"),
)
_WITHOUT_SERVER: Final = (changes.INSTALL, *changes.REMOVALS)
"""Changes that come and go with the definitions, whose end no running server decides."""
_PATIENCE: Final = 0.2


@dataclass(frozen=True)
class Plan:
    """Which cases to make: of each `share` one, and of these the part-th of `parts`."""

    share: int
    part: int
    parts: int

    def cases(self, requests: int) -> Iterator[tuple[Trouble, int]]:
        """Every fault at every request; of shares, each request has another.

        Parts divide the requests: each counts them anew, and one may count another number.
        """
        for number, n in product(range(len(TROUBLES)), range(1, requests + 1)):
            if (n + number) % self.share == 0 and n % self.parts == self.part - 1:
                yield TROUBLES[number], n


def main() -> int:
    """Disturb and print; returns 1 if anything was not as it has to be."""
    given = _arguments()
    rows: list[list[str]] = []
    bad: list[Outcome] = []
    wanted = [change for change in CHANGES if not given.hook or change.name in given.hook]
    with Cluster() as cluster:
        for change in wanted:
            record = Record(given.record, change)
            requests = _make(cluster, change, Plan(given.share, *given.part), record)
            outcomes = [each for each in record if each.hit]
            bad += [each for each in outcomes if not each.good]
            rows.append(row(change.name, requests, outcomes))
    told = f"{report.hardware()}; load average {os.getloadavg()[1]:.1f}."
    table = f"{told}\n\n{report.markdown(_HEADS, rows)}"
    print(table, "", *(bad or ["Every hook converged, and every status was true."]), sep="\n")
    if given.write:
        _publish(table)
    return 1 if bad else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument("--share", type=int, default=1, help="make only each n-th of all cases")
    parser.add_argument("--hook", action="append", help="make only these rows")
    parser.add_argument("--record", type=Path, help="folder to keep the outcomes in, and go on")
    parser.add_argument("--part", type=_part, default=(1, 1), help="such as 1/2: the first half")
    parser.add_argument("--write", action="store_true", help="into README.md, not only here")
    return parser.parse_args()


def row(name: str, requests: int, outcomes: Sequence[Outcome]) -> list[str]:
    """One row of the table; a wait may send one request more in one run than in another."""
    most = max([requests, *(each.n for each in outcomes)])
    counts = (
        most,
        len(outcomes),
        most * len(TROUBLES),
        sum(each.converged for each in outcomes),
        sum(bool(each.failed) for each in outcomes),
        sum(bool(each.untrue) for each in outcomes),
        sum(each.leaked for each in outcomes),
    )
    return [name, *(f"{count:,}" for count in counts)]


def _make(cluster: Cluster, change: Change, plan: Plan, record: Record) -> int:
    """Disturb one change in a model of its own; returns how many requests it sends."""
    name = slug(change.name)
    namespaces, disturbance = Namespaces(cluster), Disturbance(cluster)
    namespaces.create(name)
    with disturbance.proxy, _surroundings(cluster, change):
        model = disturbance.model(cluster, name)
        trial = Trial(model, disturbance, change)
        done = {(each.trouble, each.n) for each in record}
        for case in (each for each in plan.cases(trial.requests) if each not in done):
            record.add(outcome := trial.disturbed(*case))
            print(outcome, file=sys.stderr, flush=True)
        model.api.close()
    namespaces.delete(name)
    namespaces.close()
    return trial.requests


@contextmanager
def _surroundings(cluster: Cluster, change: Change) -> Generator[None]:
    if change not in _WITHOUT_SERVER:
        yield
        return
    cluster.kubelet.pause()
    with mock.patch("charm.VeleroOperatorCharm.patience", _PATIENCE):
        yield
    cluster.kubelet.reset()


def _part(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    if not 1 <= int(part) <= int(parts):
        raise ValueError(text)
    return int(part), int(parts)


def _publish(table: str) -> None:
    """Put the table into README.md, in place of the one before."""
    before, _, rest = README.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
