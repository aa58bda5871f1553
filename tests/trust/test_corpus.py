"""Every bad, odd and hostile input has the outcome that was promised for it, and none of them a traceback."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publicsafety.pipeline import geography
from tests.pipeline.loading import load
from tests.trust import corpus, exports, servers, strangers, unlucky

SOURCES = servers.ROOT / "data" / "sources"
CASES = [*corpus.all_cases(), *strangers.all_cases(), *unlucky.all_cases()]


def test_the_corpus_has_at_least_150_inputs_of_six_kinds() -> None:
    assert len(CASES) + len(LAYERS) >= 150
    assert [name for name, n in Counter(each.name for each in CASES).items() if n > 1] == []
    assert {Path(each.file).suffix for each in CASES} >= {".csv", ".xlsx", ".ods", ".json", ".geojson", ".zip"}


@pytest.mark.parametrize("case", CASES, ids=[ascii(each.name) for each in CASES])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bad_input_has_its_stated_outcome(tmp_path: Path, case: corpus.Case) -> None:
    """Loaded, loaded with a warning, set aside with a reason or refused with a sentence; `load` checks conservation."""
    # What a parser may not survive is read as a build reads it: in a child process.
    loads = load(tmp_path, {case.file: case.content()}, sources=SOURCES, child="million" in case.name)
    reasons = {reason: n for each in loads.result.files for reason, n in each.reasons.items()}
    said = " ".join([*loads.refused.values(), *reasons, loads.warnings()])
    assert case.words in said
    assert sum(each.rows_loaded for each in loads.result.files) == case.rows
    assert bool(loads.refused) == (case.outcome == "refused")
    assert bool(reasons) == (case.outcome == "aside")
    if case.outcome == "warned":
        assert loads.warnings()
    for name, sentence in loads.refused.items():
        assert sentence.startswith(name.splitlines()[0][:20])
        assert sentence.endswith((".", "]"))
        assert "Traceback" not in sentence
    if case.holds:
        assert (case.holds,) in loads.rows("select nature from raw_calls")


def area(name: str, ring: Any, kind: str = "Polygon") -> dict[str, Any]:
    return {"type": "Feature", "properties": {"NAME": name}, "geometry": {"type": kind, "coordinates": ring}}


def layer(*features: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | more)


SQUARE = [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]
BOW = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
EAST = [[[1, 0], [1, 1], [2, 1], [2, 0], [1, 0]]]
LAYERS = {
    "two good areas": (layer(area("A", SQUARE), area("B", EAST)), ""),
    "a polygon that crosses itself": (layer(area("A", BOW), area("B", EAST)), ""),
    "an area in two parts": (layer(area("A", SQUARE), area("A", EAST)), ""),
    "heights as third coordinates": (layer(area("A", [[[*point, 5] for point in SQUARE[0]]])), ""),
    "an empty polygon": (layer(area("A", [])), "empty"),
    "a ring of two points": (layer(area("A", [[[0, 0], [1, 1]]])), "cannot be read"),
    "NaN": (layer(area("A", [[[0, 0], [float("nan"), 1], [1, 1], [0, 0]]])), "no numbers"),
    "infinity": (layer(area("A", [[[0, 0], [float("inf"), 1], [1, 1], [0, 0]]])), "no numbers"),
    "texts as coordinates": (layer(area("A", [[["a", "b"], ["c", "d"], ["e", "f"], ["a", "b"]]])), "cannot be read"),
    "projected feet": (layer(area("A", [[[x * 1e6, y * 1e6] for x, y in SQUARE[0]]])), "WGS 84"),
    "another projection": (layer(area("A", SQUARE), crs={"properties": {"name": "EPSG:2249"}}), "WGS 84"),
    "a missing name": (layer(area("A", SQUARE), area("", EAST)), "no name"),
    "areas that overlap": (layer(area("A", SQUARE), area("B", SQUARE)), "overlap"),
    "no features": (layer(), "no polygons"),
    "points": (layer(area("A", [0, 0], "Point")), "no polygons"),
    "no collection": ("[1, 2]", "FeatureCollection"),
    "a feature that is a number": (layer(1), "no polygons"),
    "broken JSON": ('{"type": "FeatureCollection", "features": [', "not readable"),
    "nested 100,000 deep": ("[" * 100_000, "not readable"),
    "no text": ("\ud800", "not readable"),
    "nothing": ("", "not readable"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_bad_area_layer_is_mended_or_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    text, words = LAYERS[name]
    path = tmp_path / "areas.geojson"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    if words:
        with pytest.raises(geography.LayerError, match=words) as refused:
            geography.read_layers(path, None)
        assert str(refused.value).startswith(str(path))
    else:
        assert geography.read_layers(path, None).areas.geometry.is_valid.all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "a zip bomb",
        "XLSX that unpacks to 400 MB",
        "ODS with a repeated cell bomb",
        "XLSX with one cell far away",
        "a line of 5 MB",
        "JSON nested 100,000 deep",
    ],
)
def test_a_bomb_is_refused_in_a_child_of_bounded_memory(tmp_path: Path, name: str) -> None:
    """As a build reads it: in a child process. What this process holds does not grow by what the bomb unpacks to."""
    (case,) = [each for each in CASES if each.name == name]
    content = case.content()
    before = resident()
    loads = load(tmp_path, {case.file: content}, sources=SOURCES, child=True)
    assert list(loads.refused)
    assert resident() - before < 200 << 20


def resident() -> int:
    """Bytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
    return pages * 4096


