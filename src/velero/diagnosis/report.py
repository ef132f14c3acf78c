"""What was found, as a text for people. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from velero import total
from velero.backups import upcoming
from velero.diagnosis import history, reasons
from velero.diagnosis.evidence import Evidence, Failure, Log
from velero.diagnosis.finding import Finding
from velero.installation.workloads import NODE_AGENT
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object
from velero.observed import is_rolled_out

_LOUD: Final = re.compile(
    r'level"?[=:]"?(warning|error|fatal|panic)|^(panic|fatal|Error|An error)'
)
_LINES: Final = 6
_LINE: Final = 300
_WIDEST: Final = 2000
"""Characters of a line; what others wrote fills no more than one."""
_SOURCE: Final = re.compile(r' logSource="[^"]*"')
_SUMMARY: Final = 200
_LISTED: Final = 10


def summary(evidence: Evidence, findings: list[Finding]) -> str:
    """The answer in one sentence."""
    if findings:
        count = "1 problem" if len(findings) == 1 else f"{len(findings)} problems"
        first = findings[0].what
        return f"{count}, the first: {first[:_SUMMARY]}{'…' * (len(first) > _SUMMARY)}"
    if evidence.missed:
        return "No problem was found, but not everything could be looked at"
    return "Nothing is wrong as far as can be seen from here"


def write(evidence: Evidence, findings: list[Finding]) -> str:
    """The whole report."""
    parts = [_heading(evidence, findings), *_problems(findings)]
    for title, lines in (
        ("Versions", _versions(evidence)),
        ("Velero", _installation(evidence)),
        ("Storage", _storage(evidence)),
        ("Schedules", _schedules(evidence)),
        ("In progress", _running(evidence)),
        ("Last failures", _failures(evidence)),
        ("Last lines of logs that warn", _logs(evidence)),
        ("Not looked at", (f"{each.what}: {each.why}" for each in evidence.missed)),
    ):
        if found := [f"  {_one(line)}" for line in lines]:
            parts.append("\n".join([title, *found]))
    return "\n\n".join(parts)


def _one(line: str) -> str:
    """What somebody wrote, as one line, which begins where it began."""
    indent = "  " if line.startswith("  ") else ""
    return f"{indent}{total.plain(line, _WIDEST)}"


def _heading(evidence: Evidence, findings: list[Finding]) -> str:
    juju = evidence.juju
    role = "the leader" if juju.leads else "not the leader"
    who = f"{juju.application} in model {juju.model}, seen from {juju.unit}, {role}"
    when = f"at {evidence.now:%Y-%m-%dT%H:%M:%SZ}"
    return f"{summary(evidence, findings)}\n{total.plain(who)}, {when}"


def _problems(findings: list[Finding]) -> Iterator[str]:
    for number, each in enumerate(findings, 1):
        told = {"where": each.where, "means": each.meaning, "next": each.next_step}
        lines = (f"   {key + ':':<7}{text}" for key, text in told.items())
        yield "\n".join([f"{number}. {each.what}", *lines])


def _versions(evidence: Evidence) -> Iterator[str]:
    these = evidence.versions
    yield f"charm {evidence.juju.charm}; CLI {these.cli}"
    plugins = ", ".join(f"{name} {tag}" for name, tag in these.plugins.items()) or "no plugin"
    yield f"server {these.server} (image {these.image}) with {plugins}"
    loaded = f"; object stores loaded: {', '.join(these.loaded)}" if these.loaded else ""
    yield f"definitions {these.definitions}{loaded}"


def _installation(evidence: Evidence) -> Iterator[str]:
    yield from (f"pod {reasons.summary(pod)}" for pod in evidence.pods)
    observed = evidence.observed
    if observed is None:
        return
    yield f"trusted: {'yes' if observed.trusted else 'no'}"
    if deployment := observed.deployment:
        yield f"server: {'rolled out' if is_rolled_out(deployment) else 'NOT READY'}"
    if agent := observed.get(k8s.DAEMON_SET, NODE_AGENT):
        ready = total.number(agent, "status", "numberReady")
        nodes = total.number(agent, "status", "desiredNumberScheduled")
        yield f"node agent: ready on {ready} of {nodes} nodes"
    yield f"held back: {observed.held or 'nothing'}"


def _storage(evidence: Evidence) -> Iterator[str]:
    for location in evidence.locations[:_LISTED]:
        store = total.mapping(location, "spec", "objectStorage")
        parts = (total.text(store, "bucket"), total.text(store, "prefix"))
        where = f"{total.text(location, 'spec', 'provider')} {'/'.join(filter(None, parts))}"
        phase = total.phase(location) or "not checked yet"
        checked = _ago(total.moment(location, "status", "lastValidationTime"), evidence.now)
        yield f"{k8s.name_of(location)}: {phase}, checked {checked}: {where}"
    yield from _more(evidence.locations)


def _schedules(evidence: Evidence) -> Iterator[str]:
    every = sorted(evidence.schedules, key=k8s.name_of)
    for schedule in every[:_LISTED]:
        due = upcoming.due(schedule)
        paused = "paused" if total.at(schedule, "spec", "paused") else "never due"
        when = paused if due is None else f"due {due:%Y-%m-%d %H:%M} UTC"
        last = _ago(total.moment(schedule, "status", "lastBackup"), evidence.now)
        words = total.plain(total.text(schedule, "spec", "schedule"), _SUMMARY) or "no schedule"
        yield f"{k8s.name_of(schedule)}: {words}, last run {last}, {when}"
    yield from _more(every)


def _running(evidence: Evidence) -> Iterator[str]:
    for obj in evidence.running[:_LISTED]:
        phase = total.phase(obj) or "New"
        yield f"{k8s.describe(obj)}: {phase}, since {_ago(history.moment(obj), evidence.now)}"
    yield from _more(evidence.running)


def _failures(evidence: Evidence) -> Iterator[str]:
    for failure in evidence.failed:
        obj = failure.object
        when = _ago(history.moment(obj), evidence.now)
        what = f"{k8s.describe(obj)}: {total.phase(obj)}, {when}{_after(failure)}"
        yield f"{what}: {failure.errors}" if failure.since and failure.errors else what


def _after(failure: Failure) -> str:
    row = f", {failure.before} before it" if failure.before else ""
    return f"{row}; Completed since then: {failure.since}" if failure.since else row


def _logs(evidence: Evidence) -> Iterator[str]:
    for log in evidence.logs:
        if lines := loud(log)[-_LINES:]:
            run = ", before its restart" if log.previous else ""
            yield f"{log.pod}, {log.container}{run}:"
            yield from (f"  {_SOURCE.sub('', line)[:_LINE].strip()}" for line in lines)


def loud(log: Log) -> list[str]:
    """The lines of a log that warn; of a run that has ended, its last ones as well."""
    lines = log.text.splitlines()
    warned = [line for line in lines if _LOUD.search(line[:_WIDEST])]
    return warned or (lines[-2:] if log.previous else [])


def _more(several: tuple[Object, ...] | list[Object]) -> Iterator[str]:
    if len(several) > _LISTED:
        yield f"and {len(several) - _LISTED} more"


def _ago(moment: dt.datetime | None, now: dt.datetime) -> str:
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(seconds, 0):.0f} s ago"
