"""A chart that changes in place: Plotly moves the marks that are there, where `st.plotly_chart` builds a new chart.

The component's script is `assets/plot.js`; Plotly's own JavaScript comes from the installed package. Streamlit serves both
from its endpoint for components: no other machine is asked, nothing is inlined, and a browser loads the library once.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from publicsafety import language
from publicsafety.language import gettext as _

FOLDER = Path(__file__).with_name("assets")
SCRIPT = "plot.js"
HEIGHT = 450  # pixels, Plotly's own when a figure names none


@dataclass(frozen=True)
class Spec:
    """A finished figure as the text that is sent, and its height in pixels, which is kept before it is drawn."""

    figure: str
    height: int


def spec(figure: Any) -> Spec | None:
    """A Plotly figure ready to be sent, or nothing when there is nothing to draw."""
    if figure is None:
        return None
    return Spec(figure.to_json(validate=False), int(figure.to_dict()["layout"].get("height") or HEIGHT))


def show(spec: Spec, key: str, alt: str) -> None:
    """Put a chart on the page. `key` names it from one rerun to the next; `alt` says what it shows."""
    _serve(*_library())
    _serve(_name(), FOLDER)
    library = f"../{_library()[0]}/plotly.min.js"
    failed = _("The chart could not be drawn. Its table has the same figures; loading the page again may help.")
    data = {
        "figure": spec.figure,
        "height": spec.height,
        "alt": alt,
        "library": library,
        "failed": failed,
        "locale": language.of_charts(),
    }
    _chart()(key=key, data=data, height=spec.height)


@cache
def _name() -> str:
    """The component's name, which is part of its address: with a digest, so that no cache keeps an older script."""
    return f"publicsafety.plot-{hashlib.sha256((FOLDER / SCRIPT).read_bytes()).hexdigest()[:12]}"


@cache
def _library() -> tuple[str, Path]:
    """The name under which Plotly's JavaScript is served, with its version, and the folder that it lies in."""
    found = find_spec("plotly")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("plotly is not installed: run “make run”, which installs what is needed")
    return f"publicsafety.plotly-{version('plotly')}", Path(found.origin).parent / "package_data"


@cache
def _chart() -> Callable[..., Any]:
    return component(_name(), js=SCRIPT, isolate_styles=False)


def _serve(name: str, folder: Path) -> None:
    """Let the running server serve a folder under a component's name, as the manifest of an installed package would."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(name) is None:
        project, _, short = name.partition(".")
        manifest = ComponentManifest(project, "1", [ComponentConfig(short, folder.name)])
        manager.register_from_manifest(manifest, folder.parent)
