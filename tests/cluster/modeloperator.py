"""What Juju has at work in a model's namespace: its admission webhook, and the StatefulSets.

A real MutatingWebhookConfiguration, which the API server asks over TLS on loopback. It does to an
object what the webhook of Juju's modeloperator does (juju internal/worker/caasadmission): whatever
an application's account creates or updates gets the application's labels, unless the label
`model.juju.is/disable-webhook` is on it; a `managed-by` that is there stays. It fails open.

Left out: that webhook knows an application by the `app.kubernetes.io/name` of the ServiceAccount
that writes, here it is a user's name; it only looks at objects of its own model, or of none, and
so does this one. `Leavings` is what the controller deletes afterwards.
"""

import base64
import json
import ssl
import tempfile
import threading
import weakref
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Self

import httpx2
from tests.cluster.certificates import Certificate
from tests.cluster.cluster import Cluster

Object = dict[str, Any]

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
CREATED_BY: Final = "app.juju.is/created-by"
DISABLED: Final = "model.juju.is/disable-webhook"
_WEBHOOKS: Final = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
_RULE: Final = {
    "apiGroups": ["*"],
    "apiVersions": ["*"],
    "operations": ["CREATE", "UPDATE"],
    "resources": ["*"],
}
_TAKEN: Final = (
    "apis/apps/v1/namespaces/{}/statefulsets",
    "apis/apps/v1/namespaces/{}/deployments",
    "apis/apps/v1/namespaces/{}/daemonsets",
    "api/v1/namespaces/{}/services",
    "api/v1/namespaces/{}/secrets",
    "api/v1/namespaces/{}/configmaps",
    "api/v1/namespaces/{}/serviceaccounts",
    "apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "apis/rbac.authorization.k8s.io/v1/clusterroles",
    "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "apis/apiextensions.k8s.io/v1/customresourcedefinitions",
)
"""What Juju deletes by an application's labels, in this order (juju
internal/provider/kubernetes/application)."""
_SECRETS: Final = "api/v1/namespaces/{}/secrets"


class ModelOperator:
    """The webhook of one model, as a context manager.

    Args:
        cluster: the cluster.
        model: the model's name and namespace.
        applications: the application that each user is, by the user's name.

    Attributes:
        silent: whether it labels nothing for now, as when it cannot be reached.
        asked: how many writes it has seen of the applications.
    """

    def __init__(self, cluster: Cluster, model: str, applications: Mapping[str, str]) -> None:
        self.silent = False
        self.asked = 0
        self.model = model
        self.applications = dict(applications)
        self._name = f"juju-model-admission-{model}"
        self._api = administrator(cluster)
        self._authority = Certificate.authority("modeloperator")
        self._server = _serve(self, self._authority.server("modeloperator"))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"https://127.0.0.1:{self._server.server_address[1]}/"
        ca = base64.b64encode(self._authority.pem.encode()).decode()
        hook: Object = {
            "name": "admission.juju.is",
            "clientConfig": {"url": url, "caBundle": ca},
            "rules": [_RULE],
            "failurePolicy": "Ignore",
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "timeoutSeconds": 5,
        }
        # Nobody but the applications is asked about: the cluster has other work to do
        names = ", ".join(f'"{user}"' for user in self.applications)
        only = f"request.userInfo.username in [{names}]"
        hook["matchConditions"] = [{"name": "applications", "expression": only}]
        whole = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": self._name},
            "webhooks": [hook],
        }
        self._api.post(_WEBHOOKS, json=whole).raise_for_status()
        return self

    def __exit__(self, *_: object) -> None:
        self._api.delete(f"{_WEBHOOKS}/{self._name}")
        self._api.close()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, review: Object) -> Object:
        """What the webhook says to one AdmissionReview."""
        request = review["request"]
        response: Object = {"uid": request["uid"], "allowed": True}
        app = self.applications.get(request["userInfo"]["username"])
        if app and request.get("namespace", "") in {"", self.model}:
            self.asked += 1
            patch = [] if self.silent else labelling(request["object"], self.labels(app))
            response |= {"patchType": "JSONPatch", "patch": _encoded(patch)} if patch else {}
        return {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}

    def labels(self, app: str) -> dict[str, str]:
        """What an application's objects carry."""
        return {CREATED_BY: app, "model.juju.is/name": self.model, MANAGED_BY: "juju"}


