"""Little releases, written as docs/release-format.md says, for the attacker to read."""

import csv
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Sheet:
    """One table to publish: its description and its rows, each a mapping of column to text."""

    name: str
    metric: str
    grain: str
    dimensions: tuple[str, ...]
    threshold: int
    rows: tuple[dict[str, str], ...]
    kind: str = "count"
    base: str = ""
    parts: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)  # numerator, denominator

    def with_row(self, place: int, **changes: str) -> "Sheet":
        """The same table with one row changed."""
        rows = list(self.rows)
        rows[place] = {**rows[place], **changes}
        return replace(self, rows=tuple(rows))


def counted(period: str, number: int | None, status: str = "", **dimensions: str) -> dict[str, str]:
    """A row of a count; None is withheld."""
    text = "" if number is None else str(number)
    return {"period": period, **dimensions, "value": text, "status": "c" if number is None else status}


def rated(period: str, part: int | None, whole: int | None, **dimensions: str) -> dict[str, str]:
    """A row of a share; None is withheld."""
    row = {"period": period, **dimensions}
    if part is None or whole is None:
        return row | dict.fromkeys(("numerator", "denominator", "value", "low", "high"), "") | {"status": "c"}
    numbers = {"numerator": str(part), "denominator": str(whole), "value": f"{part / whole:.4f}"}
    return {**row, **numbers, "low": "", "high": "", "status": ""}


def write_release(
    folder: Path, sheets: Sequence[Sheet], number: int = 1, closed_until: str = "2026-01-01", **extra: Any
) -> Path:
    """Write the folder as `release` would: one CSV per table, the package, the archive with its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.csv"), *folder.glob("*.json")):
        old.unlink()
    for sheet in sheets:
        columns = [*dict.fromkeys(name for row in sheet.rows for name in row if name != "status"), "status"]
        with (folder / f"{sheet.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(sheet.rows)
    hierarchies = [{"child": "area", "parent": "area_group", "map": extra.pop("areas", {})}]
    about = {"release": number, "withheld": "c", "withheld_is_at_least": 1, "hierarchies": hierarchies}
    package = {"name": "toy", "disclosure": about, "resources": [_resource(sheet) for sheet in sheets], **extra}
    (folder / "datapackage.json").write_text(json.dumps(package, indent=2), encoding="utf-8")
    _archive(folder, number, closed_until)
    return folder


def _archive(folder: Path, number: int, closed_until: str) -> None:
    kept = folder / "releases" / f"{number:04}"
    kept.mkdir(parents=True, exist_ok=True)
    names = sorted(path.name for path in (*folder.glob("*.csv"), folder / "datapackage.json"))
    for name in names:
        shutil.copy(folder / name, kept / name)
    before = folder / "releases" / f"{number - 1:04}" / "manifest.json"
    manifest = {
        "release": number,
        "previous": hashlib.sha256(before.read_bytes()).hexdigest() if before.is_file() else None,
        "closed_until": closed_until,
        "files": {name: hashlib.sha256((kept / name).read_bytes()).hexdigest() for name in names},
    }
    (kept / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _resource(sheet: Sheet) -> dict[str, Any]:
    about = {
        "table": sheet.name,
        "metric": sheet.metric,
        "grain": sheet.grain,
        "dimensions": list(sheet.dimensions),
        "kind": sheet.kind,
        "counts": "people" if sheet.threshold > 5 else "events",
        "threshold": sheet.threshold,
        "base": sheet.base or sheet.metric,
        **sheet.parts,
    }
    return {"name": sheet.name, "path": f"{sheet.name}.csv", "disclosure": about}


QUARTERS = ("2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01")
NATURES = ("Mental health", "Notification", "Other", "Well-being")
# Responses by quarter and nature; the second and third columns are small in the first two quarters.
TRUTH = ((31, 3, 12, 24), (28, 9, 4, 30), (35, 12, 14, 22), (40, 11, 13, 27))
HIDDEN = {(0, 1), (0, 2), (1, 1), (1, 2)}
NO_POLICE = {
    "numerator": {"police_role": ["No police"]},
    "denominator": {"police_role": ["No police", "Police involved"]},
}


def safe_sheets() -> list[Sheet]:
    """A release that holds: four cells withheld in a rectangle, totals, a share, a people count, needles by area."""
    rows = []
    for q, period in enumerate(QUARTERS):
        rows.append(counted(period, sum(TRUTH[q]), nature="All"))
        rows += [counted(period, None if (q, n) in HIDDEN else TRUTH[q][n], nature=NATURES[n]) for n in range(4)]
    by_nature = Sheet("responses_by_quarter_and_nature", "care_responses", "quarter", ("nature",), 5, tuple(rows))
    year = Sheet(
        "responses_by_year_and_nature", "care_responses", "year", ("nature",), 5,
        (counted("2025-01-01", 315, nature="All"),
         *(counted("2025-01-01", sum(row[n] for row in TRUTH), nature=NATURES[n]) for n in range(4))),
    )  # fmt: skip
    rate = Sheet(
        "no_police_by_quarter", "no_police_rate", "quarter", (), 5,
        tuple(rated(period, sum(TRUTH[q]) - 7 - q, sum(TRUTH[q])) for q, period in enumerate(QUARTERS)),
        kind="proportion", base="care_responses", parts=NO_POLICE,
    )  # fmt: skip
    people = Sheet("people_by_year", "people_served", "year", (), 11, (counted("2025-01-01", 150),), kind="distinct")
    areas = Sheet(
        "needles_by_area", "needle_pickups", "year", ("area",), 5,
        (counted("2025-01-01", 90, area="All"), counted("2025-01-01", 40, area="East"),
         counted("2025-01-01", 30, area="North"), counted("2025-01-01", 20, area="West")),
    )  # fmt: skip
    return [by_nature, year, rate, people, areas]
