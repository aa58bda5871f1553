"""The open-data folder: one CSV a table, its Table Schema in `datapackage.json`, a DCAT-US 3 catalogue in `data.json`.

The format is described for readers, and for those who try to break it, in docs/release-format.md.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from publicsafety.documents.csv import harmless, lines
from publicsafety.documents.open_data import MEASURES, TITLES, columns, form_of
from publicsafety.metrics import Metric
from publicsafety.periods import add_months
from publicsafety.pipeline.release.catalogue import SHARE_DIGITS, Published, Row
from publicsafety.pipeline.release.policy import Policy

SYNTHETIC = " (synthetic data)"  # the end of the title of a release of the sample
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Edition:
    """What is the same for all files of a release."""

    number: int
    closed_until: date  # the first day that is not in it
    city: Mapping[str, Any]  # as build_info has it
    synthetic: bool
    hierarchies: tuple[Mapping[str, Any], ...]
    definitions: Mapping[str, str]  # dimension → fingerprint of how its categories are made
    created: date | None = None  # the day of the release; releases that did not write it down have none
    never: tuple[
        Mapping[str, Any], ...
    ] = ()  # combinations of categories that no record can have: base, cells, because
    corrections: tuple[Mapping[str, Any], ...] = ()  # those that this release and earlier ones brought

    @property
    def through(self) -> date:
        """The last day that the figures cover."""
        return self.closed_until - timedelta(days=1)


def stamped(edition: Edition, policy: Policy, number: int, created: date | None) -> Edition:
    """The edition as release `number`, made on a day, with every correction that came out up to then."""
    told = tuple(
        {"release": each.release, "quarter": each.quarter.isoformat(), "reason": each.reason}
        for each in policy.corrections
        if each.release <= number
    )
    return replace(edition, number=number, created=created, corrections=told)


def created_of(package: Mapping[str, Any]) -> date | None:
    """The day of a release, by its `datapackage.json`."""
    return date.fromisoformat(str(package["created"])[:10]) if package.get("created") else None


def corrections_of(package: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The corrections that a release tells, by its `datapackage.json`."""
    return list(package.get("disclosure", {}).get("corrections", []))


def table_csv(published: Published, metric: Metric) -> bytes:
    """A table as CSV: period and dimensions, measures, status. Withheld numbers are empty."""
    names = MEASURES[metric.kind]
    rows = [
        (row.period, *map(harmless, row.dimensions), *(getattr(row, name) for name in names), row.status)
        for row in sorted(published.rows, key=_order)
    ]
    return lines([columns(published.table.dimensions, metric.kind), *rows])


def _order(row: Row) -> tuple[Any, ...]:
    return row.period, *((value != "All", value) for value in row.dimensions)


def data_package(policy: Policy, edition: Edition, tables: Sequence[Published], files: Mapping[str, bytes]) -> bytes:
    """`datapackage.json`: Data Package v2 with a Table Schema for each table and a `disclosure` property that says
    what is protected."""
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "community-safety",
        "title": _title(policy, edition),
        "description": policy.description,
        "version": str(edition.number),
        "created": f"{edition.created.isoformat()}T00:00:00Z" if edition.created else None,
        "licenses": [{"name": policy.license}] if policy.license else [],
        "contributors": [{"title": edition.city["department"], "roles": ["publisher"]}],
        "temporal": {"through": edition.through.isoformat()},
        "resources": [
            _resource(policy, edition, published, files[f"{published.table.id}.csv"]) for published in tables
        ],
        "disclosure": {
            "format": "docs/release-format.md, version 1",
            "release": edition.number,
            "withheld": "c",
            "withheld_is_at_least": 1,
            "zeros_are_published": True,
            "time": [{"child": "month", "parent": "quarter"}, {"child": "quarter", "parent": "year"}],
            "hierarchies": list(edition.hierarchies),
            "never": [{**each, "cells": _finest(each["cells"], edition.hierarchies)} for each in edition.never],
            "corrections": [dict(each) for each in edition.corrections],
            "dimensions": dict(edition.definitions),
            "thresholds": {"events": policy.rules.events, "people": policy.rules.people, "median": policy.rules.median},
            "lag_days": policy.rules.lag_days,
            "targets": dict(edition.city.get("targets") or {}),
            "stocks": [
                {"active": name, "opened": each.opened, "closed": each.closed, "grain": "year"}
                for name, each in sorted(policy.stocks.items())
            ],
        },
    }
    for name in ("licenses", "created"):
        if not package[name]:
            del package[name]
    return _json(package)


def _title(policy: Policy, edition: Edition) -> str:
    return f"{policy.title}, {edition.city['name']}" + (SYNTHETIC if edition.synthetic else "")


def is_synthetic(package: Mapping[str, Any]) -> bool:
    """Whether a release was made of the sample, as its `datapackage.json` says."""
    return str(package["title"]).endswith(SYNTHETIC)


