"""Whatever an integrator sends is refused in one plain line, or becomes plain texts."""

import json
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from velero.desired import Storage
from velero.errors import InvalidInput
from velero.storage.providers.azure import PRINCIPAL
from velero.storage.providers.known import PROVIDERS

SECRET = "Sup3rS3cretHunter2"
KEY_FILE = {
    "type": "service_account",
    "project_id": "my-project",
    "client_email": "a@b",
    "private_key": "-----BEGIN PRIVATE KEY-----",
    "token_uri": "https://x",
}
GOOD: Mapping[str, Mapping[str, str]] = {
    "s3-credentials": {
        "bucket": "b",
        "endpoint": "https://minio:9000",
        "region": "r-1",
        "path": "a/b",
        "access-key": "AK",
        "secret-key": "SK",
        "s3-uri-style": "path",
        "tls-ca-chain": "[]",
    },
    "azure-storage": {
        "container": "backups",
        "storage-account": "acct",
        "secret-key": "a2V5",
        "endpoint": "https://acct.blob.core.windows.net",
        "resource-group": "group",
        "path": "a",
    },
    "gcs-credentials": {
        "bucket": "b",
        "path": "a",
        "secret-key": json.dumps(KEY_FILE),
        "endpoint": "https://x/storage/v1",
    },
}
SPELT = (
    "http:// https:/ https:// abfss:// :// @ : / ? # sig= % é [ ] { , .. \\ ٣ acct admin backups"
)
ODD = (
    " ",
    "\x00",
    "\n",
    "\x1b[31m",
    "\u202e",
    "\ud800",
    '"',
    ".blob.core.windows.net",
    "[" * 5000,
)
PIECES = st.sampled_from([*SPELT.split(), *ODD, "minio", "9000"])
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=[])),
    st.lists(PIECES, max_size=8).map("".join),
    st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps),
)


def storage(endpoint: str, fields: Mapping[str, str]) -> Storage | InvalidInput:
    try:
        return PROVIDERS[endpoint].storage(fields, "plugin:v1", "model/app")
    except InvalidInput as error:
        return error


def shown(found: Storage) -> Iterator[str]:
    """What of a storage other people see, and the lines of the rest."""
    yield from (found.provider, found.bucket, found.prefix)
    for config in (found.config, found.snapshot_config or {}):
        yield from (*config, *config.values())


def check(found: Storage | InvalidInput) -> None:
    if isinstance(found, InvalidInput):
        message = str(found)
        assert message.isprintable()
        assert len(message) < 300
        assert SECRET.lower() not in message.lower()
        return
    assert all(text.isprintable() and " " not in text for text in shown(found))
    for kept in (found.credential, found.ca_chain):
        assert kept.translate(dict.fromkeys(map(ord, "\t\r\n"))).isprintable()


@pytest.mark.parametrize("endpoint", PROVIDERS)
@given(data=st.data())
@settings(max_examples=150)
def test_any_text_in_one_field(endpoint: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(GOOD[endpoint])))
    check(storage(endpoint, {**GOOD[endpoint], field: data.draw(TEXTS)}))


@pytest.mark.parametrize("endpoint", PROVIDERS)
@given(data=st.data())
@settings(max_examples=50)
def test_any_text_in_every_field(endpoint: str, data: st.DataObject) -> None:
    names = [*GOOD[endpoint], *PRINCIPAL] if endpoint == "azure-storage" else GOOD[endpoint]
    check(storage(endpoint, {name: data.draw(TEXTS) for name in names}))


@pytest.mark.parametrize("endpoint", PROVIDERS)
@example(before="admin:", after="@minio:9000")
@example(before="https:/admin:", after="@minio/")
@example(before="https://minio/?sig=", after=" x")
@example(before="https://minio#", after="")
@example(before="https://admin%3A", after="%40minio/")
@example(before="abfss://u:", after="@acct.dfs.core.windows.net/")
@given(before=TEXTS, after=TEXTS)
@settings(max_examples=100)
def test_a_login_in_an_address_is_refused_and_not_shown(
    endpoint: str, before: str, after: str
) -> None:
    for address in (
        f"{before}{SECRET}@{after}",
        f"{before}{SECRET}{after}?",
        f"{before}?{SECRET}",
    ):
        found = storage(endpoint, {**GOOD[endpoint], "endpoint": address})
        assert isinstance(found, InvalidInput)
        check(found)


@pytest.mark.parametrize("endpoint", PROVIDERS)
@given(data=st.data())
@settings(max_examples=100)
def test_no_value_that_is_refused_is_shown(endpoint: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(GOOD[endpoint])))
    planted = f"{data.draw(TEXTS)}{SECRET}{data.draw(TEXTS)}"
    found = storage(endpoint, {**GOOD[endpoint], field: planted})
    if isinstance(found, InvalidInput):
        check(found)


@pytest.mark.parametrize("endpoint", PROVIDERS)
@pytest.mark.parametrize("space", [" ", "\n", "\t \r\n"])
def test_white_space_around_a_text_is_nothing(endpoint: str, space: str) -> None:
    padded = {key: f"{space}{value}{space}" for key, value in GOOD[endpoint].items()}
    assert storage(endpoint, padded) == storage(endpoint, GOOD[endpoint])
