"""Which figures must the sample show? One frozen record of a department's published first year, and how it goes on.

Another city gives its own record; nothing else in this package holds a published number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Calibration:
    """A first calendar year exactly as published, and plausible rates around it (per month unless said otherwise)."""

    year: int = 2024
    responses: int = 196  # calls for service to which the team was dispatched, needle pickups apart
    responses_by_month: tuple[int, ...] = (0, 0, 0, 0, 0, 0, 23, 35, 29, 33, 41, 35)
    not_arrived: int = 8  # of them, cancelled before the team arrived
    with_police: int = 12  # of them, with a police unit dispatched at any time
    without_key: int = 7  # arrivals where the person stayed unknown
    people: int = 153  # distinct people among the other arrivals
    needles: int = 1589
    needle_requests: int = 352  # requests and visits of the year that the needles were found at
    cases: int = 60  # opened in the first year, none closed within it
    cases_by_month: tuple[int, ...] = (0, 0, 0, 9, 5, 7, 8, 4, 9, 6, 7, 5)
    second_year: float = 2.0  # the monthly rate of responses that the second year grows to, over the first's
    months_of_growth: int = 6  # in which it grows to that
    yearly_growth: float = 0.02  # from the third year on
    eligible_ratio: tuple[float, float, float] = (
        3.9,
        2.9,
        2.6,
    )  # eligible calls over answered ones, by year of service
    other_calls: float = 31.6  # police, fire and EMS calls a day around the team's
    new_cases: float = 7.5
    needle_requests_later: float = 41.0
    # Months of more needle requests than usual, times so many: something for the process rules to find.
    needle_months: Mapping[tuple[int, int], float] = field(default_factory=lambda: {(2026, 9): 2.2})
    outreach: float = 12.0  # contacts the team starts itself, from the second year on


FIRST_YEAR = Calibration()


def spread(total: int, weights: list[float]) -> list[int]:
    """Whole parts of `total` in proportion to `weights` that add up to it exactly (largest remainders)."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in by_remainder[: total - sum(parts)]:
        parts[at] += 1
    return parts
