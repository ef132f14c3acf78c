"""Secrets are planted wherever one may stand, and looked for in all that the action gives away."""

import base64
import io
import json
import logging
import random
import tarfile
import urllib.parse

import pytest
from tests.cluster.juju import ActionResult
from tests.functional import client
from tests.functional.api import POLICY, POLICY_BINDING, Object
from tests.functional.model import Model
from tests.functional.trouble import refuse_config_maps

from velero.diagnosis import bundle


class Planted:
    """Values that must not be seen again."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def __call__(self, where: str) -> str:
        """A new value, of words, so that it does not look like a secret."""
        self.values[where] = f"planted in {where} indeed".replace(" ", "-")
        return self.values[where]

    def seen_in(self, text: str) -> list[str]:
        forms = {
            form: where
            for where, value in self.values.items()
            for form in (
                value,
                urllib.parse.quote(value, safe=""),
                base64.b64encode(value.encode()).decode(),
            )
        }
        return [where for form, where in forms.items() if form in text]


def unpacked(result: ActionResult) -> dict[str, str]:
    """The files of the bundle by their names."""
    raw = base64.b64decode(result.results["bundle"], validate=True)
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:gz") as archive:
        members = [(member.name, archive.extractfile(member)) for member in archive]
        return {name: file.read().decode() for name, file in members if file}


def size(result: ActionResult) -> int:
    return len(json.dumps(result.results).encode())


def plant_in_deployment(model: Model, planted: Planted) -> None:
    deployment = model.api.get("Deployment", "velero")
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    container["env"].append({"name": "MINE", "value": planted("env")})
    container["env"].append(
        {"name": "HTTPS_PROXY", "value": f"http://me:{planted('proxy')}@127.0.0.1:9"}
    )
    container["env"].append({"name": "NO_PROXY", "value": "127.0.0.1,localhost"})
    container["args"].append(f"--default-volume-snapshot-locations=aws:{planted('args')}")
    annotations = {"mine": planted("pod-annotation")}
    template = {"metadata": {"annotations": annotations}, "spec": pod}
    metadata = {"annotations": {"mine": planted("deployment-annotation")}}
    model.api.patch("Deployment", "velero", {"metadata": metadata, "spec": {"template": template}})
    model.api.until(lambda: ready(model), 60)


def ready(model: Model) -> bool:
    deployment = model.api.get("Deployment", "velero")
    status, now = deployment["status"], deployment["metadata"]["generation"]
    counts = [status.get(f"{which}eplicas") for which in ("r", "updatedR", "availableR")]
    return status["observedGeneration"] >= now and counts == [1, 1, 1]


def plant_in_objects(model: Model, planted: Planted) -> None:
    api = model.api
    api.create(
        "Secret",
        {"metadata": {"name": "other"}, "stringData": {"key": planted("secret"), "b": "short"}},
    )
    api.create("ConfigMap", {"metadata": {"name": "c"}, "data": {"k": planted("config-map")}})
    for kind in ("Backup", "Restore"):
        name = kind.lower()
        exec_hook = {"container": "c", "command": ["login", planted(f"{name}-hook")]}
        hooks = {"resources": [{"name": "h", "pre": [{"exec": exec_hook}]}]}
        metadata = {"name": "bad", "annotations": {"mine": planted(f"{name}-annotation")}}
        reason = f"login failed: password={planted(f'{name}-reason')}"
        status = {"phase": "Failed", "failureReason": reason}
        spec: Object = {"hooks": hooks} if kind == "Backup" else {"backupName": "bad"}
        api.create(kind, {"metadata": metadata, "spec": spec, "status": status})
    annotations = {"annotations": {"mine": planted("schedule-annotation")}}
    spec = {"schedule": f"nonsense {planted.values['secret']}", "template": {}}
    api.create("Schedule", {"metadata": {"name": "s"} | annotations, "spec": spec})
    change = {"metadata": {"annotations": {"mine": planted("location-annotation")}}}
    api.patch("BackupStorageLocation", "default", change)


def plant_in_restore(model: Model, shop: str, planted: Planted) -> None:
    """A restore whose results file, in the store, tells a secret."""
    client.fill(model.api, shop)
    client.relate(model, {"include_namespaces": [shop]})
    name = model.juju.run("create-backup", target="shop:backup").results["name"]
    model.api.delete("Namespace", shop)
    model.api.until(lambda: model.api.find("Namespace", shop) is None)
    refuse_config_maps(model.api, shop, f"not with secret_key={planted('item-error')}")
    model.juju.run("restore", backup=name)
    model.api.delete(POLICY_BINDING, shop)
    model.api.delete(POLICY, shop)


def plant_in_event(model: Model, planted: Planted) -> None:
    [pod] = [pod["metadata"]["name"] for pod in model.api.list("Pod")]
    event = {
        "metadata": {"name": "e"},
        "type": "Warning",
        "reason": "Failed",
        "action": "x",
        "reportingController": "test",
        "reportingInstance": "test",
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "regarding": {"kind": "Pod", "name": pod, "namespace": model.namespace},
        "note": f"cannot pull with token={planted('event')}",
    }
    model.api.create("Event", event)


def plant_in_log(model: Model, planted: Planted) -> None:
    """Lines in the server's log, which after a crash are also in its pod's status."""
    [pod] = [pod["metadata"]["name"] for pod in model.api.list("Pod")]
    store = model.cluster.store
    lines = [
        f'level=error msg="could not log in with {planted.values["secret"]} here"',
        f'level=error msg="credentials: {store.secret_key}"',
        f'level=error msg="retrying" password="{planted("log")}"',
        f'level=error msg="GET https://s3/b?X-Amz-Signature={planted("log-url")}"',
    ]
    log = model.cluster.logs / f"velero-{model.namespace}-{pod}.log"
    with log.open("a") as file:
        file.write("\n".join([*lines, ""]))
    model.cluster.kubelet.kill_server(model.namespace)
    model.api.until(lambda: not ready(model))
    model.api.until(lambda: ready(model), 60)


def test_no_planted_secret_is_given_away(
    model: Model, shop: str, caplog: pytest.LogCaptureFixture
) -> None:
    planted = Planted()
    model.ready()
    planted.values["relation"] = model.cluster.store.secret_key
    plant_in_restore(model, shop, planted)
    plant_in_objects(model, planted)
    plant_in_deployment(model, planted)
    plant_in_event(model, planted)
    plant_in_log(model, planted)
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    result = model.juju.run("diagnose", bundle=True)
    assert not result.failed, result
    files = unpacked(result)
    everything = [json.dumps(result.results), *result.log, caplog.text, *files, *files.values()]
    for text in everything:
        assert planted.seen_in(text) == []
    # It would be no feat to give nothing away
    report = files["velero-diagnosis/report.txt"]
    assert "login failed: password=<redacted>" in report
    assert "not with secret_key=<redacted>" in report
    assert "cannot pull with token=<redacted>" in files["velero-diagnosis/objects/events.json"]
    [server] = [name for name in files if name.endswith("-velero-before-restart.log")]
    assert "could not log in with <redacted> here" in files[server]
    deployment = files["velero-diagnosis/objects/installed.json"]
    assert "--default-volume-snapshot-locations=<redacted>" in deployment
    assert "http://<redacted>@127.0.0.1:9" in deployment
    assert size(result) < 100_000


def test_a_bundle_of_any_amount_of_logs_fits_into_the_result(model: Model) -> None:
    model.ready()
    [pod] = [pod["metadata"]["name"] for pod in model.api.list("Pod")]
    noise = random.Random(1)  # noqa: S311 - no secret
    lines = [
        f"level=error msg={' '.join(noise.choices('abcdefghijklmnopqrstuvwxyz', k=300))} {number}"
        for number in range(3000)
    ]
    log = model.cluster.logs / f"velero-{model.namespace}-{pod}.log"
    with log.open("a") as file:
        file.write("\n".join([*lines, ""]))
    result = model.juju.run("diagnose", bundle=True)
    assert len(result.results["bundle"]) <= bundle.LIMIT
    assert size(result) < 100_000
    files = unpacked(result)
    text = files[f"velero-diagnosis/logs/{pod}-velero.log"]
    assert text.startswith("[the beginning is left out")
    assert " 2999" in text
    assert "velero-diagnosis/objects/installed.json" in files
