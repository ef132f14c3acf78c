"""No secret stays, and what is none does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.diagnosis.redact import Redactor
from velero.diagnosis.shown import MARK
from velero.kubernetes.resources import Object

SECRET = "s3cret-of-the-shop"


@pytest.mark.parametrize(
    "text",
    [
        f"using password: {SECRET} now",
        f"password={SECRET}",
        f'{{"client_secret": "{SECRET}"}}',
        json.dumps(json.dumps({"token": SECRET})),
        f"auth:\n  secret: {SECRET}\n",
        f"https://user:{SECRET}@proxy:3128/",
        f"https://{SECRET}@proxy:3128/",
        f"GET https://s3/b/k?X-Amz-Signature={SECRET}&x=1 done",
        f"aws_secret_access_key = {SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"Authorization: Basic {SECRET}",
        f"DefaultEndpointsProtocol=https;AccountKey={SECRET};EndpointSuffix=x",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET} and no end",
        f"--private-key='{SECRET}'",
    ],
)
def test_what_is_called_a_secret_is_taken_out(text: str) -> None:
    shown = Redactor().text(text)
    assert SECRET not in shown
    assert MARK in shown


@pytest.mark.parametrize(
    "text",
    [
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJl",
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY2",
        "dGhpcyBpcyBhIHNlY3JldCAxMjM0NTY3OA==",
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str) -> None:
    assert Redactor().text(f"got {text} there") == f"got {MARK} there"


@pytest.mark.parametrize(
    "text",
    [
        "Could not list secrets: Kubernetes API: 403 Forbidden",
        'unable to get key for secret: Secret "velero-storage-1" not found',
        'time="2026-11-21T08:00:00Z" level=error msg="x" logSource="pkg/x/secret_store.go:52"',
        "operation error S3: ListObjectsV2, https response error StatusCode: 403",
        "Backup m1.shop.backup-20261121080000 is PartiallyFailed",
        "github.com/vmware-tanzu/velero/pkg/controller.(*backupReconciler).Reconcile",
        "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f",
        "velero@sha256:" + "0123456789abcdef" * 4,
        "juju config velero-operator velero-aws-plugin-image=velero/velero-plugin-for-aws:v1.14.3",
        "No token was found",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor().text(text) == text


CREDENTIAL = f"[default]\naws_access_key_id=velero\naws_secret_access_key={SECRET}\n"
GOOGLE = json.dumps({"private_key": f"-----BEGIN\n{SECRET}1\n{SECRET}2\n", "type": "account"})


@pytest.mark.parametrize("known", [SECRET, CREDENTIAL, f"  {SECRET}\n", f'password: "{SECRET}"'])
@pytest.mark.parametrize("form", ["{}", "x{}y", '"{}"', "a {} b {}"])
def test_the_value_of_a_secret_is_found_wherever_it_stands(known: str, form: str) -> None:
    if known.startswith("password"):
        known = known.partition('"')[2].strip('"')
    assert SECRET not in Redactor([known]).text(form.format(SECRET, SECRET))


def test_lines_within_json_and_other_ways_to_write_a_value_are_found() -> None:
    redactor = Redactor([GOOGLE, "with/slash and space"])
    assert redactor.text(f"at {SECRET}1") == f"at {MARK}"
    assert redactor.text("with%2Fslash%20and%20space") == MARK
    assert redactor.text("d2l0aC9zbGFzaCBhbmQgc3BhY2U") == MARK
    assert redactor.text("type account of velero") == "type account of velero"


@given(st.text(min_size=8).filter(lambda text: text.strip() == text and len(text) >= 8))
def test_any_value_that_is_long_enough_is_taken_out(secret: str) -> None:
    shown = Redactor([secret]).text(f"before {secret} after")
    assert secret not in shown or secret in f"before {MARK} after"


def test_of_objects_only_harmless_fields_are_shown() -> None:
    container: Object = {
        "name": "velero",
        "command": ["/velero", "sh -c 'curl -u me:pass'"],
        "args": ["server", "--log-level=debug", f"--unknown={SECRET}", f"{SECRET} x"],
        "env": [
            {"name": "VELERO_SCRATCH_DIR", "value": "/scratch"},
            {"name": "MINE", "value": "hidden"},
            {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            {"name": "HTTPS_PROXY", "value": "http://me:hidden@proxy:3128"},
        ],
        "livenessProbe": {"exec": {"command": ["hidden"]}},
    }
    pod: Object = {
        "metadata": {
            "annotations": {"velero.io/source": "x", "mine": "hidden"},
            "managedFields": [{"time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:hidden": {}}}],
        },
        "spec": {"containers": [container], "hooks": {"resources": ["hidden"]}},
        "data": {"key": "hidden"},
        "config": {"region": "r", "mine": "hidden"},
        "apiToken": "hidden",
        "credential": {"name": "velero-storage-1", "key": "cloud"},
    }
    shown = Redactor().object(pod)
    assert "hidden" not in json.dumps(shown)
    assert SECRET not in json.dumps(shown)
    [container] = shown["spec"]["containers"]
    assert container["args"] == ["server", "--log-level=debug", f"--unknown={MARK}", MARK]
    assert container["command"] == ["/velero", MARK]
    assert container["env"][0]["value"] == "/scratch"
    assert container["env"][2]["valueFrom"]["secretKeyRef"]["name"] == "s"
    assert container["env"][3]["value"] == f"http://{MARK}@proxy:3128"
    assert shown["metadata"]["annotations"] == {"velero.io/source": "x", "mine": MARK}
    assert shown["config"] == {"region": "r", "mine": MARK}
    assert shown["credential"] == {"name": "velero-storage-1", "key": "cloud"}
