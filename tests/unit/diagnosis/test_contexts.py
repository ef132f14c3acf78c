"""Secrets that nobody knows, in places that tell that they are ones."""

import json
import string
import time
import urllib.parse
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from velero.diagnosis.redact import LONGEST, Redactor
from velero.diagnosis.shown import MARK

SIMPLE = string.ascii_letters + string.digits + "._~+-"
WORDS = st.text(SIMPLE, min_size=9, max_size=40).filter(
    lambda word: word[0].isalnum() and word[-1].isalnum() and len(set(word)) > 5
)
ANY = st.text(
    st.sampled_from(SIMPLE + string.punctuation + " ")
    | st.characters(exclude_categories=("C", "Z")),
    min_size=9,
    max_size=60,
).filter(lambda text: text == text.strip() and len(set(text)) > 5)
NAMES = st.sampled_from(
    ["password", "DB_PASSWORD", "clientSecret", "access-token", "aws_secret_access_key", "apiKey"]
)


def clean(text: str) -> str:
    return Redactor().text(text)


IN_TEXT = [
    "login with --password {} now",
    "login --db-password={} now",
    "--token '{}'",
    '["mysql", "--password", "{}"]',
    "args:\n- --password\n- {}\n",
    "mysql -u root:{} -h db",
    "password: |\n  {}\n  {}\nuser: me",
    "password: >-\n    {}\nuser: me",
    "a:\n  token: !!str |\n    {}\n\n    {}\nuser: me",
    "- apiKey: |2\n      {}\n",
    "passwords:\n- {}\n- {}\n",
    "password:\n  {}\n",
    "passphrase: correct {} staple\nuser: me",
    'password: "correct {} staple"',
    "password: 'it''s {} staple'",
    'password="with \\"quotes\\" {}"',
    'msg="got \\"password\\":\\"a\\\\\\"{}\\" here"',
    "<password>{}</password>",
    "<x:clientSecret a='b'>{}</x:clientSecret>",
    "<password><![CDATA[<{}>]]></password>",
    '<login user="me" password="{}"/>',
    '<entry key="db.password">{}</entry>',
    '<property name="password" value="{}"/>',
    "&lt;password&gt;{}&lt;/password&gt;",
    "\\u003cpassword\\u003e{}\\u003c/password\\u003e",
    "password%3D{}%26x",
    "https://a.blob.core.windows.net/c?sv=1&sig={}&se=2",
    "https:\\/\\/host\\/b?sig={}",
    "https://host/b?a=1\\u0026X-Amz-Signature={}",
    "sig={}&x=1",
    "Cookie: a=b; session={}; c=d",
    'Cookie: a="b"; c={}',
    "Set-Cookie: id={}; Path=/",
    "Authorization: {}",
    "Authorization: Negotiate {}",
    "authorization: AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature={}",
    "curl -H 'Authorization: token {}' http://host",
    "map[Accept:[*/*] Authorization:[Bearer {}] Host:[x]]",
    '{"Proxy-Authorization": ["Basic {}"]}',
    "X-Api-Key: {}",
    "postgres://me:{}@db:5432/x",
    "https://me:p@ss/{}@host/x",
    "https://me:{}/@/x@host:443/y?z",
    "https://me:a?b#{}@host/",
    "redis://:{}@cache:6379",
    "amqp://{}@queue",
    "admin:{}@minio:9000 cannot be reached",
    "me:{}@tcp(db:3306)/shop",
    '{"name": "DB_PASSWORD", "value": "{}"}',
    "- name: DB_PASSWORD\n  value: {}\n",
    "secret key: {}",
    "AccountKey={};EndpointSuffix=core.windows.net",
    "{{password={}, user=me}}",
    "password => {}",
]


@pytest.mark.parametrize("context", IN_TEXT)
@given(secret=WORDS)
@settings(max_examples=8)
def test_a_value_is_known_by_its_place(context: str, secret: str) -> None:
    text = context.replace("{}", secret)
    shown = clean(text)
    assert MARK in shown
    assert secret not in shown
    assert secret not in clean(f"time=1 level=info msg={json.dumps(text)} x=y")
    assert secret not in clean(json.dumps({"level": "info", "msg": text, "x": "y"}))


@given(NAMES, ANY)
@settings(max_examples=300)
def test_any_value_is_known_by_its_place_in_what_is_structured(name: str, secret: str) -> None:
    document: Any = {"user": "me", "inner": [{name: secret}, {name: [secret, secret]}], "n": 1}
    for text in (json.dumps(document), json.dumps(document, indent=1), json.dumps([document])):
        shown = clean(text)
        assert json.dumps(secret)[1:-1] not in shown
        assert "me" in shown
        json.loads(shown)
    nested = clean(json.dumps({"msg": json.dumps({"msg": json.dumps(document)})}))
    found = json.loads(json.loads(json.loads(nested)["msg"])["msg"])
    assert found["inner"] == [{name: MARK}, {name: [MARK, MARK]}]
    log = clean(f"a line\n{json.dumps(document)}\nanother\n")
    assert json.loads(log.splitlines()[1])["inner"][0] == {name: MARK}


