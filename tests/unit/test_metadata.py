"""The charm's metadata against Juju's own rules, which charmcraft does not know all of.

The rules are those of juju/juju: domain/deployment/charm (4.0; internal/charm before), files
actions.go, config.go and meta.go, and of core/assumes for what a charm may assume.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHARMS = [ROOT, *(path.parent for path in ROOT.glob("tests/integration/charms/*/charmcraft.yaml"))]
OPTION_TYPES = {"string": str, "int": int, "float": float, "boolean": bool, "secret": str}
ACTION_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
RELATION_NAME = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
PARAMETER_TYPES = {"string", "integer", "number", "boolean", "array", "object"}
FEATURES = {"k8s-api", "secrets"}
VERSION = re.compile(r"juju (?:>=|<) \d+\.\d+(?:\.\d+)?")

Document = dict[str, Any]


def load(path: Path) -> Document:
    return yaml.safe_load(path.read_text()) if path.exists() else {}


ACTIONS: Document = load(ROOT / "actions.yaml")
METADATA: Document = load(ROOT / "charmcraft.yaml")


def options(charm: Path) -> Document:
    config = load(charm / "config.yaml") or load(charm / "charmcraft.yaml")["config"]
    return config["options"]


def endpoints(charm: Path) -> list[tuple[str, str, Document]]:
    metadata = load(charm / "charmcraft.yaml")
    roles = ("provides", "requires", "peers")
    return [(role, *pair) for role in roles for pair in metadata.get(role, {}).items()]


def reserved(name: str) -> bool:
    """meta.go: reservedName."""
    return name == "juju" or name.startswith("juju-")


@pytest.mark.parametrize("charm", CHARMS, ids=lambda path: path.name)
def test_options_have_a_type_that_juju_knows_and_a_default_of_it(charm: Path) -> None:
    for name, option in options(charm).items():
        assert option["type"] in OPTION_TYPES, name
        default = option.get("default")
        assert default is None or type(default) is OPTION_TYPES[option["type"]], name
        assert option["type"] != "secret" or default is None, name
        assert option["description"].strip(), name


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_has_a_name_and_a_schema_that_juju_takes(name: str) -> None:
    action = ACTIONS[name]
    assert ACTION_NAME.fullmatch(name)
    assert not reserved(name)
    assert isinstance(action["description"], str)
    assert isinstance(action.get("parallel", False), bool)
    assert action["additionalProperties"] is False, "Juju 3 and 4 differ in what they assume"
    params: Document = action.get("params", {})
    assert set(action.get("required", [])) <= params.keys()
    for param, schema in params.items():
        assert schema["type"] in PARAMETER_TYPES, param
        assert schema["description"].strip(), param
        assert not {"$ref", "$schema"} & schema.keys(), param


@pytest.mark.parametrize("charm", CHARMS, ids=lambda path: path.name)
def test_endpoints_are_named_and_described_as_juju_takes_them(charm: Path) -> None:
    names = [name for _, name, _ in endpoints(charm)]
    assert len(names) == len(set(names))
    for role, name, endpoint in endpoints(charm):
        assert RELATION_NAME.fullmatch(name)
        assert not reserved(name)
        assert RELATION_NAME.fullmatch(endpoint["interface"]), name
        assert role == "requires" or not reserved(endpoint["interface"])
        assert endpoint.keys() <= {"interface", "limit", "optional", "scope", "description"}
        assert isinstance(endpoint.get("limit", 1), int), name
        assert endpoint["description"].strip(), name


def test_storage_is_limited_to_one_relation_each() -> None:
    limited = {name for _, name, each in endpoints(ROOT) if each.get("limit") == 1}
    storage = {"s3-credentials", "azure-storage", "azure-service-principal", "gcs-credentials"}
    assert storage <= limited
    assert not limited & {"velero-backups", "k8s-backup-targets"}


@pytest.mark.parametrize("charm", CHARMS, ids=lambda path: path.name)
def test_it_assumes_what_juju_can_answer_and_runs_without_root(charm: Path) -> None:
    metadata = load(charm / "charmcraft.yaml")
    for each in metadata["assumes"]:
        assert each in FEATURES or VERSION.fullmatch(each), each
    assert metadata["charm-user"] == "non-root"
    # meta.go: ensureUnambiguousFormat; these belong to the format without bases
    assert not {"series", "deployment", "min-juju-version"} & metadata.keys()
    assert metadata["base"] == "ubuntu@24.04"
    assert set(metadata["platforms"]) == {"amd64", "arm64"}


def test_the_cli_is_built_from_the_module_and_nothing_is_downloaded() -> None:
    part = METADATA["parts"]["velero-cli"]
    assert part["source"] == "tools"
    assert "-mod=readonly" in part["override-build"]
    assert not re.search(r"curl|wget|https?://|GOFLAGS|GONOSUM", part["override-build"])
    assert METADATA["parts"]["charm"]["plugin"] == "uv"
