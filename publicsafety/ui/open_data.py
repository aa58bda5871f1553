"""The files that anyone may download: exactly what was published, with what each column means."""

import json
from typing import Any

import streamlit as st

from publicsafety import prose
from publicsafety.city import ROOT
from publicsafety.ui.state import Reader

FOLDER = ROOT / "data" / "open"


def show(reader: Reader) -> None:
    """Every published table with its title, its columns and a download; a sentence when nothing was published yet."""
    package = _package()
    resources = [each for each in package.get("resources", []) if (FOLDER / str(each.get("path", ""))).is_file()]
    if not resources:
        with st.container(border=True, key="card_none"):
            st.header("Nothing is published yet")
            st.text(
                "The release makes the open-data folder: python -m publicsafety release. Every figure in it has passed the "
                "privacy rules, and an attempt to break them."
            )
        return
    st.text(f"{prose.count(len(resources))} tables. Withheld figures are marked c; All marks a total.")
    for each in resources:
        _table(each)


def _package() -> dict[str, Any]:
    try:
        return dict(json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _table(resource: dict[str, Any]) -> None:
    path = FOLDER / str(resource["path"])
    name = str(resource.get("name") or path.stem)
    with st.container(border=True, key=f"card_{name}"):
        st.header(prose.plain(resource.get("title") or name))
        if resource.get("description"):
            st.text(str(resource["description"]))
        fields = resource.get("schema", {}).get("fields", [])
        with st.container(horizontal=True):
            st.download_button(
                "CSV", data=path.read_bytes(), file_name=path.name, mime="text/csv", icon=":material/download:", type="tertiary",
                key=f"csv_{name}", on_click="ignore", help=f"Download {path.name}",
            )  # fmt: skip
        if fields:
            with st.expander("Columns"):
                rows = [
                    {
                        "Column": each.get("name"),
                        "Type": each.get("type"),
                        "Meaning": each.get("description") or each.get("title"),
                    }
                    for each in fields
                ]
                st.dataframe(rows, hide_index=True, alt=f"Columns of {name}", key=f"columns_{name}")
