"""Can the figures be trusted? What each load read, left out and could not place, how fresh and how complete it is."""

from datetime import tzinfo
from typing import Any

import pandas as pd

from publicsafety import prose
from publicsafety.city import DATA, place_of
from publicsafety.findings.core import Finding, Scope, Source, shaped

UNEXPLAINED = "no mapping says what these labels of {column} mean"  # as the build's warnings begin
# Fields that only some rows have, and which: an empty one in any other row is as it should be.
SOME_ROWS = {
    "calls": {
        "client_contact_at": "calls on which the team met somebody", "backup_requested": "calls to which the team went", "unmet_reason": "eligible calls that were not answered",
        "person_key": "calls on which the team met somebody who is known",
    },
    "cases": {"closed_at": "closed cases", "close_reason": "closed cases", "deleted_at": "deleted cases"},
    "services": {"need": "services for a need", "deleted_at": "deleted services"},
    "referrals": {
        "sent_at": "referrals that were sent", "accepted_at": "accepted ones", "connected_at": "connected ones", "completed_at": "completed ones", "evidence": "connected ones",
        "case_number": "referrals of a case", "incident_number": "referrals after a call", "deleted_at": "deleted referrals",
    },
    "pickups": {"closed_at": "closed requests", "needles_found": "visits"},
}  # fmt: skip
ROWS = ("rows_read", "rows_loaded", "rows_duplicate", "rows_superseded", "rows_quarantined")


def headline(source: Source, scope: Scope) -> Finding:
    """Can the figures be trusted, in one sentence: how far the data reaches, and what of it is missing."""
    files, refused, months = (source.table(name) for name in ("load_files", "load_refused", "dim_coverage"))
    read, out = (int(files[name].sum()) for name in ("rows_read", "rows_quarantined"))
    loaded = months[months["table"].isin(files["table"])]
    gaps = int((loaded["status"] == "x").sum())
    parts = (
        f"The data reaches {prose.day(source.as_of)}",
        f"{prose.of(out, read)} rows could not be used",
        f"{_were(len(refused), 'files')} refused" if len(refused) else "no file was refused",
        f"{prose.count(gaps, 'months')} of an export {'is' if gaps == 1 else 'are'} missing" if gaps else "no month of an export is missing",
    )  # fmt: skip
    return _about(source, scope, "headline", "Can the figures be trusted?", "; ".join(parts), files)


def loads(source: Source, scope: Scope) -> Finding:
    """Every file with its account: rows read = loaded + duplicate + superseded + quarantined."""
    files = source.table("load_files")
    refused = source.table("load_refused")
    read, kept, out = (int(files[name].sum()) for name in ("rows_read", "rows_loaded", "rows_quarantined"))
    said = f"{_were(len(files), 'files')} read: {prose.count(read, 'rows')}, of which {_were(kept)} loaded and {prose.count(out)} could not be used"
    said += f"; {_were(len(refused), 'files')} refused" if len(refused) else "; no file was refused"
    frame = files[["file", "source", "table", *ROWS]].assign(
        columns_ignored=[", ".join(map(str, each)) if each is not None else "" for each in files["columns_ignored"]]
    )
    return _about(
        source,
        scope,
        "loads",
        "What was read?",
        said,
        frame,
        options={
            "open_table": True,
            "beside": ("For every file: rows read = loaded + duplicate + superseded + quarantined.",),
        },
    )


def refused(source: Source, scope: Scope) -> Finding:
    """Files that were refused whole, each with the reason and what to do."""
    rows = source.table("load_refused")
    said = (
        f"{prose.count(len(rows), 'files')} could not be read; the others were loaded"
        if len(rows)
        else "No file was refused"
    )
    return _about(
        source, scope, "refused", "Which files were refused?", said, rows, options={"open_table": len(rows) > 0}
    )