def labelling(obj: Object, wanted: Mapping[str, str]) -> list[Object]:
    """The JSON patch that puts labels on an object, as Juju's webhook makes it."""
    labels: Mapping[str, str] | None = obj["metadata"].get("labels")
    if labels and labels.get(DISABLED) == "true":
        return []
    patch: list[Object] = [] if labels else [_put("", {})]
    for key, value in wanted.items():
        kept = key == MANAGED_BY and key in (labels or {})
        if not kept and (labels or {}).get(key) != value:
            patch.append(_put(f"/{key.replace('/', '~1')}", value))
    return patch if len(patch) > (0 if labels else 1) else []


class Leavings:
    """What the controller does of the StatefulSets and labels of a model's applications.

    Args:
        cluster: the cluster.
        model: the model's name and namespace.
        takes_secrets: whether this version of Juju deletes Secrets by their labels too.
    """

    def __init__(self, cluster: Cluster, model: str, *, takes_secrets: bool = True) -> None:
        self._api = administrator(cluster)
        self._model = model
        self._takes_secrets = takes_secrets
        weakref.finalize(self, self._api.close)

    def deployed(self, app: str) -> None:
        """Make the StatefulSet whose pods would be the application's units; it has none here."""
        labels = {"app.kubernetes.io/name": app}
        pod = {"containers": [{"name": "charm", "image": "charm"}]}
        whole: Object = {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": app, "labels": {MANAGED_BY: "juju", **labels}},
            "spec": {
                "replicas": 0,
                "serviceName": app,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        }
        path = f"/apis/apps/v1/namespaces/{self._model}/statefulsets"
        answer = self._api.post(path, json=whole)
        if answer.status_code != HTTPStatus.CONFLICT:
            answer.raise_for_status()

    def removed(self, app: str) -> None:
        """Delete what is the application's by Juju's labels, wherever no hook has done it."""
        path = f"/apis/apps/v1/namespaces/{self._model}/statefulsets/{app}"
        self._api.delete(path)
        selector = f"{CREATED_BY}={app},model.juju.is/name={self._model},{MANAGED_BY}=juju"
        for kind in _TAKEN:
            if kind != _SECRETS or self._takes_secrets:
                self._take(f"/{kind.format(self._model)}", selector)

    def _take(self, path: str, selector: str) -> None:
        found = self._api.get(path, params={"labelSelector": selector}).raise_for_status()
        for item in found.json()["items"]:
            name = item["metadata"]["name"]
            self._api.delete(f"{path}/{name}", params={"propagationPolicy": "Background"})


def administrator(cluster: Cluster) -> httpx2.Client:
    """A client that may do everything."""
    return httpx2.Client(
        base_url=cluster.url,
        verify=cluster.tls_context(),
        headers={"Authorization": f"Bearer {cluster.admin_token}"},
        trust_env=False,
        timeout=30,
    )


def _put(path: str, value: object) -> Object:
    return {"op": "add", "path": f"/metadata/labels{path}", "value": value}


def _encoded(patch: list[Object]) -> str:
    return base64.b64encode(json.dumps(patch).encode()).decode()


def _serve(operator: ModelOperator, certificate: Certificate) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            answer = json.dumps(operator.answer(json.loads(self.rfile.read(length)))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="modeloperator-") as folder:
        chain = Path(folder) / "server.pem"
        chain.write_text(certificate.key_pem + certificate.pem)
        context.load_cert_chain(chain)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server
