"""What have other cities' teams published of themselves? Their figures beside ours, each with why it cannot be compared.

Nothing is computed from them: they are shown as their publishers wrote them, from data/reference/peers.csv.
"""

import pandas as pd

from publicsafety import prose
from publicsafety.findings.core import Finding, Scope, Source, finding, total
from publicsafety.language import gettext as _
from publicsafety.language import later, ngettext

# Column of dim_peers: heading of the table.
COLUMNS = {
    "city": later("City"),
    "team": later("Team"),
    "figure": later("Figure"),
    "starts": later("First day"),
    "ends": later("Last day"),
    "counts": later("What is counted"),
    "differs": later("Not comparable because"),
    "source": later("Source"),
    "address": later("Address"),
}
METRICS = ("care_responses", "eligible_calls_answered", "police_backup_rate", "response_minutes")


def beside(source: Source, scope: Scope, metric: str) -> Finding:
    """One figure of ours for the period, and those that other cities have published of what sounds alike.

    `frame` has the other cities' rows with the headings of COLUMNS in the language in use. Ours is in the sentence.
    `options["blocks"]` says that the rows are to be read one by one, each with its words of caution.
    """
    ours = source.run(metric, scope.on(metric))
    rows = source.table("dim_peers") if source.has("dim_peers") else pd.DataFrame(columns=[*COLUMNS, "metric"])
    rows = rows[rows["metric"] == metric].sort_values("city")[list(COLUMNS)].reset_index(drop=True)
    for name in ("figure", "counts", "differs"):
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
    if rows.empty:
        others = _("No figure of another city is kept beside it.")
    return finding(
        source,
        f"peers_{metric}",
        ours.metric.title,
        f"{said} {others}",
        ours,
        scope,
        frame=rows.rename(columns={name: _(title) for name, title in COLUMNS.items()}),
        options={"blocks": True},
        caveats=(_("Figures of other cities are copied as they were published, and nothing is computed from them."),),
    )
