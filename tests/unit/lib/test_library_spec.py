"""A spec takes what it is given, and says what is wrong with it in words that help."""

import pytest
from pydantic import ValidationError

from charms.velero_libs.v0.k8s_backup_target import K8sBackupTargetSpec
from charms.velero_libs.v0.velero_backup_config import BackupScope, VeleroBackupSpec, explain

SPECS = [VeleroBackupSpec, K8sBackupTargetSpec]


def refusal(spec: type[BackupScope], **fields: object) -> str:
    """Why a spec is no good: of its own accord, and to whoever is strict."""
    made = spec(**fields)  # pyright: ignore[reportArgumentType] # on purpose
    (problem,) = made.problems
    with pytest.raises(ValueError, match=r".") as info:
        made.check()
    error = info.value
    assert problem == (explain(error) if isinstance(error, ValidationError) else str(error))
    return problem


def wrong_type(spec: type[BackupScope], **fields: object) -> str:
    """What patch 2 refused too: a value that is not of its field's type."""
    with pytest.raises(ValidationError) as info:
        spec(**fields)  # pyright: ignore[reportArgumentType] # on purpose
    return explain(info.value)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("ttl", "banana", ["'banana' is not a duration", '"30d"']),
        ("ttl", "-1h", ["'-1h' is negative", '"72h"']),
        ("ttl", "59m59.9s", ["'59m59.9s' is less than 1h", "deleted", "for example 30d"]),
        ("ttl", "1ns", ["'1ns' is less than 1h"]),
        ("ttl", "3000000h", ["over 292 years", '"8760h"']),
        ("ttl", "x" * 9000, ["xxx...'"]),
        ("include_namespaces", ["ok", "Team_A"], ["include_namespaces.1", "'Team_A'", '"team-a"']),
        ("include_namespaces", ["a**"], ["**, ", "not allowed", '"team-*"']),
        ("include_namespaces", ["[z-a]"], ["a range is two characters in order"]),
        ("include_namespaces", [""], ["'' is not a namespace"]),
        ("include_namespaces", ["*", "db"], ['"*" already means all']),
        ("exclude_namespaces", ["*"], ['"*" would leave nothing']),
        ("include_resources", ["pods/status"], ["'pods/status' is not a resource type", '"pods"']),
        ("exclude_resources", ["{pods,secrets}"], ["not allowed"]),
        ("label_selector", {"a b": "c"}, ["'a b' is not a label key", '"app"']),
        ("label_selector", {"app": "c" * 64}, ["is not a label value", '"my-app"']),
    ],
)
def test_an_error_names_the_field_and_what_would_be_right(
    spec: type[BackupScope], field: str, value: object, words: list[str]
) -> None:
    reason = refusal(spec, **{field: value})
    assert reason.startswith(field)
    assert all(word in reason for word in words), reason
    assert len(reason) <= 500
    assert reason.isascii()
    assert "\n" not in reason


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("ttl", 72, ["a valid string, not 72", '"text"']),
        ("include_namespaces", "db", ["a valid list, not 'db'", '["one", "two"]']),
        ("label_selector", ["app"], ["a valid dictionary, not a list"]),
        ("include_cluster_resources", "perhaps", ["a valid boolean", "true or false"]),
    ],
)
def test_a_value_of_another_type_is_refused_where_it_is_made(
    spec: type[BackupScope], field: str, value: object, words: list[str]
) -> None:
    reason = wrong_type(spec, **{field: value})
    assert reason.startswith(field)
    assert all(word in reason for word in words), reason


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(
    ("field", "value"),
    [("include_namespaces", []), ("include_resources", []), ("label_selector", {})],
)
def test_an_empty_filter_does_not_become_everything(
    spec: type[BackupScope], field: str, value: object
) -> None:
    assert "means everything to Velero" in refusal(spec, **{field: value})


@pytest.mark.parametrize("spec", SPECS)
def test_a_misspelt_filter_does_not_become_everything(spec: type[BackupScope]) -> None:
    reason = refusal(spec, include_namespace=["db"])
    assert "'include_namespace' is not a field" in reason
    assert "include_namespaces" in reason


def test_included_and_excluded_at_once_is_refused() -> None:
    reason = refusal(VeleroBackupSpec, include_resources=["pods"], exclude_resources=["pods"])
    assert reason == "exclude_resources: 'pods' is also in include_resources; name it once"


