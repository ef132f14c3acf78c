"""Every option, right and wrong, and what it means for Velero's workloads."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from ops import testing
from pydantic import AfterValidator, ValidationError
from tests.cluster.application import Charm

from charms.velero_libs.v0.velero_backup_config import normalize_schedule, quote
from options import models, settings, values
from velero.errors import InvalidInput

ROOT = Path(__file__).parents[3]
DECLARED: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "config.yaml").read_text())["options"]
CONCERNS = settings.Options.__annotations__


def load(**given: object) -> settings.Options:
    """The options as Juju would give them, underscores for dashes."""
    values = {name.replace("-", "_"): each.get("default") for name, each in DECLARED.items()}

    def load_config(model: type[models.Concern], errors: str) -> models.Concern:
        assert errors == "raise"
        return model.model_validate({**values, **given})

    return settings.Options.load(cast("Any", SimpleNamespace(load_config=load_config)))


def test_every_declared_option_is_read_by_one_concern_and_no_other_is() -> None:
    loaded = load()
    concerns: list[models.Concern] = [getattr(loaded, slot) for slot in CONCERNS]
    read: list[str] = [field for each in concerns for field in type(each).model_fields]
    assert sorted(field.replace("_", "-") for field in read) == sorted(DECLARED)


@pytest.mark.parametrize("option", DECLARED)
def test_every_option_has_a_type_a_default_and_a_description(option: str) -> None:
    declared = DECLARED[option]
    assert {"type", "default", "description"} == set(declared)
    assert len(declared["description"]) > 40


@pytest.mark.parametrize("option", DECLARED)
def test_every_option_says_its_default_and_what_a_change_does(option: str) -> None:
    text, default = " ".join(DECLARED[option]["description"].split()), DECLARED[option]["default"]
    shown = str(default).lower() if isinstance(default, bool) else str(default) or "Empty"
    said = {f"{shown} (default)", f"Default: {shown}"}
    if option.endswith("-image"):  # the version stands in the default alone
        said = {"Default: Velero's own, of the version"}
    assert any(each in text for each in said)
    assert re.search(r"A change (to \w+ )?(restarts|counts|updates|starts)\b", text)


@pytest.mark.parametrize(
    ("concern", "check", "unit"),
    [
        (models.Resources, values.bound, r"in cores, .* 500m|in bytes, .* \d+[MG]i;"),
        (models.Server, values.duration, r"at least 1m, for example \d+h"),
        (models.Server, values.ttl, r"at least 1h, for example \d+d"),
    ],
)
def test_a_quantity_and_a_duration_say_their_unit(
    concern: type[models.Concern], check: Callable[[str], str], unit: str
) -> None:
    checked = [
        name.replace("_", "-")
        for name, field in concern.model_fields.items()
        if any(isinstance(each, AfterValidator) and each.func is check for each in field.metadata)
    ]
    assert checked
    for name in checked:
        text = " ".join(DECLARED[name]["description"].split())
        assert re.search(unit, text), name


@pytest.mark.parametrize("option", [n for n, each in DECLARED.items() if each["type"] == "int"])
def test_a_number_says_what_it_counts_and_what_is_taken(option: str) -> None:
    text = DECLARED[option]["description"]
    assert text.startswith("How many ")
    assert "1 (default) to 100" in text


def test_juju_gives_the_options_as_we_take_them() -> None:
    charm = Charm.ours()
    context = testing.Context(
        charm.type, meta=dict(charm.meta), actions=dict(charm.actions), config=dict(charm.config)
    )
    with context(context.on.update_status(), testing.State()) as manager:
        assert settings.Options.load(manager.charm).images.velero_image.startswith("velero/")


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        ({"use_node_agent": True}, "--use-node-agent"),
        ({"use_node_agent": True, "privileged_node_agent": True}, "--privileged-node-agent"),
        (
            {"use_node_agent": True, "default_volumes_to_fs_backup": True},
            "--default-volumes-to-fs-backup",
        ),
        ({"enable_csi": True}, "--features=EnableCSI"),
        ({"garbage_collection_frequency": "1d"}, "--garbage-collection-frequency=24h"),
        ({"concurrent_backups": 3}, "--concurrent-backups=3"),
        ({"server_memory_limit": "4Gi"}, "--velero-pod-mem-limit=4Gi"),
        ({"server_cpu_limit": ""}, "--velero-pod-cpu-limit=0"),
        ({"node_agent_cpu_request": "1"}, "--node-agent-pod-cpu-request=1"),
        ({"kubelet_root_dir": "/var/snap/k"}, "--kubelet-root-dir=/var/snap/k"),
        ({"pod_labels": "a=b"}, "--pod-labels=a=b"),
        ({"restore_only": True}, "--restore-only"),
    ],
)
def test_what_install_has_a_flag_for_is_a_flag(given: Mapping[str, object], flag: str) -> None:
    assert flag in load(**given).settings().install_flags


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"log_level": "debug"}, "--log-level=debug"),
        ({"default_backup_ttl": "30d"}, "--default-backup-ttl=720h"),
        ({"extra_server_args": "--client-qps=5"}, "--client-qps=5"),
        ({"repository_config": '{"cacheLimitMB": 1}'}, "--backup-repository-configmap="),
        ({"repo_maintenance_config": '{"global": {}}'}, "--repo-maintenance-job-configmap="),
    ],
)
def test_the_rest_is_an_argument_of_the_server(given: Mapping[str, object], argument: str) -> None:
    assert any(arg.startswith(argument) for arg in load(**given).settings().server_args)


def test_defaults_add_no_arguments() -> None:
    assert load().settings().server_args == ()
    assert load().settings().config_maps == {}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"log_level": "loud"}, "'trace', 'debug'"),
        ({"default_backup_ttl": "banana"}, "banana"),
        ({"default_backup_ttl": "-1h"}, "negative"),
        ({"default_backup_ttl": "0"}, "is less than 1h: backups would be deleted with their data"),
        ({"default_backup_ttl": "59m59s"}, "for example 30d"),
        ({"pod_volume_operation_timeout": "1s"}, "is less than 1m; for example 1h"),
        ({"garbage_collection_frequency": "1ms"}, "is less than 1m; for example 1h"),
        ({"default_repo_maintain_frequency": "59s"}, "is less than 1m; for example 1h"),
        ({"concurrent_backups": 0}, "greater than or equal to 1"),
        ({"server_memory_limit": "2 GB"}, "no quantity; for example 500m or 512Mi"),
        ({"kubelet_root_dir": "var/lib"}, "no absolute path"),
        ({"node_selector": "disktype"}, "no pair; for example disktype=ssd"),
        ({"pod_labels": "a b=c"}, "label key"),
        ({"pod_labels": "a=b,a=c"}, "'a' is there twice"),
        ({"pod_labels": "component=shop"}, "is Velero's own label; for example example.com/"),
        ({"pod_labels": '"a=b,c=d'}, "has an odd quote"),
        ({"node_selector": 'a="b'}, "no pair; for example disktype=ssd"),
        ({"service_account_annotations": "a b=c"}, "no key of an annotation; for example eks."),
        ({"service_account_annotations": 'a="b,c=d"'}, "no pair"),
        ({"server_priority_class": "high,low"}, "no name; for example system-cluster-critical"),
        ({"image_pull_secrets": "Key!"}, "no name; for example registry-key"),
        ({"tolerations": "backup"}, "no JSON list of tolerations"),
        ({"tolerations": '[{"kye": "x"}]'}, "no JSON list of tolerations"),
        ({"extra_server_args": "--metrics-address=:1"}, "is not taken; it takes"),
        ({"extra_server_args": "--client-qps"}, "is not taken; it takes"),
        ({"extra_server_args": "--client-qps='5"}, "No closing quotation); for example --client"),
        ({"node_agent_config": "{"}, "is no JSON"),
        ({"node_agent_config": "null"}, "the document: "),
        (
            {"node_agent_config": '{"podResources": {"memoryLimit": "banana"}}'},
            """podResources.memoryLimit: 'banana' is no quantity; for example {"load""",
        ),
        (
            {"repo_maintenance_config": '{"global": {"podResources": {"cpuRequest": "1 core"}}}'},
            "global.podResources.cpuRequest: '1 core' is no quantity; for example {",
        ),
        ({"repo_maintenance_config": '{"a b": {}}'}, "pattern"),
        ({"node_agent_config": '{"loadConcurency": {}}'}, "loadConcurency"),
        ({"node_agent_config": '{"podResources": {"cpuLimit": 1}}'}, "podResources.cpuLimit"),
        ({"repo_maintenance_config": '{"global": {"keepLatest": 1}}'}, "global.keepLatest"),
        ({"repository_config": '{"fullMaintenanceInterval": "often"}'}, "normalGC"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(
    given: Mapping[str, object], reason: str
) -> None:
    with pytest.raises(ValidationError) as invalid:
        load(**given)
    assert reason in str(invalid.value)


@pytest.mark.parametrize("value", ["", " ", "0", "0s"])
def test_zero_is_veleros_default_where_velero_says_so(value: str) -> None:
    models = ("garbage_collection_frequency", "default_repo_maintain_frequency")
    flags = load(**dict.fromkeys((*models, "pod_volume_operation_timeout"), value)).settings()
    assert flags == load().settings()


@pytest.mark.parametrize("text", ["{}", " { } ", ""])
def test_a_document_that_says_nothing_is_none(text: str) -> None:
    given = load(
        use_node_agent=True,
        node_agent_config=text,
        repo_maintenance_config=text,
        repository_config=text.replace("}", '"cacheLimitMB": null}') if text else "",
    )
    assert given.settings() == load(use_node_agent=True).settings()


def test_a_document_is_given_on_as_it_is() -> None:
    """What a checked document leaves out, adds or renames would be a change for Velero."""
    text = (
        '{"backupPVC":{"fast":{"readOnly":true,"spcNoRelabeling":true,"storageClass":"x"}},'
        '"cachePVC":{"residentThresholdInMB":5},"loadAffinity":[{"nodeSelector":{"matchExpressions":'
        '[{"key":"a","operator":"In","values":["b"]}],"matchLabels":{"c":"d"}}}],'
        '"loadConcurrency":{"globalConfig":2,"perNodeConfig":[{"nodeSelector":{},"number":1}]},'
        '"podResources":{"cpuLimit":"2","memoryLimit":"","memoryRequest":"1.5Gi"},'
        '"restorePVC":{"ignoreDelayBinding":false}}'
    )
    assert load(node_agent_config=text).documents.node_agent_config == text


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("a=b,c=d", "a=b,c=d"),
        (" a=b, c=d ,", "a=b,c=d"),
        ("a=b,\nc=d", "a=b,c=d"),
        ("a = b=c", "a=b=c"),
        ('a=b, "x.example/y=1, 2"', 'a=b,"x.example/y=1, 2"'),
    ],
)
def test_pairs_reach_velero_without_what_a_person_put_around_them(given: str, taken: str) -> None:
    flags = load(service_account_annotations=given).settings().install_flags
    assert f"--sa-annotations={taken}" in flags


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"default_volumes_to_fs_backup": True}, "needs use-node-agent=true"),
        ({"default_snapshot_move_data": True, "enable_csi": True}, "needs use-node-agent=true"),
        ({"velero_image": "velero/velero:v1.19.0"}, "v1.19 is not one that fits"),
        ({"velero_image": "r.io:5000/velero:v1.9.0"}, "v1.9 is not one that fits"),
        (
            {"velero_image": "velero/velero:v1.17.2", "concurrent_backups": 2},
            "option concurrent-backups: needs Velero v1.18 or newer, and velero-image is v1.17; ",
        ),
        (
            {
                "velero_image": "velero/velero:v1.16.2",
                "extra_server_args": "--volume-group-snapshot-label-key=a/b",
            },
            "option extra-server-args: volume-group-snapshot-label-key needs Velero v1.17",
        ),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    given: Mapping[str, object], reason: str
) -> None:
    with pytest.raises(InvalidInput) as invalid:
        load(**given)
    assert reason in str(invalid.value)


