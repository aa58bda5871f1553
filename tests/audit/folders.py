"""Little releases, written as an open-data folder, for the attacker to read."""

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

MEASURES = ("numerator", "denominator", "value", "n", "low", "high")


@dataclass(frozen=True)
class Sheet:
    """One table to publish: its description and its rows, each a mapping of column to text."""

    name: str
    metric: str
    grain: str
    dimensions: tuple[str, ...]
    threshold: int
    rows: tuple[dict[str, str], ...]
    start: str = "2025-01-01"
    end: str = "2025-12-31"

    def with_row(self, place: int, **changes: str) -> "Sheet":
        """The same table with one row changed."""
        rows = list(self.rows)
        rows[place] = {**rows[place], **changes}
        return replace(self, rows=tuple(rows))


def counted(period: str, number: int | None, **dimensions: str) -> dict[str, str]:
    """A row of a count; None is withheld."""
    text = "" if number is None else str(number)
    row = {"period": period, **dimensions, "numerator": text, "denominator": "", "value": text, "n": text}
    return {**row, "low": "", "high": "", "status": "c" if number is None else ""}


def rated(period: str, part: int | None, whole: int | None, **dimensions: str) -> dict[str, str]:
    """A row of a rate; None is withheld."""
    row = counted(period, None, **dimensions)
    if part is None or whole is None:
        return row
    return {
        **row,
        "numerator": str(part),
        "denominator": str(whole),
        "value": f"{part / whole:.3f}",
        "n": str(whole),
        "status": "",
    }


def write_release(folder: Path, sheets: Sequence[Sheet], number: int = 1, **extra: Any) -> Path:
    """Write the folder as `release` would: one CSV per table and the package that describes them; keeps an archive."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.csv"), *folder.glob("*.json")):
        old.unlink()
    for sheet in sheets:
        columns = ["period", *sheet.dimensions, *MEASURES, "status"]
        columns += [name for row in sheet.rows for name in row if name not in columns]
        with (folder / f"{sheet.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(columns)), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(sheet.rows)
    package = {"name": "toy", "release": number, "resources": [_resource(sheet) for sheet in sheets], **extra}
    (folder / "datapackage.json").write_text(json.dumps(package, indent=2), encoding="utf-8")
    archive = folder / "releases" / str(number)
    archive.mkdir(parents=True, exist_ok=True)
    for path in (*folder.glob("*.csv"), *folder.glob("*.json")):
        shutil.copy(path, archive / path.name)
    return folder


def _resource(sheet: Sheet) -> dict[str, Any]:
    described = {
        "name": sheet.name,
        "path": f"{sheet.name}.csv",
        "metric": sheet.metric,
        "grain": sheet.grain,
        "dimensions": list(sheet.dimensions),
        "threshold": sheet.threshold,
        "start": sheet.start,
        "end": sheet.end,
    }
    return described


QUARTERS = ("2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01")
NATURES = ("Mental health", "Notification", "Other", "Well-being")
# Responses by quarter and nature; the second and third columns are small in the first two quarters.
TRUTH = ((31, 3, 12, 24), (28, 9, 4, 30), (35, 12, 14, 22), (40, 11, 13, 27))
HIDDEN = {(0, 1), (0, 2), (1, 1), (1, 2)}


def safe_sheets() -> list[Sheet]:
    """A release that holds: four cells withheld in a rectangle, totals, a rate, a people count, needles by area."""
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
    )  # fmt: skip
    people = Sheet("people_by_year", "people_served", "year", (), 11, (counted("2025-01-01", 150),))
    areas = Sheet(
        "needles_by_area", "needle_pickups", "year", ("area",), 5,
        (counted("2025-01-01", 90, area="All"), counted("2025-01-01", 40, area="East"),
         counted("2025-01-01", 30, area="North"), counted("2025-01-01", 20, area="West")),
    )  # fmt: skip
    return [by_nature, year, rate, people, areas]
