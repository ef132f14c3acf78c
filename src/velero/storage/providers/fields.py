"""What the fields of storage relations have in common: prefixes, URLs, certificates, names.

Of a value that is refused, nothing is shown: people paste credentials where they do not belong.
"""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

from velero.errors import InvalidInput
from velero.total import parsed

_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_REGION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_URL: Final = re.compile(
    r"(?i:https?)://(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?"
)
"""Neither a user nor a query nor an escaped character fits into it."""
_LOGIN: Final = re.compile(r"[@?#%]")
_PEM: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)
_SPACED: Final = "has a blank, a line break or a control character in it; give it again without"
_URL_MAX: Final = 1024
_PREFIX_MAX: Final = 512
"""Half of what an object's whole name may have."""
_SECRET_MAX: Final = 4096
"""Velero reads lines of 64 KiB (velero pkg/util/dotenv), and a character has four at the most."""
_CHAIN_MAX: Final = 1024 * 1024


def stripped(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields without the white space around them."""
    return {key: value.strip() for key, value in fields.items()}


def word(where: str, value: str) -> str:
    """A text without blanks, line breaks and control characters.

    Raises:
        InvalidInput: it has one.
    """
    if not value.isprintable() or any(map(str.isspace, value)):
        raise InvalidInput(where, _SPACED)
    return value


def bucket(where: str, value: str) -> str:
    """A bucket or container name.

    Raises:
        InvalidInput: it is missing or not a name.
    """
    if not value:
        raise InvalidInput(where, "is missing; set it on the storage integrator")
    return _named(_BUCKET, where, value, "backups")


def region(where: str, value: str) -> str:
    """A region; empty stays empty.

    Raises:
        InvalidInput: it is no name.
    """
    return value and _named(_REGION, where, value, "us-east-1")


def _named(pattern: re.Pattern[str], where: str, value: str, example: str) -> str:
    if not pattern.fullmatch(word(where, value)):
        raise InvalidInput(
            where, f"is no name; letters, digits, '.', '-' and '_', for example {example}"
        )
    return value


def prefix(where: str, value: str, default: str) -> str:
    """A folder in the bucket, without slashes at its ends.

    Raises:
        InvalidInput: a part of it is ``.`` or ``..``, or it is none that a person can type.
    """
    parts = [part for part in word(where, value).split("/") if part]
    if {".", ".."} & set(parts):
        raise InvalidInput(where, "has . or .. in it; name a plain folder")
    if len(value) > _PREFIX_MAX:
        raise InvalidInput(where, f"is longer than {_PREFIX_MAX} characters; name a plain folder")
    return "/".join(parts) or default


def url(where: str, value: str, example: str = "for example https://s3.example.com:9000") -> str:
    """An http or https address, without a slash at its end.

    Raises:
        InvalidInput: it is something else.
    """
    word(where, value)
    if _LOGIN.search(value[:_URL_MAX]):
        what = "has a user or password, a query or a fragment in it (one of @ ? # %)"
        raise InvalidInput(where, f"{what}; take it out, {example}")
    if len(value) > _URL_MAX or not _is_url(value):
        raise InvalidInput(where, f"is no http or https URL; {example}")
    return value.rstrip("/")


def _is_url(value: str) -> bool:
    try:
        _ = urlsplit(value).port
    except ValueError:  # of a port, or of an address in brackets
        return False
    return _URL.fullmatch(value) is not None


def secret_line(where: str, value: str) -> str:
    """A secret that is one line of a credential file.

    Raises:
        InvalidInput: it is missing, too long, or has more than one line.
    """
    stripped = value.strip()
    if not stripped:
        raise InvalidInput(where, "is missing; set it on the storage integrator")
    if len(stripped) > _SECRET_MAX:
        raise InvalidInput(where, f"is longer than {_SECRET_MAX} characters; give the key alone")
    if not stripped.isprintable():
        raise InvalidInput(where, "has a line break or control character in it; give it again")
    return stripped


def ca_chain(where: str, value: str) -> str:
    """A CA chain as one PEM text.

    Integrators send a JSON list of PEM texts; the interface says base64 of a bundle
    (object-storage-integrator s3/src; charmlibs interfaces/s3). Both are read,
    as is plain PEM. Empty stays empty.

    Raises:
        InvalidInput: it holds no certificate, or one that cannot be read.
    """
    if len(value) > _CHAIN_MAX:
        raise InvalidInput(where, f"is longer than {_CHAIN_MAX} characters; send fewer")
    text = "\n".join(_texts(value)).strip()
    if not text:
        return ""
    found = _PEM.findall(text)
    if not found or len(found) != text.count("-----BEGIN"):
        raise InvalidInput(where, "is no PEM certificate; give the bundle that signs the store's")
    pem = "\n".join(found) + "\n"
    try:
        ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError) as error:
        raise InvalidInput(
            where, "has a certificate that cannot be read; copy it again"
        ) from error
    return pem


def _texts(value: str) -> list[str]:
    decoded = parsed(value, _CHAIN_MAX)
    if decoded is None and value == "null":
        return []
    items = cast("list[Any]", decoded) if isinstance(decoded, list) else [value]
    return [_unwrapped(item if isinstance(item, str) else "?") for item in items if item]


def _unwrapped(text: str) -> str:
    if "-----BEGIN" in text:
        return text
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except ValueError:  # binascii's and the codec's are of its kind
        return text
