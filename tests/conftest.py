"""What all tests need of pytest."""

from collections.abc import Generator
from typing import Any, cast

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Let a report pass between pytest-xdist's processes whatever a test has logged or printed.

    Their channel takes no lone surrogates, and one in a captured line would end the process.
    """
    return _passable((yield))


def _passable(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        items = cast("dict[Any, Any]", value).items()
        return {_passable(key): _passable(each) for key, each in items}
    if isinstance(value, list | tuple):
        return [_passable(each) for each in cast("list[Any]", value)]
    return value
