"""The files of a release, written from the released database alone: a CSV a table, and `datapackage.json`.

docs/release-format.md describes both. A CSV is the same, byte for byte, as the one in the release's folder.
"""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from publicsafety.documents.csv import harmless

MIME = "text/csv"
MEASURES = {
    "count": ("value",),
    "distinct": ("value",),
    "proportion": ("numerator", "denominator", "value", "low", "high"),
    "median": ("value", "n"),
}
TITLES = {
    "numerator": "Numerator of the share",
    "denominator": "Denominator of the share",
    "low": "Lower end of the 95% Wilson interval",
    "high": "Upper end of the 95% Wilson interval",
    "n": "Number of durations behind the median",
    "status": "Empty, or: c withheld to protect people, r revised, x not available because a count it needs is not, z not applicable",
}


def table_csv(cells: pd.DataFrame, dimensions: tuple[str, ...], kind: str) -> bytes:
    """One table of the catalogue. `cells` are its rows of the catalogue; withheld numbers are empty."""
    names = MEASURES[kind]
    lines = []
    for row in cells.to_dict("records"):
        told = json.loads(row["dimensions"] or "{}")
        values = [str(told[name]) for name in dimensions]
        order = (str(row["period"]), *((value != "All", value) for value in values))
        lines.append(
            (
                order,
                [
                    row["period"],
                    *map(harmless, values),
                    *(_number(row[name], name, kind) for name in names),
                    row["status"] or "",
                ],
            )
        )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["period", *dimensions, *names, "status"])
    writer.writerows(line for _, line in sorted(lines, key=lambda each: each[0]))
    return out.getvalue().encode()


def _number(value: Any, name: str, kind: str) -> str:
    """Counts as whole numbers, shares and intervals as fractions."""
    if value is None or pd.isna(value):
        return ""
    return repr(int(value)) if is_whole(name, kind) else repr(float(value))


def is_whole(name: str, kind: str) -> bool:
    """Whether a measure is a whole number."""
    return name in ("numerator", "denominator", "n") or (name == "value" and kind != "proportion")


def data_package(
    tables: pd.DataFrame,
    labels: pd.DataFrame,
    cards: Mapping[str, Mapping[str, Any]],
    release: Mapping[str, str],
    city: str,
) -> bytes:
    """`datapackage.json` (Data Package v2) with a Table Schema for each table and the rules of protection."""
    named = {name: [str(label) for label in rows["label"]] for name, rows in labels.groupby("dimension")}
    titles = dict(zip(labels["dimension"], labels["title"], strict=True))
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "community-safety",
        "title": f"{release.get('title', 'Figures')}, {city}",
        "description": release.get("description", ""),
        "version": release.get("number", ""),
        "licenses": [{"name": release["license"]}] if release.get("license") else [],
        "temporal": {"through": release.get("through", "")},
        "resources": [_resource(row, named, titles, cards[row["metric"]]) for row in tables.to_dict("records")],
        "disclosure": {
            "withheld": "c",
            "withheld_is_at_least": 1,
            "zeros_are_published": True,
            "thresholds": {
                "events": _int(release, "threshold_events"),
                "people": _int(release, "threshold_people"),
                "median": _int(release, "least_median"),
            },
            "lag_days": _int(release, "lag_days"),
        },
    }
    if not package["licenses"]:
        del package["licenses"]
    return (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()


def _int(release: Mapping[str, str], key: str) -> int | None:
    return int(release[key]) if key in release else None


def _resource(
    row: Mapping[Any, Any], named: Mapping[Any, list[str]], titles: Mapping[str, str], card: Mapping[str, Any]
) -> dict[str, Any]:
    kind, dimensions = str(card["kind"]), [str(name) for name in row["dimensions"]]
    fields: list[dict[str, Any]] = [
        {
            "name": "period",
            "title": f"First day of the {row['grain']}",
            "type": "date",
            "constraints": {"required": True},
        }
    ]
    for name in dimensions:
        values = ["All", *sorted(harmless(label) for label in named.get(name, []))]
        fields.append(
            {
                "name": name,
                "title": titles.get(name, name),
                "type": "string",
                "constraints": {"required": True, "enum": values},
            }
        )
    for name in MEASURES[kind]:
        kinds = "integer" if is_whole(name, kind) else "number"
        fields.append(
            {"name": name, "title": TITLES.get(name, card["title"]), "type": kinds, "constraints": {"minimum": 0}}
        )
    fields.append(
        {"name": "status", "title": TITLES["status"], "type": "string", "constraints": {"enum": ["c", "r", "x", "z"]}}
    )
    said = [str(card.get("question", "")), str(row["note"] or ""), *map(str, card.get("caveats", ()))]
    return {
        "name": str(row["table_id"]).replace("_", "-"),
        "type": "table",
        "title": str(row["title"]),
        "description": " ".join(filter(None, said)),
        "path": f"{row['table_id']}.csv",
        "scheme": "file",
        "format": "csv",
        "mediatype": MIME,
        "encoding": "utf-8",
        "schema": {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": fields,
            "primaryKey": ["period", *dimensions],
            "missingValues": [""],
        },
        "disclosure": {
            "table": str(row["table_id"]), "metric": str(row["metric"]), "kind": kind, "grain": str(row["grain"]), "dimensions": dimensions, "threshold": int(row["threshold"]),
        },
    }  # fmt: skip
