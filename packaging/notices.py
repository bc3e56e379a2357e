"""Write what a build holds that others made: licence notices, and an SBOM in CycloneDX's JSON.

    python packaging/notices.py --out DIR [--extra heif ...]

`THIRD-PARTY-NOTICES.txt` has the licence texts as the packages bring them, `sbom.cdx.json` every
package and model with its version, licence and digest. Both are of the environment that runs this,
and only of what Restorer needs there; run twice, they are the same bytes. Libraries that a package
carries within itself (Qt, libjpeg, OpenBLAS, ...) are told by that package's own notices.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
NAME = "restorer"

_LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors|copyright)", re.IGNORECASE)
_LONGEST = 200  # characters; a longer "License" field is the text itself, not its name
_RULE = "=" * 100


@dataclass(frozen=True)
class Package:
    """A distribution that is part of the build, and what it needs, by name."""

    dist: Distribution
    needs: tuple[str, ...]

    @property
    def name(self) -> str:
        return normalised(self.dist.metadata["Name"])

    @property
    def reference(self) -> str:
        """As a package URL."""
        return f"pkg:pypi/{self.name}@{self.dist.version}"


def normalised(name: str) -> str:
    """A name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def packages(name: str, extras: frozenset[str]) -> dict[str, Package]:
    """The distribution and all that it needs here, directly or not, by normalised name."""
    found: dict[str, Package] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(name, extras)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        asked = waiting.pop()
        if asked in seen:
            continue
        seen.add(asked)
        try:
            dist = distribution(asked[0])
        except PackageNotFoundError:
            if normalised(asked[0]) == NAME:
                raise SystemExit(f"{NAME} is not installed here") from None
            continue  # wanted on other systems, or an extra that this build has not
        needed = [Requirement(line) for line in dist.requires or []]
        here = [one for one in needed if applies(one, asked[1])]
        waiting += [(one.name, frozenset(one.extras)) for one in here]
        key, names = normalised(asked[0]), {normalised(one.name) for one in here}
        before = found[key].needs if key in found else ()
        found[key] = Package(dist, tuple(sorted(names.union(before))))
    return found


def applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    """Whether it is wanted on this system with these extras."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def licence(dist: Distribution) -> str:
    """As the package states it: an SPDX expression, a name, or its classifiers."""
    said = dist.metadata.get("License-Expression") or dist.metadata.get("License") or ""
    if said and len(said) < _LONGEST and "\n" not in said:
        return str(said)
    classifiers = dist.metadata.get_all("Classifier") or []
    names = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License ::")]
    return ", ".join(names) or "not stated"


def licence_texts(dist: Distribution) -> Iterator[tuple[str, str]]:
    """Name and text of each licence file beside the package's metadata."""
    for file in sorted(dist.files or [], key=str):
        inside = any(part.endswith(".dist-info") for part in file.parts)
        if inside and _LICENCE_FILE.search(file.name):
            yield file.name, Path(str(file.locate())).read_text("utf-8", errors="replace").strip()


def notices(found: dict[str, Package]) -> str:
    """All licences, one package after the other."""
    parts = ["What is part of this build of Restorer and was made by others.\n"]
    for package in in_order(found):
        dist = package.dist
        parts.append(f"{_RULE}\n{dist.metadata['Name']} {dist.version}\nLicence: {licence(dist)}")
        parts += [f"--- {name} ---\n{text}" for name, text in licence_texts(dist)]
    own = sorted((ROOT / "resources").rglob("*.md"))
    for page in (page for page in own if page.name in ("README.md", "LICENSES.md")):
        text = page.read_text("utf-8").strip()
        parts.append(f"{_RULE}\n{page.relative_to(ROOT).as_posix()}\n{text}")
    return "\n\n".join(parts) + "\n"


def bill(found: dict[str, Package]) -> dict[str, Any]:
    """The SBOM, CycloneDX 1.6."""
    itself = found[NAME]
    others = in_order(found)
    components = [
        {
            "type": "library",
            "bom-ref": package.reference,
            "name": package.dist.metadata["Name"],
            "version": package.dist.version,
            "purl": package.reference,
            "licenses": [{"license": {"name": licence(package.dist)}}],
        }
        for package in others
    ]
    dependencies = [
        {
            "ref": package.reference,
            "dependsOn": [found[name].reference for name in package.needs if name in found],
        }
        for package in (itself, *others)
    ]
    body: dict[str, Any] = {
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": itself.reference,
                "name": itself.dist.metadata["Name"],
                "version": itself.dist.version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [*components, *models(), *files()],
        "dependencies": dependencies,
    }
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(body, sort_keys=True))
    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    return head | {"serialNumber": f"urn:uuid:{serial}"} | body


def models() -> list[dict[str, Any]]:
    """The weights that ship with the program."""
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model:{file.parent.name}",
            "name": file.parent.name,
            "hashes": digest(file),
        }
        for file in sorted((ROOT / "resources" / "models").rglob("*.safetensors"))
    ]


def files() -> list[dict[str, Any]]:
    """What else others made that lies in `resources`, but for the samples: a font, a vocabulary."""
    found = [*(ROOT / "resources").rglob("*.ttf"), *(ROOT / "resources").rglob("*.txt.gz")]
    return [
        {"type": "file", "bom-ref": f"file:{file.name}", "name": file.name, "hashes": digest(file)}
        for file in sorted(found)
    ]


def digest(file: Path) -> list[dict[str, str]]:
    """As CycloneDX writes it."""
    return [{"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}]


def in_order(found: dict[str, Package]) -> list[Package]:
    """All but Restorer itself, by name."""
    return [found[name] for name in sorted(found) if name != NAME]


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--extra", action="append", default=[])
    arguments = parser.parse_args()
    found = packages(NAME, frozenset(arguments.extra))
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "THIRD-PARTY-NOTICES.txt").write_text(notices(found), encoding="utf-8")
    sbom = json.dumps(bill(found), indent=2, ensure_ascii=False) + "\n"
    (arguments.out / "sbom.cdx.json").write_text(sbom, encoding="utf-8")
    print(f"{len(found) - 1} packages, {len(models())} models in {arguments.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
