"""The privacy officer's file, read strictly: what is unknown, missing, of the wrong form or below a floor is an error that
names its line.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from publicsafety.metrics import Metric, registry
from publicsafety.pipeline.release.policy import (
    FLOORS,
    SENSITIVE,
    Allowed,
    Correction,
    Derived,
    Dimension,
    Never,
    Policy,
    PolicyError,
    Rules,
    Sensitive,
    Stock,
    Table,
    error_at,
    lines_of,
)
from publicsafety.pipeline.release.policy_checks import check

REFERENCES = ("natures", "partners")
COLUMN = re.compile(r"[a-z_][a-z0-9_]*")


def read_policy(path: Path, metrics: Mapping[str, Metric] | None = None) -> Policy:
    """Read and check a policy. Raises PolicyError at the first thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].count(b"\n")
        raise PolicyError(f"{path} line {before + 1}: is not UTF-8. Save the file as UTF-8.") from None
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read ({error}). Name a policy with --policy.") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise PolicyError(f"{path} line {line[1] if line else 1}: is not valid TOML: {error}.") from None
    reader = _Reader(path, lines_of(text))
    known = {"title", "description", "license", "rules", "dimensions", "metrics", "stocks", "tables", "allowed"}
    known |= {"corrections", "never"}
    reader.refuse_unknown((), raw, known)
    for key in ("title", "description", "license"):
        if not isinstance(raw.get(key, ""), str):
            raise reader.error((key,), f"{key} must be text.")
    policy = Policy(
        path,
        text,
        raw.get("title", "Figures"),
        raw.get("description", ""),
        raw.get("license", ""),
        reader.rules(raw.get("rules", {})),
        {
            name: reader.dimension(name, entry)
            for name, entry in reader.mapping(("dimensions",), raw.get("dimensions", {})).items()
        },
        {
            name: reader.derived(name, entry)
            for name, entry in reader.mapping(("metrics",), raw.get("metrics", {})).items()
        },
        tuple(reader.fill(Table, ("tables", i), entry) for i, entry in enumerate(reader.listing("tables", raw))),
        tuple(reader.fill(Allowed, ("allowed", i), entry) for i, entry in enumerate(reader.listing("allowed", raw))),
        tuple(
            reader.fill(Correction, ("corrections", i), entry)
            for i, entry in enumerate(reader.listing("corrections", raw))
        ),
        registry() if metrics is None else metrics,
        {
            name: reader.fill(Stock, ("stocks", name), entry)
            for name, entry in reader.mapping(("stocks",), raw.get("stocks", {})).items()
        },
        tuple(reader.never(("never", i), entry) for i, entry in enumerate(reader.listing("never", raw))),
    )
    check(policy)
    return policy


