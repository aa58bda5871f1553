"""Whom did the team meet, did it arrive, did police go? The responses of a period in order of time.

A few people are met many times: who is met again is drawn from those already known with weight on the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publicsafety.pipeline.sample.calibration import Calibration

NO_POLICE, BACK_UP, CO_RESPONSE, UNKNOWN = range(4)
NOBODY = -1


@dataclass(frozen=True)
class Responses:
    """One entry per response, in order of time."""

    arrived: np.ndarray  # bool
    police: np.ndarray  # NO_POLICE, BACK_UP, CO_RESPONSE, UNKNOWN
    person: np.ndarray  # number of the person; NOBODY: not known


def _again(rng: np.random.Generator, known: np.ndarray, scale: float) -> np.ndarray:
    """People met before, given how many were known at each time; heavy-tailed within cohorts of the base size."""
    cohorts = max(1, round(scale))
    cohort = rng.integers(0, cohorts, len(known))
    size = np.maximum(known // cohorts, 1)
    within = (size * rng.random(len(known)) ** 2.4).astype(np.int64)
    return np.minimum(cohort + cohorts * within, np.maximum(known - 1, 0))


def _people(rng: np.random.Generator, keyed: np.ndarray, is_new: np.ndarray, known: int, scale: float) -> np.ndarray:
    """Person of each keyed response: a new number, or one met before."""
    person = np.full(len(keyed), NOBODY, dtype=np.int64)
    at = np.flatnonzero(keyed)
    before = known + np.cumsum(is_new) - is_new
    person[at] = np.where(is_new, before, _again(rng, before, scale))
    return person


def first_year(rng: np.random.Generator, figures: Calibration) -> Responses:
    """The responses of the published year: every count exactly as published."""
    count = figures.responses
    arrived = np.ones(count, dtype=bool)
    arrived[rng.choice(count, figures.not_arrived, replace=False)] = False
    police = np.zeros(count, dtype=np.int8)
    with_police = rng.choice(count, figures.with_police, replace=False)
    police[with_police] = CO_RESPONSE
    police[with_police[: figures.with_police * 7 // 12]] = BACK_UP
    arrived[with_police] = True
    missing = figures.not_arrived - int((~arrived).sum())
    arrived[rng.choice(np.flatnonzero(arrived & (police == NO_POLICE)), missing, replace=False)] = False
    keyed = arrived.copy()
    keyed[rng.choice(np.flatnonzero(arrived), figures.without_key, replace=False)] = False
    contacts = int(keyed.sum())
    is_new = np.ones(contacts, dtype=bool)
    is_new[rng.choice(np.arange(5, contacts), contacts - figures.people, replace=False)] = False
    return Responses(arrived, police, _people(rng, keyed, is_new, 0, 1.0))


def later(rng: np.random.Generator, count: int, known: int, scale: float) -> Responses:
    """The responses of any other month, when `known` people have been met before."""
    arrived = rng.random(count) >= 0.05
    police = rng.choice(4, count, p=(0.925, 0.035, 0.03, 0.01)).astype(np.int8)
    arrived |= (police == BACK_UP) | (police == CO_RESPONSE)
    keyed = arrived & (rng.random(count) >= 0.05)
    is_new = rng.random(int(keyed.sum())) < 0.60
    is_new[:1] |= known == 0
    return Responses(arrived, police, _people(rng, keyed, is_new, known, scale))


def part(whole: Responses, first: int, last: int) -> Responses:
    return Responses(whole.arrived[first:last], whole.police[first:last], whole.person[first:last])
