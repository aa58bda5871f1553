"""A release as it is, without what it does for readers, disks and auditors: many towns in a night.

Nothing that decides what is published is left out. What is: databases (but for the last release's), flushing to the
disk, counting records anew that were counted for the release before, reading earlier releases from the disk again,
years that are closed and published (no table spans two, and what was published is published again as it was), and
building the same linear program from nothing for each of its objectives. `tests/audit/test_release_under_attack.py`
holds the files against those of the release itself, byte by byte.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import duckdb
import numpy as np
from scipy import sparse
from scipy.optimize._highspy import _core as highs

from publicsafety.pipeline import publish
from publicsafety.pipeline.release import counts, drafting, figures, history, intervals, opendata, run, write
from publicsafety.pipeline.release.figures import Figures
from publicsafety.pipeline.release.past import with_past
from publicsafety.pipeline.release.policy import PolicyError
from publicsafety.pipeline.release.policy_file import read_policy

LAG = timedelta(days=35)


def release_all(warehouse: Path, open_dir: Path, policy: Path, ends: Sequence[date]) -> list[str]:
    """Publish what is closed 35 days after each of the days; the sentences of those that were refused."""
    build = (warehouse / "leadership.current").read_text().strip()
    rules, refused = read_policy(policy), []
    past: tuple[history.Past, ...] = ()
    draft = None
    with duckdb.connect(str(publish.path_of(warehouse, "leadership", build)), read_only=True) as source:
        info = dict(source.execute("select key, value from build_info").fetchall())
        closed = counts.closed_until(ends[-1], ends[-1] + LAG, rules.rules.lag_days)
        everything = figures.count(source, rules, closed, {}, ())
        for end in ends:
            try:
                draft = _draft(source, {**info, "as_of": end.isoformat()}, warehouse, rules, past, everything, end)
            except PolicyError as error:  # a sentence: this quarter cannot be published safely, and is not
                refused.append(f"{end}: {error}")
            else:
                past = (*past, _keep(open_dir, draft, past))
        if draft is not None:
            _write_databases(source, warehouse, draft)
    return refused


def _draft(
    source: duckdb.DuckDBPyConnection,
    info: Mapping[str, str],
    warehouse: Path,
    rules: Any,
    past: tuple[history.Past, ...],
    everything: Figures,
    end: date,
) -> drafting.Draft:
    since = past[-1].closed_until if past else date.min

    def counted(source: Any, policy: Any, closed_until: date, *_: Any) -> Figures:
        flows = {flow for name, stock in policy.stocks.items() for flow in (name, stock.opened, stock.closed)}
        return _between(everything, f"{since.year:04}-01-01", closed_until, flows)

    with (
        patch.object(drafting, "count", counted),
        patch.object(history, "read_frozen", lambda *_: {}),
        patch.object(intervals, "linprog", Programs().solve),
    ):
        policy = with_past(rules, past)
        return drafting.draft_of(source, info, warehouse, policy, past, end + LAG, lambda _: None)


def _between(all_figures: Figures, first: str, closed_until: date, flows: Collection[str]) -> Figures:
    """The figures of the years from `first` that are closed; of stocks and what changes them, all years."""

    def inside(base: str, grain: str, period: str) -> bool:
        last = date(int(period[:4]) + 1, 1, 1) if grain == "year" else date.fromisoformat(period)
        closed = last <= closed_until if grain == "year" else last < closed_until
        return closed and (base in flows or period >= first)

    def chosen(base: str, frame: Any) -> Any:
        return frame[(frame["month"] < closed_until.isoformat()) & ((frame["month"] >= first) | (base in flows))]

    return replace(
        all_figures,
        points={base: chosen(base, frame) for base, frame in all_figures.points.items()},
        months={
            base: tuple(month for month in months if inside(base, "month", month))
            for base, months in all_figures.months.items()
        },
        singles={
            base: {key: value for key, value in told.items() if inside(base, *key)}
            for base, told in all_figures.singles.items()
        },
        closed_until=closed_until,
        persons={base: chosen(base, frame) for base, frame in all_figures.persons.items()},
    )


def _keep(open_dir: Path, draft: drafting.Draft, past: Sequence[history.Past]) -> history.Past:
    """Put the files where the release puts them, and read them back as the next release does."""
    previous = past[-1].manifest_sha256 if past else None
    manifest = history.manifest(draft.number, previous, draft.edition.closed_until, draft.files)
    place = open_dir / history.RELEASES / f"{draft.number:04d}"
    place.mkdir(parents=True)
    for name, content in draft.files.items():
        (place / name).write_bytes(content)
        (open_dir / name).write_bytes(content)
    (open_dir / "data.json").write_bytes(opendata.data_json(draft.policy, draft.edition, draft.tables))
    (place / history.MANIFEST).write_bytes(manifest)
    return history._read(place, draft.number, previous)


def _write_databases(source: duckdb.DuckDBPyConnection, warehouse: Path, draft: drafting.Draft) -> None:
    for audience in run.AUDIENCES:
        path = publish.path_of(warehouse, audience, draft.build_id)
        write.write_database(path, source, draft.policy, draft.edition, draft.tables, audience, draft.build_id)
        (warehouse / f"{audience}.current").write_text(draft.build_id)


class Programs:
    """`linprog` for one matrix after the other: the solver keeps the matrix, and gets bounds and objectives."""

    def __init__(self) -> None:
        self.matrix: sparse.csr_matrix | None = None
        self.solver: Any = None

    def solve(
        self,
        c: np.ndarray,
        A_eq: sparse.csr_matrix,
        b_eq: np.ndarray,
        bounds: np.ndarray,
        method: str,
        options: Mapping[str, bool] | None = None,
    ) -> SimpleNamespace:
        """As scipy.optimize.linprog, for what the release asks of it."""
        assert method == "highs-ds"
        if self.matrix is not A_eq:
            self.matrix, self.solver = A_eq, _model(A_eq, b_eq)
        n = A_eq.shape[1]
        every = np.arange(n, dtype=np.int32)
        solver = self.solver
        solver.clearSolver()
        solver.setOptionValue("presolve", "on" if (options or {}).get("presolve", True) else "off")
        solver.changeColsCost(n, every, c)
        solver.changeColsBounds(n, every, np.ascontiguousarray(bounds[:, 0]), np.ascontiguousarray(bounds[:, 1]))
        solver.run()
        status = solver.getModelStatus()
        if status != highs.HighsModelStatus.kOptimal:
            number = {highs.HighsModelStatus.kInfeasible: 2, highs.HighsModelStatus.kUnbounded: 3}.get(status, 4)
            return SimpleNamespace(status=number, message=solver.modelStatusToString(status))
        found, basis = solver.getSolution(), solver.getBasis().col_status
        duals = np.array(found.col_dual)
        at_low = np.array([each == highs.HighsBasisStatus.kLower for each in basis])
        at_high = np.array([each == highs.HighsBasisStatus.kUpper for each in basis])
        return SimpleNamespace(
            status=0,
            x=np.array(found.col_value),
            fun=solver.getInfo().objective_function_value,
            lower=SimpleNamespace(marginals=np.where(at_low, duals, 0.0)),
            upper=SimpleNamespace(marginals=np.where(at_high, duals, 0.0)),
        )


def _model(matrix: sparse.csr_matrix, right: np.ndarray) -> Any:
    columns = matrix.tocsc()
    lp = highs.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = matrix.shape
    lp.a_matrix_.format_ = highs.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = columns.indptr, columns.indices, columns.data
    lp.col_cost_ = lp.col_lower_ = np.zeros(matrix.shape[1])
    lp.col_upper_ = np.full(matrix.shape[1], np.inf)
    lp.row_lower_ = lp.row_upper_ = right
    solver = highs._Highs()
    options = highs.HighsOptions()
    options.output_flag = options.log_to_console = False
    options.solver, options.simplex_strategy = (
        "simplex",
        int(highs.simplex_constants.SimplexStrategy.kSimplexStrategyDual),
    )
    solver.passOptions(options)
    solver.passModel(lp)
    return solver
