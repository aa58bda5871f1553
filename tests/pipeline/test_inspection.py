"""Exports of other cities: the columns that a person would choose are proposed, and a saved proposal loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publicsafety.pipeline.inspection import inspect
from publicsafety.pipeline.proposal import InspectionError, report, save, to_toml
from publicsafety.pipeline.sources import SOURCES
from tests.pipeline.loading import CAD, cad_file, load

# Headers in the style of open-data portals (Socrata, ArcGIS, CKAN), with made-up rows. Right answers by hand.
STYLES: dict[str, tuple[str, str, list[str], dict[str, str]]] = {
    "seattle": (
        "SPD_Call_Data.csv", "CAD Event Number,Event Clearance Description,Call Type,Priority,Initial Call Type,Final Call Type,Original Time Queued,Arrived Time,Precinct,Sector,Beat",
        ["2024{n:08d},ASSISTANCE RENDERED,911,{p},DISTURBANCE - OTHER,DISTURBANCE {p},01/{d:02d}/2024 10:{m:02d}:11 AM,Jan {d:02d} 2024 10:{m:02d}:59:000AM,NORTH,B,B{p}"],
        {"incident_number": "CAD Event Number", "received_at": "Original Time Queued", "priority": "Priority", "nature": "Initial Call Type", "final_nature": "Final Call Type", "disposition": "Event Clearance Description"},
    ),
    "new york": (
        "NYPD_Calls_for_Service.csv", "CAD_EVNT_ID,CREATE_DATE,INCIDENT_DATE,INCIDENT_TIME,NYPD_PCT_CD,BORO_NM,PATRL_BORO_NM,RADIO_CODE,TYP_DESC,CIP_JOBS,ADD_TS,DISP_TS,ARRIVD_TS,CLOSNG_TS,Latitude,Longitude",
        ["8{n:07d},01/{d:02d}/2024,01/{d:02d}/2024,10:{m:02d}:11,{p},BROOKLYN,PATROL BORO,10{p},INVESTIGATE/POSSIBLE CRIME {p},Non CIP,01/{d:02d}/2024 10:{m:02d}:11 AM,01/{d:02d}/2024 10:{m:02d}:31 AM,01/{d:02d}/2024 10:{m:02d}:51 AM,01/{d:02d}/2024 11:{m:02d}:11 AM,40.6{m:02d}1,-73.9{m:02d}1"],
        {"incident_number": "CAD_EVNT_ID", "received_at": "ADD_TS", "dispatched_at": "DISP_TS", "on_scene_at": "ARRIVD_TS", "cleared_at": "CLOSNG_TS", "nature": "TYP_DESC", "latitude": "Latitude", "longitude": "Longitude"},
    ),
    "san francisco": (
        "Law_Enforcement_Dispatched_Calls.csv", "cad_number,dup_cad_number,received_datetime,entry_datetime,dispatch_datetime,enroute_datetime,onscene_datetime,close_datetime,call_type_original,call_type_original_desc,call_type_final_desc,priority_final,agency,disposition,onview_flag,analysis_neighborhood,police_district",
        ["24{n:07d},,2024/01/{d:02d} 10:{m:02d}:11,2024/01/{d:02d} 10:{m:02d}:21,2024/01/{d:02d} 10:{m:02d}:31,2024/01/{d:02d} 10:{m:02d}:41,2024/01/{d:02d} 10:{m:02d}:51,2024/01/{d:02d} 11:{m:02d}:11,{p}18,FIGHT NO WEAPON {p},FIGHT {p},B,Police,HAN,N,Mission,MISSION"],
        {"incident_number": "cad_number", "received_at": "received_datetime", "entered_at": "entry_datetime", "dispatched_at": "dispatch_datetime", "en_route_at": "enroute_datetime", "on_scene_at": "onscene_datetime", "cleared_at": "close_datetime", "nature": "call_type_original_desc", "final_nature": "call_type_final_desc", "priority": "priority_final", "disposition": "disposition"},
    ),
    "new orleans": (
        "Calls_for_Service_2024.csv", "NOPD_Item,Type,TypeText,Priority,InitialType,InitialTypeText,InitialPriority,MapX,MapY,TimeCreate,TimeDispatch,TimeArrive,TimeClosed,Disposition,DispositionText,SelfInitiated,Beat,Zip,PoliceDistrict",
        ["A{n:05d}24,{p}1,AREA CHECK {p},1K,{p}1,AREA CHECK {p},1K,3680{m:02d}1,5320{m:02d}1,01/{d:02d}/2024 10:{m:02d}:11 AM,01/{d:02d}/2024 10:{m:02d}:31 AM,01/{d:02d}/2024 10:{m:02d}:51 AM,01/{d:02d}/2024 11:{m:02d}:11 AM,NAT,Necessary Action Taken,N,4H02,70119,{p}"],
        {"incident_number": "NOPD_Item", "received_at": "TimeCreate", "dispatched_at": "TimeDispatch", "on_scene_at": "TimeArrive", "cleared_at": "TimeClosed", "priority": "Priority"},
    ),
    "cincinnati": (
        "PDI_Police_CAD.csv", "EVENT_NUMBER,CREATE_TIME_INCIDENT,DISPATCH_TIME_INCIDENT,ARRIVAL_TIME_INCIDENT,CLOSED_TIME_INCIDENT,INCIDENT_TYPE_DESC,PRIORITY,DISPOSITION_TEXT,LATITUDE_X,LONGITUDE_X,SNA_NEIGHBORHOOD,ADDRESS_X",
        ["CPD24{n:06d},01/{d:02d}/2024 10:{m:02d}:11 AM,01/{d:02d}/2024 10:{m:02d}:31 AM,01/{d:02d}/2024 10:{m:02d}:51 AM,01/{d:02d}/2024 11:{m:02d}:11 AM,TROUBLE {p},{p},ADV: ADVISED,39.1{m:02d}55,-84.5{m:02d}55,AVONDALE,12XX MAIN ST"],
        {"incident_number": "EVENT_NUMBER", "received_at": "CREATE_TIME_INCIDENT", "dispatched_at": "DISPATCH_TIME_INCIDENT", "on_scene_at": "ARRIVAL_TIME_INCIDENT", "cleared_at": "CLOSED_TIME_INCIDENT", "nature": "INCIDENT_TYPE_DESC", "priority": "PRIORITY", "disposition": "DISPOSITION_TEXT", "latitude": "LATITUDE_X", "longitude": "LONGITUDE_X", "area": "SNA_NEIGHBORHOOD"},
    ),
    "phoenix": (
        "callsforsrvc2024.csv", "INCIDENT_NUM,DISP_CODE,DISPOSITION,FINAL_RADIO_CODE,FINAL_CALL_TYPE,CALL_RECEIVED,HUNDREDBLOCKADDR,GRID",
        ["20240000{n:05d},N,Contact {p},415,FIGHT {p},01/{d:02d}/2024 10:{m:02d}:11AM,12XX W MAIN ST,AB{p}"],
        {"incident_number": "INCIDENT_NUM", "received_at": "CALL_RECEIVED", "disposition": "DISPOSITION", "final_nature": "FINAL_CALL_TYPE"},
    ),
    "denver 311 in ArcGIS": (
        "311_service_requests.csv", "Case_ID,Case_Summary,Case_Status,Case_Source,Case_Created_dttm,Case_Closed_dttm,Incident_Address_1,Police_District,Neighborhood,Type,Latitude,Longitude",
        ["8{n:06d},Needles in park,Closed - Answer Provided,Phone,01/{d:02d}/2024 10:{m:02d}:11 AM,01/{d:02d}/2024 11:{m:02d}:11 AM,1 MAIN,{p},Capitol Hill,Needle Disposal,39.7{m:02d}123,-104.9{m:02d}123"],
        {"request_number": "Case_ID", "reported_at": "Case_Created_dttm", "closed_at": "Case_Closed_dttm", "status": "Case_Status", "source": "Case_Source", "kind": "Type", "area": "Neighborhood", "latitude": "Latitude", "longitude": "Longitude"},
    ),
    "austin 311": (
        "Austin_311_Public_Data.csv", "Service Request (SR) Number,SR Description,Method Received,SR Status,Status Change Date,Created Date,Last Update Date,Close Date,SR Location,Zip Code,Latitude Coordinate,Longitude Coordinate",
        ["24-{n:08d},Sharps - Needle {p},Phone,Closed,2024-01-{d:02d}T10:{m:02d}:11,2024-01-{d:02d}T10:{m:02d}:01,2024-01-{d:02d}T12:{m:02d}:01,2024-01-{d:02d}T11:{m:02d}:01,1 MAIN,78701,30.2{m:02d}31,-97.7{m:02d}31"],
        {"request_number": "Service Request (SR) Number", "reported_at": "Created Date", "closed_at": "Close Date", "status": "SR Status", "source": "Method Received", "latitude": "Latitude Coordinate", "longitude": "Longitude Coordinate"},
    ),
    "new orleans with its point": (
        "Calls_for_Service_2025.csv", "NOPD_Item,Type,TypeText,Priority,MapX,MapY,TimeCreate,TimeDispatch,TimeArrive,TimeClosed,Disposition,DispositionText,SelfInitiated,Zip,PoliceDistrict,Location",
        ["A{n:05d}25,{p}1,AREA CHECK {p},1K,3680{m:02d}1,5320{m:02d}1,01/{d:02d}/2025 10:{m:02d}:11 AM,01/{d:02d}/2025 10:{m:02d}:31 AM,01/{d:02d}/2025 10:{m:02d}:51 AM,01/{d:02d}/2025 11:{m:02d}:11 AM,NAT,Necessary Action Taken,N,70119,{p},POINT (-90.0{m:02d}1 29.9{m:02d}1)"],
        {"incident_number": "NOPD_Item", "received_at": "TimeCreate", "nature": "TypeText", "disposition": "DispositionText", "source": "SelfInitiated", "area": "PoliceDistrict", "latitude": "Location", "longitude": "Location"},
    ),
    "tucson": (
        "Tucson_Police_Calls_for_Service.csv", "OBJECTID,call_id,agency,NatureCode,NATURECODEDESC,HOWRECEIVED,ACTDATETIME,CSDISPOSITION,TimeDispatched,TimeOnScene,TimeCleared,PRIORITY,WARD,LAT,LON",
        ["{n},P25{n:06d},TPD,95{p},CHECK WELFARE,E911,2025/01/{d:02d} 10:{m:02d}:11,NR,2025/01/{d:02d} 10:{m:02d}:21,2025/01/{d:02d} 10:{m:02d}:31,2025/01/{d:02d} 10:{m:02d}:41,{p},{p},32.2{m:02d}12,-110.9{m:02d}12"],
        {"incident_number": "call_id", "received_at": "ACTDATETIME", "nature": "NATURECODEDESC", "source": "HOWRECEIVED", "disposition": "CSDISPOSITION", "dispatched_at": "TimeDispatched", "on_scene_at": "TimeOnScene", "cleared_at": "TimeCleared", "priority": "PRIORITY", "area": "WARD", "latitude": "LAT", "longitude": "LON"},
    ),
    "los angeles, date and time apart": (
        "LAPD_Calls_for_Service.csv", "Incident_Number,Area_Occ,Dispatch_Date,Dispatch_Time,Call_Type_Code,Call_Type_Text",
        ["LPD25{n:06d},Central,01/{d:02d}/2025 12:00:00 AM,10:{m:02d}:11,62{p},WELFARE CHECK"],
        {"incident_number": "Incident_Number", "nature": "Call_Type_Text", "area": "Area_Occ", "dispatched_at": "Dispatch_Date"},
    ),
    "a log with its time apart": (
        "police_events.csv", "Date,Time,Event ID,Event Type,Outcome",
        ["2025-01-{d:02d},10:{m:02d} PM,{n:06d},PSYCH,ADVISED"],
        {"incident_number": "Event ID", "received_at": "Date", "nature": "Event Type", "disposition": "Outcome"},
    ),
    "a referral log": (
        "referral_log.csv", "Referral ID,Client ID,Referral Date,Referred To,Service Needed,Referral Status,Date Accepted,First Service Date,Verified By",
        ["R{n:05d},C{p},01/{d:02d}/2024,Salvation Army,Housing,Accepted,01/{d:02d}/2024,02/{d:02d}/2024,Partner"],
        {"referral_number": "Referral ID", "person_key": "Client ID", "sent_at": "Referral Date", "partner": "Referred To", "need": "Service Needed", "result": "Referral Status", "accepted_at": "Date Accepted", "connected_at": "First Service Date", "evidence": "Verified By"},
    ),
}  # fmt: skip


def write(folder: Path, style: str) -> Path:
    name, header, patterns, _ = STYLES[style]
    rows = [patterns[0].format(n=n, d=1 + n % 28, m=n % 60, p=1 + n % 5) for n in range(60)]
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.mark.parametrize("style", STYLES)
def test_a_strangers_export_is_mapped_as_a_person_would(tmp_path: Path, style: str) -> None:
    proposal = inspect(write(tmp_path, style))
    found = {guess.field: guess.column for guess in proposal.guesses}
    right = STYLES[style][3]
    wrong = {field: (column, found.get(field)) for field, column in right.items() if found.get(field) != column}
    assert len(wrong) <= 0.2 * len(right), wrong
    assert proposal.source == ""


@pytest.mark.parametrize(
    "style",
    [
        "seattle",
        "new york",
        "denver 311 in ArcGIS",
        "new orleans with its point",
        "a log with its time apart",
        "a referral log",
    ],
)
def test_a_saved_proposal_loads_the_file(tmp_path: Path, style: str) -> None:
    path = write(tmp_path, style)
    sources = tmp_path / "sources"
    saved = save(inspect(path), "theirs", sources)
    loads = load(tmp_path, {}, exports=[path], sources=sources)
    assert [each.name for each in saved] == ["theirs.toml"]
    assert loads.refused == {}
    assert [each.rows_loaded for each in loads.result.files] == [60]


def test_points_and_times_in_the_columns_of_others_arrive_whole(tmp_path: Path) -> None:
    styles = {"new orleans with its point": "latitude, longitude", "a log with its time apart": "received_at"}
    found = {}
    for style, columns in styles.items():
        path = write(tmp_path, style)
        sources = tmp_path / style
        save(inspect(path), "theirs", sources)
        (tmp_path / f"run {style}").mkdir()
        loads = load(tmp_path / f"run {style}", {}, exports=[path], sources=sources)
        found[style] = loads.rows(f"select {columns} from raw_calls order by incident_number limit 1")
        assert loads.rows("select count(*) from raw_calls where source like 'Other%'") == [(0,)]
        assert loads.quarantine() == []
    assert found["new orleans with its point"] == [(29.9001, -90.0001)]
    assert [str(row[0]) for row in found["a log with its time apart"]] == ["2025-01-02 03:00:00"]


def test_an_unknown_export_is_never_loaded_without_a_saved_mapping(tmp_path: Path) -> None:
    path = write(tmp_path, "phoenix")
    loads = load(tmp_path, {}, exports=[path])
    assert "inspect callsforsrvc2024.csv" in loads.refused["callsforsrvc2024.csv"]
    assert "saved mapping" in " ".join(report(inspect(path))[1])


def test_a_known_source_is_named(tmp_path: Path) -> None:
    (tmp_path / "cad.toml").write_text(CAD)
    (tmp_path / "x.csv").write_text(cad_file(10))
    proposal = inspect(tmp_path / "x.csv", sources=tmp_path)
    assert (proposal.source, proposal.table, proposal.certainty) == ("cad", "calls", 1.0)


def test_a_proposal_says_which_table_it_was_told_and_what_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path, "phoenix")
    proposal = inspect(path, "roster")
    assert proposal.table == "roster"
    assert "ends_at" in proposal.missing
    assert "# Still missing and required" in to_toml(proposal)
    with pytest.raises(
        InspectionError, match=r"ends_at.* was not found \(its other columns are .*synonyms.toml, as \[roster\] "
    ):
        save(proposal, "own", tmp_path / "sources")


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"<html></html>", b"one column\n1\n2\n"])
def test_what_is_no_table_cannot_be_inspected(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InspectionError, match=r"^x\.csv: "):
        inspect(tmp_path / "x.csv")


def test_a_name_that_is_a_path_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(InspectionError):
        save(inspect(write(tmp_path, "phoenix")), "../outside", tmp_path / "sources")


@pytest.mark.parametrize(
    "above", ["Calls for service\nPrinted on 2025-07-01\n\n", "sep=,\n", "Call,Call,,Place,Place,Place\n"]
)
def test_a_header_below_other_lines_is_found_and_the_saved_proposal_loads_the_file(tmp_path: Path, above: str) -> None:
    rows = [
        f"C{n:03},2025-03-{1 + n % 28:02} 10:{n:02}:00,Well-being check,42.37,-71.11,{1 + n % 4}" for n in range(40)
    ]
    text = f"{above}Call Number,Received Date,Nature,Latitude,Longitude,Priority\n" + "\n".join(rows) + "\n"
    path = tmp_path / "portal.csv"
    path.write_text(text)
    found = inspect(path, hidden=tuple(each.stem for each in SOURCES.glob("*.toml")))
    assert found.skip_rows == above.count("\n")
    assert any(f"line {found.skip_rows + 1}" in note for note in found.notes)
    loads = load(tmp_path, {"portal.csv": text}, {"portal": to_toml(found)})
    assert loads.refused == {}
    assert loads.files["portal.csv"].rows_loaded == 40


def test_a_time_of_day_in_four_digits_is_proposed_with_its_date(tmp_path: Path) -> None:
    rows = [f"C{n:03},2025-03-{1 + n % 28:02},{n % 24:02d}{n % 60:02d},WELFARE CHECK,{1 + n % 4}" for n in range(40)]
    (tmp_path / "calls.csv").write_text(
        "\n".join(["Incident Number,CALL_DATE,CALL_TIME,Nature,Priority", *rows]) + "\n"
    )
    found = {guess.field: (guess.column, guess.time_column) for guess in inspect(tmp_path / "calls.csv").guesses}
    assert found["received_at"] == ("CALL_DATE", "CALL_TIME")


def test_a_proposal_says_what_it_leaves_open(tmp_path: Path) -> None:
    rows = [
        f"C{n:03},2025-03-{1 + n % 28:02},WELFARE CHECK,{'E911' if n % 2 else 'Carrier pigeon'},Main St"
        for n in range(40)
    ]
    (tmp_path / "calls.csv").write_text("\n".join(["Incident Number,Call Date,Nature,Source,Latitude", *rows]) + "\n")
    said = " ".join(report(inspect(tmp_path / "calls.csv"))[1])
    assert 'Source: say what "Carrier pigeon" means, under [fields.source.values]' in said
    assert "Call Date is a day without a time, so every call would count at midnight" in said
    assert 'Latitude is named like latitude, but holds values such as "Main St"' in said


def test_requests_of_any_kind_are_not_proposed_as_requests_about_needles(tmp_path: Path) -> None:
    rows = [f"R{n:03},2025-03-{1 + n % 28:02} 10:{n:02},Closed,42.37{n:02},-71.11{n:02}" for n in range(40)]
    header = "Service Request Number,Reported Date,Status,Latitude,Longitude"
    (tmp_path / "requests.csv").write_text("\n".join([header, *rows]) + "\n")
    proposal = inspect(tmp_path / "requests.csv", "pickups")
    assert proposal.missing == ("kind",)
    with pytest.raises(InspectionError, match="every row would count as one"):
        save(proposal, "requests", tmp_path / "sources")


NAMES = "Caller,Caller Name,Complainant,Reporting Party,RP_NAME,Name,First Name,LASTNAME,Contact,Client Name,Caller ID"
NUMBERS = ["Client Ref", "Client ID", "Person ID", "MRN", "PERSON_NO"]


def _calls(folder: Path, header: str, cell: str) -> Path:
    rows = [f"C{n:03},2025-03-{1 + n % 28:02} 10:{n:02},WELFARE CHECK,{cell.format(n=n)}" for n in range(40)]
    (folder / "calls.csv").write_text("\n".join([f"Incident Number,Call Received,Nature,{header}", *rows]) + "\n")
    return folder / "calls.csv"


@pytest.mark.parametrize("header", NAMES.split(","))
@pytest.mark.parametrize("cell", ["Ann B{n} Smith", "Smith", '"Smith, Ann"', "555-{n:04}"])
def test_the_name_of_a_caller_is_proposed_for_nothing(tmp_path: Path, header: str, cell: str) -> None:
    proposal = inspect(_calls(tmp_path, header, cell), "calls")
    assert header not in {guess.column for guess in proposal.guesses}
    assert header in proposal.unused
    assert not re.search("Smith|555-", " ".join(report(proposal)[1]))  # "Contact" is like a field of times


@pytest.mark.parametrize("header", NUMBERS)
def test_the_number_of_a_client_is_proposed_as_the_person(tmp_path: Path, header: str) -> None:
    found = {guess.field: guess.column for guess in inspect(_calls(tmp_path, header, "P-{n:04}"), "calls").guesses}
    assert found.get("person_key") == header


def test_names_under_the_heading_person_are_no_key_of_a_person(tmp_path: Path) -> None:
    found = {guess.field for guess in inspect(_calls(tmp_path, "Person", '"Smith, Ann"'), "calls").guesses}
    assert "person_key" not in found


def test_a_proposal_says_which_headline_has_no_column(tmp_path: Path) -> None:
    said = [line for line in report(inspect(_calls(tmp_path, "Disposition", "Resolved")))[1] if "No column" in line]
    assert len(said) == 1
    assert "police_role (whether police went)" in said[0]
    assert "agency (" in said[0]
    assert "disposition" not in said[0]


def test_a_known_file_says_what_its_mapping_reads_and_what_the_file_lacks(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    mapping = [
        "table = 'calls'",
        "[recognise]",
        "columns = ['Inc No', 'Rcvd']",
        "[fields.incident_number]",
        "column = 'Inc No'",
    ]
    mapping += [
        "[fields.received_at]",
        "column = 'Rcvd'",
        "time_column = 'Time Rcvd'",
        "[fields.nature]",
        "column = 'Kind'",
    ]
    mapping += ["[fields.police_role]", "column = 'PD'", "aliases = ['Police']"]
    (tmp_path / "sources" / "theirs.toml").write_text("\n".join(mapping) + "\n")
    (tmp_path / "calls.csv").write_text("Inc No,Rcvd,Time Rcvd,Police,Sky\n1,2025-03-01,10:00,none,blue\n")
    said = report(inspect(tmp_path / "calls.csv", sources=tmp_path / "sources"))[1]
    assert "  received_at = Rcvd and Time Rcvd: 100%" in said
    assert "Not loaded: Sky." in said
    assert "Named by the mapping and not in this file: Kind." in said
