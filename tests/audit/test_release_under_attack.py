"""The release, as a black box, and its attacker: neither knows the other's code."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from publicsafety.city import ROOT
from publicsafety.pipeline.audit import AuditReport, audit
from publicsafety.pipeline.audit.attack import is_safe, modes, run_mode
from publicsafety.pipeline.audit.bounds import attack
from publicsafety.pipeline.audit.facts import evidence
from publicsafety.pipeline.audit.gate import public_definitions
from publicsafety.pipeline.audit.knowledge import Interval
from publicsafety.pipeline.audit.levels import with_levels
from publicsafety.pipeline.audit.published import Release, Row, Table, number
from publicsafety.pipeline.audit.reading import read_releases
from publicsafety.pipeline.audit.system import assemble, reduce
from publicsafety.pipeline.release import release
from tests.audit import full
from tests.audit.naive import naive_intervals
from tests.audit.truth import Primary, hidden_counts, primaries, read_policy, true_count
from tests.audit.workshop import LAG, release_all
from tests.release.warehouse import records, until, write

POLICY = ROOT / "data" / "release-policy.toml"
END = date(2025, 12, 31)
SIZES = {1: 120, 3: 90}  # seed: calls a year
Town = tuple[Path, Mapping[str, pd.DataFrame]]  # its folder and the records behind it
HANDED_OVER: dict[Path, list[Primary]] = {}  # what the release told its attacker


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> list[Town]:
    """Small towns, their first releases and the records these were made of."""
    found = []
    for seed, calls in SIZES.items():
        folder = tmp_path_factory.mktemp("town")
        marts = records(seed, calls, END)
        write(folder / "warehouse", marts, END)
        HANDED_OVER[folder] = []

        def keep(_: Path, *, primaries: Collection[Primary], folder: Path = folder) -> None:
            HANDED_OVER[folder].extend(primaries)

        release(folder / "warehouse", folder / "open", POLICY, today=END + timedelta(days=35), audit=keep, site=False)
        found.append((folder, marts))
    return found


@pytest.fixture(params=range(len(SIZES)), ids=[f"{calls} calls a year" for calls in SIZES.values()])
def town(towns: list[Town], request: pytest.FixtureRequest) -> Town:
    """One town after the other."""
    return towns[request.param]


def latest(folder: Path) -> Release:
    """The release as its attacker reads it."""
    return read_releases(folder / "open", public_definitions())[-1]


def test_the_release_of_a_small_town_withstands_every_mode(town: Town) -> None:
    """Also the attacker who is told which cells are small, which is more than anybody outside can know."""
    folder, _ = town
    report = audit(folder / "open", folder / "warehouse", primaries=HANDED_OVER[folder])
    assert report.passed, report.as_text()
    assert report.withheld > 5
    assert report.narrowest is not None
    assert report.narrowest >= 5
    assert not any(mode.note for mode in report.modes), report.as_text()


def test_the_release_tells_its_attacker_which_withheld_cells_are_below_the_minimum(town: Town) -> None:
    """As data: the gate runs the mode that is told, with the list that counting anew gives as well."""
    folder, marts = town
    counted = primaries(marts, read_policy(POLICY), latest(folder))
    assert len(counted) > 3
    assert set(counted) <= set(HANDED_OVER[folder])
    hidden = {(t.name, row.period, row.dimensions) for t in latest(folder).tables for row in t.rows if row.withheld}
    assert set(HANDED_OVER[folder]) <= hidden
    modes_run = [mode.name for mode in audit(folder / "open", primaries=HANDED_OVER[folder]).modes]
    assert "told which cells are primary" in modes_run


def test_every_published_count_is_the_true_one_and_no_withheld_one_is_zero(
    town: Town,
) -> None:
    """What the attacker takes for facts are facts."""
    folder, marts = town
    policy, checked = read_policy(POLICY), 0
    for table in latest(folder).tables:
        for row in table.rows:
            n = true_count(marts, policy, table, row)
            if n is not None:
                assert n > 0 if row.withheld else number(row.numbers["value"]) == n, (table.name, row.name)
                checked += 1
    assert checked > 100


def test_the_true_count_lies_in_every_interval_the_attacker_claims(
    town: Town,
) -> None:
    """An attacker who excludes the truth has made a mistake, and his silence would mean nothing."""
    folder, marts = town
    hidden = hidden_counts(marts, read_policy(POLICY), latest(folder))
    truth = {(table.name, f"{row.name}: value"): n for table, row, n in hidden.values()}
    collected = evidence([latest(folder)])
    compared = 0
    for mode in modes(collected):
        for result in run_mode(collected, mode).results:
            n = truth.get((result.target.table, result.target.cell))
            if n is not None and result.interval.complete:
                assert result.interval.low <= n <= result.interval.high, (mode.name, result.target.cell)
                compared += 1
    assert compared > 0


def policy_of_responses(folder: Path) -> Path:
    """The shipped policy with nothing but responses by nature, police and area, so that their full cross is small."""
    kept, blocks = [], re.split(r"(?m)^(?=\[)", POLICY.read_text(encoding="utf-8"))
    for block in blocks:
        if block.startswith("[[tables]]"):
            is_kept = re.search(r'"(care_responses|no_police_rate)"', block) and not re.search(r"timing|stage", block)
        else:
            is_kept = not block.startswith(("[metrics.", "[stocks")) or block.startswith("[metrics.no_police_rate]")
        kept += [block] if is_kept else []
    path = folder / "policy.toml"
    path.write_text("".join(kept), encoding="utf-8")
    return path


def test_a_naive_attacker_over_the_full_cross_finds_the_same_intervals(tmp_path: Path) -> None:
    """Junction tree, presolve and shared solutions lose nothing against one linear program over all combinations."""
    write(tmp_path / "warehouse", records(1, SIZES[1], END), END)
    release(
        tmp_path / "warehouse",
        tmp_path / "open",
        policy_of_responses(tmp_path),
        today=END + timedelta(days=35),
        audit=lambda *_, **__: None,
        site=False,
    )
    one = latest(tmp_path)
    collected = evidence([one])
    best = modes(collected)[0]
    system = assemble((*collected.published, *best.statements), collected.withheld, collected.structure)
    clever: dict[tuple[str, str], Interval] = {}
    for part in reduce(system).parts:
        exact = attack(part, lambda low, high: np.zeros(len(low), dtype=bool), np.random.default_rng(0))
        for place, interval in zip(part.numbers, exact.intervals, strict=True):
            clever[collected.withheld[place].table, collected.withheld[place].cell] = interval
    naive = naive_intervals(one, "care_responses")
    names = {(t.name, row.period, row.dimensions): with_levels_name(one, t, row) for t in one.tables for row in t.rows}
    assert len(naive) > 10
    for key, (low, high) in naive.items():
        found = clever[key[0], names[key]]
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6), key


def with_levels_name(one: Release, table: Table, row: Row) -> str:
    """The cell as the clever attacker names it: with every level of a place under one attribute."""
    tables = {t.name: t for t in with_levels([one])[0].tables}
    renamed = next(r for r in tables[table.name].rows if r.line == row.line)
    return f"{renamed.name}: value"


def put_back(one: Release, table: Table, line: int, n: int) -> Release:
    """The release with one withheld count published after all."""

    def restored(row: Row) -> Row:
        return replace(row, status="", numbers={**row.numbers, "value": str(n)}) if row.line == line else row

    tables = (replace(t, rows=tuple(map(restored, t.rows))) if t.name == table.name else t for t in one.tables)
    return replace(one, tables=tuple(tables))


def is_caught(mutated: Release, told: frozenset[Primary]) -> bool:
    """Whether any mode finds anything; the first is tried first, because it finds most."""
    collected = evidence([mutated], told=told)
    return any(not is_safe(result) for mode in modes(collected) for result in run_mode(collected, mode).results)


def test_publishing_any_one_complementary_cell_is_caught(towns: list[Town]) -> None:
    """A cell that is withheld only to protect others is needed: without it, some other cell can be derived."""
    needless, tried = [], 0
    for folder, marts in towns:
        one, policy = latest(folder), read_policy(POLICY)
        told = frozenset(primaries(marts, policy, one))
        for (name, line), (table, row, n) in hidden_counts(marts, policy, one).items():
            if n >= table.threshold:
                tried += 1
                if not is_caught(put_back(one, table, line, n), told):
                    needless.append(f"{name}: {row.name}")
    print(f"{tried} complementary cells put back one at a time; needless: {needless}")
    assert tried > 20
    assert len(needless) <= 0.05 * tried, f"needless: {needless}"


def test_the_report_reads_as_sentences(town: Town) -> None:
    """Verdict first, then the figures, then what each attacker knew."""
    folder, _ = town
    report: AuditReport = audit(folder / "open")
    assert report.sentences()[0] == "PASSED: nothing that is withheld can be derived."
    assert report.as_json()["passed"] is True
    assert any("insider" in line for line in report.sentences())


def test_the_workshop_of_the_full_program_publishes_what_the_release_publishes(tmp_path: Path) -> None:
    """Byte by byte, over the ends of two years: otherwise the night's run would be about another program."""
    ends = list(full.quarter_ends(6))
    marts = records(2, 350, ends[-1])
    for place, end in enumerate(ends):
        write(tmp_path / "warehouse", until(marts, end), end, f"b{place}")
        release(tmp_path / "warehouse", tmp_path / "open", POLICY, today=end + LAG, site=False)
    write(tmp_path / "workshop", marts, ends[-1], "town")
    assert release_all(tmp_path / "workshop", tmp_path / "made", POLICY, ends) == []
    released, made = ({file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.*")}
                      for folder in (tmp_path / "open", tmp_path / "made"))  # fmt: skip
    assert sum(name.endswith("manifest.json") for name in released) == 6
    assert made == released


def test_the_full_program_attacks_and_remembers_what_it_has_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One town and one release; the second run finds the first one's result and attacks nothing."""
    arguments = ["--towns", "1", "--releases", "1", "--jobs", "1", "--results", str(tmp_path / "results.jsonl")]
    assert full.main(arguments) == 0
    first = capsys.readouterr()
    assert "Exact recoveries: 0" in first.out
    assert "town 0:" in first.err
    assert full.main(arguments) == 0
    second = capsys.readouterr()
    assert second.out == first.out
    assert second.err == ""