def freshness(source: Source, scope: Scope) -> Finding:
    """How far each export reaches, in local time as on every page; the loader notes it in UTC."""
    files = source.table("load_files")
    files = files.assign(**{name: _local(files[name], source.city.zone) for name in ("first_at", "last_at")})
    rows = files.groupby("table", as_index=False).agg(
        first_at=("first_at", "min"),
        last_at=("last_at", "max"),
        exported_at=("exported_at", "max"),
        files=("file", "count"),
        rows=("rows_loaded", "sum"),
    )
    rows = rows.assign(days_behind=(pd.Timestamp(source.as_of) - rows["last_at"].dt.normalize()).dt.days.clip(lower=0))
    behind = rows[rows["days_behind"] > 31]
    late = [
        f"{name} ({prose.count(days, 'days')})"
        for name, days in zip(behind["table"], behind["days_behind"], strict=True)
    ]
    said = f"The data reaches {prose.day(source.as_of)}"
    said += (
        f"; more than a month behind: {prose.listing(late)}"
        if len(behind)
        else "; no export is more than a month behind"
    )
    return _about(source, scope, "freshness", "How fresh is it?", said, rows, options={"open_table": True})


def _local(stamps: pd.Series, zone: tzinfo) -> pd.Series:
    """UTC stamps without a zone as the clock showed them in the city."""
    return pd.to_datetime(stamps).dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)


def coverage(source: Source, scope: Scope) -> Finding:
    """Which months each export covers; a gap is drawn as a gap, not as zero."""
    rows = source.table("dim_coverage").assign(
        period=lambda frame: pd.to_datetime(frame["month"]).dt.strftime("%Y-%m-%d")
    )
    started = rows[rows["status"] == ""].groupby("table")["period"].min()
    rows = rows[rows["table"].isin(started.index)]
    first = rows.loc[rows["status"] == "", "period"].min() if len(rows) else ""
    rows = rows[rows["period"] >= first] if first else rows
    gaps = rows[rows["status"] == "x"]
    listed = [
        f"{name} in {prose.period_name(month, 'month')}"
        for name, month in zip(gaps["table"], gaps["period"], strict=True)
    ]
    said = (
        "No month is missing"
        if gaps.empty
        else f"{prose.count(len(gaps), 'months')} missing: {prose.listing(listed[:5])}"
        + (f", and {len(listed) - 5} more" if len(listed) > 5 else "")
    )
    columns = sorted(rows["period"].unique())
    drawn = rows.assign(
        row=rows["table"],
        column=rows["period"],
        value=rows["n"].where(rows["status"] == "").astype(float),
        text=rows["status"].map({"x": "gap", "z": "", "": ""}),
    )
    return _about(
        source, scope, "coverage", "Which months are there?", said, rows[["table", "period", "n", "status"]].rename(columns={"n": "rows"}), drawing="matrix" if len(rows) else "", drawn=drawn,
        options={"rows": sorted(rows["table"].unique()), "columns": columns, "unit": "rows", "months": True, "own_scale": True,
                 "beside": ("Each row has its own scale, from few rows (pale) to many (dark). White: before the service began.",)},
    )  # fmt: skip


def completeness(source: Source, scope: Scope, table: str) -> Finding:
    """How often each field of a table was filled, by month."""
    rows = source.table("load_completeness")
    rows = rows[rows["table"] == table].assign(
        period=lambda frame: pd.to_datetime(frame["month"]).dt.strftime("%Y-%m-%d")
    )
    rows = rows[rows["period"].notna()]
    whole = rows.groupby("field", as_index=False)[["n", "filled"]].sum()
    whole["share"] = whole["filled"] / whole["n"].where(whole["n"] > 0)
    some = SOME_ROWS.get(table, {})
    low = whole[(whole["share"] < 0.9) & (whole["share"] > 0)].sort_values("share")
    weak = low[~low["field"].isin(list(some))]
    partly = [
        f"{field} ({some[field]}): {prose.percent(share)}"
        for field, share in zip(low["field"], low["share"], strict=True)
        if field in some
    ]
    said = f"Every field of {table} that is filled at all{' and that every row should have' if partly else ''} is filled in at least 9 of 10 rows"
    if len(weak):
        named = [
            f"{field} ({prose.percent(share)})"
            for field, share in zip(weak["field"].head(4), weak["share"], strict=False)
        ]
        said = f"Filled in fewer than 9 of 10 rows of {table}: {prose.listing(named)}"
    latest = sorted(rows["period"].unique())[-24:]
    drawn = rows[rows["period"].isin(latest)].assign(
        row=lambda frame: frame["field"],
        column=lambda frame: frame["period"],
        value=lambda frame: frame["filled"] / frame["n"].where(frame["n"] > 0),
        text="",
    )
    return _about(
        source, scope, f"completeness_{table}", "How complete is each field?", said, rows[["field", "period", "n", "filled"]], drawing="matrix" if len(drawn) else "", drawn=drawn,
        options={"rows": list(whole["field"]), "columns": latest, "unit": "percent", "months": True, "top": 1.0, "beside": (f"From pale (never filled) to dark (always filled), the latest {prose.count(len(latest), 'months') if len(latest) != 1 else 'month'}.",
                            *((f"Fields that only some rows have, as a share of all rows: {prose.listing(partly)}.",) if partly else ()))},
    )  # fmt: skip


