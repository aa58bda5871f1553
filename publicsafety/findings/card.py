"""What does a figure count? Its definition line by line, as its file has it: for pages, the static edition and files."""

from publicsafety import prose
from publicsafety.metrics import Metric

BETTER = {"up": "more is better", "down": "less is better", "neither": "neither more nor less is better in itself"}


def card(metric: Metric) -> list[tuple[str, str]]:
    """The card's lines, in the order in which a reader asks for them."""
    stages = ", ".join(f"{part} at the stage “{stage}”" for part, stage in metric.stage)
    return [
        ("Figure", metric.title),
        ("Unit", metric.unit),
        ("Counted", metric.numerator),
        ("Out of", metric.denominator),
        ("Includes", "; ".join(metric.includes)),
        ("Leaves out", "; ".join(metric.excludes)),
        ("Stage", stages),
        ("Belongs to a period by", metric.time + (f" up to {metric.until}" if metric.until else "")),
        ("Can be split by", prose.listing(name.replace("_", " ") for name in metric.dimensions)),
        ("Reading it", BETTER.get(metric.better, "")),
        ("Limitations", " ".join(map(prose.sentence, metric.caveats))),
        ("Interval", "95% Wilson score interval" if metric.kind == "proportion" else ""),
        ("Source", f"the exports of {metric.table}, through {metric.mart}"),
        ("Steward", metric.steward),
        ("Version", f"{metric.version}, reviewed {prose.short_day(metric.reviewed)}"),
        ("Harvard Government Performance Lab metric", metric.gpl_metric_id),
    ]
