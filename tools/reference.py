"""Write docs/reference/{options,actions,endpoints}.md from the charm's own metadata: `make docs`.

What the charm says of itself is the only source; tests/unit/test_reference.py holds the pages
against it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / "docs" / "reference"
_COMMAND: Final = "juju run velero-operator/leader"

_GROUP: Final = re.compile(r"  # (?P<group>[^:\n]+)(?:: (?P<note>.+))?")
_OPTION: Final = re.compile(r"  (?P<option>[a-z0-9-]+):")
_VALUE: Final = re.compile(r"^(?P<value>[a-z]+)(?P<default>| \(default\)): ")
_RESTART: Final = (
    "What a change restarts waits until no\nbackup, restore or data movement is in progress."
)
_ROLES: Final = ("requires", "provides")

Entry = Mapping[str, Any]


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    return {"options.md": options(), "actions.md": actions(), "endpoints.md": endpoints()}


def options() -> str:
    """The page of config.yaml, whose comments are its headings."""
    declared: dict[str, Entry] = _read("config.yaml")["options"]
    how = "`juju config velero-operator NAME=VALUE` sets one. " + _RESTART
    parts = [_head("Options", "config.yaml", how)]
    for line in (ROOT / "config.yaml").read_text().splitlines():
        if group := _GROUP.fullmatch(line):
            note = f"\n\n{_escaped(_sentence(group['note']))}" if group["note"] else ""
            parts.append(f"## {group['group']}{note}")
        elif found := _OPTION.fullmatch(line):
            parts.append(_option(found["option"], declared[found["option"]]))
    return _page(parts)


def actions() -> str:
    """The page of actions.yaml."""
    shown = f"`{_COMMAND} ACTION PARAMETER=VALUE` runs one."
    parts = [_head("Actions", "actions.yaml", shown)]
    for name, action in _read("actions.yaml").items():
        parts += [f"## {name}", *_action(name, action)]
    return _page(parts)


def endpoints() -> str:
    """The page of the endpoints in charmcraft.yaml."""
    metadata = _read("charmcraft.yaml")
    shown = "`juju integrate velero-operator:ENDPOINT APPLICATION` integrates one."
    parts = [_head("Endpoints", "charmcraft.yaml", shown)]
    for role in _ROLES:
        for name, endpoint in metadata.get(role, {}).items():
            parts.append(f"## {name}\n\n{_terms(role, endpoint)}")
            parts.append(_prose(endpoint["description"]))
    return _page(parts)


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / name).read_text())


def _head(title: str, source: str, how: str) -> str:
    made = f"<!-- Made by `make docs` from {source}: change that, not this. -->"
    return f"# {title}\n\n{made}\n\n{how}"


def _page(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"


def _option(name: str, option: Entry) -> str:
    default = option["default"]
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    is_set = f"`{shown}`" if shown else "empty"
    return f"### {name}\n\nType {option['type']}, default {is_set}.\n\n" + _prose(
        option["description"]
    )


def _action(name: str, action: Entry) -> Iterator[str]:
    yield _prose(action["description"], name)
    if action.get("parallel"):
        yield "Reads only; it runs beside other actions."
    required = action.get("required", ())
    rows = [_parameter(p, each, p in required) for p, each in action.get("params", {}).items()]
    if rows:
        yield "\n".join(["| Parameter | Type | Default | |", "|---|---|---|---|", *rows])
    else:
        yield "It takes no parameters."


def _parameter(name: str, declared: Entry, required: bool) -> str:  # noqa: FBT001 - a column
    allowed = [f"`{value}`" for value in declared.get("enum", ())]
    kind = " or ".join(allowed) or declared["type"]
    if "minimum" in declared:
        kind += f", {declared['minimum']} to {declared['maximum']}"
    default = str(declared.get("default", "")).lower() or ("required" if required else "")
    text = " ".join(declared["description"].split())
    cells = (f"`{name}`", kind, default, _escaped(text).replace("|", "\\|"))
    return f"| {' | '.join(cells)} |"


def _terms(role: str, endpoint: Entry) -> str:
    most = f", at most {endpoint['limit']}" if "limit" in endpoint else ""
    needed = "optional" if endpoint.get("optional") else "required"
    return f"{role.capitalize()} the interface `{endpoint['interface']}`; {needed}{most}."


def _prose(text: str, action: str = "") -> str:
    """A description as Markdown: values become a list, examples of an action a block."""
    if action:
        example = re.compile(rf"(^|: ){action}(?P<params>| .+)$", re.MULTILINE)
        text = example.sub(rf"\1\n{_COMMAND} {action}\g<params>", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kinds = (_kind(line, before) for line, before in zip(lines, ["", *lines], strict=False))
    parts: list[str] = []
    for kind, group in itertools.groupby(zip(kinds, lines, strict=True), lambda pair: pair[0]):
        shown = "\n".join(_line(kind, line) for _, line in group)
        parts.append(f"```shell\n{shown}\n```" if kind == "block" else shown)
    return "\n\n".join(parts)


def _kind(line: str, before: str) -> str:
    if line.startswith(_COMMAND):
        return "block"
    # A word and a colon within a sentence is no value
    is_start = not before or before.endswith(".")
    return "list" if is_start and _VALUE.match(line) else "text"


def _line(kind: str, line: str) -> str:
    if kind == "block":
        return line
    return _VALUE.sub(r"- `\g<value>`\g<default>: ", _escaped(line), count=1)


def _escaped(text: str) -> str:
    return re.sub(r"([*<])", r"\\\1", text)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
