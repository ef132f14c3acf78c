"""Google Cloud Storage on this machine: fake-gcs-server, and who gives out access to it.

The server checks no access. `_Login` stands in for Google's token endpoint and does check: it
gives a token only for an assertion that the service account's private key has signed, so that a
key that did not arrive, or another one, is refused as Google refuses it.
"""

import base64
import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.cluster.certificates import key_pem
from tests.cluster.processes import Process, Processes, answers, free_port
from tests.cluster.tools import GoogleTools

EMAIL = "velero@a-project.iam.gserviceaccount.com"


class GoogleStore:
    """One server of Google's storage protocol, and one service account.

    Attributes:
        endpoint: the server's URL, as a client of the JSON protocol needs it.
        plugin: the binary of Velero's plugin for it.
        tokens: how often somebody proved to have the private key.
    """

    def __init__(self, tools: GoogleTools, folder: Path, processes: Processes) -> None:
        self.plugin = tools.velero_plugin_for_gcp
        self.tokens = 0
        self._tools = tools
        self._folder = folder
        self._processes = processes
        self._process: Process | None = None
        self._port = free_port()
        self.endpoint = f"http://127.0.0.1:{self._port}/storage/v1"
        self._key = _new_key()
        self._login = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Login, self))
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start the server; nothing if it runs.

        Raises:
            HarnessError: it does not come up.
        """
        if self._process:
            return
        url = f"http://127.0.0.1:{self._port}"
        flags = ["-scheme=http", "-host=127.0.0.1", f"-port={self._port}", f"-external-url={url}"]
        flags += ["-backend=filesystem", f"-filesystem-root={self._folder}"]
        flags += [f"-public-host=127.0.0.1:{self._port}"]
        self._process = self._processes.start(
            "fake-gcs-server", [self._tools.fake_gcs_server, *flags]
        )
        self._process.wait_until(lambda: answers(self._port), 20)
        threading.Thread(target=self._login.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop giving out tokens; the server ends with the other processes."""
        if self._process:
            self._login.shutdown()
        self._login.server_close()

    def create_bucket(self, name: str) -> None:
        """Create an empty bucket; nothing if it exists."""
        self.bucket_path(name).mkdir(exist_ok=True)

    def bucket_path(self, name: str) -> Path:
        """Return the folder with a bucket's objects."""
        return self._folder / name

    def account(self, *, right: bool = True) -> str:
        """Return the service account's key file, or one with a key that is not the account's."""
        key = self._key if right else _new_key()
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "a-project",
                "private_key_id": "1",
                "private_key": key_pem(key),
                "client_email": EMAIL,
                "token_uri": f"http://127.0.0.1:{self._login.server_port}/token",
            }
        )

    def admit(self, assertion: str) -> bool:
        """Return whether the account's private key has signed this JSON web token."""
        signed, _, signature = assertion.rpartition(".")
        given = base64.urlsafe_b64decode(f"{signature}==")
        try:
            self._key.public_key().verify(
                given, signed.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return False
        self.tokens += 1
        return True


class _Login(BaseHTTPRequestHandler):
    """The endpoint that the key file calls `token_uri`."""

    def __init__(self, store: GoogleStore, *rest: object) -> None:
        self._store = store
        super().__init__(*rest)  # pyright: ignore[reportArgumentType] # as the server calls it

    def do_POST(self) -> None:
        """Exchange a signed assertion for a token."""
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self._store.admit(parse_qs(form)["assertion"][0]):
            answer = {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3600}
            self._say(200, answer)
        else:
            said = "Invalid JWT Signature."
            self._say(400, {"error": "invalid_grant", "error_description": said})

    def _say(self, code: int, answer: dict[str, str | int] | dict[str, str]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
        """Say nothing."""


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
