"""Storage providers: from a relation's fields to Velero's terms. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from velero.desired import Storage
from velero.storage.providers.azure import Azure
from velero.storage.providers.gcs import GCS
from velero.storage.providers.s3 import S3


class VeleroStorageProvider(Protocol):
    """What a provider has to say of itself."""

    @property
    def endpoint(self) -> str:
        """The Juju endpoint that its integrator is integrated on."""
        ...

    @property
    def plugin_option(self) -> str:
        """The option that names its plugin's image."""
        ...

    @property
    def credentials(self) -> tuple[str, ...]:
        """The fields without which the integrator has not answered yet."""
        ...

    def storage(
        self, fields: Mapping[str, str], plugin_image: str, default_prefix: str
    ) -> Storage:
        """Velero's view of the store.

        Args:
            fields: plain fields and secret content of the relation, as strings.
            plugin_image: the image from ``plugin_option``.
            default_prefix: the folder in the bucket if the relation names none.

        Raises:
            InvalidInput: a field cannot be used; names it, never shows a secret.
        """
        ...


PROVIDERS: Final[Mapping[str, VeleroStorageProvider]] = {
    provider.endpoint: provider for provider in (S3(), Azure(), GCS())
}
"""All providers by endpoint."""
