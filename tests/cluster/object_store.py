"""An S3 server, versitygw, over a folder: what a bucket holds can be looked at with `ls`."""

import os
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.cluster.certificates import Certificate
from tests.cluster.processes import Process, Processes, answers, free_port
from tests.cluster.tools import Tools


class ObjectStore:
    """One S3 server, by default on the loopback interface.

    Args:
        tools: the binaries.
        folder: for the buckets and what belongs to them.
        processes: who starts the server.
        tls: whether it speaks TLS, with a certificate of its own authority.
        host: the address to listen on.

    Attributes:
        endpoint: its URL, the same for its whole life.
        access_key: the one account's access key.
        secret_key: and its secret key.
        ca_pem: the root certificate that clients must trust, empty without TLS. The server
            presents a chain: its own certificate and an intermediate authority's.
    """

    def __init__(
        self,
        tools: Tools,
        folder: Path,
        processes: Processes,
        *,
        tls: bool = False,
        host: str = "127.0.0.1",
    ) -> None:
        self._tools = tools
        self._folder = folder
        self._processes = processes
        self._process: Process | None = None
        self._port = free_port()
        self._host = host
        self._flags: list[str] = []
        self.access_key = "velero"
        self.secret_key = secrets.token_urlsafe(24)
        self.ca_pem = ""
        self.endpoint = f"{'https' if tls else 'http'}://{host}:{self._port}"
        for name in ("buckets", "metadata"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if tls:
            self._certify()

    def _certify(self) -> None:
        root = Certificate.authority("Object store root")
        intermediate = Certificate.authority("Object store intermediate", root)
        server = intermediate.server("Object store")
        chain, key = self._folder / "chain.pem", self._folder / "key.pem"
        chain.write_text(server.pem + intermediate.pem)
        key.write_text(server.key_pem)
        self.ca_pem = root.pem
        self._flags = [f"--cert={chain}", f"--key={key}"]

    def start(self) -> None:
        """Start the server, on the same port and data as before; nothing if it runs.

        Raises:
            HarnessError: it does not come up.
        """
        if self._process and self._process.exit_code() is None:
            return
        # The sidecar folder holds what would be extended attributes, which not every file
        # system has: tmpfs before Linux 6.6, for one.
        self._process = self._processes.start(
            self._folder.name,
            [
                self._tools.versitygw,
                f"--port={self._host}:{self._port}",
                *self._flags,
                "posix",
                f"--sidecar={self._folder / 'metadata'}",
                self._folder / "buckets",
            ],
            {"ROOT_ACCESS_KEY": self.access_key, "ROOT_SECRET_KEY": self.secret_key},
        )
        self._process.wait_until(lambda: answers(self._port, self._host), 20)

    def stop(self) -> None:
        """Stop the server as a crash would; the data stay."""
        if self._process:
            self._process.kill_group()

    def rotate(self, access_key: str, secret_key: str) -> None:
        """Restart with other keys; the old ones are refused from then on."""
        self.stop()
        self.access_key, self.secret_key = access_key, secret_key
        self.start()

    @contextmanager
    def read_only(self) -> Generator[None]:
        """A time in which the server lets nobody write."""
        writable = self._flags
        try:
            self._restart([*writable, "--readonly"])
            yield
        finally:
            self._restart(writable)

    def _restart(self, flags: list[str]) -> None:
        self.stop()
        self._flags = flags
        self.start()

    def create_bucket(self, name: str) -> None:
        """Create an empty bucket; nothing if it exists."""
        self.bucket_path(name).mkdir(exist_ok=True)

    def empty_bucket(self, name: str) -> None:
        """Create an empty bucket; what was in one of that name is gone."""
        shutil.rmtree(self.bucket_path(name), ignore_errors=True)
        self.create_bucket(name)

    def bucket_path(self, name: str) -> Path:
        """Return the folder with a bucket's objects."""
        return self._folder / "buckets" / name

    def files(self, name: str) -> dict[str, bytes]:
        """A bucket's objects by key; one that goes while we look is left out."""
        root, found = self.bucket_path(name), dict[str, bytes]()
        # os.walk passes over a folder that is gone, Path.rglob does not
        paths = (Path(folder, each) for folder, _, names in os.walk(root) for each in names)
        for path in paths:
            with suppress(FileNotFoundError):
                found[str(path.relative_to(root))] = path.read_bytes()
        return found
