"""Which versions of what there are, from what was observed. Pure."""

from __future__ import annotations

from velero import total
from velero.diagnosis.evidence import UNKNOWN, Versions
from velero.installation import versions
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object
from velero.observed import Observed

_OBJECT_STORE = "ObjectStore"
_MOST = 20


def of(observed: Observed | None, cli: str, server: Object | None) -> Versions:
    """All versions.

    Args:
        observed: the installation, if it could be looked at.
        cli: what the CLI says.
        server: the answered ServerStatusRequest, if the server answers.
    """
    answer = total.mapping(server, "status")
    images, plugins = _images(observed, "containers"), _images(observed, "initContainers")
    return Versions(
        cli=cli,
        image=tag(images[0]) if images else UNKNOWN,
        server=total.text(answer, "serverVersion") or UNKNOWN,
        definitions=_definitions(observed),
        plugins={image.rpartition("/")[2].partition(":")[0]: tag(image) for image in plugins},
        loaded=tuple(_loaded(answer)),
    )


def tag(image: str) -> str:
    """The tag of an image, or its digest if it has no tag."""
    name, _, digest = image.partition("@")
    return name.rpartition("/")[2].partition(":")[2] or digest or UNKNOWN


def _images(observed: Observed | None, which: str) -> list[str]:
    deployment = observed.deployment if observed else None
    containers = total.items(deployment, "spec", "template", "spec", which)
    return [total.text(container, "image") for container in containers]


def _definitions(observed: Observed | None) -> str:
    """The oldest, for one that is too old does the harm."""
    definitions = observed.of(k8s.CRD) if observed else []
    found = [total.annotations(obj).get(versions.ANNOTATION, "") for obj in definitions]
    return min(filter(None, found), default=UNKNOWN)


def _loaded(answer: Object) -> list[str]:
    plugins = total.items(answer, "plugins")
    names = [total.text(each, "name") for each in plugins if each.get("kind") == _OBJECT_STORE]
    return names[:_MOST]
