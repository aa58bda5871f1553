"""The referral export: offers to clients and what became of them, as known on the last day of the period."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from publicsafety.pipeline.sample import profile
from publicsafety.pipeline.sample.cases import Case, Contact
from publicsafety.pipeline.sample.clock import to_local

HEADER = (
    "Ref No",
    "Case No",
    "Incident No",
    "Client ID",
    "Client Name",
    "Partner",
    "Need",
    "Offered",
    "Sent",
    "Accepted",
    "Connected",
    "Completed",
    "Result",
    "Evidence",
    "Deleted",
    "Remarks",
)
SPELLINGS = {
    "declined": ("Declined by client",),
    "accepted": ("Accepted", "accepted "),
    "rejected": ("Rejected by provider",),
    "no reply": ("No reply", "No response"),
    "connected": ("Connected",),
    "completed": ("Completed",),
    "lost": ("Lost to follow-up", "Lost"),
}
EVIDENCE = ("Partner confirmed", "Staff observed", "Self-report")
REMARKS = (
    "spoke to “front desk”,\nwill call back",
    "naïve to the process – walk over together",
    "",
    "see café list; ask again",
)


@dataclass(frozen=True)
class Referral:
    """One referral with the moments of its stages (local time); a stage that was not reached is None."""

    case: str
    incident: str
    client: str
    partner: int
    need: int
    offered: datetime
    sent: datetime | None
    accepted: datetime | None
    connected: datetime | None
    completed: datetime | None
    result: str
    evidence: int | None
    deleted: bool


def _later(rng: np.random.Generator, moment: datetime, median: float, spread: float = 0.7) -> datetime:
    """Some days after a moment, at an hour at which offices are open (never before the moment itself)."""
    day = moment + timedelta(days=float(np.exp(rng.normal(np.log(median), spread))))
    office = day.replace(hour=int(rng.integers(9, 17)))
    return office if office > moment else moment + timedelta(minutes=int(rng.integers(5, 45)))


def _life(rng: np.random.Generator, offered: datetime, ends: datetime, partner: int) -> dict[str, Any]:
    """The stages of one referral up to the last day, by a chain of chances; what comes later is not known yet."""
    ease = 0.90 - 0.02 * partner
    fate = rng.random(5)
    stages: list[tuple[str, datetime]] = []
    if fate[0] < 0.17:
        stages.append(("declined", offered))
    else:
        sent = _later(rng, offered, 0.4)
        stages.append(("sent", sent))
        if fate[1] < 0.12:
            stages.append(("no reply", sent + timedelta(days=14)))
        elif fate[1] < 0.12 + (1 - ease) * 0.6:
            stages.append(("rejected", _later(rng, sent, 3.0)))
        else:
            accepted = _later(rng, sent, 2.5)
            stages.append(("accepted", accepted))
            if fate[2] < ease - 0.05:
                connected = _later(rng, accepted, 7.0, 0.9)
                stages.append(("connected", connected))
                if fate[3] < 0.72:
                    stages.append(("completed", _later(rng, connected, 30.0)))
                elif fate[3] < 0.84:
                    stages.append(("lost", _later(rng, connected, 35.0)))
            elif fate[2] < 0.95:
                stages.append(("lost", _later(rng, accepted, 28.0)))
    known = dict(each for each in stages if each[1] <= ends)
    result = next((name for name, _ in reversed(stages) if name in known and name != "sent"), "")
    evidence = int(np.searchsorted([0.55, 0.8, 0.97], fate[4])) if "connected" in known else None
    return {
        **{name: known.get(name) for name in ("sent", "accepted", "connected", "completed")},
        "result": result,
        "evidence": evidence if evidence != 3 else None,
    }


def incident_text(number: int) -> str:
    """2400000017 as the CAD export writes it: 24-00000017."""
    return f"{number // 100_000_000:02d}-{number % 100_000_000:08d}"


def referrals(
    seed: int, end: date, contacts: Contact, cases: list[Case], partners: int, needs: int, first_year: int, zone: str
) -> list[Referral]:
    """Offers made at about three contacts in ten, and some to case clients, by the time of the offer."""
    ends = datetime(end.year, end.month, end.day, 23, 59)
    rng = np.random.Generator(np.random.PCG64([seed, 6]))
    chance = np.array(profile.PARTNERS[:partners]) / sum(profile.PARTNERS[:partners])
    wanted = np.array(profile.NEEDS[:needs]) / sum(profile.NEEDS[:needs])
    local = to_local(contacts.moment, zone)
    offers = []
    draws = rng.random(len(local))
    for at in np.flatnonzero(draws < 0.30):
        moment = datetime.fromtimestamp(int(local[at]), UTC).replace(tzinfo=None) + timedelta(minutes=45)
        offers.append((moment, "", incident_text(int(contacts.incident[at])), f"C-{int(contacts.person[at]) + 1:07d}"))
    for case in cases:
        own = np.random.Generator(np.random.PCG64([seed, 7, *case.number.encode()]))
        for _ in range(int(own.poisson(1.1))):
            offers.append(
                (case.opened + timedelta(days=float(own.exponential(30)), minutes=20), case.number, "", case.client)
            )
    offers = sorted(each for each in offers if each[0] <= ends)
    rows = []
    for moment, case_number, incident, client in offers:
        own = np.random.Generator(np.random.PCG64([seed, 8, *f"{moment:%y%m%d%H%M%S}{client}".encode()]))
        partner = int(own.choice(partners, p=chance))
        life = _life(own, moment, ends, partner)
        rows.append(
            Referral(
                case_number,
                incident,
                client,
                partner,
                int(own.choice(needs, p=wanted)),
                moment,
                deleted=moment.year > first_year and own.random() < 0.01,
                **life,
            )
        )
    return rows


def _stamp(moment: datetime | None) -> str:
    return moment.strftime("%m/%d/%Y %I:%M:%S %p") if moment else ""


def _row(number: int, row: Referral, names: tuple[str, ...], needs: list[str]) -> tuple[str, ...]:
    """One row of the export; the partner's name and the result are spelled in more ways than one."""
    spelled = SPELLINGS.get(row.result, ("",))
    return (
        f"RF-{number:06d}",
        row.case,
        row.incident,
        row.client,
        f"CANARY-NAME-{number % 9999:04d}",
        names[number % len(names) if number % 12 == 0 else 0],
        needs[row.need],
        *(_stamp(moment) for moment in (row.offered, row.sent, row.accepted, row.connected, row.completed)),
        spelled[number % len(spelled)],
        "" if row.evidence is None else EVIDENCE[row.evidence],
        _stamp(row.offered + timedelta(days=1)) if row.deleted else "",
        f"CANARY-NARRATIVE-{number:05d} {REMARKS[number % len(REMARKS)]}",
    )


def write_referrals(path: Path, rows: list[Referral], partners: list[tuple[str, ...]], needs: list[str]) -> None:
    """Write the export: semicolons, cp1252, 12-hour clock, remarks with line breaks, some rows twice."""
    with path.open("w", encoding="cp1252", newline="") as file:
        out = csv.writer(file, delimiter=";", lineterminator="\r\n")
        out.writerow(HEADER)
        for n, row in enumerate(rows, 1):
            out.writerow(_row(n, row, partners[row.partner], needs))
            if n % 250 == 0:
                out.writerow(_row(n, row, partners[row.partner], needs))
