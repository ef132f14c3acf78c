"""Drawing for a time, and not for a number."""

import os
import random
import time
from collections.abc import Callable
from typing import Final

from hypothesis import seed

SECONDS: Final = float(os.environ.get("FUZZ_SECONDS", "1"))
"""For each reader."""


def repeat(fed: Callable[[], None], seconds: float = SECONDS) -> None:
    """Call a function that draws, with other values each time, until the time is over."""
    until = time.monotonic() + seconds
    again = True
    while again:
        seed(random.getrandbits(64))(fed)()
        again = time.monotonic() < until
