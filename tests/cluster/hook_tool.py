"""One program that stands in for all of Juju's hook tools, by the name it is called under.

It answers from the JSON file that JUJU_STATE names (see `tests.cluster.dispatch` for its shape),
keeps in it what it is told to set, and appends each call to the file that JUJU_CALLS names. It
refuses what the real tools would (`refusals`), and every call that it does not know.

It is run as `python -I -S`, without site-packages: about 8 ms for juju-log and 14 ms for the tools
that read the file. Real hook tools ask the unit agent over a socket and are slower; what counts is
how many there are.
"""

# Imports cost more than all else here: json where it is needed, pathlib nowhere.
# ruff: noqa: PLC0415, PTH105, PTH119, PTH123

import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from tests.cluster import refusals
from tests.cluster.refusals import RefusedByJuju

State = dict[str, Any]
SINCE = "2026-01-01T00:00:00Z"
VALUED = {
    *("-r", "--relation", "--format", "--file", "--label", "--description", "--expire"),
    *("--rotate", "--owner", "--unit", "--app-name", "--revision", "--application", "--log-level"),
}
SWITCHES = {"--app", "--include-data", "--refresh", "--peek"}


def refuse(words: str) -> NoReturn:
    """End as a hook tool that fails."""
    sys.exit(f"ERROR {words}")


def parse(argv: list[str]) -> tuple[dict[str, str], list[str]]:
    """Split a command line into flags and words; what follows `--` is words."""
    flags: dict[str, str] = {}
    words: list[str] = []
    rest = list(argv)
    while rest:
        arg = rest.pop(0)
        name, equals, value = arg.partition("=")
        if arg == "--":
            return flags, words + rest
        if arg in SWITCHES:
            flags[arg] = "true"
        elif name in VALUED and name.startswith("-"):
            flags[name] = value if equals else rest.pop(0)
        elif arg.startswith("-") and arg != "-":
            refuse(f"option provided but not defined: {arg}")
        else:
            words.append(arg)
    return flags, words


