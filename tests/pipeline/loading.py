"""Given some files and one mapping, what did ingest make of them? Used by the tests of ingest."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import duckdb

from publicsafety.pipeline.ingest import FileLoad, IngestResult, ingest
from publicsafety.pipeline.reading import Job, read_file

PROJECT = Path(__file__).resolve().parents[2]
REAL = PROJECT.parent / "shared" / "data"
CITY = SimpleNamespace(
    timezone="America/New_York",
    limits=SimpleNamespace(quarantine_share=0.05),
    map=SimpleNamespace(bounds=(42.33, -71.18, 42.42, -71.05)),
)

CAD = """
title = "A CAD export"
table = "calls"
grain = "unit"
[recognise]
files = ["*cad*"]
columns = ["INC_NUM", "CALL_RCVD", "UNIT"]
[fields.incident_number]
column = "INC_NUM"
[fields.received_at]
column = "CALL_RCVD"
aliases = ["Call Received"]
formats = ["%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M"]
[fields.dispatched_at]
column = "DISP"
formats = ["%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M"]
[fields.on_scene_at]
column = "ONSC"
formats = ["%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M"]
[fields.nature]
column = "NATURE"
[fields.source]
column = "SRC"
[fields.source.values]
"E911" = "9-1-1"
[fields.latitude]
column = "LAT"
[fields.longitude]
column = "LON"
[fields.person_key]
column = "PERSON"
[fields.unit]
column = "UNIT"
[columns]
ignore = ["NARR"]
"""
HEADER = "INC_NUM,CALL_RCVD,DISP,ONSC,NATURE,SRC,LAT,LON,PERSON,UNIT,NARR"

NEEDLES = """
title = "Needles"
table = "pickups"
[recognise]
columns = ["Ticket", "Reported", "Needles"]
[fields.request_number]
column = "Ticket"
[fields.reported_at]
column = "Reported"
formats = ["%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"]
[fields.needles_found]
column = "Needles"
[fields.status]
column = "Status"
"""


def cad_row(n: int, **changes: str) -> str:
    """A good row of the CAD export; `changes` replace cells by their header."""
    cells = {
        "INC_NUM": f"25-{n:05d}", "CALL_RCVD": f"2025-03-{1 + n % 5:02d} 10:{n % 60:02d}:00",
        "DISP": f"2025-03-{1 + n % 5:02d} 11:{n % 60:02d}:00", "ONSC": f"2025-03-{1 + n % 5:02d} 12:{n % 60:02d}:00",
        "NATURE": "Well-being check", "SRC": "E911", "LAT": "42.37", "LON": "-71.11", "PERSON": f"P{n % 7}",
        "UNIT": "CARE1", "NARR": "he said so",
    }  # fmt: skip
    cells.update(changes)
    return ",".join(cells.values())


def cad_file(rows: int = 50, *extra: str, header: str = HEADER) -> str:
    """A CAD export of good rows and then some."""
    return "\n".join([header, *(cad_row(n) for n in range(rows)), *extra]) + "\n"


@dataclass
class Loads:
    """What ingest made of the files."""

    con: duckdb.DuckDBPyConnection
    result: IngestResult
    files: dict[str, FileLoad] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()

    def quarantine(self) -> list[tuple[Any, ...]]:
        return self.rows('select line, "column", "value", reason from load_quarantine order by all')

    def warnings(self) -> str:
        return " | ".join(str(row[0]) for row in self.rows("select distinct warning from load_warnings order by all"))


def load(
    folder: Path,
    files: dict[str, str | bytes],
    mappings: dict[str, str] | None = None,
    *,
    city: Any = CITY,
    cache: str = "cache",
    exports: list[Path] | None = None,
    sources: Path | None = None,
    child: bool = False,
    accept_shrunken: bool = False,
) -> Loads:
    """Write the files, run ingest over them and check the conservation law on the way.

    Files are read in this process, which is quicker; `child` reads them in a child process as a build does.
    """
    inbox = folder / "exports"
    inbox.mkdir(exist_ok=True)
    for name, content in files.items():
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(content.encode() if isinstance(content, str) else content)
    if sources is None:
        sources = folder / "sources"
        sources.mkdir(exist_ok=True)
        for name, text in (mappings or {"cad": CAD, "needles": NEEDLES}).items():
            (sources / f"{name}.toml").write_text(text)
    con = duckdb.connect()
    with nullcontext() if child else patch("publicsafety.pipeline.ingest.Reader", HereReader):
        result = ingest(
            con,
            exports or [inbox],
            city=city,
            person_key=b"secret",
            cache=folder / cache,
            sources=sources,
            accept_shrunken=accept_shrunken,
        )
    loads = Loads(
        con, result, {each.file: each for each in result.files}, {each.file: each.reason for each in result.refused}
    )
    check_conservation(loads)
    return loads


class HereReader:
    """Reads in this process what `child.Reader` reads in another."""

    def read(self, job: dict[str, Any], seconds: float) -> None:
        read_file(Job(**job))

    def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass


def check_conservation(loads: Loads) -> None:
    """rows_read = loaded + duplicate + superseded + quarantined for every file, and the tables agree."""
    for each in loads.result.files:
        assert (
            each.rows_read == each.rows_loaded + each.rows_duplicate + each.rows_superseded + each.rows_quarantined
        ), each
        n = loads.con.execute(
            "select count(*) from load_quarantine where file = $file", {"file": each.file}
        ).fetchall()[0][0]
        assert n == each.rows_quarantined == sum(each.reasons.values()), each
