"""What do counts of what opened and what closed say together with how many there were?

There are as many active cases in a year as in the year before, less those that closed then, and with those that opened
now. Distinct counts are otherwise not protected together with others, so this one equation is kept by a rule of its own.
"""

from collections.abc import Mapping

from publicsafety.pipeline.release.figures import Figures
from publicsafety.pipeline.release.policy import Policy, Table


def left_out(policy: Policy, figures: Figures) -> dict[str, str]:
    """Metric → the first year (its ISO first day) that cannot be shown because of what it says with the others.

    Where one of opened, closed and still open at the year's end is a count below the threshold, openings and closings
    end before that year: what was active needs two of them to be worked out. Where the small count is that of
    openings, the active ones of that year are left out as well (a `Stock` is checked to be by year only).
    """
    found: dict[str, str] = {}
    for name, stock in policy.stocks.items():
        if not {stock.opened, stock.closed} <= figures.points.keys():
            continue  # with one of them alone the stock is not released: policy_checks
        least = policy.rules.people
        active = {period: value for (_, period), value in figures.singles.get(name, {}).items()}
        opened, closed = (_by_year(figures, metric) for metric in (stock.opened, stock.closed))
        for year in sorted(active):
            came, went = opened.get(year, 0), closed.get(year, 0)
            if any(0 < each < least for each in (came, went, (active[year] or 0) - went)):
                found |= {stock.opened: year, stock.closed: year}
                if 0 < came < least <= (active[year] or 0):
                    found[name] = year
                break
    return found


def is_left_out(table: Table, period: str, gaps: Mapping[str, str], policy: Policy) -> bool:
    """Whether a row is not published: openings and closings from the year on, the stock in that year alone."""
    first = gaps.get(table.metric)
    if first is None:
        return False
    return period == first if table.metric in policy.stocks else period >= first


def _by_year(figures: Figures, metric: str) -> dict[str, int]:
    frame = figures.points[metric]
    years = frame["month"].str[:4] + "-01-01"
    return {str(year): int(count) for year, count in frame.groupby(years)["count"].sum().items()}
