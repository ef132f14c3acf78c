"""Looks at everything there is to look at; the only part of a diagnosis that does I/O.

It changes nothing. What Velero and the store have to be asked for is asked by requests that are
gone afterwards (ServerStatusRequest, DownloadRequest).
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from velero import status, total
from velero.backups import results, unreadable
from velero.desired import Desired
from velero.diagnosis import answers, history, reasons, versions
from velero.diagnosis.asking import Asking
from velero.diagnosis.evidence import UNKNOWN, Evidence, Failure, Juju, Log, Missed
from velero.diagnosis.redact import Redactor
from velero.errors import ClusterError, StoreUnreachable
from velero.installation.workloads import NODE_AGENT
from velero.kubernetes import resources as k8s
from velero.kubernetes import stream
from velero.kubernetes.resources import Kind, Object
from velero.observed import Observed, is_rolled_out
from velero.plan import Step
from velero.problem import Problem
from velero.velero import Velero

FAILURES: Final = 5
"""How many sorts of failures are shown of backups, and of restores."""
EVENTS: Final = 20
OBJECTS: Final = 100
"""How many objects of a kind are looked at one by one."""
SECRETS: Final = 8 * 2**20
"""Characters of all Secrets together that are looked for."""
LOGS: Final = 4
"""How many pods' logs are read; those that are not ready come first."""

_EVENT: Final = Kind("events.k8s.io/v1", "Event", "events")
_DETAILED: Final = (
    "Velero server is not ready",
    "Velero server may not run",
    "Node agent is ready on",
    "Node agent may not run",
    "Storage location is Unavailable",
)
"""How problems begin that ``findings.py`` tells in more detail."""


