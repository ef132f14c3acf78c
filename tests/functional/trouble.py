"""What keeps single objects out of a backup or a restore."""

import time

from tests.functional.api import POLICY, POLICY_BINDING, Api, Object
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
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"]}
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    denied = {"expression": "!object.metadata.name.startsWith('c')", "message": why}
    match = {"resourceRules": [rule | {"resources": ["configmaps"]}]}
    policy = {"matchConstraints": match, "validations": [denied]}
    binding = {
        "policyName": namespace,
        "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": selector},
    }
    meta = {"metadata": {"name": namespace}}
    api.create(POLICY, meta | {"spec": policy})
    api.create(POLICY_BINDING, meta | {"spec": binding})
    time.sleep(1)  # the API server reads its policies now and then
