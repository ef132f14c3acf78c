"""Everything that was found as one small archive, for whoever is asked for help. Pure."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from velero import total
from velero.diagnosis.evidence import Evidence
from velero.diagnosis.finding import Finding
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object

FOLDER: Final = "velero-diagnosis"
LIMIT: Final = 40_000
"""Bytes of the archive in base64: with the report, below what Juju takes of one action."""
_CUT: Final = "[the beginning is left out, so that all fits into the result of an action]\n"
_SMALLEST: Final = 200
_NAME: Final = 200
_DEEPEST: Final = 40
_WRITTEN_OUT: Final = 10
"""How many characters one may become that cannot be printed."""
_UNUSUAL: Final = re.compile(r"[^\w.-]")


def make(evidence: Evidence, findings: list[Finding], report: str) -> str:
    """The archive, a tar.gz in base64, at most ``LIMIT`` long.

    What is too much goes: of the longest file, the first half, as often as it takes.
    """
    files = dict(_files(evidence, findings, report))
    packed = _pack(files)
    while len(packed) > LIMIT:
        name = max(files, key=lambda each: len(files[each]))
        text = files[name].removeprefix(_CUT)
        if len(text) < _SMALLEST:
            break
        files[name] = _CUT + text[len(text) // 2 :]
        packed = _pack(files)
    return packed


def _files(evidence: Evidence, findings: list[Finding], report: str) -> Iterator[tuple[str, str]]:
    yield "report.txt", report
    yield "findings.json", _json([asdict(each) for each in findings])
    about = {"juju": evidence.juju, "versions": evidence.versions}
    yield "versions.json", _json({key: asdict(each) for key, each in about.items()})
    for name, objects in _objects(evidence).items():
        if objects:
            yield f"objects/{name}.json", _json(objects)
    for log in evidence.logs:
        run = "-before-restart" if log.previous else ""
        name = _UNUSUAL.sub("_", f"{log.pod}-{log.container}{run}")
        yield f"logs/{name[:_NAME]}.log", _printable(log.text)


def _objects(evidence: Evidence) -> Mapping[str, list[Object]]:
    installed = [*evidence.observed.objects.values()] if evidence.observed else []
    listed = {k8s.LOCATION.name, k8s.SCHEDULE.name}
    return {
        "installed": [obj for obj in installed if total.text(obj, "kind") not in listed],
        "pods": [*evidence.pods],
        "events": [*evidence.events],
        "locations": [*evidence.locations],
        "schedules": [*evidence.schedules],
        "in-progress": [*evidence.running],
        "failed": [failure.object for failure in evidence.failed],
        "repositories-not-ready": [*evidence.repositories],
    }


def _printable(text: str) -> str:
    """Lines that a terminal shows as they are."""
    return "\n".join(
        f"{_indent(line)}{total.plain(line, _WRITTEN_OUT * len(line) + 1)}"
        for line in text.split("\n")
    )


def _indent(line: str) -> str:
    return " " * min(len(line) - len(line.lstrip(" \t")), _DEEPEST)


def _json(value: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps(value, indent=1, sort_keys=True, default=str)


def _pack(files: Mapping[str, str]) -> str:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, text in files.items():
            data = text.encode(errors="replace")
            entry = tarfile.TarInfo(f"{FOLDER}/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return base64.b64encode(gzip.compress(raw.getvalue(), mtime=0)).decode()
