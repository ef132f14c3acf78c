"""docs/reference/statuses.md names every status that the code can set, and no other.

The messages are read from the code: a variable in one is `{}`, and so is `<what it is>` on the
page. A variable that holds a text is followed to where the same function says it.
"""

import ast
import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "reference" / "statuses.md"
NEEDS: Final = {
    "BLOCKED": "Blocked",
    "MAINTENANCE": "Maintenance",
    "NOTE": "Active",
    "WAITING": "Waiting",
}
ELSEWHERE: Final = {
    "change_held": ("holding.py",),
    "definitions_remade": ("installation/lost_definitions.py",),
    "of_error": (
        "kubernetes/answers.py",
        "kubernetes/cluster.py",
        "kubernetes/live.py",
        "removal/terminating.py",
    ),
}
"""Functions that pass a text on, and the modules of `src/velero` that make it."""
SAID_ELSEWHERE: Final = re.compile(
    r"waits for|^Velero's definitions|^Could not |^No way |is being deleted"
)


class Said(NamedTuple):
    """A message, and the statuses that come with it: none where only its text is known."""

    message: str
    statuses: frozenset[str]


@cache
def functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def calls(function: ast.FunctionDef, name: str) -> list[ast.Call]:
    found = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return [call for call in found if ast.unparse(call.func).rpartition(".")[2] == name]


def texts(value: ast.expr, function: ast.FunctionDef) -> list[str]:
    """What an expression may read, in all its alternatives."""
    if isinstance(value, ast.Constant):
        return [str(value.value)]
    if isinstance(value, ast.IfExp):
        return texts(value.body, function) + texts(value.orelse, function)
    if isinstance(value, ast.FormattedValue):
        return texts(value.value, function)
    if isinstance(value, ast.JoinedStr):
        parts = [texts(part, function) for part in value.values]
        several = ["".join(each) for each in itertools.product(*parts)]
        return [text.replace("{}…", "{}") for text in several]  # one that was cut
    if isinstance(value, ast.Name):
        found = [text for each in assigned(value.id, function) for text in texts(each, function)]
        return [text for text in found if text] or ["{}"]
    return ["{}"]


def assigned(name: str, function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            yield node.value


def statuses(value: ast.expr, function: ast.FunctionDef) -> frozenset[str]:
    text = ast.unparse(value)
    if isinstance(value, ast.Name):
        text = " ".join(ast.unparse(each) for each in assigned(value.id, function))
    return frozenset(NEEDS[need] for need in re.findall(r"Need\.(\w+)", text))


def problems() -> Iterator[tuple[str, Said]]:
    """What each function says by a `Problem`."""
    found = [f for path in (ROOT / "src").rglob("*.py") for f in functions(path)]
    for function, call in [(f, call) for f in found for call in calls(f, "Problem")]:
        need, message = call.args
        for text in texts(message, function):
            yield function.name, Said(text, statuses(need, function))


def set_directly(status: str) -> Iterator[Said]:
    """What charm.py says without a `Problem`."""
    found = functions(ROOT / "src" / "charm.py")
    for function, call in [(f, call) for f in found for call in calls(f, f"{status}Status")]:
        said = [text for arg in call.args for text in texts(arg, function)]
        yield from (Said(text, frozenset({status})) for text in said)


def made_elsewhere(module: str) -> Iterator[Said]:
    """Texts that one module makes and another shows."""
    for function in functions(ROOT / "src" / "velero" / module):
        nodes = [*ast.walk(function)]
        made = [node.value for node in nodes if isinstance(node, ast.Return)]
        raised = [node.exc for node in nodes if isinstance(node, ast.Raise)]
        made += [arg for exc in raised if isinstance(exc, ast.Call) for arg in exc.args]
        said = [text for value in made if value for text in texts(value, function)]
        yield from (Said(text, frozenset()) for text in said if SAID_ELSEWHERE.search(text))


@cache
def in_code() -> dict[str, frozenset[str]]:
    """The statuses of each message that the code can show."""
    found = [said for _, said in problems()]
    found += [said for status in set(NEEDS.values()) for said in set_directly(status)]
    found += [said for of in ELSEWHERE.values() for each in of for said in made_elsewhere(each)]
    return {
        said.message: frozenset().union(*(s.statuses for s in found if s.message == said.message))
        for said in found
        if said.message not in {"", "{}"}
    }


@cache
def on_page() -> dict[str, frozenset[str]]:
    """The statuses of each message in the page's tables."""
    rows = re.findall(r"^\| ([A-Z][\w, ]+) \| `([^`|]+)` \|", PAGE.read_text(), re.MULTILINE)
    words = set(NEEDS.values())
    return {
        re.sub(r"<[^>]+>", "{}", message): frozenset(words & set(re.findall(r"\w+", status)))
        for status, message in rows
    }


def test_every_message_of_the_code_is_on_the_page() -> None:
    lacking = {message for message in in_code() if message not in on_page()}
    assert not lacking, f"{PAGE.name} needs a row for each of these: {lacking}"


def test_every_message_on_the_page_is_in_the_code() -> None:
    unknown = {message for message in on_page() if message not in in_code()}
    assert not unknown, f"no code says what {PAGE.name} says: {unknown}"


def test_every_message_has_its_statuses() -> None:
    said, shown = in_code(), on_page()
    for message, expected in said.items():
        assert not expected or shown[message] == expected, (message, expected, shown[message])


def test_a_text_that_is_only_passed_on_is_known_by_where_it_is_made() -> None:
    assert {name for name, said in problems() if said.message == "{}"} == set(ELSEWHERE)
