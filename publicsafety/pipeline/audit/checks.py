"""Rules that need no arithmetic: small counts shown, rates without their counts, corrections, unfinished periods."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from .counts import count_cells, floor, is_revised, revised_spans, threshold
from .published import Release, Row, Table, number
from .regions import Cell
from .report import Finding

MEDIAN_NEEDS = 10
EXTREMES = ("min", "max", "minimum", "maximum")
Key = tuple[str, str, object, object, tuple[tuple[str, str], ...]]


def rule_findings(releases: Sequence[Release]) -> list[Finding]:
    """Everything that breaks a rule by what is printed, before any derivation."""
    found: list[Finding] = []
    for release in releases:
        for table in release.tables:
            found += _table_findings(table, release.closed_until)
        found += _small_counts(release)
    return found + _changes(releases)


def _table_findings(table: Table, closed_until: date | None) -> Iterator[Finding]:
    meaning = table.meaning
    lowest = min((floor(one, meaning.unit) for one in meaning.columns.values()), default=0)
    if table.threshold < lowest:
        yield Finding(
            "minimum cell", table.name, "", f"the minimum cell is {table.threshold}, below the floor of {lowest}"
        )
    for row in table.rows:
        numbers = {name: text for name, text in row.numbers.items() if text}
        if row.withheld and numbers:
            yield Finding(
                "withheld row with numbers", table.name, row.name, f"is marked [c] and shows {sorted(numbers)}"
            )
        yield from _value_findings(table, row, numbers)
        if closed_until is not None and row.end > closed_until:
            says = (
                f"the period lasts until {row.end - timedelta(days=1)} and is not over: the next release gives the rest"
            )
            yield Finding("unfinished period", table.name, row.name, says)
        for name in EXTREMES:
            if name in numbers:
                yield Finding("extreme value", table.name, row.name, f"publishes a {name}, which is one person's value")


def _value_findings(table: Table, row: Row, numbers: Mapping[str, str]) -> Iterator[Finding]:
    kind = table.meaning.kind
    if kind in ("proportion", "median") and numbers and not set(table.meaning.columns) <= set(numbers):
        yield Finding(
            "rate without its counts", table.name, row.name, f"shows {sorted(numbers)} but not every count behind it"
        )
    if kind in ("count", "distinct") and set(numbers) - {"value"}:
        yield Finding(
            "unexplained number", table.name, row.name, f"shows {sorted(set(numbers) - {'value'})} beside the count"
        )
    if kind == "median" and "value" in numbers:
        n = number(numbers.get("n", "")) or 0
        if n < MEDIAN_NEEDS:
            yield Finding(
                "median of too few", table.name, row.name, f"a median needs at least {MEDIAN_NEEDS}, here {n:g}"
            )
        for name in ("value", "median", "p90"):
            if (number(numbers.get(name, "")) or 0.0) % 1:
                yield Finding(
                    "median not rounded", table.name, row.name, f"{name} is {numbers[name]}, not a whole number"
                )


def _small_counts(release: Release) -> Iterator[Finding]:
    for cell in count_cells(release):
        shown = number(cell.row.numbers.get(cell.column, ""))
        smallest = 0 if cell.counted.how == "sum" else threshold(cell)
        if shown is not None and 0 < shown < smallest:
            yield Finding(
                "below the minimum cell", cell.table.name, cell.name, f"publishes {shown:g}, below {smallest}"
            )


def _key(cell: Cell) -> Key:
    return cell.table.metric, cell.column, cell.row.start, cell.row.end, cell.row.dimensions


def _changes(releases: Sequence[Release]) -> list[Finding]:
    """Numbers that differ between releases, or that one release withholds and another prints."""
    found: list[Finding] = []
    before: dict[Key, Cell] = {}
    for release in releases:
        spans = revised_spans(release)
        for cell in count_cells(release):
            old = before.get(_key(cell))
            if old is not None:
                found += _change(old, cell, release, is_revised(cell, spans))
        shown = (cell for cell in count_cells(release) if cell.row.numbers.get(cell.column))
        before.update({_key(cell): cell for cell in shown})
    return found


def _change(old: Cell, new: Cell, release: Release, revised: bool) -> Iterator[Finding]:
    was, now = (number(one.row.numbers.get(one.column, "")) for one in (old, new))
    if was is None or was == now:
        return
    if now is None and new.row.withheld and not revised:
        says = f"is withheld in release {release.number} and was published as {was:g} in release {old.release}"
        yield Finding("published before", new.table.name, new.name, says)
    if now is not None and not revised:
        says = f"was {was:g} in release {old.release}, is {now:g} in release {release.number}: no declared correction"
        yield Finding("corrected count", new.table.name, new.name, says)
    if now is not None and revised and new.counted.how != "sum" and abs(now - was) < threshold(new):
        says = (
            f"was {was:g} and is {now:g}: a correction of fewer than {threshold(new)} records shows whom it was about"
        )
        yield Finding("corrected count", new.table.name, new.name, says)
