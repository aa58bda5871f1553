"""`make audit-full`: 200 invented towns, 24 quarterly releases each, every one attacked with all those before it.

The releases are made by the protector (`workshop.py` leaves out what does not decide what is published), and only the
published files are read. Towns differ in size, from 120 to 700 calls a year, because the smallest are the hardest to
protect; in still smaller ones the headlines are refused. Results are kept town by town in a file, so that a run which
was stopped goes on where it was.

    python -m tests.audit.full [--towns 200] [--releases 24] [--jobs 2] [--results FILE]
"""

import argparse
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from math import inf
from pathlib import Path

import pandas as pd

from publicsafety.city import ROOT
from publicsafety.pipeline.audit import audit
from publicsafety.pipeline.audit.gate import public_definitions
from publicsafety.pipeline.audit.reading import read_releases
from tests.audit.truth import primaries, read_policy
from tests.audit.workshop import release_all
from tests.release.warehouse import records, write

POLICY = ROOT / "data" / "release-policy.toml"
SIZES = (200, 120, 350, 160, 700)  # calls a year


@dataclass(frozen=True)
class Town:
    """What became of one town: releases made and refused, cells attacked, what was found, seconds."""

    seed: int
    releases: int
    refused: tuple[str, ...]
    withheld: int
    distinct: int
    exact: int
    findings: tuple[str, ...]
    narrowest: float
    seconds: float


def quarter_ends(n: int) -> Iterator[date]:
    """The last days of `n` quarters, the first of them the end of 2024."""
    for place in range(n):
        months = 2025 * 12 + 3 * place
        yield date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def attack_town(seed: int, n_releases: int) -> Town:
    """Publish a town's quarters one by one, then attack everything that was ever published."""
    began = time.monotonic()
    ends = list(quarter_ends(n_releases))
    marts = records(seed, SIZES[seed % len(SIZES)], ends[-1])
    nothing = Town(seed, 0, (), 0, 0, 0, (), inf, 0.0)
    with tempfile.TemporaryDirectory(prefix="audit-full-") as name:
        try:
            town = _attacked(Path(name), marts, ends, nothing)
        except Exception as error:  # a town that breaks a program is a finding, and not the end of a night's run
            text = "".join(traceback.format_exception(error)[-3:])
            town = replace(nothing, findings=(f"could not be finished: {text}",))
    return replace(town, seconds=time.monotonic() - began)


def _attacked(folder: Path, marts: Mapping[str, pd.DataFrame], ends: list[date], town: Town) -> Town:
    write(folder / "warehouse", marts, ends[-1], "town")
    refused = release_all(folder / "warehouse", folder / "open", POLICY, ends)
    if not (folder / "open" / "datapackage.json").is_file():
        return replace(town, refused=tuple(refused))
    latest = read_releases(folder / "open", public_definitions())[-1]
    told = primaries(marts, read_policy(POLICY), latest)
    report = audit(folder / "open", folder / "warehouse", primaries=told)
    return replace(
        town,
        releases=report.releases,
        refused=tuple(refused),
        withheld=sum(table.withheld for table in report.tables),
        distinct=report.withheld,
        exact=report.exact,
        findings=tuple(f"{one.kind}: {one.table} {one.cell} {one.says}" for one in report.findings),
        narrowest=inf if report.narrowest is None else report.narrowest,
    )


def known(path: Path) -> dict[int, Town]:
    """The towns that an earlier run finished."""
    if not path.is_file():
        return {}
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {row["seed"]: Town(**row) for row in rows}


def summary(towns: list[Town]) -> list[str]:
    """The figures that decide, in words."""
    withheld = sum(one.withheld for one in towns)
    narrowest = min((one.narrowest for one in towns), default=inf)
    return [
        f"{len(towns)} towns, {sum(one.releases for one in towns):,} releases, "
        f"{sum(len(one.refused) for one in towns)} quarters refused by the release itself",
        f"Exact recoveries: {sum(one.exact for one in towns)}",
        f"Withheld cells attacked: {withheld:,} ({sum(one.distinct for one in towns):,} different ones)",
        f"Narrowest interval: {narrowest:g}",
        f"Findings: {sum(len(one.findings) for one in towns)}",
    ]


def main(arguments: list[str] | None = None) -> int:
    """Attack all towns and print the summary; 1 if anything was found."""
    parser = argparse.ArgumentParser(description="Attack many years of releases of many invented towns.")
    parser.add_argument("--towns", type=int, default=200)
    parser.add_argument("--releases", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--results", type=Path, default=Path(tempfile.gettempdir()) / "audit-full.jsonl")
    chosen = parser.parse_args(arguments)
    done = known(chosen.results)
    left = [seed for seed in range(chosen.towns) if seed not in done]
    with ProcessPoolExecutor(chosen.jobs) as pool, chosen.results.open("a", encoding="utf-8") as file:
        for future in as_completed([pool.submit(attack_town, seed, chosen.releases) for seed in left]):
            town = future.result()
            done[town.seed] = town
            file.write(json.dumps(asdict(town)) + "\n")
            file.flush()
            found = f", {len(town.findings)} FINDINGS" if town.findings else ""
            print(f"town {town.seed}: {town.withheld} withheld, {town.seconds:.0f} s{found}", file=sys.stderr)
    towns = [town for seed, town in sorted(done.items()) if seed < chosen.towns]
    print("\n".join(summary(towns)))
    for town in towns:
        for finding in town.findings:
            print(f"town {town.seed}: {finding}")
    return 1 if any(town.findings for town in towns) else 0


if __name__ == "__main__":
    sys.exit(main())
