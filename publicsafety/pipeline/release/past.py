"""What do earlier releases, and facts from elsewhere, say about the figures of this one?"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from publicsafety.city import DATA, place_of
from publicsafety.pipeline import reference
from publicsafety.pipeline.release import catalogue, history
from publicsafety.pipeline.release.catalogue import Row
from publicsafety.pipeline.release.figures import corrections_of
from publicsafety.pipeline.release.policy import FLOORS, Policy, Table
from publicsafety.pipeline.release.protect import Before
from publicsafety.pipeline.release.structure import Key
from publicsafety.pipeline.release.years import Year, keys_of, level_sets, quarter_of, words

FACTS = DATA / "reference" / "outside-facts.csv"


def with_past(policy: Policy, past: Sequence[history.Past]) -> Policy:
    """The policy, knowing the tables of earlier releases. Raises PolicyError when it breaks with what was published."""
    for number, correction in enumerate(policy.corrections):
        if not 2 <= correction.release <= len(past) + 1:
            raise policy.error(
                ("corrections", number, "release"),
                f"release = {correction.release}: the next release is {len(past) + 1}. "
                "Name the release that brings the correction (2 or later).",
            )
    tables: dict[str, Table] = {}
    for release in past:
        for each in release.tables.values():
            told = each.disclosure
            old = Table(each.id, each.id, told["metric"], told["grain"], each.dimensions, threshold=0)
            now = next((table for table in policy.tables if table.id == each.id), None)
            where = f"release {each.release} published the table {each.id}"
            if now and (now.metric, now.grain, now.dimensions) != (old.metric, old.grain, old.dimensions):
                raise policy.table_error(
                    each.id, f"{where} with another metric, grain or dimensions. Give the new table a new id."
                )
            if old.metric not in policy.metrics:
                raise policy.error(
                    (),
                    f"{where} of the metric {old.metric}, which is gone. Keep its file: what was published stays a "
                    "constraint.",
                )
            for name in old.dimensions:
                if name not in policy.dimensions:
                    raise policy.error(
                        ("dimensions",),
                        f"{where} by {name}, which is gone from [dimensions]. Keep it: what was published stays a "
                        "constraint.",
                    )
            if told.get("adds_up") and told["base"] != policy.root(old.metric):
                raise policy.error(
                    ("metrics", old.metric),
                    f"{where} as counts of {told['base']}, and here they are counts of {policy.root(old.metric)}. Leave "
                    "them as they were: what was published stays a constraint.",
                )
            if told.get("adds_up") and policy.is_counted(old.metric):
                tables[each.id] = old
        for name, fingerprint in release.package["disclosure"]["dimensions"].items():
            if name in policy.dimensions and definition(policy, name) != fingerprint:
                raise policy.error(
                    ("dimensions", name),
                    f"release {release.number} published {name} with other categories. Leave it as it was, and give "
                    "new categories a new name.",
                )
    return replace(policy, past=tuple(tables.values()))


def definition(policy: Policy, name: str) -> str:
    """A fingerprint of how a dimension's categories are made: it cannot change once published."""
    dimension = policy.dimensions[name]
    made = [
        dimension.column,
        dimension.other,
        dimension.parent,
        sorted(dimension.categories.items()),
        dimension.coarse,
        dimension.coarse_below,
        dimension.dwellings,
    ]
    if dimension.sensitive:
        made.append([dimension.sensitive.column, dimension.sensitive.reference])
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()[:16]


def before(policy: Policy, year: Year, past: Sequence[history.Past]) -> Before:
    """What earlier releases say of a year. Raises HistoryError when today's counts contradict them."""
    shown: dict[Key, int] = {}
    withheld: dict[Key, int] = {}
    revised: dict[Key, int] = {}
    levels = []
    for release in past:
        later = {each.quarter.isoformat() for each in policy.corrections if each.release > release.number}
        for table in release.tables.values():
            told = table.disclosure
            if not told["adds_up"] or told["base"] != year.base or told["metric"] not in year.chosen:
                continue
            old = Table(table.id, table.id, told["metric"], told["grain"], table.dimensions)
            periods = sorted({row[0] for row in table.rows if row[0][:4] == year.year})
            if not periods:
                continue
            levels.append(old)
            places = keys_of(year, old, periods)
            for row, cell in table.rows.items():
                if row[0][:4] != year.year:
                    continue
                if row not in places:
                    if touched(row[0], old.grain, later):
                        continue
                    raise history.HistoryError(
                        f"{release.folder / (table.id + '.csv')}: has the row {', '.join(row)}, which the policy's "
                        f"categories no longer have. Restore {place_of(policy.path)} and the area layer; nothing "
                        "was published."
                    )
                if cell["status"] == catalogue.WITHHELD:
                    withheld.setdefault(places[row], int(told["threshold"]))
                    shown.pop(places[row], None)
                elif touched(row[0], old.grain, later):  # other records: what it says is no constraint on these
                    revised[places[row]] = int(cell["value"])
                elif places[row] not in withheld:
                    shown[places[row]] = int(cell["value"])
    revised = (
        {key: value for key, value in revised.items() if key not in shown}
        if len(past) + 1 in {each.release for each in policy.corrections}
        else {}
    )
    return Before(shown, withheld, tuple(level_sets(year, levels)), revised, smallest_named(policy, past))


