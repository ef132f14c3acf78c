"""The budgets and layers that the linters cannot see."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))  # a Charmhub library has to be one file
FACES = [path for path in SOURCES if path.name == "__init__.py"]
WORDS = {"run"}  # of an action, not of a module
FILE_LINES = 260
FUNCTION_LINES = 30


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_and_its_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= FILE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            last = (body[-1].end_lineno or 0) if body else 0
            lines = last - body[0].lineno + 1 if body else 0
            assert lines <= FUNCTION_LINES, node.name


@pytest.mark.parametrize(
    "module", ["charm", "collecting", "refusals", "statuses", "suspicion", "telling"]
)
def test_the_charm_reaches_the_cluster_through_the_core_only(module: str) -> None:
    tree = ast.parse((ROOT / "src" / f"{module}.py").read_text())
    imported = {
        alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names
    }
    imported |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in imported}
    assert not roots & {"lightkube", "httpx2", "subprocess", "os", "requests"}


@pytest.mark.parametrize("path", FACES, ids=name)
def test_a_room_has_a_face_that_says_what_it_is_for_and_loads_nothing(path: Path) -> None:
    (only,) = ast.parse(path.read_text()).body
    assert isinstance(only, ast.Expr)
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("room", [path.parent for path in FACES], ids=name)
def test_a_face_names_nothing_that_is_not_there(room: Path) -> None:
    face = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    named = {each for each in re.findall(r"`+([a-z_]+)`+", face) if each not in WORDS}
    assert named <= {path.stem for path in room.iterdir()}
