"""The city file and the department's folder: what is wrong is named by its place, with the form that is right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from publicsafety.city import CITY_FILE, DATA, ROOT, CityError, load_city, place_of
from publicsafety.pipeline.proposal import Proposal, report


@pytest.mark.parametrize(
    ("good", "wrong", "says"),
    [
        ('opens = "09:00"', 'opens = "8am"', 'such as "08:00" or "17:30"'),
        ("calls_since = 2024-07-01", 'calls_since = "1 July 2024"', "without quotation marks, such as 2024-07-01"),
        ("center = [42.3736, -71.1106]", "center = [42.3736]", r"a list of 2 numbers, such as \[42.33, -71.18\]"),
        ('days = ["Mon", "Tue", "Wed", "Thu", "Fri"]', 'days = "Mon"', r'such as \["Mon", "Tue"\]'),
        ("fiscal_year_starts = 7 ", 'fiscal_year_starts = "July" ', "a whole number without quotation marks"),
        ('name = "Cambridge"', "name = 7", "a text in quotation marks"),
        ("zoom = 12", 'zoom = "12"', "a number without quotation marks"),
        ("[targets]", '[targets]\nno_police_rate = "90%"', "such as no_police_rate = 0.9"),
    ],
)
def test_a_setting_of_the_wrong_form_is_answered_with_its_line_and_the_right_form(
    tmp_path: Path, good: str, wrong: str, says: str
) -> None:
    text = (ROOT / "data" / "city.toml").read_text(encoding="utf-8")
    assert good in text
    path = tmp_path / "city.toml"
    path.write_text(text.replace(good, wrong, 1), encoding="utf-8")
    with pytest.raises(CityError, match=rf"city.toml line \d+: .* is not of the right form. Write .*{says}"):
        load_city(path)


def test_a_message_names_a_file_of_the_department_by_its_own_folder(tmp_path: Path) -> None:
    assert place_of(CITY_FILE) == f"{DATA.name}/city.toml"
    assert place_of(tmp_path / "elsewhere.toml") == str(tmp_path / "elsewhere.toml")
    assert f"({DATA.name}/sources/theirs.toml)" in report(Proposal("calls.csv", "theirs", "Theirs", "calls"))[1][0]
    said = "import sys; from publicsafety.__main__ import main; sys.exit(main(['build']))"
    theirs = {**os.environ, "PUBLICSAFETY_DATA": str(tmp_path / "our-data")}
    done = subprocess.run([sys.executable, "-c", said], env=theirs, capture_output=True, text=True, cwd=ROOT)
    assert "Put them in our-data/exports" in done.stderr
