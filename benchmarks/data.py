"""The data of a benchmark: exports, a warehouse, and the same calls for the peers; made once for each size and kept.

Up to a million calls come through the product's own pipeline. Larger warehouses hold the calls of the million again and
again, each copy under numbers of its own and some seconds later within its minute: what the pages read is as large as
asked for, and making it takes a minute rather than a quarter of an hour. What the pipeline itself takes is measured apart.
"""

import json
import shutil
import sys
from pathlib import Path

import duckdb

from benchmarks.measure import run
from publicsafety.parts import MARTS

FOLDER = Path(".bench")
LARGEST = 1_000_000  # calls that go through the pipeline


def warehouse(calls: int) -> Path:
    """A folder with a leadership database of so many calls."""
    made = FOLDER / f"warehouse-{calls}"
    if (made / "leadership.current").exists():
        return made
    print(f"Making a warehouse of {calls:,} calls", file=sys.stderr)
    if calls > LARGEST:
        _copied(warehouse(LARGEST), made, calls)
    else:
        command = [sys.executable, "-m", "publicsafety", "build"]
        run(*command, "--exports", str(exports(calls)), "--warehouse", str(made))
    return made


def exports(calls: int) -> Path:
    """A folder with synthetic exports of so many calls."""
    made = FOLDER / f"exports-{calls}"
    if not made.exists():
        run(
            sys.executable, "-m", "publicsafety", "sample", "--out", str(made.with_suffix(".part")), "--calls", str(calls),
            "--end", "2026-10-31",
        )  # fmt: skip
        made.with_suffix(".part").rename(made)
    return made


def released() -> Path:
    """A warehouse of the sample as `make run` has it, with a release and its static edition in `open`."""
    made = FOLDER / "released"
    if not (made / "open" / "site").exists():
        print("Making a release of the sample", file=sys.stderr)
        command = [sys.executable, "-m", "publicsafety"]
        if not (FOLDER / "exports-sample").exists():
            run(*command, "sample", "--out", str(FOLDER / "exports-sample"), "--end", "2026-10-31")
        run(*command, "build", "--exports", str(FOLDER / "exports-sample"), "--warehouse", str(made))
        run(*command, "release", "--warehouse", str(made), "--open", str(made / "open"))
    return made


def database(folder: Path) -> Path:
    return folder / f"leadership.{(folder / 'leadership.current').read_text().strip()}.duckdb"


def _copied(one: Path, made: Path, calls: int) -> None:
    """The warehouse `one` with its calls several times over, in order of time as a build writes them."""
    partial = made.with_suffix(".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    path = partial / f"leadership.bench{calls}.duckdb"
    shutil.copyfile(database(one), path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as con:
        con.execute("set enable_progress_bar = false")
        con.execute("alter table fct_calls rename to fewer")
        (had,) = con.execute("select count(*) from fewer").fetchone() or (0,)
        con.execute(
            f"""create table fct_calls as
            select fewer.* replace (
                incident_number || '-' || copy as incident_number,
                date_trunc('minute', received_at)
                + to_seconds((extract(second from received_at)::bigint + 7 * copy) % 60) as received_at
            )
            from fewer cross join range({calls // had}) as copies(copy)
            order by received_at"""
        )
        con.execute("drop table fewer")
        for part in sorted([*MARTS.glob("part_*.sql"), *MARTS.glob("day_*.sql")]):  # made of the calls alone
            con.execute(f"create or replace table {part.stem} as {part.read_text()}")
        con.execute(f"update build_info set value = 'bench{calls}' where key = 'build_id'")
        con.execute("checkpoint")
    (partial / "leadership.current").write_text(f"bench{calls}\n")
    partial.rename(made)


def for_peers(calls: int) -> Path:
    """A folder with the very calls of the warehouse as Parquet, and the areas as GeoJSON."""
    made = FOLDER / f"peers-{calls}"
    if (made / "areas.geojson").exists():
        return made
    made.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(database(warehouse(calls))), read_only=True) as con:
        con.execute("set enable_progress_bar = false")
        con.execute(f"copy (select * exclude (h3_8, h3_9, file, line) from fct_calls) to '{made / 'calls.parquet'}'")
        shapes = con.execute("select area, geojson from map_areas").fetchall()
    features = [
        {"type": "Feature", "id": area, "properties": {}, "geometry": json.loads(geometry)} for area, geometry in shapes
    ]
    (made / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return made


def areas(calls: int) -> list[str]:
    """The areas with most calls, to filter by."""
    with duckdb.connect(str(database(warehouse(calls))), read_only=True) as con:
        found = con.execute("select area from fct_calls group by area order by count(*) desc, area limit 8").fetchall()
    return [str(area) for (area,) in found]
