"""The pages are valid HTML, as the W3C's own checker reads them. `sh tools/vnu.sh` brings it; it needs Java."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKER = Path(os.environ.get("VNU") or ROOT / ".browser" / "vnu.jar")


@pytest.mark.skipif(
    not CHECKER.is_file() or not shutil.which("java"), reason="the HTML checker is not on this machine: sh tools/vnu.sh"
)
def test_every_page_is_valid_html(site: Path) -> None:
    command = [
        "java",
        "-jar",
        str(CHECKER),
        "--skip-non-html",
        "--errors-only",
        str(site / "latest"),
        str(site / "index.html"),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == 0
