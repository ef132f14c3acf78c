"""The applications on the other side of our charm's relations.

`Provider` runs the *real* provider classes of object-storage-charmlib in a charm of a few lines,
so that what our charm reads is what s3-integrator 2/*, azure-storage-integrator and gcs-integrator
write, and not before they would write it: the secret is created for the keys that our charm asked
for, once it has asked. What it stands in for is those charms' own configuration and checks.

`LegacyS3` writes the databag of s3-integrator 1/* (wire version 0, credentials in clear) by hand,
because its library is not packaged. `DataBag` is any other application that says one thing.
"""

import json
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Protocol, TypeAlias, TypeVar

import object_storage
import ops
from ops import testing
from tests.cluster import hook_calls

Field: TypeAlias = str | list[str] | None
"""A value as the integrator's person configures it; None takes the field away."""

Provided: TypeAlias = type[
    object_storage.S3Provider | object_storage.AzureStorageProvider | object_storage.GCSProvider
]


_PRINCIPAL_SECRET = "secret:d40rbhnmp25c76d6bdq0"

Value = TypeVar("Value")

Fire: TypeAlias = Callable[[testing.CharmEvents], object]
"""Makes the event from Scenario's events, whose type is private."""


class Remote(Protocol):
    """What the Juju stand-in asks of the application on the other side of a relation.

    Attributes:
        app: its name in the model.
        endpoint: its endpoint's name.
        data: its application databag.
        secrets: the contents of the secrets that it has granted, by the id that `data` names.
    """

    app: str
    endpoint: str

    @property
    def data(self) -> Mapping[str, str]: ...

    @property
    def secrets(self) -> Mapping[str, Mapping[str, str]]: ...

    def created(self, relation: int, app: str) -> None:
        """Juju created the relation, of that number, with that application."""
        ...

    def changed(self, bag: Mapping[str, str]) -> None:
        """The other application's databag now reads so."""
        ...

    def publish(self, fields: Mapping[str, Field]) -> None:
        """A person changes what the application says; None takes a field away."""
        ...


def _text(value: Field) -> str:
    return json.dumps(value) if isinstance(value, list) else value or ""


class DataBag:
    """An application that publishes fields at once and reads nothing.

    Args:
        data: the fields; a list travels as JSON.
        app: the application's name.
        endpoint: its endpoint's name.
    """

    def __init__(
        self, data: Mapping[str, Field], *, app: str = "remote", endpoint: str = "remote"
    ) -> None:
        self.app = app
        self.endpoint = endpoint
        self.secrets: Mapping[str, Mapping[str, str]] = {}
        self._data: dict[str, str] = {}
        self.publish(data)

    @property
    def data(self) -> Mapping[str, str]:
        """The application databag."""
        return self._data

    def created(self, relation: int, app: str) -> None:
        """Do nothing: the data is there from the start."""

    def changed(self, bag: Mapping[str, str]) -> None:
        """Do nothing: this application does not read."""

    def publish(self, fields: Mapping[str, Field]) -> None:
        """Merge the fields into the databag, as relation-set does: empty ones go."""
        merged = self._data | {key: _text(value) for key, value in fields.items()}
        self._data = {key: value for key, value in merged.items() if value}


class LegacyS3(DataBag):
    """s3-integrator 1/*: everything in clear, once the requirer has written a bucket.

    It answers with its own bucket where one is configured, else with the requirer's. Before that
    its databag holds only the library's book-keeping, `data`, from which requirers tell version 0.

    Args:
        fields: `access-key`, `secret-key`, `bucket`, `endpoint`, and so on.
        app: the application's name.
    """

    def __init__(self, fields: Mapping[str, Field], *, app: str = "s3-integrator") -> None:
        self._fields = dict(fields)
        self._asked = ""
        super().__init__({}, app=app, endpoint="s3-credentials")

    def changed(self, bag: Mapping[str, str]) -> None:
        """Remember what the requirer wrote, and answer when it has written a bucket."""
        seen = {key: value for key, value in bag.items() if key != "data"}
        super().publish({"data": json.dumps(seen)})
        self._asked = bag.get("bucket", "")
        self.publish({})

    def publish(self, fields: Mapping[str, Field]) -> None:
        """Change what is configured, and tell the requirer if it has asked."""
        self._fields.update(fields)
        if self._asked:
            super().publish({"bucket": self._asked, **self._fields})


class ServicePrincipal(DataBag):
    """azure-auth-integrator: two fields in clear, and the id of a secret with what was asked for.

    Its library is not packaged; this writes what it writes, once it was asked.

    Args:
        fields: `subscription-id`, `tenant-id`, `client-id` and `client-secret`.
        app: the application's name.
    """

    def __init__(self, fields: Mapping[str, Field], *, app: str) -> None:
        self._fields = dict(fields)
        self._asked: list[str] = []
        super().__init__({}, app=app, endpoint="azure-service-principal-credentials")

    def changed(self, bag: Mapping[str, str]) -> None:
        """Read which fields are wanted as a secret, and answer."""
        self._asked = json.loads(bag.get("requested-secrets", "[]"))
        self.publish({})

    def publish(self, fields: Mapping[str, Field]) -> None:
        """Change what is configured, and tell the requirer if it has asked."""
        self._fields.update(fields)
        if not self._asked:
            return
        plain = {key: value for key, value in self._fields.items() if key not in self._asked}
        secret = {key: _text(self._fields.get(key)) for key in self._asked}
        self.secrets = {_PRINCIPAL_SECRET: secret}
        super().publish(plain | {"secret-extra": _PRINCIPAL_SECRET})


