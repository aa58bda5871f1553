"""A briefing as tagged PDF/UA-1: typeset by Typst, with vector charts and alternative texts, and no browser."""

import json
import tempfile
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import typst

from publicsafety import palette, prose
from publicsafety.briefing.core import Briefing, Section, Table, printed
from publicsafety.documents import brand, vector
from publicsafety.findings import Finding
from publicsafety.pictures import picture_of

SUFFIX = ".pdf"
MIME = "application/pdf"
TEMPLATE = Path(__file__).with_name("briefing.typ")
WIDTHS = {"map_areas": 560, "map_hexagons": 560}  # pixels of the picture; the page scales it
FONT = "Libertinus Serif"  # comes with Typst, so that every machine sets the same page
COLOURS = ("textColor", "grayTextColor", "dataframeBorderColor", "secondaryBackgroundColor", "care", "needles")


class PdfError(RuntimeError):
    """The PDF could not be made; the text is a sentence."""


def write(briefing: Briefing) -> bytes:
    """The briefing as a PDF. Raises PdfError where Typst finds something that PDF/UA-1 does not allow."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / TEMPLATE.name).write_bytes(TEMPLATE.read_bytes())
        (root / "data.json").write_text(json.dumps(document(briefing, root), ensure_ascii=False), encoding="utf-8")
        for without_system_fonts in (True, False):  # a script that the built-in fonts lack needs the machine's
            try:
                made = typst.compile(
                    str(root / TEMPLATE.name), root=folder, format="pdf", pdf_standards="ua-1", ignore_system_fonts=without_system_fonts,
                    timestamp=datetime.combine(briefing.as_of, time(), UTC),
                )  # fmt: skip
                return bytes(made)  # type: ignore[arg-type]
            except typst.TypstError as error:
                problem = error
    raise PdfError(f"The PDF cannot be made: {problem.message.splitlines()[0]}")


def document(briefing: Briefing, root: Path) -> dict[str, Any]:
    """Everything that the template prints, as plain data; the charts are written to `root` as SVG."""
    city = briefing.city
    return {
        "title": briefing.title,
        "author": f"{city.department}, {city.name}",
        "language": city.language,
        "date": [briefing.as_of.year, briefing.as_of.month, briefing.as_of.day],
        "stamp": briefing.stamp,
        "summary": briefing.summary,
        "tiles": [
            {name: str(each.options.get(name, "")) for name in ("label", "value", "detail", "interval", "before")}
            for each in briefing.tiles
        ],
        "core": [_section(section, root) for section in briefing.core],
        "appendices": [_section(section, root) for section in briefing.appendices],
        "limitations": briefing.limitations,
        "not_shown": briefing.not_shown,
        "definitions": [{"title": each.title, "lines": each.lines} for each in briefing.definitions],
        "revisions": _finding(briefing.revisions, root),
        "sources": briefing.sources,
        "colours": {name: palette.colour(name) for name in COLOURS} | {"accent": brand.accent(city)},
        "logo": _logo(briefing, root),
    }


def _logo(briefing: Briefing, root: Path) -> str:
    """The city's logo as a file in `root`; its name, or nothing."""
    found = brand.logo(briefing.city)
    if found:
        (root / f"logo{found.suffix}").write_bytes(found.content)
    return f"logo{found.suffix}" if found else ""


def _section(section: Section, root: Path) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title,
        "findings": [_finding(found, root) for found in section.findings],
    }


def _finding(found: Finding, root: Path) -> dict[str, Any]:
    notes = [*(found.options.get("beside", ()) if found.drawing else ()), *found.caveats]
    return {
        "question": found.question, "sentence": found.sentence, "notes": " ".join(dict.fromkeys(map(prose.sentence, notes))),
        "beside": " ".join(map(prose.sentence, found.options.get("beside", ()))) if found.drawing == "bars" else "",
        "picture": picture(found, root), "alt": found.alt, "table": _table(printed(found)), "is_map": found.drawing.startswith("map"),
    }  # fmt: skip


def picture(found: Finding, root: Path) -> str:
    """The finding's chart as an SVG file in `root`; its name, or nothing where there is none to draw."""
    figure = picture_of(found)
    if figure is None:
        return ""
    text = vector.svg(figure, found.alt, WIDTHS.get(found.drawing, 460))
    (root / f"{found.key}.svg").write_text(vector.with_font(text, FONT), encoding="utf-8")
    return f"{found.key}.svg"


def _table(laid: Table | None) -> dict[str, Any] | None:
    if laid is None:
        return None
    right = [
        all(row[place].number is not None or row[place].text.startswith("[") for row in laid.rows)
        for place in range(len(laid.headers))
    ]
    longest = [
        max([len(header), *(len(row[place].text) for row in laid.rows)]) for place, header in enumerate(laid.headers)
    ]
    return {
        "headers": laid.headers,
        "rows": [[cell.text for cell in row] for row in laid.rows],
        "right": right,
        "longest": longest,
    }
