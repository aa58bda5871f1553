"""Why is there no figure for a month? No export covers it, or the export left the field empty: neither is a zero."""

from itertools import groupby

from publicsafety import prose
from publicsafety.findings.core import EXPORTS, Source, months_without
from publicsafety.findings.words import first_of
from publicsafety.observations import Observations
from publicsafety.rows import Rows, records

NO_EXPORT, NOT_RECORDED = "no export", "not recorded"
NAMED = 3  # stretches of time that a sentence names


def missing(series: Rows) -> dict[str, str]:
    """Each period without a figure and the reason. `series`: period, value, n, status, of one or of several."""
    rows = records(series)
    shown = {str(row["period"]) for row in rows if row["status"] != "x" or prose.known(row["value"])}
    counted = {str(row["period"]) for row in rows if prose.known(row.get("n"))}
    periods = {str(row["period"]) for row in rows}
    return {period: NOT_RECORDED if period in counted else NO_EXPORT for period in sorted(periods - shown)}


def beside(series: Rows, grain: str) -> tuple[str, ...]:
    """What the grey bands of a chart are, in words: "No export covers Jun 2026 to Jul 2026: a gap is not a zero"."""
    reasons = missing(series)
    if not reasons:
        return ()
    order = sorted({str(row["period"]) for row in records(series)})
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
