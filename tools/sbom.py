"""The bill of materials of what is served: every package of the lock, with its version and hashes, as CycloneDX.

    python -m tools.sbom > sbom.cdx.json

Made from requirements.txt alone, so it needs no network and is the same on every machine.
"""

import re
import sys
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent


def components(lock: str) -> list[Component]:
    """One component for each pin of the lock, its name, version, package address and hashes."""
    found = []
    for line in re.sub(r"\\\n", " ", lock).splitlines():
        pin = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", line)
        if pin:
            name, version = pin.groups()
            hashes = [
                HashType(alg=HashAlgorithm.SHA_256, content=each)
                for each in re.findall(r"--hash=sha256:([0-9a-f]{64})", line)
            ]
            address = PackageURL("pypi", name=name, version=version)
            found.append(
                Component(
                    type=ComponentType.LIBRARY,
                    name=name,
                    version=version,
                    purl=address,
                    bom_ref=str(address),
                    hashes=hashes,
                )
            )
    return found


def document(lock: str) -> str:
    """The bill as JSON."""
    bom = Bom(components=components(lock))
    bom.metadata.component = Component(type=ComponentType.APPLICATION, name="publicsafety", bom_ref="publicsafety")
    return JsonV1Dot6(bom).output_as_string(indent=1)


if __name__ == "__main__":
    sys.stdout.write(document((ROOT / "requirements.txt").read_text()) + "\n")
