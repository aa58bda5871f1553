"""Exports in, the leadership database out: a pure function of exports, mappings, reference data and city file.

The same inputs give the same build id and the same figures, in whatever order and folder they lie. A build that
fails or is killed changes nothing that is served.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from publicsafety.city import DATA, City, load_city, place_of
from publicsafety.pipeline import child, geography, peers, publish, reference, reuse, unexplained
from publicsafety.pipeline import engine as engines
from publicsafety.pipeline.hotspots import write_hot_spots
from publicsafety.pipeline.ingest import FileLoad, IngestResult, Refused, ingest
from publicsafety.pipeline.statements import QUERIES, create_statements
from publicsafety.pipeline.zones import local_sql

AREAS, PARKS = reference.REFERENCE / "areas.geojson", reference.REFERENCE / "parks.geojson"
ROW_GROUP = 61_440  # rows: half of DuckDB's own, so that the smaller tables too are written by two threads
SAMPLE_KEY = b"the synthetic sample holds nobody"
Progress = Callable[[str], None]


class BuildError(RuntimeError):
    """There is no new build; the message says why and what to do. What was served is still served."""


@dataclass(frozen=True)
class BuildResult:
    """What a build did. `changed` is false when this very build existed already."""

    build_id: str | None
    files: tuple[FileLoad, ...]
    refused: tuple[Refused, ...]
    warnings: tuple[str, ...] = ()
    changed: bool = True

    def as_json(self) -> dict[str, Any]:
        return {
            "build_id": self.build_id,
            "files": [asdict(each) for each in self.files],
            "refused": [asdict(each) for each in self.refused],
            "warnings": list(self.warnings),
        }

    def sentences(self) -> list[str]:
        """The load report: a line for each file, what was set aside and why, and what is served now."""
        lines = []
        for each in self.files:
            aside = [
                f"{n:,} {what}"
                for n, what in (
                    (each.rows_duplicate, "duplicate"),
                    (each.rows_superseded, "superseded"),
                    (each.rows_quarantined, "set aside"),
                )
                if n
            ]
            lines.append(
                f"{each.file}: {each.rows_loaded:,} of {each.rows_read:,} rows loaded as {each.table} ({each.source})"
                + (f"; {', '.join(aside)}." if aside else ".")
            )
            lines += [
                f"  set aside, {n:,}: {reason}" for reason, n in sorted(each.reasons.items(), key=lambda item: -item[1])
            ]
            if each.columns_ignored:
                lines.append(f"  not loaded: {', '.join(each.columns_ignored)}")
            lines += [f"  note: {note}." for note in each.notes]
        lines += [f"REFUSED {each.reason}" for each in self.refused]
        lines += [f"Note: {each}" for each in self.warnings]
        if not self.build_id:
            return [*lines, "Nothing was loaded, so there is no new build; what was served before is still served."]
        return [
            *lines,
            f"Build {self.build_id} is served."
            if self.changed
            else f"Build {self.build_id} was there already: nothing has changed.",
        ]


def build(exports: Iterable[Path], warehouse: Path, *, city_file: Path | None = None, areas: Path | None = None,
          parks: Path | None = None, person_key: bytes | None = None, progress: Progress = lambda text: None, accept_shrunken: bool = False,
          engine: str = "duckdb") -> BuildResult:  # fmt: skip
    """Load the exports, place and count them, and publish the leadership database into `warehouse`.

    Another `engine` makes the marts from the same SQL files; all else stays as it is.
    Raises BuildError, PublishError, EngineError, CityError or LayerError, each a sentence; refused files are in the result.
    Without an `areas` layer the shipped one is taken; the shipped parks go with the shipped areas only.
    """
    city = load_city(city_file)
    layers = geography.read_layers(areas or AREAS, parks or (None if areas else PARKS), groups=AREAS)
    with publish.only_one(warehouse), engines.opened(engine, warehouse) as elsewhere:
        made = publish.temporary(warehouse, "leadership.duckdb")
        try:
            return _build(
                list(exports),
                warehouse,
                made,
                city,
                layers,
                [city_file or DATA / "city.toml", areas or AREAS, parks or PARKS],
                person_key,
                progress,
                accept_shrunken,
                elsewhere,
            )
        except duckdb.Error as error:
            raise BuildError(
                f"The build stopped: {str(error).splitlines()[0]} What was served before is still served."
            ) from error
        except OSError as error:
            raise BuildError(
                f"The build stopped: {error.strerror} ({error.filename or warehouse}). Free space or mend permissions and run it again; what was served before is still served."
            ) from error
        finally:
            with suppress(OSError):  # the next build sweeps
                made.unlink(missing_ok=True)
                made.with_name(made.name + ".wal").unlink(missing_ok=True)


def _build(exports: list[Path], warehouse: Path, made: Path, city: City, layers: geography.Layers, settings: list[Path],
           person_key: bytes | None, progress: Progress, accept_shrunken: bool, elsewhere: engines.Elsewhere | None) -> BuildResult:  # fmt: skip
    con = _scratch(warehouse, sum(_size(each) for each in exports))
    try:
        loaded = _load(con, exports, city, person_key, warehouse, progress, accept_shrunken)
        if not loaded.files:
            return BuildResult(None, (), loaded.refused)
        unclear = [*unexplained.warnings(con), *unexplained.unlisted(con)]
        engine = elsewhere.engine.version if elsewhere else ""
        build_id = _build_id(loaded.digest + engine, settings)
        if publish.is_whole(publish.path_of(warehouse, "leadership", build_id)):
            publish.point(warehouse, "leadership", build_id)
            return BuildResult(build_id, loaded.files, loaded.refused, tuple(unclear), changed=False)
        progress("Placing points")
        share = geography.place(con, layers)
        warnings = [*layers.warnings, *unclear]
        if share < geography.FITS:
            warnings.append(
                "Almost no point lies in the area layer, so areas are taken from the exports' text. Name this city's own layer with --areas."
            )
        progress("Building marts")
        con.execute(f"attach '{_quoted(made)}' as made (row_group_size {ROW_GROUP})")
        con.execute("set search_path = 'made.main,memory.main'")
        local_time = local_sql("stamp", city.timezone, *_years(con))
        con.execute(f"create macro memory.main.local_time(stamp) as {local_time}")
        _settings_table(con, city)
        geography.write_maps(con, layers)
        for sql in create_statements(QUERIES, marts=False):
            con.execute(sql)
        marts: dict[str, str] = {}
        if elsewhere:
            engines.make_marts(elsewhere, con, local_time, progress)
        else:
            marts = reuse.digests(con, loaded.tables, _code(), local_time)
            reuse.make_marts(con, marts, reuse.earlier(warehouse))
        progress("Looking for hot spots")
        write_hot_spots(con)
        _keep_loads(con, warnings)
        _build_info(con, build_id, city, loaded.files, share, engine)
        con.execute("checkpoint made")
        expected = publish.count_rows(con, "made")
        con.execute("use memory")
        con.execute("detach made")
    finally:
        con.close()
    progress("Publishing")
    publish.publish(made, warehouse, "leadership", build_id, expected, {reuse.FACT: marts})
    return BuildResult(build_id, loaded.files, loaded.refused, tuple(warnings))


def _load(
    con: duckdb.DuckDBPyConnection,
    exports: list[Path],
    city: City,
    person_key: bytes | None,
    warehouse: Path,
    progress: Progress,
    accept_shrunken: bool,
) -> IngestResult:
    """Read the exports. Without a person key only the synthetic sample may be read, with a key that is no secret."""
    cache = warehouse / ("cache" if person_key else "cache-sample")
    loaded = ingest(
        con,
        exports,
        city=city,
        person_key=person_key or SAMPLE_KEY,
        cache=cache,
        progress=progress,
        accept_shrunken=accept_shrunken,
    )
    real = [each.file for each in loaded.files if not is_sample(each)]
    if real and not person_key:
        shutil.rmtree(cache, ignore_errors=True)
        raise BuildError(
            f"{real[0]} is no synthetic sample, and PUBLICSAFETY_PERSON_KEY is not set. Persons become keyed hashes: "
            "set it to a long random secret that the department keeps (for example from `openssl rand -hex 32`), and build again."
        )
    return loaded


def is_sample(load: FileLoad) -> bool:
    """Whether a file came from this product's own generator."""
    return load.source.startswith("sample_")


