"""etcd, kube-apiserver and kube-controller-manager as three processes on the loopback interface.

All three start at once: certificates and keys are made beforehand, so nobody waits for a file.
"""

import base64
import http.client
import json
import secrets
from contextlib import closing
from pathlib import Path
from ssl import create_default_context

import httpx2
from tests.cluster.certificates import Certificate, signing_key
from tests.cluster.processes import HarnessError, Process, Processes, free_port
from tests.cluster.tools import Tools

# Users without any right of their own, for those who want to see what a charm without `juju
# trust` sees. Kubernetes' static token file is read once, so they must be known beforehand.
USERS = ("untrusted", "charm", "other-charm")
ADMIN = "admin"

# The node never sends a heartbeat and has no cloud: the controllers that would taint it for that
# and evict its pods stay off. So do those of endpoints: the pods' address is loopback, which no
# endpoint may have, and they would try for ever, with an Event each time. Leader election has
# nobody to be held with.
CONTROLLERS = (
    "*,-node-lifecycle-controller,-taint-eviction-controller,-endpoints-controller,"
    "-endpointslice-controller,-endpointslice-mirroring-controller"
)

# Few objects and many requests: collecting garbage less often saves time, and memory is there.
_ROOMY = {"GOGC": "300"}


class ControlPlane:
    """The processes behind one Kubernetes API.

    Attributes:
        url: of the API server.
        ca: file with the certificate to verify it with.
        tokens: bearer tokens by user name; `admin` is in the group system:masters.
    """

    def __init__(self, tools: Tools, folder: Path, processes: Processes) -> None:
        self._tools = tools
        self._folder = folder
        self._processes = processes
        self._port = free_port()
        self.url = f"https://127.0.0.1:{self._port}"
        self.ca = folder / "ca.crt"
        self.tokens = {user: secrets.token_urlsafe(24) for user in (ADMIN, *USERS)}

    def start(self) -> None:
        """Start everything and return when the API server says that it is ready.

        Raises:
            HarnessError: a component does not come up; the message names its log.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write_keys()
        self._tls = create_default_context(cafile=str(self.ca))
        self._etcd = f"127.0.0.1:{free_port()}"
        self._start_etcd(f"http://{self._etcd}")
        api_server = self._start_api_server(f"http://{self._etcd}")
        api_server.wait_until(self._ready, 60)
        # After the API server, because it would give up after some seconds of looking for it.
        self._start_controller_manager()

    def stored(self) -> list[str]:
        """Return what etcd holds, by the keys that the API server gives objects.

        That is `/registry/[<group>/]<kinds>/[<namespace>/]<name>`, mostly: one request says which
        kinds a namespace has objects of, where Kubernetes' own API needs one for each kind.
        """
        first, end = (base64.b64encode(key).decode() for key in (b"/registry/", b"/registry0"))
        body = json.dumps({"key": first, "range_end": end, "keys_only": True}).encode()
        # Of the standard library: httpx2 would load the machine's authorities before it asks
        with closing(http.client.HTTPConnection(self._etcd, timeout=30)) as connection:
            connection.request("POST", "/v3/kv/range", body)
            found = json.load(connection.getresponse()).get("kvs", [])
        return [base64.b64decode(each["key"]).decode() for each in found]

    def kubeconfig(self, user: str, token: str = "") -> Path:
        """Write a kubeconfig.

        Args:
            user: one of `tokens`, or any name when a token is given.
            token: a bearer token, such as a service account's.

        Raises:
            HarnessError: there is no such user.
        """
        token = token or self.tokens.get(user, "")
        if not token:
            raise HarnessError(f"no user {user!r} was made beforehand, only {list(self.tokens)}")
        entry = {"server": self.url, "certificate-authority": str(self.ca)}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "local", "cluster": entry}],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": "local", "context": {"cluster": "local", "user": user}}],
            "current-context": "local",
        }
        path = self._folder / f"{user}.kubeconfig"
        path.write_text(json.dumps(document, indent=2))  # JSON is YAML
        path.chmod(0o600)
        return path

    @property
    def kubelet_certificate(self) -> tuple[Path, Path]:
        """Certificate and key that a node serves its API with; written by `start`."""
        return self._file("kubelet.crt"), self._file("kubelet.key")

    def _write_keys(self) -> None:
        authority = Certificate.authority("Local Kubernetes")
        server = authority.server("kube-apiserver")
        self.ca.write_text(authority.pem)
        self._file("server.crt").write_text(server.pem)
        self._file("server.key").write_text(server.key_pem)
        kubelet = authority.server("kubelet")
        for file, text in zip(
            self.kubelet_certificate, (kubelet.pem, kubelet.key_pem), strict=True
        ):
            file.write_text(text)
        self._file("service-accounts.key").write_text(signing_key())
        lines = [f"{self.tokens[user]},{user},{user}" for user in USERS]
        lines.append(f'{self.tokens[ADMIN]},{ADMIN},{ADMIN},"system:masters"')
        self._file("tokens.csv").write_text("\n".join(lines) + "\n")

    def _file(self, name: str) -> Path:
        return self._folder / name

    def _start_etcd(self, url: str) -> None:
        peer = f"http://127.0.0.1:{free_port()}"
        argv = [
            self._tools.etcd,
            f"--data-dir={self._file('etcd')}",
            f"--listen-client-urls={url}",
            f"--advertise-client-urls={url}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]
        self._processes.start("etcd", argv)

    def _start_api_server(self, etcd: str) -> Process:
        key = self._file("service-accounts.key")
        argv = [
            self._tools.kube_apiserver,
            f"--etcd-servers={etcd}",
            f"--secure-port={self._port}",
            "--bind-address=127.0.0.1",
            # Else it wants a default route, which a machine without network has not.
            "--advertise-address=127.0.0.1",
            # The endpoints of the Service `kubernetes`, which loopback is not allowed in.
            "--endpoint-reconciler-type=none",
            f"--tls-cert-file={self._file('server.crt')}",
            f"--tls-private-key-file={self._file('server.key')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            f"--token-auth-file={self._file('tokens.csv')}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--allow-privileged=true",
            # Who is fairly served where we are alone need not be thought of at each request.
            "--enable-priority-and-fairness=false",
            f"--kubelet-certificate-authority={self.ca}",
        ]
        return self._processes.start("kube-apiserver", argv, _ROOMY)

    def _start_controller_manager(self) -> None:
        argv = [
            self._tools.kube_controller_manager,
            f"--kubeconfig={self.kubeconfig(ADMIN)}",
            f"--service-account-private-key-file={self._file('service-accounts.key')}",
            f"--root-ca-file={self.ca}",
            f"--controllers={CONTROLLERS}",
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
        ]
        self._processes.start("kube-controller-manager", argv, _ROOMY)

    def _ready(self) -> bool:
        try:
            answer = httpx2.get(f"{self.url}/readyz", verify=self._tls, trust_env=False)
        except httpx2.TransportError:
            return False
        return answer.is_success
