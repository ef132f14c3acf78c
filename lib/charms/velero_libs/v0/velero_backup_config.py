"""Ask velero-operator for backups, over the `velero_backup_config` interface.

A client charm says *what* to back up and, if it likes, when; velero-operator does it. The client
needs no rights in the cluster and reaches no further than its spec says.

Fetch the library with `charmcraft fetch-libs` and this in `charmcraft.yaml`:

```yaml
charm-libs:
  - lib: velero_libs.velero_backup_config
    version: "0"
provides:
  backup:
    interface: velero_backup_config
    optional: true
```

In the charm:

```python
from charms.velero_libs.v0.velero_backup_config import VeleroBackupProvider, VeleroBackupSpec

class SomeCharm(ops.CharmBase):
    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.backup = VeleroBackupProvider(
            self,
            relation_name="backup",
            spec=VeleroBackupSpec(
                include_namespaces=[self.model.name],
                include_resources=["persistentvolumeclaims", "deployments.apps"],
                ttl=str(self.config["ttl"]),   # "72h", "30d", "2w"; "" for Velero's default
                schedule="0 2 * * *",          # or "@daily", "@every 6h"; None for on demand
            ),
            refresh_event=[self.on.config_changed],   # when to send the spec again
        )
```

A spec takes what patch 2 took, and is sent as it is; the operator judges it. What Velero v1.18.3
would refuse is in `spec.problems`, a sentence each, and in the log whenever it is sent. If a spec
holds what a person typed, ask first:

```python
spec = VeleroBackupSpec(include_namespaces=names(self.config["namespaces"]))
if spec.problems:
    self.unit.status = ops.BlockedStatus(spec.problems[0])   # and make no provider: the operator
    return                                                   # keeps the last spec it was sent
```

`spec.check()` raises a `ValueError` instead, and returns the spec as Velero reads it: `30d` is
`720h`. An empty `include_*` list or `label_selector` is a problem, because to Velero it means
*everything*; the operator makes no backup of it. None is how to say everything.

Changes in patch 3: `problems`, `check`, `clients`, and other spellings of
`include_cluster_resources`.

The operator's side:

```python
self.backups = VeleroBackupRequirer(self, "velero-backups")
for client in self.backups.clients():
    if isinstance(client, InvalidClient):
        logger.warning("relation %d: %s", client.relation_id, client.reason)
    else:
        create_schedule(client.app, client.endpoint, client.model, client.spec)
```

Needs Python 3.10, ops 2.10 and pydantic 2. The databag (the client's application): `app`,
`relation_name` and `model` as they are, `spec` as a JSON object.
"""

# ruff: noqa: INP001 - `charms` is a namespace package, which all libraries share

import calendar
import datetime
import itertools
import json
import logging
import re
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar, Generic, TypeVar, cast

import ops
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler
from typing_extensions import Self  # noqa: UP035 - charms on Python 3.10; pydantic brings it

LIBID = "3fcd828c77024b0f9a7ea3544805456b"
LIBAPI = 0
LIBPATCH = 3
PYDEPS = ["pydantic>=2"]

APP_FIELD = "app"
RELATION_FIELD = "relation_name"
MODEL_FIELD = "model"
SPEC_FIELD = "spec"

MAX_BYTES = 256 * 1024
"""Of all that one relation says; if it is more, none of it is read."""
MAX_ENTRIES = 1000
"""Of one list or selector of a spec."""
MAX_CHARACTERS = 512
"""Of one entry of these."""
_IGNORED = 20

logger = logging.getLogger(__name__)

_CLUSTER = "include_cluster_resources"
_QUOTE_LIMIT = 60
_REASON_LIMIT = 500
_CRON_LIMIT = 1024  # MaxSpecLength of the parser, in bytes
_INT64 = 2**63

_SECOND = 10**9
_HOUR = 3600 * _SECOND
_UNITS = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": _HOUR,
    "d": 24 * _HOUR,
    "w": 168 * _HOUR,
}
_TERM = rf"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)({'|'.join(_UNITS)})"
# 100 characters hold any duration; Python refuses to convert very long digit strings.
_DURATION = re.compile(rf"0|(?!.{{101}})(?:{_TERM})+")

