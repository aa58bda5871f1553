"""What makes one month unlike the next? Weather that many counts share, and each count's own luck.

Counts of real services are overdispersed: they vary more than a Poisson count of the same mean would. Without that, a
synthetic series is so smooth that every process rule fires, and nobody learns how a quiet month looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STREAM = 10  # of the seed's random numbers: other parts of the sample have their own


@dataclass(frozen=True)
class Weather:
    """What a month's usual rates are multiplied by, and the month's own random numbers."""

    calls: float
    responses: float
    needles: float
    outreach: float
    cases: float
    unmet: float
    rng: np.random.Generator

    def count(self, rate: float, is_whole: bool) -> int:
        """A count around a rate; as it is where it `is_whole` already, such as a published count."""
        return round(rate) if is_whole else int(self.rng.poisson(rate))


def weather(seed: int, year: int, month: int) -> Weather:
    """The weather of one month: the same for the same seed, whatever the period of the sample."""
    rng = np.random.Generator(np.random.PCG64([seed, STREAM, year, month]))
    warm = rng.normal()  # warmer (above 0) or colder than that month usually is

    def luck(spread: float, by_warmth: float = 0.0) -> float:
        """A factor around 1: gamma, with this coefficient of variation, and what the warmth adds."""
        return float(rng.gamma(1 / spread**2, spread**2) * np.exp(by_warmth * warm))

    return Weather(
        calls=luck(0.035, 0.02),
        responses=luck(0.09, 0.02),
        needles=luck(0.16, 0.10),
        outreach=luck(0.20),
        cases=luck(0.15),
        unmet=luck(0.06, 0.02),
        rng=rng,
    )
