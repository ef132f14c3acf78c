"""Whether Velero's node agent can keep the content of volumes in a store. Pure.

Plugins keep what backups consist of; the content of volumes goes by kopia's own clients, which
read a part of the location's configuration only.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from velero.desired import Storage
from velero.errors import InvalidInput

_OR: Final = "or set use-node-agent=false"


def check(storage: Storage) -> None:
    """Refuse a store that the node agent cannot use.

    Sources: velero pkg/repository/provider/unified_repo.go, ``getStorageVariables``, for the
    path; pkg/repository/udmrepo/kopialib/backend/gcs.go, which knows Google's servers only.

    Raises:
        InvalidInput: names the field, and what would be right.
    """
    where = f"{storage.endpoint}: endpoint"
    if urlsplit(storage.config.get("s3Url", "")).path:
        raise InvalidInput(
            where,
            f"has a path, and the node agent can only use a store without one; give its address "
            f"alone, such as https://s3.example.com:9000, {_OR}",
        )
    if "storeEndpoint" in storage.config:
        raise InvalidInput(
            where, f"is another server, and the node agent knows Google's only; take it out, {_OR}"
        )
