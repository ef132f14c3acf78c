"""Versions that do not go together. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from velero.diagnosis.evidence import UNKNOWN, Versions
from velero.diagnosis.finding import Finding
from velero.installation.versions import PLUGIN_BEHIND

_VERSION: Final = re.compile(r"(?<!\d)(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?!\d)")


def find(versions: Versions, application: str) -> Iterator[Finding]:
    """Each pair of versions that do not go together."""
    yield from _server_and_image(versions, application)
    yield from _definitions(versions, application)
    yield from _plugins(versions, application)


def _server_and_image(versions: Versions, application: str) -> Iterator[Finding]:
    server, image = _numbers(versions.server), _numbers(versions.image)
    if server and image and server != image:
        yield Finding(
            f"The server says it is {versions.server}, its image is {versions.image}",
            "Deployment velero",
            "The image's tag is not its version, or the rollout of another image is under way.",
            f"If it stays so: juju config {application} velero-image",
            cause="server-not-its-image",
        )


def _definitions(versions: Versions, application: str) -> Iterator[Finding]:
    definitions, server = _numbers(versions.definitions), _numbers(versions.image)
    if definitions and server and definitions < server:
        yield Finding(
            f"Velero's definitions are of {versions.definitions}, its server of {versions.image}",
            "CustomResourceDefinitions",
            "The server may write fields and phases that the older definitions refuse; backups "
            "can stop without a word.",
            f"Use the image that the charm comes with, juju config {application} --reset "
            f"velero-image, or juju refresh {application}",
            cause="definitions-older",
        )


def _plugins(versions: Versions, application: str) -> Iterator[Finding]:
    server = _numbers(versions.image)
    for name, tag in versions.plugins.items():
        plugin = _numbers(tag)
        if server and plugin and plugin[1] != server[1] - PLUGIN_BEHIND:
            yield Finding(
                f"Plugin {name} is {tag}, which does not go with Velero {versions.image}",
                "Deployment velero",
                f"Velero 1.{server[1]} goes with plugins 1.{server[1] - PLUGIN_BEHIND}.",
                f"juju config {application} --reset velero-aws-plugin-image (or azure, gcp)",
                cause="plugin-does-not-fit",
            )


def _numbers(version: str) -> tuple[int, ...]:
    """Major, minor and patch; empty if it says none."""
    found = _VERSION.search(version) if version != UNKNOWN else None
    return tuple(map(int, found.groups())) if found else ()
