"""What a packed charm is made of: a CycloneDX 1.5 bill of materials and a list of licences.

    python -m tools.sbom dist/velero-operator_amd64.charm dist

Both are read from the archive, not from what it was meant to hold: Python packages from their
metadata in `venv`, Go modules from what the linker wrote into `bin/velero`. A Go module says its
licence in a file of its source, which `go mod download` has or fetches; its checksum is verified.
A licence that is not recognised ends the command with the names of those who have it.
"""

from __future__ import annotations

import argparse
import csv
import email
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any, Final

import yaml
from tests.cluster import go, tools

_UNKNOWN: Final = "unknown"
_CLASSIFIERS: Final = {"MIT License": "MIT", "BSD License": "BSD-3-Clause"}
_SAID: Final = {"The MIT License (MIT)": "MIT"}
# The words that tell a licence from the others; the first that fits counts.
_TEXTS: Final = (
    ("Apache-2.0", r"Apache License\s+Version 2\.0"),
    ("MPL-2.0", r"Mozilla Public License,? [Vv]ersion 2\.0"),
    ("MIT", r"Permission is hereby granted, free of charge, to any person obtaining"),
    ("ISC", r"Permission to use, copy, modify, and(/or)? distribute this software"),
    ("CC0-1.0", r"CC0 1\.0"),
    ("BSD-3-Clause", r"Redistribution and use in source(.|\n)*Neither the name"),
    ("BSD-2-Clause", r"Redistribution and use in source"),
)


class SbomError(Exception):
    """The bill cannot be written; the message says why."""


@dataclass(frozen=True, order=True)
class Component:
    """A third party's code in the archive.

    Attributes:
        kind: `pypi` or `golang`, as in a package URL.
        name: its name.
        version: its version.
        licence: an SPDX expression, or `unknown`.
    """

    kind: str
    name: str
    version: str
    licence: str = _UNKNOWN

    @property
    def purl(self) -> str:
        """The package URL (https://github.com/package-url/purl-spec)."""
        return f"pkg:{self.kind}/{self.name}@{self.version}"


def python_packages(archive: zipfile.ZipFile) -> Iterator[Component]:
    """The Python packages of the archive."""
    for name in archive.namelist():
        if name.endswith(".dist-info/METADATA"):
            about = email.message_from_bytes(archive.read(name))
            yield Component("pypi", about["Name"].lower(), about["Version"], _declared(about))


def modules(printed: str) -> Iterator[tuple[str, str]]:
    """The modules and versions that `go version -m` printed; of a replaced one, what replaces it.

    A line is a tab, `mod`, `dep` or `=>`, the path, the version and the checksum.
    """
    found: list[tuple[str, str]] = []
    for line in printed.splitlines():
        fields = line.split("\t")[1:]
        if fields and fields[0] in {"mod", "dep"}:
            found.append((fields[1], fields[2]))
        elif fields and fields[0] == "=>":
            found[-1] = (fields[1], fields[2])
    return iter(found)


def recognised(texts: Iterable[str]) -> str:
    """The SPDX expression of licence files; several are all valid for parts of the source."""
    names = [
        next((name for name, words in _TEXTS if re.search(words, text)), _UNKNOWN)
        for text in texts
    ]
    return " AND ".join(sorted(set(names))) or _UNKNOWN


def bill(name: str, components: Iterable[Component]) -> dict[str, Any]:
    """The CycloneDX document (https://cyclonedx.org/docs/1.5/json/)."""
    about = {"type": "application", "bom-ref": name, "name": name}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": about},
        "components": [
            {
                "type": "library",
                "bom-ref": each.purl,
                "name": each.name,
                "version": each.version,
                "purl": each.purl,
                "licenses": [{"expression": each.licence}],
            }
            for each in components
        ],
    }


def listed(components: Iterable[Component]) -> str:
    """The licences as CSV: component, version, licence."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["component", "version", "licence"])
    writer.writerows([each.name, each.version, each.licence] for each in components)
    return text.getvalue()


def write(path: Path, folder: Path) -> list[Component]:
    """Write `sbom.cdx.json` and `licences.csv` for an archive into a folder.

    Raises:
        SbomError: a licence is not recognised; both files are there all the same.
    """
    with zipfile.ZipFile(path) as archive:
        name = yaml.safe_load(archive.read("metadata.yaml"))["name"]
        components = sorted([*python_packages(archive), *_go_modules(archive)])
    document = bill(name, components)
    (folder / "sbom.cdx.json").write_text(json.dumps(document, indent=1) + "\n")
    (folder / "licences.csv").write_text(listed(components))
    if unknown := [each.name for each in components if _UNKNOWN in each.licence]:
        raise SbomError(f"Licence not recognised, look and teach tools/sbom.py: {unknown}")
    return components


def _declared(about: Message) -> str:
    """The licence in a package's metadata, in whichever of its three forms it is."""
    if expression := about["License-Expression"]:
        return str(expression)
    classifiers: list[str] = about.get_all("Classifier", [])
    ends = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License")]
    said = str(about["License"] or "")
    return next(filter(None, map(_CLASSIFIERS.get, ends)), _SAID.get(said, said) or _UNKNOWN)


def _go_modules(archive: zipfile.ZipFile) -> Iterator[Component]:
    found = go.on_path()
    command = found[0] if found else go.install(tools.cache_folder() / go.pinned_version())
    with tempfile.TemporaryDirectory() as folder:
        binary = archive.extract("bin/velero", folder)
        pairs = list(modules(_run(command, "version", "-m", binary)))
    wanted = [f"{path}@{version}" for path, version in pairs]
    decoder, rest = json.JSONDecoder(), _run(command, "mod", "download", "-json", *wanted)
    while rest:
        module, end = decoder.raw_decode(rest)
        rest = rest[end:].lstrip()
        yield Component("golang", module["Path"], module["Version"], _licence(Path(module["Dir"])))


def _licence(source: Path) -> str:
    files = [
        each for each in source.iterdir() if re.match("(?i)(li[cs]en[cs]e|copying)", each.name)
    ]
    return recognised(each.read_text(errors="replace") for each in files if each.is_file())


def _run(*argv: str | Path) -> str:
    done = subprocess.run(argv, cwd=tools.SOURCE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SbomError(f"{' '.join(map(str, argv[:3]))} failed:\n{done.stderr.strip()}")
    return done.stdout


def main() -> None:
    """Write the files for the archive and into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Write a charm's bill of materials and licences.")
    parser.add_argument("archive", type=Path, help="the .charm file")
    parser.add_argument("folder", type=Path, help="where sbom.cdx.json and licences.csv go")
    given = parser.parse_args()
    try:
        components = write(given.archive, given.folder)
    except (SbomError, go.GoError) as error:
        sys.exit(str(error))
    print(f"{len(components)} components: {given.folder / 'sbom.cdx.json'} and licences.csv")


if __name__ == "__main__":
    main()
