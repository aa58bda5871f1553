"""What have other cities' teams published of themselves? Their figures beside ours, each with why it cannot be compared.

Nothing is computed from them: they are shown as their publishers wrote them, from data/reference/peers.csv.
"""

import pandas as pd

from publicsafety import prose
from publicsafety.findings.core import Finding, Scope, Source, finding, total
from publicsafety.language import gettext as _
from publicsafety.language import ngettext

COLUMNS = ("city", "team", "figure", "starts", "ends", "counts", "differs", "source", "address")


def figures(source: Source) -> list[str]:
    """The metrics beside which other cities' figures are kept, in the order of how many there are."""
    if not source.has("dim_peers"):
        return []
    counts = source.table("dim_peers")["metric"].value_counts(sort=False)
    return sorted(counts.index, key=lambda name: (-counts[name], name))


def beside(source: Source, scope: Scope, metric: str) -> Finding:
    """One figure of ours for the period, and those that other cities have published of what sounds alike.

    `frame` has the other cities' rows: city, team, figure and definition as published, first and last day, why it
    differs, source and its address. Ours is in the sentence.
    """
    ours = source.run(metric, scope.on(metric))
    rows = source.table("dim_peers")
    rows = rows[rows["metric"] == metric].sort_values("city")[list(COLUMNS)].reset_index(drop=True)
    for name in ("counts", "differs"):
        rows[name] = [_(text) for text in rows[name]]
    for name in ("starts", "ends"):
        rows[name] = pd.to_datetime(rows[name]).dt.date
    said = _("{city}, {team}: {figure} {within}.").format(
        city=source.city.name,
        team=source.city.team,
        figure=prose.figure(total(ours), ours.metric.unit, ours.metric.kind),
        within=scope.within,
    )
    others = ngettext(
        "One other city has published a figure that sounds alike; it is not counted in the same way.",
        "{n} figures of other cities sound alike; none is counted in the same way.",
        len(rows),
    ).format(n=len(rows))
    return finding(
        source,
        f"peers_{metric}",
        ours.metric.title,
        f"{said} {others}",
        ours,
        scope,
        frame=rows,
        caveats=(_("Figures of other cities are copied as they were published, and nothing is computed from them."),),
    )
