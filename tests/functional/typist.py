"""Types what the documentation says, on the stand-in for Juju and on the real cluster.

It knows the commands that the documentation has, and no other: an unknown command, flag, file or
variable is an error. What stands in for something: `Juju` for Juju; `integrators` for the charms
that know a store; for a client charm, what it writes into its databag; for `rclone`, a copy of
the bucket's folder.
"""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import yaml
from tests.cluster import integrators
from tests.cluster.cluster import Cluster
from tests.cluster.integrators import DataBag, Field, Remote
from tests.functional.kubectl import Kubectl, UnknownCommandError
from tests.functional.model import APP, Model, Models
from tests.markdown import words

USER: Final = "charm"
S3: Final = "s3-integrator"
STORES: Final = {
    S3: "s3-credentials",
    "azure-storage-integrator": "azure-storage",
    "azure-auth-integrator": "azure-service-principal",
    "gcs-integrator": "gcs-credentials",
}
_CAPTURE: Final = re.compile(r"(?P<name>\w+)=\$\((?P<command>.*)\)")
_INNER: Final = re.compile(r"\$\((?P<command>[^()]*)\)")
_QUOTED: Final = re.compile(r"|[0-9.]+|true|false|null|yes|no|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
_SAVE: Final = re.compile(r"(?P<command>.*) \| base64 -d > (?P<name>\w+)")
_PEM: Final = re.compile(r"-----BEGIN.*?-----END CERTIFICATE-----\n", re.DOTALL)


class Typist:
    """A person at the keyboard.

    Args:
        cluster: the cluster.
        models: makes models.
        meaning: what examples in the documentation stand for here, such as the store's URL.
        clients: the databags of the client charms that may be deployed, by charm.

    Attributes:
        files: the person's own files, by name.
        before: what happens in the world before a command that begins so.
        meaning: what examples in the documentation stand for here.
        more: fields that an integrator publishes beside what it is told, by charm.
    """

    def __init__(
        self,
        cluster: Cluster,
        models: Models,
        meaning: Mapping[str, str],
        clients: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.files: dict[str, str] = {}
        self.before: dict[str, Callable[[], object]] = {}
        self.more: dict[str, Mapping[str, str]] = {}
        self._cluster = cluster
        self._models = models
        self.meaning = dict(meaning)
        self._clients = clients or {}
        self._kubectl = Kubectl(cluster, self.files)
        self._opened: dict[str, tuple[Any, Model]] = {}
        self._model: Model | None = None
        self._variables: dict[str, str] = {}
        self._charms: dict[str, dict[str, str]] = {}
        self._secrets: dict[str, dict[str, str]] = {}
        self._related: dict[str, Remote] = {}

    @property
    def model(self) -> Model:
        """The model that commands go to."""
        assert self._model, "no model was added"
        return self._model

    def close(self) -> None:
        """Leave nothing of the models."""
        for context, _ in reversed(self._opened.values()):
            context.__exit__(None, None, None)
        self._cluster.set_trusted(USER, trusted=False)
        self._kubectl.close()

    def let_velero_look(self) -> None:
        """Let the minute pass in which Velero looks into its bucket: it does so at its start too.

        Returns when there are backups.
        """
        api = self.model.api
        for pod in api.list("Pod"):
            api.delete("Pod", pod["metadata"]["name"])
        api.until(lambda: api.list("Backup"), 90)

    def type(self, command: str) -> str:
        """Type a command; returns what it prints.

        Raises:
            UnknownCommandError: it is none of those known here.
        """
        for beginning, happens in self.before.items():
            if command.startswith(beginning):
                happens()
        for example in sorted(self.meaning, key=len, reverse=True):
            command = command.replace(example, self.meaning[example])
        if found := _CAPTURE.fullmatch(command):
            self._variables[found["name"]] = self._printed(found["command"])
            return ""
        printed = "\n".join(self._printed(part) for part in command.split(" && "))
        for example in self.meaning:
            if example.startswith("https://"):
                printed = printed.replace(self.meaning[example], example)
        return printed

    def _printed(self, command: str) -> str:
        if found := _SAVE.fullmatch(command):
            encoded = self._printed(found["command"])
            self.files[found["name"]] = base64.b64decode(encoded).decode()
            return ""
        command = _INNER.sub(lambda found: self._printed(found["command"]), command)
        typed = [self._expanded(word) for word in words(command)]
        return self._run(typed)

    def _expanded(self, word: str) -> str:
        return re.sub(r"\$\{?(\w+)\}?", lambda found: self._variables[found[1]], word)

    def _run(self, typed: list[str]) -> str:
        programs: dict[str, Callable[[list[str]], str]] = {
            "base64": self._base64,
            "juju": self._juju,
            "kubectl": self._kubectl.run,
            "rclone": self._rclone,
        }
        if typed[0] not in programs:
            raise UnknownCommandError(" ".join(typed))
        return programs[typed[0]](typed[1:])

    def _base64(self, typed: list[str]) -> str:
        flag, name = typed
        if flag != "-w0":
            raise UnknownCommandError(f"base64 {flag}")
        return base64.b64encode(self.files[name].encode()).decode()

    def _rclone(self, typed: list[str]) -> str:
        verb, source, target = typed
        if verb != "copy":
            raise UnknownCommandError(f"rclone {verb}")
        store = self._cluster.store
        old, new = (store.bucket_path(place.partition(":")[2]) for place in (source, target))
        shutil.copytree(old, new, dirs_exist_ok=True)
        return ""

    def _juju(self, typed: list[str]) -> str:
        verb = f"_juju_{typed[0].replace('-', '_')}"
        if not hasattr(self, verb):
            raise UnknownCommandError(f"juju {typed[0]}")
        return getattr(self, verb)(typed[1:])

    def _juju_add_model(self, typed: list[str]) -> str:
        (name,) = typed
        context = self._models.model(name, kubeconfig=self._cluster.kubeconfig_for(USER))
        self._model = context.__enter__()
        self._opened[name] = (context, self._model)
        self._charms, self._secrets, self._related = {}, {}, {}
        return ""

    def _juju_deploy(self, typed: list[str]) -> str:
        charm, *rest = typed
        options, flags = _options(rest)
        if charm == APP:
            _known(flags, "--trust", "--config")
            self._cluster.set_trusted(USER, trusted="--trust" in flags)
            self.model.juju.deploy(_typed(options))
        elif charm in STORES or charm in self._clients:
            _known(flags, "--channel", "--config")
            self._charms[charm] = options
        else:
            raise UnknownCommandError(f"juju deploy {charm}")
        return ""

    def _juju_trust(self, typed: list[str]) -> str:
        if typed != [APP, "--scope=cluster"]:
            raise UnknownCommandError(f"juju trust {' '.join(typed)}")
        self._cluster.set_trusted(USER, trusted=True)
        self.model.juju.update_status()  # Juju tells nobody; five minutes pass
        return ""

    def _juju_config(self, typed: list[str]) -> str:
        name, *rest = typed
        options, flags = _options(rest)
        if name == APP:
            _known(flags, "--reset")
            reset = dict.fromkeys(flags.get("--reset", "").split(",")) if flags else {}
            self.model.juju.config(**{**_typed(options), **reset})
            return ""
        _known(flags)
        self._charms[name] |= options
        self._tell(name)
        return ""

    def _juju_add_secret(self, typed: list[str]) -> str:
        name, *pairs = typed
        self._secrets[name] = self._content(pairs)
        return f"secret:{name}"

    def _juju_update_secret(self, typed: list[str]) -> str:
        name, *pairs = typed
        self._secrets[name] |= self._content(pairs)
        for charm, options in self._charms.items():
            if options.get("credentials") == f"secret:{name}":
                self._tell(charm)
        return ""

    def _juju_grant_secret(self, typed: list[str]) -> str:
        name, charm = typed
        assert name in self._secrets, f"there is no secret {name}"
        self._charms[charm]["granted"] = name
        return ""

    def _juju_integrate(self, typed: list[str]) -> str:
        ours, theirs = sorted(typed, key=lambda word: not word.startswith(APP))
        charm, _, remote_endpoint = theirs.partition(":")
        endpoint = ours.partition(":")[2] or STORES[charm]
        remote: Remote
        if charm in self._clients:
            assert charm in self._charms, f"{charm} is not deployed"
            data: dict[str, Field] = {**self._clients[charm]}
            remote = DataBag(data, app=charm, endpoint=remote_endpoint)
        else:
            remote = self._integrator(charm)
        self._related[charm] = remote
        self.model.juju.integrate(endpoint, remote)
        return ""

    def _juju_remove_relation(self, typed: list[str]) -> str:
        _, theirs = sorted(typed, key=lambda word: not word.startswith(APP))
        remote = self._related.pop(theirs.partition(":")[0])
        found = [each for each in self.model.juju.integrations if each.remote is remote]
        self.model.juju.break_relation(found[0])
        return ""

    def _juju_destroy_model(self, typed: list[str]) -> str:
        (name,) = typed
        self._opened.pop(name)[0].__exit__(None, None, None)
        return ""

    def _juju_refresh(self, typed: list[str]) -> str:
        if typed != [APP]:
            raise UnknownCommandError(f"juju refresh {' '.join(typed)}")
        self.model.juju.refresh()
        return ""

    def _juju_remove_application(self, typed: list[str]) -> str:
        if typed != [APP]:
            raise UnknownCommandError(f"juju remove-application {' '.join(typed)}")
        self.model.juju.remove()
        return ""

    def _juju_status(self, typed: list[str]) -> str:
        if typed not in ([], [APP], ["--relations"], [APP, "--relations"]):
            raise UnknownCommandError(f"juju status {' '.join(typed)}")
        return self.model.juju.status_table().partition("\n\n")[2]  # without the controller's name

    def _juju_run(self, typed: list[str]) -> str:
        unit, action, *rest = typed
        assert unit == f"{APP}/leader", unit
        _, flags = _options(rest)
        _known(flags)
        params = {key: _yaml(text) for key, text in _options(rest)[0].items()}
        if "command" in params:
            params["command"] = str(params["command"])
        result = self.model.juju.run(action, params)
        said = [f"12:00:00 {line}" for line in result.log]
        said.append(_as_juju(result.results))
        if result.failed:
            said.append(f"Action id 1 failed: {result.message}")
        return "\n".join(said)

    def _content(self, pairs: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for pair in pairs:
            key, _, value = pair.partition("=")
            name, _, how = key.partition("#")
            found[name] = self.files[value] if how == "file" else value
        return found

    def _fields(self, charm: str) -> dict[str, Field]:
        """What the integrator publishes of what it is configured with."""
        options = {k: v for k, v in self._charms[charm].items() if k != "granted"}
        secret = options.pop("credentials", "").removeprefix("secret:")
        assert secret in {"", self._charms[charm].get("granted")}, f"{secret} is not granted"
        fields: dict[str, Field] = {**options, **self._secrets.get(secret, {})}
        fields |= self.more.get(charm, {})
        if chain := options.get("tls-ca-chain"):
            fields["tls-ca-chain"] = _PEM.findall(base64.b64decode(chain).decode())
        return fields

    def _integrator(self, charm: str) -> Remote:
        made: dict[str, Callable[[dict[str, Field]], Remote]] = {
            S3: integrators.s3,
            "azure-storage-integrator": integrators.azure,
            "gcs-integrator": integrators.gcs,
            "azure-auth-integrator": lambda fields: integrators.ServicePrincipal(
                fields, app="azure-auth-integrator"
            ),
        }
        return made[charm](self._fields(charm))

    def _tell(self, charm: str) -> None:
        """An integrator that is related publishes what changed."""
        if remote := self._related.get(charm):
            found = [each for each in self.model.juju.integrations if each.remote is remote]
            self.model.juju.set_data(found[0], **self._fields(charm))


def _options(rest: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The pairs `name=value`, and the flags with their values."""
    options: dict[str, str] = {}
    flags: dict[str, str] = {}
    left = iter(rest)
    for word in left:
        if word in {"--channel", "--config", "--reset"}:
            flags[word] = next(left)
            options |= dict([flags[word].split("=", 1)]) if word == "--config" else {}
        elif word.startswith("-"):
            flags[word] = ""
        else:
            name, equals, value = word.partition("=")
            assert equals, f"{word} is no pair"
            assert value[:1] != "@", f"juju reads the file that {word} names"
            options[name] = value
    return options, flags


def _known(flags: Mapping[str, str], *known: str) -> None:
    if strange := set(flags) - set(known):
        raise UnknownCommandError(f"{strange} is not known here")


def _typed(options: Mapping[str, str]) -> dict[str, Any]:
    return {name: _yaml(text) for name, text in options.items()}


def _yaml(text: str) -> Any:  # noqa: ANN401 - as YAML has it
    """As Juju reads it: a document in an option stays text."""
    return yaml.safe_load(text) if re.fullmatch(r"true|false|\d+", text) else text


def _as_juju(results: Mapping[str, Any], indent: str = "") -> str:
    """The results as `juju run` prints them: YAML with sorted keys, long texts as they are."""
    lines: list[str] = []
    for key, value in sorted(results.items()):
        if isinstance(value, Mapping):
            lines += [f"{indent}{key}:", _as_juju(cast("Any", value), f"{indent}  ")]
        elif "\n" in value:
            lines += [f"{indent}{key}: |", *(f"{indent}  {line}" for line in value.splitlines())]
        else:
            lines.append(
                f'{indent}{key}: "{value}"'
                if _QUOTED.fullmatch(value)
                else f"{indent}{key}: {value}"
            )
    return "\n".join(lines)
