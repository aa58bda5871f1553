"""What is there to translate? Writes the templates and brings the catalogues up to date: python -m tools.messages [--check].

`make messages` runs it. Two halves: the product's words (publicsafety/locales: strings in code, the definitions of
released metrics) and the department's (languages/ in its data folder: policy, city, areas, events, other cities).
With --check nothing is written; what is missing or wrong is said with file and line, and the exit is 1.
"""

import argparse
import ast
import csv
import json
import sys
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from publicsafety import language, prose
from publicsafety.audience import Audience
from publicsafety.city import DATA, ROOT, line_of
from publicsafety.messages import MessagesError, missing, problems, read
from publicsafety.metrics import SAID, registry
from publicsafety.pages import page_files

CODE = ROOT / "publicsafety"
TEMPLATE = "messages.pot"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "later": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
TEMPLATES = [("**.html", "jinja2"), ("**.xml", "jinja2")]
OPTIONS = {pattern: {"extensions": "jinja2.ext.i18n"} for pattern, _ in TEMPLATES}
# Fields of a header that change with every run, or say nothing.
CHANGING = tuple(
    f'"{name}'
    for name in (
        "Project-Id",
        "Report-Msgid",
        "POT-Creation",
        "PO-Revision",
        "Last-Tr",
        "Language-Team",
        "Generated-By",
    )
)
CITY_TEXTS = ("product", "department", "team", "state")
Found = tuple[str, int, str | tuple[str, str], str | None]  # file, line, message, context


def product() -> Catalog:
    """The template of the product's words."""
    return _catalogue("publicsafety", [*_code(), *_nouns(), *_pages(), *_metrics()])


def department(data: Path = DATA) -> Catalog:
    """The template of one department's words, without those that the product has already."""
    known = product()
    found = (*_policy(data), *_city(data), *_places(data), *_rows(data))
    return _catalogue("data", [each for each in found if each[2] not in known])


def stale(template: Catalog, path: Path) -> list[str]:
    """What a template on the disk lacks or has too much."""
    kept = {(message.id, message.context) for message in read(path) if message.id} if path.exists() else set()
    now = {(message.id, message.context) for message in template if message.id}
    return [f"{path.name}: {_first(each)} is not in it. Run make messages." for each, _ in now - kept] + [
        f"{path.name}: {_first(each)} is no longer used. Run make messages." for each, _ in kept - now
    ]


def faults(template: Catalog, path: Path) -> list[str]:
    """What is wrong with one catalogue: unreadable, untranslated, or a translation that must not be shown."""
    try:
        catalogue = read(path)
    except MessagesError as error:
        return [str(error)]
    untranslated = [
        f"{message.locations[0][0]} line {message.locations[0][1]}: {_first(message.id)} is not translated in {path.name}."
        for message in missing(template, catalogue)
    ]
    return untranslated + [str(each) for each in problems(path, catalogue)]


def halves() -> list[tuple[Catalog, Path]]:
    """Each template and the folder of its catalogues."""
    return [(product(), language.PRODUCT), (department(), language.CITY)]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, and say what is missing or wrong")
    found: list[str] = []
    is_check = parser.parse_args().check
    for template, folder in halves():
        if is_check:
            found += stale(template, folder / TEMPLATE)
        else:
            _write(template, folder / TEMPLATE)
        for path in sorted(folder.glob("*.po")):
            if not is_check:
                catalogue = read(path)
                catalogue.update(template, no_fuzzy_matching=True)
                _write(catalogue, path)
            found += faults(template, path)
    print("\n".join(found) or "Every string is translated.")
    return 1 if is_check and found else 0


def _first(message: str | tuple[str, ...] | list[str]) -> str:
    return f"“{message if isinstance(message, str) else message[0]}”"


def _catalogue(name: str, found: list[Found]) -> Catalog:
    made = Catalog(project=f"Community Safety Dashboard, {name}", charset="utf-8", fuzzy=False)
    for file, line, message, context in sorted(found, key=lambda each: (each[0], each[1])):
        made.add(message, locations=[(file, line)], context=context)
    return made


