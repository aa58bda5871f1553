"""A measured figure: runs of the product beside runs of something else, their ratio, and the goal that was set for it."""

import statistics
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Runs:
    """Every value of one side, in one unit."""

    name: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def percentile(self, share: float) -> float:
        """The value within which this share of runs lies."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def said(self) -> str:
        """Median, and the span of all runs: "412 (390–455, n=9)"."""
        if len(self.values) == 1:
            return f"{number(self.median)} {self.unit}"
        return f"{number(self.median)} {self.unit} ({number(min(self.values))}–{number(max(self.values))}, n={len(self.values)})"


@dataclass(frozen=True)
class Figure:
    """One line of the table. `goal` is what the ratio should not exceed; negative: what it should reach at least."""

    what: str
    ours: Runs
    other: Runs | None = None
    goal: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours.median / self.other.median if self.other and self.other.median else None

    @property
    def verdict(self) -> str:
        if self.goal is None or self.ratio is None:
            return ""
        is_met = self.ratio >= -self.goal if self.goal < 0 else self.ratio <= self.goal
        return "met" if is_met else "missed"

    @property
    def goal_said(self) -> str:
        if self.goal is None:
            return ""
        return f"≥ {-self.goal:g}" if self.goal < 0 else f"≤ {self.goal:g}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def figure(given: dict[str, Any]) -> Figure:
    """A figure as it was kept."""
    sides = {
        side: Runs(given[side]["name"], given[side]["unit"], tuple(given[side]["values"])) if given[side] else None
        for side in ("ours", "other")
    }
    return Figure(**{**given, **sides})


def number(value: float) -> str:
    """Three figures that count: 1,234, 56.1, 0.123."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def lines(figures: list[Figure]) -> list[str]:
    """The figures as a table to print."""
    head = ["figure", "this dashboard", "beside it", "ratio", "goal", ""]
    rows = [head, ["---"] * 6]
    for each in figures:
        ratio = f"{each.ratio:.2f}" if each.ratio is not None else ""
        other = f"{each.other.name}: {each.other.said()}" if each.other else ""
        name = f"{each.ours.name}: " if each.ours.name != "this dashboard" else ""
        note = f" <br>{each.note}" if each.note else ""
        rows.append([each.what + note, name + each.ours.said(), other, ratio, each.goal_said, each.verdict])
    return [f"| {' | '.join(row)} |" for row in rows]
