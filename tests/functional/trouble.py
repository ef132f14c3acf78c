"""What keeps single objects out of a backup or a restore, or from being changed."""

import time
from collections.abc import Generator
from contextlib import contextmanager

import httpx2
from tests.functional.api import POLICY, POLICY_BINDING, WEBHOOK, Api, Object
from tests.functional.model import Model


def add_pod_with_unreachable_volume(model: Model, shop: str) -> None:
    """A pod whose volume is to be read by the node agent, of which there is none."""
    volume: Object = {"name": "data", "emptyDir": {}}
    mounts = [{"name": "data", "mountPath": "/data"}]
    container: Object = {"name": "app", "image": "example/app:1", "volumeMounts": mounts}
    annotations = {"backup.velero.io/backup-volumes": "data"}
    pod = {"metadata": {"name": "db", "annotations": annotations}}
    model.api.create("Pod", pod | {"spec": {"containers": [container], "volumes": [volume]}}, shop)
    model.api.until(lambda: model.api.get("Pod", "db", shop)["status"]["phase"] == "Running")


def refuse_config_maps(api: Api, namespace: str, why: str = "not in this shop") -> None:
    """Let the API server refuse to make ConfigMaps of ours in a namespace."""
    denied = {"expression": "!object.metadata.name.startsWith('c')", "message": why}
    _refuse(api, namespace, {"operations": ["CREATE"], "resources": ["configmaps"]}, denied)
    time.sleep(1)  # the API server reads its policies now and then


@contextmanager
def orphaned_webhook(api: Api, namespace: str) -> Generator[None]:
    """A time in which a webhook whose Service is gone has to allow ConfigMaps."""
    webhook: Object = {
        "name": "rules.example.com",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "rules": [
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "operations": ["CREATE"],
                "resources": ["configmaps"],
            }
        ],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "clientConfig": {"service": {"namespace": namespace, "name": "gone", "path": "/rules"}},
    }
    api.create(WEBHOOK, {"metadata": {"name": namespace}, "webhooks": [webhook]})
    time.sleep(1)  # the API server reads its webhooks now and then
    yield
    api.delete(WEBHOOK, namespace)


@contextmanager
def unchangeable(model: Model, secret: str) -> Generator[None]:
    """A time in which the API server refuses to change a Secret, but not to delete it."""
    api, name = model.api, model.namespace
    denied = {"expression": f"object.metadata.name != '{secret}'", "message": "as it is"}
    _refuse(api, name, {"operations": ["UPDATE"], "resources": ["secrets"]}, denied)

    def is_refused() -> bool:
        try:
            api.patch("Secret", secret, {"metadata": {"annotations": {"test.example/try": "1"}}})
        except httpx2.HTTPStatusError:
            return True
        return False

    api.until(is_refused)
    yield
    api.delete(POLICY_BINDING, name)
    api.delete(POLICY, name)


def _refuse(api: Api, namespace: str, what: Object, denied: Object) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"]} | what
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    match = {"resourceRules": [rule]}
    policy = {"matchConstraints": match, "validations": [denied]}
    binding = {
        "policyName": namespace,
        "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": selector},
    }
    meta = {"metadata": {"name": namespace}}
    api.create(POLICY, meta | {"spec": policy})
    api.create(POLICY_BINDING, meta | {"spec": binding})
