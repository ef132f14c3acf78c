"""The requirer of the `azure_service_principal` interface.

No package has one. The interface: the requirer names the secret fields that it wants, the
provider answers with two plain fields and the id of a secret with the others
(azure-auth-integrator; charmlibs interfaces/azure_service_principal).
"""

from __future__ import annotations

import json
from typing import Final

import ops

from inputs.databags import SECRET, bag
from inputs.related import Related
from velero.storage.providers.azure import PRINCIPAL_ENDPOINT

_REQUEST: Final = "requested-secrets"
_REQUESTED: Final = json.dumps(["client-id", "client-secret"])


class ServicePrincipal(ops.Object):
    """Asks for a service principal; ``databags`` reads it.

    Args:
        charm: whose endpoint it is.
        related: knows whether it has a relation.
    """

    def __init__(self, charm: ops.CharmBase, related: Related) -> None:
        super().__init__(charm, PRINCIPAL_ENDPOINT)
        self._model, self._related = charm.model, related
        self.framework.observe(charm.on[PRINCIPAL_ENDPOINT].relation_created, self._on_created)

    @property
    def relation(self) -> ops.Relation | None:
        """The relation, unless it is about to go."""
        return next(iter(self._related.of(PRINCIPAL_ENDPOINT)), None)

    def ask(self) -> None:
        """Ask for the secret, if no leader before did; for the leader."""
        relation = self.relation
        if relation is None or SECRET in bag(relation):
            return
        said = relation.data[self._model.app]
        if _REQUEST not in said:
            said[_REQUEST] = _REQUESTED

    def _on_created(self, _: ops.RelationCreatedEvent) -> None:
        if self._model.unit.is_leader():
            self.ask()
