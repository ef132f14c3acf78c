"""S3 and what speaks its protocol, through velero-plugin-for-aws.

Fields: object-storage-integrator's `s3` interface, wire versions 0 and 1. Config keys:
velero-plugin-for-aws ``backupstoragelocation.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from velero.desired import Storage
from velero.errors import InvalidInput
from velero.storage.providers import amazon, credential_file
from velero.storage.providers import fields as read

_PATH_STYLE: Final = {"path": "true", "host": "false", "virtual": "false"}
_ANY_REGION: Final = "us-east-1"
"""What stores outside AWS take, which have no regions but sign requests with one."""
_ELSEWHERE: Final = "checksumAlgorithm"
"""Empty for a store outside of AWS: without it, the plugin adds a checksum that Ceph and others
refuse."""


class S3:
    """The provider of endpoint ``s3-credentials``."""

    endpoint = "s3-credentials"
    plugin_option = "velero-aws-plugin-image"
    credentials = ("access-key", "secret-key")

    def storage(
        self, fields: Mapping[str, str], plugin_image: str, default_prefix: str
    ) -> Storage:
        """See ``VeleroStorageProvider``."""
        fields = read.stripped(fields)
        config = _config(fields)
        access, secret = (
            credential_file.shared(_at(key), fields.get(key, "")) for key in self.credentials
        )
        return Storage(
            endpoint=self.endpoint,
            provider="aws",
            plugin_image=plugin_image,
            bucket=_bucket(fields),
            prefix=read.prefix(_at("path"), fields.get("path", ""), default_prefix),
            config=config,
            credential=(
                f"[default]\naws_access_key_id={access}\naws_secret_access_key={secret}\n"
            ),
            ca_chain=read.ca_chain(_at("tls-ca-chain"), fields.get("tls-ca-chain", "")),
            snapshot_config=_snapshots(config),
        )


def _bucket(fields: Mapping[str, str]) -> str:
    where, value = _at("bucket"), fields.get("bucket", "")
    if value.lower().startswith("arn:"):
        raise InvalidInput(
            where,
            "is an ARN, which Velero does not take; give the bucket's name, or the alias of the "
            "access point",
        )
    return read.bucket(where, value)


def _config(fields: Mapping[str, str]) -> dict[str, str]:
    config = _place(read.region(_at("region"), fields.get("region", "")), fields)
    style = fields.get("s3-uri-style", "") or ("path" if _ELSEWHERE in config else "host")
    if style not in _PATH_STYLE:
        raise InvalidInput(_at("s3-uri-style"), "is none of path, host, virtual")
    return config | {"s3ForcePathStyle": _PATH_STYLE[style]}


def _place(region: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Where the store is, with what only a store outside of AWS needs."""
    named = {"region": region} if region else {}
    if not fields.get("endpoint"):
        return named
    endpoint = read.url(_at("endpoint"), fields["endpoint"])
    place = amazon.place(_at("endpoint"), endpoint)
    if place is None:
        _no_bucket_in(endpoint, fields.get("bucket", ""))
        return {"s3Url": endpoint, _ELSEWHERE: "", "region": region or _ANY_REGION}
    if not place.region:
        return named
    if region not in {"", place.region}:
        raise InvalidInput(_at("region"), "is not the one in endpoint; correct either")
    return {"s3Url": place.url, "region": place.region}


def _no_bucket_in(endpoint: str, bucket: str) -> None:
    """Clients put the bucket's name behind the endpoint: it would be there twice."""
    if endpoint.endswith(f"/{bucket}") and urlsplit(endpoint).path:
        raise InvalidInput(
            _at("endpoint"),
            "ends with the bucket's name, which has an option of its own; give it without",
        )


def _snapshots(config: Mapping[str, str]) -> dict[str, str] | None:
    """Volumes are snapshotted by AWS itself, in a region that must be said."""
    if _ELSEWHERE in config or "region" not in config:
        return None
    return {"region": config["region"]}


def _at(field: str) -> str:
    return f"{S3.endpoint}: {field}"