@pytest.mark.parametrize(
    ("image", "given"),
    [
        ("velero/velero:v1.17.2", {"concurrent_backups": 1}),
        ("velero/velero:v1.17.2", {"extra_server_args": "--volume-group-snapshot-label-key=a/b"}),
        ("velero/velero@sha256:" + "a" * 64, {"concurrent_backups": 2}),
    ],
)
def test_what_a_server_knows_or_may_know_is_taken(image: str, given: Mapping[str, object]) -> None:
    assert load(velero_image=image, **given)


@pytest.mark.parametrize(
    ("image", "agent", "reads"),
    [
        ("velero/velero:v1.18.3", True, True),
        ("velero/velero:v1.18.3", False, False),
        ("velero/velero:v1.17.2", True, False),
        ("velero/velero@sha256:" + "a" * 64, True, True),
    ],
)
def test_the_node_agent_reads_the_repositorys_document_if_its_version_can(
    image: str,
    agent: bool,  # noqa: FBT001 - a column
    reads: bool,  # noqa: FBT001 - a column
) -> None:
    given = load(
        velero_image=image, use_node_agent=agent, repository_config='{"cacheLimitMB": 512}'
    ).settings()
    argument = "--backup-repository-configmap=velero-repository"
    assert argument in given.server_args
    assert (argument in given.node_agent_args) == reads