def smallest_named(policy: Policy, past: Sequence[history.Past]) -> int:
    """The fewest requests with which this release, or any before it, names a hexagon."""
    told = [release.package["disclosure"].get("thresholds", {}).get("events", FLOORS["events"]) for release in past]
    return min([policy.rules.events, *map(int, told)])


def published_labels(past: Sequence[history.Past], base: str, year: str) -> dict[str, frozenset[str]]:
    """The categories that earlier releases printed for a year, by dimension."""
    found: dict[str, set[str]] = {}
    for release in past:
        for table in release.tables.values():
            if table.disclosure["base"] == base and table.disclosure["adds_up"]:
                for place, name in enumerate(table.dimensions):
                    labels = {row[1 + place] for row in table.rows if row[0][:4] == year} - {"All"}
                    found.setdefault(name, set()).update(labels)
    return {name: frozenset(labels) for name, labels in found.items() if labels}


def check_past(year: Year, past: Before, value: Mapping[Key, int], release: history.Past) -> None:
    """Whether the counts still say what was published. They do when the private counts were kept; raises
    HistoryError."""
    wrong = [key for key, old in past.shown.items() if value.get(key, old) != old]
    if wrong:
        raise history.HistoryError(
            f"{release.folder}: says another figure for {words(year, wrong[0])} than the exports do today, and the "
            f"private counts behind it (the folder {history.FROZEN} of the warehouse) are not there. Restore that "
            "folder from a backup, or declare a [[corrections]] entry for the quarter; nothing was published."
        )


def facts(year: Year) -> dict[Key, tuple[float, float]]:
    """What anyone can know of this year's counts from elsewhere (data/reference/outside-facts.csv): (least, most) by
    key."""
    if not FACTS.exists():
        return {}
    found: dict[Key, tuple[float, float]] = {}
    for entry in reference.read(FACTS).to_dict("records"):
        if entry["metric"] != year.base or entry["start"][:4] != year.year:
            continue
        cell = dict(part.split("=", 1) for part in entry["dimensions"].split(";") if "=" in part)
        if entry["start"][:7] == entry["end"][:7]:
            cell["month"] = entry["start"]
        elif (entry["start"][5:], entry["end"][5:]) != ("01-01", "12-31"):
            cell["quarter"] = entry["start"]
        try:
            key = year.levels.key(cell)
        except (KeyError, ValueError):
            continue
        low, high = float(entry["low"] or 0), float(entry["high"] or "inf")
        known = found.get(key, (0.0, float("inf")))
        found[key] = (max(low, known[0]), min(high, known[1]))
    return found


def as_published(policy: Policy, table: Table, rows: Iterable[Row], past: Sequence[history.Past]) -> list[Row]:
    """Rows that were published before are published again as they were: a closed quarter changes by correction only."""
    corrected = corrections_of(policy, len(past) + 1)
    metric, threshold = policy.metrics[table.metric], policy.threshold(table)
    found = catalogue.key_rows(rows)
    old = past[-1].tables.get(table.id) if past else None
    for key, cell in (old.rows if old else {}).items():
        row, new = _row(key, cell, metric.kind), found.get(key)
        if not touched(key[0], table.grain, corrected):
            found[key] = row
        elif new is None:
            continue
        elif (
            metric.kind == "distinct"
            and not row.status
            and not new.status
            and 0 < abs(int(new.value or 0) - int(row.value or 0)) < threshold
        ):
            found[key] = row  # it would tell how few people came or went
        elif not new.status and (row.status == "r" or new != row):
            found[key] = replace(new, status="r")
    return [found[key] for key in sorted(found)]


def touched(period: str, grain: str, corrected: set[str]) -> bool:
    if grain == "year":
        return any(quarter[:4] == period[:4] for quarter in corrected)
    return quarter_of(period) in corrected


def _row(key: tuple[str, ...], cell: Mapping[str, str], kind: str) -> Row:
    """A row read back from an earlier release's CSV."""

    def whole(name: str) -> int | None:
        return int(cell[name]) if cell.get(name) else None

    def fraction(name: str) -> float | None:
        return float(cell[name]) if cell.get(name) else None

    if cell["status"] == catalogue.WITHHELD:
        return catalogue.hidden(key[0], key[1:])
    if kind == "proportion":
        below = whole("denominator")
        ends = fraction("low"), fraction("high")
        return Row(key[0], key[1:], whole("numerator"), below, fraction("value"), below, *ends, cell["status"])
    counted = whole("n") if kind == "median" else whole("value")
    return Row(key[0], key[1:], numerator=counted, value=whole("value"), n=counted, status=cell["status"])
