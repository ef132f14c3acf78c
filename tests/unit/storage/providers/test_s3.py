"""From the fields of the s3 interface to Velero's terms."""

import base64
import json
from collections.abc import Callable

import pytest

from velero.desired import Storage
from velero.errors import InvalidInput
from velero.storage.providers.s3 import S3

KEYS = {"access-key": "AK", "secret-key": "sensitive-key", "bucket": "backups"}


def read(**fields: str) -> Storage:
    given = KEYS | {key.replace("_", "-"): value for key, value in fields.items()}
    return S3().storage(given, "velero/velero-plugin-for-aws:v1.14.3", "model/app")


def test_aws_needs_no_endpoint() -> None:
    storage = read(region="eu-west-1")
    assert storage.config == {"region": "eu-west-1", "s3ForcePathStyle": "false"}
    assert (storage.bucket, storage.prefix, storage.provider) == ("backups", "model/app", "aws")


def test_snapshots_are_of_aws_proper_and_of_a_known_region() -> None:
    assert read(region="eu-west-1").snapshot_config == {"region": "eu-west-1"}
    assert read().snapshot_config is None
    assert read(region="eu-west-1", endpoint="http://10.0.0.5:9000").snapshot_config is None


@pytest.mark.parametrize("endpoint", ["https://s3.amazonaws.com", "https://s3.amazonaws.com/"])
def test_the_global_endpoint_of_aws_is_left_to_the_region(endpoint: str) -> None:
    assert "s3Url" not in read(endpoint=endpoint, region="eu-west-1").config


def test_another_store_gets_its_url_a_region_and_path_style() -> None:
    assert read(endpoint="http://10.0.0.5:9000/").config == {
        "s3Url": "http://10.0.0.5:9000",
        "checksumAlgorithm": "",
        "region": "us-east-1",
        "s3ForcePathStyle": "true",
    }


@pytest.mark.parametrize(
    ("style", "forced"), [("path", "true"), ("host", "false"), ("virtual", "false")]
)
def test_the_uri_styles_of_both_interface_and_integrator(style: str, forced: str) -> None:
    assert read(endpoint="http://x", s3_uri_style=style).config["s3ForcePathStyle"] == forced


@pytest.mark.parametrize(
    "field", ["storage-class", "attributes", "s3-api-version", "delete-older-than-days"]
)
def test_what_the_plugin_has_no_setting_for_changes_nothing(field: str) -> None:
    assert read(region="eu-west-1", **{field: "1"}) == read(region="eu-west-1")


@pytest.mark.parametrize(
    ("secret", "line"),
    [
        ("pa55#w0rd;x", "pa55#w0rd;x"),
        ('"', '"""'),
        ("'", '"\'"'),
        ('"quoted"', '""quoted""'),
        ("it's", "it's"),
    ],
)
def test_a_secret_key_is_quoted_where_the_file_would_lose_its_quotes(
    secret: str, line: str
) -> None:
    assert f"aws_secret_access_key={line}\n" in read(secret_key=secret).credential


def test_a_bucket_that_is_called_as_the_host_is_no_path() -> None:
    endpoint = "https://backups.example.com"
    assert read(bucket="backups.example.com", endpoint=endpoint).config["s3Url"] == endpoint


def test_a_path_of_the_endpoint_is_kept_for_the_plugin() -> None:
    assert read(endpoint="https://nas.example/s3/").config["s3Url"] == "https://nas.example/s3"


def test_a_bucket_of_digits_stays_text() -> None:
    assert read(bucket="123").bucket == "123"


@pytest.mark.parametrize(
    ("path", "prefix"),
    [("", "model/app"), ("/", "model/app"), ("/a//b/", "a/b"), ("velero", "velero")],
)
def test_the_path_is_the_prefix(path: str, prefix: str) -> None:
    assert read(path=path).prefix == prefix


def test_the_credential_is_a_file_of_the_aws_sdk_and_is_not_shown() -> None:
    storage = read()
    assert storage.credential == (
        "[default]\naws_access_key_id=AK\naws_secret_access_key=sensitive-key\n"
    )
    assert "sensitive-key" not in repr(storage)


def as_json_list(pem: str) -> str:
    return json.dumps([pem])


def as_base64(pem: str) -> str:
    return base64.b64encode(pem.encode()).decode()


def as_base64_list(pem: str) -> str:
    return json.dumps([as_base64(pem)])


@pytest.mark.parametrize("encode", [as_json_list, as_base64, as_base64_list, str])
def test_a_ca_chain_in_any_of_the_encodings_in_use(encode: Callable[[str], str], pem: str) -> None:
    assert read(tls_ca_chain=encode(pem)).ca_chain.strip() == pem.strip()


def test_no_ca_chain_is_none() -> None:
    assert read(tls_ca_chain="").ca_chain == ""
    assert read(tls_ca_chain="[]").ca_chain == ""


BROKEN_PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"


@pytest.mark.parametrize(
    ("fields", "where", "reason"),
    [
        ({"bucket": ""}, "bucket", "is missing"),
        ({"bucket": "a/b"}, "bucket", "is no name"),
        ({"bucket": "a,b"}, "bucket", "is no name"),
        ({"endpoint": "minio:9000"}, "endpoint", "no http or https URL"),
        ({"endpoint": "ftp://x"}, "endpoint", "no http or https URL"),
        ({"endpoint": "http://"}, "endpoint", "no http or https URL"),
        ({"endpoint": "http://x:port"}, "endpoint", "no http or https URL"),
        ({"endpoint": "http://[::1"}, "endpoint", "no http or https URL"),
        ({"endpoint": "http://x,insecureSkipTLSVerify=true"}, "endpoint", "no http"),
        ({"endpoint": "http://u:hunter2@x"}, "endpoint", "user or password"),
        ({"endpoint": "http://x?a=b"}, "endpoint", "query"),
        ({"s3_uri_style": "both"}, "s3-uri-style", "none of path, host, virtual"),
        ({"path": "../other"}, "path", "plain folder"),
        ({"tls_ca_chain": "not a certificate"}, "tls-ca-chain", "is no PEM certificate"),
        ({"tls_ca_chain": BROKEN_PEM}, "tls-ca-chain", "cannot be read"),
        ({"secret_key": "sensitive\n[other]"}, "secret-key", "line break"),
        ({"secret_key": "pa55 #sensitive;x"}, "secret-key", "a blank before # or ;"),
        ({"access_key": "sensitive ;x"}, "access-key", "a blank before # or ;"),
        ({"secret_key": "sensitive" * 500}, "secret-key", "longer than 4096"),
        ({"bucket": "arn:aws:s3:::backups"}, "bucket", "is an ARN"),
        ({"bucket": "ARN:aws:s3:eu-west-1:1:accesspoint/b"}, "bucket", "alias of the access"),
        ({"endpoint": "http://10.0.0.5:9000/backups"}, "endpoint", "ends with the bucket's name"),
        ({"endpoint": "https://nas.example/s3/backups/"}, "endpoint", "an option of its own"),
        ({"access_key": " "}, "access-key", "is missing"),
    ],
)
def test_what_cannot_be_used_is_named_without_the_secret(
    fields: dict[str, str], where: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as invalid:
        read(**fields)
    assert invalid.value.where == f"s3-credentials: {where}"
    assert reason in invalid.value.reason
    assert "sensitive" not in str(invalid.value)
    assert "hunter2" not in str(invalid.value)
