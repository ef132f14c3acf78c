"""What was found, as JSON for programs; its keys are in docs/reference/diagnosis.md. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from velero import total
from velero.diagnosis import report
from velero.diagnosis.evidence import Evidence
from velero.diagnosis.finding import UNKNOWN_CAUSE, Finding

SCHEMA: Final = 1
"""Goes up when a key goes or means something else; new keys may come any time."""
LIMIT: Final = 24_000
"""Characters, all of ASCII: with the archive, below what Juju takes of one action."""
_LISTED: Final = 10
_WIDTHS: Final = (300, 30)
"""Characters of a text that is no finding's; the second where all is escaped, with no finding."""


def write(evidence: Evidence, findings: list[Finding]) -> str:
    """The whole answer, at most ``LIMIT`` long: of too many findings, the last are left out."""
    shown = len(findings)
    while len(text := _dumped(evidence, findings, shown, _WIDTHS[0])) > LIMIT:
        if not shown:
            return _dumped(evidence, findings, shown, _WIDTHS[1])
        shown -= 1
    return text


def _dumped(evidence: Evidence, findings: list[Finding], shown: int, width: int) -> str:
    juju, missed = evidence.juju, evidence.missed[:_LISTED]
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "at": f"{evidence.now:%Y-%m-%dT%H:%M:%SZ}",
        "application": juju.application,
        "model": juju.model,
        "unit": juju.unit,
        "leader": juju.leads,
        "summary": total.plain(report.summary(evidence, findings), _WIDTHS[0]),
        "complete": not evidence.missed and shown == len(findings),
        "problems": [_problem(each) for each in findings[:shown]],
        "problems-left-out": len(findings) - shown,
        "versions": _versions(evidence, width),
        "not-reached": [
            {key: _cut(each, width) for key, each in asdict(m).items()} for m in missed
        ],
    }
    return json.dumps(document)


def _problem(finding: Finding) -> dict[str, str | None]:
    is_explained = finding.cause != UNKNOWN_CAUSE
    return {
        "cause": finding.cause,
        "what": finding.what,
        "where": finding.where,
        "meaning": finding.meaning if is_explained else None,
        "next-step": finding.next_step,
    }


def _versions(evidence: Evidence, width: int) -> dict[str, Any]:
    these = evidence.versions
    plugins = [*these.plugins.items()][:_LISTED]
    return {
        "charm": _cut(evidence.juju.charm, width),
        "cli": _cut(these.cli, width),
        "image": _cut(these.image, width),
        "server": _cut(these.server, width),
        "definitions": _cut(these.definitions, width),
        "plugins": {_cut(name, width): _cut(tag, width) for name, tag in plugins},
        "loaded": [_cut(each, width) for each in these.loaded[:_LISTED]],
    }


def _cut(text: str, width: int) -> str:
    return total.plain(text, width)