class Gathering:
    """One look at one Velero.

    Args:
        velero: the way to it.
        desired: what the charm wants.
        juju: what the charm says of itself.
        log_lines: how much to read of each log.
    """

    def __init__(self, velero: Velero, desired: Desired, juju: Juju, log_lines: int) -> None:
        self._velero = velero
        self._cluster = velero.cluster
        self._desired = desired
        self._juju = juju
        self._lines = log_lines
        self._ask = Asking()
        self._names = (juju.model, juju.application, juju.unit)
        self._redactor = Redactor(answers.of_juju(desired), self._names)
        self._problems: list[Problem] = []
        self._steps: list[Step] = []

    def evidence(self) -> Evidence:
        """Everything that could be found, without secrets."""
        has_secrets = self._learn_secrets()
        observed = self._ask.cluster("the installation", self._observe, None)
        pods = self._pods()
        running, failed = self._history(observed)
        what = "the repositories of volume data"
        repositories = self._all(k8s.REPOSITORY, what, _is_not_ready)
        found = Evidence(
            juju=replace(self._juju, problems=self._clean(self._juju.problems)),
            now=dt.datetime.now(dt.UTC),
            observed=observed,
            steps=tuple(self._steps),
            problems=tuple(self._problems),
            versions=versions.of(observed, self._cli(), self._server(observed)),
            pods=pods,
            events=tuple(self._ask.cluster("Kubernetes' events", self._events, [])),
            locations=self._all(k8s.LOCATION, "the storage locations"),
            schedules=self._all(k8s.SCHEDULE, "the schedules"),
            running=running,
            failed=failed,
            repositories=repositories,
            logs=tuple(self._logs(pods, has_secrets=has_secrets)),
        )
        return replace(found, api=self._ask.answered, missed=self._missed())

    def _learn_secrets(self) -> bool:
        """Know the values that must not be shown; tell whether they could be read."""
        what = "the Secrets, whose values are to be kept out of this"
        found = self._ask.cluster(what, lambda: self._cluster.list(k8s.SECRET), None)
        values = [value for secret in found or () for value in answers.of_secret(secret)]
        known = [*answers.of_juju(self._desired), *values]
        if sum(map(len, known)) > SECRETS:
            self._ask.missed.append(Missed(what, f"they are larger than {SECRETS >> 20} MB"))
            return False
        self._redactor = Redactor(known, self._names)
        return found is not None

    def _observe(self) -> Observed:
        seen = self._velero.observe(self._desired)
        if seen.trusted and self._juju.configured:
            held = self._ask.other("what waits", lambda: self._held(seen), "")
            seen = replace(seen, held=held)
            self._steps = self._ask.other("what is to change", lambda: self._to_do(seen), [])
        bad = self._ask.cluster("what Velero cannot read", self._unreadable, [])
        self._problems = [*self._clean(bad)] + [
            problem
            for problem in self._clean(status.check(self._desired, seen))
            if not problem.message.startswith(_DETAILED)
            and " is invalid to Velero: " not in problem.message
        ]
        objects = {
            key: self._redactor.object(answers.brief(obj))
            for key, obj in seen.objects.items()
            if obj["kind"] != k8s.SECRET.name
        }
        maker = seen.replica_set and self._redactor.object(answers.brief(seen.replica_set))
        return replace(seen, objects=objects, pods=(), agents=(), replica_set=maker)

    def _clean(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        clean = self._redactor.text
        return tuple(replace(each, message=clean(each.message)) for each in problems)

    def _unreadable(self) -> list[Problem]:
        return unreadable.problems(self._cluster)

    def _held(self, seen: Observed) -> str:
        return self._velero.held(self._desired, seen)

    def _to_do(self, seen: Observed) -> list[Step]:
        return self._velero.steps(self._desired, seen)

    def _pods(self) -> tuple[Object, ...]:
        wanted = {"the server's pods": {"deploy": "velero"}, "the node agent's pods": _AGENT}
        found = tuple[Object, ...]()
        for what, labels in wanted.items():
            pods = self._ask.cluster(what, lambda by=labels: self._list_pods(by), [])
            found += self._some(pods, what)
        return found

    def _list_pods(self, labels: dict[str, str]) -> list[Object]:
        return sorted(self._cluster.list(k8s.POD, labels), key=reasons.is_ready)

    def _events(self) -> list[Object]:
        every = (event for event in self._cluster.iterate(_EVENT) if answers.is_about_us(event))
        return [
            self._redactor.object(event)
            for event in heapq.nlargest(EVENTS, every, key=answers.moment_of)
        ]

    def _all(
        self, kind: Kind, what: str, wanted: Callable[[Object], bool] = bool
    ) -> tuple[Object, ...]:
        found = self._ask.cluster(what, lambda: self._cluster.list(kind), [])
        return self._some(filter(wanted, found), what)

    def _some(self, found: Iterable[Object], what: str) -> tuple[Object, ...]:
        """Objects without secrets, as many as a person can look at."""
        several = [*found]
        if len(several) > OBJECTS:
            why = f"there are {len(several)}, and only {OBJECTS} of them are looked at"
            self._ask.missed.append(Missed(f"all of {what}", why))
        return tuple(self._redactor.object(obj) for obj in several[:OBJECTS])

    def _cli(self) -> str:
        return self._ask.other("the CLI's version", self._velero.cli.version, UNKNOWN)

    def _server(self, observed: Observed | None) -> Object | None:
        """What the running server says of itself; it is not asked if it does not run."""
        deployment = observed.deployment if observed else None
        if not deployment or not is_rolled_out(deployment):
            return None
        what = "the server's own version and plugins"
        answer = self._ask.other(what, lambda: answers.of_server(self._cluster), None)
        return self._redactor.object(answer) if answer else None

    def _history(
        self, observed: Observed | None
    ) -> tuple[tuple[Object, ...], tuple[Failure, ...]]:
        running: list[Object] = []
        failed: list[Failure] = []
        for kind, what in ((k8s.BACKUP, "the backups"), (k8s.RESTORE, "the restores")):
            those = self._ask.cluster(what, lambda kind=kind: self._read(kind), None)
            running += those[0] if those else []
            failed += those[1] if those else []
        deployment = observed.deployment if observed else None
        runs = bool(deployment and is_rolled_out(deployment))
        told = [*self._explained(failed, runs=runs)]
        told.sort(key=lambda failure: history.moment(failure.object), reverse=True)
        return self._some(running, "what is in progress"), tuple(told)

    def _read(self, kind: Kind) -> tuple[list[Object], list[Failure]]:
        typed = {"apiVersion": kind.api_version, "kind": kind.name}
        return history.read((obj | typed for obj in self._cluster.iterate(kind)), FAILURES)

    def _explained(self, failed: list[Failure], *, runs: bool) -> Iterator[Failure]:
        """Failures with their reasons; the store is not asked again once it did not answer."""
        asks = runs
        for failure in failed:
            said = answers.own_words(failure.object)
            try:
                found = results.of(self._cluster, failure.object) if asks else results.Results()
                said += found.errors
            except (StoreUnreachable, ClusterError) as error:
                asks = False
                what = "the errors of single objects in backups and restores"
                self._ask.missed.append(Missed(what, str(error)))
            clean = self._redactor.text
            errors, parts = results.summary(said, clean), results.sorts(said, clean)
            obj = self._redactor.object(failure.object)
            yield replace(failure, object=obj, errors=errors, said=parts)

    def _logs(self, pods: tuple[Object, ...], *, has_secrets: bool) -> Iterator[Log]:
        chosen = sorted(pods, key=reasons.is_ready)[:LOGS]
        if chosen and not has_secrets:
            why = "they may hold secrets, and what to take out of them cannot be read"
            self._ask.missed.append(Missed("the pods' logs", why))
            return
        for pod in chosen:
            for container, previous in answers.logs_of(pod):
                name, before = k8s.name_of(pod), " before its restart" if previous else ""
                text = self._ask.other(
                    f"the log of {name}{before}",
                    lambda at=(name, container, previous): self._log(*at),
                    "",
                )
                yield Log(name, container, self._redactor.text(_whole_lines(text)), previous)

    def _log(self, pod: str, container: str, previous: bool) -> str:  # noqa: FBT001 - private
        return self._cluster.log(pod, container, self._lines, previous=previous)

    def _missed(self) -> tuple[Missed, ...]:
        clean = self._redactor.text
        return tuple(Missed(each.what, clean(each.why)) for each in self._ask.missed)


_AGENT: Final = {"name": NODE_AGENT}


def _is_not_ready(repository: Object) -> bool:
    return total.phase(repository) == "NotReady"


def _whole_lines(log: str) -> str:
    """A log without its first line if that is cut off, so that it may begin within a secret."""
    return log if len(log.encode()) < stream.TAIL else log.partition("\n")[2]