ALL = "All reasons"


def why(source: Source) -> list[str]:
    """The reasons for which rows were kept out, most common first, to choose one to browse by."""
    return [ALL, *gist(source.table("load_quarantine")["reason"]).value_counts().index]


def quarantine(source: Source, scope: Scope, reason: str = ALL) -> Finding:
    """Rows that were kept out, by reason, or those of one reason, with the file, the line and the value that was met."""
    rows = source.table("load_quarantine")
    rows = rows if reason == ALL else rows[gist(rows["reason"]) == reason]
    return _reasons(
        source,
        scope,
        "quarantine",
        "Which rows were kept out, and why?",
        rows,
        "reason",
        "kept out",
        "No row was kept out",
    )


def warnings(source: Source, scope: Scope) -> Finding:
    """Rows that were loaded and deserve a look: conflicts, times out of order, places outside the city."""
    rows = source.table("load_warnings")
    return _reasons(
        source,
        scope,
        "warnings",
        "What was loaded and looks odd?",
        rows,
        "warning",
        "loaded with a warning",
        "No row was loaded with a warning",
    )


def gist(reasons: pd.Series) -> pd.Series:
    """Reasons without the values that they quote, so that the same reason is counted as one."""
    return reasons.astype(str).str.replace(r"'[^']*'|\"[^\"]*\"|\b\d+(?:[.,]\d+)*(?!\w)", "…", regex=True)


def _reasons(
    source: Source, scope: Scope, key: str, question: str, rows: pd.DataFrame, column: str, what: str, none: str
) -> Finding:
    counts = gist(rows[column]).value_counts().rename_axis("label").reset_index(name="value").assign(status="")
    said = (
        f"{_were(len(rows), 'rows')} {what}; most often: {counts['label'].iloc[0]} ({prose.count(counts['value'].iloc[0])})"
        if len(counts)
        else none
    )
    return _about(
        source,
        scope,
        key,
        question,
        said,
        rows,
        drawing="bars" if len(counts) else "",
        drawn=counts,
        options={"unit": "rows", "meaning": "unknown"},
        n=f"n = {prose.count(len(rows), 'rows')}",
    )


def labels(source: Source, scope: Scope) -> Finding:
    """Labels of the exports that no mapping or reference list explains, which the build warns of, too."""
    rows = source.table("load_labels")
    unnamed = _names_no_area(rows, source.table("dim_areas"))
    unknown = rows[rows["canonical"].isna() | _warned_of(rows, source.table("load_warnings")) | unnamed]
    unknown = unknown.sort_values("n", ascending=False, kind="stable")
    said = "Every label is mapped"
    if len(unknown):
        first = unknown.iloc[0]
        many = "1 label is" if len(unknown) == 1 else f"{prose.count(len(unknown))} labels are"
        said = f"{many} not mapped; the most common is “{first['label']}” ({first['column']}, {prose.count(first['n'], 'rows')})"
    return _about(
        source,
        scope,
        "labels",
        "Which labels are not mapped?",
        said,
        unknown,
        caveats=(
            f"Add them to {place_of(DATA / 'reference')} or to the values of the source's mapping, and build again.",
        )
        if len(unknown)
        else (),
    )


