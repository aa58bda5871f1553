"""By which columns the public may break a figure down: the list is in code, and a policy cannot add to it."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from publicsafety.city import ROOT
from publicsafety.pipeline.release import release
from publicsafety.pipeline.release.columns import OURS, THEIRS
from publicsafety.pipeline.release.policy import PolicyError
from publicsafety.pipeline.release.policy_file import read_policy
from publicsafety.pipeline.release.vocabulary import WRITTEN, values_of
from tests.release.warehouse import records, write

POLICY = ROOT / "data" / "release-policy.toml"
END = date(2025, 12, 31)
PRIVATE = ("number", "_key", "_at", "_minutes", "latitude", "longitude", "file", "line", "exported", "point", "park")


def changed(folder: Path, old: str, new: str) -> Path:
    text = POLICY.read_text(encoding="utf-8")
    assert old in text
    path = folder / "policy.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def refusal(path: Path) -> tuple[str, str]:
    """The sentence with which a policy is refused, and the line that it names with the two around it."""
    with pytest.raises(PolicyError, match=r"policy.toml line \d+: ") as told:
        read_policy(path)
    return str(told.value), lines_near(path, str(told.value))


def lines_near(path: Path, sentence: str) -> str:
    assert "\n" not in sentence
    line = int(sentence.split(" line ")[1].split(":")[0])
    return "\n".join(path.read_text().splitlines()[max(0, line - 2) : line + 1])


@pytest.mark.parametrize(
    ("metric", "column"),
    [
        ("needs_identified", "case_number"),
        ("needs_identified", "person_key"),
        ("needs_identified", "worker_key"),
        ("needle_reports", "file"),
        ("needle_reports", "exported_area"),
        ("needle_reports", "park"),
        ("calls_for_service", "incident_number"),
        ("calls_for_service", "h3_9"),
    ],
)
def test_a_column_that_names_records_people_or_files_is_never_a_dimension(tmp_path, metric, column):
    table = f'\n[[tables]]\nid = "who"\ntitle = "Who"\nmetric = "{metric}"\ngrain = "year"\ndimensions = ["who"]\n'
    path = changed(
        tmp_path,
        "[dimensions.timing]\n",
        f'[dimensions.who]\ntitle = "Who"\ncolumn = "{column}"\n\n[dimensions.timing]\n',
    )
    path.write_text(path.read_text() + table)
    sentence, near = refusal(path)
    assert f"no column '{column}'" in sentence
    assert f'column = "{column}"' in near


def test_no_listed_column_names_records_people_or_places_finer_than_a_neighborhood():
    for listed in (OURS, THEIRS):
        assert not [(mart, name) for mart, names in listed.items() for name in names if name.endswith(PRIVATE)]
    assert {mart for mart, names in OURS.items() if "h3_9" in names} == {"fct_pickups"}


@pytest.mark.parametrize(
    ("old", "new", "says", "at"),
    [
        (
            'column = "need"\nother = "Health and emotional support"\n',
            'column = "need"\n',
            "words of an export",
            "need_group",
        ),
        ('coarse = "h3_8" ', 'coarse = "area" ', "hexagons need both sizes", 'column = "h3_9"'),
        ('coarse = "h3_8" ', 'coarse = "file" ', "no column 'file'", 'coarse = "file"'),
        (
            'sensitive = { column = "nature", reference = "natures" }',
            'sensitive = { column = "nature", reference = "partners" }',
            "those of the list natures",
            'reference = "partners"',
        ),
    ],
)
def test_an_open_list_of_labels_and_half_a_pair_of_hexagons_are_refused_with_their_line(tmp_path, old, new, says, at):
    sentence, near = refusal(changed(tmp_path, old, new))
    assert says in sentence
    assert at in near


def test_sensitive_labels_are_protected_although_the_policy_does_not_say_so(tmp_path):
    line = next(each for each in POLICY.read_text().splitlines() if each.startswith('sensitive = { column = "nature"'))
    policy, shipped = read_policy(changed(tmp_path, line + "\n", "")), read_policy(POLICY)
    assert policy.dimensions["nature"].sensitive == shipped.dimensions["nature"].sensitive


@pytest.mark.parametrize(
    ("old", "new", "says", "at"),
    [
        (
            '"Quality of life" = ["Quality of life"]',
            '"Quality of life" = ["Quality of life"]\n"Juvenile or domestic" = ["Sensitive"]',
            "'Juvenile or domestic' holds nothing but",
            '"Juvenile or domestic"',
        ),
        (
            '"Quality of life" = ["Quality of life"]',
            '"Quality of life" = ["Quality of life", "Disturbance", "Medical and fire", "Needle pickup", "Notification", '
            '"Other", "Police activity", "Property", "Traffic", "Violence"]',
            "all that is left for 'Other calls'",
            'other = "Other calls"',
        ),
    ],
)
def test_a_category_of_nothing_but_sensitive_kinds_is_refused_with_its_line(tmp_path, old, new, says, at):
    path = changed(tmp_path, old, new)
    write(tmp_path / "warehouse", records(1, 60, END), END)
    with pytest.raises(PolicyError, match=r"policy.toml line \d+: ") as told:
        release(tmp_path / "warehouse", tmp_path / "open", path, today=END + timedelta(days=35), site=False)
    assert says in str(told.value)
    assert at in lines_near(path, str(told.value))
    assert not (tmp_path / "open").exists()


def test_a_misspelt_dimension_is_named_where_it_stands(tmp_path: Path) -> None:
    """And not where the counts of another table are missed, which come earlier in the file."""
    text, good = POLICY.read_text(), 'id = "responses_by_year_and_police"'
    start = text.index(good)
    wrong = text[start:].replace('dimensions = ["police_role"]', 'dimensions = ["police_rol"]', 1)
    path = tmp_path / "policy.toml"
    path.write_text(text[:start] + wrong)
    line = 1 + (text[:start] + wrong)[: (text[:start] + wrong).index('["police_rol"]')].count("\n")
    with pytest.raises(PolicyError, match=f"line {line}: there is no dimension 'police_rol'"):
        read_policy(path)


@pytest.mark.parametrize(
    ("good", "wrong", "column"),
    [
        ('"back-up", "co-response"', '"backup", "co-response"', "police_role"),
        ('= ["sent"]', '= ["send"]', "team_stage"),
        ('= ["outside hours"]', '= ["out of hours"]', "unmet_reason"),
        ('"Connected" = ["true"]', '"Connected" = ["yes"]', "is_connected"),
    ],
)
def test_a_category_of_a_value_that_a_column_of_ours_never_has_is_refused_with_its_line(
    tmp_path: Path, good: str, wrong: str, column: str
) -> None:
    path = changed(tmp_path, good, wrong)
    line = 1 + path.read_text()[: path.read_text().index(wrong)].count("\n")
    with pytest.raises(PolicyError, match=rf"policy.toml line {line}: '.*' is no value of {column}.*There are: "):
        read_policy(path)


def test_every_value_that_a_category_may_name_is_one_that_the_marts_write() -> None:
    marts = "".join(path.read_text() for path in (ROOT / "queries/marts").glob("*.sql"))
    for column in ("team_stage", "response_excluded", "drop_off"):
        assert not [value for value in WRITTEN[column] if value and f"'{value}'" not in marts]
    assert "back-up" in values_of("fct_contacts", "police_role")
    assert "park" in values_of("fct_calls", "place_kind")
    assert not values_of("fct_pickups", "source")  # the words of an export
