"""What anyone may download: every published table, written from the released database itself, and what its columns mean."""

import json
from typing import Any

import pandas as pd
import streamlit as st

from publicsafety import prose, table_notes, warehouse
from publicsafety.audience import Audience
from publicsafety.documents import open_data
from publicsafety.language import gettext as _
from publicsafety.language import later
from publicsafety.remembered import remembered
from publicsafety.ui import access, state
from publicsafety.ui.state import Reader
from publicsafety.ui.tables import widths
from publicsafety.warehouse import WarehouseError

GRAINS = {"month": later("by month"), "quarter": later("by quarter"), "year": later("by year")}


def released() -> Reader | None:
    """The public release, whoever looks; none, and a card that says how to make one, when nothing was published yet."""
    try:
        warehouse.open(Audience.PUBLIC)
    except WarehouseError as error:
        with st.container(border=True, key="card_none"):
            st.header(_("Nothing is published yet"))
            made = _(
                "The release makes it: {command}. Every figure in it has passed the privacy rules, and an attempt to break them."
            )
            st.text(f"{made.format(command='python -m publicsafety release')} {error}")
        return None
    return state.reader(Audience.PUBLIC)


def show() -> None:
    """The tables of the public release."""
    reader = released()
    if reader is None:
        return
    release = _release(reader)
    tables = reader.table("tables")
    without = tables[tables["start"].isna() & tables["note"].fillna("").ne("")]
    tables = tables[tables["start"].notna()].reset_index(drop=True)
    _package(reader, tables, release)
    with st.container(border=True, key="card_tables"):
        st.header(_("Download"))
        for row in tables.to_dict("records"):
            _table(reader, row)
        for row in without.to_dict("records"):  # what is left out, and why: readers look for it here
            st.text(f"{_(str(row['title']))}: {table_notes.said(row['note'])}")


def _package(reader: Reader, tables: pd.DataFrame, release: dict[str, str]) -> None:
    """What the files are, and the description that a program reads."""
    with st.container(border=True, key="card_package"):
        st.header(_("What is published"))
        licence = " " + _("Licence: {name}.").format(name=release["license"]) if release.get("license") else ""
        st.text(
            _("{title}, release {number}: {n} tables. Every figure of the public pages is in them.").format(
                title=_(release["title"]) if release.get("title") else _("The figures"),
                number=release.get("number", "?"),
                n=prose.count(len(tables)),
            )
            + licence
        )
        st.text(
            _(
                "In a file, the word All marks a total. The status c marks a figure that is withheld; x one that is not available; r one that was revised."
            )
        )
        rows = [
            {
                _("Table"): _(row["title"]),
                _("Period"): _span(row),
                _("Rows"): _rows(reader, row),
                _("File"): f"{row['table_id']}.csv",
            }
            for row in tables.to_dict("records")
        ]
        alt = _("All published tables with period and number of rows")
        sized = widths(pd.DataFrame(rows))
        st.dataframe(rows, hide_index=True, column_config=sized, alt=alt, key="all_tables")
        _download("datapackage.json", "application/json", "datapackage", lambda: described(reader), reader)


def _table(reader: Reader, row: dict[Any, Any]) -> None:
    name = str(row["table_id"])
    with st.container(key=f"table_{name}", gap="xxsmall"):
        st.subheader(prose.plain(_(row["title"])))
        note = f" {table_notes.said(row['note'])}" if row["note"] else ""
        grain, rows = _(GRAINS.get(str(row["grain"]), str(row["grain"]))), prose.count(_rows(reader, row), "rows")
        st.text(f"{_span(row)}, {grain}. {prose.sentence(rows)}{note}")
        _download("CSV", open_data.MIME, name, lambda: written(reader, name), reader, f"{name}.csv")


def _download(label: str, mime: str, key: str, make: Any, reader: Reader, file_name: str = "") -> None:
    st.download_button(
        label, data=access.guarded(make, key, reader.build_id), file_name=file_name or label, mime=mime, icon=":material/download:",
        type="tertiary", key=f"file_{key}", on_click="ignore", help=_("Download {file}").format(file=file_name or label),
    )  # fmt: skip


def _span(row: dict[Any, Any]) -> str:
    return prose.capital(prose.span(pd.Timestamp(row["start"]).date(), pd.Timestamp(row["end"]).date()))


def _rows(reader: Reader, row: dict[Any, Any]) -> int:
    cells = reader.table("catalogue")
    return int((cells["table_id"] == row["table_id"]).sum())


@remembered(128)
def written(reader: Reader, table_id: str) -> bytes:
    """One table as the file of the release."""
    tables, cells = reader.table("tables"), reader.table("catalogue")
    row = tables[tables["table_id"] == table_id].iloc[0]
    kind = str(_cards(reader)[row["metric"]]["kind"])
    return open_data.table_csv(cells[cells["table_id"] == table_id], tuple(row["dimensions"]), kind)


def described(reader: Reader) -> bytes:
    """The release's own datapackage.json."""
    return _release(reader)["datapackage"].encode()


def _cards(reader: Reader) -> dict[str, Any]:
    return {str(row["metric"]): json.loads(row["card"]) for row in reader.table("definitions").to_dict("records")}


def _release(reader: Reader) -> dict[str, str]:
    return {str(row["key"]): str(row["value"]) for row in reader.table("release_info").to_dict("records")}
