"""The application as Juju holds it between events: the charm, and what all its units share."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Self, TypeAlias

import ops
import yaml
from ops import testing
from tests.cluster.integrators import Remote
from tests.cluster.table import Health

REPOSITORY = Path(__file__).parents[2]
Option: TypeAlias = str | int | float | bool
Around: TypeAlias = Callable[[str], AbstractContextManager[object]]
"""Makes the context that an event runs in, from the event's name."""


class JujuError(Exception):
    """Juju would refuse this command."""


@dataclasses.dataclass(frozen=True)
class Charm:
    """A charm and its three metadata files, parsed.

    Attributes:
        type: the charm's class.
        meta: charmcraft.yaml (or metadata.yaml).
        actions: actions.yaml.
        config: config.yaml.
    """

    type: type[ops.CharmBase]
    meta: Mapping[str, Any]
    actions: Mapping[str, Any] = dataclasses.field(default_factory=dict[str, Any])
    config: Mapping[str, Any] = dataclasses.field(default_factory=dict[str, Any])

    @classmethod
    def ours(cls) -> Self:
        """The charm of this repository, imported now and not before."""
        from charm import VeleroOperatorCharm  # noqa: PLC0415 # slow, and not every test needs it

        names = ("charmcraft.yaml", "actions.yaml", "config.yaml")
        files = [yaml.safe_load((REPOSITORY / name).read_text()) for name in names]
        return cls(VeleroOperatorCharm, *files)

    def params(self, action: str, given: Mapping[str, object]) -> dict[str, Any]:
        """The parameters that the action gets: those given, and the defaults of the others.

        Raises:
            JujuError: no such action, a required parameter is missing, or one is not declared.
        """
        if action not in self.actions:
            raise JujuError(f'action "{action}" not defined on unit')
        known = self.actions[action].get("params", {})
        missing = [name for name in self.actions[action].get("required", []) if name not in given]
        unknown = [name for name in given if name not in known]
        if missing or unknown:
            raise JujuError(f"validation failed: missing {missing}, not declared {unknown}")
        defaults = {name: each["default"] for name, each in known.items() if "default" in each}
        return {**defaults, **given}

    def interface(self, endpoint: str) -> tuple[str, bool]:
        """An endpoint's interface, and whether our charm provides it.

        Raises:
            JujuError: the charm has no such endpoint.
        """
        for role in ("provides", "requires"):
            if endpoint in self.meta.get(role, {}):
                return self.meta[role][endpoint]["interface"], role == "provides"
        raise JujuError(f'application has no endpoint "{endpoint}"')


@dataclasses.dataclass(eq=False)
class Integration:
    """A relation; what `Juju.integrate` returns, and what its other methods accept.

    Attributes:
        id: Juju's number of it.
        endpoint: our charm's endpoint.
        remote: the application on the other side.
        app_data: our application's databag.
        unit_data: our units' databags, by unit number.
        heard: our application's databag as the remote application last heard it.
        seen: the remote application's databag as each unit of ours was last told, by number.
        departed: the numbers of our units for which the remote unit has departed.
    """

    id: int
    endpoint: str
    remote: Remote
    app_data: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    unit_data: dict[int, dict[str, str]] = dataclasses.field(
        default_factory=dict[int, dict[str, str]]
    )
    heard: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    seen: dict[int, Mapping[str, str]] = dataclasses.field(
        default_factory=dict[int, Mapping[str, str]]
    )
    departed: set[int] = dataclasses.field(default_factory=set[int])


@dataclasses.dataclass
class Application:
    """What all units of the application share."""

    name: str
    model: testing.Model
    charm: Charm
    env: Mapping[str, str]
    around: Around = nullcontext
    config: dict[str, Option] = dataclasses.field(default_factory=dict[str, Option])
    integrations: list[Integration] = dataclasses.field(default_factory=list[Integration])
    secrets: dict[str, testing.Secret] = dataclasses.field(
        default_factory=dict[str, testing.Secret]
    )
    health: Health = dataclasses.field(default_factory=Health)
    version: str = ""
    leader: int | None = None
    planned: int = 0

    def reset(self) -> None:
        """Forget everything: the application is deployed anew."""
        self.config, self.secrets, self.integrations[:] = {}, {}, []
        self.health, self.version, self.leader, self.planned = Health(), "", None, 0

    def described(self, integration: Integration) -> tuple[str, str, str]:
        """The providing endpoint, the requiring one, and the interface."""
        interface, ours = self.charm.interface(integration.endpoint)
        here = f"{self.name}:{integration.endpoint}"
        there = f"{integration.remote.app}:{integration.remote.endpoint}"
        return (here, there, interface) if ours else (there, here, interface)

    def wire(self, text: str) -> str:
        """A secret's id as it reads in a databag: with the model's UUID."""
        return re.sub(r"^secret:(\w+)$", rf"secret://{self.model.uuid}/\1", text)

    def said(self, integration: Integration) -> dict[str, str]:
        """The remote application's databag as our charm reads it."""
        return {key: self.wire(text) for key, text in integration.remote.data.items()}

    def granted(self) -> dict[str, Mapping[str, str]]:
        """The newest contents of the secrets that others let us read, by id."""
        contents = (integration.remote.secrets for integration in self.integrations)
        return {self.wire(key): text for each in contents for key, text in each.items()}
