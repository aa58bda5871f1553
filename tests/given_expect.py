"""Small tables in Markdown as tests: `## given <table>` are raw rows, `## expect …` what the metric answers.

The words after `expect` are filters: `by nature`, `where source=9-1-1`, `grain month`, `start 2024-07-01`, `end …`.
A line `as of 2024-12-31` sets the as-of day. Times are UTC. An empty cell is missing; columns left out are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from publicsafety.filters import Filters

Rows = list[dict[str, str | None]]


@dataclass(frozen=True)
class Expectation:
    """What a metric answers to filters, as rows of text; only the columns given are compared."""

    title: str
    filters: Filters
    rows: Rows


@dataclass(frozen=True)
class Example:
    """One file: raw rows by table, and expectations."""

    metric: str
    given: Mapping[str, Rows]
    expected: tuple[Expectation, ...]
    as_of: str | None


def read(path: Path) -> Example:
    """Parse one file; a heading that is neither given nor expect is prose."""
    text = path.read_text(encoding="utf-8")
    as_of = re.search(r"^as of (\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    given: dict[str, Rows] = {}
    expected = []
    for title, body in re.findall(r"^## (.*?)$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL):
        verb, _, rest = title.partition(" ")
        if verb == "given":
            given.setdefault(rest.strip(), []).extend(_rows(body))
        elif verb == "expect" or title == "expect":
            expected.append(Expectation(title, _filters(rest), _rows(body)))
    return Example(path.stem, given, tuple(expected), as_of[1] if as_of else None)


def _rows(body: str) -> Rows:
    lines = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in body.splitlines()
        if line.strip().startswith("|")
    ]
    if not lines:
        return []
    header, _, *rest = lines
    for cells in rest:
        assert len(cells) == len(header), f"{cells} does not fit {header}"
    return [{name: cell or None for name, cell in zip(header, cells, strict=True)} for cells in rest]


def _filters(words: str) -> Filters:
    parts = dict(re.findall(r"(by|grain|start|end) (\S+)", words))
    where: dict[str, tuple[str, ...]] = {}
    for name, value in re.findall(r"where (\w+)=(.+?)(?= by | grain | start | end | where |$)", words):
        where[name] = tuple(value.split("|"))
    return Filters(
        date.fromisoformat(parts["start"]) if "start" in parts else None,
        date.fromisoformat(parts["end"]) if "end" in parts else None,
        parts.get("grain", "all"),
        tuple(parts["by"].split(",")) if "by" in parts else (),
        tuple(where.items()),
    )
