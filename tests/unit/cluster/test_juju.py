import os
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from tests.cluster import integrators
from tests.cluster.juju import Juju, JujuError
from tests.unit.cluster.small_charm import SMALL

S3: dict[str, integrators.Field] = {
    "access_key": "AK",
    "secret_key": "SK",
    "bucket": "backups",
    "endpoint": "https://s3.example:9000",
    "tls_ca_chain": ["-----BEGIN CERTIFICATE-----"],
}


@pytest.fixture
def juju() -> Juju:
    return Juju({"KUBECONFIG": "/there"}, app="velero", charm=SMALL)


def names(juju: Juju) -> list[str]:
    return [event.name for event in juju.history]


def test_deploy_sends_what_a_controller_sends_at_the_start(juju: Juju) -> None:
    juju.deploy()
    assert names(juju) == ["install", "leader-elected", "config-changed", "start"]
    assert juju.status.unit(0).name == "active"
    assert str(juju.status.health) == "active: planned 1"
    assert juju.status.version == "v1"
    assert "KUBECONFIG" not in os.environ


def test_stored_state_and_files_survive_until_the_pod_is_replaced(juju: Juju) -> None:
    juju.deploy()
    juju.update_status()
    assert juju.status.unit().message.startswith("4 events")
    juju.refresh()
    assert names(juju)[-4:] == ["stop", "upgrade-charm", "config-changed", "start"]
    assert juju.status.unit().message.startswith("1 events")


def test_s3_of_version_1_answers_with_a_secret_once_it_was_asked(juju: Juju) -> None:
    juju.deploy()
    relation = juju.integrate("s3-credentials", integrators.s3(S3))
    endpoint = "s3-credentials-relation-"
    assert names(juju)[4:] == [
        *(f"{endpoint}{kind}" for kind in ("created", "joined", "changed", "changed"))
    ]
    assert relation.remote.data["version"] == "1"
    assert relation.remote.data["tls-ca-chain"] == '["-----BEGIN CERTIFICATE-----"]'
    assert "access-key" not in relation.remote.data
    assert relation.app_data["requested-secrets"] == '["access-key", "secret-key"]'
    assert "bucket=backups key=SK" in juju.status.unit().message


def test_legacy_s3_waits_for_a_bucket_and_answers_in_clear(juju: Juju) -> None:
    juju.deploy()
    relation = juju.integrate("s3-credentials", integrators.legacy_s3(S3))
    assert relation.app_data["bucket"] == f"relation-{relation.id}"
    assert relation.remote.data["secret-key"] == "SK"
    assert "version" not in relation.remote.data
    assert "bucket=backups key=SK" in juju.status.unit().message


def test_azure_and_gcs_are_served_by_their_libraries(juju: Juju) -> None:
    juju.deploy()
    azure = integrators.azure(secret_key="azure", container="c", storage_account="acct")
    juju.integrate("azure-storage-credentials", azure)
    juju.integrate("gcs-credentials", integrators.gcs(secret_key="gcs", bucket="b"))
    assert juju.status.unit().message.endswith("key=azuregcs")


def test_a_rotated_secret_is_announced_to_every_unit(juju: Juju) -> None:
    juju.deploy()
    juju.add_unit()
    juju.integrate("s3-credentials", integrators.s3(S3))
    before = len(juju.history)
    juju.rotate_secret("s3-credentials", secret_key="new")
    assert names(juju)[before:] == ["secret-changed"] * 2
    assert juju.status.unit(0).message.endswith("key=new")
    assert juju.status.unit(1).message.endswith("key=new")
    juju.update_status()
    assert names(juju)[before + 2 :] == ["update-status"] * 2


def test_changed_data_is_told_and_unchanged_data_is_not(juju: Juju) -> None:
    juju.deploy()
    juju.integrate("s3-credentials", integrators.s3(S3))
    before = len(juju.history)
    juju.set_data("s3-credentials", bucket="other")
    assert names(juju)[before:] == ["s3-credentials-relation-changed"]
    assert "bucket=other" in juju.status.unit().message
    juju.set_data("s3-credentials", bucket="other")
    assert len(juju.history) == before + 1


def test_a_plain_databag_is_a_remote_too_and_two_on_one_endpoint_are_told_apart(
    juju: Juju,
) -> None:
    juju.deploy()
    first = juju.integrate("s3-credentials", {"version": "1", "bucket": "one"})
    second = juju.integrate("s3-credentials", {"version": "1", "bucket": "two"})
    with pytest.raises(JujuError, match="has 2 relations"):
        juju.break_relation("s3-credentials")
    juju.break_relation(first)
    assert names(juju)[-2:] == [
        "s3-credentials-relation-departed",
        "s3-credentials-relation-broken",
    ]
    assert juju.integrations == [second]