def _write(catalogue: Catalog, path: Path) -> None:
    """A file that changes only when its messages do: no line numbers, no dates."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = BytesIO()
    write_po(made, catalogue, width=118, include_lineno=False, omit_header=path.suffix == ".pot", ignore_obsolete=True)
    lines = made.getvalue().decode("utf-8").splitlines(keepends=True)
    path.write_text("".join(each for each in lines if not each.startswith(CHANGING)), encoding="utf-8")


def _code() -> Iterator[Found]:
    for path in sorted(CODE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (found := _message(node)):
                yield path.relative_to(ROOT).as_posix(), node.lineno, *found
    for file, line, message, _, context in extract_from_dir(CODE, TEMPLATES, OPTIONS, KEYWORDS):  # type: ignore[arg-type]
        yield f"publicsafety/{file}", line, message, context  # type: ignore[misc]


def _message(call: ast.Call) -> tuple[str | tuple[str, str], str | None] | None:
    """The message and context of a call that translates a text which stands in the code; none for any other call."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    texts = [each.value for each in call.args[:2] if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if name in ("_", "gettext", "later") and len(call.args) == 1 and texts:
        return texts[0], None
    if name in ("ngettext", "pgettext") and len(texts) == 2:
        return ((texts[0], texts[1]), None) if name == "ngettext" else (texts[1], texts[0])
    return None


def _nouns() -> Iterator[Found]:
    for unit, (one, many) in prose.NOUNS.items():
        line = line_of((CODE / "prose.py").read_text(encoding="utf-8"), "NOUNS")
        yield "publicsafety/prose.py", line, ("{n} " + one, "{n} " + many), None
        yield "publicsafety/prose.py", line, many, None
        assert unit


def _pages() -> Iterator[Found]:
    for page in page_files():
        if page.least is Audience.PUBLIC:
            for text in (page.title, page.help):
                yield page.path.relative_to(ROOT).as_posix(), 1, text, None


def _metrics() -> Iterator[Found]:
    """What the files of the metrics say to a reader, of those that the policy shipped here releases."""
    policy = tomllib.loads((ROOT / "data" / "release-policy.toml").read_text(encoding="utf-8"))
    released = {table["metric"] for table in policy["tables"]} | set(policy.get("metrics", {}))
    for name, metric in registry().items():
        if name in released:
            text = metric.path.read_text(encoding="utf-8")
            for part in (*SAID, "steward"):
                said = getattr(metric, part)
                for each in said if isinstance(said, tuple) else (said,):
                    if each:
                        yield metric.path.relative_to(ROOT).as_posix(), line_of(text, part), each, None


def _policy(data: Path) -> Iterator[Found]:
    path = data / "release-policy.toml"
    text = path.read_text(encoding="utf-8")
    policy = tomllib.loads(text)
    texts = [policy.get("title"), policy.get("description")]
    for dimension in policy.get("dimensions", {}).values():
        texts += [dimension.get("title"), dimension.get("other"), *dimension.get("categories", {})]
    for table in policy.get("tables", []):
        texts += [table.get("title"), table.get("note")]
    for each in filter(None, texts):
        yield f"{data.name}/{path.name}", text.count("\n", 0, text.find(f'"{each}"')) + 1, each, None


def _city(data: Path) -> Iterator[Found]:
    path = data / "city.toml"
    text = path.read_text(encoding="utf-8")
    city = tomllib.loads(text)
    for key in CITY_TEXTS:
        if city.get(key):
            yield f"{data.name}/{path.name}", line_of(text, key), city[key], None


def _places(data: Path) -> Iterator[Found]:
    """The groups that the map names; areas are names, and stay as they are unless a department translates them."""
    path = data / "reference" / "areas.geojson"
    if path.exists():
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            if feature["properties"].get("area_group"):
                yield f"{data.name}/reference/{path.name}", 1, feature["properties"]["area_group"], None


def _rows(data: Path) -> Iterator[Found]:
    for name, columns in (("events.csv", ("title",)), ("peers.csv", ("figure", "counts", "differs"))):
        path = data / "reference" / name
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = csv.DictReader(line for line in file if not line.startswith("#"))
                for row in rows:
                    for column in columns:
                        if row.get(column):
                            yield f"{data.name}/reference/{name}", rows.line_num, row[column], None


if __name__ == "__main__":
    sys.exit(main())