def _size(exports: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    paths = exports.rglob("*") if exports.is_dir() else [exports]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _scratch(warehouse: Path, size: int) -> duckdb.DuckDBPyConnection:
    """An in-memory database for what does not outlive the build; it spills into the warehouse's folder.

    Its memory follows the exports, `size` bytes, unless PUBLICSAFETY_BUILD_MEMORY says how much it may take.
    """
    memory = os.environ.get("PUBLICSAFETY_BUILD_MEMORY") or f"{child.allowed(size) * 3 // 4 >> 20}MiB"
    con = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory,
            "temp_directory": str(warehouse / publish.SPILL),
            "preserve_insertion_order": True,
        },
    )
    for name in reference.TABLES:
        _reference(con, name)
    return con


def _reference(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load data/reference/<name>.csv as ref_<name>. Raises BuildError naming file and line."""
    path = reference.path_of(name)
    con.execute(f"create table ref_{name} ({reference.TABLES[name]})")
    try:
        if name == "peers" and path.is_file():
            peers.check(path)
        frame = reference.read(path, reference.columns_of(name))
        con.register("frame_in", frame)
        listed = ", ".join(f"nullif({each}::varchar, '')" for each in frame)
        con.execute(f"insert into ref_{name} select {listed} from frame_in")
        con.unregister("frame_in")
    except reference.ListError as error:
        raise BuildError(str(error)) from None
    except peers.PeersError as error:
        raise BuildError(f"{place_of(path.parent)}/{error}") from None
    except duckdb.ConversionException as error:
        raise BuildError(f"{place_of(path)}: {str(error).splitlines()[0]}. Mend the file and build again.") from None


def _years(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The first and last year of any stamp, so that the time-zone macro has only the changes that matter."""
    stamps = con.execute(
        "select table_name, column_name from duckdb_columns() where database_name = 'memory' and table_name like 'raw_%' and data_type = 'TIMESTAMP'"
    ).fetchall()
    ranges = " union all ".join(
        f"select year(min({column})) as low, year(max({column})) as high from memory.main.{table}"
        for table, column in stamps
    )
    low, high = con.execute(f"select min(low), max(high) from ({ranges})").fetchall()[0]
    return (low or 2000) - 1, (high or 2000) + 1


def _settings_table(con: duckdb.DuckDBPyConnection, city: City) -> None:
    """The one-row table from which the marts take hours of service, bounds and the as-of date."""
    stamps = " union all ".join(f"select max({stamp}) as latest from {table}" for table, stamp in [
        ("raw_calls", "received_at"), ("raw_pickups", "reported_at"), ("raw_cases", "opened_at"), ("raw_services", "served_at"), ("raw_referrals", "sent_at")])  # fmt: skip
    con.execute(
        f"""create or replace table memory.main.city_settings as
        select $zone as timezone, $opens::time as opens, $closes::time as closes, $days::varchar[] as days,
            $calls_since::date as calls_since, $pickups_since::date as needle_pickups_since,
            $response::double as response_minutes_max, $task::double as time_on_task_minutes_max,
            $fiscal::integer as fiscal_year_starts, cast(local_time((select max(latest) from ({stamps}))) as date) as as_of""",
        {"zone": city.timezone, "opens": city.service.opens, "closes": city.service.closes, "days": list(city.service.days),
         "calls_since": city.service.calls_since, "pickups_since": city.service.needle_pickups_since,
         "response": city.limits.response_minutes_max, "task": city.limits.time_on_task_minutes_max, "fiscal": city.fiscal_year_starts},
    )  # fmt: skip


def _keep_loads(con: duckdb.DuckDBPyConnection, warnings: list[str]) -> None:
    """Move what was read, set aside and warned of into the leadership database."""
    for each in ("files", "refused", "quarantine", "warnings", "labels", "completeness"):
        con.execute(f"create table made.main.load_{each} as select * from memory.main.load_{each}")
    for text in warnings:
        con.execute("insert into made.main.load_warnings (file, warning) values (?, ?)", ["", text])


def _build_info(
    con: duckdb.DuckDBPyConnection, build_id: str, city: City, files: tuple[FileLoad, ...], share: float, engine: str
) -> None:
    as_of = con.execute("select as_of from memory.main.city_settings").fetchall()[0][0]
    synthetic = all(is_sample(each) for each in files)
    facts = {"build_id": build_id, "as_of": str(as_of), "city": json.dumps(asdict(city), default=str), "synthetic": str(synthetic).lower(),
             "areas_fit": str(share >= geography.FITS).lower(), "sources": ", ".join(sorted({each.source for each in files}))} | ({"engine": engine} if engine else {})  # fmt: skip
    con.execute("create table build_info (key varchar, value varchar)")
    con.executemany("insert into build_info values (?, ?)", list(facts.items()))


def _build_id(digest: str, settings: list[Path]) -> str:
    """Twelve letters that stand for everything the figures depend on: exports, mappings, settings, queries, code."""
    summary = hashlib.sha256(digest.encode() + _code().encode())
    for each in [*settings, *sorted(reference.REFERENCE.glob("*.csv"))]:
        summary.update(hashlib.sha256(each.read_bytes()).digest())
    return summary.hexdigest()[:12]


def _code() -> str:
    """A digest of the queries and of the pipeline's own code."""
    summary = hashlib.sha256()
    for each in [*sorted(QUERIES.rglob("*.sql")), *sorted(Path(__file__).parent.glob("*.py"))]:
        summary.update(hashlib.sha256(each.read_bytes()).digest())
    return summary.hexdigest()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