def _resource(policy: Policy, edition: Edition, published: Published, content: bytes) -> dict[str, Any]:
    table, metric = published.table, policy.metrics[published.table.metric]
    names = MEASURES[metric.kind]
    fields: list[dict[str, Any]] = [
        {
            "name": "period",
            "title": f"First day of the {table.grain}",
            "type": "date",
            "constraints": {"required": True},
        }
    ]
    for place, name in enumerate(table.dimensions):
        values = sorted(
            {harmless(row.dimensions[place]) for row in published.rows} | {"All"},
            key=lambda value: (value != "All", value),
        )
        fields.append(
            {
                "name": name,
                "title": policy.dimensions[name].title,
                "type": "string",
                "constraints": {"required": True, "enum": values},
            }
        )
    for name in names:
        field = {"name": name, "title": TITLES.get(name, metric.title), "type": form_of(name, metric.kind)}
        if name == "value":
            field["unit"] = metric.unit if metric.kind != "proportion" else "share (0 to 1)"
        fields.append({**field, "constraints": {"minimum": 0}})
    fields.append(
        {"name": "status", "title": TITLES["status"], "type": "string", "constraints": {"enum": ["c", "r", "x", "z"]}}
    )
    return {
        "name": table.id.replace("_", "-"),
        "type": "table",
        "title": table.title,
        "description": " ".join(filter(None, [metric.question, published.note, *metric.caveats])),
        "path": f"{table.id}.csv",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "schema": {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": fields,
            "primaryKey": ["period", *table.dimensions],
            "missingValues": [""],
        },
        "disclosure": _disclosure(policy, edition, published),
    }


def _finest(selection: Mapping[str, Sequence[str]], hierarchies: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """A selection with every coarse category written as the finer ones that add up to it."""
    below = {each["parent"]: each for each in hierarchies}
    found: dict[str, list[str]] = {}
    for name, values in sorted(selection.items()):
        if name not in below:
            chosen, finest = list(values), name
        else:
            finest = below[name]["child"]
            chosen = sorted(part for part, whole in below[name]["map"].items() if whole in values)
        found[finest] = [part for part in chosen if part in found.get(finest, chosen)]
    return found


def _disclosure(policy: Policy, edition: Edition, published: Published) -> dict[str, Any]:
    """What an outsider may know of how the numbers hang together."""
    table, metric = published.table, policy.metrics[published.table.metric]
    found: dict[str, Any] = {
        "table": table.id,
        "metric": table.metric,
        "kind": metric.kind,
        "grain": table.grain,
        "dimensions": list(table.dimensions),
        "counts": published.what,
        "threshold": published.threshold,
        "adds_up": metric.kind == "count",
        "base": policy.base_of(table),
    }
    if published.left_out:
        found["left_out"] = {
            "years": list(published.left_out),
            "because": "with the other tables, small counts could be worked out from it",
        }
    if table.metric in policy.derived:
        numerator, denominator = policy.selections(table.metric)
        found["numerator"] = _finest(numerator, edition.hierarchies)
        if policy.derived[table.metric].denominator:
            found["denominator"] = _finest(denominator, edition.hierarchies)
    if metric.kind == "proportion":
        found["rounding"] = dict.fromkeys(("value", "low", "high"), float(f"1e-{SHARE_DIGITS}"))
    if metric.kind == "median":
        found["rounding"] = {"value": 1}
        found["least_n"] = policy.rules.median
    return found


def data_json(
    policy: Policy, edition: Edition, tables: Sequence[Published], names: Sequence[str] = (), base: str = ""
) -> bytes:
    """A DCAT-US 3 catalogue with one dataset and a distribution for each file.

    `names`: the files beside it, the tables' CSVs when none is named. `base`: the address of their folder; without one
    the addresses are relative, which readers of the folder understand and harvesters do not.
    """
    city = edition.city
    titles = {published.table.id: published.table.title for published in tables}
    names = names or [f"{name}.csv" for name in titles]
    site = str(city.get("open_data") or city.get("website") or "https://example.org")
    license_url = "https://creativecommons.org/licenses/by/4.0/" if policy.license == "CC-BY-4.0" else policy.license
    publisher = {"@type": "Organization", "name": f"{city['name']}, {city['department']}"}
    dataset: dict[str, Any] = {
        "@type": "Dataset",
        "identifier": f"{site.rstrip('/')}#community-safety",
        "title": _title(policy, edition),
        "description": policy.description or policy.title,
        "keyword": ["community safety", "crisis response", "needle pickup", "open data"],
        "version": str(edition.number),
        "issued": edition.created.isoformat() if edition.created else None,
        "modified": (edition.created or edition.through).isoformat(),
        "temporal": [{"@type": "PeriodOfTime", "startDate": _first(tables), "endDate": edition.through.isoformat()}],
        "accrualPeriodicity": "R/P3M",
        "accessRights": "public",
        "license": license_url or None,
        "language": ["en"],
        "publisher": publisher,
        "contactPoint": {
            "@type": "Kind",
            "fn": city["department"],
            "hasEmail": f"mailto:{city.get('contact') or 'unknown@example.org'}",
        },
        "describedBy": {
            "@type": "Distribution",
            "title": "Data Package: a table schema for each table",
            "downloadURL": f"{base}datapackage.json",
            "mediaType": "application/json",
        },
        "distribution": [
            {
                "@type": "Distribution",
                "title": titles.get(name.rpartition(".")[0], name),
                "downloadURL": f"{base}{name}",
                "mediaType": MEDIA_TYPES[name.rpartition(".")[2]],
            }
            for name in sorted(names)
        ],
    }
    return _json(
        {
            "@type": "Catalog",
            "title": _title(policy, edition),
            "conformsTo": {"@type": "Standard", "title": "DCAT-US 3.0"},
            "publisher": publisher | {"@type": "Agent"},
            "dataset": [dataset],
        }
    )


def _first(tables: Sequence[Published]) -> str:
    return min((row.period for published in tables for row in published.rows), default="")


def next_release(edition: Edition, lag_days: int) -> date:
    """The day from which the next quarter may be released."""
    return add_months(edition.closed_until, 3) + timedelta(days=lag_days)


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
