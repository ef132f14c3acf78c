"""Seldom a look for garbage: imported before all else, in a dispatch only.

A hook lives for a second and leaves little that only a collector finds. Python would look through
all that is loaded, again and again while it is loaded: a fifth of what the imports take.
"""

import gc
from typing import Final

CONTAINERS: Final = 200_000
"""More than all modules make; a list of many thousand backups still stays small."""

gc.set_threshold(CONTAINERS, 10, 10)
