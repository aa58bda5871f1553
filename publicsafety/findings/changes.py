"""What changed? The figures of which a process rule says so, and how many were looked at."""

import pandas as pd

from publicsafety import metrics, prose
from publicsafety.findings import series
from publicsafety.findings.core import Finding, Scope, Source, shaped


def changes(source: Source, scope: Scope, *names: str) -> Finding:
    """Every figure looked at with its verdict, signals first. Looking at many figures finds some by chance: it says how many."""
    rows = []
    for name in names:
        judged = series.verdict(source, scope, name)
        rows.append(
            {
                "figure": metrics.registry()[name].title,
                "verdict": judged.words or "not judged",
                "signal": judged.is_signal,
            }
        )
    frame = pd.DataFrame(rows).sort_values("signal", ascending=False, kind="stable").reset_index(drop=True)
    signals = frame[frame["signal"]]
    if len(signals):
        listed = [
            f"{title.lower()} ({verdict})" for title, verdict in zip(signals["figure"], signals["verdict"], strict=True)
        ]
        said = f"{len(signals)} of {len(frame)} figures changed: {prose.listing(listed)}"
    else:
        said = f"No sign of change in any of {len(frame)} figures"
    return shaped(
        source, "changes", "What changed?", said, frame.drop(columns="signal"), scope,
        options={"open_table": True},
        caveats=(
            "A change is called a change only when a rule for monthly series fires: a month outside the expected range, eight "
            "months in a row on one side of the mean, or six in a row rising or falling.",
            "The rules look at whole months up to the end of the period. They say that something changed, not why.",
        ),
    )  # fmt: skip
