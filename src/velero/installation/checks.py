"""Why Velero's pods do not run, as checks of ``status.py``. Pure."""

from __future__ import annotations

from typing import Final

from velero import total
from velero.desired import Desired
from velero.installation import pod_security
from velero.installation.pods import refusal, trouble, unchanged_for
from velero.installation.workloads import NODE_AGENT
from velero.kubernetes import resources as k8s
from velero.observed import Observed, is_everywhere, is_rolled_out
from velero.problem import Need, Problem, short

AGENT_SECONDS: Final = 600
"""How long the node agent may be missing on a node, with nothing changing, before a person is
asked to look; a Deployment has as long (``progressDeadlineSeconds``)."""


def server_unavailable(desired: Desired, observed: Observed) -> Problem | None:
    """The Velero server does not run, or not as it should."""
    deployment = observed.deployment
    if deployment is None:
        return Problem(Need.WAITING, "Velero is not installed yet")
    if is_rolled_out(deployment):
        return None
    found = trouble(observed.pods) or refusal(observed.maker)
    need = Need.BLOCKED if is_given_up(observed) else Need.WAITING
    if found and (run := pod_security.advice(desired, found.reason)):
        return Problem(Need.BLOCKED, f"Velero server may not run; {run}; {short(found.reason)}")
    reason = short(found.reason) if found else "its pod is starting"
    return Problem(need, f"Velero server is not ready: {reason}")


def is_hopeless(observed: Observed) -> bool:
    """Whether the server's pods wait for something that time alone will not bring."""
    found = trouble(observed.pods) or refusal(observed.maker)
    return found is not None and found.hopeless


def is_given_up(observed: Observed) -> bool:
    """Whether no server will run before a person acts: nor has one for longer than it takes."""
    conditions = total.items(observed.deployment, "status", "conditions")
    late = any(c.get("type") == "Progressing" and c.get("status") == "False" for c in conditions)
    return late or is_hopeless(observed)


def node_agent_not_ready(desired: Desired, observed: Observed) -> Problem | None:
    """The node agent does not run on every node."""
    agent = observed.get(k8s.DAEMON_SET, NODE_AGENT)
    if not desired.settings.node_agent or (agent and is_everywhere(agent)):
        return None
    if agent is None:
        return Problem(Need.WAITING, "Node agent is not installed yet")
    refused = pod_security.forbidden(desired, observed)
    if advice := pod_security.advice(desired, refused):
        return Problem(Need.BLOCKED, f"Node agent may not run; {advice}; {short(refused)}")
    status = agent.get("status", {})
    ready, nodes = status.get("numberReady", 0), status.get("desiredNumberScheduled", 0)
    found = trouble(observed.agents)
    hopeless = (found and found.hopeless) or unchanged_for(agent) >= AGENT_SECONDS
    where = f"kubectl get pods --namespace {desired.namespace} --selector name={NODE_AGENT}"
    reason = found.reason if found else refused
    why = short(reason) if reason else f"see: {where}"
    need = Need.BLOCKED if hopeless else Need.WAITING
    return Problem(need, f"Node agent is ready on {ready} of {nodes} nodes; {why}")
