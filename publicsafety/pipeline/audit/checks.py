"""Rules that need no arithmetic: small counts shown, rates without their counts, corrections, unfinished quarters."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from .facts import columns_of, count_cells, floor, threshold
from .published import Release, Row, Table, number
from .regions import Cell, Meaning
from .report import Finding

MEDIAN_NEEDS = 10
EXTREMES = ("min", "max", "minimum", "maximum")
Key = tuple[str, str, object, object, tuple[tuple[str, str], ...]]


def rule_findings(releases: Sequence[Release], meanings: Mapping[str, Meaning]) -> list[Finding]:
    """Everything that breaks a rule by what is printed, before any derivation."""
    found: list[Finding] = []
    for release in releases:
        for table in release.tables:
            meaning = meanings.get(table.metric)
            if meaning is None:
                says = f"the metric {table.metric!r} has no published definition, so this table cannot be audited"
                found.append(Finding("unknown metric", table.name, "", says))
                continue
            found += _table_findings(table, meaning)
        found += _small_counts(release, meanings)
    return found + _changes(releases, meanings)


def _table_findings(table: Table, meaning: Meaning) -> Iterator[Finding]:
    counts = [one for name, one in columns_of(meaning).items() if name in ("numerator", "denominator", "n")]
    lowest = min((floor(one, meaning.unit) for one in counts), default=0)
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
        yield from _value_findings(table, row, meaning, numbers)
        if _ends_inside_a_quarter(row):
            says = (
                f"the period ends on {row.end - timedelta(days=1)}, inside a quarter: the next release gives the rest"
            )
            yield Finding("unfinished quarter", table.name, row.name, says)
        for name in EXTREMES:
            if name in numbers:
                yield Finding("extreme value", table.name, row.name, f"publishes a {name}, which is one person's value")


def _value_findings(table: Table, row: Row, meaning: Meaning, numbers: Mapping[str, str]) -> Iterator[Finding]:
    shown = [name for name in ("value", "low", "high", "share", "percent") if name in numbers]
    if meaning.kind == "proportion" and shown and not {"numerator", "denominator"} <= set(numbers):
        yield Finding("rate without its counts", table.name, row.name, f"shows {shown} but not both counts")
    if meaning.kind == "median" and "value" in numbers:
        n = number(numbers.get("n") or numbers.get("numerator") or "") or 0
        if n < MEDIAN_NEEDS:
            yield Finding(
                "median of too few", table.name, row.name, f"a median needs at least {MEDIAN_NEEDS}, here {n:g}"
            )
        for name in ("value", "median", "p90"):
            if (number(numbers.get(name, "")) or 0.0) % 1:
                yield Finding(
                    "median not rounded", table.name, row.name, f"{name} is {numbers[name]}, not a whole number"
                )


def _ends_inside_a_quarter(row: Row) -> bool:
    is_month = (row.end - row.start).days <= 31
    return not is_month and not (row.end.day == 1 and row.end.month in (1, 4, 7, 10))


def _small_counts(release: Release, meanings: Mapping[str, Meaning]) -> Iterator[Finding]:
    for cell in count_cells(release, meanings):
        shown = number(cell.row.numbers.get(cell.column, ""))
        smallest = 0 if cell.counted.how == "sum" else threshold(cell, meanings)
        if shown is not None and 0 < shown < smallest and cell.column != "value":
            yield Finding(
                "below the minimum cell", cell.table.name, cell.name, f"publishes {shown:g}, below {smallest}"
            )


def _key(cell: Cell) -> Key:
    return cell.table.metric, cell.column, cell.row.start, cell.row.end, cell.row.dimensions


def _changes(releases: Sequence[Release], meanings: Mapping[str, Meaning]) -> list[Finding]:
    """Numbers that differ between releases, or that one release withholds and another prints."""
    found: list[Finding] = []
    before: dict[Key, Cell] = {}
    for release in releases:
        now: dict[Key, Cell] = {}
        for cell in count_cells(release, meanings):
            if cell.column == "value":
                continue
            now[_key(cell)] = cell
            old = before.get(_key(cell))
            if old is not None:
                found += _change(old, cell, release)
        before.update({key: cell for key, cell in now.items() if cell.row.numbers.get(cell.column)})
    return found


def _change(old: Cell, new: Cell, release: Release) -> Iterator[Finding]:
    was, now = old.row.numbers.get(old.column, ""), new.row.numbers.get(new.column, "")
    if was and not now and new.row.withheld:
        says = f"is withheld in release {release.number} and was published as {was} in release {old.release}"
        yield Finding("published before", new.table.name, new.name, says)
    if was and now and float(was) != float(now) and new.table.name not in release.declared:
        says = (
            f"was {was} in release {old.release} and is {now} in release {new.release}, without a declared correction"
        )
        yield Finding("corrected count", new.table.name, new.name, says)
