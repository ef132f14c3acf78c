"""What the fields of storage relations have in common: prefixes, URLs, certificates, names."""

from __future__ import annotations

import base64
import binascii
import json
import re
import ssl
from typing import Any, cast
from urllib.parse import urlsplit

from velero.errors import InvalidInput

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PEM = re.compile(
    r"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)


def bucket(where: str, value: str) -> str:
    """A bucket or container name.

    Raises:
        InvalidInput: it is missing or not a name.
    """
    if not value:
        raise InvalidInput(where, "is missing; set it on the storage integrator")
    if not _BUCKET.fullmatch(value):
        raise InvalidInput(
            where,
            f"'{value[:63]}' is no name; letters, digits, '.', '-' and '_', for example backups",
        )
    return value


def prefix(where: str, value: str, default: str) -> str:
    """A folder in the bucket, without slashes at its ends.

    Raises:
        InvalidInput: a part of it is ``.`` or ``..``.
    """
    parts = [part for part in value.split("/") if part]
    if {".", ".."} & set(parts):
        raise InvalidInput(where, f"'{value[:63]}' has . or .. in it; name a plain folder")
    return "/".join(parts) or default


def url(where: str, value: str, example: str = "for example https://s3.example.com:9000") -> str:
    """An http or https address, without a slash at its end.

    Raises:
        InvalidInput: it is something else. The text leaves out what may be a password.
    """
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise InvalidInput(where, f"is no URL; {example}") from error
    if parts.username is not None or parts.password is not None:
        raise InvalidInput(where, f"has a user or password in it; take it out, {example}")
    if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s,]", value):
        raise InvalidInput(where, f"'{value[:100]}' is no http or https URL; {example}")
    if parts.query or parts.fragment:
        raise InvalidInput(where, f"has a query or fragment; leave it out, {example}")
    return value.rstrip("/")


def secret_line(where: str, value: str) -> str:
    """A secret that is one line of a credential file.

    Raises:
        InvalidInput: it is missing, or has more than one line.
    """
    stripped = value.strip()
    if not stripped:
        raise InvalidInput(where, "is missing; set it on the storage integrator")
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
    try:
        decoded: Any = json.loads(value)
    except ValueError:
        decoded = value
    items = cast("list[Any]", decoded) if isinstance(decoded, list) else [decoded]
    return [_unwrapped(str(item)) for item in items if item]


def _unwrapped(text: str) -> str:
    if "-----BEGIN" in text:
        return text
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text