@pytest.mark.parametrize(
    ("text", "ttl"),
    [
        ("30d", "720h"),
        ("2w", "336h"),
        ("1w1d", "192h"),
        ("1d12h30m", "36h30m"),
        ("0.5d", "12h"),
        ("24h5m5s", "24h5m5s"),
        ("90m", "90m"),
        ("60m", "60m"),
        ("", None),
        ("0", None),
        ("0d", None),
        (None, None),
    ],
)
def test_a_ttl_is_what_velero_reads(text: str | None, ttl: str | None) -> None:
    spec = VeleroBackupSpec(ttl=text)
    assert spec.ttl == text
    assert spec.check().ttl == ttl
    assert not spec.problems


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("0 2 * * *", "0 2 * * *"),
        ("*/15 22-2 1,15 JAN-mar 1-5", "*/15 22-2 1,15 JAN-mar 1-5"),
        ("0 0 29 2 ?", "0 0 29 2 ?"),
        ("@midnight", "@midnight"),
        ("@every 6h", "@every 6h"),
        ("@every 2d", "@every 48h"),
        ("CRON_TZ=Europe/Paris 0 2 * * 7", "CRON_TZ=Europe/Paris 0 2 * * 7"),
        ('TZ="UTC"  @daily', 'TZ="UTC"  @daily'),
        ("", None),
        (None, None),
    ],
)
def test_a_schedule_is_what_velero_reads(text: str | None, schedule: str | None) -> None:
    spec = VeleroBackupSpec(schedule=text)
    assert spec.schedule == text
    assert spec.check().schedule == schedule


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("every tuesday", "it has 2 fields, not 5"),
        ("0 0 2 * * *", "it has 6 fields, not 5"),
        ("61 * * * *", "minute '61': '61' is not within 0-59"),
        ("0 0 0 * *", "day of month '0': '0' is not within 1-31"),
        ("0 30-3 * * *", "no value between 0 and 23"),
        ("0 1-2-3 * * *", "hour '1-2-3': too many hyphens"),
        ("0 0 * mai *", "month 'mai': 'mai' is not a number or one of jan, feb"),
        ("*/0 * * * *", "the step in '*/0' must be positive"),
        ("*/90 * * * *", "the step in '*/90' must be positive and less than its range"),
        (", * * * *", "no value between 0 and 59"),
        ("0 0 L * *", "the extensions L, W and # are not available"),
        ("0 0 * * fri#2", "the extensions L, W and # are not available"),
        ("H * * * *", "'H' is not a number"),
        ("@fortnightly", "the descriptors are @annually"),
        ("@every 1ms", "@every needs at least 1s"),
        ("@every banana", "'banana' is not a duration"),
        ("CRON_TZ=Mars/Base @daily", "'Mars/Base' is not a known time zone"),
        ("TZ=../../etc/passwd @daily", "is not a time zone name"),
        ("TZ=UTC", "it has 0 fields, not 5"),
        ("*" * 2000, "longer than 1024 bytes"),
    ],
)
def test_a_schedule_velero_would_refuse_is_refused(text: str, why: str) -> None:
    reason = refusal(VeleroBackupSpec, schedule=text)
    assert reason.startswith("schedule: ")
    assert why in reason
    assert '"0 2 * * 1-5"' in reason


@pytest.mark.parametrize("text", ["@manual", "@none", "0 0 30 2 *", "0 0 29 2 1", "0 0 13 6 fri"])
def test_a_schedule_without_next_run_would_run_every_minute_and_is_refused(text: str) -> None:
    assert "schedule: " in refusal(VeleroBackupSpec, schedule=text)


@pytest.mark.parametrize(
    "key",
    ["include_cluster_resources", "include_cluster-resources", "include-cluster-resources"],
)
@pytest.mark.parametrize("spec", SPECS)
def test_include_cluster_resources_is_read_in_every_spelling(
    spec: type[BackupScope], key: str
) -> None:
    for parsed in (
        spec.model_validate({key: True}),
        spec.model_validate_json(f'{{"{key}": true}}'),
    ):
        assert parsed.model_dump()["include_cluster_resources"] is True


@pytest.mark.parametrize("spec", SPECS)
def test_json_of_a_newer_library_is_read(spec: type[BackupScope]) -> None:
    read = spec.model_validate_json('{"ttl": "1d", "novelty": 1}')
    assert read.check().ttl == "24h"
    assert not read.problems


def test_a_spec_may_be_changed_and_judged_again() -> None:
    spec = VeleroBackupSpec(ttl="1d")
    spec.ttl = "banana"
    assert spec.problems == (refusal(VeleroBackupSpec, ttl="banana"),)


def test_several_faults_are_several_problems() -> None:
    spec = VeleroBackupSpec(ttl="banana", schedule="never", include_resources=[])
    fields = [problem.partition(":")[0] for problem in spec.problems]
    assert fields == ["include_resources", "ttl", "schedule"]


def test_what_is_checked_is_another_spec() -> None:
    spec = VeleroBackupSpec(ttl="1d")
    assert spec.check() == VeleroBackupSpec(ttl="24h")
    assert spec.ttl == "1d"
