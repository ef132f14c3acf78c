"""What went wrong with which object: the results file that Velero leaves in the store.

The object of a backup or restore counts its errors and warnings; what they are is in a file.
Velero signs a URL for it (DownloadRequest), and whoever asked gets the file from the store itself
(``fetching.py``). Whoever may write in the bucket has written it, and the messages in it are in
part those of hooks and webhooks of others: all of it is read as such.
"""

from __future__ import annotations

import base64
import re
import secrets
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from velero import total
from velero.backups import fetching
from velero.desired import LOCATION_NAME
from velero.errors import StoreUnreachable, VeleroError
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.juju import NO_JUJU_WEBHOOK
from velero.kubernetes.resources import Object

SIGN_SECONDS: Final = 5.0
"""For Velero to answer a DownloadRequest; it takes about 0.1 s."""
MESSAGES: Final = 10_000
"""How many messages of a file are counted, of errors and of warnings each."""
_PARTS: Final = 1_000_000
"""How many values a document may have; each takes memory that its size says nothing of."""
_KINDS: Final = {k8s.BACKUP.name: "BackupResults", k8s.RESTORE.name: "RestoreResults"}
_GROUPS: Final = 3
_MESSAGE: Final = 400
_LONGEST: Final = 4000
"""Characters of a message that are looked at."""
_WORDS: Final = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s\"']++")


@dataclass(frozen=True, slots=True)
class Results:
    """Messages of a backup or restore, each with the namespace that it is about.

    Attributes:
        errors: what was not backed up or restored.
        warnings: what was, but not as one may think.
    """

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def of(cluster: Cluster, obj: Object) -> Results:
    """The results of a backup or restore that has ended.

    Raises:
        StoreUnreachable: the file is not to be had from here; says why.
        ClusterError: the API server cannot be asked.
    """
    if not any(total.number(obj, "status", what) for what in ("errors", "warnings")):
        return Results()
    return read(*download(cluster, _KINDS[k8s.kind_of(obj).name], k8s.name_of(obj)))


def download(cluster: Cluster, file: str, name: str) -> tuple[bytes, str]:
    """A file that Velero left in the store, and which host sent it.

    Args:
        cluster: the Kubernetes API.
        file: a kind of velero pkg/apis/velero/v1/download_request_types.go.
        name: of the backup or restore that it is about.

    Raises:
        StoreUnreachable: the file is not to be had from here; says why.
        ClusterError: the API server cannot be asked.
    """
    url = _signed_url(cluster, file, name)
    return fetching.unpacked(url, _trust(cluster)), fetching.host_of(url)


def summary(messages: Iterable[str], clean: Callable[[str], str] = str) -> str:
    """Messages as one line: the first of each sort, and how many more are like it.

    Args:
        messages: texts of others.
        clean: what is done to a message, before it is shortened, if it is shown.
    """
    groups = _grouped(messages)
    told = [_first(group, clean) for group in groups[:_GROUPS]]
    more = sum(len(group) for group in groups[_GROUPS:])
    return "; ".join([*told, f"and {more} others"] if more else told)


def sorts(messages: Iterable[str], clean: Callable[[str], str] = str) -> tuple[str, ...]:
    """Of each sort that ``summary`` tells of the first message, as it was said."""
    groups = _grouped(messages)
    return tuple(clean(group[0])[:_LONGEST] for group in groups[:_GROUPS])