@contextmanager
def quiet_library() -> Generator[None]:
    """Let object-storage-charmlib 1.0.0 call what ops 3.9 has deprecated."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"JujuVersion\.from_environ", DeprecationWarning)
        yield


class _Integrator(ops.CharmBase):
    """What the integrator charms have in common: they publish their configuration when asked."""

    provided: Provided
    fields: dict[str, Field]

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.provider = self.provided(self, "credentials")
        requested = self.provider.on.storage_connection_info_requested
        framework.observe(requested, self._publish)
        framework.observe(self.on.config_changed, self._publish)

    def _publish(self, _: ops.EventBase) -> None:
        for relation in self.model.relations["credentials"]:
            if self.provider.is_protocol_ready(relation):
                self.provider.set_storage_connection_info(relation.id, dict(self.fields))  # pyright: ignore[reportArgumentType] # annotated str, used as int


class Provider:
    """An integrator charm of wire version 1, with the library that the real one uses.

    Args:
        provided: the library's provider class.
        fields: what the integrator is configured with, credentials included.
        app: the application's name.
        endpoint: its endpoint's name.
    """

    def __init__(
        self, provided: Provided, fields: Mapping[str, Field], *, app: str, endpoint: str
    ) -> None:
        self.app = app
        self.endpoint = endpoint
        self._fields: dict[str, Field] = dict(fields)
        self._charm = type(
            "Integrator", (_Integrator,), {"provided": provided, "fields": self._fields}
        )
        self._relation = testing.Relation("credentials")
        self._state = testing.State(leader=True)

    @property
    def data(self) -> Mapping[str, str]:
        """The application databag."""
        return self._relation.local_app_data

    @property
    def secrets(self) -> Mapping[str, Mapping[str, str]]:
        """The contents of the secrets granted over the relation, by id."""
        return {s.id: s.latest_content for s in self._state.secrets if s.remote_grants}

    def created(self, relation: int, app: str) -> None:
        """Run the integrator's relation-created: it writes its schema version."""
        self._relation = testing.Relation("credentials", id=relation, remote_app_name=app)
        self._run(lambda on: on.relation_created(self._relation))

    def changed(self, bag: Mapping[str, str]) -> None:
        """Run the integrator's relation-changed: it answers when the protocol allows."""
        self._relation = testing.Relation(
            "credentials",
            id=self._relation.id,
            remote_app_name=self._relation.remote_app_name,
            local_app_data=self._relation.local_app_data,
            local_unit_data=self._relation.local_unit_data,
            remote_app_data=dict(bag),
        )
        self._run(lambda on: on.relation_changed(self._relation, remote_unit=0))

    def publish(self, fields: Mapping[str, Field]) -> None:
        """Run the integrator's config-changed after a person changed its options."""
        self._fields.update(fields)
        self._run(lambda on: on.config_changed())

    def _run(self, fire: Fire) -> None:
        meta = {"name": self.app, "provides": {"credentials": {"interface": "storage"}}}
        given = testing.State(leader=True, relations={self._relation}, secrets=self._state.secrets)
        made = testing.Context(self._charm, meta=meta, app_name=self.app)
        with made as context, quiet_library():
            self._state = context.run(fire(context.on), given)  # pyright: ignore[reportArgumentType] # its type is private
        if refused := hook_calls.error_of(made, None, given, self._state):
            raise refused
        relation = self._state.get_relation(self._relation.id)
        assert isinstance(relation, testing.Relation)
        self._relation = relation


Fields: TypeAlias = Mapping[str, Field] | None


def s3(fields: Fields = None, /, *, app: str = "s3-integrator", **more: Field) -> Provider:
    """An s3-integrator 2/*: `s3(access_key=…, secret_key=…, bucket=…, endpoint=…)`.

    Underscores in names stand for hyphens; `tls_ca_chain` is a list of PEM certificates.
    """
    given = dashed({**(fields or {}), **more})
    return Provider(object_storage.S3Provider, given, app=app, endpoint="s3-credentials")


def legacy_s3(fields: Fields = None, /, *, app: str = "s3-integrator", **more: Field) -> LegacyS3:
    """An s3-integrator 1/*, with the arguments of `s3`."""
    return LegacyS3(dashed({**(fields or {}), **more}), app=app)


def azure(
    fields: Fields = None, /, *, app: str = "azure-storage-integrator", **more: Field
) -> Provider:
    """An azure-storage-integrator: `azure(secret_key=…, container=…, storage_account=…)`."""
    provided = object_storage.AzureStorageProvider
    given = dashed({**(fields or {}), **more})
    return Provider(provided, given, app=app, endpoint="azure-storage-credentials")


def gcs(fields: Fields = None, /, *, app: str = "gcs-integrator", **more: Field) -> Provider:
    """A gcs-integrator: `gcs(secret_key=…, bucket=…)`."""
    given = dashed({**(fields or {}), **more})
    return Provider(object_storage.GCSProvider, given, app=app, endpoint="gcs-credentials")


def service_principal(*, app: str = "azure-auth-integrator", **fields: Field) -> ServicePrincipal:
    """An azure-auth-integrator: `service_principal(client_id=…, client_secret=…, …)`."""
    return ServicePrincipal(dashed(fields), app=app)


def dashed(fields: Mapping[str, Value]) -> dict[str, Value]:
    """The fields with hyphens for the underscores that Python's keywords need."""
    return {name.replace("_", "-"): value for name, value in fields.items()}
