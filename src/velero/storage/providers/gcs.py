"""Google Cloud Storage, through velero-plugin-for-gcp.

Fields: object-storage-integrator's `gcs` interface, wire versions 0 and 1. Config keys: the
plugin's ``backupstoragelocation.md`` and ``volumesnapshotlocation.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from velero import total
from velero.desired import Storage
from velero.errors import InvalidInput
from velero.storage.providers import fields as read

_TYPE: Final = "service_account"
_WANTED: Final = ("client_email", "private_key", "token_uri")
_EXAMPLE: Final = "for example https://storage.googleapis.com/storage/v1"
_KEY_FILE_MAX: Final = 64 * 1024
_BETWEEN: Final = dict.fromkeys(map(ord, "\t\r\n"))
"""What JSON has between its parts, and a terminal takes."""
_AGAIN: Final = "give the JSON key file of a service account"


class GCS:
    """The provider of endpoint ``gcs-credentials``."""

    endpoint = "gcs-credentials"
    plugin_option = "velero-gcp-plugin-image"
    credentials = ("secret-key",)

    def storage(
        self, fields: Mapping[str, str], plugin_image: str, default_prefix: str
    ) -> Storage:
        """See ``VeleroStorageProvider``.

        Beside what gcs-integrator sends, an ``endpoint`` is read: the URL of another server
        that speaks Google's protocol, up to ``/storage/v1``.
        """
        fields = read.stripped(fields)
        text = fields.get("secret-key", "")
        project = total.text(_checked(text), "project_id")
        endpoint = fields.get("endpoint", "")
        return Storage(
            endpoint=self.endpoint,
            provider="gcp",
            plugin_image=plugin_image,
            bucket=read.bucket(_at("bucket"), fields.get("bucket", "")),
            prefix=read.prefix(_at("path"), fields.get("path", ""), default_prefix),
            config=_store_endpoint(endpoint) if endpoint else {},
            credential=f"{text}\n",
            snapshot_config={"project": read.word(_at("secret-key"), project)}
            if project
            else None,
        )


def _store_endpoint(endpoint: str) -> dict[str, str]:
    # The client library appends paths to it as they are
    return {"storeEndpoint": f"{read.url(_at('endpoint'), endpoint, _EXAMPLE)}/"}


def _checked(text: str) -> dict[str, Any]:
    """The key file, as far as the plugin relies on it.

    The plugin panics where ``type`` is no string, and fails without the others
    (velero-plugin-for-gcp object_store.go, ``getSecretAccountTypeKey``, ``initFromKeyFile``).
    No value is ever shown, nor what the JSON parser says of the text.
    """
    where = _at("secret-key")
    decoded = total.parsed(text, _KEY_FILE_MAX)
    if decoded is None or not text.translate(_BETWEEN).isprintable():
        raise InvalidInput(where, f"is no JSON; {_AGAIN}")
    if not isinstance(decoded, dict):
        raise InvalidInput(where, f"is no JSON object; {_AGAIN}")
    document = cast("dict[str, Any]", decoded)
    if document.get("type") != _TYPE:
        raise InvalidInput(where, f"its type is not {_TYPE}; {_AGAIN}")
    for name in _WANTED:
        if not isinstance(document.get(name), str) or not document[name]:
            raise InvalidInput(where, f"it has no {name}; {_AGAIN}")
    if "PRIVATE KEY-----" not in document["private_key"]:
        raise InvalidInput(where, f"its private_key is no PEM key; {_AGAIN}")
    _as_go_reads(where, document)
    return document


def _as_go_reads(where: str, document: Mapping[str, Any]) -> None:
    """Go's JSON takes no number for a text, and one name for another in capitals."""
    if not all(isinstance(value, str | None) for value in document.values()):
        raise InvalidInput(where, f"it has a value that is no text; {_AGAIN}")
    if len({name.casefold() for name in document}) < len(document):
        raise InvalidInput(where, f"it has two names that differ in case alone; {_AGAIN}")


def _at(field: str) -> str:
    return f"{GCS.endpoint}: {field}"
