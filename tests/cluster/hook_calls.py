"""What an event in this process would have sent through Juju's hook tools, which may refuse it.

Scenario keeps what the charm sets without a look at it. So all of it is looked at when the event
has ended; what the tool would have refused (`refusals`) is then its error, as ops raises it.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, TypeAlias

import ops
import yaml
from ops import testing
from ops.model import MAX_LOG_LINE_LEN
from tests.cluster import refusals
from tests.cluster.refusals import RefusedByJuju

Context: TypeAlias = testing.Context[Any]


def error_of(
    context: Context, failure: str | None, before: testing.State, after: testing.State
) -> ops.ModelError | None:
    """What ops would have raised in the event, or None.

    Args:
        context: that the event ran in.
        failure: what an action said of its failure; None if it has not failed.
        before: the State that the event started from.
        after: the State that it left.
    """
    try:
        _texts(context, failure, after)
        _statuses(context, before, after)
        _databags(before, after)
        _secrets(before, after)
        _stored(before, after)
    except RefusedByJuju as refused:
        return ops.ModelError(f"ERROR {refused}\n")
    return None


def _texts(context: Context, failure: str | None, after: testing.State) -> None:
    for line in context.juju_log:
        for part in _parts(line.message):
            refusals.arguments(["juju-log", "--log-level", line.level, part])
    for line in context.action_logs:
        refusals.arguments(["action-log", line])
    refusals.arguments(["action-fail", failure or ""])
    refusals.arguments(["application-version-set", after.workload_version])
    refusals.results(refusals.flattened(context.action_results or {}))


def _parts(message: str) -> Iterator[str]:
    """As ops cuts a long line: by characters, so that those beyond ASCII may still be too long."""
    return (message[at:][:MAX_LOG_LINE_LEN] for at in range(0, len(message), MAX_LOG_LINE_LEN))


def _statuses(context: Context, before: testing.State, after: testing.State) -> None:
    passed = chain(context.unit_status_history[1:], context.app_status_history[1:])
    unchanged = {before.unit_status, before.app_status}
    last = (each for each in (after.unit_status, after.app_status) if each not in unchanged)
    for each in chain(passed, last):
        refusals.status(each.name, each.message)


def _databags(before: testing.State, after: testing.State) -> None:
    known = {relation.id: relation for relation in before.relations}
    for relation in after.relations:
        old = known.get(relation.id, relation)
        if relation.local_app_data != old.local_app_data:
            refusals.leads(before.leader, f"relation {relation.id}")
        for was, bag in (
            (old.local_app_data, relation.local_app_data),
            (old.local_unit_data, relation.local_unit_data),
        ):
            refusals.databag(bag, {k: text for k, text in bag.items() if was.get(k) != text})


def _secrets(before: testing.State, after: testing.State) -> None:
    known = {secret.id: secret for secret in before.secrets}
    for secret in after.secrets:
        about = [text for text in (secret.label, secret.description) if text]
        refusals.arguments(["secret-set", *about])
        old = known.get(secret.id)
        if secret.owner and not (old and old.latest_content == secret.latest_content):
            refusals.leads(before.leader or secret.owner == "unit", secret.id)
            refusals.secret(dict(secret.latest_content or secret.tracked_content))


def _stored(before: testing.State, after: testing.State) -> None:
    for each in after.stored_states - before.stored_states:
        refusals.stored({f"{each.owner_path}/{each.name}": yaml.safe_dump(dict(each.content))})
