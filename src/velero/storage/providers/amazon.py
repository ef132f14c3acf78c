"""Amazon's own hosts of S3, as people write them into ``endpoint``.

An endpoint of Amazon's says no more than its region, but for FIPS and dual stack, which the URL
alone asks for. So it is kept, and everything else is as without one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from velero.errors import InvalidInput

_REGION: Final = r"(?!fips-)[a-z]{2,4}(?:-[a-z]+){1,2}-[0-9]{1,2}"
_HOST: Final = re.compile(
    r"(?P<before>(?:[a-z0-9_-]+\.)*)"
    r"(?:s3\.amazonaws\.com"
    rf"|s3(?:-fips)?(?:\.dualstack)?[.-](?P<region>{_REGION})\.amazonaws\.(?:com\.cn|com|eu))"
)
"""Of Amazon's general reference, "Amazon S3 endpoints and quotas": with a dot or, the older ones,
a dash before the region. Other hosts of theirs (private link, accelerated, access points) are none
of these, and treated as any store's."""
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """A host of Amazon's.

    Attributes:
        url: the endpoint, its host in small letters, as kopia's client needs it to know the host
            (minio-go pkg/s3utils/utils.go, ``GetRegionFromURL``).
        region: the region; empty for the one host that serves them all.
    """

    url: str
    region: str


def place(where: str, endpoint: str) -> Place | None:
    """What an endpoint says if its host is Amazon's own; None if it is another's.

    Args:
        where: ``endpoint: field``.
        endpoint: an http or https URL without a user, a query, or a slash at its end.

    Raises:
        InvalidInput: it is Amazon's, and the bucket or a path is in it.
    """
    parts = urlsplit(endpoint)
    found = _HOST.fullmatch(parts.hostname or "")
    if not found or parts.port not in {None, _PORTS.get(parts.scheme)}:
        return None
    if found["before"] or parts.path:
        raise InvalidInput(
            where,
            "has more in it than Amazon's host, such as https://s3.eu-west-1.amazonaws.com; give "
            "the bucket and the path in their own options",
        )
    return Place(f"{parts.scheme}://{parts.netloc.lower()}", found["region"] or "")
