"""The chapters in which the application itself says what of it to back up, and when."""

import json
from collections.abc import Mapping

from tests.cluster.integrators import DataBag, Field
from tests.cluster.juju import ActionResult
from tests.cluster.stage import APP, MODEL, SHOP, Stage, Unexpected

ENDPOINT, TARGET = "velero-backups", f"{SHOP}:backup"
SCHEDULE = f"{MODEL}.{SHOP}.backup"


class ClientStory:
    """What happens with a client, a method for each chapter.

    Args:
        stage: where it happens.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._backup = ""

    def integrate(self) -> None:
        """Let the application ask for a backup every night."""
        stage = self._stage
        stage.terminal.command(f"juju integrate {APP}:{ENDPOINT} {SHOP}")
        server = stage.server()
        spec = {"include_namespaces": [SHOP], "schedule": "0 2 * * *", "ttl": "30d"}
        who = {"app": SHOP, "relation_name": "backup", "model": MODEL}
        stage.juju.integrate(ENDPOINT, _client({**who, "spec": json.dumps(spec)}))
        stage.eventually("Velero follows its schedule", self._schedules, {SCHEDULE: "Enabled"})
        stage.verify("The server was not restarted", stage.server(), server)
        self._run("list-clients")

    def back_up(self) -> None:
        """Do not wait for the night."""
        result = self._run("create-backup", target=TARGET)
        self._backup = result.results["name"]
        self._stage.verify("The backup is Completed", result.results["phase"], "Completed")
        self._run("list-backups", app=SHOP)

    def get_back(self) -> None:
        """Restore what the application asked to be kept."""
        result = self._run("restore", target=TARGET)
        self._stage.verify("The restore is Completed", result.results["phase"], "Completed")
        self._stage.compare_shop()

    def delete(self) -> None:
        """Delete the backup for good."""
        self._run("delete-backup", backup=self._backup, confirm="true")
        left = [name for name in self._stage.bucket() if self._backup in name]
        self._stage.verify("Nothing of it is left in the bucket", left, [])

    def _schedules(self) -> dict[str, str]:
        found = self._stage.inventory.objects("Schedule", MODEL)
        return {o["metadata"]["name"]: o.get("status", {}).get("phase", "") for o in found}

    def _run(self, action: str, **params: str) -> ActionResult:
        """Run an action that has to succeed, and show what it says."""
        terminal = self._stage.terminal
        typed = "".join(f" {key}={value}" for key, value in params.items())
        terminal.command(f"juju run {APP}/0 {action}{typed}")
        given = {key: value == "true" or value for key, value in params.items()}
        with terminal.working(action):
            result = self._stage.juju.run(action, given)
        for line in [*result.log, *result.results.get("table", "").splitlines()]:
            terminal.text(f"  {line}", dim=True)
        if result.failed:
            raise Unexpected(f"The action {action} succeeds", "success", result.message)
        return result


def _client(data: Mapping[str, Field]) -> DataBag:
    return DataBag(data, app=SHOP, endpoint="backup")
