"""What `juju status` shows, as values and as text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Health:
    """A status as Juju shows it: `active`, `blocked`, `waiting`, …, and its message."""

    name: str = "unknown"
    message: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.message else self.name


@dataclass(frozen=True)
class Status:
    """The state of the application at one moment.

    Attributes:
        model: the model's name.
        app: the application's name; `charm` its charm's.
        charm: the charm's name.
        health: the application's status, taken from its units where the charm sets none.
        version: the workload's version, or "".
        units: the workload status of each unit, by its name; one whose hook failed is in `error`.
        leader: the leader's name, or "".
        relations: (provider's endpoint, requirer's endpoint, interface), for each relation.
    """

    model: str
    app: str
    charm: str
    health: Health
    version: str
    units: Mapping[str, Health]
    leader: str
    relations: Sequence[tuple[str, str, str]]

    def unit(self, number: int = 0) -> Health:
        """The workload status of one unit.

        Raises:
            KeyError: there is no such unit.
        """
        return self.units[f"{self.app}/{number}"]

    def table(self) -> str:
        """The text that `juju status --relations` would print, without its empty columns."""
        model = _columns([("Model", "Controller"), (self.model, "ops.testing")])
        if not self.units:
            return f'{model}\n\nModel "{self.model}" is empty.'
        parts = [model, self._apps(), self._units()]
        if self.relations:
            heads = ("Integration provider", "Requirer", "Interface", "Type")
            rows = [(*relation, "regular") for relation in self.relations]
            parts.append(_columns([heads, *rows]))
        return "\n\n".join(parts)

    def _apps(self) -> str:
        heads = ("App", "Version", "Status", "Scale", "Charm", "Message")
        scale = str(len(self.units))
        health = self.health
        row = (self.app, self.version, health.name, scale, self.charm, health.message)
        return _columns([heads, row])

    def _units(self) -> str:
        rows = [("Unit", "Workload", "Agent", "Message")]
        for name, health in self.units.items():
            star = "*" if name == self.leader else ""
            rows.append((name + star, health.name, "idle", health.message))
        return _columns(rows)


_WORST_FIRST = ("error", "blocked", "waiting", "maintenance", "active", "unknown")


def worst(healths: Iterable[Health]) -> Health:
    """The status that Juju shows for an application whose charm sets none: its worst unit's."""
    return min(healths, key=lambda health: _WORST_FIRST.index(health.name), default=Health())


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
