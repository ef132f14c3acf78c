"""The store that a location leads to, as a person would tell it from others. Pure."""

from __future__ import annotations

from typing import Final

from velero import total
from velero.kubernetes.resources import Object
from velero.total import plain

_ADDRESSES: Final = ("s3Url", "storageAccountURI", "storeEndpoint")


def store_of(location: Object) -> str:
    """Provider, bucket, folder and address in one printable line; empty of no location."""
    if not location:
        return ""
    store, config = (total.pairs(location, "spec", k) for k in ("objectStorage", "config"))
    address = next((f" at {config[key]}" for key in _ADDRESSES if key in config), "")
    folder = "/".join(filter(None, (store.get("bucket"), store.get("prefix"))))
    return plain(f"{total.text(location, 'spec', 'provider')} {folder}{address}")
