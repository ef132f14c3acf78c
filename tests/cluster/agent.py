"""A packed charm as Juju's agent runs it: unpacked, in a charm container, as the user `juju`.

What the container gives is real: a user without rights (uid 170, `charm-user: non-root`) and
without HOME, the base's Python, the charm in a folder of that user's own, the service account's
files where every pod has them, and no name service, so nothing but the API server can be found.
That takes a mount namespace of its own (`unshare`, `setpriv`).

What stands in: `hook_tool` for Juju's hook tools, and the machine's own files for the rest of the
image. Without root the process stays this user, who is as little root as Juju's.
"""

import ast
import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster import dispatch
from tests.cluster.base import NoBasePythonError, base_python
from tests.cluster.dispatch import State

UID: Final = 170
"""Juju's user for `charm-user: non-root`."""
_SECRETS: Final = "/run/secrets/kubernetes.io/serviceaccount"
# A Python below someone's home needs its own path, which another user may not pass.
_SCRIPT: Final = f"""
mount -t tmpfs none /run && mkdir -p {_SECRETS} && cp "$1"/serviceaccount/* {_SECRETS}
mount -t tmpfs none /mnt && mkdir /mnt/python /mnt/unit
mount --bind "$2" /mnt/python
mount --bind "$1" /mnt/unit
mount --bind /dev/null /etc/resolv.conf
home="/$(echo "$2" | cut -d/ -f2)"
if [ "$home" != /usr ]; then
    mount -t tmpfs none "$home"; mkdir -p "$2"; mount --bind /mnt/python "$2"
fi
shift 2; cd /mnt/unit/charm; exec "$@"
"""


class AgentError(Exception):
    """This machine cannot be a charm container; the message says why."""


@dataclass(frozen=True)
class ServiceAccount:
    """What a pod is given to reach the API server.

    Attributes:
        host: the API server's address.
        port: its port.
        ca: file with its authority's certificate.
        token: the bearer token.
        namespace: the pod's.
    """

    host: str
    port: int
    ca: Path
    token: str
    namespace: str


@dataclass(frozen=True)
class Hook:
    """What one dispatch did: Juju's calls it failed unless `exit_code` is 0."""

    exit_code: int
    output: str
    hook_tools: list[list[str]]


class Agent:
    """One unit of a packed charm.

    Args:
        archive: the .charm file.
        folder: an empty folder for the unit.
        account: its pod's service account.

    Attributes:
        charm: the folder that the charm was unpacked into.

    Raises:
        AgentError: see there.
    """

    def __init__(self, archive: Path, folder: Path, account: ServiceAccount) -> None:
        self._folder = folder
        self._account = account
        try:
            self._python = base_python()
        except NoBasePythonError as error:
            raise AgentError(str(error)) from error
        self._enter = ["unshare", "--mount"]
        self._user: list[str] = []
        if os.geteuid():
            self._enter.append("--map-root-user")
        else:
            ids = [f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]
            self._user = ["setpriv", *ids, "--no-new-privs", "--inh-caps=-all"]
        if subprocess.run([*self._enter, "true"], capture_output=True, check=False).returncode:
            raise AgentError("This machine allows no mount namespace to run the packed charm in")
        self.charm = folder / "charm"
        self._files = {name: folder / "juju" / name for name in ("state.json", "calls")}
        self._unpack(archive)

    def run(self, event: str, state: State, **more: str) -> Hook:
        """Dispatch one event.

        Args:
            event: its name.
            state: what the hook tools answer, and then what was set.
            **more: added to the process's environment.
        """
        self._files["state.json"].write_text(json.dumps(state))
        self._files["calls"].write_text("")
        script = ["sh", "-ec", _SCRIPT, "sh", str(self._folder), str(self._python)]
        argv = [*self._enter, *script, *self._user, "./dispatch"]
        env = self._environment(event, state) | more
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
        state.clear()
        state.update(json.loads(self._files["state.json"].read_text()))
        calls = [ast.literal_eval(line) for line in self._files["calls"].read_text().splitlines()]
        return Hook(done.returncode, done.stdout + done.stderr, calls)

    def _environment(self, event: str, state: State) -> dict[str, str]:
        """Juju's variables and the API server's address; HOME is not among them."""
        given = dispatch.juju_environment(event, state, Path("/mnt/unit/charm"))
        given.pop("PYTHONPATH")
        return given | {
            "JUJU_STATE": "/mnt/unit/juju/state.json",
            "JUJU_CALLS": "/mnt/unit/juju/calls",
            "KUBERNETES_SERVICE_HOST": self._account.host,
            "KUBERNETES_SERVICE_PORT": str(self._account.port),
            "PATH": "/mnt/unit/tools:/mnt/python/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        }

    def _unpack(self, archive: Path) -> None:
        """Unpack with the files' modes, as Juju does, and add what the pod brings."""
        with zipfile.ZipFile(archive) as opened:
            for member in opened.infolist():
                path = Path(opened.extract(member, self.charm))
                path.chmod(member.external_attr >> 16 & 0o777)
        for file in self._files.values():
            file.parent.mkdir(exist_ok=True)
            file.touch()
        dispatch.hook_tools(self._folder / "tools", "/mnt/python/bin/python3")
        account = self._folder / "serviceaccount"
        account.mkdir()
        (account / "token").write_text(self._account.token)
        (account / "namespace").write_text(self._account.namespace)
        shutil.copy(self._account.ca, account / "ca.crt")
        if os.geteuid() == 0:
            for path in (self._folder, *self._folder.rglob("*")):
                os.chown(path, UID, UID, follow_symlinks=False)
