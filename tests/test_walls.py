"""Which part may know of which: docs/architecture.md and CONTRIBUTING.md say why."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A library, and the only places that may import it.
LIBRARIES = {
    "duckdb": ("publicsafety/warehouse.py", "publicsafety/pipeline/"),
    "streamlit": ("dashboard.py", "pages/", "publicsafety/ui/"),
    "plotly": ("publicsafety/charts/", "publicsafety/maps/"),
    "geopandas": ("publicsafety/maps/", "publicsafety/pipeline/geography.py"),
    # Python 3.11's parser fails now and then when several threads use it at once, as visitors' runs would.
    "ast": (),
    "publicsafety.pipeline": ("publicsafety/pipeline/", "publicsafety/__main__.py"),
}
# What says and draws figures is the same for everyone: the database file decides what there is to say.
BLIND_TO_AUDIENCE = tuple(f"publicsafety/{name}" for name in ("charts/", "maps/", "prose.py", "documents/"))
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b")
SOMEONES_PATH = re.compile(r"(?:/home|/root|/Users|/work|/tmp)/\w+")


def sources() -> list[str]:
    """The product's Python files, as paths from the project's root."""
    found = [ROOT / "dashboard.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "publicsafety").rglob("*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def imports(tree: ast.Module, path: str) -> Iterator[str]:
    """Full names of all that a file imports, wherever in the file; relative imports are spelled out."""
    package = path.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def is_within(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def breaches(path: str, source: str) -> list[str]:
    """What in one file goes through a wall, each in words."""
    tree, found = ast.parse(source), []
    for name in imports(tree, path):
        for library, homes in LIBRARIES.items():
            if is_within(name, library) and not path.startswith(homes):
                found.append(f"imports {name}")
        if path.startswith("pages/") and is_within(name, "publicsafety") and not is_within(name, "publicsafety.ui"):
            found.append(f"a page imports {name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and COLOUR.search(node.value):
            found.append(f"line {node.lineno}: a colour")
        if path.startswith(BLIND_TO_AUDIENCE) and isinstance(node, ast.If | ast.IfExp | ast.Match):
            asked = ast.dump(node.subject if isinstance(node, ast.Match) else node.test)
            if re.search(r"audience", asked, re.IGNORECASE):
                found.append(f"line {node.lineno}: asks who is looking")
    return found


@pytest.mark.parametrize("path", sources())
def test_every_import_keeps_to_its_side_of_the_walls(path: str) -> None:
    assert breaches(path, (ROOT / path).read_text()) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("publicsafety/charts/__init__.py", "import duckdb"),
        ("publicsafety/metrics.py", "def f():\n    from streamlit import cache_data"),
        ("publicsafety/warehouse.py", "from publicsafety.pipeline import build"),
        ("publicsafety/warehouse.py", "from .pipeline.build import build"),
        ("publicsafety/ui/finding.py", "import plotly.express as px"),
        ("publicsafety/pages.py", "import ast"),
        ("pages/public/1_overview.py", "from publicsafety import warehouse"),
        ("publicsafety/maps/base.py", "line = '#005ea2'"),
        ("publicsafety/documents/slides.py", "if Audience.PUBLIC == who: pass"),
        ("publicsafety/charts/__init__.py", "title = 'a' if audience else 'b'"),
    ],
)
def test_the_walls_notice_a_breach(path: str, source: str) -> None:
    assert len(breaches(path, source)) == 1


def test_no_page_can_be_served_without_the_router() -> None:
    """Streamlit serves a .py directly in pages/ at its name without running dashboard.py, and so without any login."""
    assert [path.name for path in (ROOT / "pages").glob("*.py")] == []


def test_no_query_asks_who_is_looking() -> None:
    queries = (ROOT / "queries").rglob("*.sql")
    assert [path.name for path in queries if re.search(r"\baudience\b", path.read_text(), re.IGNORECASE)] == []


def test_no_code_names_the_city() -> None:
    """Another city changes data/ and nothing else."""
    city = tomllib.loads((ROOT / "data/city.toml").read_text())["name"]
    code = [*(ROOT / path for path in sources()), *(ROOT / "queries").rglob("*.sql"), *(ROOT / "tools").glob("*.*")]
    assert [path.name for path in code if city in path.read_text()] == []


def test_no_document_names_a_path_of_someones_machine() -> None:
    documents = [
        path for pattern in ("*.md", "docs/**/*.md", "data/**/*.md", "queries/**/*.md") for path in ROOT.glob(pattern)
    ]
    assert [f"{path.name}: {match}" for path in documents for match in SOMEONES_PATH.findall(path.read_text())] == []


def test_real_exports_and_what_is_built_from_them_are_kept_out_of_the_repository() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"data/exports/", "data/warehouse/", "data/open/", ".streamlit/secrets.toml", "*.duckdb"} <= set(ignored)
