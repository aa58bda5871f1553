"""Does any export say what a figure is made of? Without the export, or the date, nobody knows: a zero would say it is known."""

from collections.abc import Iterable, Mapping

from publicsafety import metrics, prose, shapes
from publicsafety.filters import Filters
from publicsafety.findings.core import Finding, Source, not_covered
from publicsafety.referral_stages import DATES
from publicsafety.remembered import remembered

# The words for how many reached a stage.
REACHED = {
    "accepted": "partners accepted {n}",
    "connected": "{n} reached a first service",
    "completed": "{n} were completed",
}
STAGE_OF_SHAPE = {"referral_cohorts": "connected"}


def not_exported(source: Source, found: Finding) -> str:
    """Why there is nothing to count: "No needle export was loaded". Empty where there is, or where nobody knows."""
    metric = found.metric
    mart = metric.mart if metric else shapes.shapes()[found.shape].mart if found.shape else ""
    tables = [metrics.TABLE_OF_MART.get(mart, ""), *(metric.rests_on if metric else ())]
    for table in filter(None, tables):
        if said := not_covered(source, table, found.filters.start, found.filters.end):
            return said
    stage = dict(metric.stage).get("numerator", "") if metric else STAGE_OF_SHAPE.get(found.shape, "")
    # Most figures are of no stage, and the question for all of time is asked for those that are.
    return undated(stage) if stage in DATES and stage in unrecorded(source) else ""


@remembered(64)
def unrecorded(source: Source) -> tuple[str, ...]:
    """The stages that no referral of any time has reached: the export has no such date, or nobody fills it in."""
    if not source.has("fct_referrals"):
        return ()
    rows = source.chart("referral_funnel", Filters())
    counts = dict(zip(rows["stage"], rows["value"], strict=True))
    return tuple(stage for stage in DATES if counts.get("sent") and not counts[stage])


def undated(stage: str) -> str:
    """Why a stage has no figure: "No referral export has a date of completion"."""
    return f"No referral export has a date of {DATES[stage]}"


def left_out(missing: Iterable[str]) -> tuple[str, ...]:
    """Below a chart of stages: which are not in it, and that this is no zero."""
    return tuple(f"{undated(stage)}, so this stage is not known and is left out" for stage in missing)


def reached(counts: Mapping[str, str], missing: tuple[str, ...]) -> str:
    """How many got how far, without what is not recorded: "partners accepted 5, 3 reached a first service"."""
    said = [REACHED[stage].format(n=counts[stage]) for stage in DATES if stage not in missing]
    return prose.listing(said) if said else "how far they got is not recorded"