def test_a_plugin_has_to_fit_the_server() -> None:
    loaded = load(velero_image="velero/velero:v1.17.2")
    loaded.check_plugin("velero-aws-plugin-image", "velero/velero-plugin-for-aws:v1.13.0")
    loaded.check_plugin("velero-aws-plugin-image", "own/plugin@sha256:" + "a" * 64)
    with pytest.raises(InvalidInput) as invalid:
        loaded.check_plugin("velero-aws-plugin-image", "velero/velero-plugin-for-aws:v1.14.3")
    assert "use v1.13 of the plugin, or Velero v1.18" in str(invalid.value)


def test_the_models_proxy_reaches_veleros_pods(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.proxy() == {}
    monkeypatch.setenv("JUJU_CHARM_HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("JUJU_CHARM_NO_PROXY", "10.0.0.0/8")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.152.183.1")
    assert settings.proxy() == {
        "HTTPS_PROXY": "http://proxy:3128",
        "NO_PROXY": "10.0.0.0/8,localhost,127.0.0.1,.svc,.cluster.local,10.152.183.1",
    }


WORDS = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly", "every 6h"]
ZONES = st.sampled_from(["", "CRON_TZ=Europe/Paris ", "TZ=UTC  "])


@given(ZONES, st.sampled_from(WORDS), st.sampled_from(["", " "]))
def test_a_schedule_s_word_needs_no_at(zone: str, word: str, blank: str) -> None:
    """`juju config` reads a value that begins with @ from a file of that name."""
    assert values.cron(f"{blank}{zone}{word}") == f"{zone}@{word}"
    assert values.cron(f"{blank}{zone}@{word}{blank}") == f"{zone}@{word}"


@given(ZONES, st.text("0123456789*/-, @adeilyv", max_size=20) | st.text(max_size=8))
def test_a_schedule_without_such_a_word_is_read_as_the_library_reads_it(
    zone: str, text: str
) -> None:
    whole = f"{zone}{text}"
    assume(not re.match(r"\s*[A-Za-z]", text))
    stripped = whole.strip(" \t\n")
    try:
        read = normalize_schedule(stripped) if stripped else ""
    except ValueError:
        with pytest.raises(ValueError, match="use five cron fields"):
            values.cron(whole)
    else:
        assert values.cron(whole) == read


@given(st.text("@dailyevr 0*", max_size=12))
def test_no_error_of_a_schedule_leads_to_a_file(text: str) -> None:
    said = quote(text)
    try:
        values.cron(text)
    except ValueError as error:
        said = str(error)
    assert said.startswith(quote(text))
    assert "@" not in said.removeprefix(quote(text))


@pytest.mark.parametrize("option", DECLARED)
def test_no_description_shows_a_value_that_juju_takes_for_a_file(option: str) -> None:
    assert not re.search(r"(^|[\s\"'`=(])@", DECLARED[option]["description"])
