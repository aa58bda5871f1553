"""What does a figure count? Its definition line by line, as its file has it: for pages, the static edition and files."""

from publicsafety import prose
from publicsafety.filters import dimension_words
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.metrics import Metric

BETTER = {
    "up": later("more is better"),
    "down": later("less is better"),
    "neither": later("neither more nor less is better in itself"),
}
PARTS = {"numerator": later("numerator"), "denominator": later("denominator")}
STAGES = {
    "received": later("received"), "eligible": later("eligible"), "dispatched": later("dispatched"), "arrived": later("arrived"), "offered": later("offered"),
    "sent": later("sent"), "accepted": later("accepted"), "connected": later("connected"), "completed": later("completed"), "closed": later("closed"),
    "identified": later("identified"), "met": later("met"),
}  # fmt: skip


def card(metric: Metric) -> list[tuple[str, str]]:
    """The card's lines, in the order in which a reader asks for them."""
    stages = ", ".join(
        _("{part} at the stage “{stage}”").format(part=_(PARTS.get(part, part)), stage=_(STAGES.get(stage, stage)))
        for part, stage in metric.stage
    )
    time = metric.time
    if metric.until:
        time = _("{first} up to {last}").format(first=metric.time, last=metric.until)
    source = _("the exports of {table}, through {mart}").format(table=metric.table, mart=metric.mart)
    version = _("{version}, reviewed {day}").format(version=metric.version, day=prose.short_day(metric.reviewed))
    return [
        (_("Figure"), metric.title),
        (_("Unit"), prose.unit_name(metric.unit)),
        (_("Counted"), metric.numerator),
        (_("Out of"), metric.denominator),
        (_("Includes"), "; ".join(metric.includes)),
        (_("Leaves out"), "; ".join(metric.excludes)),
        (_("Stage"), stages),
        (_("Belongs to a period by"), time),
        (_("Can be split by"), prose.listing(dimension_words(name).lower() for name in metric.dimensions)),
        (_("Reading it"), _(BETTER.get(metric.better, ""))),
        (_("Limitations"), " ".join(map(prose.sentence, metric.caveats))),
        (_("Interval"), _("95% Wilson score interval") if metric.kind == "proportion" else ""),
        (_("Source"), source),
        (_("Steward"), _(metric.steward)),
        (_("Version"), version),
        (_("Harvard Government Performance Lab metric"), metric.gpl_metric_id),
    ]
