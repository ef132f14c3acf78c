"""What clients and their backups cost, as Markdown for benchmarks/README.md.

`python -m benchmarks.clients`: a real API server, Velero and S3 server on this machine. The many
Backups of `list-backups` are objects as Velero leaves them, made without it.
"""

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import Namespaces
from tests.cluster.proxy import ApiProxy
from tests.functional.model import Model

from benchmarks import relations, report
from benchmarks.clientele import LISTS, SHOP, Bench, Row

RELATIONS = "benchmark-relations"
_HEADS = ("case", "reference charm", "ours", "")


def main() -> int:
    """Measure and print; returns 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clients")
    parser.add_argument("--runs", type=int, default=5, help="how often to measure for medians")
    runs: int = parser.parse_args().runs
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        cluster = stack.enter_context(Cluster())
        proxy = stack.enter_context(ApiProxy(cluster.url, cluster.ca, cluster.admin_token))
        namespaces = Namespaces(cluster)
        stack.callback(namespaces.close)
        for name in ("benchmark", LISTS, SHOP, RELATIONS):
            namespaces.create(name)
        bench = Bench(cluster, proxy, runs)
        rows: list[Row] = []
        for row in (*bench.events(), *bench.operations(), *bench.lists(folder)):
            print(*row, sep=" | ", file=sys.stderr)
            rows.append(row)
        print(f"\n## Clients\n\n{runs} runs; load average {os.getloadavg()[1]:.1f}.\n")
        print(report.markdown(_HEADS, rows))
        model = Model(cluster, RELATIONS)
        model.ready()
        print("\n### Whole dispatches of update-status with integrated clients\n")
        print(report.markdown(relations.HEADS, list(relations.rows(model, folder))))
    print("", *(bench.missed or ["All targets are met."]), sep="\n")
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