class _Reader:
    """Turns TOML into the dataclasses above; everything unexpected is an error with its line."""

    def __init__(self, path: Path, lines: Mapping[tuple[str | int, ...], int]) -> None:
        self.path, self.lines = path, lines

    def error(self, where: Sequence[str | int], problem: str) -> PolicyError:
        return error_at(self.path, self.lines, where, problem)

    def refuse_unknown(self, where: Sequence[str | int], raw: Mapping[str, Any], known: set[str]) -> None:
        for key in raw:
            if key not in known:
                near = difflib.get_close_matches(key, sorted(known), n=1)
                hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."
                raise self.error((*where, key), f"{key} is not a setting here. {hint}")

    def mapping(self, where: Sequence[str | int], raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self.error(where, f"{where[-1]} must be a table, such as [{'.'.join(map(str, where))}].")
        return raw

    def listing(self, name: str, raw: Mapping[str, Any]) -> list[Any]:
        found = raw.get(name, [])
        if not isinstance(found, list):
            raise self.error((name,), f"{name} must be written as [[{name}]].")
        return found

    def rules(self, raw: Any) -> Rules:
        raw = self.mapping(("rules",), raw)
        rules = self.fill(Rules, ("rules",), raw)
        for name, floor in FLOORS.items():
            if getattr(rules, name) < floor:
                raise self.error(
                    ("rules", name),
                    f"{name} = {getattr(rules, name)} is below the floor of {floor}. Rules can only be made "
                    f"stricter: take {floor} or more.",
                )
        return rules

    def dimension(self, name: str, raw: Any) -> Dimension:
        where = ("dimensions", name)
        raw = dict(self.mapping(where, raw))
        sensitive, categories = (
            raw.pop("sensitive", None),
            self.mapping((*where, "categories"), raw.pop("categories", {})),
        )
        self.refuse_unknown(where, raw, {each.name for each in fields(Dimension)} - {"name"})
        made = self.fill(Dimension, where, {**raw, "name": name})
        for label, parts in categories.items():
            if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
                raise self.error((*where, "categories", label), f"{label} must be a list of labels.")
        if "All" in categories or made.other == "All":
            raise self.error((*where, "categories"), "no category may be called All: that marks totals.")
        told = self.sensitive(where, made, sensitive)
        for column in (made.column, made.coarse, told.column if told else ""):
            if column and not COLUMN.fullmatch(column):
                raise self.error((*where, "column"), f"{column!r} is not the name of a column.")
        return Dimension(
            **{
                **vars(made),
                "sensitive": told,
                "categories": {label: tuple(parts) for label, parts in categories.items()},
            }
        )

    def sensitive(self, where: Sequence[str | int], made: Dimension, raw: Any) -> Sensitive | None:
        """Which list marks labels of a dimension as sensitive: the one of its column, whether the policy says so or not."""
        always = SENSITIVE.get(made.column)
        told: Sensitive | None = always if raw is None else self.fill(Sensitive, (*where, "sensitive"), raw)
        if told is None:
            return None
        if told.reference not in REFERENCES:
            raise self.error(
                (*where, "sensitive"), f"reference = {told.reference!r} is unknown. Take {' or '.join(REFERENCES)}."
            )
        if always and told != always:
            raise self.error(
                (*where, "sensitive"),
                f"sensitive labels of {made.column} are those of the list {always.reference}: write "
                f'sensitive = {{ column = "{always.column}", reference = "{always.reference}" }}, or leave it out.',
            )
        if not made.other:
            raise self.error(where, f'{made.name} has sensitive labels and no `other` to put them in. Add other = "…".')
        return told

    def derived(self, name: str, raw: Any) -> Derived:
        where = ("metrics", name)
        raw = dict(self.mapping(where, raw))
        parts = {part: self.categories((*where, part), raw.pop(part, {})) for part in ("numerator", "denominator")}
        if not parts["numerator"]:
            raise self.error(where, f"{name} has no numerator. Write which categories of the base it counts.")
        self.refuse_unknown(where, raw, {"base"})
        if not isinstance(raw.get("base"), str):
            raise self.error(where, f"{name} has no base. Name the count that it is a part of.")
        return Derived(name, raw["base"], **parts)

    def never(self, where: Sequence[str | int], raw: Any) -> Never:
        raw = dict(self.mapping(where, raw))
        cells = self.categories((*where, "cells"), raw.pop("cells", {}))
        self.refuse_unknown(where, raw, {"because"})
        if len(cells) < 2 or not isinstance(raw.get("because"), str):
            raise self.error(
                where,
                'write which categories no record can have together, and why: cells = { … = ["…"], … = ["…"] } with two '
                'dimensions or more, and because = "…".',
            )
        return Never(cells, raw["because"])

    def categories(self, where: Sequence[str | int], raw: Any) -> dict[str, tuple[str, ...]]:
        """Dimension → some of its categories."""
        chosen = self.mapping(where, raw)
        for dimension, values in chosen.items():
            if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
                raise self.error(where, f"{where[-1]} of {where[-2]}: {dimension} must be a list of categories.")
        return {dimension: tuple(values) for dimension, values in chosen.items()}

    def fill(self, kind: type, where: Sequence[str | int], raw: Any) -> Any:
        """A dataclass from a TOML table: unknown, missing and wrongly typed keys are errors."""
        raw = self.mapping(where, raw)
        known = {each.name: each for each in fields(kind)}
        self.refuse_unknown(where, raw, set(known))
        values = {}
        for key, value in raw.items():
            wanted = str(known[key].type)
            right = {
                "<class 'str'>": isinstance(value, str),
                "<class 'int'>": isinstance(value, int) and not isinstance(value, bool),
                "<class 'bool'>": isinstance(value, bool),
                "<class 'datetime.date'>": type(value) is date,
            }.get(wanted, isinstance(value, list) and all(isinstance(each, str) for each in value))
            if not right:
                raise self.error((*where, key), f"{key} = {value!r} is not of the right form.")
            values[key] = tuple(value) if isinstance(value, list) else value
        try:
            return kind(**values)
        except TypeError as error:
            missing = ", ".join(re.findall(r"'(\w+)'", str(error)))
            raise self.error(where, f"{missing} is missing here. Add it.") from None
