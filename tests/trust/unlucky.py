"""More exports that nobody made in bad faith: what CAD systems, portals, spreadsheets and old machines write."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from tests.trust import corpus, exports
from tests.trust.corpus import GOOD, Case, archive, case, csv, ods, rewritten, rows, with_line, with_row, workbook

LINE = csv([exports.call(90)]).decode().split("\n")[1]
CELL = b'<table:table-cell office:value-type="string"><text:p>Well-being check</text:p></table:table-cell>'
POINT = {"type": "Point", "coordinates": [-71.11, 42.37]}
ERROR, BARE = "error of a formula", "never computed"


def page() -> bytes:
    """The export as a web page, which many CAD systems name .xls."""
    cells = lambda kind, values: "".join(f"<{kind}>{each}</{kind}>" for each in values)  # noqa: E731
    body = "".join(f"<tr>{cells('td', (row[name] for name in exports.CAD))}</tr>" for row in rows())
    return f"<html><body><table><tr>{cells('th', exports.CAD)}</tr>{body}</table></body></html>".encode()


def disguises() -> list[Case]:
    table, text = "as a web page or as XML", "name it"
    sheet = b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    mail = b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n\n--x\n'
    records = json.dumps(rows()).encode()
    return [
        case("a web page with a table named XLS", page, "refused", table, file="cad_x.xls"),
        case("a table of a web page named XLS", lambda: page()[12:-14], "refused", table, file="cad_x.xls"),
        case("a web archive named XLS", lambda: mail + page(), "refused", table, file="cad_x.xls"),
        case("XML of a spreadsheet named XLS", lambda: sheet, "refused", table, file="cad_x.xls"),
        case("tabs named XLS", lambda: csv(delimiter="\t"), "refused", text, file="cad_x.xls"),
        case("JSON named XLSX", lambda: records, "refused", "name it .json", file="cad_x.xlsx"),
        case("a gzip by its right name", lambda: gzip.compress(csv()), "refused", "unpack", file="cad_x.csv.gz"),
        case("a part of a split zip", lambda: b"PK\x07\x08" + archive([("cad_1.csv", csv())]), "refused", "split", file="pack.zip"),
        case("a text document named XLSX", lambda: archive([("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")]), "refused", "no workbook", file="cad_x.xlsx"),
        case("ODS named XLSX", lambda: ods(rows()), "loaded", rows=GOOD, file="cad_x.xlsx"),
        case("a workbook without a suffix", workbook, "loaded", rows=GOOD, file="cad_x"),
        case("tabs named TSV", lambda: csv(delimiter="\t"), "loaded", rows=GOOD, file="cad_x.tsv"),
    ]  # fmt: skip


def texts() -> list[Case]:
    good, header = csv(), ",".join(exports.CAD)
    more = csv([exports.call(number) for number in range(40, 60)])
    points = [exports.call(number, LAT="42,37", LON="-71,11") for number in range(GOOD)]
    return [
        case("UTF-32 LE with a mark", lambda: b"\xff\xfe\0\0" + good.decode().encode("utf-32-le"), "refused", "UTF-32"),
        case("UTF-32 BE with a mark", lambda: b"\0\0\xfe\xff" + good.decode().encode("utf-32-be"), "refused", "UTF-32"),
        case("EBCDIC", lambda: good.decode().encode("cp500"), "refused", "inspect"),
        case("the end of a file of DOS", lambda: good + b"\x1a", "loaded", rows=GOOD),
        case("two exports, each with its mark", lambda: b"\xef\xbb\xbf" + good + b"\xef\xbb\xbf" + more, "aside", "repeated header", rows=GOOD + 20),
        case("a line of dashes under the header", lambda: good.replace(b"\n", b"\n" + b",".join([b"-------"] * 17) + b"\n", 1), "aside", "received_at", rows=GOOD),
        case("rows affected", lambda: good + b"\n(30 rows affected)\n", "aside", "footer", rows=GOOD),
        case("a trailing comma on every line", lambda: good.replace(b"\n", b",\n"), "loaded", rows=GOOD),
        case("a newline in quotes at the very end", lambda: csv([*rows(), exports.call(90, AGENCY="CARE\n")]).rstrip(b"\n"), "loaded"),
        case("a quote opened in the last cell", lambda: good.rstrip(b"\n").rsplit(b",", 1)[0] + b',"CARE\n', "refused", "line 31"),
        case("CR alone, and one in quotes", lambda: csv(with_row(NATURE="two\rlines"), end="\r"), "loaded", holds="two lines"),
        case("group headings above the header", lambda: (",".join(["Call"] * 5 + ["Place"] * 12) + "\n").encode() + good, "refused", "line 2: the header"),
        case("blank lines before the header", lambda: b"\n\n\n" + good, "loaded", rows=GOOD),
        case("a soft hyphen in the header", lambda: good.decode().replace("CALL_RCVD", "CALL\u00ad_RCVD", 1).encode(), "loaded", rows=GOOD),
        case("full-width letters in the header", lambda: good.decode().replace("CALL_RCVD", "\uff23\uff21\uff2c\uff2c_\uff32\uff23\uff36\uff24", 1).encode(), "loaded", rows=GOOD),
        case("an entity in the header", lambda: good.replace(b"CALL_RCVD", b"CALL&#95;RCVD", 1), "loaded", rows=GOOD),
        case("a header and then commas", lambda: (header + "\n" + ("," * 16 + "\n") * 5).encode(), "warned", "no rows", rows=0),
        case("semicolons with decimal commas", lambda: csv(points, delimiter=";"), "refused", 'latitude: "42,37" is not a number'),
        case("a backslash before a quote", lambda: with_line(LINE.replace("Well-being check", '"say \\"hi\\""')), "aside", "quote"),
        case("apostrophes for quotes", lambda: with_line(LINE.replace("Well-being check", "'a, b'")), "aside", "18 columns"),
        case("every row fifty times", lambda: good.split(b"\n", 1)[0] + b"\n" + good.split(b"\n", 1)[1] * 50, "loaded", rows=GOOD),
        case("an error of a formula in a text file", lambda: csv(with_row(NATURE="#REF!")), "aside", ERROR),
        case("an error of a formula as two keys", lambda: csv([*with_row(INC_NUM="#N/A"), exports.call(91, INC_NUM="#N/A")]), "aside", f"incident_number: is an {ERROR}", rows=GOOD),
        case("a no-break space in a time", lambda: csv(with_row(CALL_RCVD="03/01/2025\u00a010:00:00")), "loaded"),
        case("a minus of typography", lambda: csv(with_row(LAT="42.37", LON="\u221271.11")), "aside", "longitude"),
        case("degrees, minutes and seconds", lambda: csv(with_row(LAT="42\u00b022'12\"N", LON="71\u00b06'36\"W")), "aside", "latitude"),
    ]  # fmt: skip


def second_tab_first(raw: bytes) -> bytes:
    """The two tabs of a workbook in the other order, their parts unchanged."""
    import re

    def change(xml: bytes) -> bytes:
        first, second = re.findall(rb"<sheet [^>]*/>", xml)
        return xml.replace(first + second, second + first)

    return rewritten(raw, "xl/workbook.xml", change)


def renamed(raw: bytes) -> bytes:
    """A workbook whose sheet is a part of another name."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info).replace(b"worksheets/sheet1.xml", b"tables/data.xml")
            new.writestr(info.filename.replace("worksheets/sheet1.xml", "tables/data.xml"), content)
    return made.getvalue()


