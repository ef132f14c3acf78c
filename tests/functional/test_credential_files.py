"""Whatever key an integrator sends is read back from our file as it is, or was refused.

The readers of Velero and its plugins are the judge: `tools/credentials` holds them.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.cluster import tools
from tests.functional.judge import Judge, judging

from velero.errors import InvalidInput
from velero.storage.providers.known import PROVIDERS

SOURCE = tools.SOURCE / "credentials"
MODULES = ("github.com/aws/aws-sdk-go-v2/config", "github.com/vmware-tanzu/velero")
S3 = {"bucket": "backups", "access-key": "AK", "secret-key": "SK"}
AZURE = {"container": "backups", "storage-account": "acct", "secret-key": "a2V5"}
PRINCIPAL = {
    "subscription-id": "sub",
    "tenant-id": "tenant",
    "client-id": "client",
    "client-secret": "s3cret",
}
ACCOUNT = {
    "type": "service_account",
    "client_email": "a@b",
    "private_key": "-----BEGIN PRIVATE KEY-----",
    "token_uri": "https://x",
}
PIECES = st.sampled_from(
    [*"\"'#;=:[]{}$\\ \t", *"ab1é\u3000\u00a0", " #", " ;", "\\n", "\x00", "\n"]
)
KEYS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1),
    st.lists(PIECES, min_size=1, max_size=9).map("".join),
)
LISTS = st.lists(KEYS, min_size=20, max_size=20)
Read = list[list[dict[str, Any]]]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    folder = tmp_path_factory.mktemp("credentials")
    with judging("credentials", folder, folder, environment={"HOME": str(folder)}) as judge:
        yield judge


def written(endpoint: str, fields: Mapping[str, str]) -> str | None:
    """The credential file for an integrator's fields; None if they are refused."""
    try:
        return PROVIDERS[endpoint].storage(fields, "plugin:v1", "model/app").credential
    except InvalidInput:
        return None


def holds(judge: Judge, kind: str, files: list[tuple[str, Mapping[str, str]]]) -> None:
    """Every reader finds in each file what it is to hold."""
    read: Read = judge.ask({"Kind": kind, "Files": [content for content, _ in files]})
    for (content, wanted), found in zip(files, read, strict=True):
        for each in found:
            assert not each["Error"], content
            assert {name: each["Values"][name] for name in wanted} == wanted


@given(keys=LISTS, secrets=LISTS)
@example(keys=["AK"], secrets=["pa55 #w0rd;x"])
@example(keys=["AK"] * 4, secrets=['"', "'", "'a'", '"a"'])
@settings(deadline=None, max_examples=300)
def test_the_keys_of_an_s3_store(judge: Judge, keys: list[str], secrets: list[str]) -> None:
    files: list[tuple[str, Mapping[str, str]]] = []
    for key, secret in zip(keys, secrets, strict=False):
        content = written("s3-credentials", {**S3, "access-key": key, "secret-key": secret})
        names = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        wanted = {name: text.strip() for name, text in names.items()} | {"aws_session_token": ""}
        files += [(content, wanted)] if content else []
    holds(judge, "s3", files)


@given(secrets=LISTS)
@example(secrets=["a#b'c#d#e", 'a#b"c#d#e', "it's", "a'b\"", "\\'", "$HOME", "'$HOME", "'#"])
@settings(deadline=None, max_examples=300)
def test_the_secret_of_a_service_principal(judge: Judge, secrets: list[str]) -> None:
    files: list[tuple[str, Mapping[str, str]]] = []
    for secret in secrets:
        content = written("azure-storage", {**AZURE, **PRINCIPAL, "client-secret": secret})
        wanted = {"AZURE_CLIENT_SECRET": secret.strip(), "AZURE_CLOUD_NAME": "AzurePublicCloud"}
        files += [(content, wanted)] if content else []
    holds(judge, "azure", files)


@given(keys=st.lists(st.binary(min_size=1), min_size=20, max_size=20))
@settings(deadline=None, max_examples=50)
def test_the_key_of_a_storage_account(judge: Judge, keys: list[bytes]) -> None:
    texts = [base64.b64encode(key).decode() for key in keys]
    files = [(written("azure-storage", {**AZURE, "secret-key": text}), text) for text in texts]
    name = "AZURE_STORAGE_ACCOUNT_ACCESS_KEY"
    holds(judge, "azure", [(content or "", {name: text}) for content, text in files])


VALUES = st.one_of(KEYS, st.none(), st.integers(), st.floats(), st.lists(st.integers()))
NAMES = st.one_of(KEYS, st.sampled_from(["Type", "client_emaiL", "project_id", "to\u212aen_uri"]))


@given(
    documents=st.lists(st.dictionaries(NAMES, VALUES, max_size=3), min_size=20, max_size=20),
    email=KEYS,
    ascii_only=st.booleans(),
)
@example(documents=[{"x": 10**400}, {"x": float("nan")}], email="a@b", ascii_only=True)
@settings(deadline=None, max_examples=200)
def test_the_key_file_of_a_service_account(
    judge: Judge, documents: list[dict[str, Any]], email: str, *, ascii_only: bool
) -> None:
    files: list[tuple[str, Mapping[str, str]]] = []
    for document in documents:
        wanted = {**ACCOUNT, "client_email": email}
        text = json.dumps({**document, **wanted}, ensure_ascii=ascii_only)
        content = written("gcs-credentials", {"bucket": "backups", "secret-key": text})
        files += [(content, wanted)] if content else []
    holds(judge, "google", files)


@pytest.mark.parametrize(
    "secret", ["pa55#w0rd;x", "a;b", "it's", '"', "[default]", "é ü", "a=b:c"]
)
def test_what_the_file_can_hold_is_not_refused(secret: str) -> None:
    assert written("s3-credentials", {**S3, "secret-key": secret})


@pytest.mark.parametrize("secret", ["a#b", "it's", 'say "x"', "a b", "$HOME", "a\\b", "~._-"])
def test_what_quotes_can_hold_is_not_refused(secret: str) -> None:
    assert written("azure-storage", {**AZURE, **PRINCIPAL, "client-secret": secret})


@pytest.mark.parametrize("module", MODULES)
def test_the_judge_has_the_versions_of_what_is_judged(module: str) -> None:
    versions = [
        re.findall(rf"{re.escape(module)} (v\S+)", (folder / "go.mod").read_text())
        for folder in (SOURCE, tools.SOURCE)
    ]
    assert versions[0] == versions[1]
    assert versions[0]
