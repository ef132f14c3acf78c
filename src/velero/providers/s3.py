"""S3 and what speaks its protocol, through velero-plugin-for-aws.

Fields: object-storage-integrator's `s3` interface, wire versions 0 and 1. Config keys:
velero-plugin-for-aws ``backupstoragelocation.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from velero.desired import Storage
from velero.errors import InvalidInput
from velero.providers import fields as read

_AWS: Final = {"https://s3.amazonaws.com", "http://s3.amazonaws.com"}
_PATH_STYLE: Final = {"path": "true", "host": "false", "virtual": "false"}
_ANY_REGION: Final = "us-east-1"
"""What stores outside AWS take, which have no regions but sign requests with one."""


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
        access, secret = (read.secret_line(_at(k), fields.get(k, "")) for k in self.credentials)
        return Storage(
            endpoint=self.endpoint,
            provider="aws",
            plugin_image=plugin_image,
            bucket=read.bucket(_at("bucket"), fields.get("bucket", "")),
            prefix=read.prefix(_at("path"), fields.get("path", ""), default_prefix),
            config=config,
            credential=(
                f"[default]\naws_access_key_id={access}\naws_secret_access_key={secret}\n"
            ),
            ca_chain=read.ca_chain(_at("tls-ca-chain"), fields.get("tls-ca-chain", "")),
            snapshot_config=_snapshots(config),
        )


def _config(fields: Mapping[str, str]) -> dict[str, str]:
    config: dict[str, str] = {}
    region = read.region(_at("region"), fields.get("region", ""))
    endpoint = fields.get("endpoint", "")
    if endpoint:
        endpoint = read.url(_at("endpoint"), endpoint)
    if endpoint and endpoint not in _AWS:
        # Without it, the plugin adds a checksum that Ceph and others refuse
        config |= {"s3Url": endpoint, "checksumAlgorithm": ""}
        region = region or _ANY_REGION
    if region:
        config["region"] = region
    style = fields.get("s3-uri-style", "") or ("path" if "s3Url" in config else "host")
    if style not in _PATH_STYLE:
        raise InvalidInput(_at("s3-uri-style"), "is none of path, host, virtual")
    return config | {"s3ForcePathStyle": _PATH_STYLE[style]}


def _snapshots(config: Mapping[str, str]) -> dict[str, str] | None:
    """Volumes are snapshotted by AWS itself, in a region that must be said."""
    if "s3Url" in config or "region" not in config:
        return None
    return {"region": config["region"]}


def _at(field: str) -> str:
    return f"{S3.endpoint}: {field}"
