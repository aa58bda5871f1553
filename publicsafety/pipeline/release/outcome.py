"""What a release did, or why there is none."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any


class ReleaseError(RuntimeError):
    """There is no new release; the message says why and what to do. The last one keeps serving."""


@dataclass(frozen=True)
class TableSummary:
    """What became of one table: non-zero cells, how many of them are withheld, and what was left out."""

    id: str
    cells: int
    withheld: int
    note: str


@dataclass(frozen=True)
class ReleaseResult:
    """What a release did. `changed` is false when nothing new was to be said and the last release stands."""

    number: int
    build_id: str
    through: date
    folder: Path
    tables: tuple[TableSummary, ...]
    narrowest: float
    changed: bool = True

    @property
    def shown_share(self) -> float:
        """The share of cells with records that are shown."""
        cells = sum(each.cells for each in self.tables)
        return 1 - sum(each.withheld for each in self.tables) / cells if cells else 1.0

    def as_json(self) -> dict[str, Any]:
        tables = [
            {"table": each.id, "cells": each.cells, "withheld": each.withheld, "note": each.note}
            for each in self.tables
        ]
        return {
            "release": self.number,
            "build_id": self.build_id,
            "through": self.through.isoformat(),
            "folder": str(self.folder),
            "changed": self.changed,
            "shown_share": round(self.shown_share, 4),
            "tables": tables,
        }

    def sentences(self) -> list[str]:
        """The report for a person: what came out, how much of it is shown, what was left out and why."""
        lines = [
            f"{each.id}: {each.cells - each.withheld:,} of {each.cells:,} cells shown."
            + (f" Note: {each.note}" if each.note else "")
            for each in self.tables
        ]
        width = (
            f"; the narrowest interval left to an outsider is {self.narrowest:.0f} wide" if self.narrowest < 1e9 else ""
        )
        lines.append(f"{self.shown_share:.0%} of all cells that are not zero are shown{width}.")
        said = "is published" if self.changed else "stands: nothing new is closed"
        return [*lines, f"Release {self.number}, figures through {self.through}, {said} in {self.folder}."]
