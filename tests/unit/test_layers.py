"""The budgets and layers that the linters cannot see."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))  # a Charmhub library has to be one file
ACTIONS = [f"actions/{path.stem}" for path in (ROOT / "src" / "actions").glob("*.py")]
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
    "module", ["charm", "clients", "inputs", "storages", "monitoring/__init__", *ACTIONS]
)
def test_the_charm_reaches_the_cluster_through_the_core_only(module: str) -> None:
    tree = ast.parse((ROOT / "src" / f"{module}.py").read_text())
    imported = {
        alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names
    }
    imported |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in imported}
    assert not roots & {"lightkube", "httpx2", "subprocess", "os", "requests"}
