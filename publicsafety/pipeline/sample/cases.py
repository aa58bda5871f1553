"""The case-management workbook: one sheet of cases, one of contacts and services."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import xlsxwriter

from publicsafety.city import City
from publicsafety.pipeline.sample import profile
from publicsafety.pipeline.sample.calibration import Calibration
from publicsafety.pipeline.sample.clock import DAY, month_days, to_local
from publicsafety.pipeline.sample.plan import Plan

MOST_SERVICES = 20_000
CASE_HEADER = (
    "Case ID",
    "Client ID",
    "Client name",
    "Date of birth",
    "Phone",
    "Opened",
    "Closed",
    "Reason closed",
    "Referred by",
    "Worker ID",
    "Worker name",
    "Deleted on",
    "Comments",
)
SERVICE_HEADER = (
    "Service ID",
    "Case ID",
    "Client ID",
    "Date of service",
    "Need",
    "Minutes",
    "Outcome",
    "Worker name",
    "Notes",
)


@dataclass(frozen=True)
class Contact:
    """A contact of the team with a person whose key is known."""

    moment: np.ndarray  # UTC seconds, sorted
    person: np.ndarray
    incident: np.ndarray  # number as in the CAD export, 2400000017


@dataclass(frozen=True)
class Service:
    moment: datetime
    need: str
    minutes: int
    outcome: str


@dataclass(frozen=True)
class Case:
    """One client in ongoing case management; local times."""

    number: str
    client: str
    opened: datetime
    closed: datetime | None
    reason: str
    referrer: str
    worker: int
    deleted: datetime | None = None
    services: tuple[Service, ...] = field(default=())


def _at_work(rng: np.random.Generator, day: date) -> datetime:
    """A moment of a working day (a weekend moves on to Monday)."""
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
    return datetime(day.year, day.month, day.day) + timedelta(minutes=int(rng.integers(9 * 60, 17 * 60)))


def _client(
    rng: np.random.Generator, opened: datetime, contacts: Contact, taken: set[str], serial: int
) -> tuple[str, bool]:
    """Who the client is: half of them someone whom the team met in the 45 days before, when there is one."""
    moment = int(opened.replace(tzinfo=UTC).timestamp())
    low, high = np.searchsorted(contacts.moment, [moment - 45 * DAY, moment])
    if rng.random() < 0.55 and high > low:
        client = f"C-{int(contacts.person[rng.integers(low, high)]) + 1:07d}"
        if client not in taken:
            return client, True
    return f"C-9{serial:06d}", False


def _closing(rng: np.random.Generator, opened: datetime, first_year: int) -> datetime:
    """When the case ends: some nine months on, and never within the first year."""
    day = (opened + timedelta(days=float(45 + rng.exponential(215)))).date()
    if day.year <= first_year:
        day = date(first_year + 1, 1, 6) + timedelta(days=int(rng.integers(0, 330)))
    return _at_work(rng, day)


def _services(
    rng: np.random.Generator, opened: datetime, until: datetime, is_closed: bool, needs: list[str]
) -> list[Service]:
    """Contacts about every eleven days, needs identified at the start, met or not met in time."""
    rows = []
    moment = opened
    while (moment := moment + timedelta(days=float(rng.exponential(13) + 1))) < until:
        rows.append(Service(_at_work(rng, moment.date()), "", int(rng.choice([10, 15, 20, 30, 45, 60, 90])), "Contact"))
    chance = np.array(profile.NEEDS[: len(needs)]) / sum(profile.NEEDS[: len(needs)])
    for at in rng.choice(len(needs), int(rng.choice([1, 2, 3, 4], p=[0.25, 0.4, 0.25, 0.1])), replace=False, p=chance):
        first = opened + timedelta(days=int(rng.integers(0, 20)), minutes=int(rng.integers(5, 90)))
        met = first + timedelta(days=float(np.exp(rng.normal(np.log(55), 0.8)) + 1))
        fate = rng.random()
        rows.append(Service(first, needs[at], 30, "Identified"))
        rows.append(Service(first + (met - first) / 2, needs[at], 45, "In progress"))
        if fate < 0.68:
            rows.append(Service(met, needs[at], 30, "Met"))
        elif is_closed:
            rows.append(Service(until - timedelta(minutes=30), needs[at], 15, "Not met"))
    return sorted((row for row in rows if row.moment < until), key=lambda row: (row.moment, row.outcome))


def open_cases(
    seed: int, plan: Plan, figures: Calibration, city: City, contacts: Contact, needs: list[str]
) -> list[Case]:
    """All cases opened in the period, as they stand on its last day."""
    ends = datetime(plan.end.year, plan.end.month, plan.end.day, 23, 59)
    local = replace(contacts, moment=to_local(contacts.moment, city.timezone))
    found: list[Case] = []
    open_until: dict[str, datetime] = {}
    for month in plan.months:
        rng = np.random.Generator(np.random.PCG64([seed, 4, month.year, month.month]))
        days = sorted(int(each) for each in rng.integers(0, month_days(month.year, month.month), month.cases))
        for at, day in enumerate(days):
            own = np.random.Generator(np.random.PCG64([seed, 5, month.year, month.month, at]))
            opened = _at_work(own, month.first + timedelta(days=day))
            if (opened.year, opened.month) != (month.year, month.month):
                opened -= timedelta(days=3)
            taken = {client for client, until in open_until.items() if until > opened or opened.year == figures.year}
            client, met = _client(own, opened, local, taken, len(found) + 1)
            closing = _closing(own, opened, figures.year)
            open_until[client] = closing
            is_closed = closing <= ends
            referrer = (
                "CARE response" if met else profile.CASE_REFERRERS[int(own.integers(1, len(profile.CASE_REFERRERS)))]
            )
            deleted = opened + timedelta(days=2) if opened.year > figures.year and own.random() < 0.02 else None
            services = _services(own, opened, closing if is_closed else ends, is_closed, needs)
            if plan.start <= opened.date() and opened <= ends:
                found.append(
                    Case(
                        f"CM-{month.year % 100}{month.month:02d}{at + 1:03d}",
                        client,
                        opened,
                        closing if is_closed else None,
                        str(own.choice(profile.CASE_ENDS)) if is_closed else "",
                        referrer,
                        int(own.integers(1, 6)),
                        deleted,
                        tuple(services),
                    )
                )
    return found


def write_workbook(path: Path, cases: list[Case], created: date) -> None:
    """Write the workbook; its own stamp is the day of the export, so that the bytes are the same each time."""
    book = xlsxwriter.Workbook(str(path))
    book.set_properties(
        {"created": datetime(created.year, created.month, created.day, 18, 0), "title": "Synthetic case export"}
    )
    stamp = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("Cases")
    sheet.write_row(0, 0, CASE_HEADER)
    for n, case in enumerate(cases, 1):
        sheet.write_row(
            n,
            0,
            (case.number, case.client, f"CANARY-NAME-{n:04d}", f"19{n % 60 + 40}-01-01", f"555-010-{n % 9999:04d}"),
        )
        for column, moment in ((5, case.opened), (6, case.closed), (11, case.deleted)):
            if moment:
                sheet.write_datetime(n, column, moment, stamp)
        sheet.write_row(
            n,
            7,
            (
                case.reason,
                case.referrer + ("  " if n % 40 == 7 else ""),
                f"W-{case.worker:02d}",
                f"CANARY-WORKER-{case.worker:02d}",
            ),
        )
        sheet.write_string(n, 12, f"CANARY-NARRATIVE-{n:04d} prefers mornings")
    sheet = book.add_worksheet("Services")
    sheet.write_row(0, 0, SERVICE_HEADER)
    rows = sorted(
        ((row.moment, case, row) for case in cases for row in case.services), key=lambda each: (each[0], each[1].number)
    )
    for n, (_, case, row) in enumerate(rows[-MOST_SERVICES:], 1):
        sheet.write_row(n, 0, (f"SV-{n:06d}", case.number, case.client))
        sheet.write_datetime(n, 3, row.moment.replace(second=0, microsecond=0), stamp)
        need = row.need.upper() if row.need and n % 97 == 0 else row.need
        sheet.write_row(
            n,
            4,
            (
                need,
                999 if n % 211 == 0 else row.minutes,
                row.outcome,
                f"CANARY-WORKER-{case.worker:02d}",
                f"CANARY-NARRATIVE-{n:05d}",
            ),
        )
    book.close()
