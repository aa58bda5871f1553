"""A small leadership database of an invented town, with canaries in every private column."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import h3
import numpy as np
import pandas as pd

from publicsafety.city import load_city
from publicsafety.pipeline import publish

CANARY = "CANARY"
AREAS = {"Port": "East", "Harbor": "East", "Hill": "West", "Meadow": "West", "Mill": "Center", "Square": "Center"}
STARTED = {
    "fct_calls": "received_at",
    "fct_pickups": "reported_at",
    "fct_referrals": "sent_at",
    "fct_case_months": "active_from",
    "fct_contacts": "contact_at",
    "fct_cases": "opened_at",
    "fct_needs": "identified_at",
}
HEXAGONS = sorted(h3.grid_disk(h3.latlng_to_cell(42.37, -71.11, 9), 3))[:24]
SQUARE = '{"type":"Polygon","coordinates":[[[-71.2,42.3],[-71.0,42.3],[-71.0,42.4],[-71.2,42.3]]]}'
CITY = {
    **asdict(load_city()),
    "name": "Testville",
    "department": "Department of Care",
    "team": "CARE Team",
    "contact": "care@example.org",
    "website": "https://example.org",
    "language": "en",
}


def until(marts: Mapping[str, pd.DataFrame], day: date) -> dict[str, pd.DataFrame]:
    """The marts as they were when `day` was the last one exported."""
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    return {name: frame[frame[STARTED[name]] < end] for name, frame in marts.items()}


def records(seed: int, calls_a_year: int, until: date) -> dict[str, pd.DataFrame]:
    """The marts that the released metrics read; the first days of a longer history are those of a shorter one."""
    start = date(2024, 7, 1)
    days = (until - start).days + 1
    random = np.random.default_rng(seed)
    calls = []
    number = 0
    for day in range(days):
        for _ in range(random.poisson(calls_a_year / 365)):
            number += 1
            area = str(random.choice([*AREAS, "Outside the city"], p=[0.3, 0.2, 0.15, 0.12, 0.12, 0.08, 0.03]))
            timed = random.random() < 0.88
            nature = str(
                random.choice(
                    ["Mental health crisis", "Well-being check", "Quality of life", "Notification", "Domestic dispute"],
                    p=[0.35, 0.3, 0.2, 0.1, 0.05],
                )
            )
            calls.append(
                {
                    "incident_number": f"{CANARY}-{number}",
                    "received_at": _at(start, day, random),
                    "nature": nature,
                    "nature_group": {
                        "Mental health crisis": "Mental health",
                        "Well-being check": "Welfare",
                        "Quality of life": "Quality of life",
                        "Notification": "Notification",
                        "Domestic dispute": "Sensitive",
                    }[nature],
                    "police_role": str(random.choice(["none", "back-up", "police"], p=[0.88, 0.07, 0.05])),
                    "area": area,
                    "area_group": AREAS.get(area, "Not recorded"),
                    "person_key": f"{CANARY}{random.integers(calls_a_year)}",
                    "response_minutes": float(random.gamma(4, 4)) if timed else None,
                    "response_excluded": None if timed else "missing stamp",
                    "is_care_response": True,
                    "is_care_arrival": True,
                    "is_call_for_service": True,
                    "is_eligible": True,
                    "is_answered": True,
                    "unmet_reason": "answered",
                    "in_service": True,
                    "is_needle_pickup": False,
                    "latitude": 42.123456,
                    "file": f"{CANARY}.csv",
                }
            )
    fct_calls = pd.DataFrame([_arrived(call) for call in calls] + _others(start, days, len(calls), seed))
    pickups = []
    for day in range(days):
        for _ in range(random.poisson(1.1)):
            fine = HEXAGONS[min(int(random.exponential(5)), 23)]
            visited = random.random() < 0.9
            pickups.append(
                {
                    "request_number": f"{CANARY}-{len(pickups)}",
                    "reported_at": _at(start, day, random),
                    "is_report": True,
                    "is_pickup": visited,
                    "needles_found": int(random.poisson(4)) if visited else None,
                    "h3_9": fine,
                    "h3_8": "88" + fine[2:-1] + "f",
                    "area": [*AREAS][HEXAGONS.index(fine) // 4],
                }
            )
    referrals = [
        {
            "referral_number": f"{CANARY}-{i}",
            "sent_at": _at(start, int(random.integers(days)), random),
            "is_sent": True,
            "is_accepted": i % 5 > 0,
            "is_connected": bool(random.random() < 0.5) and i % 5 > 0,
            "is_mature": True,
            "person_key": f"{CANARY}{i}",
            "partner": str(random.choice(["First Step", "Shelter", "Food pantry", "Recovery services"])),
            "partner_group": "Shelter",
        }
        for i in range(days // 4)
    ]
    cases = [
        {
            "case_number": f"{CANARY}-{i}",
            "person_key": f"{CANARY}{i}",
            "active_from": _at(start, int(random.integers(days)), random),
        }
        for i in range(days // 8)
    ]
    case_months = pd.DataFrame(cases).assign(active_until=lambda frame: frame["active_from"])
    fct_cases = case_months[["case_number", "person_key"]].assign(
        opened_at=case_months["active_from"], closed_at=case_months["active_from"]
    )
    needs = fct_cases[["case_number", "person_key"]].assign(
        identified_at=case_months["active_from"],
        need=[("Housing search", "Food insecurity", "Substance use support")[i % 3] for i in range(len(cases))],
        is_met=[i % 2 == 0 for i in range(len(cases))],
    )
    ours = fct_calls[fct_calls["is_care_response"]]
    contacts = ours[["person_key"]].assign(contact_at=ours["received_at"])
    return {
        "fct_calls": fct_calls,
        "fct_pickups": pd.DataFrame(pickups),
        "fct_referrals": pd.DataFrame(referrals),
        "fct_case_months": case_months,
        "fct_cases": fct_cases,
        "fct_needs": needs,
        "fct_contacts": contacts,
    }


def _arrived(call: dict[str, Any]) -> dict[str, Any]:
    asked = call["police_role"] == "back-up"
    return {**call, "team_stage": "arrived, back-up requested" if asked else "arrived, no back-up requested"}


def _others(start: date, days: int, first: int, seed: int) -> list[dict[str, Any]]:
    """Two calls a day that the team was not sent to, half of them eligible."""
    random = np.random.default_rng([seed, 1])
    reasons = ("outside hours", "no unit free", "declined", "not applicable", "not applicable", "not applicable")
    return [
        {
            "incident_number": f"{CANARY}-{first + number + 1}",
            "received_at": _at(start, number // 2, random),
            "nature": "Well-being check",
            "nature_group": "Welfare",
            "police_role": "police",
            "area": "Port",
            "area_group": "East",
            "person_key": f"{CANARY}other{number}",
            "response_minutes": None,
            "response_excluded": "not applicable",
            "is_care_response": False,
            "is_care_arrival": False,
            "is_call_for_service": True,
            "is_eligible": reasons[number % 6] != "not applicable",
            "is_answered": False,
            "unmet_reason": reasons[number % 6],
            "in_service": number % 6 > 0,
            "team_stage": "not sent",
            "is_needle_pickup": False,
            "latitude": 42.123456,
            "file": f"{CANARY}.csv",
        }
        for number in range(2 * days)
    ]


def _at(start: date, day: int, random: np.random.Generator) -> datetime:
    return datetime.combine(start, datetime.min.time()) + timedelta(days=day, minutes=int(random.integers(1440)))


def write(folder: Path, marts: Mapping[str, pd.DataFrame], as_of: date, build_id: str = "first") -> Path:
    """Publish these marts as the leadership database of a warehouse folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = publish.temporary(folder, "leadership.duckdb")
    con = duckdb.connect(str(made))
    months = pd.date_range("2024-07-01", as_of, freq="MS")
    tables: dict[str, Any] = {
        **marts,
        "dim_areas": pd.DataFrame({"area": list(AREAS), "area_group": list(AREAS.values())}),
        "dim_coverage": pd.DataFrame(
            [
                {"table": name, "month": month.date(), "n": 1, "status": "", "is_before_service": False}
                for name in ("calls", "pickups", "cases", "referrals")
                for month in months
            ]
        ),
        "map_areas": pd.DataFrame({"area": list(AREAS), "geojson": SQUARE}),
        "map_hexagons": pd.DataFrame({"h3": HEXAGONS, "geojson": [_outline(each) for each in HEXAGONS]}),
        "map_city": pd.DataFrame({"geojson": [SQUARE]}),
        "build_info": pd.DataFrame(
            {
                "key": ["build_id", "as_of", "city", "synthetic", "sources"],
                "value": [build_id, as_of.isoformat(), json.dumps(CITY, default=str), "true", CANARY],
            }
        ),
    }
    for name, frame in tables.items():
        con.register("frame_in", frame)
        con.execute(f"create table {name} as select * from frame_in")
        con.unregister("frame_in")
    con.execute("checkpoint")
    expected = publish.count_rows(con)
    con.close()
    publish.publish(made, folder, "leadership", build_id, expected)
    return folder


def _outline(cell: str) -> str:
    corners = [(east, north) for north, east in h3.cell_to_boundary(cell)]
    return json.dumps({"type": "Polygon", "coordinates": [[*corners, corners[0]]]})
