"""Whether Velero's node agent can keep the content of volumes in a store. Pure.

Plugins keep what backups consist of; the content of volumes goes by kopia's own clients, which
read a part of the location's configuration only.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from velero.desired import Storage
from velero.errors import InvalidInput


def check(storage: Storage) -> None:
    """Refuse a store that the node agent cannot use.

    Source: velero pkg/repository/provider/unified_repo.go, ``getStorageVariables``.

    Raises:
        InvalidInput: names the field, and what would be right.
    """
    if urlsplit(storage.config.get("s3Url", "")).path:
        raise InvalidInput(
            f"{storage.endpoint}: endpoint",
            "has a path, and the node agent can only use a store without one; give its address "
            "alone, such as https://s3.example.com:9000, or set use-node-agent=false",
        )