def _names_no_area(rows: pd.DataFrame, areas: pd.DataFrame) -> pd.Series:
    """Which texts of an area name none of the layer's, where others do: their rows have no area unless a point gives one."""
    texts = rows["canonical"].fillna(rows["label"]).astype(str).str.strip().str.lower()
    is_area = rows["column"] == "area"
    is_named = texts.isin(set(areas["area"].astype(str).str.lower()))
    return is_area & ~is_named & bool((is_area & is_named).any())


def _warned_of(rows: pd.DataFrame, warnings: pd.DataFrame) -> pd.Series:
    """Which labels the build could make nothing of: they are kept as "Other (new)", or are kinds of request it named."""
    texts = [str(each) for each in warnings["warning"] if "no mapping says" in str(each)]
    found = [
        any(
            UNEXPLAINED.format(column=column) in text and (str(kept).startswith("Other (new): ") or f'"{label[:60]}" (' in text)
            for text in texts
        )
        for column, label, kept in zip(rows["column"], rows["label"].astype(str), rows["canonical"], strict=True)
    ]  # fmt: skip
    return pd.Series(found, index=rows.index, dtype=bool)


AREA_TEXTS = {"calls": "calls", "pickups": "requests"}  # canonical table: unit; each has its queries/charts/area_text_*


def area_text(source: Source, scope: Scope, table: str = "calls") -> Finding:
    """Does the area that the export names agree with the polygon that the point lies in? By pair of names."""
    name, unit = f"area_text_{table}", AREA_TEXTS[table]
    rows = source.chart(name, scope.on_chart(name))
    rows = rows.assign(is_area=rows["is_area"].astype(bool))
    named, unnamed = rows[rows["is_area"]], rows[~rows["is_area"]]
    differ = named[named["exported_area"] != named["point_area"]].reset_index(drop=True)
    whole, lost, odd = (int(each["value"].sum()) if len(each) else 0 for each in (named, differ, unnamed))
    said = f"No export of {table} has both an area and a point to compare"
    if whole:
        said = f"For {prose.of(lost, whole)} {prose.NOUNS[unit][1]} with the name of an area and a point, the point lies in another area"
    if lost:
        said += f", most often {differ['point_area'].iloc[0]} instead of {differ['exported_area'].iloc[0]} ({prose.count(differ['value'].iloc[0])})"
    beside = ["Figures by area go by the point; the name counts only where there is no point."]
    if odd:
        texts = prose.listing(
            [f"“{text}”" for text in unnamed.groupby("exported_area")["value"].sum().nlargest(3).index]
        )
        beside.append(
            f"{prose.count(odd)} more {'has' if odd == 1 else 'have'} a text that names no area of this map, such as {texts}; the table has them"
        )
    drawn = differ.assign(
        label=[
            f"{text}, point in {place}"
            for text, place in zip(differ["exported_area"], differ["point_area"], strict=True)
        ],
        status="",
    )
    frame = pd.concat([differ, unnamed])[["exported_area", "point_area", "value"]].rename(columns={"value": table})
    return _about(
        source, scope, name, f"Do area names and map points of {table} agree?", said, frame,
        drawing="bars" if lost else "", drawn=drawn, options={"unit": unit, "meaning": "unknown", "beside": tuple(beside)}, n=f"n = {prose.count(whole, unit)}", shape=name,
    )  # fmt: skip


def _were(n: int, unit: str = "") -> str:
    """A number of things as the beginning of what happened to them: "1 file was", "36 files were"."""
    return f"{prose.count(n, unit)} {'was' if n == 1 else 'were'}"


def _about(
    source: Source, scope: Scope, key: str, question: str, said: str, frame: pd.DataFrame, **more: Any
) -> Finding:
    return shaped(source, f"quality_{key}", question, said, frame.reset_index(drop=True), scope, **more)
