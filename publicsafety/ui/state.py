"""What is open and what is remembered: one database per audience, answers kept by audience, filters and build id."""

import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from publicsafety import language, prose, warehouse
from publicsafety.audience import Audience
from publicsafety.city import City, from_json
from publicsafety.filters import Filters
from publicsafety.findings import Finding, Scope
from publicsafety.language import gettext as _
from publicsafety.metrics import TABLE_OF_MART, Query
from publicsafety.observations import Observations
from publicsafety.pictures import picture_of
from publicsafety.remembered import remembered
from publicsafety.ui import plot
from publicsafety.warehouse import Warehouse, WarehouseError

OPENED = "opened"  # in the session: what the run at hand has opened
# What is asked while a finding is made: names of metrics and charts, with their filters.
_asking: ContextVar[list[tuple[str, Filters]] | None] = ContextVar("asking", default=None)


@dataclass(frozen=True)
class Reader:
    """A `findings.Source` that remembers: the same question to the same build in the same language is answered once."""

    audience: Audience
    build_id: str
    as_of: date = field(compare=False)
    city: City = field(compare=False)
    warehouse: Warehouse = field(compare=False, repr=False)
    language: str = language.ENGLISH

    def run(self, metric: str, filters: Filters) -> Observations:
        _note(metric, filters)
        return warehouse.run(self.warehouse, metric, filters)

    def chart(self, name: str, filters: Filters) -> pd.DataFrame:
        _note(name, filters)
        return _chart(self, name, filters)

    def table(self, name: str) -> pd.DataFrame:
        return _table(self, name)

    def has(self, table: str) -> bool:
        """Whether the audience's database holds a table."""
        return table in self.warehouse.names

    def rows(self, name: str, filters: Filters, limit: int) -> pd.DataFrame:
        """The latest rows behind a metric or a chart."""
        return warehouse.rows(self.warehouse, name, filters, limit)

    def row_count(self, name: str, filters: Filters) -> int:
        return warehouse.row_count(self.warehouse, name, filters)

    def statement(self, name: str, filters: Filters) -> Query:
        """The statement that gives the answer for a metric or a chart of single records."""
        return warehouse.statement(self.warehouse, name, filters)

    def manifests(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The manifests of the build before and of this one; empty where there is none."""
        here = self.warehouse.folder / f"{self.audience}.{self.build_id}.json"
        others = self.warehouse.folder.glob(f"{self.audience}.*.json")
        # A build that is being published this moment has its manifest already, and is not the one before.
        before = max((path for path in others if _age(path) < _age(here)), key=_age, default=None)
        return _json(before), _json(here)

    def earlier(self) -> "Reader | None":
        """The build before this one, when its file is still kept and whole."""
        build_id = self.manifests()[0].get("build_id")
        try:
            return (
                _reader(warehouse.open_build(self.audience, str(build_id), self.warehouse.folder), self.language)
                if build_id
                else None
            )
        except WarehouseError:
            return None

    def sources(self, table: str) -> str:
        """Which exports a figure comes from: "source: sample_cad, exported 31 Oct 2026"; `table` is canonical or a mart."""
        return _sources(self, TABLE_OF_MART.get(table, table)) if table and self.has("load_files") else ""

    @property
    def has_records(self) -> bool:
        """Whether the database holds single records, or only released figures."""
        return "catalogue" not in self.warehouse.names

    @property
    def is_synthetic(self) -> bool:
        return self.warehouse.info.get("synthetic") == "true"


@remembered(256)
def _chart(reader: Reader, name: str, filters: Filters) -> pd.DataFrame:
    return warehouse.chart(reader.warehouse, name, filters)


@remembered(64)
def _table(reader: Reader, name: str) -> pd.DataFrame:
    return warehouse.table(reader.warehouse, name)


@remembered(64)
def _sources(reader: Reader, table: str) -> str:
    files = reader.table("load_files")
    rows = files[files["table"] == table]
    exported = rows["exported_at"].max() if len(rows) else pd.NaT
    when = "" if pd.isna(exported) else f", exported {prose.short_day(exported.date())}"
    return f"source: {prose.listing(sorted(set(rows['source'])))}{when}" if len(rows) else ""


@dataclass(frozen=True)
class Drawn:
    """A finding with its finished figure, so that a filter seen before costs neither SQL nor drawing, and what it asked."""

    finding: Finding
    figure: plot.Spec | None
    asked: tuple[tuple[str, Filters], ...] = ()


@remembered(512)
def _shelf(
    reader: Reader,
    build: Callable[..., Finding],
    scope: Scope,
    arguments: tuple[Any, ...],
    named: tuple[tuple[str, Any], ...],
) -> list[Drawn]:
    """Where a finding is put when it is made, once for each build of the data, scope and arguments; empty until then."""
    return []


def drawn(reader: Reader, build: Callable[..., Finding], scope: Scope, *arguments: Any, **named: Any) -> Drawn:
    """Build a finding and its figure, or recall them."""
    shelf = _shelf(reader, build, scope, arguments, tuple(sorted(named.items())))
    if not shelf:
        asked: list[tuple[str, Filters]] = []
        before = _asking.set(asked)
        try:
            made = build(reader, scope, *arguments, **named)
        finally:
            _asking.reset(before)
        shelf.append(Drawn(made, figure(made), tuple(dict.fromkeys(asked))))
    return shelf[0]


def _note(name: str, filters: Filters) -> None:
    asked = _asking.get()
    if asked is not None:
        asked.append((name, filters))


def is_remembered(reader: Reader, build: Callable[..., Finding], scope: Scope, *arguments: Any, **named: Any) -> bool:
    """Whether a finding is there already, so that nobody has to wait for it."""
    return bool(_shelf(reader, build, scope, arguments, tuple(sorted(named.items()))))


def figure(finding: Finding) -> plot.Spec | None:
    """The figure of a finding, ready to be sent, or nothing when it has none to draw."""
    return plot.spec(picture_of(finding))


def begin() -> None:
    """A run of a page begins: whatever it asks from here on is answered by the builds that are published now."""
    st.session_state[OPENED] = {}


def reader(audience: Audience) -> Reader:
    """The audience's database, one and the same for all of a run, so that no page mixes two builds when a new one is
    published while it is made. Without one the page says how to make it, and stops."""
    opened: dict[Audience, Warehouse] = st.session_state.get(OPENED, {})
    try:
        if audience not in opened:
            opened[audience] = warehouse.open(audience)
        return _reader(opened[audience], language.code())
    except WarehouseError as error:
        st.title(_("No data to show yet"))
        st.text(str(error))
        st.text(
            "Build the warehouse with “make run”, or with “python -m publicsafety build --exports FOLDER”, then load this page again."
        )
        st.stop()


@remembered(32)
def _reader(opened: Warehouse, code: str = language.ENGLISH) -> Reader:
    return Reader(opened.audience, opened.build_id, opened.as_of, from_json(opened.info["city"]), opened, code)


def _age(manifest: Path) -> int:
    """When the database of a manifest was made; the oldest of all when it has been swept away, or is not there yet."""
    try:
        return manifest.with_suffix(".duckdb").stat().st_mtime_ns
    except OSError:
        return 0


def _json(path: Path | None) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path else {}
    except (OSError, ValueError):
        return {}