# DNS labels and subdomains, qualified names: apimachinery's pkg/util/validation.
_DNS_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_LABEL = re.compile(rf"(?!.{{64}}){_DNS_LABEL}")
_SUBDOMAIN = re.compile(rf"(?!.{{254}}){_DNS_LABEL}(?:\.{_DNS_LABEL})*")
_NAME = re.compile(r"(?!.{64})[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
_LABEL_KEY = re.compile(rf"(?:(?![^/]{{254}}){_DNS_LABEL}(?:\.{_DNS_LABEL})*/)?{_NAME.pattern}")
_JUJU_NAME = re.compile(_NAME.pattern.replace("64", "254"))

_DAYS = {name: day for day, name in enumerate(re.findall("...", "sunmontuewedthufrisat"))}
_MONTHS = {
    name: month
    for month, name in enumerate(re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec"), 1)
}
_CRON_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)
_DESCRIPTORS = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
# White space to Go; Python's own strip() and split() also take \x1c-\x1f.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def quote(value: object) -> str:
    """Show a value in a message: ASCII, one line, at most about 60 characters."""
    if not isinstance(value, str | int | float | None):
        return f"a {type(value).__name__}"
    text = ascii(value[: _QUOTE_LIMIT + 1] if isinstance(value, str) else value)
    return text if len(text) <= _QUOTE_LIMIT else f"{text[: _QUOTE_LIMIT - 4]}...{text[-1]}"


def parse_duration(text: str) -> int:
    """Nanoseconds of a Go duration, in which `d` (24 h) and `w` (168 h) are units too.

    Raises:
        ValueError: if Go's `time.ParseDuration` would refuse it, days and weeks apart; among
            others, if it does not fit in 64 bits of nanoseconds (292 years).
    """
    body = text[1:] if text[:1] in {"+", "-"} else text
    total = 0
    if not _DURATION.fullmatch(body):
        raise ValueError(
            f'{quote(text)} is not a duration; use one such as "72h", "30d" or "1h30m"'
        )
    for number, unit in re.findall(_TERM, body):
        whole, _, fraction = number.partition(".")
        total += int(whole or 0) * _UNITS[unit]
        total += int(fraction or 0) * _UNITS[unit] // 10 ** len(fraction)
    if total >= _INT64:
        raise ValueError(f'{quote(text)} is over 292 years, the longest duration; use "8760h"')
    return -total if text.startswith("-") else total


def normalize_duration(text: str) -> str:
    """A duration as Go reads it: days and weeks become hours, anything else stays as it is.

    `30d` becomes `720h`, `1d12h30m` becomes `36h30m`, `90m` stays `90m`.

    Raises:
        ValueError: as `parse_duration`, and if it is negative: Velero adds a backup's ttl to the
            present (`pkg/controller/backup_controller.go`), so it would be deleted at once.
    """
    total = parse_duration(text)
    if total < 0:
        raise ValueError(f'{quote(text)} is negative; use a duration such as "72h" or "30d"')
    if not {"d", "w"} & set(text):
        return text
    hours, rest = divmod(total, _HOUR)
    minutes, rest = divmod(rest, 60 * _SECOND)
    seconds, rest = divmod(rest, _SECOND)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"), (rest, "ns"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def normalize_ttl(text: str) -> str:
    """How long to keep a backup, as Go reads it: an hour at least.

    The server adds it to the present, whatever it is, and the next garbage collection deletes
    what has expired, with its data (velero pkg/controller/backup_controller.go,
    gc_controller.go).

    Raises:
        ValueError: as `normalize_duration`, and if it is shorter.
    """
    normal = normalize_duration(text)
    if parse_duration(normal) < _HOUR:
        raise ValueError(
            f"{quote(text)} is less than 1h: backups would be deleted with their data as soon as "
            "they are made; for example 30d, or leave it empty for Velero's default"
        )
    return normal


def normalize_schedule(text: str) -> str:
    """A schedule as Velero reads it; only `@every 1d` changes, to `@every 24h`.

    Velero v1.18.3 parses with `ParseStandard` of `netresearch/go-cron` v0.15.0
    (`pkg/controller/schedule_controller.go`): five fields with names, lists, ranges (also across
    the end, `22-2`) and steps; `@yearly` to `@hourly`; `@every` and a duration of at least 1 s;
    each after an optional `CRON_TZ=` or `TZ=`. Day of month *and* day of week must match.

    Raises:
        ValueError: if that parser refuses it, or accepts it but finds no next run within five
            years: Velero takes "no next run" for "due" and makes a backup every minute.
    """
    try:
        return _schedule(text)
    except ValueError as error:
        raise ValueError(
            f"{quote(text)} is not a schedule Velero can follow: {error}; use five cron fields "
            'such as "0 2 * * 1-5", or "@daily", or "@every 6h"'
        ) from None


def _schedule(text: str) -> str:
    if len(text.encode(errors="replace")) > _CRON_LIMIT:
        raise ValueError(f"it is longer than {_CRON_LIMIT} bytes")
    rest = text
    if text.startswith(("TZ=", "CRON_TZ=")):
        zone, _, rest = text.partition(" ")
        _check_zone(zone.partition("=")[2])
        rest = rest.strip(_SPACE)
    if rest.startswith("@every "):
        every = normalize_duration(rest.removeprefix("@every "))
        if parse_duration(every) < _SECOND:
            raise ValueError("@every needs at least 1s")
        return f"{text.partition('@')[0]}@every {every}"
    # @manual, @triggered and @none have no next run: see normalize_schedule.
    if rest.startswith("@") and rest not in _DESCRIPTORS:
        raise ValueError(f"the descriptors are {', '.join(sorted(_DESCRIPTORS))} and @every")
    if not rest.startswith("@"):
        _check_cron(rest)
    return text


def _check_zone(name: str) -> None:
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1]
    if not re.fullmatch(r"[A-Za-z0-9/_+:-]{1,64}", name):
        raise ValueError(f"{quote(name)} is not a time zone name")
    if name == "Local" or _zone_exists(name):
        return
    # Container images often lack the time zone database: then Velero is the one to judge.
    if _zone_exists("Europe/Paris"):
        raise ValueError(f"{quote(name)} is not a known time zone")


