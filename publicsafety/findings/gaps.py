"""Why is there no figure for a month? No export covers it, or the export left the field empty: neither is a zero."""

from itertools import groupby

import pandas as pd

from publicsafety import prose
from publicsafety.findings.core import EXPORTS, Source, months_without
from publicsafety.findings.words import first_of
from publicsafety.observations import Observations

NO_EXPORT, NOT_RECORDED = "no export", "not recorded"
NAMED = 3  # stretches of time that a sentence names


def missing(frame: pd.DataFrame) -> dict[str, str]:
    """Each period without a figure and the reason. `frame`: period, value, n, status, of one series or of several."""
    periods = [str(each) for each in frame["period"]]
    known = (frame["value"].notna() | (frame["status"] != "x")).tolist()
    rows = frame["n"].notna().tolist() if "n" in frame else [False] * len(frame)
    shown = {period for period, is_known in zip(periods, known, strict=True) if is_known}
    counted = {period for period, has_rows in zip(periods, rows, strict=True) if has_rows}
    return {period: NOT_RECORDED if period in counted else NO_EXPORT for period in sorted({*periods} - shown)}


def beside(frame: pd.DataFrame, grain: str) -> tuple[str, ...]:
    """What the grey bands of a chart are, in words: "No export covers Jun 2026 to Jul 2026: a gap is not a zero"."""
    reasons = missing(frame)
    order = sorted(set(frame["period"].astype(str)))
    return tuple(
        f"{said} {_stretches(order, reasons, reason, grain)}: a gap is not a zero"
        for reason, said in ((NO_EXPORT, "No export covers"), (NOT_RECORDED, "Not recorded in any row of"))
        if reason in reasons.values()
    )


def _stretches(order: list[str], reasons: dict[str, str], reason: str, grain: str) -> str:
    """Periods in a row as one: "Jun 2026 to Jul 2026 and Oct 2026"."""
    runs = [list(each) for is_one, each in groupby(order, lambda period: reasons.get(period) == reason) if is_one]
    names = [" to ".join(prose.period_name(each, grain) for each in dict.fromkeys((run[0], run[-1]))) for run in runs]
    return first_of(names, NAMED)


def of_exports(source: Source, observations: list[Observations]) -> tuple[str, ...]:
    """The months that each kind of export leaves out, one sentence a kind, however many figures are made of it."""
    said = {}
    for each in observations:
        table = each.metric.table
        names, _ = months_without(source, table, each.filters)
        if names:
            said[table] = f"No {EXPORTS[table]} export covers {first_of(names, NAMED)}: a gap in a line"
    return tuple(said.values())