@given(NAMES, ANY, st.sampled_from(["'", '"', "|", ">", None]))
@settings(max_examples=100)
def test_any_value_is_known_by_its_place_in_yaml(
    name: str, secret: str, style: str | None
) -> None:
    document = {"a": {name: secret, "user": "me"}, "b": "c"}
    shown = clean(yaml.safe_dump(document, default_style=style, allow_unicode=True))
    for at in range(len(secret) - 7):
        window = secret[at : at + 8]
        assert window not in shown.replace(MARK, "\0") or len(set(window)) < 4
    # Behind a backslash an end looks as an escape does: there more goes, never less
    assume(not secret.endswith("\\"))
    found = yaml.safe_load(shown)
    assert MARK in found["a"][name]
    assert found["a"]["user"] == "me"


@given(st.text(SIMPLE + "@/:?#!$&*()", min_size=9), st.sampled_from(["https", "s3", "amqp+x"]))
def test_a_password_in_a_url_goes_and_the_host_stays(password: str, scheme: str) -> None:
    password = f"x{password}x"
    shown = clean(f"get {scheme}://me:{password}@host.example:9000/path done")
    assert shown.endswith(f"{MARK}@host.example:9000/path done")
    assert urllib.parse.urlsplit(shown.split()[1]).hostname == "host.example"
    assert password not in shown


ORDINARY = """
time="2026-11-21T08:00:00Z" level=info msg="Backing up item" backup=m/b name=shop namespace=shop resource=pods logSource="pkg/backup/item_backupper.go:179"
level=error msg="Error getting backup store" error="rpc error: code = Unknown desc = operation error S3: ListObjectsV2, https response error StatusCode: 403, RequestID: 17A, HostID: dd, api error SignatureDoesNotMatch: The request signature we calculated does not match" controller=backup-storage-location
pods "db-0" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "db" must set securityContext.allowPrivilegeEscalation=false)
Get "https://minio.shop:9000/bucket/": dial tcp 10.1.2.3:9000: connect: connection refused
http://[::1]:9000/x is down, see https://velero.io/docs/v1.18/troubleshooting/#known-issues
secret-things: error restoring configmaps/a: already exists in the cluster
level=error msg="restore of secret-things: error" error="in secret-things: not found"
Authentication failed: the token has expired
secretName: velero-storage-1
unable to get key for secret: Secret "velero-storage-1" not found
automountServiceAccountToken: true
controller="restore operations" tokenFile=/var/run/secrets/x image=velero/velero:v1.18.3
goroutine 1 [running]: main.main() /go/src/main.go:12 +0x1d
{"level":"warning","msg":"retrying in 5s","pod":"shop/db-0","attempt":3}
failed to refresh cached credentials, no EC2 IMDS role found
50% of 100 items; A&B; C:\temp\new
kind: Secret, metadata: {name: x, namespace: shop}, type: Opaque
velero/velero-plugin-for-aws:v1.14.3@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
Backup m1.shop.backup-20261121080000 is PartiallyFailed: hooks failed in pod shop/db-0
""".strip().splitlines()  # noqa: E501 - lines of logs


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    known = ["one-known-secret", json.dumps({"type": "service_account", "private_key": "k" * 40})]
    assert Redactor(known).text(text) == text
    assert Redactor(known).text(json.dumps({"msg": text})) == json.dumps({"msg": text})


HOSTILE = [
    "a", "a.", "-", "http://", "http://a:", "://a@", "a=", 'a="', "password=", 'password="',
    'password=\\"', "password:\n", "password: |\n  x\n", "\n- ", "<a ", "<password>", "eyJ",
    "<password><![CDATA[", "-----BEGIN A-----", "-eyJ", "Cookie: ", 'Cookie:a="', "bearer ",
    "name: password, ", " ", "\\", "\t", "\n", "a:b@", "a:", '\\"', "--password ", "Aa0", MARK,
    '{"a":', "[", '{"a":"{', '"', "'", "%41", "&lt;", "\\u0041", "%5c&amp;", "password=)))a",
    '{"password":"x"}\n', "x: ", "s3cret-o", "\u00e9",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_time_grows_as_the_text_does(hostile: str) -> None:
    redactor = Redactor(["s3cret-of-the-shop", "http://http://", "a" * 50])

    def seconds(size: int) -> float:
        text = (hostile * (size // len(hostile) + 1))[:size]
        began = time.process_time()
        redactor.text(text)
        return time.process_time() - began

    small, large = seconds(2**13), seconds(2**16)
    assert large < 8 * 3 * max(small, 0.02), (small, large)


def test_a_text_that_is_too_long_is_cut_where_no_half_secret_is_left() -> None:
    secret = "correct-horse-battery"
    shown = Redactor([secret]).text("x " * (LONGEST // 2 - 5) + secret * 3)
    assert "correct" not in shown
    assert LONGEST - 5000 < len(shown) <= LONGEST
