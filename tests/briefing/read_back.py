"""Every text that a reader of a briefing meets, read out of the finished files by other means than those that wrote them."""

import contextlib
import io
import re
import shutil
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pptx
from lxml import etree

NUMBER = re.compile(r"(?<![\w.])[-−+]?\d[\d,]*(?:\.\d+)?%?")


def markdown(content: bytes) -> str:
    return content.decode().replace("\\", "")


def workbook(content: bytes) -> str:
    """All cells of all sheets, as they are shown."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    said = []
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float):
                    said.append(f"{cell.value:.1%}" if "%" in cell.number_format else f"{cell.value:,}")
                elif cell.value is not None:
                    said.append(str(cell.value))
    return "\n".join(said)


def slides(content: bytes) -> str:
    """Titles, texts, tables, alternative texts, notes, and the numbers in the charts."""
    said = []
    for slide in pptx.Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            said += [shape._element.xpath(".//p:cNvPr")[0].get("descr") or ""]
            if shape.has_text_frame:
                said.append(shape.text_frame.text)
            if getattr(shape, "has_table", False) and shape.has_table:
                said += [cell.text for row in shape.table.rows for cell in row.cells]
            if getattr(shape, "has_chart", False) and shape.has_chart:
                said += _chart(shape.chart)
        said.append(slide.notes_slide.notes_text_frame.text)
    return "\n".join(said)


def charts(content: bytes) -> list[tuple[list[str], list[float | None]]]:
    """Names and values of the first series of each native chart."""
    found = []
    for slide in pptx.Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if getattr(shape, "has_chart", False) and shape.has_chart:
                plot = shape.chart.plots[0]
                found.append(([str(each) for each in plot.categories], list(plot.series[0].values)))
    return found


def _chart(chart: object) -> list[str]:
    plot = chart.plots[0]  # type: ignore[attr-defined]
    kind = plot.series[0]._element.xpath(".//c:formatCode")[0].text
    said = [str(each) for each in plot.categories]
    for series in plot.series:
        if series.name.startswith("Usual range"):
            continue  # process limits: worked out, and labelled as such
        said += [f"{value:.1%}" if "%" in kind else f"{value:,.0f}" for value in series.values if value is not None]
    return said


def pdf(content: bytes) -> str:
    """The text of a PDF in reading order. Needs poppler's pdftotext, which the tests' browser packages bring; else empty."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "briefing.pdf"
        path.write_bytes(content)
        return subprocess.run(
            ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
        ).stdout


def outline(content: bytes) -> list[tuple[int, str]]:
    """Level and text of each heading of a PDF, in the order of its tags."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "briefing.pdf"
        path.write_bytes(content)
        tags = subprocess.run(["pdfinfo", "-struct", str(path)], capture_output=True, text=True, check=True).stdout
    return [(int(level), title) for level, title in re.findall(r'^ +H(\d) "(.*)" \(block\)$', tags, re.MULTILINE)]


def unpacked(content: bytes) -> bytes:
    """A PDF with its packed objects laid open, to be searched."""
    found = [content]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        with contextlib.suppress(zlib.error):
            found.append(zlib.decompress(packed))
    return b"\n".join(found)


def has_pdf_reader() -> bool:
    return shutil.which("pdftotext") is not None


def parts(content: bytes) -> dict[str, bytes]:
    """The files inside an Office file."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def numbers(text: str) -> set[str]:
    """Every number in a text, as written and without its sign."""
    return {each.lstrip("-−+").rstrip(",") for each in NUMBER.findall(text)}


def well_formed(content: bytes) -> bool:
    return all(
        etree.fromstring(part) is not None for name, part in parts(content).items() if name.endswith((".xml", ".rels"))
    )
