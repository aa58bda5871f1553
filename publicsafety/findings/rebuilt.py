"""What changed since the last build? Figures, rows, labels, mappings and reasons, for the dates that both builds know."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from publicsafety import metrics, prose
from publicsafety.filters import Filters
from publicsafety.findings.core import Finding, Scope, Source, shaped, total
from publicsafety.findings.quality import gist

HEADLINES = (
    "calls_for_service", "care_responses", "people_served", "eligible_calls_answered", "response_minutes", "no_police_rate",
    "needle_reports", "needles_removed", "active_cases", "referrals_sent", "referral_connection_rate",
)  # fmt: skip
COLUMNS = ["what", "name", "before", "now"]
NOTHING = "–"
Change = dict[str, str]


def rebuilt(source: Source, scope: Scope) -> Finding:
    """Everything that differs between this build and the one before, as far as that one is still kept."""
    then = source.earlier()
    if then is None:
        said = "There is no build before this one to compare with"
        frame = pd.DataFrame(columns=COLUMNS)
    else:
        found = [*figures(then, source), *labels(then, source), *reasons(then, source), *rows(then, source)]
        frame = pd.DataFrame(found, columns=COLUMNS)
        said = _say(frame)
    return shaped(
        source, "quality_rebuilt", "What changed since the last build?", said, frame, scope,
        options={"open_table": len(frame) > 0},
        caveats=() if then is None else (
            f"Figures are counted over all dates up to {prose.day(min(then.as_of, source.as_of))}, which both builds know: a difference means that the past was corrected.",
        ),
    )  # fmt: skip


def figures(then: Source, now: Source) -> Iterator[Change]:
    """Headline figures of the dates that both builds know."""
    filters = Filters(None, min(then.as_of, now.as_of))
    for name in HEADLINES:
        metric = metrics.registry()[name]
        before, after = (prose.figure(total(each.run(name, filters)), metric.unit, metric.kind) for each in (then, now))
        if before != after:
            yield _change("Figure", metric.title, before, after)


def labels(then: Source, now: Source) -> Iterator[Change]:
    """Labels that are new, gone, or mapped to something else."""
    before, after = (_mapping(each.table("load_labels")) for each in (then, now))
    for key in sorted(set(before) | set(after)):
        name = f"{key[0]}: {key[1]}"
        if key not in before:
            yield _change("New label", name, NOTHING, after[key])
        elif key not in after:
            yield _change("Label gone", name, before[key], NOTHING)
        elif before[key] != after[key]:
            yield _change("Mapped differently", name, before[key], after[key])


def _mapping(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    rows = (
        table[["column", "label", "canonical"]]
        .astype("object")
        .where(table[["column", "label", "canonical"]].notna(), None)
    )
    return {
        (str(column), str(label)): "not mapped" if canonical is None else str(canonical)
        for column, label, canonical in rows.itertuples(index=False, name=None)
    }


def reasons(then: Source, now: Source) -> Iterator[Change]:
    """Reasons for which rows were kept out, where their number differs."""
    before, after = (gist(each.table("load_quarantine")["reason"]).value_counts().to_dict() for each in (then, now))
    yield from _counts("Rows kept out", before, after)


def rows(then: Source, now: Source) -> Iterator[Change]:
    """Rows of each table of events, where their number differs."""
    before, after = (
        {name: n for name, n in manifest.get("tables", {}).items() if name.startswith("fct_")}
        for manifest in now.manifests()
    )
    yield from _counts("Rows", before, after)


def _counts(what: str, before: dict[Any, int], after: dict[Any, int]) -> Iterator[Change]:
    for name in sorted(set(before) | set(after), key=str):
        if before.get(name, 0) != after.get(name, 0):
            yield _change(
                what, str(name).removeprefix("fct_"), *(prose.count(each.get(name, 0)) for each in (before, after))
            )


def _change(what: str, name: str, before: str, now: str) -> Change:
    return dict(zip(COLUMNS, (what, name, before, now), strict=True))


def _say(frame: pd.DataFrame) -> str:
    """The corrected figures first: "2 of 11 headline figures of the past changed: …"."""
    if frame.empty:
        return "Nothing differs from the build before"
    moved = frame[frame["what"] == "Figure"]
    parts = []
    if len(moved):
        first = moved.iloc[0]
        parts.append(
            f"{len(moved)} of {len(HEADLINES)} headline figures of the past changed, such as {first['name'].lower()}: {first['before']} before, {first['now']} now"
        )
    else:
        parts.append(f"None of {len(HEADLINES)} headline figures of the past changed")
    for what, one, many in (
        ("New label", "new label", "new labels"), ("Label gone", "label is gone", "labels are gone"),
        ("Mapped differently", "label is mapped differently", "labels are mapped differently"),
        ("Rows kept out", "reason for keeping rows out has another count", "reasons for keeping rows out have other counts"),
    ):  # fmt: skip
        n = int((frame["what"] == what).sum())
        if n:
            parts.append(f"{n} {one if n == 1 else many}")
    return "; ".join(parts)
