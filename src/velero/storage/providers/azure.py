"""Azure Blob Storage, through velero-plugin-for-microsoft-azure.

Fields: object-storage-integrator's `azure_storage` interface, wire versions 0 and 1, and beside
them azure-auth-integrator's `azure_service_principal`. Config keys: the plugin's
``backupstoragelocation.md`` and ``volumesnapshotlocation.md``. Keys of the credential file, and
what wins over what: velero pkg/util/azure.

With a service principal, Velero logs in as that principal (``useAAD``), and the account's key,
which may do anything to the account, is not handed to the cluster at all.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from velero.desired import Storage
from velero.errors import InvalidInput
from velero.storage.providers import credential_file
from velero.storage.providers import fields as read

PRINCIPAL_ENDPOINT: Final = "azure-service-principal"
PRINCIPAL: Final = ("subscription-id", "tenant-id", "client-id", "client-secret")
"""What a service principal adds to the fields: all of it or nothing."""

_CLOUDS: Final = {
    "core.windows.net": "AzurePublicCloud",
    "storage.azure.net": "AzurePublicCloud",
    "core.usgovcloudapi.net": "AzureUSGovernmentCloud",
    "core.chinacloudapi.cn": "AzureChinaCloud",
}
"""Names that velero pkg/util/azure/util.go knows, by the domain of a store."""

_KEY_VARIABLE: Final = "AZURE_STORAGE_ACCOUNT_ACCESS_KEY"
_ACCOUNT: Final = re.compile(r"[a-z0-9]{3,24}")
_GROUP: Final = re.compile(r"[\w().-]{0,89}[\w()-]")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,127}")
_FILE_SYSTEM: Final = re.compile(r"(?:abfs|wasb)s?://(?P<container>[^@/]+)@(?P<host>[^@/]+)/*")
_EXAMPLE: Final = "for example https://account.blob.core.windows.net"


class Azure:
    """The provider of endpoint ``azure-storage``."""

    endpoint = "azure-storage"
    plugin_option = "velero-azure-plugin-image"
    credentials = ("secret-key",)

    def storage(
        self, fields: Mapping[str, str], plugin_image: str, default_prefix: str
    ) -> Storage:
        """See ``VeleroStorageProvider``."""
        fields = read.stripped(fields)
        container = read.bucket(_at("container"), fields.get("container", ""))
        account = _name(
            _ACCOUNT, "storage-account", fields.get("storage-account", ""), "backups01"
        )
        group = fields.get("resource-group", "")
        group = group and _name(_GROUP, "resource-group", group, "my-group")
        uri = _uri(account, container, fields.get("endpoint", ""))
        config = {"storageAccount": account, "storageAccountURI": uri}
        principal = _principal(fields)
        if principal:
            variables, access = principal, {"useAAD": "true"}
        else:
            variables, access = _key(fields), {"storageAccountKeyEnvVar": _KEY_VARIABLE}
        variables |= {"AZURE_RESOURCE_GROUP": group} if principal and group else {}
        variables["AZURE_CLOUD_NAME"] = _cloud(uri) or "AzurePublicCloud"
        return Storage(
            endpoint=self.endpoint,
            provider="azure",
            plugin_image=plugin_image,
            bucket=container,
            prefix=read.prefix(_at("path"), fields.get("path", ""), default_prefix),
            config=config | access,
            credential="".join(f"{name}={value}\n" for name, value in variables.items()),
            snapshot_config=_snapshots(principal, group),
        )


def _uri(account: str, container: str, endpoint: str) -> str:
    """The account's blob endpoint, without the container.

    The integrator's own form names the file system of the container
    (``abfss://container@account.dfs.core.windows.net/``), its https form ends with the container,
    and an emulator has the account in the path (``http://127.0.0.1:10000/devstoreaccount1``).
    """
    where = _at("endpoint")
    endpoint = endpoint or f"https://{account}.blob.core.windows.net"
    if found := _FILE_SYSTEM.fullmatch(endpoint):
        endpoint = f"https://{found['host']}/{found['container']}"
    parts = urlsplit(read.url(where, endpoint, _EXAMPLE))
    host = parts.netloc.lower().replace(".dfs.", ".blob.", 1)
    uri, path = f"{parts.scheme}://{host}", [part for part in parts.path.split("/") if part]
    owner = host.partition(".")[0]
    if _cloud(uri) and owner != account:
        raise InvalidInput(where, "is of another account than storage-account; correct either")
    if owner != account and path[:1] == [account]:
        uri, path = f"{uri}/{account}", path[1:]
    if path not in ([], [container]):
        raise InvalidInput(where, f"does not lead to the container of that name alone; {_EXAMPLE}")
    return uri


def _cloud(uri: str) -> str:
    """Azure's name of the cloud that a URI leads to, or nothing for a store outside of it."""
    host = urlsplit(uri).hostname or ""
    return next((name for domain, name in _CLOUDS.items() if host.endswith(f".{domain}")), "")


def _key(fields: Mapping[str, str]) -> dict[str, str]:
    where = _at("secret-key")
    key = read.secret_line(where, fields.get("secret-key", ""))
    try:
        base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(where, "is no storage account key; copy key1 or key2 again") from None
    return {_KEY_VARIABLE: key}


def _principal(fields: Mapping[str, str]) -> dict[str, str]:
    """The variables of a service principal, none if there is none."""
    if not any(fields.get(key) for key in PRINCIPAL):
        return {}
    *ids, secret = PRINCIPAL
    found = {key: _id(_of(key), fields.get(key, "")) for key in ids}
    found[secret] = credential_file.environment(_of(secret), fields.get(secret, ""))
    return {f"AZURE_{key.upper().replace('-', '_')}": value for key, value in found.items()}


def _id(where: str, value: str) -> str:
    """An id of Azure's; one of them comes in a secret, so none is shown."""
    if not _ID.fullmatch(value):
        raise InvalidInput(where, "is no id; for example 00000000-0000-0000-0000-000000000000")
    return value


def _snapshots(principal: dict[str, str], group: str) -> dict[str, str] | None:
    """Disks are snapshotted through Azure's own API: a storage key does not open it."""
    if not (principal and group):
        return None
    return {"resourceGroup": group, "subscriptionId": principal["AZURE_SUBSCRIPTION_ID"]}


def _name(pattern: re.Pattern[str], field: str, value: str, example: str) -> str:
    if not value:
        raise InvalidInput(_at(field), "is missing; set it on the storage integrator")
    if not pattern.fullmatch(value):
        raise InvalidInput(_at(field), f"is no name that Azure allows, such as {example}")
    return value


def _at(field: str) -> str:
    return f"{Azure.endpoint}: {field}"


def _of(field: str) -> str:
    return f"{PRINCIPAL_ENDPOINT}: {field}"
