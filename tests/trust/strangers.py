"""Thirty-odd more files, of the kind that a stranger would try: each with the outcome that it must have."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from tests.trust import corpus, exports
from tests.trust.corpus import GOOD, Case, archive, case, csv, ods, rewritten, rows, with_line, with_row, workbook

LINE = csv([exports.call(90)]).decode().split("\n")[1]


def js(value: object) -> bytes:
    return json.dumps(value).encode()


def sheet(*before: list[Any], after: tuple[list[Any], ...] = ()) -> bytes:
    """A workbook with rows above the header and below the table."""
    import openpyxl

    book = openpyxl.Workbook()
    page = book.active
    for row in [*before, list(exports.CAD), *([row[name] for name in exports.CAD] for row in rows()), *after]:
        page.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def stamped(change: Callable[[str], str], every: int = 1) -> bytes:
    """Thirty calls, the times of each (or of every n-th) rewritten."""
    stamps = ("CALL_RCVD", "DISP", "ONSCN", "CLR")
    spread = [exports.call(4 * number) for number in range(GOOD)]
    return csv([row | ({name: change(row[name]) for name in stamps} if n % every == 0 else {}) for n, row in enumerate(spread)])  # fmt: skip


def iso(value: str) -> str:
    return f"{value[6:10]}-{value[:2]}-{value[3:5]} {value[11:]}"


def cells() -> list[Case]:
    far = b'<row r="1048576"><c s="0" r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    empty_rows = b"".join(b'<row r="%d"/>' % n for n in range(32, 1_048_577)) + b"</sheetData>"
    wide = (
        b'<table:table-row><table:table-cell office:value-type="string" table:number-columns-repeated="16000000"><text:p>x</text:p></table:table-cell></table:table-row>'
        * 40
    )
    return [
        case("XLSX with a million empty rows", lambda: rewritten(workbook(), corpus.SHEET, lambda xml: xml.replace(b"</sheetData>", empty_rows)), "loaded", rows=GOOD, file="cad_x.xlsx"),
        case("XLSX with one cell far away, spelled otherwise", lambda: rewritten(workbook(), corpus.SHEET, lambda xml: xml.replace(b"</sheetData>", far)), "refused", "far", file="cad_x.xlsx"),
        case("ODS that repeats columns by the million", lambda: rewritten(ods(rows()), "content.xml", lambda xml: xml.replace(b"</table:table>", wide + b"</table:table>")), "refused", file="cad_x.ods"),
        case("XLSX with title rows", lambda: sheet(["Calls for service"], ["Generated", "2025-07-01"]), "refused", "row 3: the header", file="cad_x.xlsx"),
        case("XLSX with a total below", lambda: sheet(after=(["Total", GOOD],)), "aside", "footer", rows=GOOD, file="cad_x.xlsx"),
        case("XLSX with notes below", lambda: sheet(after=([], ["Source: dispatch. Prepared by the records unit."])), "aside", rows=GOOD, file="cad_x.xlsx"),
        case("XLSX with a second table below", lambda: sheet(after=([], ["Area", "Calls"], ["North", 3], ["South", 4])), "aside", rows=GOOD, file="cad_x.xlsx"),
        case("XLSX with a second table beside", lambda: workbook(change=lambda page: [page.cell(n, 20, "note") for n in (1, 2, 3)]), "loaded", rows=GOOD, file="cad_x.xlsx"),
        case("XLSX with merged header cells", lambda: workbook(change=lambda page: page.merge_cells("A1:B1")), "refused", file="cad_x.xlsx"),
        case("XLSX on a hidden sheet alone", lambda: workbook(change=lambda page: (page.parent.create_sheet("Cover").append(["see", "inside"]), page.__setattr__("sheet_state", "hidden"))), "loaded", rows=GOOD, file="cad_x.xlsx"),
        case("XLSX in a zip", lambda: archive([("cad_1.xlsx", workbook())]), "loaded", rows=GOOD, file="pack.zip"),
        case("XLSX with a Python object of a name", lambda: rewritten(workbook(), "xl/workbook.xml", lambda xml: xml.replace(b'name="Sheet"', b'name="../../x"')), "loaded", rows=GOOD, file="cad_x.xlsx"),
    ]  # fmt: skip


def documents() -> list[Case]:
    good, point = rows(), {"type": "Point", "coordinates": [-71.11, 42.37]}
    twice = js(good)[:-1] + b', {"INC_NUM": "I1", "INC_NUM": "I2"}]'
    metres = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": [230000, 900000]}}
        for row in good
    ]
    lines = [json.dumps(row | {"NATURE": "two\u2028parts"}, ensure_ascii=False) for row in good]
    return [
        case("JSON with the same name twice in a record", lambda: twice, "refused", "twice", file="cad_x.json"),
        case("JSON with infinity", lambda: js(good)[:-1] + b', ' + js(exports.call(90))[:-1].replace(b'"LAT": ""', b'"LAT": -Infinity') + b'}]', "aside", "not a number", rows=GOOD, file="cad_x.json"),
        case("JSON with a number beyond all floats", lambda: js(good)[:-1] + b', ' + js(exports.call(90))[:-1].replace(b'"LAT": ""', b'"LAT": 1e999') + b'}]', "aside", "not a number", rows=GOOD, file="cad_x.json"),
        case("JSON with a key as a big number", lambda: js(good)[:-1] + b', ' + js(exports.call(90)).replace(b'"I00090"', b"123456789012345678901234567890") + b']', "loaded", file="cad_x.json"),
        case("JSON lines with a line separator in a text", lambda: "\n".join(lines).encode(), "loaded", rows=GOOD, file="cad_x.json"),
        case("JSON text nested in text", lambda: js(json.dumps(good)), "refused", file="cad_x.json"),
        case("JSON with a comment", lambda: b"// export\n" + js(good), "refused", "inspect", file="cad_x.json"),
        case("JSON with rubbish after it", lambda: js(good) + b"\n<html>", "refused", "JSON", file="cad_x.json"),
        case("GeoJSON in metres that says nothing of it", lambda: js({"type": "FeatureCollection", "features": metres}), "refused", "feet or metres", file="cad_x.geojson"),
        case("GeoJSON whose points are texts", lambda: js({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": row, "geometry": point | {"coordinates": ["west", "north"]}} for row in good]}), "loaded", rows=GOOD, file="cad_x.geojson"),
        case("GeoJSON whose properties are a list", lambda: js({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": [1, 2], "geometry": point}]}), "refused", file="cad_x.geojson"),
        case("GeoJSON whose geometry is a text", lambda: js({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": good[0], "geometry": "POINT(1 1)"}]}), "refused", file="cad_x.geojson"),
    ]  # fmt: skip


def zips() -> list[Case]:
    other = csv([exports.call(number) for number in range(GOOD, 2 * GOOD)])

    def deep() -> bytes:
        made = csv()
        for n in range(6):
            made = archive([(f"{n}.zip" if n else "cad_1.csv", made)])
        return made

    def overlapping() -> bytes:
        """Two entries of the directory that share one body, as in a bomb without a large ratio."""
        raw = archive([("cad_1.csv", csv()), ("cad_2.csv", other)])
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            first, second = packed.infolist()
        return raw.replace(second.header_offset.to_bytes(4, "little"), first.header_offset.to_bytes(4, "little"))

    return [
        case("a zip six deep", deep, "refused", file="pack.zip"),
        case("a zip with one name for two different files", lambda: archive([("cad_1.csv", csv()), ("cad_1.csv", other)]), "loaded", rows=2 * GOOD, file="pack.zip"),
        case("a zip whose entries share one body", overlapping, "refused", "damaged", rows=GOOD, file="pack.zip"),
        case("a zip with rubbish before it", lambda: b"#!/bin/sh\n" + archive([("cad_1.csv", csv())]), "refused", file="pack.zip"),
        case("a zip with names of control characters", lambda: archive([("cad\x1b[2J\n1.csv", csv())]), "loaded", rows=GOOD, file="pack.zip"),
        case("a tar", lambda: b"cad_x.csv" + bytes(500) + csv(), "refused", file="cad_x.csv"),
    ]  # fmt: skip


def texts() -> list[Case]:
    good = csv()
    return [
        case("UTF-32 LE without a mark", lambda: good.decode().encode("utf-32-le"), "refused"),
        case("UTF-7", lambda: csv([exports.call(90, NATURE="Caf\u00e9"), *rows()]).decode().encode("utf-7"), "loaded", holds="Caf+AOk"),
        case("carets between the columns", lambda: csv(delimiter="^"), "refused", "inspect"),
        case("a header with line breaks, quotes and an emoji", lambda: good.replace(b"AGENCY", '"AGENCY \U0001f691 ""x""\nof the unit"'.encode(), 1), "loaded", rows=GOOD),
        case("a column twice, once in small letters", lambda: good.replace(b"AGENCY", b"inc_num", 1), "refused", "twice"),
        case("a column name of 100 kB", lambda: good.replace(b"AGENCY", b"A" * 100_000, 1), "loaded", rows=GOOD),
        case("notes below the table", lambda: good + b"\nSource: dispatch\nPrepared by the records unit\n", "aside", rows=GOOD),
        case("two tables one below the other", lambda: good + b"\n\nArea,Calls\nNorth,3\nSouth,4\n", "aside", rows=GOOD),
        case("a line of nothing but quotes", lambda: with_line('"' * 40), "aside"),
        case("a backspace over a key", lambda: csv(with_row(INC_NUM="I1\b\b\b\b90")), "loaded"),
        case("a key in full-width digits", lambda: csv(with_row(INC_NUM="\uff11\uff12\uff13")), "loaded"),
        case("commas in numbers without quotes", lambda: with_line(LINE.replace(",,", ",1,234,", 1)), "aside", "column"),
        case("line feeds alone between two carriage returns", lambda: good.replace(b"\n", b"\r\r\n"), "loaded", rows=GOOD),
    ]  # fmt: skip


def times() -> list[Case]:
    day = {"DISP": "", "ONSCN": "", "CLR": ""}

    def at(value: str) -> Callable[[], bytes]:
        return lambda: csv(with_row(CALL_RCVD=value, **day))

    return [
        case("two-digit years throughout", lambda: stamped(lambda value: value[:6] + value[8:]), "refused", "two-digit year"),
        case("ISO dates throughout, where others were declared", lambda: stamped(iso), "refused", "date"),
        case("ISO and American dates by turns", lambda: stamped(iso, every=2), "refused", "date"),
        case("day before month throughout", lambda: stamped(lambda value: value[3:6] + value[:3] + value[6:]), "refused", "date"),
        case("epoch seconds throughout", lambda: stamped(lambda value: "1741000000"), "refused", "date"),
        case("epoch milliseconds throughout", lambda: stamped(lambda value: "1741000000000"), "refused", "date"),
        case("times without a date throughout", lambda: stamped(lambda value: value[11:]), "refused", "date"),
        case("AM and PM in one row", at("03/01/2025 10:00:00 PM"), "aside", "date"),
        case("the sixtieth second", at("03/01/2025 10:00:60"), "aside", "date"),
        case("a time zone that lies", at("03/01/2025 10:00:00 PST"), "aside", "date"),
        case("an offset that no place has", at("03/01/2025 10:00:00+99:00"), "aside", "date"),
        case("a date without its time", at("03/01/2025"), "aside", "date"),
        case("a time to the nanosecond", at("03/01/2025 10:00:00.123456789"), "loaded"),
        case("a year of the Buddhist calendar", at("03/01/2568 10:00:00"), "aside"),
    ]  # fmt: skip


def counts() -> list[Case]:
    columns = ("SR_NUMBER", "REQUEST_TYPE", "OPENED_UTC", "NEEDLES")

    def text(value: str, every: bool = False) -> Callable[[], bytes]:
        good = [{"SR_NUMBER": f"S{n}", "REQUEST_TYPE": "Needle Pickup", "OPENED_UTC": f"2025-03-{1 + n % 28:02}T10:00:00", "NEEDLES": value if every else "1"}
                for n in range(GOOD)]  # fmt: skip
        more = [] if every else [good[0] | {"SR_NUMBER": "S99", "NEEDLES": value}]
        return lambda: exports.text([*good, *more], columns).encode()

    return [
        case("a count with a decimal comma", text("2,5"), "aside", file="needles_311_x.csv"),
        case("a count with points for thousands", text("1.589"), "aside", file="needles_311_x.csv"),
        case("a count with an apostrophe for thousands", text("1'589"), "loaded", file="needles_311_x.csv"),
        case("a count with an accountant's brackets", text("(3)"), "aside", file="needles_311_x.csv"),
        case("a count with a unit", text("3 needles"), "aside", file="needles_311_x.csv"),
        case("a count in words throughout", text("three", every=True), "refused", file="needles_311_x.csv"),
    ]  # fmt: skip


def all_cases() -> list[Case]:
    return [*cells(), *documents(), *zips(), *texts(), *times(), *counts()]