class Tools:
    """The tools, as methods named after them.

    Args:
        state: what they answer from and write to.
        flags: the call's flags.
        words: its other words.
    """

    def __init__(self, state: State, flags: dict[str, str], words: list[str]) -> None:
        self.state = state
        self.flags = flags
        self.words = words

    def config_get(self) -> object:
        return self._item(self.state["config"])

    def is_leader(self) -> object:
        return self.state["leader"]

    def goal_state(self) -> object:
        app = self._app()
        units = [f"{app}/{number}" for number in range(self.state["planned"])]
        return {"units": {unit: {"status": "active", "since": SINCE} for unit in units}}

    def application_version_set(self) -> None:
        self.state["version"] = self.words[0]

    def network_get(self) -> object:
        address = {"value": "127.0.0.1", "cidr": "127.0.0.0/8", "hostname": ""}
        binding = {"mac-address": "", "interface-name": "lo", "addresses": [address]}
        return {"bind-addresses": [binding], "ingress-addresses": ["127.0.0.1"]}

    def credential_get(self) -> NoReturn:
        refuse("cannot access cloud credentials")

    def relation_ids(self) -> object:
        return [each for each in self.state["relations"] if each.split(":")[0] == self.words[0]]

    def relation_list(self) -> object:
        relation = self._relation()
        return relation["app"] if "--app" in self.flags else relation["units"]

    def relation_model_get(self) -> object:
        return {"uuid": self.state["model-uuid"]}

    def relation_get(self) -> object:
        key, member = [*self.words, "-", os.environ.get("JUJU_REMOTE_UNIT", "")][:2]
        if len(self.words) > 1:
            member = self.words[1]
        if "--app" in self.flags:
            member = member.split("/")[0]
        if member == self._app() and not self.state["leader"]:
            refuse("permission denied")
        bag = self._relation()["data"].get(member)
        if bag is None:
            refuse("permission denied")
        return bag if key == "-" else bag.get(key, "")

    def relation_set(self) -> None:
        member = self._app() if "--app" in self.flags else self.state["unit"]
        self._only_leader(member)
        bag = self._relation()["data"].setdefault(member, {})
        given = self._given()
        bag.update(given)
        for key in [key for key, value in bag.items() if value == ""]:
            del bag[key]
        refusals.databag(bag, given)

    def status_get(self) -> object:
        if self.flags.get("--application") != "true":
            return {**self.state["status"], "status-data": {}}
        self._only_leader(self._app())
        return {"application-status": {**self.state["app-status"], "status-data": {}, "units": {}}}

    def status_set(self) -> None:
        app = self.flags.get("--application") == "True"
        if app:
            self._only_leader(self._app())
        status, message = [*self.words, ""][:2]
        refusals.status(status, message)
        key = "app-status" if app else "status"
        self.state[key] = {"status": status, "message": message}

    def secret_get(self) -> object:
        secret = self._secret()
        if not secret.get("granted", True):
            refuse("permission denied")
        if secret.get("owner") is None and "--label" in self.flags:
            secret["label"] = self.flags["--label"]
        return secret["content"]

    def secret_info_get(self) -> object:
        secret = self._owned()
        about = {"revision": secret["revision"], "label": secret["label"], "rotation": "never"}
        return {self._secret_id().removeprefix("secret:"): {**about, "owner": secret["owner"]}}

    def secret_ids(self) -> object:
        return [key for key, each in self.state["secrets"].items() if each["owner"]]

    def secret_add(self) -> str:
        owner = self.flags.get("--owner", "application")
        if owner == "application":
            self._only_leader(self._app())
        key = f"secret:made{len(self.state['secrets']):016}"
        self.state["secrets"][key] = {
            "content": self._contents(self.words),
            "label": self.flags.get("--label"),
            "owner": owner,
            "revision": 1,
        }
        return key

    def secret_set(self) -> None:
        secret = self._owned()
        secret["content"] = self._contents(self.words[1:]) or secret["content"]
        secret["label"] = self.flags.get("--label", secret["label"])
        secret["revision"] += 1

    def secret_remove(self) -> None:
        self._owned()
        if "--revision" not in self.flags:
            del self.state["secrets"][self._secret_id()]

    def secret_grant(self) -> None:
        self._owned()

    secret_revoke = secret_grant

    def action_get(self) -> object:
        return self._item(self.state["action"]["params"])

    def action_set(self) -> None:
        pairs = (word.partition("=") for word in self.words)
        results = {key: value for key, _, value in pairs}
        refusals.results(results)
        self.state["action"]["results"].update(results)

    def action_log(self) -> None:
        self.state["action"]["log"].append(self.words[0])

    def action_fail(self) -> None:
        self.state["action"]["failed"] = (self.words or ["action failed without reason given"])[0]

    def state_get(self) -> object:
        return self._item(self.state["stored"])

    def state_set(self) -> None:
        given = self._given()
        refusals.stored(given)
        self.state["stored"].update(given)

    def state_delete(self) -> None:
        self.state["stored"].pop(self.words[0], None)

    def _app(self) -> str:
        return self.state["unit"].split("/")[0]

    def _only_leader(self, member: str) -> None:
        if member == self._app():
            refusals.leads(self.state["leader"], self.state["unit"])

    def _item(self, values: dict[str, Any]) -> object:
        return values.get(self.words[0]) if self.words else values

    def _given(self) -> dict[str, str]:
        if self.flags.get("--file") != "-":
            refuse("only --file - is known")
        import json

        return json.load(sys.stdin)

    def _relation(self) -> dict[str, Any]:
        name = self.flags.get("-r", os.environ.get("JUJU_RELATION_ID", ""))
        for key, relation in self.state["relations"].items():
            if name in {key, key.split(":")[1]}:
                return relation
        refuse(f'invalid value "{name}" for option -r: relation not found')

    def _secret_id(self) -> str:
        wanted = self.words[0].rpartition("/")[2].removeprefix("secret:") if self.words else ""
        for key, secret in self.state["secrets"].items():
            bare = key.rpartition("/")[2].removeprefix("secret:")
            if bare == wanted or (not wanted and secret["label"] == self.flags.get("--label")):
                return key
        refuse(f'secret "{wanted or self.flags.get("--label")}" not found')

    def _secret(self) -> dict[str, Any]:
        return self.state["secrets"][self._secret_id()]

    def _owned(self) -> dict[str, Any]:
        secret = self._secret()
        if secret["owner"] is None:
            refuse(f'secret "{self._secret_id()}" not found')
        return secret

    def _contents(self, words: list[str]) -> dict[str, str]:
        contents: dict[str, str] = {}
        for word in words:
            key, _, path = word.partition("#file=")
            with open(path, encoding="utf-8") as file:
                contents[key] = file.read()
        refusals.secret(contents)
        return contents


def main(argv: list[str]) -> None:
    """Be the tool that the program's name says."""
    name = os.path.basename(argv[0])
    calls = os.open(os.environ["JUJU_CALLS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(calls, f"{[name, *argv[1:]]!r}\n".encode())
    os.close(calls)
    try:
        refusals.arguments(argv)
        if name != "juju-log":
            _answer(name, argv)
    except RefusedByJuju as refused:
        refuse(str(refused))


def _answer(name: str, argv: list[str]) -> None:
    import json

    path = os.environ["JUJU_STATE"]
    with open(path, encoding="utf-8") as file:
        text = file.read()
    state: State = json.loads(text)
    flags, words = parse(argv[1:])
    tool: Callable[[], object] | None = getattr(
        Tools(state, flags, words), name.replace("-", "_"), None
    )
    if tool is None:
        refuse(f"{name} is a hook tool that this stand-in does not know")
    answer = tool()
    changed = json.dumps(state)
    if changed != text:
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            file.write(changed)
        os.replace(f"{path}.new", path)
    if answer is not None:
        print(answer if name == "secret-add" else json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv)
