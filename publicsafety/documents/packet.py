"""The open-data review packet: what a release publishes, how it is protected, what the risks are, lines to sign.

It is made from the published folder and from what the attack on it found, and from nothing else: so it holds nothing that
is withheld, and may itself be published. A review board reads it before a release goes to the web.
"""

import csv
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import typst

from publicsafety import prose

TEMPLATE = Path(__file__).with_name("packet.typ")
SUFFIX = ".pdf"
# Each risk, what speaks against it, and what is left. The board's own words go below.
RISKS = (
    ("A small number points at a person.", "Numbers below the minimum cell are withheld, and so are those from which they could be worked out; a program attacks every release before it goes out.", "Somebody who knows more than any list of outside facts."),
    ("Releases are subtracted from one another.", "Closed quarters are published once and stay; a correction goes out only in a declared batch; the attack uses every release ever made.", "A correction that is wrongly declared."),
    ("A share or a typical time gives a count away.", "Shares and medians are shown only where every count behind them is shown.", "None that is known."),
    ("A map shows where somebody lives.", "Only needle reports are mapped, by areas of a block or more, for closed years; places with few reports are one category.", "Places that many people know for another reason."),
    ("Sensitive kinds of call or partner are recognised.", "They are folded into categories that hold others too.", "A new label that nobody has marked as sensitive yet."),
    ("Figures are misread.", "Every figure has its definition, its n of N and its interval; withheld is said, and is not zero.", "A headline that leaves the interval out."),
)  # fmt: skip
SIGNATURES = ("Data steward", "Privacy officer", "Legal counsel", "Chair of the review board")


class PacketError(RuntimeError):
    """There is no packet; the sentence says why."""


@dataclass(frozen=True)
class Attack:
    """What the audit of the folder found, in its own numbers."""

    passed: bool
    sentences: tuple[str, ...]


def write(folder: Path, attack: Attack, made_on: date) -> bytes:
    """The packet of the release in `folder` as tagged PDF. Raises PacketError."""
    told = document(read(folder), attack, made_on)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / TEMPLATE.name).write_bytes(TEMPLATE.read_bytes())
        (root / "data.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        try:
            made = typst.compile(
                str(root / TEMPLATE.name), root=place, format="pdf", pdf_standards="ua-1",
                timestamp=datetime.combine(made_on, time(), UTC),
            )  # fmt: skip
        except typst.TypstError as error:
            raise PacketError(f"The packet cannot be made: {error.message.splitlines()[0]}") from None
    return bytes(made)  # type: ignore[arg-type]


def read(folder: Path) -> dict[str, Any]:
    """The description of the release in a folder. Raises PacketError."""
    path = folder / "datapackage.json"
    try:
        package = dict(json.loads(path.read_text(encoding="utf-8")))
        if not package["resources"] or "disclosure" not in package:
            raise KeyError("resources")
    except OSError:
        raise PacketError(
            f"{path}: there is no release to review. Run `python -m publicsafety release` first."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise PacketError(
            f"{path}: is not the description of a release. Run `python -m publicsafety release` again."
        ) from None
    for resource in package["resources"]:
        if not (folder / str(resource["path"])).is_file():
            raise PacketError(f"{folder / str(resource['path'])}: this file of the release is missing. Release again.")
        resource["counted"] = _counted(folder / str(resource["path"]))
    return package


def _counted(path: Path) -> tuple[int, int]:
    """How many rows a table has, and how many of them are withheld."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return len(rows), sum(row["status"] == "c" for row in rows)


def document(package: Mapping[str, Any], attack: Attack, made_on: date) -> dict[str, Any]:
    """Everything that the template prints, as plain data."""
    rules, resources = package["disclosure"], package["resources"]
    rows, withheld = (sum(each["counted"][place] for each in resources) for place in (0, 1))
    limits = rules.get("thresholds", {})
    return {
        "title": f"Open-data review: {package['title']}",
        "release": str(package["version"]),
        "through": prose.day(date.fromisoformat(package["temporal"]["through"])),
        "made": prose.day(made_on),
        "date": [made_on.year, made_on.month, made_on.day],
        "description": package.get("description", ""),
        "publisher": ", ".join(str(each["title"]) for each in package.get("contributors", ())),
        "licence": ", ".join(str(each["name"]) for each in package.get("licenses", ())) or "none is named",
        "summary": [
            f"{prose.count(len(resources))} tables with {prose.count(rows)} rows; {prose.count(withheld)} rows are withheld.",
            f"Minimum cells: {limits.get('events')} for calls and reports, {limits.get('people')} for people, cases and referrals; "
            f"{limits.get('median')} durations behind a typical time. A quarter is released when it has been over for {rules.get('lag_days')} days.",
            "The attack on this release and all earlier ones found nothing." if attack.passed else "The attack found something. Do not publish this release.",
        ],
        "tables": [_table(each) for each in resources],
        "fields": _fields(resources),
        "attack": [each for each in attack.sentences if each.strip()],
        "risks": RISKS,
        "signatures": SIGNATURES,
    }  # fmt: skip


def _table(resource: Mapping[str, Any]) -> list[str]:
    told, (rows, withheld) = resource["disclosure"], resource["counted"]
    split = ", ".join(name.replace("_", " ") for name in told["dimensions"]) or "not split"
    return [
        str(resource["title"]),
        str(told["grain"]),
        split,
        str(told["threshold"]),
        prose.count(rows),
        prose.count(withheld),
    ]


def _fields(resources: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Every column that any table has, once, with its type and what it means."""
    found: dict[tuple[str, str], list[str]] = {}
    for resource in resources:
        for field in resource["schema"]["fields"]:
            title = "A figure, by the definition of its table" if field["name"] == "value" else str(field["title"])
            if field["name"] == "period":
                title = "First day of the month, quarter or year"
            found.setdefault(
                (field["name"], title),
                [field["name"], field["type"], title, str(len(field.get("constraints", {}).get("enum", ())) or "")],
            )
    return list(found.values())
