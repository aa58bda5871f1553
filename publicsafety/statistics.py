"""Is it signal or noise? Intervals of proportions and process-behaviour limits of series."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

RUN_ON_ONE_SIDE = 8
RUN_OF_TREND = 6
EXACT = 5000  # events up to which two counts are compared exactly
XMR_FACTOR = 2.66  # 3 / d2 for moving ranges of two, d2 = 1.128 (Wheeler, Understanding Variation, 1993)


def wilson_interval(successes: float, trials: float, confidence: float = 0.95) -> tuple[float, float] | None:
    """The Wilson score interval of a proportion, as fractions; None when there was no trial.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927). 188 of 200 at 95%
    gives 0.898 to 0.965.
    """
    if trials <= 0:
        return None
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / trials
    middle = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    low = 0.0 if successes <= 0 else max(0.0, (middle - spread) / scale)
    high = 1.0 if successes >= trials else min(1.0, (middle + spread) / scale)
    return low, high


def share_of_two(now: int, then: int, length: float = 1.0) -> float:
    """How likely two counts would differ at least so much by chance, were their rates the same: the exact p-value.

    Given their sum, the first count is binomial with the share length / (length + 1), where `length` is the first period
    over the second (Przyborowski and Wilenski, Biometrika 31, 1940; the "exact conditional" test of two Poisson rates).
    Two-sided: all splits that are no more likely than this one. Beyond some thousands, the normal approximation.
    """
    both = now + then
    if not both:
        return 1.0
    share = length / (length + 1)
    if both > EXACT:
        return math.erfc(abs(now - both * share) / math.sqrt(2 * both * share * (1 - share)))
    logs = [
        math.lgamma(both + 1)
        - math.lgamma(k + 1)
        - math.lgamma(both - k + 1)
        + k * math.log(share)
        + (both - k) * math.log(1 - share)
        for k in range(both + 1)
    ]
    limit = logs[now] + 1e-7  # splits as likely as this one, but for rounding
    return min(1.0, math.fsum(math.exp(each) for each in logs if each <= limit))


def false_discoveries(p_values: Sequence[float], rate: float = 0.05) -> list[bool]:
    """Which of many tests hold when at most `rate` of those called true may be false (Benjamini and Hochberg, 1995)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    last = max((place for place, at in enumerate(order, 1) if p_values[at] <= rate * place / len(order)), default=0)
    held = set(order[:last])
    return [at in held for at in range(len(p_values))]


@dataclass(frozen=True)
class Signal:
    """A rule that fired: which, and the positions (0-based) of the points that made it fire."""

    rule: str
    points: tuple[int, ...]


@dataclass(frozen=True)
class Limits:
    """Process-behaviour limits of a series, in its unit, and the signals in it."""

    mean: float
    low: float
    high: float
    signals: tuple[Signal, ...]


def process_limits(values: Sequence[float | None]) -> Limits | None:
    """XmR limits: mean ± 2.66 × mean moving range; None with fewer than two neighbouring values.

    None in `values` is a gap: no moving range is taken across it, and it ends a run. Rules: a point outside the limits;
    eight in a row on one side of the mean; six in a row rising or falling. The lower limit stops at
    zero, below which no count, share or length of time can go.
    """
    known = [value for value in values if value is not None]
    ranges = [abs(b - a) for a, b in itertools.pairwise(values) if a is not None and b is not None]
    if not ranges:
        return None
    mean, spread = fmean(known), XMR_FACTOR * fmean(ranges)
    low = max(0.0, mean - spread)
    high = mean + spread
    outside = tuple(i for i, value in enumerate(values) if value is not None and not low <= value <= high)
    signals = [Signal("outside the limits", (i,)) for i in outside]
    signals += [Signal("eight in a row on one side", run) for run in _runs(values, mean)]
    signals += [Signal("six in a row rising or falling", run) for run in _trends(values)]
    return Limits(mean, low, high, tuple(signals))


def _runs(values: Sequence[float | None], mean: float) -> list[tuple[int, ...]]:
    """Longest stretches of at least eight points on one side of the mean; a point on the mean ends a run."""
    sides = [0 if value is None or value == mean else (1 if value > mean else -1) for value in values]
    return [run for run in _stretches(sides) if len(run) >= RUN_ON_ONE_SIDE]


def _trends(values: Sequence[float | None]) -> list[tuple[int, ...]]:
    """Longest stretches of at least six points, each above (or each below) the one before."""
    steps = []
    for before, after in itertools.pairwise(values):
        steps.append(0 if before is None or after is None or before == after else (1 if after > before else -1))
    return [(*run, run[-1] + 1) for run in _stretches(steps) if len(run) + 1 >= RUN_OF_TREND]


def _stretches(signs: Sequence[int]) -> list[tuple[int, ...]]:
    """Positions of each stretch of equal signs other than 0."""
    found: list[list[int]] = []
    for i, sign in enumerate(signs):
        if sign and found and found[-1][-1] == i - 1 and signs[i - 1] == sign:
            found[-1].append(i)
        elif sign:
            found.append([i])
    return [tuple(run) for run in found]
