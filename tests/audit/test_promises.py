"""What the rules of a release say by themselves is known to the attacker, and counted on by the protector."""

from datetime import date, timedelta
from pathlib import Path

from publicsafety.city import ROOT
from publicsafety.pipeline.audit import AuditReport, audit
from publicsafety.pipeline.release import release
from tests.audit.folders import Sheet, counted, write_release
from tests.release.warehouse import HEXAGONS, records, write

POLICY = ROOT / "data" / "release-policy.toml"
END = date(2025, 12, 31)
REST = "Elsewhere in the city"


def attacked(folder: Path, sheets: list[Sheet], **disclosure: object) -> AuditReport:
    """The audit of a release whose package says these things of itself."""
    told = {"release": 1, "withheld": "c", "withheld_is_at_least": 1, "hierarchies": [], **disclosure}
    write_release(folder, sheets, disclosure=told)
    return audit(folder)


def by_hexagon(**numbers: int | None) -> Sheet:
    """Reports of a year by hexagon; None is withheld."""
    places = {**dict(zip("abcd", HEXAGONS, strict=False)), "rest": REST, "All": "All"}
    rows = tuple(counted("2025-01-01", n, h3=places[name]) for name, n in numbers.items())
    return Sheet("reports_by_hexagon", "needle_reports", "year", ("h3",), 5, rows)


def test_a_hexagon_that_is_named_is_known_to_have_enough_requests(tmp_path: Path) -> None:
    """12 in two hexagons: from 1 to 11 in each, and from 5 to 7 for who knows the rule."""
    sheet = by_hexagon(All=60, a=48, b=None, c=None, rest=0)
    assert attacked(tmp_path / "no rule", [sheet]).passed
    report = attacked(tmp_path / "rule", [sheet], thresholds={"events": 5})
    assert {(one.low, one.high) for one in report.findings if one.kind == "withheld too narrow"} == {(5, 7)}


def test_the_place_of_all_other_hexagons_is_known_to_have_enough_requests_unless_it_has_none(tmp_path: Path) -> None:
    """The same 12, in a hexagon and elsewhere."""
    sheet = by_hexagon(All=60, a=48, b=None, rest=None)
    report = attacked(tmp_path / "rest", [sheet], thresholds={"events": 5})
    assert {(one.low, one.high) for one in report.findings if one.kind == "withheld too narrow"} == {(5, 7)}
    assert attacked(tmp_path / "none", [by_hexagon(All=60, a=40, b=20, rest=0)], thresholds={"events": 5}).passed


def test_a_hexagon_with_fewer_requests_since_a_correction_is_no_contradiction(tmp_path: Path) -> None:
    """The hexagons that were published stay, so the rule is not believed of a year that was corrected."""
    rows = by_hexagon(All=60, a=57, b=3, rest=0).rows
    sheet = Sheet("reports_by_hexagon", "needle_reports", "year", ("h3",), 5, tuple({**r, "status": "r"} for r in rows))
    found = {one.kind for one in attacked(tmp_path, [sheet], thresholds={"events": 5}).findings}
    assert "contradiction" not in found


def needle_policy(folder: Path) -> Path:
    """The shipped policy with nothing but needle reports by year, hexagon and neighborhood."""
    head, *tables = POLICY.read_text(encoding="utf-8").split("[[tables]]\n")
    chosen = ("needle_reports_by_year", "needle_reports_by_area", "needle_reports_by_hexagon")
    kept = [
        each for each in tables if each.startswith(tuple(f'id = "{name}' for name in chosen)) and "visit" not in each
    ]
    path = folder / "policy.toml"
    path.write_text("[[tables]]\n".join([head, *kept]), encoding="utf-8")
    return path


def test_the_rule_for_hexagons_narrows_no_withheld_place_of_a_release(tmp_path: Path) -> None:
    """A town in which it would: five cells were known within fewer than five while the protector left it out."""
    write(tmp_path / "warehouse", records(0, 120, END), END)
    release(
        tmp_path / "warehouse",
        tmp_path / "open",
        needle_policy(tmp_path),
        today=END + timedelta(days=35),
        audit=lambda *_, **__: None,
        site=False,
    )
    report = audit(tmp_path / "open")
    assert report.withheld > 5
    assert report.passed, report.as_text()


def by(name: str, dimension: str, **numbers: int | None) -> Sheet:
    """Calls of a year by one dimension; None is withheld."""
    rows = tuple(counted("2025-01-01", n, **{dimension: label.replace("_", " ")}) for label, n in numbers.items())
    return Sheet(name, "calls_for_service", "year", (dimension,), 5, rows)


def test_what_cannot_be_is_known_although_the_table_that_would_show_it_is_left_out(tmp_path: Path) -> None:
    """Police who were asked for took part: of five calls with police, from one to five had asked for them."""
    sheets = [
        by("by_police", "police_role", All=100, No_police=95, Police_involved=5),
        by("by_stage", "stage", All=100, Asked=None, Not_asked=None, Not_sent=20),
    ]
    assert attacked(tmp_path / "not said", sheets).passed
    cells = {"stage": ["Asked"], "police_role": ["No police"]}
    never = [{"base": "calls_for_service", "cells": cells, "because": "Police who were asked for took part."}]
    report = attacked(tmp_path / "said", sheets, never=never)
    assert {(one.low, one.high) for one in report.findings if "Asked" in one.cell} >= {(1, 5)}