def test_the_same_rows_in_any_order_of_files_give_the_same_tables(tmp_path: Path) -> None:
    halves = {"cad_a.csv": corpus.csv(corpus.rows()[:15]), "cad_b.csv": corpus.csv(corpus.rows()[15:])}
    found = []
    for n, order in enumerate((["cad_a.csv", "cad_b.csv"], ["cad_b.csv", "cad_a.csv"])):
        (tmp_path / str(n)).mkdir()
        inbox = tmp_path / str(n) / "exports"
        loads = load(
            tmp_path / str(n),
            {name: halves[name] for name in order},
            sources=SOURCES,
            exports=[inbox / each for each in order],
        )
        found.append((loads.result.digest, loads.rows("select bit_xor(hash(each)) from raw_calls as each")))
    assert found[0] == found[1]


def test_nothing_of_an_attack_in_a_text_was_carried_out(tmp_path: Path) -> None:
    content = corpus.csv([row | {"NATURE": corpus.TEXTS[n % len(corpus.TEXTS)]} for n, row in enumerate(corpus.rows())])
    before = sorted(each.name for each in Path.cwd().iterdir())
    loads = load(tmp_path, {"cad_x.csv": content}, sources=SOURCES)
    assert sorted(each.name for each in Path.cwd().iterdir()) == before
    assert loads.rows("select count(*) from raw_calls") == [(corpus.GOOD,)]
    assert isinstance(loads.con, duckdb.DuckDBPyConnection)


def test_every_encoding_with_every_delimiter_and_line_end_gives_the_same_rows(tmp_path: Path) -> None:
    """Each file has keys of its own; a letter that is lost or a row that is torn would be seen in one of two counts."""
    marks = {"utf-8": b"", "utf-8-sig": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "cp1252": b""}
    files: dict[str, str | bytes] = {}
    for n, (encoding, mark) in enumerate(marks.items()):
        for m, (delimiter, end) in enumerate([(",", "\n"), (";", "\r\n"), ("\t", "\r"), ("|", "\n")]):
            rows = [exports.call(100 * n + 10 * m + k, NATURE='Caf\u00e9; tab\tbar| comma, "x"') for k in range(6)]
            files[f"cad_{n}{m}.csv"] = mark + exports.text(rows, delimiter=delimiter, end=end).encode(encoding)
    loads = load(tmp_path, files, sources=SOURCES)
    assert loads.refused == {}
    assert loads.rows("select nature, count(*), count(distinct incident_number) from raw_calls group by all") == [
        ('Caf\u00e9; tab bar| comma, "x"', 120, 120)
    ]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "ods", "json", "zip"])
def test_every_format_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    good = corpus.with_row(NATURE="Caf\u00e9 <b>=1+1</b>")
    made: dict[str, Callable[[], bytes]] = {
        "csv": lambda: corpus.csv(good),
        "xlsx": lambda: corpus.workbook(good),
        "ods": lambda: corpus.ods(good),
        "json": lambda: json.dumps(good).encode(),
        "zip": lambda: corpus.archive([("cad_x.csv", corpus.csv(good))]),
    }
    every = "select * exclude (file, line) from raw_calls order by all"
    (tmp_path / "a").mkdir()
    expected = load(tmp_path / "a", {"cad_x.csv": corpus.csv(good)}, sources=SOURCES).rows(every)
    (tmp_path / "b").mkdir()
    assert load(tmp_path / "b", {f"cad_x.{suffix}": made[suffix]()}, sources=SOURCES).rows(every) == expected
    assert len(expected) == corpus.GOOD + 1
