"""From what was gathered to what is wrong, in the order in which a person should look. Pure.

A finder is named after what it finds; of each finding, the meaning and the next step come from the
tables in ``meanings``, or from the finder if the finding is its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Final

from velero import total
from velero.backups import schedules, upcoming
from velero.desired import LOCATION_NAME
from velero.diagnosis import reasons, skew
from velero.diagnosis.evidence import Evidence
from velero.diagnosis.finding import Finding, Message, explained
from velero.installation.pods import refusal
from velero.installation.workloads import KINDS, NODE_AGENT
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object
from velero.observed import is_everywhere, is_rolled_out, is_unavailable

OVERDUE: Final = dt.timedelta(minutes=3)
"""After which a schedule should have run: Velero looks once a minute."""
_REASONS: Final = 20
_FOREIGN: Final = "use another model"
"""Of the statuses by which the charm keeps off a Velero of others (``ownership.py``)."""
_UNSTARTED: Final = frozenset({"", "New", "InProgress"})


def find(evidence: Evidence) -> list[Finding]:
    """All findings, those that may be the cause of others first; each text is one line."""
    return [each.plain() for finder in _FINDERS for each in finder(evidence)]


def _api_unreachable(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.api and evidence.missed:
        yield explained(evidence, Message(evidence.missed[0].why, "Kubernetes API"))


def _juju_problems(evidence: Evidence) -> Iterator[Finding]:
    for problem in evidence.juju.problems:
        yield explained(evidence, Message(problem.message, "juju status"))


def _installation_problems(evidence: Evidence) -> Iterator[Finding]:
    """What ``status.py`` finds, but what is told in more detail below."""
    for problem in evidence.problems:
        yield explained(evidence, Message(problem.message, "juju status"))


def _not_as_it_should_be(evidence: Evidence) -> Iterator[Finding]:
    """What somebody deleted or changed, by sort; what others hold or lost is told elsewhere."""
    observed, said = evidence.observed, [*evidence.problems, *evidence.juju.problems]
    if not observed or observed.lacking or any(_FOREIGN in each.message for each in said):
        return
    steps = [step for step in evidence.steps if not observed.held or step.kind.name not in KINDS]
    for verb, kind in dict.fromkeys((step.verb, step.kind) for step in steps):
        first, *others = (step for step in steps if (step.verb, step.kind) == (verb, kind))
        more = f", as are {len(others)} more" if others else ""
        yield Finding(
            f"{first}{more}",
            f"{kind.name} {first.name}",
            "Somebody changed it, or a hook of the charm was cut off before it came to it.",
            "Wait for the leader's next hook, which mends it, within five minutes.",
            "installation-differs",
        )


def _server_not_ready(evidence: Evidence) -> Iterator[Finding]:
    observed = evidence.observed
    if not observed or not observed.deployment or is_rolled_out(observed.deployment):
        return
    ours = [pod for pod in evidence.pods if _is_servers(pod)]
    said = [reason for pod in ours for reason in reasons.of(pod, evidence.events)]
    said += [reasons.words(event) for event in evidence.events if _is_about_makers(event)]
    said += [found.reason] if (found := refusal(observed.maker)) else []
    parts = tuple(dict.fromkeys(said)) or ("its pod is starting",)
    what = f"Velero server is not ready: {'; '.join(parts)}"
    pod = next(iter(ours), None)
    yield explained(evidence, Message(what, "Deployment velero", parts, pod))


def _node_agent_not_ready(evidence: Evidence) -> Iterator[Finding]:
    agent = evidence.observed and evidence.observed.get(k8s.DAEMON_SET, NODE_AGENT)
    if not agent or is_everywhere(agent):
        return
    ready = total.number(agent, "status", "numberReady")
    nodes = total.number(agent, "status", "desiredNumberScheduled")
    ours = [pod for pod in evidence.pods if not _is_servers(pod)]
    said = [reason for pod in ours for reason in reasons.of(pod, evidence.events)]
    said += reasons.warnings(agent, evidence.events)
    parts = tuple(dict.fromkeys(said)) or ("no reason is given",)
    what = f"Node agent is ready on {ready} of {nodes} nodes: {'; '.join(parts)}"
    pod = next(iter(ours), None)
    yield explained(evidence, Message(what, f"DaemonSet {NODE_AGENT}", parts, pod))


def _restarted(evidence: Evidence) -> Iterator[Finding]:
    for pod in filter(reasons.is_ready, evidence.pods):
        if times := reasons.restarts(pod):
            where, ended = f"Pod {k8s.name_of(pod)}", reasons.last_end(pod) or "nobody says how"
            what = f"{where} was restarted {times} times: {ended}"
            yield explained(evidence, Message(what, where, (ended,), pod))


def _location_unusable(evidence: Evidence) -> Iterator[Finding]:
    for location in filter(is_unavailable, evidence.locations):
        name = k8s.name_of(location)
        said = total.text(location, "status", "message") or "Velero gives no reason"
        what = f"Storage location {name} is Unavailable: {said}"
        ours = "" if name == LOCATION_NAME else ", which is not the charm's"
        yield explained(evidence, Message(what, f"BackupStorageLocation {name}{ours}", (said,)))


def _schedule_overdue(evidence: Evidence) -> Iterator[Finding]:
    for schedule in evidence.schedules:
        due = upcoming.due(schedule)
        if _refused(schedule) or not due or evidence.now - due < OVERDUE:
            continue
        name = k8s.name_of(schedule)
        what = f"Schedule {name} was due at {due:%Y-%m-%d %H:%M} UTC and has not run"
        why = _why_overdue(schedule, evidence)
        yield Finding(what, f"Schedule {name}", *why, cause="schedule-overdue")


def _schedule_refused(evidence: Evidence) -> Iterator[Finding]:
    for schedule in filter(_refused, evidence.schedules):
        said = total.texts(schedule, "status", "validationErrors")[:_REASONS]
        where = f"Schedule {k8s.name_of(schedule)}"
        what = f"{where} is invalid to Velero: {'; '.join(said)}"
        yield explained(evidence, Message(what, where, said))


def _failed(evidence: Evidence) -> Iterator[Finding]:
    for failure in evidence.failed:
        if not failure.since:
            obj = failure.object
            reason = failure.errors or "Velero gives no reason"
            row = f", as were {failure.before} before it" if failure.before else ""
            what = f"{k8s.describe(obj)} is {total.phase(obj)}{row}: {reason}"
            where, parts = k8s.describe(obj), failure.said or (reason,)
            look = _log_of(evidence, obj)
            yield explained(evidence, Message(what, where, parts, otherwise=look))


def _repository_not_ready(evidence: Evidence) -> Iterator[Finding]:
    for repository in evidence.repositories:
        said = total.text(repository, "status", "message") or "no reason is given"
        where = k8s.describe(repository)
        yield explained(evidence, Message(f"{where} is not ready: {said}", where, (said,)))


def _versions_apart(evidence: Evidence) -> Iterator[Finding]:
    yield from skew.find(evidence.versions, evidence.juju.application)


_FINDERS: Final[tuple[Callable[[Evidence], Iterator[Finding]], ...]] = (
    _api_unreachable,
    _installation_problems,
    _juju_problems,
    _server_not_ready,
    _node_agent_not_ready,
    _not_as_it_should_be,
    _location_unusable,
    _restarted,
    _schedule_refused,
    _schedule_overdue,
    _failed,
    _repository_not_ready,
    _versions_apart,
)


def _why_overdue(schedule: Object, evidence: Evidence) -> tuple[str, str]:
    application = evidence.juju.application
    name = k8s.name_of(schedule)
    before = [obj for obj in evidence.running if _is_before(obj, name)]
    if before:
        last = k8s.name_of(before[0])
        return (
            f"Velero begins no new backup of a schedule before the one before, {last}, has ended.",
            f'juju run {application}/leader run command="backup describe {last}"',
        )
    deployment = evidence.observed and evidence.observed.deployment
    if deployment and not is_rolled_out(deployment):
        return "Velero's server does not run.", "Mend the server first, see above"
    by_hand = f"juju run {application}/leader create-backup target=APPLICATION:ENDPOINT"
    return (
        "Velero looks once a minute, and has not begun it.",
        f"Look at the server's last lines below; back up by hand meanwhile: {by_hand}",
    )


def _is_before(obj: Object, schedule: str) -> bool:
    """Whether it keeps a schedule from running (velero schedule_controller.go)."""
    of_schedule = total.labels(obj).get(schedules.SCHEDULE_LABEL) == schedule
    return total.phase(obj) in _UNSTARTED and of_schedule


def _log_of(evidence: Evidence, obj: Object) -> str:
    kind, name = obj["kind"].lower(), k8s.name_of(obj)
    return f'juju run {evidence.juju.application}/leader run command="{kind} logs {name}"'


def _refused(schedule: Object) -> bool:
    return total.phase(schedule) == "FailedValidation"


def _is_servers(pod: Object) -> bool:
    return total.labels(pod).get("deploy") == "velero"


def _is_about_makers(event: Object) -> bool:
    """Whether an event is about a ReplicaSet that makes the server's pods."""
    name = total.text(event, "regarding", "name")
    return total.text(event, "regarding", "kind") == "ReplicaSet" and name.startswith("velero-")