def test_units_share_the_application_and_the_last_one_plans_none(juju: Juju) -> None:
    juju.deploy()
    juju.integrate("s3-credentials", integrators.s3(S3))
    assert juju.add_unit() == 1
    assert "key=SK" in juju.status.unit(1).message
    assert juju.run("echo", unit=1, text="hi").results["password"] == "s3cret"
    juju.elect(1)
    assert juju.status.leader == "velero/1"
    juju.remove_unit()
    assert juju.status.leader == "velero/0"
    assert list(juju.status.units) == ["velero/0"]
    juju.remove()
    assert names(juju)[-4:] == [
        "s3-credentials-relation-departed",
        "s3-credentials-relation-broken",
        "stop",
        "remove",
    ]
    assert juju.status.health.name == "unknown"
    assert juju.status_table().endswith('Model "models-name" is empty.')
    juju.deploy()
    assert list(juju.status.units) == ["velero/0"]


def test_an_action_returns_results_progress_and_failure(juju: Juju) -> None:
    juju.deploy()
    result = juju.run("echo", text="hi", how_often=2)
    assert result.results["text"] == "hi hi"
    assert result.log == ["working"]
    assert not result.failed
    failure = juju.run("echo", {"text": "hi", "how-often": 0})
    assert (failure.failed, failure.message) == (True, "nothing to say")
    assert names(juju)[-1] == "echo"


def test_juju_refuses_what_juju_would_refuse(juju: Juju) -> None:
    juju.deploy()
    with pytest.raises(JujuError, match="missing"):
        juju.run("echo")
    with pytest.raises(JujuError, match="not defined"):
        juju.run("shout")
    with pytest.raises(JujuError, match="unknown option"):
        juju.config(nothing=1)
    with pytest.raises(JujuError, match="already deployed"):
        juju.deploy()
    with pytest.raises(JujuError, match="no endpoint"):
        juju.integrate("nowhere", {})


def test_a_failed_hook_is_an_error_until_it_is_retried(juju: Juju) -> None:
    with pytest.raises(ZeroDivisionError, match="told to"):
        juju.deploy({"broken": True})
    assert isinstance(juju.history[-1].error, ZeroDivisionError)
    assert str(juju.status.unit()) == 'error: hook failed: "install"'
    with pytest.raises(ZeroDivisionError):
        juju.resolve()
    with pytest.raises(ZeroDivisionError):
        juju.resolve(retry=False)
    assert str(juju.history[-1].status) == 'error: hook failed: "leader-elected"'
    juju.config(broken=None)
    assert names(juju)[-4:] == ["leader-elected", "config-changed", "start", "config-changed"]
    assert juju.status.unit().name == "active"
    with pytest.raises(JujuError, match="no unit is in error"):
        juju.resolve()


def test_the_table_reads_like_juju_status(juju: Juju) -> None:
    juju.deploy()
    juju.integrate("s3-credentials", {"version": "1"})
    assert juju.status_table() == (
        "Model        Controller\n"
        "models-name  ops.testing\n"
        "\n"
        "App     Version  Status  Scale  Charm  Message\n"
        "velero  v1       active  1      small  planned 1\n"
        "\n"
        "Unit       Workload  Agent  Message\n"
        "velero/0*  active    idle   3 events, bucket= key=\n"
        "\n"
        "Integration provider   Requirer               Interface  Type\n"
        "remote:s3-credentials  velero:s3-credentials  s3         regular"
    )


def test_what_the_charm_logs_aloud_is_in_the_history(juju: Juju) -> None:
    juju.deploy()
    juju.integrate("s3-credentials", {"version": "1"})
    assert any("mandatory fields" in line for line in juju.history[-1].log)
    assert juju.history[-1].log_lines > len(juju.history[-1].log)
    assert juju.history[-1].seconds > 0


def test_every_event_runs_in_the_context_that_was_asked_for() -> None:
    running: list[str] = []

    @contextmanager
    def around(event: str) -> Generator[None]:
        running.append(event)
        yield
        running.append("end")

    Juju({"KUBECONFIG": "/there"}, charm=SMALL, around=around).deploy()
    assert running[:4] == ["install", "end", "leader-elected", "end"]
