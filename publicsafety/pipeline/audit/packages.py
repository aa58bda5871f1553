"""The descriptions of a release, key by key: `datapackage.json`, `data.json` and the manifests hold what a list allows.

A key that is on no list may carry anything, so each one is a finding. Each value has its form; texts are read for
numbers like those of any page.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from publicsafety.city import DATA
from publicsafety.metrics import registry

from .published import TOTAL, Release
from .reading import PACKAGE
from .report import Finding
from .texts import Numbers, catalogue_numbers, text_leaks
from .words import digits_in

CATALOGUE = "data.json"
AREAS = DATA / "reference" / "areas.geojson"
NAME, HASH, DAY = r"[a-z][a-z0-9_-]*", r"sha256:[0-9a-f]{64}", r"\d{4}-\d{2}-\d{2}"
WHOLE, TRUTH, WORD = r"\d{1,7}", "True|False", r"[\w.-]+"
ADDRESS = r"https?://[^\s?#]+"
LARGEST_SMALL = 10  # no text of a package names a count up to here, except the rules' own
# Path of keys → the form of its value; "[]" is any place of a list, "*" any key that has the form of a name.
FORMS = {
    "$schema": ADDRESS, "name": NAME, "version": WHOLE, "created": rf"{DAY}T00:00:00Z", "licenses[].name": WORD,
    "contributors[].roles[]": "publisher", "temporal.through": DAY,
    "resources[].name": NAME, "resources[].type": "table", "resources[].path": r"[\w.-]+\.csv",
    "resources[].scheme": "file", "resources[].format": "csv", "resources[].mediatype": "text/csv",
    "resources[].encoding": "utf-8", "resources[].bytes": WHOLE, "resources[].hash": HASH,
    "resources[].schema.$schema": ADDRESS, "resources[].schema.primaryKey[]": NAME,
    "resources[].schema.missingValues[]": "", "resources[].schema.fields[].name": NAME,
    "resources[].schema.fields[].type": "date|integer|number|string",
    "resources[].schema.fields[].constraints.required": TRUTH,
    "resources[].schema.fields[].constraints.minimum": r"\d+", "resources[].schema.fields[].constraints.maximum": r"\d+",
    "resources[].disclosure.table": NAME, "resources[].disclosure.metric": NAME,
    "resources[].disclosure.kind": "count|distinct|proportion|median",
    "resources[].disclosure.grain": "month|quarter|year", "resources[].disclosure.dimensions[]": NAME,
    "resources[].disclosure.counts": "events|people|objects", "resources[].disclosure.threshold": r"\d{1,2}",
    "resources[].disclosure.adds_up": TRUTH, "resources[].disclosure.base": NAME,
    "resources[].disclosure.rounding.*": r"1|1\.0|1e-0?\d|0\.0*1", "resources[].disclosure.least_n": r"\d{1,2}",
    "disclosure.format": r"docs/release-format\.md, version 1", "disclosure.release": WHOLE, "disclosure.withheld": "c",
    "disclosure.withheld_is_at_least": "1", "disclosure.zeros_are_published": TRUTH,
    "disclosure.time[].child": "month|quarter", "disclosure.time[].parent": "quarter|year",
    "disclosure.hierarchies[].child": NAME, "disclosure.hierarchies[].parent": NAME,
    "disclosure.corrections[].release": WHOLE, "disclosure.corrections[].quarter": DAY,
    "disclosure.dimensions.*": "[0-9a-f]{16}", "disclosure.thresholds.*": r"\d{1,2}", "disclosure.lag_days": r"\d{1,3}",
    "disclosure.never[].base": NAME, "resources[].disclosure.left_out.years[]": r"\d{4}",
    "disclosure.targets.*": r"\d+(?:\.\d+)?", "disclosure.stocks[].active": NAME, "disclosure.stocks[].opened": NAME,
    "disclosure.stocks[].closed": NAME, "disclosure.stocks[].grain": "year",
}  # fmt: skip
TEXTS = {
    *("title", "description", "contributors[].title", "resources[].title", "resources[].description"),
    *("disclosure.never[].because", "resources[].disclosure.left_out.because"),
    *("resources[].schema.fields[].title", "resources[].schema.fields[].unit", "disclosure.corrections[].reason"),
}
LABELS = {
    *("resources[].schema.fields[].constraints.enum[]", "disclosure.hierarchies[].map.*"),
    *("disclosure.never[].cells.*[]", "resources[].disclosure.numerator.*[]"),
    "resources[].disclosure.denominator.*[]",
}
# Mappings whose keys are names of the release's own: dimensions, categories, metrics.
OPEN = {"map", "dimensions", "targets", "thresholds", "rounding", "numerator", "denominator", "cells"}
ENTRY = "dataset[]."
# The catalogue entry: paths → form; `None` is a text that the package has as well, or one without any number.
ENTRIES: dict[str, str | None] = {
    "@type": "Catalog", "title": None, "conformsTo.@type": "Standard", "conformsTo.title": r"DCAT-US 3\.0",
    "publisher.@type": "Agent|Organization", "publisher.name": None, f"{ENTRY}@type": "Dataset",
    f"{ENTRY}identifier": rf"{ADDRESS}#community-safety", f"{ENTRY}title": None, f"{ENTRY}description": None,
    f"{ENTRY}keyword[]": None, f"{ENTRY}version": WHOLE, f"{ENTRY}issued": f"{DAY}|None", f"{ENTRY}modified": DAY,
    f"{ENTRY}temporal[].@type": "PeriodOfTime", f"{ENTRY}temporal[].startDate": f"(?:{DAY})?",
    f"{ENTRY}temporal[].endDate": DAY, f"{ENTRY}accrualPeriodicity": "R/P3M", f"{ENTRY}accessRights": "public",
    f"{ENTRY}license": r"https://creativecommons\.org/licenses/by/4\.0/|None|[\w.-]+", f"{ENTRY}language[]": "en",
    f"{ENTRY}publisher.@type": "Organization", f"{ENTRY}publisher.name": None, f"{ENTRY}contactPoint.@type": "Kind",
    f"{ENTRY}contactPoint.fn": None, f"{ENTRY}contactPoint.hasEmail": r"mailto:[^\s?]+",
    f"{ENTRY}describedBy.@type": "Distribution", f"{ENTRY}describedBy.title": None,
    f"{ENTRY}describedBy.downloadURL": rf"(?:{ADDRESS}/)?datapackage\.json", f"{ENTRY}describedBy.mediaType": "application/json",
    f"{ENTRY}distribution[].@type": "Distribution", f"{ENTRY}distribution[].title": None,
    f"{ENTRY}distribution[].downloadURL": rf"(?:{ADDRESS}/)?[\w.-]+", f"{ENTRY}distribution[].mediaType": r"(?:text|application)/[\w.-]+",
}  # fmt: skip
MANIFESTS = {
    "release": WHOLE, "previous": "None|[0-9a-f]{64}", "closed_until": DAY, "files[]": "[0-9a-f]{64}",
}  # fmt: skip


def package_findings(release: Release, folder: Path, package: Mapping[str, Any]) -> Iterator[Finding]:
    """Every key and value of a release's datapackage.json that is on no list, or that names a count."""
    numbers = catalogue_numbers([release])
    large = Numbers((one for one in numbers if one > LARGEST_SMALL), numbers.shares)
    labels = {TOTAL, *(value for table in release.tables for row in table.rows for _, value in row.dimensions)}
    fine = {release.number, *(str(table.threshold) for table in release.tables), *_phrases(release, package)}

    def says(path: str, value: Any) -> str:
        text = str(value)
        if path in TEXTS:
            leaks = text_leaks(text, large, fine)
            return "".join(f"{one.number!r} is in no published table (… {one.around} …)" for one in leaks[:1])
        if path in LABELS:
            return (
                "" if text.removeprefix("'") in labels or not digits_in(text) else f"{text!r} is no published category"
            )
        return _of_form(FORMS, path, text)

    where = f"{folder.name}/{PACKAGE}" if folder.parent.name == "releases" else PACKAGE
    yield from _walk(package, where, says)
    for _, parent, inside in release.hierarchies:
        for label in {*inside, *inside.values()} - labels - city_areas():
            if digits_in(label):
                yield Finding("text in a package", where, f"hierarchy {parent}", f"{label!r} is no published category")


