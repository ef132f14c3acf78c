"""``diagnose``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated, Any, Final, Literal, cast

import ops
from pydantic import Field

from actions.output import capped
from actions.params import Params
from inputs import reader
from inputs.reader import Inputs
from velero.diagnosis import bundle, cures, document, findings, report
from velero.diagnosis.evidence import UNKNOWN, Evidence, Juju
from velero.diagnosis.finding import Finding
from velero.diagnosis.gather import Gathering
from velero.velero import Velero

REPORT_BYTES: Final = 24_000
FIELD_BYTES: Final = 700
SHOWN: Final = 10
"""With the archive, together below the 100 kB that Juju takes of one action's results."""
LOG_LINES: Final = 200
BUNDLED_LINES: Final = 2000


class DiagnoseParams(Params):
    """Parameters of ``diagnose``."""

    bundle: Annotated[bool, Field(strict=True)] = False
    format: Literal["text", "json"] = "text"


def diagnose(event: ops.ActionEvent, charm: ops.CharmBase, velero: Velero, given: Inputs) -> bool:
    """Say why it does not work; what cannot be looked at is part of the answer, not an error.

    Raises:
        Refused: a parameter is wrong.
    """
    params = DiagnoseParams.of(event)
    desired = given.desired or reader.without_config(charm)
    lines = BUNDLED_LINES if params.bundle else LOG_LINES
    evidence = Gathering(velero, desired, _juju(charm, given), lines).evidence()
    found = findings.find(evidence)
    text = report.write(evidence, found)
    results: dict[str, Any] = {
        "summary": capped(report.summary(evidence, found), FIELD_BYTES),
        "problems": str(len(found)),
    }
    if params.format == "json":
        results["json"] = document.write(evidence, found)
    else:
        results |= _flattened(evidence, found) | {"report": capped(text, REPORT_BYTES)}
    if params.bundle:
        results["bundle"] = bundle.make(evidence, found, text)
    event.set_results({key: value for key, value in results.items() if value})
    return False


def _flattened(evidence: Evidence, found: list[Finding]) -> dict[str, Any]:
    return {
        "problem": {str(n): _flat(asdict(each)) for n, each in enumerate(found[:SHOWN], 1)},
        "version": _flat({"charm": evidence.juju.charm, **asdict(evidence.versions)}),
        "not-reached": {str(n): each.what for n, each in enumerate(evidence.missed[:SHOWN], 1)},
    }


def _flat(fields: Mapping[str, Any]) -> dict[str, str]:
    """Fields as keys and values that Juju takes."""
    return {
        key.replace("_", "-"): capped(_one(value), FIELD_BYTES) for key, value in fields.items()
    }


def _one(value: Any) -> str:  # noqa: ANN401 - a field of ``Finding`` or ``Versions``
    if isinstance(value, Mapping):
        items = cast("Mapping[str, str]", value).items()
        return ", ".join(f"{name} {version}" for name, version in items) or "-"
    return value if isinstance(value, str) else ", ".join(value) or "-"


def _juju(charm: ops.CharmBase, given: Inputs) -> Juju:
    revision = UNKNOWN
    with suppress(OSError):
        # The agent writes there which charm it unpacked (juju internal/worker/uniter/charm)
        revision = (charm.charm_dir / ".juju-charm").read_text().strip()
    return Juju(
        model=charm.model.name,
        application=charm.app.name,
        unit=charm.unit.name,
        leads=charm.unit.is_leader(),
        configured=given.desired is not None,
        charm=revision,
        problems=given.problems,
        options={name: str(charm.config.get(name, "")) for name in cures.OPTIONS},
    )
