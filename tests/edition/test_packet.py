"""The open-data review packet holds what is published and nothing else, and there is none for a release that is not whole."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from publicsafety.__main__ import main
from publicsafety.documents import packet
from publicsafety.pipeline.audit import published_numbers, text_leaks

ATTACK = packet.Attack(True, ("PASSED: nothing that is withheld can be derived.",))


def test_the_packet_lists_every_table_and_column_and_has_lines_to_sign(released_warehouse: Path) -> None:
    package = packet.read(released_warehouse / "open")
    told = packet.document(package, ATTACK, date(2026, 7, 31))
    assert [row[0] for row in told["tables"]] == [each["title"] for each in package["resources"]]
    columns = {field["name"] for each in package["resources"] for field in each["schema"]["fields"]}
    assert {row[0] for row in told["fields"]} == columns
    assert "Privacy officer" in told["signatures"]
    assert len(told["risks"]) >= 5
    assert packet.write(released_warehouse / "open", ATTACK, date(2026, 7, 31)).startswith(b"%PDF-")


def test_the_packet_says_no_number_of_a_record_that_is_not_published(released_warehouse: Path) -> None:
    told = packet.document(packet.read(released_warehouse / "open"), ATTACK, date(2026, 7, 31))
    texts = [told["title"], told["description"], *(text for row in told["fields"] for text in row[:3])]
    numbers = published_numbers(released_warehouse / "open")
    assert text_leaks(" \n ".join(texts), numbers, ["release"]) == []


@pytest.mark.parametrize("damage", ["no folder", "no table", "half a description"])
def test_a_release_that_is_half_there_has_no_packet(
    released_warehouse: Path, tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "open"
    place.mkdir()
    if damage != "no folder":
        for path in (released_warehouse / "open").glob("*.*"):
            shutil.copy(path, place)
    if damage == "no table":
        (place / "responses_by_year.csv").unlink()
    if damage == "half a description":
        text = (place / "datapackage.json").read_text()
        (place / "datapackage.json").write_text(text[: len(text) // 2])
    assert main(["packet", "--open", str(place), "--out", str(tmp_path / "packet.pdf")]) == 1
    said = capsys.readouterr().err
    assert str(place) in said
    assert "elease" in said
    assert not (tmp_path / "packet.pdf").exists()
    assert json.dumps(said)