def _zone_exists(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return name == "UTC"
    return True


def _check_cron(text: str) -> None:
    fields = [field for field in re.split(f"[{_SPACE}]+", text) if field]
    if len(fields) != len(_CRON_FIELDS):
        raise ValueError(f"it has {len(fields)} fields, not {len(_CRON_FIELDS)}")
    # The parser looks for its extensions, which Velero leaves off, before anything else.
    if set("lLwW") & set(fields[2]) or "#" in fields[4]:
        raise ValueError("the extensions L, W and # are not available")
    values = [
        _cron_values(field, *rules) for field, rules in zip(fields, _CRON_FIELDS, strict=True)
    ]
    if not _always_fires(values[2], values[3], {day % len(_DAYS) for day in values[4]}):
        raise ValueError(
            "it can go five years without a run, and Velero then runs it every minute"
        )


def _cron_values(field: str, name: str, low: int, high: int, names: dict[str, int]) -> set[int]:
    values: set[int] = set()
    try:
        for item in filter(None, field.split(",")):
            values |= _cron_range(item, low, high, names)
    except ValueError as error:
        raise ValueError(f"{name} {quote(field)}: {error}") from None
    if not values:
        raise ValueError(f"{name} {quote(field)}: no value between {low} and {high}")
    return values


def _cron_range(item: str, low: int, high: int, names: dict[str, int]) -> set[int]:
    span, slash, step_text = item.partition("/")
    first, *others = span.split("-")
    start, end = low, high
    if first not in {"*", "?"}:
        if len(others) > 1:
            raise ValueError("too many hyphens")
        start = _cron_number(first, names)
        end = _cron_number(others[0], names) if others else start
    step = _cron_number(step_text, {}) if slash else 1
    if slash and not others:
        end = high
    if start < low or end > high:
        raise ValueError(f"{quote(item)} is not within {low}-{high}")
    size = high - low + 1
    # A range across the end, 22-2. The parser counts its length in 64 bits without a sign.
    last = end if start <= end else end + size
    if step == 0 or 1 < step >= (last - start + 1) % 2**64:
        raise ValueError(f"the step in {quote(item)} must be positive and less than its range")
    return {(number - low) % size + low for number in range(start, last + 1, step)}


def _cron_number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not re.fullmatch(r"\+?[0-9]{1,1024}", text) or int(text) >= _INT64:
        known = f" or one of {', '.join(names)}" if names else ""
        raise ValueError(f"{quote(text)} is not a number{known}")
    return int(text)


def _always_fires(days: set[int], months: set[int], weekdays: set[int]) -> bool:
    """Whether every five calendar years have such a date; weekdays repeat every 28 years."""

    def fires(year: int) -> bool:
        dates = (
            datetime.date(year, month, day)
            for month in months
            for day in days
            if day <= calendar.monthrange(year, month)[1]
        )
        return any(date.isoweekday() % 7 in weekdays for date in dates)

    years = [fires(year) for year in range(2000, 2034)]
    return all(any(years[first : first + 5]) for first in range(len(years) - 4))


def _glob(text: str) -> str:
    """Check the wildcards, and return the text with `x` in their place."""
    # pkg/util/wildcard/expand.go, then the compiler of gobwas/glob, where only [a-z] is a range.
    if set("|()!{},") & set(text) or "**" in text:
        raise ValueError("**, |, (, ), !, {, } and the comma are not allowed")
    if set("[]") & set(re.sub(r"\[[^]]+\]", "", text)):
        raise ValueError("brackets are empty or do not match")
    for content in re.findall(r"\[([^]]+)\]", text):
        ends = re.fullmatch(r"(.)-(.)", content, re.DOTALL)
        if content[1:2] == "-" and not (ends and ends[1] <= ends[2]):
            raise ValueError("a range is two characters in order, alone in brackets: [a-z]")
    return re.sub(r"[*?\[\]]", "x", text)


def _matches(pattern: re.Pattern[str], text: str, rule: str) -> None:
    if not pattern.fullmatch(text):
        raise ValueError(rule)


def check_namespace(text: str) -> str:
    """Return a namespace name or glob of `*`, `?`, `[abc]`, `[a-z]`.

    Raises:
        ValueError: if Velero would refuse it (`validateNamespaceName` in
            `pkg/util/collections/includes_excludes.go`, which also takes ""), or accept it and
            then fail each backup because the glob does not compile.
    """
    try:
        _matches(_LABEL, _glob(text), "at most 63 lowercase letters, digits and inner hyphens")
    except ValueError as error:
        raise ValueError(
            f'{quote(text)} is not a namespace: {error}; use a name such as "team-a" or a glob '
            'such as "team-*"'
        ) from None
    return text


def check_resource(text: str) -> str:
    """Return a resource type as `plural`, `plural.group` or a glob of these.

    Velero takes any text here and ignores what matches nothing, and one glob that does not
    compile voids the whole list (`globStringSet.match` in `includes_excludes.go`).

    Raises:
        ValueError: if no resource type can have this name.
    """
    try:
        _matches(_SUBDOMAIN, _glob(text).lower(), "letters, digits, inner hyphens and dots")
    except ValueError as error:
        raise ValueError(
            f'{quote(text)} is not a resource type: {error}; use a plural such as "pods", '
            '"deployments.apps" or "*.kubeflow.org"'
        ) from None
    return text


def check_labels(labels: dict[str, str]) -> dict[str, str]:
    """Return labels that Kubernetes accepts (apimachinery `pkg/util/validation`).

    Raises:
        ValueError: if a key is not `[prefix/]name` or a value is longer than 63 characters or
            has others than letters, digits and inner `-`, `_`, `.`.
    """
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            raise ValueError(
                f'{quote(key)} is not a label key; use one such as "app" or '
                '"app.kubernetes.io/name"'
            )
        if value and not _NAME.fullmatch(value):
            raise ValueError(
                f"{quote(value)} is not a label value: at most 63 letters, digits and inner "
                '-, _ or .; use one such as "my-app"'
            )
    return labels


def _blank_is_none(value: object) -> object:
    # An empty charm option is how a person says "not set".
    return None if value == "" else value


def _ttl(text: str) -> str | None:
    # Zero is how a Backup says "the server's default" (pkg/controller/backup_controller.go).
    return normalize_ttl(text) if parse_duration(text) else None


_Items = TypeVar("_Items", list[str], dict[str, str])


def _not_empty(items: _Items) -> _Items:
    if not items:
        raise ValueError(
            f"{items} means everything to Velero; name at least one, or leave it out (None, null) "
            "if you mean everything"
        )
    return items


_Namespaces = list[Annotated[str, AfterValidator(check_namespace)]]
_Resources = list[Annotated[str, AfterValidator(check_resource)]]
_Selector = Annotated[dict[str, str], AfterValidator(check_labels), AfterValidator(_not_empty)]
_Ttl = Annotated[Annotated[str, AfterValidator(_ttl)] | None, BeforeValidator(_blank_is_none)]
_Cron = Annotated[
    Annotated[str, AfterValidator(normalize_schedule)] | None, BeforeValidator(_blank_is_none)
]


class _ScopeRules(BaseModel):
    """A `BackupScope` as Velero takes it; its errors name the field and what would be right."""

    include_namespaces: Annotated[_Namespaces, AfterValidator(_not_empty)] | None = None
    include_resources: Annotated[_Resources, AfterValidator(_not_empty)] | None = None
    exclude_namespaces: _Namespaces | None = None
    exclude_resources: _Resources | None = None
    label_selector: _Selector | None = None
    include_cluster_resources: bool | None = None
    ttl: _Ttl = None

    @model_validator(mode="after")
    def _includes_and_excludes_agree(self) -> "_ScopeRules":
        # ValidateIncludesExcludes in pkg/util/collections/includes_excludes.go.
        for kind, example in (("namespaces", "team-a"), ("resources", "pods")):
            included: list[str] = getattr(self, f"include_{kind}") or []
            excluded: list[str] = getattr(self, f"exclude_{kind}") or []
            if "*" in included and set(included) != {"*"}:
                raise ValueError(f'include_{kind}: "*" already means all; name it alone')
            if "*" in excluded:
                raise ValueError(f'exclude_{kind}: "*" would leave nothing; use "{example}"')
            if both := sorted(set(included) & set(excluded)):
                raise ValueError(
                    f"exclude_{kind}: {quote(both[0])} is also in include_{kind}; name it once"
                )
        return self


class _BackupRules(_ScopeRules):
    """A `VeleroBackupSpec` as Velero takes it."""

    schedule: _Cron = None
    paused: bool | None = None
    skip_immediately: bool | None = None
    use_owner_references_in_backup: bool | None = None


class BackupScope(BaseModel):
    """What to back up and how long to keep it; what both interfaces' specs share.

    It holds whatever it was given, and is sent so: charms that worked with patch 2 must work.
    `problems` says what Velero would refuse.

    Attributes:
        include_namespaces: names or globs; None means all. Empty is a problem.
        include_resources: types such as `pods`, `deployments.apps`, `*.kubeflow.org`; None
            means all. Empty is a problem.
        exclude_namespaces: names or globs, none of them `*` or included.
        exclude_resources: types, none of them `*` or included.
        label_selector: labels an object must have, all of them; None means any. Empty is a
            problem.
        include_cluster_resources: cluster-scoped objects too; None lets Velero decide, which
            takes them when nothing narrows the backup. Also read as `include-cluster-resources`
            and `include_cluster-resources`.
        ttl: how long to keep a backup: `72h`, `30d`, `2w`, `1h30m`; None, "" and "0" mean the
            server's default, 30 days. Less than 1h is a problem.

    Raises:
        pydantic.ValidationError: a value is not even of its field's type.
    """

    _rules: ClassVar[type[_ScopeRules]] = _ScopeRules
    _misspelt: tuple[str, ...] = PrivateAttr(())

    include_namespaces: list[str] | None = None
    include_resources: list[str] | None = None
    exclude_namespaces: list[str] | None = None
    exclude_resources: list[str] | None = None
    label_selector: dict[str, str] | None = None
    include_cluster_resources: bool | None = None
    ttl: str | None = None

    def check(self) -> Self:
        """The spec as Velero reads it: days and weeks are hours, blanks are None.

        Raises:
            ValueError: naming each field at fault and what would be right;
                `pydantic.ValidationError`, which it mostly is, can be given to `explain`.
        """
        if self._misspelt:
            # A misspelt filter widens the backup
            known = ", ".join(type(self).model_fields)
            raise ValueError(f"{quote(self._misspelt[0])} is not a field; use one of {known}")
        return self.model_copy(update=dict(self._rules.model_validate(dict(self))))

    @property
    def problems(self) -> tuple[str, ...]:
        """What Velero, and so the operator, would refuse: a sentence each, none if all is well."""
        try:
            self.check()
        except ValidationError as error:
            return tuple(map(_bounded, _faults(error)))
        except ValueError as error:
            return (_bounded(str(error)),)
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _accept_other_spellings(
        cls, data: object, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        if not isinstance(data, dict):
            return handler(data)
        given = cast("dict[object, object]", data)
        fields = _respell(given)
        if not isinstance(fields.get(_CLUSTER), bool | None) and _CLUSTER not in given:
            fields = {str(key): value for key, value in given.items()}
        spec = handler(fields)
        if info.mode != "json":  # there, a key that is not known comes from a newer library
            misspelt = tuple(sorted(fields.keys() - cls.model_fields.keys()))
            spec._misspelt = misspelt  # noqa: SLF001 - it is this class's own
        return spec


def _respell(fields: Mapping[object, object]) -> dict[str, object]:
    # The interface document has `include_cluster-resources`, its schema an alias with dashes.
    respelt = {str(key): value for key, value in fields.items()}
    for key in [key for key in respelt if key != _CLUSTER and key.replace("-", "_") == _CLUSTER]:
        respelt.setdefault(_CLUSTER, respelt.pop(key))
    return respelt


class VeleroBackupSpec(BackupScope):
    """A client's wish: what to back up, how long to keep it, and when.

    Attributes:
        schedule: five cron fields, `@daily`, `@every 6h`, after an optional `CRON_TZ=`; UTC
            unless said. None or "" means on demand only.
        paused: keep the schedule but do not run it.
        skip_immediately: do not start with a backup as soon as the schedule is made.
        use_owner_references_in_backup: delete the backups when the schedule goes.
    """

    _rules: ClassVar[type[_ScopeRules]] = _BackupRules

    schedule: str | None = None
    paused: bool | None = False
    skip_immediately: bool | None = False
    use_owner_references_in_backup: bool | None = False


SpecT = TypeVar("SpecT", bound=BackupScope)


@dataclass(frozen=True)
class BackupClient(Generic[SpecT]):
    """A client whose data is valid.

    Attributes:
        relation_id: the relation it came over.
        app: the application to back up, by its own account: behind an integrator or across
            models it is not the application at the other end of the relation.
        endpoint: the endpoint of that application.
        model: the model of that application.
        spec: what to back up.
        ignored_keys: keys of the spec this library does not know, sorted; the first 20, in
            printable ASCII and 60 characters at the most.
    """

    relation_id: int
    app: str
    endpoint: str
    model: str
    spec: SpecT
    ignored_keys: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, str, str]:
        """Application, endpoint and model: unique among the clients of one list."""
        return self.app, self.endpoint, self.model


@dataclass(frozen=True)
class InvalidClient:
    """A client whose data cannot be used.

    Attributes:
        relation_id: the relation it came over.
        reason: which field is wrong and what would be right; one line, at most 500 characters.
        app: as of `BackupClient`, or "" if it cannot be read; `endpoint` and `model` likewise.
        spec: what it asks for, which Velero would refuse; None if it cannot be read at all.
    """

    relation_id: int
    reason: str
    app: str = ""
    endpoint: str = ""
    model: str = ""
    spec: BackupScope | None = None


def without_duplicates(
    clients: Iterable[BackupClient[SpecT] | InvalidClient],
) -> list[BackupClient[SpecT] | InvalidClient]:
    """Turn every client with the identity of an earlier one into an invalid one.

    Identity is what a client says of itself; so that none can take over another's backups, the
    first of a list keeps it, also while the rest of what it says is invalid.
    """
    owners: dict[tuple[str, str, str], int] = {}
    served: set[tuple[str, str, str]] = set()
    result: list[BackupClient[SpecT] | InvalidClient] = []
    for client in clients:
        identity = (client.app, client.endpoint, client.model)
        owner = owners.setdefault(identity, client.relation_id)
        if isinstance(client, InvalidClient):
            result.append(client)
        elif owner == client.relation_id and identity not in served:
            served.add(identity)
            result.append(client)
        else:
            reason = (
                f"app, relation_name, model: {':'.join(identity)} is already the client of "
                f"relation {owner}; remove one of the two relations"
            )
            result.append(InvalidClient(client.relation_id, _bounded(reason), *identity))
    return result


def read_client(
    relation_id: int, entry: Mapping[str, object], spec_type: type[SpecT]
) -> BackupClient[SpecT] | InvalidClient:
    """Read one client from the wire: `app`, `relation_name`, `model` and a decoded `spec`.

    Never raises for bad data. Unknown keys are ignored, for a newer client may send them.
    """
    fields = (APP_FIELD, RELATION_FIELD, MODEL_FIELD)
    app, endpoint, model = (_juju_name(entry.get(field)) for field in fields)
    invalid = partial(InvalidClient, relation_id, app=app, endpoint=endpoint, model=model)
    for field, name in zip(fields, (app, endpoint, model), strict=True):
        if not name:
            found = quote(entry.get(field))
            return invalid(
                f'{field}: {found} is not a Juju name; the client should send one: "db"'
            )
    spec = entry.get(SPEC_FIELD)
    if not isinstance(spec, dict):
        return invalid(f'spec: {quote(spec)} is not an object such as {{"ttl": "72h"}}')
    given = _respell(cast("dict[object, object]", spec))
    known = {key: value for key, value in given.items() if key in spec_type.model_fields}
    for field, value in known.items():
        if excess := _excess(field, value):
            return invalid(excess)
    wished = None
    try:
        wished = spec_type.model_validate(known)
        parsed = wished.check()
    except ValidationError as error:
        reason = explain(error)
        if known.get("include_namespaces") == []:
            reason = _bounded(f"{reason}{_NO_NAMESPACE.format(app=app)}")
        return invalid(reason, spec=wished)
    ignored = tuple(_shown(key) for key in sorted(given.keys() - known.keys())[:_IGNORED])
    return BackupClient(relation_id, app, endpoint, model, parsed, ignored)


# The published infra-backup-operator sends what of its option's names exists in the cluster.
_NO_NAMESPACE = (
    ". {app} sends none: its option is empty, or names none that exists. Name some that exist: "
    "juju config {app} namespaces=kube-system,default (so it is called in infra-backup-operator; "
    "in other charms it may have another name)"
)
_SHAPES = {
    "string_type": '"text"',
    "list_type": '["one", "two"]',
    "dict_type": '{"app": "db"}',
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}


def explain(error: ValidationError) -> str:
    """Say what is wrong with a spec in one line of at most 500 characters."""
    return _bounded("; ".join(_faults(error)))


def _faults(error: ValidationError) -> Iterable[str]:
    for fault in error.errors(include_url=False):
        field = ".".join(str(part) for part in fault["loc"][:2])
        text = fault["msg"].removeprefix("Value error, ")
        if fault["type"] != "value_error":
            text = (
                f"{text}, not {quote(fault['input'])}; use {_SHAPES.get(fault['type'], 'another')}"
            )
        yield f"{field}: {text}" if field else text


def _juju_name(value: object) -> str:
    # Juju's own rules are narrower; these suffice for Kubernetes labels, once shortened.
    return value if isinstance(value, str) and _JUJU_NAME.fullmatch(value) else ""


def _excess(field: str, value: object) -> str:
    # Before anything else: grammar and messages cost for each entry.
    if not isinstance(value, list | dict):
        return ""
    entries = cast("list[object] | dict[object, object]", value)
    if len(entries) > MAX_ENTRIES:
        return f"{field}: {len(entries)} entries are more than {MAX_ENTRIES}; use globs: team-*"
    values = cast("dict[object, object]", value).values() if isinstance(value, dict) else ()
    texts = [each for each in (*entries, *values) if isinstance(each, str)]
    longest = max(map(len, texts), default=0)
    if longest > MAX_CHARACTERS:
        return f"{field}: an entry of {longest} characters is longer than {MAX_CHARACTERS}"
    return ""


def _shown(key: str) -> str:
    text = _printable(key[:_QUOTE_LIMIT])
    return text if len(text) <= _QUOTE_LIMIT else f"{text[: _QUOTE_LIMIT - 3]}..."


def _printable(text: str) -> str:
    text = text.encode("ascii", "backslashreplace").decode()
    return "".join(each if each.isprintable() else " " for each in text)


def _bounded(text: str) -> str:
    text = _printable(text)
    return text if len(text) <= _REASON_LIMIT else f"{text[: _REASON_LIMIT - 3]}..."


def from_json(text: str) -> object:
    """Decode JSON from the wire, or return the text if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _unread(relation_id: int, databag: Mapping[str, str], size: int) -> InvalidClient:
    app, endpoint, model = (
        _juju_name(databag.get(field)) for field in (APP_FIELD, RELATION_FIELD, MODEL_FIELD)
    )
    reason = f"it says {size} bytes, more than {MAX_BYTES}, and is not read; it has to say less"
    return InvalidClient(relation_id, reason, app, endpoint, model)


class ClientReader(Generic[SpecT]):
    """The operator's side of both interfaces.

    Args:
        charm: the charm that makes the backups.
        relation_name: its endpoint.
    """

    def __init__(self, charm: ops.CharmBase, relation_name: str) -> None:
        self._charm = charm
        self._relation_name = relation_name

    def _read(
        self, relation_id: int, databag: Mapping[str, str]
    ) -> Iterable[BackupClient[SpecT] | InvalidClient]:
        raise NotImplementedError

    def clients(self) -> list[BackupClient[SpecT] | InvalidClient]:
        """Every client, valid or not, by ascending relation; never raises for bad data.

        A relation whose client has not written yet, or that is being removed, has none.
        """
        return without_duplicates(self.claims())

    def claims(self) -> list[BackupClient[SpecT] | InvalidClient]:
        """As `clients`, with those that claim the identity of an earlier one as they are."""
        found: list[BackupClient[SpecT] | InvalidClient] = []
        relations = self._charm.model.relations[self._relation_name]
        for relation in sorted(relations, key=lambda relation: relation.id):
            databag = dict(relation.data[relation.app]) if relation.active else {}
            size = sum(len(f"{key}{databag[key]}".encode(errors="replace")) for key in databag)
            if size > MAX_BYTES:
                found.append(_unread(relation.id, databag, size))
            elif databag:
                found.extend(self._read(relation.id, databag))
        return found

    @property
    def is_ready(self) -> bool:
        """Whether there is at least one client whose spec can be read."""
        return bool(self.get_all_backup_specs())

    def get_all_backup_specs(self) -> list[SpecT]:
        """The specs of all clients, also those with `problems`, which may be sent on so."""
        return [cast("SpecT", c.spec) for c in self.clients() if c.spec is not None]

    def get_backup_spec(self, app_name: str, endpoint: str, model: str) -> SpecT | None:
        """The spec of one client, or None if there is no such client or it cannot be read.

        It may have `problems`: whoever sends it on leaves it to the operator to judge.

        Args:
            app_name: the application to back up.
            endpoint: its endpoint.
            model: its model.
        """
        for client in self.clients():
            if (client.app, client.endpoint, client.model) != (app_name, endpoint, model):
                continue
            if isinstance(client, InvalidClient):
                logger.warning("%s:%s in %s: %s", app_name, endpoint, model, client.reason)
            if client.spec is not None:
                return cast("SpecT", client.spec)
        logger.warning("No backup spec found for app '%s' and endpoint '%s'", app_name, endpoint)
        return None


class ClientSender(ops.Object):
    """The client's side of both interfaces.

    It writes as the leader, when a relation is made, when leadership changes, on upgrade and on
    the events it is given; and only what differs from what is there.

    Args:
        charm: the charm to back up.
        relation_name: its endpoint.
        spec: what to back up.
        refresh_event: when else to send, usually `self.on.config_changed`.
    """

    def __init__(
        self,
        charm: ops.CharmBase,
        relation_name: str,
        spec: BackupScope,
        refresh_event: ops.BoundEvent | Sequence[ops.BoundEvent] | None = None,
    ) -> None:
        super().__init__(charm, relation_name)
        self._charm = charm
        self._relation_name = relation_name
        self._spec = spec
        events = [charm.on.leader_elected, charm.on.upgrade_charm]
        events.append(charm.on[relation_name].relation_created)
        if isinstance(refresh_event, ops.BoundEvent):
            events.append(refresh_event)
        else:
            events.extend(refresh_event or ())
        for event in events:
            self.framework.observe(event, self._send_data)

    def _content(self) -> dict[str, str]:
        raise NotImplementedError

    def _send_data(self, _event: ops.EventBase) -> None:
        name = type(self).__name__
        if not self._charm.unit.is_leader():
            logger.debug("%s sends nothing: this unit is not a leader", name)
            return
        relations = self._charm.model.relations[self._relation_name]
        if not relations:
            logger.warning("%s sends nothing: no relation '%s' found", name, self._relation_name)
            return
        for problem in self._spec.problems:
            logger.warning("%s: the operator will refuse the spec: %s", name, problem)
        databags = [relation.data[self._charm.app] for relation in relations if relation.active]
        for databag, (key, value) in itertools.product(databags, self._content().items()):
            # As data: another patch of the library orders the keys of the JSON differently.
            if from_json(databag.get(key, "")) != from_json(value):
                databag[key] = value


class VeleroBackupProvider(ClientSender):
    """The client's side: tells the operator what to back up.

    Args:
        charm: the charm to back up.
        relation_name: its endpoint, which provides `velero_backup_config`.
        spec: what to back up and when.
        refresh_event: when else to send the spec, usually `self.on.config_changed`.
    """

    def __init__(
        self,
        charm: ops.CharmBase,
        relation_name: str,
        spec: VeleroBackupSpec,
        refresh_event: ops.BoundEvent | Sequence[ops.BoundEvent] | None = None,
    ) -> None:
        super().__init__(charm, relation_name, spec, refresh_event)

    def _content(self) -> dict[str, str]:
        return {
            APP_FIELD: self._charm.app.name,
            RELATION_FIELD: self._relation_name,
            MODEL_FIELD: self._charm.model.name,
            SPEC_FIELD: self._spec.model_dump_json(),
        }


class VeleroBackupRequirer(ClientReader[VeleroBackupSpec]):
    """The operator's side: reads what clients want backed up. See `ClientReader`."""

    def _read(
        self, relation_id: int, databag: Mapping[str, str]
    ) -> Iterable[BackupClient[VeleroBackupSpec] | InvalidClient]:
        entry: dict[str, object] = dict(databag)
        if SPEC_FIELD in databag:
            entry[SPEC_FIELD] = from_json(databag[SPEC_FIELD])
        yield read_client(relation_id, entry, VeleroBackupSpec)


VeleroBackupRequier = VeleroBackupRequirer
"""The name the class had in patches 1 and 2."""
