"""Which names say that their value is a secret. Pure."""

from __future__ import annotations

import re
from typing import Final

_KEYS: Final = r"(?:api|access|account|private|secret|encryption|signing|shared)[-_ .]?key"
_TELLING: Final = re.compile(
    rf"pass(?:word|wd|phrase|code)|secret|token|credential|signature|{_KEYS}", re.IGNORECASE
)
_LAST: Final = re.compile(
    rf"(?:pass(?:word|wd|phrase|code)|secret|token|credential|signature|{_KEYS})s?"
    r"(?:[-_.]?(?:id|value|data|[0-9]{1,4}))?$",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(
    r"(?:^|[-_.])(?:sig|sas|pwd|passw?|auth|authorization|cookie|session[-_]?id|jwt|dsn)$",
    re.IGNORECASE,
)
_PROSE: Final = re.compile(
    rf"pass(?:word|wd|phrase|code)|token|{_KEYS}|secret[-_.]\w|\w[-_.]secret", re.IGNORECASE
)
_ABOUT: Final = re.compile(
    r"(?:names?|refs?|files?|paths?|seconds|types?|counts?|size|ur[il]|expiry|namespace"
    r"|\.go)$",
    re.IGNORECASE,
)
_HEADERS: Final = re.compile(
    r"(?:^|-)(?:authorization|cookie2?)$|^x-(?:api-key|auth-\w+|vault-token)$", re.IGNORECASE
)
_LONGEST: Final = 200


def is_telling(name: str) -> bool:
    """Whether a field, option or element of this name has a secret as its value."""
    name = name[-_LONGEST:]
    return bool((_TELLING.search(name) or _SHORT.search(name)) and not _ABOUT.search(name))


def ends_telling(name: str) -> bool:
    """Whether a name says so with its end, as a field's does: no namespace ``secret-things``."""
    return bool(_LAST.search(name[-_LONGEST:]) or _SHORT.search(name[-_LONGEST:]))


def is_telling_in_prose(name: str) -> bool:
    """As above, in the middle of a sentence: "list secrets: forbidden" tells no secret."""
    name = name[-_LONGEST:]
    return bool(_PROSE.search(name) and ends_telling(name))


def is_header(name: str) -> bool:
    """Whether a header of this name has a secret as its value."""
    return bool(_HEADERS.search(name[-_LONGEST:]))


def is_option(word: object) -> bool:
    """Whether a word of a command line is an option whose value, the next word, is a secret."""
    return isinstance(word, str) and word.startswith("-") and "=" not in word and is_telling(word)
