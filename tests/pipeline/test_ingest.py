"""Good files load whole, in every dress; each row is accounted for."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from publicsafety.pipeline import ingest
from tests.pipeline.loading import CAD, HEADER, NEEDLES, HereReader, cad_file, cad_row, load


def test_a_clean_export_loads_every_row_with_times_in_utc(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": cad_file(50)})
    assert loads.files["cad.csv"].rows_loaded == 50
    assert loads.files["cad.csv"].columns_ignored == ["NARR"]
    row = loads.rows(
        "select received_at::varchar, source, unit, file, line, length(person_key) from raw_calls where incident_number = '25-00003'"
    )
    assert row == [("2025-03-04 15:03:00", "9-1-1", "CARE1", "cad.csv", 5, 16)]


def test_all_seven_tables_exist_with_every_column_even_without_a_file(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": cad_file(5)})
    for table in ("calls", "unit_responses", "pickups", "cases", "services", "referrals", "roster"):
        columns = [row[0] for row in loads.rows(f"select column_name from (describe raw_{table})")]
        assert columns[-2:] == ["file", "line"]


@pytest.mark.parametrize(
    ("name", "dress"),
    [
        ("byte order mark", lambda text: b"\xef\xbb\xbf" + text.encode()),
        ("UTF-16 little endian", lambda text: text.encode("utf-16")),
        ("UTF-16 big endian", lambda text: b"\xfe\xff" + text.encode("utf-16-be")),
        ("CRLF", lambda text: text.replace("\n", "\r\n").encode()),
        ("CR", lambda text: text.replace("\n", "\r").encode()),
        ("semicolons", lambda text: text.replace(",", ";").encode()),
        ("tabs", lambda text: text.replace(",", "\t").encode()),
        ("bars", lambda text: text.replace(",", "|").encode()),
        (
            "quoted cells",
            lambda text: "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in text.splitlines()).encode(),
        ),
        ("no final newline", lambda text: text.rstrip("\n").encode()),
        ("blank lines", lambda text: text.replace("\n", "\n\n").encode()),
        (
            "lower-case header with spaces",
            lambda text: text.replace(HEADER, HEADER.lower().replace("_", " ").replace(",", " ,")).encode(),
        ),
        ("no-break spaces in the header", lambda text: text.replace("INC_NUM", "\u00a0INC_NUM\u00a0").encode()),
        ("cp1252 accents", lambda text: text.replace("he said so", "Jos\u00e9 caf\u00e9").encode("cp1252")),
    ],
)
def test_the_same_rows_load_in_any_dress(tmp_path: Path, name: str, dress) -> None:  # type: ignore[no-untyped-def]
    loads = load(tmp_path, {"cad.csv": dress(cad_file(40))})
    assert loads.refused == {}
    assert (loads.files["cad.csv"].rows_read, loads.files["cad.csv"].rows_loaded) == (40, 40)
    assert loads.rows(
        "select min(incident_number), max(incident_number), count(distinct received_at) from raw_calls"
    ) == [("25-00000", "25-00039", 40)]


def test_line_numbers_are_those_of_a_text_editor(tmp_path: Path) -> None:
    text = "\n".join(
        [
            HEADER,
            cad_row(0, NARR='"two\nlines"'),
            "",
            cad_row(1),
            cad_row(2, CALL_RCVD="2025-02-30 10:00:00"),
            *(cad_row(n) for n in range(3, 40)),
        ]
    )
    loads = load(tmp_path, {"cad.csv": text})
    assert loads.quarantine() == [
        (6, "received_at", "2025-02-30 10:00:00", "is not a date (expected YYYY-MM-DD HH:MM:SS or MM/DD/YYYY HH:MM)")
    ]
    assert loads.rows("select line from raw_calls where incident_number = '25-00001'") == [(5,)]


def test_persons_become_keyed_hashes_and_ignored_columns_never_enter(tmp_path: Path) -> None:
    loads = load(
        tmp_path, {"cad.csv": cad_file(40, cad_row(41, CALL_RCVD="nonsense", PERSON="Jane Doe", NARR="secret words"))}
    )
    everything = json.dumps([[str(cell) for cell in row] for table in ("raw_calls", "load_quarantine", "load_warnings", "load_labels")
                             for row in loads.rows(f"from {table}")])  # fmt: skip
    assert "Jane Doe" not in everything
    assert "secret words" not in everything
    assert "he said so" not in everything
    assert len({row[0] for row in loads.rows("select person_key from raw_calls")}) == 7


def test_exact_duplicates_are_counted_and_kept_once(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": cad_file(30, cad_row(3), cad_row(4), cad_row(4))})
    assert (
        loads.files["cad.csv"].rows_read,
        loads.files["cad.csv"].rows_loaded,
        loads.files["cad.csv"].rows_duplicate,
    ) == (33, 30, 3)


def test_within_one_file_the_last_row_of_a_key_wins(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": cad_file(30, cad_row(3, NATURE="Mental health"))})
    assert loads.files["cad.csv"].rows_superseded == 1
    assert loads.rows("select nature from raw_calls where incident_number = '25-00003'") == [("Mental health",)]


def test_the_newest_export_wins_whatever_the_order_of_the_files(tmp_path: Path) -> None:
    files = {
        "2025-04-01_cad.csv": cad_file(30),
        "2025-05-01_cad.csv": cad_file(30, header=HEADER).replace(
            "25-00003,2025-03-04 10:03:00", "25-00003,2025-03-04 10:04:00"
        ),
    }
    loads = load(tmp_path, files)
    assert loads.files["2025-04-01_cad.csv"].rows_superseded == 1
    assert loads.rows("select received_at::varchar from raw_calls where incident_number = '25-00003'") == [
        ("2025-03-04 15:04:00",)
    ]
    backwards = load(tmp_path, {}, cache="other", exports=sorted((tmp_path / "exports").iterdir(), reverse=True))
    assert backwards.result.digest == loads.result.digest
    assert backwards.rows("from raw_calls order by all") == loads.rows("from raw_calls order by all")


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    loads = load(tmp_path, {"a_cad.csv": cad_file(30), "b_cad.csv": cad_file(30)})
    assert sorted((each.rows_loaded, each.rows_duplicate) for each in loads.result.files) == [(0, 30), (30, 0)]
    assert loads.rows("select count(*) from raw_calls") == [(30,)]


def test_several_units_on_one_incident_are_rows_of_their_own(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": cad_file(10, cad_row(3, UNIT="P12"))})
    assert loads.rows("select unit from raw_calls where incident_number = '25-00003' order by all") == [
        ("CARE1",),
        ("P12",),
    ]


def test_a_second_build_does_not_parse_what_has_not_changed(tmp_path: Path) -> None:
    load(tmp_path, {"cad.csv": cad_file(30)})
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.parquet")}
    loads = load(tmp_path, {"more_cad.csv": "\n".join([HEADER, *(cad_row(n) for n in range(100, 110))])})
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.parquet")}
    assert before.items() <= after.items()
    assert loads.rows("select count(*) from raw_calls") == [(40,)]


@pytest.mark.parametrize("young", [ingest.YOUNG, -(10**18)], ids=["written just now", "written long ago"])
def test_a_file_that_changes_while_it_is_read_is_refused_and_read_anew_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, young: int
) -> None:
    monkeypatch.setattr(ingest, "YOUNG", young)
    read = HereReader.read

    def and_append(self: HereReader, job: dict[str, Any], seconds: float) -> None:
        read(self, job, seconds)
        with open(job["path"], "a") as file:
            file.write(cad_row(31) + "\n")

    with monkeypatch.context() as patched:
        patched.setattr(HereReader, "read", and_append)
        loads = load(tmp_path, {"cad.csv": cad_file(30)})
    assert "changed while it was read" in loads.refused["cad.csv"]
    assert loads.rows("select count(*) from raw_calls") == [(0,)]
    again = load(tmp_path, {})
    assert again.rows("select count(*) from raw_calls") == [(31,)]


def test_a_file_with_canonical_names_loads_with_no_mapping(tmp_path: Path) -> None:
    loads = load(
        tmp_path,
        {"x.csv": "incident_number,received_at,nature\n1,2025-01-01T10:00:00Z,Check\n2,2025-01-01 10:00,Check\n"},
    )
    assert loads.files["x.csv"].source == "canonical_calls"
    assert loads.rows("select received_at::varchar from raw_calls order by incident_number") == [
        ("2025-01-01 10:00:00",),
        ("2025-01-01 15:00:00",),
    ]


def test_offsets_are_read_as_utc_and_a_missing_zone_is_the_citys(tmp_path: Path) -> None:
    stamps = [
        "2025-01-01 10:00:00-05",
        "2025-01-01T15:00:00Z",
        "2025-01-01 16:00:00+01:00",
        "2025-01-01 10:00:00",
        "2025-01-01 15:00:00+0000",
    ]
    rows = [cad_row(n, CALL_RCVD=stamp.replace("T", " "), DISP="", ONSC="") for n, stamp in enumerate(stamps)]
    loads = load(tmp_path, {"cad.csv": "\n".join([HEADER, *rows])})
    assert loads.rows("select distinct received_at::varchar from raw_calls") == [("2025-01-01 15:00:00",)]


def test_the_daylight_saving_fold_takes_the_earlier_reading_and_warns_and_the_gap_is_set_aside(tmp_path: Path) -> None:
    rows = [
        cad_row(90, CALL_RCVD="2025-11-02 01:30:00", DISP="", ONSC=""),
        cad_row(91, CALL_RCVD="2025-03-09 02:30:00", DISP="", ONSC=""),
    ]
    loads = load(tmp_path, {"cad.csv": cad_file(40, *rows)})
    assert loads.rows("select received_at::varchar from raw_calls where incident_number = '25-00090'") == [
        ("2025-11-02 05:30:00",)
    ]
    assert "happened twice" in loads.warnings()
    assert [row[0] for row in loads.quarantine()] == [43]


def test_midnight_without_a_date_is_not_recorded_and_24_hours_is_the_next_midnight(tmp_path: Path) -> None:
    rows = [cad_row(90, DISP="00:00:00"), cad_row(91, CALL_RCVD="2025-03-04 24:00:00", DISP="", ONSC="")]
    loads = load(tmp_path, {"cad.csv": cad_file(40, *rows)})
    assert loads.rows("select dispatched_at from raw_calls where incident_number = '25-00090'") == [(None,)]
    assert loads.rows("select received_at::varchar from raw_calls where incident_number = '25-00091'") == [
        ("2025-03-05 05:00:00",)
    ]


def test_labels_are_tidied_and_unknown_categories_are_kept_as_new_and_listed(tmp_path: Path) -> None:
    rows = [cad_row(90, NATURE="Sobering&amp;Detox  unit ", SRC="e911 "), cad_row(91, SRC="Pigeon")]
    loads = load(tmp_path, {"cad.csv": cad_file(40, *rows)})
    assert loads.rows("select nature, source from raw_calls where incident_number = '25-00090'") == [
        ("Sobering&Detox unit", "9-1-1")
    ]
    assert loads.rows("select source from raw_calls where incident_number = '25-00091'") == [("Other (new): Pigeon",)]
    assert ("source", "Pigeon", "Other (new): Pigeon", 1) in loads.rows(
        'select "column", label, canonical, n from load_labels'
    )


def test_points_that_cannot_be_are_blanked_and_the_row_stays(tmp_path: Path) -> None:
    rows = [
        cad_row(90, LAT="-71.11", LON="42.37"),
        cad_row(91, LAT="0", LON="0"),
        cad_row(92, LAT="2951000", LON="760000"),
        cad_row(93, LAT="43.5", LON="-70.1"),
    ]
    loads = load(tmp_path, {"cad.csv": cad_file(40, *rows)})
    assert loads.files["cad.csv"].rows_loaded == 44
    found = dict(loads.rows("select incident_number, latitude from raw_calls where incident_number >= '25-00090'"))
    assert found == {"25-00090": None, "25-00091": None, "25-00092": None, "25-00093": 43.5}
    for word in ("exchanged", "(0, 0)", "projected", "outside the bounds"):
        assert word in loads.warnings()


def test_day_first_or_month_first_is_decided_by_the_whole_file_or_refused(tmp_path: Path) -> None:
    clear = "Ticket,Reported,Needles,Status\n" + "".join(
        f"{n},{n:02d}/03/2025 10:00,{n},closed\n" for n in range(1, 20)
    )
    doubtful = "Ticket,Reported,Needles,Status\n" + "".join(
        f"{n},{n:02d}/03/2025 10:00,{n},closed\n" for n in range(1, 12)
    )
    loads = load(tmp_path, {"clear.csv": clear, "doubtful.csv": doubtful})
    assert loads.files["clear.csv"].rows_loaded == 19
    assert loads.rows("select reported_at::varchar from raw_pickups where request_number = '2'") == [
        ("2025-03-02 15:00:00",)
    ]
    assert "declare the day/month order" in loads.refused["doubtful.csv"]


def test_numbers_with_thousands_load_and_scientific_or_hexadecimal_ones_are_set_aside(tmp_path: Path) -> None:
    good = "".join(f"{n},2025-01-01 10:00,{n},closed\n" for n in range(80))
    odd = 'a,2025-01-01 10:00,"1,589",closed\nb,2025-01-01 10:00,1e3,closed\nc,2025-01-01 10:00,0x1A,closed\nd,2025-01-01 10:00,-2,closed\n'
    loads = load(tmp_path, {"n.csv": "Ticket,Reported,Needles,Status\n" + good + odd})
    assert loads.rows("select needles_found from raw_pickups where request_number = 'a'") == [(1589,)]
    assert [(row[2], row[3]) for row in loads.quarantine()] == [
        ("1e3", "is not a number (plain digits are expected, such as 1589)"),
        ("0x1A", "is not a number (plain digits are expected, such as 1589)"),
        ("-2", "is below 0"),
    ]


def test_a_zip_loads_its_members_as_files_and_passes_over_the_rest(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner/cad.csv", cad_file(20))
        archive.writestr("__MACOSX/cad.csv", b"\0\5")
        archive.writestr("notes.csv", "a,b\n1,2\n")
    loads = load(tmp_path, {"pack.zip": packed.getvalue()})
    assert list(loads.files) == ["pack.zip/inner/cad.csv"]
    assert loads.refused == {}
    assert loads.result.skipped == ("pack.zip/notes.csv",)


def test_json_and_geojson_load_like_tables(tmp_path: Path) -> None:
    rows = [dict(zip(HEADER.split(","), cad_row(n).split(","), strict=True)) for n in range(10)]
    features = [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [-71.1, 42.36]},
                 "properties": {"incident_number": str(n), "received_at": "2025-01-01T10:00:00"}} for n in range(100, 105)]  # fmt: skip
    loads = load(tmp_path, {"cad.json": json.dumps(rows), "points.geojson": json.dumps({"type": "FeatureCollection", "features": features}),
                            "cad_lines.json": "\n".join(json.dumps(row) for row in rows)})  # fmt: skip
    assert loads.refused == {}
    assert loads.rows("select count(*), count(latitude) from raw_calls") == [(15, 15)]


def test_a_key_is_made_from_the_whole_row_when_the_export_has_none(tmp_path: Path) -> None:
    mapping = NEEDLES.replace('columns = ["Ticket", ', "columns = [").replace(
        '[fields.request_number]\ncolumn = "Ticket"\n', ""
    )
    text = "Reported,Needles,Status,Street\n" + "2025-01-01 10:00,2,closed,A\n" * 3 + "2025-01-01 10:00,2,closed,B\n"
    loads = load(tmp_path, {"n.csv": text}, {"n": mapping})
    assert (loads.files["n.csv"].rows_loaded, loads.files["n.csv"].rows_duplicate) == (2, 2)
    assert loads.rows("select count(distinct request_number) from raw_pickups where length(request_number) = 16") == [
        (2,)
    ]


def test_update_rows_fill_blank_fields_and_orphans_are_set_aside(tmp_path: Path) -> None:
    cases = 'table = "cases"\n[recognise]\ncolumns = ["Case", "Opened"]\n[fields.case_number]\ncolumn = "Case"\n[fields.opened_at]\ncolumn = "Opened"\n'
    exits = 'table = "cases"\nmerge = "update"\n[recognise]\ncolumns = ["Case", "Exit"]\n[fields.case_number]\ncolumn = "Case"\n[fields.closed_at]\ncolumn = "Exit"\n'
    files = {"c.csv": "Case,Opened\nA,2025-01-01\nB,2025-01-02\n", "e.csv": "Case,Exit\nA,2025-02-01\nZ,2025-02-01\n"}
    loads = load(tmp_path, files, {"cases": cases, "exits": exits})
    assert loads.rows("select case_number, closed_at::date::varchar from raw_cases order by all") == [
        ("A", "2025-02-01"),
        ("B", None),
    ]
    assert loads.files["e.csv"].rows_quarantined == 1


def test_completeness_says_how_many_rows_of_a_month_have_a_field(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": cad_file(20, cad_row(50, DISP="", ONSC=""))})
    assert loads.rows(
        "select n, filled from load_completeness where \"table\" = 'calls' and field = 'dispatched_at'"
    ) == [(21, 20)]


def test_a_person_key_is_the_same_in_every_table_and_differs_by_secret(tmp_path: Path) -> None:
    import duckdb

    from publicsafety.pipeline.ingest import ingest
    from tests.pipeline.loading import CITY

    loads = load(tmp_path, {"cad.csv": cad_file(20)})
    con = duckdb.connect()
    ingest(
        con,
        [tmp_path / "exports"],
        city=CITY,
        person_key=b"another",
        cache=tmp_path / "cache",
        sources=tmp_path / "sources",
    )
    assert not {row[0] for row in con.execute("select person_key from raw_calls").fetchall()} & {
        row[0] for row in loads.rows("select person_key from raw_calls")
    }


def test_gzip_named_csv_is_no_table(tmp_path: Path) -> None:
    loads = load(tmp_path, {"cad.csv": gzip.compress(cad_file(5).encode())})
    assert "gzip" in loads.refused["cad.csv"]
    assert CAD  # the mapping would have fitted its content
