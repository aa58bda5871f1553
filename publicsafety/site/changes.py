"""What did each release change? New periods and tables, and every published figure that a later release revised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from publicsafety import prose
from publicsafety.briefing.core import Cell, table
from publicsafety.language import gettext as _
from publicsafety.language import later

# Of which a revision is told; intervals follow from them. The sign n is the same in every language.
MEASURES = (later("value"), later("numerator"), later("denominator"), "n")


@dataclass(frozen=True)
class Revision:
    """One figure that a release prints otherwise than the one before it. Texts are as in the CSV; empty: no number."""

    table: str
    title: str
    grain: str
    period: str
    dimensions: tuple[str, ...]
    measure: str
    before: str
    after: str
    status: str
    reason: str


@dataclass(frozen=True)
class Release:
    """One release of the archive. `created` is unknown for releases that did not write it down."""

    number: int
    created: date | None
    through: date
    new_periods: tuple[tuple[str, str], ...]  # grain and first day, of years and quarters
    new_tables: tuple[str, ...]
    revisions: tuple[Revision, ...]
    sha256: str = ""


def listed(releases: Sequence[Release]) -> list[Mapping[str, Any]]:
    """The releases, the latest first, with their revised figures as a table in the language in use."""
    return [
        {
            "number": each.number,
            "created": each.created,
            "through": each.through,
            "new": [prose.period_name(period, grain) for grain, period in each.new_periods],
            "new_tables": each.new_tables if each.number > 1 else (),
            "revised": revised(each.revisions) if each.revisions else None,
            "right": (False, False, False, False, True, True, False),
        }
        for each in reversed(releases)
    ]


def revised(revisions: Sequence[Revision]) -> Any:
    """Every revised figure as it was and as it is, with the reason that the department gave."""
    headers = (_("Table"), _("Period"), _("Of"), _("What"), _("Before"), _("Now"), _("Why"))
    return table(
        headers,
        [
            [
                Cell(_(each.title)),
                Cell(prose.period_name(each.period, each.grain)),
                Cell(", ".join(_(name) for name in each.dimensions) or _("All")),
                Cell(_(each.measure)),
                Cell(each.before or "[x]"),
                Cell(each.after or (f"[{each.status}]" if each.status else "[x]")),
                Cell(each.reason or _("declared correction")),
            ]
            for each in revisions
        ],
    )