def city_areas() -> set[str]:
    """The names on the city's own map, which is public."""
    if not AREAS.is_file():
        return set()
    told = json.loads(AREAS.read_text(encoding="utf-8"))
    return {str(value) for one in told.get("features", []) for value in one.get("properties", {}).values()}


def _phrases(release: Release, package: Mapping[str, Any]) -> Iterator[str]:
    """Texts with numbers that are the department's or the product's own: names, licences, definitions."""
    yield from (str(one.get("name", "")) for one in package.get("licenses", []))
    for name in {table.metric for table in release.tables} & set(registry()):
        metric = registry()[name]
        yield from (text for text in (metric.title, metric.question, *metric.caveats) if any(map(str.isdigit, text)))


def entry_findings(
    where: str, told: Mapping[str, Any], package: Mapping[str, Any], names: Collection[str]
) -> Iterator[Finding]:
    """Every key and value of a catalogue entry (data.json) that is on no list. `names`: the files beside it."""
    known = {str(package.get(name, "")) for name in ("title", "description")} | {
        str(one.get("title")) for one in package.get("resources", [])
    }

    def says(path: str, value: Any) -> str:
        text = str(value)
        if path in ENTRIES and ENTRIES[path] is None:
            return "" if text in known or text in names or not digits_in(text) else f"{text!r} has a number"
        if path.endswith("downloadURL") and text.rpartition("/")[2] not in names:
            return f"{text!r} is no file of the folder"
        return _of_form(ENTRIES, path, text)

    yield from _walk(told, where, says)


def manifest_findings(where: str, told: Mapping[str, Any]) -> Iterator[Finding]:
    """Every key and value of a manifest that is on no list."""

    plain = {**told, "files": list(told.get("files", {}).values())}  # the names are held against the files themselves
    yield from _walk(plain, where, lambda path, value: _of_form(MANIFESTS, path, str(value)))


def _of_form(forms: Mapping[str, str | None], path: str, text: str) -> str:
    if path not in forms:
        return "is a key that no release has"
    return "" if re.fullmatch(forms[path] or "", text) else f"{text[:80]!r} has not the form of this key"


def _walk(node: Any, where: str, says: Callable[[str, Any], str], path: str = "", exact: str = "") -> Iterator[Finding]:
    """Every value with the path of its keys; a mapping whose keys are names of the release's own has them as "*"."""
    if isinstance(node, dict):
        for key, value in node.items():
            step = "*" if path.rpartition(".")[2] in OPEN else str(key)
            yield from _walk(value, where, says, f"{path}.{step}".lstrip("."), f"{exact}.{key}".lstrip("."))
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for place, value in enumerate(node):
            yield from _walk(value, where, says, f"{path}[]", f"{exact}[{place}]")
    elif said := says(path, node):
        kind = "number in a text" if path in TEXTS else "text in a package"
        yield Finding(kind, where, exact, said)
