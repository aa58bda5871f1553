"""Answers that are kept for as long as their build is served, and forgotten with it.

A kept answer holds its build open: without an end, a process that runs for weeks would hold the files of a month, those
that are deleted among them, and their memory.
"""

from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import TypeVar

Answer = TypeVar("Answer")
_kept: list[_lru_cache_wrapper] = []  # type: ignore[type-arg]


def remembered(maxsize: int) -> Callable[[Callable[..., Answer]], "_lru_cache_wrapper[Answer]"]:
    """`functools.lru_cache` for what is asked of a build."""

    def kept(function: Callable[..., Answer]) -> "_lru_cache_wrapper[Answer]":
        cached = lru_cache(maxsize)(function)
        _kept.append(cached)
        return cached

    return kept


def forget() -> None:
    """Forget every answer: another build is served from now on. What a page at work still needs is asked once more."""
    for each in _kept:
        each.cache_clear()
