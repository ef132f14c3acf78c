"""From the fields of the gcs interface to Velero's terms."""

import json
import traceback

import pytest

from velero.desired import Storage
from velero.errors import InvalidInput
from velero.storage.providers.gcs import GCS

ACCOUNT: dict[str, object] = {
    "type": "service_account",
    "project_id": "my-project",
    "client_email": "velero@my-project.iam.gserviceaccount.com",
    "private_key": "-----BEGIN PRIVATE KEY-----\nsensitive\n-----END PRIVATE KEY-----\n",
    "token_uri": "https://oauth2.googleapis.com/token",
}


def read(account: object = ACCOUNT, **fields: str) -> Storage:
    given = {"secret-key": json.dumps(account, indent=1), "bucket": "backups"} | {
        key.replace("_", "-"): value for key, value in fields.items()
    }
    return GCS().storage(given, "velero/velero-plugin-for-gcp:v1.14.3", "model/app")


def test_a_bucket_and_a_service_account() -> None:
    storage = read()
    assert (storage.provider, storage.bucket, storage.prefix) == ("gcp", "backups", "model/app")
    assert storage.config == {}
    assert json.loads(storage.credential) == ACCOUNT
    assert storage.snapshot_config == {"project": "my-project"}


def test_the_key_file_stays_as_it_was_given() -> None:
    text = json.dumps(ACCOUNT, indent=4)
    assert read(secret_key=f"\n{text}\n").credential == f"{text}\n"


def test_a_key_file_without_a_project_makes_no_snapshots() -> None:
    bare = {key: value for key, value in ACCOUNT.items() if key != "project_id"}
    assert read(bare).snapshot_config is None


def test_the_path_is_the_prefix() -> None:
    assert read(path="/a//b/").prefix == "a/b"


def test_another_server_of_the_same_protocol() -> None:
    wanted = {"storeEndpoint": "http://127.0.0.1:4443/storage/v1/"}
    assert read(endpoint="http://127.0.0.1:4443/storage/v1").config == wanted
    assert read(endpoint="http://127.0.0.1:4443/storage/v1/").config == wanted


def test_no_secret_is_shown() -> None:
    assert "sensitive" not in repr(read())


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        ([], "is no JSON object"),
        ("sensitive", "is no JSON object"),
        (ACCOUNT | {"type": None}, "type is not service_account"),
        (ACCOUNT | {"type": "authorized_user"}, "type is not service_account"),
        (ACCOUNT | {"type": ["service_account"]}, "type is not service_account"),
        (ACCOUNT | {"client_email": ""}, "has no client_email"),
        (ACCOUNT | {"private_key": None}, "has no private_key"),
        (ACCOUNT | {"private_key": "sensitive"}, "private_key is no PEM key"),
        (ACCOUNT | {"token_uri": 1}, "has no token_uri"),
        (ACCOUNT | {"project_id": 7}, "a value that is no text"),
        (ACCOUNT | {"more": {"sensitive": 1e999}}, "a value that is no text"),
        (ACCOUNT | {"Client_Email": "sensitive"}, "two names that differ in case alone"),
    ],
)
def test_a_key_file_on_which_the_plugin_would_fail_is_refused(
    account: object, reason: str
) -> None:
    with pytest.raises(InvalidInput) as invalid:
        read(account)
    assert invalid.value.where == "gcs-credentials: secret-key"
    assert reason in invalid.value.reason
    assert "sensitive" not in str(invalid.value)


@pytest.mark.parametrize("text", ["", "sensitive", '{"type": sensitive}'])
def test_a_text_that_is_no_json_is_not_shown_even_in_a_traceback(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no JSON; give the JSON key file") as invalid:
        read(secret_key=text)
    assert "sensitive" not in "".join(traceback.format_exception(invalid.value))


@pytest.mark.parametrize(
    ("fields", "where", "reason"),
    [
        ({"bucket": ""}, "bucket", "is missing"),
        ({"bucket": "gs://backups"}, "bucket", "is no name"),
        ({"path": ".."}, "path", "plain folder"),
        ({"endpoint": "127.0.0.1:4443"}, "endpoint", "no http or https URL"),
    ],
)
def test_what_cannot_be_used_is_named(fields: dict[str, str], where: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as invalid:
        read(**fields)
    assert invalid.value.where == f"gcs-credentials: {where}"
    assert reason in invalid.value.reason