def with_cover(value: str) -> bytes:
    def change(sheet: Any) -> None:
        sheet.parent.create_sheet("Cover").append(["see", "next"])
        sheet["G5"] = value

    return workbook(change=change)


def formula(inside: bytes, kind: bytes = b"") -> Callable[[], bytes]:
    """A workbook with one formula, and what its cell says beside it."""
    return lambda: rewritten(
        workbook(change=corpus.cell("G5", "=1+1")), corpus.SHEET, lambda xml: _filled(xml, inside, kind)
    )


def _filled(xml: bytes, inside: bytes, kind: bytes) -> bytes:
    import re

    return re.sub(
        rb'<c r="G5"([^>]*)><f>1\+1</f>\s*<v ?/?>(?:</v>)?', rb'<c r="G5"\1' + kind + rb"><f>1+1</f>" + inside, xml
    )


def workbooks() -> list[Case]:
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    hidden = lambda sheet: sheet.column_dimensions.__getitem__("G").__setattr__("hidden", True)  # noqa: E731
    aside = {"rows": GOOD - 1, "file": "cad_x.xlsx"}
    good = {"rows": GOOD, "file": "cad_x.xlsx"}

    def sheet(old: bytes, new: bytes, times: int = 1) -> Callable[[], bytes]:
        return lambda: rewritten(ods(rows()), "content.xml", lambda xml: xml.replace(old, new, times))

    failed = b'<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    spaces = CELL.replace(b"Well", b'<text:s text:c="2000000000"/>')
    return [
        case("XLSX whose tabs changed places, with a bare formula", lambda: second_tab_first(with_cover("=1+1")), "aside", BARE, **aside),
        case("XLSX whose tabs changed places, with an error", lambda: second_tab_first(with_cover("#REF!")), "aside", ERROR, **aside),
        case("XLSX whose sheet has another name inside, with an error", lambda: renamed(workbook(change=corpus.cell("G5", "#REF!"))), "aside", ERROR, **aside),
        case("XLSX whose sheet has another name inside, with a far cell", lambda: renamed(rewritten(workbook(), corpus.SHEET, lambda xml: xml.replace(b"</sheetData>", far))), "refused", "far", file="cad_x.xlsx"),
        case("XLSX with a computed formula", formula(b"<v>2</v>"), "loaded", holds="2", **good),
        case("XLSX with a formula that gave an empty text", formula(b"<v></v>", b' t="str"'), "loaded", **good),
        case("XLSX with errors in a column that nobody maps", lambda: workbook(change=lambda sheet: [sheet.cell(n, 18, "NOTE" if n == 1 else "#REF!") for n in range(1, 32)]), "loaded", **good),
        case("XLSX with hidden columns", lambda: workbook(change=hidden), "warned", "hidden", **good),
        case("XLSX with links to other files", lambda: rewritten(workbook(), "", bytes, {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}), "warned", "links", **good),
        case("XLSX with two sheets of months", lambda: workbook(change=lambda sheet: [sheet.parent.create_sheet("Feb").append(list(exports.CAD)), *(sheet.parent["Feb"].append(list(exports.call(n).values())) for n in range(40, 60))]), "loaded", rows=GOOD + 20, file="cad_x.xlsx"),
        case("XLSX whose table begins at C5", lambda: workbook(change=lambda sheet: (sheet.insert_rows(1, 4), sheet.insert_cols(1, 2))), "loaded", **good),
        case("XLSX with two header rows", lambda: workbook(change=lambda sheet: (sheet.insert_rows(1), sheet.__setitem__("A1", "Incident"), sheet.__setitem__("E1", "Place"))), "refused", "row 2: the header", file="cad_x.xlsx"),
        case("XLSX with a key beyond all digits", lambda: workbook(change=corpus.cell("A5", 20250300000000012345)), "refused", "digits are lost", file="cad_x.xlsx"),
        case("ODS with an error of a formula", sheet(CELL, failed), "aside", ERROR, rows=GOOD - 1, file="cad_x.ods"),
        case("ODS with a formula never computed", sheet(CELL, b'<table:table-cell table:formula="of:=1+1"/>'), "aside", BARE, rows=GOOD - 1, file="cad_x.ods"),
        case("ODS with two thousand million spaces in a cell", sheet(CELL, spaces), "refused", "spaces", file="cad_x.ods"),
        case("ODS with rows said three times", sheet(b"<table:table-row>", b'<table:table-row table:number-rows-repeated="3">', 5), "aside", "header", rows=GOOD, file="cad_x.ods"),
        case("ODS with a hidden row", sheet(b"<table:table-row>", b'<table:table-row table:visibility="filter">', 3), "warned", "hidden", rows=GOOD, file="cad_x.ods"),
        case("ODS encrypted", lambda: rewritten(ods(rows()), "META-INF/manifest.xml", lambda xml: xml.replace(b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>")), "refused", "encrypted", file="cad_x.ods"),
        case("ODS with an entity", lambda: rewritten(ods(rows()), "content.xml", lambda xml: b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + xml.split(b"?>", 1)[1]), "refused", "entities", file="cad_x.ods"),
    ]  # fmt: skip


def documents() -> list[Case]:
    good = rows()
    accent = json.dumps([exports.call(90, NATURE="Caf\u00e9"), *good], ensure_ascii=False, indent=1)

    def features(geometry: object, **more: object) -> Callable[[], bytes]:
        found = [{"type": "Feature", "properties": row, "geometry": geometry} for row in good]
        return lambda: json.dumps({"type": "FeatureCollection", "features": found} | more).encode()

    def js(value: object) -> Callable[[], bytes]:
        return lambda: json.dumps(value).encode()

    area = {"type": "Polygon", "coordinates": [[[-71.11, 42.37], [-71, 42], [-71, 43], [-71.11, 42.37]]]}
    lines = [json.dumps(row) for row in good]
    parted = "\n".join(lines[:15]).encode() + b"\n\xef\xbb\xbf" + "\n".join(lines[15:]).encode()
    mercator = [{"attributes": row, "geometry": {"x": -7915000.0, "y": 5217000.0}} for row in good]
    return [
        case("JSON in UTF-16 without a mark", lambda: json.dumps(good).encode("utf-16-le"), "loaded", rows=GOOD, file="cad_x.json"),
        case("JSON in cp1252", lambda: accent.encode("cp1252"), "refused", "line 9: byte", file="cad_x.json"),
        case("JSON with an empty place among its records", js([*good, None]), "refused", "record 31", file="cad_x.json"),
        case("JSON with rows as lists", js({"meta": {}, "data": [list(row.values()) for row in good]}), "refused", "record 1", file="cad_x.json"),
        case("JSON with names in small letters halfway", js([*good[:15], *({name.lower(): value for name, value in row.items()} for row in good[15:])]), "refused", "twice", file="cad_x.json"),
        case("JSON with an empty record", js([*good, {}]), "aside", "required", rows=GOOD, file="cad_x.json"),
        case("JSON lines with a mark in the middle", lambda: parted, "aside", "not valid JSON", rows=GOOD - 1, file="cad_x.json"),
        case("JSON that a portal answers in place of data", js({"error": {"code": 499, "message": "Token Required"}}), "refused", "records", file="cad_x.json"),
        case("JSON with a callback around it", lambda: b"callback(" + json.dumps(good).encode() + b");", "refused", file="cad_x.json"),
        case("GeoJSON of areas", features(area), "warned", "30 features are no single points (Polygon)", rows=GOOD, file="cad_x.geojson"),
        case("GeoJSON with points of no coordinates", features({"type": "Point", "coordinates": []}), "warned", "no single points", rows=GOOD, file="cad_x.geojson"),
        case("GeoJSON with one point in a MultiPoint", features({"type": "MultiPoint", "coordinates": [[-71.11, 42.37]]}), "loaded", rows=GOOD, file="cad_x.geojson"),
        case("GeoJSON with heights", features({"type": "Point", "coordinates": [-71.11, 42.37, 12.5]}), "loaded", rows=GOOD, file="cad_x.geojson"),
        case("GeoJSON of one feature", js({"type": "Feature", "properties": good[0], "geometry": POINT}), "refused", "records", file="cad_x.geojson"),
        case("Esri JSON in metres", js({"features": mercator}), "refused", "feet or metres", file="cad_x.json"),
    ]  # fmt: skip


def zips() -> list[Case]:
    good, other = csv(), csv([exports.call(number) for number in range(40, 60)])

    def lying() -> bytes:
        return archive([("cad_1.csv", good)]).replace(len(good).to_bytes(4, "little"), (5).to_bytes(4, "little"))

    def unknown_method() -> bytes:
        raw = bytearray(archive([("cad_1.csv", good)]))
        for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            where = raw.index(mark) + at
            raw[where : where + 2] = b"\x09\x00"
        return bytes(raw)

    return [
        case("a zip of a workbook, a JSON and a text", lambda: archive([("cad_1.xlsx", workbook()), ("cad_2.csv", other), ("cad_3.json", json.dumps([exports.call(70)]).encode())]), "loaded", rows=GOOD + 21, file="pack.zip"),
        case("a zip that declares less than it holds", lying, "refused", "damaged", file="pack.zip"),
        case("a zip of a method that few know", unknown_method, "refused", "damaged", file="pack.zip"),
        case("a zip with an empty file beside a good one", lambda: archive([("cad_1.csv", b""), ("cad_2.csv", good)]), "refused", "empty", rows=GOOD, file="pack.zip"),
        case("a zip with a login page beside a good file", lambda: archive([("cad_1.csv", b"<html>login</html>"), ("cad_2.csv", good)]), "refused", "web page", rows=GOOD, file="pack.zip"),
        case("a zip of folders alone", lambda: archive([("a/", b"")]), "refused", "no file", file="pack.zip"),
        case("an empty zip named XLSX", lambda: b"PK\x05\x06" + bytes(18), "refused", "zip", file="cad_x.xlsx"),
    ]  # fmt: skip


def all_cases() -> list[Case]:
    return [*disguises(), *texts(), *workbooks(), *documents(), *zips()]
