"""What a test prints or logs does not end the process of pytest-xdist that it runs in."""

import pytest
from tests import conftest


@pytest.mark.parametrize("text", ["plain", "é", "\udc80", "a\0b"])
def test_a_report_can_be_passed_on_whatever_is_in_it(text: str) -> None:
    report = {text: [text, (text, 1, None)]}
    wrapper = conftest.pytest_report_to_serializable()
    next(wrapper)
    with pytest.raises(StopIteration) as ended:
        wrapper.send(report)
    shown = text.replace("\udc80", "\\udc80")
    assert ended.value.value == {shown: [shown, [shown, 1, None]]}
    str(ended.value.value).encode()
