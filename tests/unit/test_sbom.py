"""The bill of materials, from what a linker and an installer wrote."""

import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from tools import sbom
from tools.sbom import Component

ROOT = Path(__file__).parents[2]
PRINTED = """bin/velero: go1.26.8
\tpath\tgithub.com/vmware-tanzu/velero/cmd/velero
\tmod\tgithub.com/vmware-tanzu/velero\tv1.18.3\th1:9uwN=
\tdep\tgithub.com/kopia/kopia\tv0.16.0
\t=>\tgithub.com/project-velero/kopia\tv0.0.0-20251230033609-d946b1e75197\th1:iGkf=
\tdep\tk8s.io/api\tv0.33.13\th1:abcd=
\tbuild\t-compiler=gc
"""


def test_modules_are_those_that_were_linked() -> None:
    assert list(sbom.modules(PRINTED)) == [
        ("github.com/vmware-tanzu/velero", "v1.18.3"),
        ("github.com/project-velero/kopia", "v0.0.0-20251230033609-d946b1e75197"),
        ("k8s.io/api", "v0.33.13"),
    ]


def test_packages_are_those_that_were_installed(tmp_path: Path) -> None:
    wanted = ["ops", "pyyaml", "jinja2", "websocket-client"]
    with zipfile.ZipFile(tmp_path / "a.charm", "w") as archive:
        for name in wanted:
            text = metadata.distribution(name).read_text("METADATA") or ""
            archive.writestr(f"venv/lib/python3.12/site-packages/{name}.dist-info/METADATA", text)
    with zipfile.ZipFile(tmp_path / "a.charm") as archive:
        found = {each.name: each for each in sbom.python_packages(archive)}
    assert found.keys() == set(wanted)
    assert found["ops"].version == metadata.version("ops")
    licences = {name: each.licence for name, each in found.items()}
    assert licences == {
        "ops": "Apache-2.0",
        "pyyaml": "MIT",
        "jinja2": "BSD-3-Clause",
        "websocket-client": "Apache-2.0",
    }


@pytest.mark.parametrize(
    ("texts", "licence"),
    [
        (["Apache License\n                           Version 2.0, January 2004"], "Apache-2.0"),
        (["Mozilla Public License Version 2.0\n"], "MPL-2.0"),
        (["Permission is hereby granted, free of charge, to any person obtaining a copy"], "MIT"),
        (["Redistribution and use in source and binary\nNeither the name of"], "BSD-3-Clause"),
        (["Redistribution and use in source and binary forms are permitted"], "BSD-2-Clause"),
        (
            [
                "Apache License\nVersion 2.0",
                "Permission is hereby granted, free of charge, to any person obtaining",
            ],
            "Apache-2.0 AND MIT",
        ),
        (["All rights reserved."], "unknown"),
        ([], "unknown"),
    ],
)
def test_a_licence_is_told_by_its_words(texts: list[str], licence: str) -> None:
    assert sbom.recognised(texts) == licence


def test_our_own_licence_is_told() -> None:
    assert sbom.recognised([(ROOT / "LICENSE").read_text()]) == "Apache-2.0"


def test_the_bill_and_the_list_name_every_component() -> None:
    parts = [
        Component("golang", "k8s.io/api", "v0.33.13", "Apache-2.0"),
        Component("pypi", "o", "1"),
    ]
    bill = sbom.bill("velero-operator", parts)
    assert bill["metadata"]["component"]["name"] == "velero-operator"
    urls = [each["purl"] for each in bill["components"]]
    assert urls == ["pkg:golang/k8s.io/api@v0.33.13", "pkg:pypi/o@1"]
    assert bill["components"][0]["licenses"] == [{"expression": "Apache-2.0"}]
    assert "k8s.io/api,v0.33.13,Apache-2.0\n" in sbom.listed(parts)
