"""What others may send or plant, on the real parts: no hook fails, and nothing secret is shown."""

import json

import pytest
from tests.cluster import integrators
from tests.functional.model import S3, Model

METRICS = "metrics-endpoint"
DASHBOARD = "grafana-dashboard"
DEEP = "[" * 100_000
PLANTED = "Sup3rS3cretHunter2"


def test_junk_in_the_databags_of_others_fails_no_hook_and_is_said(model: Model) -> None:
    model.ready()
    consumer = integrators.DataBag({}, app="prometheus", endpoint=METRICS)
    relation = model.juju.integrate(METRICS, consumer)
    for junk in (
        "[]",
        "1",
        "null",
        DEEP,
        "\x1b[2J\u202e",
        '{"errors": [{"\\ud800": ["\\u0000"]}]}',
    ):
        model.juju.set_data(relation, event=junk)
        name, message = model.unit()
        assert name == "active"
        assert message.startswith("prometheus ")
        assert message.isprintable()
        model.juju.update_status()
    model.juju.set_data(relation, event="{}")
    assert model.unit() == ("active", "")
    assert all(event.error is None for event in model.juju.history)


def test_junk_from_a_storage_integrator_blocks_and_is_mended_by_good_data(model: Model) -> None:
    model.deploy()
    junk = {"version": "x", "tls-ca-chain": DEEP, "secret-extra": "a b"}
    remote = integrators.DataBag({**model.credentials(), **junk}, app="s3", endpoint=S3)
    relation = model.juju.integrate(S3, remote)
    assert model.unit() == (
        "blocked",
        "Invalid storage data: s3-credentials: secret-extra: is no secret's id; integrate it anew",
    )
    model.juju.set_data(relation, secret_extra=None, **model.credentials())
    for chain in (DEEP, "é", json.dumps([1, None])):
        model.juju.set_data(relation, tls_ca_chain=chain)
        name, message = model.unit()
        assert name == "blocked"
        assert "s3-credentials: tls-ca-chain: is no PEM certificate" in message
    model.juju.set_data(relation, tls_ca_chain=None)
    assert model.unit() == ("active", "")
    assert all(event.error is None for event in model.juju.history)


@pytest.mark.parametrize(
    "endpoint",
    [
        f"admin:{PLANTED}@minio:9000",
        f"https:/admin:{PLANTED}@minio/",
        f"https://minio/?sig={PLANTED} x",
        f"https://admin%3A{PLANTED}%40minio",
        f"https://minio/\x7f{PLANTED}",
    ],
)
def test_a_login_in_an_endpoint_is_nowhere_to_be_seen(model: Model, endpoint: str) -> None:
    model.deploy()
    model.relate(endpoint=endpoint)
    name, message = model.unit()
    assert name == "blocked"
    assert message.startswith("Invalid storage data: s3-credentials: endpoint: has a ")
    assert PLANTED not in model.juju.status_table() + model.logged() + message
    assert PLANTED not in json.dumps([*model.api.everything().values()])
