"""A real Prometheus that reads what the charm publishes, and its tool that checks rules.

What stands in for something: `scrape_config` does with a published job what Prometheus' charm
does (canonical/prometheus-k8s-operator, ``expand_wildcard_targets_into_individual_jobs``), and
sends what the job addresses to another address, as names of Services do not resolve here.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import yaml
from tests.cluster.processes import HarnessError, Processes, free_port, tail
from tests.cluster.tools import PrometheusTools

Json = dict[str, Any]


class Promtool:
    """The tool that comes with Prometheus.

    Args:
        tools: where it is.
        folder: for the files that it reads.
    """

    def __init__(self, tools: PrometheusTools, folder: Path) -> None:
        self._tool = tools.promtool
        self._rules = folder / "rules.yaml"
        self._tests = folder / "tests.yaml"

    def check_rules(self, rules: Json) -> str:
        """Return what is wrong with rules; nothing if they are good."""
        self._rules.write_text(yaml.safe_dump(rules))
        return self._run("check", "rules", "--lint=all", "--lint-fatal", self._rules)

    def check_query(self, query: str) -> str:
        """Return what is wrong with a query; nothing if it parses."""
        return self._run("--experimental", "promql", "format", query)

    def test_rules(self, rules: Json, *tests: Json) -> str:
        """Return how rules differ from what tests expect of them; nothing if they do not."""
        self._rules.write_text(yaml.safe_dump(rules))
        whole = {
            "rule_files": [str(self._rules)],
            "evaluation_interval": "1m",
            "tests": list(tests),
        }
        self._tests.write_text(yaml.safe_dump(whole))
        return self._run("test", "rules", self._tests)

    def _run(self, *arguments: str | Path) -> str:
        argv = [self._tool, *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
        return done.stdout + done.stderr if done.returncode else ""


def scrape_config(bag: Mapping[str, str], addresses: Mapping[str, str]) -> list[Json]:
    """Return what Prometheus' charm makes of a databag, with other addresses.

    Args:
        bag: the application databag of `metrics-endpoint`.
        addresses: where each target really is.
    """
    metadata = json.loads(bag["scrape_metadata"])
    labels = {f"juju_{key}": metadata[key] for key in ("model", "model_uuid", "application")}
    labels["juju_charm"] = metadata["charm_name"]
    instance = {
        "source_labels": ["juju_model", "juju_model_uuid", "juju_application"],
        "separator": "_",
        "target_label": "instance",
        "regex": "(.*)",
    }
    jobs: list[Json] = json.loads(bag["scrape_jobs"])
    for job in jobs:
        for config in job["static_configs"]:
            config["labels"] = config.get("labels", {}) | labels
        job["relabel_configs"] = [*map(_sent, *zip(*addresses.items(), strict=True)), instance]
    return jobs


def _sent(target: str, address: str) -> Json:
    return {
        "source_labels": ["__address__"],
        "regex": target.replace(".", r"\."),
        "target_label": "__address__",
        "replacement": address,
    }


class Prometheus:
    """One Prometheus on the loopback interface.

    Args:
        tools: where it is.
        folder: for its files.
        processes: that it becomes one of.
    """

    def __init__(self, tools: PrometheusTools, folder: Path, processes: Processes) -> None:
        self._tools = tools
        self._folder = folder
        self._processes = processes
        self._port = free_port()

    def start(self, jobs: list[Json], rules: Json) -> None:
        """Start it with these jobs and rules, and wait until it is ready.

        Raises:
            HarnessError: it does not come up, for example because it refuses a job or a rule.
        """
        rule_file, config = self._folder / "rules.yaml", self._folder / "prometheus.yaml"
        rule_file.write_text(yaml.safe_dump(rules))
        often = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        whole = {"global": often, "rule_files": [str(rule_file)], "scrape_configs": jobs}
        config.write_text(yaml.safe_dump(whole))
        process = self._processes.start(
            "prometheus",
            [
                self._tools.prometheus,
                f"--config.file={config}",
                f"--storage.tsdb.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self._port}",
            ],
            {},
        )
        process.wait_until(self._is_ready, 30)
        self.log = process.log

    def get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - JSON
        """Return the data of an answer of its API.

        Raises:
            HarnessError: it answers with an error.
        """
        url = f"http://127.0.0.1:{self._port}/api/v1/{path}"
        answer = httpx2.get(url, params=parameters, trust_env=False).json()
        if answer["status"] != "success":
            raise HarnessError(f"Prometheus answers {path} with: {answer.get('error')}")
        return answer["data"]

    def query(self, expression: str) -> list[Json]:
        """Return the series that an expression gives now."""
        return self.get("query", query=expression)["result"]

    def rules(self) -> list[Json]:
        """Return all rules with what became of them."""
        return [rule for group in self.get("rules")["groups"] for rule in group["rules"]]

    def until(self, done: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for something to come true in it.

        Raises:
            HarnessError: it does not in that time.
        """
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                raise HarnessError(f"Prometheus never shows it; its log ends:\n{tail(self.log)}")
            time.sleep(0.2)

    def _is_ready(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self._port}/-/ready"
            return httpx2.get(url, trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False