def _grouped(messages: Iterable[str]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for message in messages:
        groups.setdefault(_WORDS.sub(_sort, message[:_LONGEST]), []).append(message)
    return [*groups.values()]


def _sort(word: re.Match[str]) -> str:
    """What is the same in all messages of a sort: no names, paths and numbers."""
    text = word.group()
    varies = text[0] in "\"'" or "/" in text or any(map(str.isdecimal, text))
    return "…" if varies else text


def _first(group: list[str], clean: Callable[[str], str]) -> str:
    text = total.plain(clean(group[0]), _LONGEST)
    if len(text) > _MESSAGE:  # it begins with the object and ends with the reason
        text = f"{text[: _MESSAGE // 2]} … {text[-_MESSAGE // 2 :]}"
    return f"{text} (and {len(group) - 1} more like it)" if len(group) > 1 else text


def _signed_url(cluster: Cluster, file: str, name: str) -> str:
    request: Object = {
        "apiVersion": k8s.DOWNLOAD_REQUEST.api_version,
        "kind": k8s.DOWNLOAD_REQUEST.name,
        "metadata": {
            "name": f"{name[:240]}-{secrets.token_hex(4)}",
            "namespace": cluster.namespace,
            "labels": dict(NO_JUJU_WEBHOOK),
        },
        "spec": {"target": {"kind": file, "name": name}},
    }
    called = k8s.name_of(cluster.create(request))
    done = cluster.wait_until(k8s.DOWNLOAD_REQUEST, called, _is_processed, SIGN_SECONDS)
    cluster.delete(k8s.DOWNLOAD_REQUEST, called)
    if done is None:
        raise StoreUnreachable(f"Velero gave no address for it within {SIGN_SECONDS:.0f} s")
    return total.text(done, "status", "downloadURL")


def _is_processed(request: Object) -> bool:
    return bool(total.text(request, "status", "downloadURL"))


def _trust(cluster: Cluster) -> ssl.SSLContext:
    """The well-known authorities, and those that the storage location names.

    Raises:
        StoreUnreachable: what the location names are no certificates.
    """
    context = ssl.create_default_context()
    store = total.mapping(cluster.get(k8s.LOCATION, LOCATION_NAME), "spec", "objectStorage")
    encoded = total.text(store, "caCert")
    if name := total.text(store, "caCertRef", "name"):
        secret = cluster.get(k8s.SECRET, name)
        encoded = total.text(secret, "data", total.text(store, "caCertRef", "key"))
    try:
        if encoded:
            context.load_verify_locations(cadata=base64.b64decode(encoded).decode())
    except (ValueError, ssl.SSLError):
        reason = f"the certificates that BackupStorageLocation {LOCATION_NAME} names are none"
        raise StoreUnreachable(reason) from None
    return context


def fetch(url: str, context: ssl.SSLContext) -> Results:
    """Read the results file at a signed URL, which lets anyone read it and is in no message.

    Raises:
        StoreUnreachable: there is none that can be read; names the host alone.
    """
    return read(fetching.unpacked(url, context), fetching.host_of(url))


def read(document: bytes, host: str) -> Results:
    """What a results file says.

    Args:
        document: the file, JSON.
        host: who sent it, for messages.

    Raises:
        StoreUnreachable: it is none that can be read.
    """
    found = parsed(document, host)
    return Results(_messages(total.at(found, "errors")), _messages(total.at(found, "warnings")))


def parsed(document: bytes, host: str) -> Any:  # noqa: ANN401 - JSON
    """A JSON file of the store, if it takes no more memory than there is.

    Raises:
        StoreUnreachable: it is none that can be read.
    """
    parts = sum(document.count(mark) for mark in (b"[", b"{", b",", b":"))
    found = total.parsed(document, fetching.MOST_BYTES) if parts <= _PARTS else None
    if found is None:
        raise StoreUnreachable(f"what {host} sent cannot be read")
    return found


def _messages(half: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    """All messages of one half of the file (velero pkg/util/results/result.go)."""
    told = [_line(text) for part in ("velero", "cluster") for text in total.texts(half, part)]
    for namespace in sorted(total.mapping(half, "namespaces")):
        said = total.texts(half, "namespaces", namespace)
        told += [_line(f"{namespace[:_MESSAGE]}: {text}") for text in said]
    return tuple(told[:MESSAGES])


def _line(message: str) -> str:
    """One line; of a very long one the middle goes."""
    if len(message) > _LONGEST:
        message = f"{message[: _LONGEST // 2]} … {message[-_LONGEST // 2 + 3 :]}"
    return " ".join(message.split())


def words(cluster: Cluster, obj: Object) -> tuple[str, str]:
    """Why an operation did not do all that it should, and its warnings, in words.

    Never raises: where the file cannot be had, that and where else to look is the answer.
    """
    reason = total.text(obj, "status", "failureReason")
    said = [*total.texts(obj, "status", "validationErrors"), reason]
    counts = {what: total.number(obj, "status", what) for what in ("errors", "warnings")}
    try:
        found = of(cluster, obj)
        told = {"errors": summary(found.errors), "warnings": summary(found.warnings)}
    except VeleroError as error:
        where = f"what they are could not be fetched: {error}"
        told = {what: f"{count} {what}; {where}" for what, count in counts.items() if count}
    shown = [total.plain(text, _LONGEST) for text in said if text][:_GROUPS]
    errors = "; ".join([*shown, *filter(None, [told.get("errors", "")])])
    return errors, told.get("warnings", "")
