"""What the charm's events cost, as Markdown for benchmarks/README.md: `make benchmark`.

A real API server, Velero and S3 server on this machine; medians of several lives of the
application, beside the figures of the reference charm.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.cluster.cluster import Cluster
from tests.cluster.dispatch import Dispatch
from tests.cluster.proxy import ApiProxy

from benchmarks import imports, report
from benchmarks.lives import Handler, Lives


def main() -> int:
    """Measure and print; returns 1 if a target of the steady events is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hooks")
    parser.add_argument("--runs", type=int, default=5, help="lives to take the medians of")
    runs: int = parser.parse_args().runs
    handlers: list[dict[str, Handler]] = []
    dispatches: list[dict[str, Dispatch]] = []
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-"))
        cluster = stack.enter_context(Cluster())
        proxy = stack.enter_context(ApiProxy(cluster.url, cluster.ca, cluster.admin_token))
        lives = Lives(cluster, proxy, Path(folder))
        for number in range(runs):
            print(f"run {number + 1} of {runs}", file=sys.stderr)
            events, state = lives.in_process()
            handlers.append(events)
            dispatches.append(lives.as_dispatches(state))
        versions = lives.versions()
    print(report.machine(versions, runs))
    print("", "## Handlers", "", report.handlers(handlers), sep="\n")
    print("", "## Whole dispatches", "", report.dispatches(dispatches), sep="\n")
    measured = {name: imports.measure(name) for name in imports.MEASURED}
    print("", "## Imports", "", report.imports(measured), sep="\n")
    missed = report.misses(handlers, dispatches)
    print("", *(missed or ["All targets of the steady events are met."]), sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
